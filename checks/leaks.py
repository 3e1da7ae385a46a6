"""Secrets that lie among the code: `python -m checks.leaks` looks through every file that git knows.

Looked for are the shapes that open something: private keys, keys of well-known services, keys of Samsvar's own,
addresses with a passphrase in them, and long random words given to a name that means a secret. Files that hold such by
nature (databases, key files) may not be there at all.
"""

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
NEVER = re.compile(r"(^|/)(\.env|.*\.(key|pem|p12|pfx|jks|keystore|db|db-wal|sqlite3?|age)|id_(rsa|ed25519|ecdsa))$")
"""Files that never belong among code, by name."""
SHAPES = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "age key": re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    "key for programs": re.compile(r"\bsamsvar_[A-Za-z0-9_-]{40,}"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b"),
    "code host's token": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36,}\b|\bglpat-[0-9A-Za-z_-]{20,}|\bgithub_pat_\w{50,}"),
    "package index token": re.compile(r"\bpypi-[0-9A-Za-z_-]{50,}|\bnpm_[0-9A-Za-z]{36}\b"),
    "chat token": re.compile(r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}"),
    "signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}"),
    "passphrase in an address": re.compile(
        r"\b[a-z][a-z0-9+.]{2,20}://[^\s:/@\"'<>{}]+:(?P<word>[^\s:/@\"'<>{}]{3,})@"
    ),
    "random word of a secret": re.compile(
        r"(?i)(?:secret|passw(?:or)?d|passphrase|token|api_?key|private_?key|credential|kek)\w*[\"']?\s*[:=]+\s*"
        r"[bru]*[\"'](?P<word>[0-9A-Za-z+/=_-]{20,})[\"']"
    ),
}
MIXED = 3.5
"""Bits per letter from which a word is random; words people write have about three."""
OPENS_NOTHING = frozenset({"PASSPHRASE", "passphrase", "lösen", "hemligt"})
"""What stands for a passphrase in instructions and tests."""


def leaks(name: str, text: str) -> Iterator[str]:
    """Where something that opens something stands in a file: its place and kind, never the thing itself."""
    for number, line in enumerate(text.splitlines(), start=1):
        for kind, shape in SHAPES.items():
            if any(_opens(found) for found in shape.finditer(line)):
                yield f"{name}:{number}: {kind}"


def misplaced(names: Iterable[str]) -> list[str]:
    """Files that do not belong among code."""
    return [f"{name}: a file of secrets" for name in names if NEVER.search(name)]


def _opens(found: re.Match[str]) -> bool:
    word = found.groupdict().get("word")
    if word is None:
        return True
    return word not in OPENS_NOTHING and (len(word) < 20 or _mixed(word) >= MIXED)


def _mixed(word: str) -> float:
    """Bits per letter."""
    shares = [n / len(word) for n in Counter(word).values()]
    return -sum(share * math.log2(share) for share in shares)


def kept(root: Path) -> list[str]:
    """Every file that git keeps or would keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def look_through(root: Path) -> list[str]:
    """Everything that is wrong among the files of a repository."""
    names = kept(root)
    contents = {name: (root / name).read_bytes() for name in names}
    texts = {name: held.decode("utf-8", "replace") for name, held in contents.items() if b"\0" not in held}
    found = (one for name, text in texts.items() for one in leaks(name, text))
    return [*misplaced(names), *found]


def main() -> int:
    """Say where. Nonzero where something was found."""
    found = look_through(ROOT)
    for one in found:
        print(one)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
