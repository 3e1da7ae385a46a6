"""A server that takes in referrals one after the other, and says of each that it is sent once it is: to be killed.

Run by `tests.test_faults_cases` as a process of its own. Each line that comes in is the random number of a page; each
line that goes out is the number again with the receipt, as the confirmation would show it.
"""

import sys

from settings import Settings
from survey.cases import intake
from survey.installation import Installation
from survey.repair import repair
from tests.case_office import NOON, Office


def serve() -> None:
    """Mend what a kill has left, then take in what comes."""
    house = Installation.open(Settings.load())
    repair(house)
    place = Office(house, {})
    for line in sys.stdin:
        referral = place.referral(submission=bytes.fromhex(line.strip()))
        with house.writing() as db:
            receipt = intake.send(db, house, referral, NOON)
        sys.stdout.write(f"{line.strip()} {receipt.reference} {receipt.code} {receipt.case_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
