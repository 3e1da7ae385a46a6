"""Files an evaluator takes away: chosen, waited for, fetched by nobody else, saved to be repeated with one click."""

import re
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import BinaryIO

import pytest
from sqlalchemy import Connection

from exports import making, saved
from exports.export import FILES, FileKind, Selection, Written
from exports.saved import ALL, NEWEST, YEAR, Own
from pages import files
from staff import accounts
from staff.member import Grant
from survey.errors import BadRequest, NotFound
from survey.installation import Installation
from tests.staff_scene import HOME, Browser, World, answered, staffed

HERE = f"/personal/utvardering/{HOME}/tiny"
Slow = Callable[[], None]


@pytest.fixture
def world(sqlite_installation: Installation) -> World:
    """A quarter has been released at home; Ivo evaluates there too."""
    world = staffed(sqlite_installation)
    answered(world, world.home, 12)
    world.release()
    with world.installation.writing() as db:
        world.accounts["ivo"] = accounts.add(db, "ivo@exempel.se", "Ivo", Grant("evaluator", HOME))
    return world


@pytest.fixture
def finish(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """Files are begun and not finished until this is called; pages do not wait for them."""
    go_on = Event()

    def _write(_db: Connection, selection: Selection, out: BinaryIO) -> Written:
        out.write(b"half ")
        go_on.wait(20)
        out.write((selection.period or "everything").encode())
        return Written(1, 0, 0)

    monkeypatch.setattr(files, "PATIENCE", 0.0)
    monkeypatch.setitem(FILES, "csv", FileKind(".csv", "text/csv", _write))
    yield go_on.set
    go_on.set()


def failing(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def _write(_db: Connection, _selection: Selection, out: BinaryIO) -> Written:
        out.write(b"begun")
        raise fault

    monkeypatch.setitem(FILES, "csv", FileKind(".csv", "text/csv", _write))


def come(browser: Browser, page: str, words: str) -> str:
    """The page once it says `words`."""
    until = time.monotonic() + 10
    while words not in (text := browser.get(page).text):
        assert time.monotonic() < until, text
        time.sleep(0.02)
    return text


def link(page: str, words: str) -> str:
    """Where the link that says `words` leads."""
    found = re.search(rf'href="([^"]*)"[^>]*>{words}', page)
    assert found, page
    return found[1]


def test_what_is_soon_made_comes_at_once_and_is_read_from_the_disk_as_it_is_sent(world: World) -> None:
    eva = world.visit("eva")
    with eva.client.get(f"{HERE}/hamta/csv") as file:
        assert (file.status_code, file.is_streamed) == (200, True)
        assert int(file.headers["Content-Length"]) == len(file.data) > 500


def test_a_slow_file_has_a_page_that_waits_and_then_leads_to_it(world: World, finish: Slow) -> None:
    eva = world.visit("eva")
    asked = eva.get(f"{HERE}/2026-Q3/hamta/csv")
    assert asked.status_code == 303
    page = eva.get(asked.location).text
    assert "<h1>Filen görs</h1>" in page
    assert "<progress" in page
    assert 'role="status"' in page
    assert link(page, "Se om filen är klar") == asked.location
    assert eva.get(f"{asked.location}/fil").status_code == 404, "half a file is no file"
    finish()
    page = come(eva, asked.location, "Filen är klar")
    assert "waiting.js" not in page
    file = eva.get(link(page, "Hämta filen"))
    assert (file.data, file.headers["Cache-Control"]) == (b"half 2026-Q3", "no-store")
    assert file.headers["Content-Disposition"] == "attachment; filename=samsvar-exempel-tiny-2026-Q3.csv"


def test_nobody_else_reaches_a_file_by_its_address(world: World, finish: Slow) -> None:
    eva = world.visit("eva")
    at = eva.get(f"{HERE}/hamta/csv").location
    finish()
    come(eva, at, "Filen är klar")
    abroad = at.replace(f"/{HOME}/", "/annat/")
    for name, address in (("ivo", at), ("eve", at), ("eve", abroad), ("eva", abroad), ("kim", at), ("ada", at)):
        assert {world.visit(name).get(f"{address}{part}").status_code for part in ("", "/fil")} == {404}, name
    assert world.visit("eva").get(f"{at}/fil").status_code == 200  # control: the file is there, for her


def test_control_without_a_look_at_the_account_another_evaluator_would_have_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.installation.settings.instance / "files"
    order = making.Order(world.accounts["eva"], Selection(HOME, "tiny"), "csv")
    job = making.wait(folder, making.ask(folder, order, lambda out: out.write(b"x")), 20)
    monkeypatch.setattr(making, "find", lambda folder, id_, _account: making._read(folder / id_))
    assert world.visit("ivo").get(f"{HERE}/filer/{job.id}/fil").data == b"x"


def test_who_is_no_longer_an_evaluator_does_not_get_the_file_asked_for_before(world: World, finish: Slow) -> None:
    at = world.visit("eva").get(f"{HERE}/hamta/csv").location
    finish()
    come(world.visit("eva"), at, "Filen är klar")
    with world.installation.writing() as db:
        accounts.give(db, world.accounts["eva"], Grant("evaluator", "annat"))
        accounts.take(db, world.accounts["eva"], Grant("evaluator", HOME))
    eva = world.visit("eva")
    assert eva.get(f"{at}/fil").status_code == 404
    assert eva.get(f"{at}/fil".replace(f"/{HOME}/", "/annat/")).status_code == 404


def test_an_account_waits_when_it_has_many_files_in_the_making(world: World, finish: Slow) -> None:
    eva = world.visit("eva")
    monthly = [f"{HERE}/hamta/csv", f"{HERE}/2026-Q3/hamta/csv"]
    assert {eva.get(path).status_code for path in monthly} == {303}
    making.ask(
        world.installation.settings.instance / "files",
        making.Order(world.accounts["eva"], Selection(HOME, "tiny", "2026"), "csv"),
        lambda _out: time.sleep(0.5),
    )
    page = eva.get(f"{HERE}/hamta/xlsx")
    assert (page.status_code, "Vänta tills någon av dem är klar" in page.text) == (429, True)
    assert eva.get(monthly[0]).status_code == 303, "the same file is asked for twice and made once"
    assert world.visit("ivo").get(f"{HERE}/hamta/csv").status_code == 303


@pytest.mark.parametrize("fault", [ValueError("Hemligt 7"), OSError(28, "No space left on device: Hemligt 7")])
def test_a_file_that_fails_gives_a_calm_page_and_a_log_line_without_content(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    failing(monkeypatch, fault)
    eva = world.visit("eva")
    asked = eva.get(f"{HERE}/hamta/csv")
    page = eva.get(asked.location)
    assert (asked.status_code, page.status_code) == (303, 503)
    assert "Försök igen om en stund." in page.text
    assert link(page.text, "Försök igen") == f"{HERE}/hamta/csv"
    assert type(fault).__name__ in caplog.text
    assert "Hemligt" not in caplog.text + page.text
    assert "Hemligt" in str(fault)  # control: the words were there to be told


def test_where_no_file_can_be_begun_the_calm_page_says_so(world: World) -> None:
    (world.installation.settings.instance / "files").write_text("in the way")
    page = world.visit("eva").get(f"{HERE}/hamta/csv")
    assert (page.status_code, "Tjänsten fungerar inte just nu" in page.text) == (503, True)


# --- Choosing ------------------------------------------------------------------------------------------------------


def test_a_file_is_chosen_by_period_and_kind(world: World) -> None:
    eva = world.visit("eva")
    page = eva.get(f"{HERE}/filer").text
    offered = re.findall(r'<option value="([^"]*)"', page)
    assert offered == ["newest", "all", "2026-Q3"]
    assert re.findall(r'name="kind" id="[^"]*" value="([^"]*)"', page) == list(FILES)
    assert "Nyaste: kvartal 3 2026" in page
    assert "Du har inga sparade val än." in page
    for period, name in (("newest", "2026-Q3"), ("all", "allt"), ("2026-Q3", "2026-Q3")):
        file = eva.post(f"{HERE}/filer", period=period, kind="csv")
        assert file.headers["Content-Disposition"] == f"attachment; filename=samsvar-exempel-tiny-{name}.csv"


def test_every_kind_of_file_has_words(world: World) -> None:
    assert set(FILES) <= set(files.LABELS)


@pytest.mark.parametrize("fields", [{"period": "2031"}, {"kind": "exe"}, {"period": "../../etc"}])
def test_what_cannot_be_chosen_is_refused_on_the_page(world: World, fields: dict[str, str]) -> None:
    page = world.visit("eva").post(f"{HERE}/filer", **({"period": "all", "kind": "csv"} | fields))
    assert (page.status_code, "<title>Fel:" in page.text) == (422, True)


def test_of_a_form_nobody_has_answered_there_is_nothing_to_choose(world: World) -> None:
    assert world.visit("eva").get(f"/personal/utvardering/{HOME}/other/filer").status_code == 404


def test_a_choice_is_saved_repeated_renamed_and_removed(world: World) -> None:
    eva = world.visit("eva")
    kept = eva.post(f"{HERE}/filer", period="newest", kind="csv", name="  Till   styrelsen ", go="save")
    page = eva.get(kept.location).text
    assert "Valet är sparat." in page
    assert "<h3>Till styrelsen</h3>" in page
    file = eva.get(link(page, 'Hämta<span class="ds-sr-only"> Till styrelsen'))
    assert file.headers["Content-Disposition"] == "attachment; filename=samsvar-exempel-tiny-2026-Q3.csv"
    change = link(page, "Byt namn")
    assert 'value="Till styrelsen"' in eva.get(change).text
    page = eva.get(eva.post(change, name="Till alla").location).text
    assert "Valet har ett nytt namn." in page
    gone = link(page, "Ta bort")
    assert "Ta bort Till alla?" in eva.get(gone).text
    assert "Till alla" in eva.get(f"{HERE}/filer").text, "asking removes nothing"
    page = eva.get(eva.post(gone).location).text
    assert "Valet är borttaget." in page
    assert "Till alla" not in page
    assert eva.get(gone).status_code == 404


def test_a_choice_that_cannot_be_saved_says_why_and_keeps_what_was_written(world: World) -> None:
    eva = world.visit("eva")
    eva.post(f"{HERE}/filer", period="all", kind="csv", name="Allt", go="save")
    for name, why in (("", "Skriv ett namn på valet"), ("x" * 81, "högst 80 tecken"), ("ALLT", "heter så")):
        refused = eva.post(f"{HERE}/filer", period="2026-Q3", kind="program", name=name, go="save")
        assert (refused.status_code, why in refused.text) == (422, True)
        assert '<option value="2026-Q3" selected>' in refused.text
        assert f'value="{name}"' in refused.text
    page = eva.get(f"{HERE}/filer").text
    assert page.count("<h3>") == 1
    change = link(page, "Byt namn")
    assert eva.post(change, name="").status_code == 422
    assert eva.post(change, name="Allt").status_code == 303, "its own name is not taken by another"


def test_a_saved_choice_is_its_owners_alone(world: World) -> None:
    eva = world.visit("eva")
    eva.post(f"{HERE}/filer", period="all", kind="csv", name="Styrelsens", go="save")
    at = link(eva.get(f"{HERE}/filer").text, "Hämta<span")
    assert "Styrelsens" not in world.visit("ivo").get(f"{HERE}/filer").text
    assert {world.visit("ivo").get(f"{at}{part}").status_code for part in ("", "/namn", "/ta-bort")} == {404}
    assert world.visit("ivo").post(f"{at}/ta-bort").status_code == 404
    assert eva.get(at).status_code == 200


def test_a_saved_choice_goes_with_the_account(world: World) -> None:
    world.visit("eva").post(f"{HERE}/filer", period="all", kind="csv", name="Styrelsens", go="save")
    with world.installation.writing() as db:
        accounts.close(db, world.accounts["eva"])
        assert saved.choices(db, Own(world.accounts["eva"], HOME, "tiny")) == []


def test_there_is_an_end_to_saved_choices(installation: Installation) -> None:
    world = staffed(installation)
    own = Own(world.accounts["eva"], HOME, "tiny")
    with installation.writing() as db:
        for n in range(saved.MOST):
            saved.save(db, own, f"Val {n}", ALL, "csv")
        with pytest.raises(BadRequest, match="redan 20 sparade val"):
            saved.save(db, own, "Ett till", ALL, "csv")
        saved.save(db, Own(world.accounts["eva"], HOME, "other"), "Ett till", ALL, "csv")


@pytest.mark.parametrize(
    ("period", "labels", "stands_for"),
    [
        (NEWEST, ["2026", "2026-Q4", "2026-Q3", "2025"], "2026-Q4"),
        (NEWEST, ["2026-09", "2026-08"], "2026-09"),
        (YEAR, ["2026-Q1", "2025", "2025-Q4", "2024"], "2025"),
        (ALL, ["2026-Q1"], None),
        ("2025", ["2026", "2025"], "2025"),
    ],
)
def test_a_choice_follows_what_is_released(period: str, labels: list[str], stands_for: str | None) -> None:
    assert saved.label_of(period, labels) == stands_for


@pytest.mark.parametrize(("period", "labels"), [(YEAR, ["2026-Q3"]), (NEWEST, ["2025"]), ("2024", ["2025"]), ("x", [])])
def test_a_choice_of_what_was_never_released_is_not_found(period: str, labels: list[str]) -> None:
    with pytest.raises(NotFound):
        saved.label_of(period, labels)
