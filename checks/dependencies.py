"""What Samsvar is built of: pinned, hashed, installed as pinned, under licences that let it be passed on, on a Python
that is still mended, and without known weaknesses. `python -m checks.dependencies`

All but the last is known without a network. Where the service that knows weaknesses does not answer, one line says that
they were not looked for, and nothing is held against whoever is offline.
"""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
SHIPPED = ("requirements.txt", "requirements-spss.txt")
DEVELOPING = ("requirements-dev.txt",)
MENDED_UNTIL = {
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
"""Python's own calendar (PEP 664, 693, 719, 745), looked up 2026-11-22."""
PERMITTED = frozenset(
    {
        *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "ISC", "PSF-2.0", "Zlib", "CC0-1.0"),
        *("Unlicense", "MPL-2.0", "LGPL-3.0-only"),
    }
)
"""What may be installed beside code of ours and passed on with it."""
IN_OTHER_WORDS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""How older packages say it."""
SAID_ELSEWHERE = {"pyrage": "MIT"}
"""Packages whose licence stands only in a file beside them."""
ADVISORIES = "https://api.osv.dev/v1/query"
PATIENCE = 3
"""Seconds to wait for the service that knows weaknesses."""
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)((?: --hash=sha256:[0-9a-f]{64})+)")


def pins(text: str) -> dict[str, str]:
    """Package -> version of every line of a compiled requirements file that is pinned and hashed."""
    return {_plain(found[1]): found[2] for line in _lines(text) if (found := _PIN.fullmatch(line))}


def loose(name: str, text: str) -> list[str]:
    """Lines that name no single file somebody has looked at."""
    lines = (line for line in _lines(text) if not _PIN.fullmatch(line))
    return [f"{name}: not pinned and hashed: {line[:80]}" for line in lines]


def differing(pinned: Mapping[str, str], installed: Mapping[str, str]) -> list[str]:
    """Packages that are installed otherwise than pinned. What is not installed is of no danger here."""
    return [
        f"{package} {installed[package]} is installed, {version} is pinned: run make install"
        for package, version in pinned.items()
        if package in installed and installed[package] != version
    ]


def unsealed(lock: str) -> list[str]:
    """Packages of a package-lock.json that could become others without anybody seeing it."""
    packages = json.loads(lock)["packages"]
    return [
        f"{name}: no hash in package-lock.json" for name, one in packages.items() if name and "integrity" not in one
    ]


def unlicensed(licences: Mapping[str, str]) -> list[str]:
    """Packages whose licence is none that is permitted."""
    return [f"{package}: licence {said or 'unknown'}" for package, said in licences.items() if not permitted(said)]


def permitted(expression: str) -> bool:
    """Whether an SPDX expression can be kept to: one side of every OR, all of every AND."""
    parts = expression.replace("(", " ").replace(")", " ").split(" AND ")
    return all(any(each.strip() in PERMITTED for each in part.split(" OR ")) for part in parts)


def outlived(version: tuple[int, int], today: date) -> list[str]:
    """Whether this Python gets no mending any more, or nobody here knows."""
    until = MENDED_UNTIL.get(version)
    if until and today <= until:
        return []
    told = f"since {until}" if until else "as far as checks/dependencies.py knows"
    return [f"Python {version[0]}.{version[1]} is not mended {told}"]


def weaknesses(answer: str) -> list[str] | None:
    """What pip-audit tells as JSON; None where it tells nothing that can be read, or of a package less."""
    try:
        told = json.loads(answer)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return None
    if any("skip_reason" in one for one in told):
        return None
    return [
        f"{one['name']} {one['version']}: {weak['id']}, mended in {', '.join(weak['fix_versions']) or 'no version yet'}"
        for one in told
        for weak in one["vulns"]
    ]


def ask(files: Iterable[Path]) -> list[str] | None:
    """Known weaknesses of everything pinned in these files; None where nobody answers."""
    service = urlsplit(ADVISORIES)
    try:
        socket.create_connection((service.hostname, service.port or 443), PATIENCE).close()
    except OSError:
        return None
    given = [word for file in files for word in ("-r", str(file))]
    how = ("--disable-pip", "--require-hashes", "--vulnerability-service", "osv", "--osv-url", ADVISORIES)
    command = [sys.executable, "-m", "pip_audit", *given, *how, "--progress-spinner", "off", "--format", "json"]
    return weaknesses(subprocess.run(command, capture_output=True, text=True, check=False).stdout)  # noqa: S603


def licence(package: metadata.Distribution) -> str:
    """What the package says of itself, as an SPDX expression; "" where it says nothing."""
    about = package.metadata
    if said := about.get_all("License-Expression"):
        return str(said[0])
    named = [line.rpartition("::")[2].strip() for line in about.get_all("Classifier") or [] if "License ::" in line]
    short = "".join(about.get_all("License") or []).splitlines()[:1]
    words = named or [line for line in short if len(line) < 40]
    return " OR ".join(IN_OTHER_WORDS.get(word, word) for word in words) or SAID_ELSEWHERE.get(_plain(package.name), "")


def _lines(text: str) -> Iterator[str]:
    """Requirements, each on one line, without comments and without the platforms they are for."""
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        if said := re.sub(r"(^|\s)#.*| ; .*?(?= --hash|$)", "", line).strip():
            yield said


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Say what is wrong, and what could not be looked at. Nonzero where something is wrong."""
    texts = {name: (ROOT / name).read_text("utf-8") for name in (*SHIPPED, *DEVELOPING)}
    packages = {_plain(one.name): one for one in metadata.distributions()}
    installed = {name: one.version for name, one in packages.items()}
    shipped = {name for file in SHIPPED for name in pins(texts[file])}
    wrong = [fault for name, text in texts.items() for fault in loose(name, text)]
    wrong += [fault for text in texts.values() for fault in differing(pins(text), installed)]
    wrong += unlicensed({name: licence(packages[name]) for name in sorted(shipped & packages.keys())})
    wrong += unsealed((ROOT / "design" / "package-lock.json").read_text("utf-8"))
    wrong += outlived(sys.version_info[:2], date.today())
    known = ask(ROOT / name for name in texts)
    if known is None:
        print(f"Not checked: known weaknesses of dependencies ({urlsplit(ADVISORIES).hostname} does not answer).")
    for fault in (*wrong, *(known or ())):
        print(fault)
    return 1 if wrong or known else 0


if __name__ == "__main__":
    sys.exit(main())
