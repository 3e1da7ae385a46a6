"""Tickets: the right to answer once, printed as a code on a slip that nobody's name is kept with.

A code is shown when it is made and never again; the database holds its HMAC (PRIVACY.md 2).
"""

import hmac
import secrets

from sqlalchemy import Connection, bindparam, delete, insert, not_, true, update

from survey.installation import Installation
from survey.tables import ticket

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0 and O, 1 and I, which people mix up on paper."""
_LENGTH = 8


def issue(db: Connection, installation: Installation, round: str, n: int) -> tuple[str, ...]:
    """Make `n` tickets and give back their codes as printed, `K4M7-2PQX`."""
    codes = tuple("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)) for _ in range(n))
    # In order of their hashes: rows in the order of the slips would number the pile.
    rows = sorted(ticket_hash(installation, code) for code in codes)
    if rows:
        db.execute(insert(ticket), [{"hash": row, "round": round, "spent": False} for row in rows])
    return tuple(f"{code[:4]}-{code[4:]}" for code in codes)


def ticket_hash(installation: Installation, code: str) -> bytes:
    """What the database knows a code by; however it was typed: small letters, blanks, no hyphen."""
    plain = "".join(sign for sign in code.upper() if sign in ALPHABET)
    return hmac.digest(installation.secrets.derive("ticket"), plain.encode(), "sha256")


def spend(db: Connection, installation: Installation, round: str, code: str) -> bool:
    """Spend a ticket of the round; False when there is none such unspent, whatever the reason."""
    values = {"known_by": ticket_hash(installation, code), "of": round}
    return db.execute(_SPEND, values).rowcount == 1


def withdraw(db: Connection, round: str) -> None:
    """Make every unspent ticket of the round worthless."""
    db.execute(delete(ticket).where(ticket.c.round == round, not_(ticket.c.spent)))


_SPEND = (
    update(ticket)
    .where(ticket.c.hash == bindparam("known_by"), ticket.c.round == bindparam("of"), not_(ticket.c.spent))
    .values(spent=true())
)
