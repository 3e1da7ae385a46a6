"""An attacker with copies of every file but the key folder: what can be found in them, and in what order.

Knows nothing of how Samsvar works beyond what its source says; used on Samsvar and, as a control, on stores built badly
on purpose.
"""

import base64
import re
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from urllib.parse import quote

import psycopg

Order = list[str]
"""Marks of people in the order the attacker finds them."""


def files_under(*folders: Path) -> dict[str, bytes]:
    """Every file under the folders, read; those that vanish meanwhile are left out."""
    found: dict[str, bytes] = {}
    for path in (each for folder in folders for each in sorted(folder.rglob("*"))):
        try:
            if path.is_file():
                found[str(path)] = path.read_bytes()
        except FileNotFoundError:
            continue
    return found


def disguises(text: str) -> set[bytes]:
    """How a text may lie in a file: raw, UTF-16, base64 at each offset, hex, URL, JSON."""
    raw = text.encode()
    forms = {raw, text.encode("utf-16-le"), text.encode("utf-16-be"), raw.hex().encode(), raw.hex().upper().encode()}
    forms.add(quote(text).encode())
    forms.add(text.encode("ascii", "backslashreplace"))
    for shift in range(3):
        inside = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
        forms |= {inside, inside.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def find(texts: Iterable[str], files: Mapping[str, bytes]) -> set[str]:
    """The texts that lie in any of the files, in any disguise or compressed."""
    wanted = {text: disguises(text) for text in texts}
    contents = [*files.values(), *(piece for content in files.values() for piece in _unpacked(content))]
    return {text for text, forms in wanted.items() if any(form in content for content in contents for form in forms)}


def _unpacked(content: bytes) -> Iterable[bytes]:
    for header in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            yield zlib.decompressobj().decompress(content[header.start() : header.start() + 100_000])
        except zlib.error:
            continue


def by_offset(mark: re.Pattern[bytes], files: Mapping[str, bytes]) -> Order:
    """The marks in the order of where they first lie, file after file."""
    found: dict[str, None] = {}
    for name in sorted(files):
        found |= dict.fromkeys(match[1].decode() for match in mark.finditer(files[name]))
    return list(found)


def sqlite_orders(folder: Path, mark: re.Pattern[str]) -> dict[str, Order]:
    """Every order SQL gives on a copy: as tables lie, by each column, by rowid, and as dumped."""
    (file,) = folder.rglob("*.db")
    orders: dict[str, Order] = {}
    with sqlite3.connect(file) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
            orders[f"{table} as it lies"] = _marks(mark, db.execute(f'SELECT * FROM "{table}"'))
            for column in columns:
                rows = db.execute(f'SELECT * FROM "{table}" ORDER BY "{column}"')
                orders[f"{table} by {column}"] = _marks(mark, rows)
            try:
                rows = db.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
            except sqlite3.OperationalError:
                continue
            orders[f"{table} by rowid"] = _marks(mark, rows)
        orders["dump"] = _marks(mark, [(line,) for line in db.iterdump()])
    return orders


def postgresql_orders(url: str, mark: re.Pattern[str]) -> dict[str, Order]:
    """Every order SQL gives: as tables lie, by each column, by ctid and xmin, and as dumped."""
    orders: dict[str, Order] = {}
    with psycopg.connect(url) as db:
        tables = db.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").fetchall()
        for (table,) in tables:
            columns = db.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
            ).fetchall()
            orders[f"{table} as it lies"] = _marks(mark, db.execute(f'SELECT * FROM "{table}"'.encode()))
            for by in (*(f'"{name}"' for (name,) in columns), "ctid", "xmin::text::bigint"):
                orders[f"{table} by {by}"] = _marks(mark, db.execute(f'SELECT * FROM "{table}" ORDER BY {by}'.encode()))
            with db.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as dump:
                orders[f"{table} dumped"] = _marks(mark, [(b"".join(map(bytes, dump)).decode(),)])
    return orders


def versions_of_rows(url: str, table: str, release: str) -> int:
    """In how many transactions a release's rows were written, as PostgreSQL remembers it."""
    with psycopg.connect(url) as db:
        row = db.execute(
            f'SELECT count(DISTINCT xmin::text) FROM "{table}" WHERE release = %s'.encode(), [release]
        ).fetchone()
    assert row is not None
    return int(row[0])


def _marks(mark: re.Pattern[str], rows: Iterable[Sequence[object]]) -> Order:
    found: dict[str, None] = {}
    for row in rows:
        for value in row:
            text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            found |= dict.fromkeys(mark.findall(text))
    return list(found)


def tau(seen: Order, truth: Sequence[str]) -> float | None:
    """Kendall's tau of an order against the true one; None when it holds fewer than two of the people."""
    place = {mark: number for number, mark in enumerate(truth)}
    ranks = [place[mark] for mark in seen if mark in place]
    pairs = len(ranks) * (len(ranks) - 1) // 2
    if not pairs:
        return None
    rising = sum(ranks[i] < ranks[j] for i in range(len(ranks)) for j in range(i + 1, len(ranks)))
    return (2 * rising - pairs) / pairs


def sigmas(taus: Sequence[float], people: int) -> float:
    """How many standard errors the mean of many taus lies from the 0 of pure chance."""
    spread = sqrt(2 * (2 * people + 5) / (9 * people * (people - 1)))
    return abs(sum(taus) / len(taus)) / (spread / sqrt(len(taus)))


def windows(values: Iterable[bytes], width: int = 8) -> set[bytes]:
    """Every stretch of `width` bytes in the values."""
    return {value[start : start + width] for value in values for start in range(len(value) - width + 1)}
