"""A hundred thousand wild requests over every address by every role: never our fault, nothing reflected, memory flat.

`make test` takes a sample; `make soak` takes the whole. The API's own description is fuzzed in `test_api_fuzz`.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from pages import refer, vote, withdraw
from pages.limits import Limits
from pages.pace import Pace
from tests.fuzzing import Vandal, memory
from tests.scene import SOAK
from tests.whole_house import House, whole_house

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROUNDS, REQUESTS = (20, 5000) if SOAK else (1, 600)
"""How many houses, and how many requests in each: much is broken on the way, which the next finds whole again."""
GROWTH = 40_000_000
"""Bytes a process may grow by after the first quarter: caches fill up, nothing else."""


@pytest.fixture(autouse=True)
def nobody_is_slowed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after the limits is looked at here; the limits are looked at in `test_pace`."""
    for room, name in ((refer, "pace"), (refer, "starts"), (refer, "guesses"), (vote, "pace"), (withdraw, "guesses")):
        monkeypatch.setattr(room, name, Pace(burst=10**9))


def loose(house: House, seed: int, times: int) -> Vandal:
    """Let somebody loose in the house."""
    house.world.app.testing = False
    endless = Pace(burst=10**9)
    house.world.app.extensions["samsvar.limits"] = Limits(endless, endless, endless)
    vandal = Vandal(house, seed)
    vandal.go(times)
    return vandal


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file that ends in the middle
def test_nothing_anybody_sends_is_our_fault(tmp_path: Path, migrated_file: Path) -> None:
    sizes, statuses = [], set[int]()
    for library in ("polars", "pyreadstat"):
        import_module(library)  # 30 MB with the first file for SPSS, whenever somebody asks for one
    for seed in range(ROUNDS):
        (tmp_path / str(seed)).mkdir()
        with whole_house(tmp_path / str(seed), migrated_file) as house:
            vandal = loose(house, seed, REQUESTS)
        assert vandal.faults == []
        statuses |= set(vandal.seen)
        sizes.append(memory())
        assert vandal.seen[200] + vandal.seen[422] > REQUESTS / 4, "it came past the doors"
    assert statuses >= {200, 303, 403, 404, 405, 422}
    assert sizes[-1] - sizes[len(sizes) // 4] < GROWTH


def mirror(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    """Says again what it was asked."""
    start("200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", "x")])
    return [unquote(environ["QUERY_STRING"]).encode(), environ["wsgi.input"].read()]


def fragile(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    """Falls over what looks like a number and is none."""
    digits = any(sign.isdigit() and not sign.isascii() for sign in unquote(environ["QUERY_STRING"]))
    start("500 Oh" if digits else "200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", "x")])
    return []


@pytest.mark.parametrize(("house_that", "fault"), [(mirror, "reflected"), (fragile, "500")])
def test_control_a_house_with_a_weakness_is_found_out(
    tmp_path: Path, migrated_file: Path, house_that: Callable[..., Iterable[bytes]], fault: str
) -> None:
    with whole_house(tmp_path, migrated_file) as house:
        house.world.app.wsgi_app = house_that  # type: ignore[method-assign]
        assert any(one.startswith(fault) for one in loose(house, 1, 2000).faults)


def test_a_number_in_an_address_has_an_end(tmp_path: Path, migrated_file: Path) -> None:
    """Databases have none for numbers without."""
    with whole_house(tmp_path, migrated_file) as house:
        numbers = [each for rule in house.rules() for each in rule._converters.values() if hasattr(each, "max")]
    assert numbers
    assert [each for each in numbers if each.max is None or each.max >= 2**31] == []
