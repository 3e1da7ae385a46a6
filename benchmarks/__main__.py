"""`make bench`: every comparison, as a table and in `benchmarks/latest.json`. Names on the command line choose some."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.answering import page, postgresql, send, visit
from benchmarks.building import building
from benchmarks.measure import Measured
from benchmarks.opening import counting, opening
from benchmarks.reading import overview
from benchmarks.starting import starting
from benchmarks.voting import poll_idle, poll_vote
from benchmarks.writing import rows

LATEST = Path(__file__).parent / "latest.json"


def _send_pg() -> Iterator[Measured]:
    with postgresql() as (ours, bare):
        yield from send("send_pg", ours, bare)


def _poll_vote_pg() -> Iterator[Measured]:
    with postgresql() as (ours, bare):
        yield from poll_vote("poll_vote_pg", ours, bare)


COMPARISONS: Mapping[str, Callable[[], Iterator[Measured]]] = {
    "page": lambda: iter([page()]),
    "send": send,
    "send_pg": _send_pg,
    "visit": visit,
    "count": lambda: iter([counting()]),
    "release": lambda: iter([opening()]),
    "rows": rows,
    "overview": lambda: iter([overview()]),
    "poll_idle": lambda: iter([poll_idle()]),
    "poll_vote": poll_vote,
    "poll_vote_pg": _poll_vote_pg,
    "author": building,
    "start": starting,
}


def main(names: list[str]) -> int:
    """Measure, print and write; 1 when a target is missed."""
    found: dict[str, Measured] = {}
    print(f"{'':14}{'ours':>10}{'bare':>10}{'ratio':>8}  target")
    for name in names or COMPARISONS:
        for one in COMPARISONS[name]():
            found[one.name] = one
            mark = "" if one.reached else "  MISSED"
            print(
                f"{one.name:14}{one.ours:10.4g}{one.bare:10.4g}{one.ratio:8.2f}  {one.target} {one.unit}{mark}",
                flush=True,
            )
    LATEST.write_text(json.dumps({name: vars(one) for name, one in found.items()}, indent=1) + "\n")
    return int(not all(one.reached for one in found.values()))


sys.exit(main(sys.argv[1:]))
