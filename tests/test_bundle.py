"""The zip holds every file there is, each as it is downloaded alone, and is the same each time."""

import zipfile
from datetime import date
from io import BytesIO

import pytest

from exports import groups
from exports.bundle import write_bundle
from exports.export import CODE_BOOK, FILES, README, Selection, name_of
from survey.installation import Installation
from tests.population import FORM, Population

PERIOD = Selection("a", FORM, "2026-Q3")


@pytest.fixture
def files(sqlite_installation: Installation) -> dict[str, bytes]:
    """Every kind of file of one period."""
    with sqlite_installation.writing() as db:
        Population("a", [12, 4], seed=2).play(db, groups.close, years=[2026])
    with sqlite_installation.reading() as db:
        return {kind: written(db, kind) for kind in FILES} | {"again": written(db, "zip")}


def written(db: object, kind: str) -> bytes:
    out = BytesIO()
    FILES[kind].write(db, PERIOD, out)  # type: ignore[arg-type]
    return out.getvalue()


def test_every_file_is_in_it_as_it_is_alone(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(files["zip"])) as bundle:
        assert bundle.testzip() is None
        kinds = [kind for kind in FILES if kind != "zip"]
        assert bundle.namelist() == [*(name_of(PERIOD, kind) for kind in kinds), CODE_BOOK, README]
        for kind in kinds:
            assert bundle.read(name_of(PERIOD, kind)) == files[kind]
        told = bundle.read(README).decode("utf-8-sig")
        assert all(name in told for name in bundle.namelist() if name != README)
        assert bundle.read(CODE_BOOK).decode("utf-8-sig").startswith("fråga;frågetext;tema;")


def test_the_same_period_gives_the_same_bytes_and_no_time_of_day(files: dict[str, bytes]) -> None:
    assert files["zip"] == files["again"]
    with zipfile.ZipFile(BytesIO(files["zip"])) as bundle:
        assert {info.date_time for info in bundle.infolist()} == {(2026, 10, 1, 0, 0, 0)}


def test_a_file_that_cannot_be_written_stops_the_zip() -> None:
    def failing(_out: object) -> None:
        raise OSError("fullt")

    with pytest.raises(OSError, match="fullt"):
        write_bundle([("a.txt", failing)], date(2026, 1, 1), BytesIO())
