"""Passphrases: how long, which are too easy to guess, and how they are kept (argon2id; PRIVACY.md 5).

Guessing begins with passwords that have leaked and with what is put together of them, so such are refused: the 30,000
commonest, and first names, which are among them, are lists of the library `zxcvbn`. Its own estimate is not asked: some
inputs keep it busy for seconds.
Nothing here knows an account's row. `staff.accounts` stores what `hashed` gives, `staff.sessions` compares.
"""

import re
import unicodedata
from functools import cache
from math import log10
from threading import BoundedSemaphore
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15
LONGEST = 200
"""A longer one buys nothing and costs the server work."""

DEMONSTRATION = "runt bordet sitter vi fem"
"""The passphrase of every account of the demonstration. It is public: it opens nothing but a loopback address."""

Weakness = Literal["short", "long", "common", "own"]

EASY = (
    "lösenord", "losenord", "lösenfras", "password", "passphrase", "passord", "hemlig", "hemligt", "secret",
    "samsvar", "samordning", "samordningsförbund", "förbundet", "teamet", "myndighet", "kommun", "region",
    "försäkringskassan", "arbetsförmedlingen", "finsam", "välkommen", "valkommen", "welcome", "letmein", "släppin",
    "admin", "administrator", "användare", "user", "login", "inlogg", "sommar", "vinter", "höst", "vår", "summer",
    "winter", "sverige", "sweden", "stockholm", "jagälskardig", "iloveyou", "qwerty", "asdf", "zxcv", "abc", "test",
)  # fmt: skip
"""Words that guessing begins with; what is left of a passphrase without them must still be something."""

SEQUENCES = ("abcdefghijklmnopqrstuvwxyzåäö", "qwertyuiopåasdfghjklöäzxcvbnm", "qazwsxedcrfvtgbyhnujmikolp")
LEFT = 6
"""Letters and digits that must remain when the easy words are taken out, of which not all may be digits."""

GUESSES = 10
"""Guesses, as a power of ten, that must not be enough for whoever tries leaked passwords, one and several in a row."""
SHORTEST_LEAKED, LONGEST_LEAKED = 4, 24
"""Letters and digits of a leaked password that counts as a part."""
_LETTER, _DIGIT = log10(29), 1.0
"""What a sign costs that is part of none, as a power of ten."""

_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_room = BoundedSemaphore(2)
"""Each hash takes 32 MiB: many sign-ins at once wait for each other instead of filling the memory."""
_nobody = _hasher.hash("the passphrase of an account that does not exist")


def weakness(passphrase: str, *own: str) -> Weakness | None:
    """Why `passphrase` may not be chosen, or None. `own` are the person's name and address."""
    plain = unicodedata.normalize("NFC", passphrase)
    if len(plain) < SHORTEST:
        return "short"
    if len(plain) > LONGEST:
        return "long"
    letters = _letters(plain)
    if plain == DEMONSTRATION or _monotonous(letters) or _little_left(letters, EASY) or _leaked(letters):
        return "common"
    words = tuple(word for text in own for word in re.findall(r"\w{2,}", text.casefold()))
    return "own" if _little_left(letters, EASY + words) else None


def hashed(passphrase: str) -> str:
    """What is stored: an argon2id hash with its own salt and costs."""
    with _room:
        return _hasher.hash(unicodedata.normalize("NFC", passphrase))


def matches(stored: str | None, passphrase: str) -> bool:
    """Whether `passphrase` is the one `stored` was made of. None costs the same time and is never right."""
    given = unicodedata.normalize("NFC", passphrase[: LONGEST + 1])
    try:
        with _room:
            return _hasher.verify(stored or _nobody, given) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]", text.casefold()))


def _monotonous(letters: str) -> bool:
    repeated = bool(letters) and letters in (letters + letters)[1:-1]
    return repeated or len(set(letters)) < 6 or any(_along(letters, line) for line in SEQUENCES)


def _along(letters: str, line: str) -> bool:
    return letters in line * 3 or letters[::-1] in line * 3


def _leaked(letters: str) -> bool:
    """Whether it is soon guessed by whoever tries leaked passwords in a row; one that comes again costs nothing."""
    return sum(dict(_parts(letters)).values()) < GUESSES


def _parts(letters: str) -> list[tuple[str, float]]:
    """The cheapest way to put it together, of leaked passwords and single signs, each with what it costs."""
    known = _commonest()
    best: list[tuple[float, list[tuple[str, float]]]] = [(0.0, [])]
    for end, sign in enumerate(letters, 1):
        single = _DIGIT if sign.isdigit() else _LETTER
        ways = [(best[-1][0] + single, end - 1, (f"{end} {sign}", single))]
        for start in range(max(0, end - LONGEST_LEAKED), end - SHORTEST_LEAKED + 1):
            if cost := known.get(letters[start:end]):
                ways.append((best[start][0] + cost, start, (letters[start:end], cost)))
        total, start, part = min(ways)
        best.append((total, [*best[start][1], part]))
    return best[-1][1]


@cache
def _commonest() -> dict[str, float]:
    """Leaked password -> the guesses until its turn comes, as a power of ten. Read when somebody first chooses."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  a tenth of a second and fifteen megabytes

    found: dict[str, float] = {}
    for name in ("passwords", "male_names", "female_names"):  # the library names each word once, where it is commonest
        for turn, word in enumerate(FREQUENCY_LISTS[name], 2):
            plain, cost = _letters(word), log10(turn)
            found[plain] = min(cost, found.get(plain, cost))
    return found


def _little_left(letters: str, words: tuple[str, ...]) -> bool:
    for word in sorted(words, key=len, reverse=True):
        letters = letters.replace(_letters(word), "")
    return len(letters) < LEFT or letters.isdigit()
