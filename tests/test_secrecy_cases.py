"""P18, P20, P21 and P24 of PRIVACY.md, at the rules: nobody reads about a person who may not, and no copy tells.

P18: no copy of the system's files holds a word about anybody, and no ciphertext opens where it was not written. P20: a
consent holds exactly what was shown, and one that is taken back is gone at the next reading. P21: of a person with a
protected identity nothing is stored. P24: no function reaches another team's case, whoever calls it. Each has its
control. The same over HTTP is tried where the pages are.
"""

import dataclasses
import secrets
import sqlite3
import string
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

import forms
from forms.consent import wording
from forms.faults import BadForm
from forms.library import shipped_form
from forms.schema import read_form
from survey import vault
from survey.cases import (
    access,
    consent,
    documents,
    drafts,
    intake,
    leading,
    managing,
    protection,
    rights,
    steps,
    tasks,
    wordings,
)
from survey.cases.leading import Booking, Closing, Seat
from survey.cases.model import Reader
from survey.errors import BadRequest, Closed, NotAllowed, NotFound, Protected, Unavailable
from survey.installation import Installation
from survey.keys import DraftKey
from survey.tables import (
    asked_form,
    audit,
    case,
    consent_approval,
    consent_event,
    consent_wording,
    document,
    draft,
    metadata,
    purge_protocol,
    task,
)
from survey.vault import Damaged
from tests.attacker import find
from tests.case_office import ANSWERS, NOON, OTHER_TEAM, TEAM, Office, office
from tests.scene import at_once
from tests.test_secrecy_box import Copy, copied
from tests.test_secrecy_order import plain_url

__all__ = ["copied"]  # a fixture
MS = timedelta(milliseconds=1)


# --- P18: what names a person is in no copy -------------------------------------------------------------------------


def words() -> str:
    return "zqx" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def a_life(place: Office, said: Mapping[str, str]) -> str:
    """A draft, a referral, a booking, a plan, a case manager and the end, with words that must never be found."""
    house, now = place.house, NOON
    told: dict[str, Any] = {
        "an_namn": said["name"],
        "an_fraga": said["need"],
        "an_halsa": said["health"],
        "sc_namn": said["name"],
    }
    with house.writing() as db:
        begun = drafts.begin(db, house, TEAM, {"answers": {**ANSWERS, **told}}, now)
        drafts.begin(db, house, TEAM, {"answers": {"an_namn": said["unsent"]}}, now)
    referral = place.referral(**told, sc_af="2", sc_af_inte=said["limit"], sc_tolk="1", sc_tolk_vem=said["interpreter"])
    case_id = place.receive(dataclasses.replace(referral, draft=begun.held)).case_id
    kim = place.reader("kim")
    seat = Seat("party", "region", said["colleague"], "läkare", "vet mest")
    with house.writing() as db:
        meeting = Booking(now + timedelta(days=3), 60, "1", said["place"], (seat,))
        leading.book(db, house, kim, case_id, meeting, 0, now)
        plan = {"pl_mal": said["goal"], "pl_kontakt_vem": said["promise"]}
        documents.write(db, house, kim, case_id, "plan", plan, form=None, after=0, now=now)
        leading.planned(db, house, kim, case_id, now)
        managing.offer(db, house, kim, case_id, now)
        managing.accept(db, house, kim, case_id, place.people["manager"], said["extent"], now.date(), now)
        closing = Closing("1", said["takes_over"], accepted=False)
        leading.close(db, house, kim, case_id, closing, now)
    return case_id


SAID = (
    "name", "need", "health", "unsent", "limit", "interpreter", "colleague", "place", "goal", "promise", "extent",
    "takes_over",
)  # fmt: skip


def dumped(house: Installation, folder: Path) -> dict[str, bytes]:
    """What a backup of the database holds: SQLite's own copy, or every table as PostgreSQL tells it."""
    if house.engine.dialect.name == "sqlite":
        into = sqlite3.connect(folder / "backup.db")
        with sqlite3.connect(house.engine.url.database or "") as db:
            db.backup(into)
        into.close()
        return {"backup": (folder / "backup.db").read_bytes()}
    found = {}
    with psycopg.connect(plain_url(house)) as db:
        for table in metadata.tables:
            with db.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as told:
                found[table] = b"".join(map(bytes, told))
    return found


def test_no_copy_no_backup_and_no_log_holds_a_word_about_the_person(
    copied: tuple[Installation, Copy], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house, copy = copied
    caplog.set_level(0)
    place = office(house)
    said = {name: words() for name in SAID}
    case_id = a_life(place, said)
    files = copy() | dumped(house, tmp_path) | {"log": caplog.text.encode()}
    assert find(said.values(), files) == set()
    assert find([str(ANSWERS["an_pnr"]), "0701740605", "070-174 06 05"], files) == set()
    package = access.package(house, place.reader("kim"), case_id, NOON)
    kept = repr(package)
    assert [name for name in SAID if said[name] not in kept] == ["unsent"], "control: it is all there for who may"


def test_control_a_word_kept_as_it_is_said_is_found(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    office(house)
    word = words()
    with house.writing() as db:
        db.execute(update(case).values(reason=word))
        db.execute(text("CREATE TABLE leak (word TEXT)"))
        db.execute(text("INSERT INTO leak VALUES (:word)"), {"word": word})
    assert find([word], copy()) == {word}


def test_the_key_of_a_case_is_in_no_copy_and_without_it_nothing_opens(copied: tuple[Installation, Copy]) -> None:
    house, copy = copied
    place = office(house)
    case_id = place.send().case_id
    (key_file,) = house.case_keys.path.iterdir()
    keys = [house.case_keys.key(case_id), key_file.read_bytes()]
    assert not any(key in content for key in keys for content in copy().values())
    house.case_keys.destroy(case_id)
    with pytest.raises(NotFound):
        place.view("kim", case_id)


def swap(db: Connection, table: Table, column: str, one: Any, other: Any) -> None:
    """Let two rows change what they hold."""
    held = [db.scalar(select(table.c[column]).where(row)) for row in (one, other)]
    assert None not in held
    for row, value in zip((one, other), reversed(held), strict=True):
        db.execute(update(table).where(row).values({column: value}))


def unlocked(db: Connection) -> None:
    """Past the triggers, as whoever owns the database gets."""
    if db.dialect.name == "postgresql":
        db.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        db.execute(text("DROP TRIGGER consent_event_update"))


def two_of_each(place: Office) -> tuple[str, str]:
    """Two cases with two versions of a document, two limits and two tasks in words."""
    house, kim = place.house, place.reader("kim")
    limits: dict[str, Any] = {
        "sc_af": "2",
        "sc_af_inte": "min sjukdom",
        "sc_kommun": "2",
        "sc_kommun_inte": "min skuld",
    }
    one, other = (place.send(**limits).case_id for _ in range(2))
    with house.writing() as db:
        for case_id in (one, other):
            for version in range(2):
                said = {"ka_nu": f"version {version} av {case_id}"}
                documents.write(db, house, kim, case_id, "mapping", said, form=None, after=version, now=NOON)
            for words in ("den ena ringer", "den andra ringer"):
                tasks.add(db, house, case_id, "promised_contact", NOON, words=words)
    return one, other


def swaps(db: Connection, one: str, other: str) -> dict[str, Callable[[], None]]:
    """Every way to move what is encrypted to another place of the same kind."""
    mapping = document.c.kind == "mapping"
    first, second = [
        *db.scalars(select(task.c.id).where(task.c.case == one, task.c.words.is_not(None)).order_by(task.c.id))
    ]
    limits = [
        *db.scalars(
            select(consent_event.c.number).where(consent_event.c.case == one, consent_event.c.kind == "limited")
        )
    ]
    here = consent_event.c.case == one
    return {
        "between cases": lambda: swap(
            db,
            document,
            "answers",
            (document.c.case == one) & (document.c.kind == "referral"),
            (document.c.case == other) & (document.c.kind == "referral"),
        ),
        "between versions": lambda: swap(
            db,
            document,
            "answers",
            (document.c.case == one) & mapping & (document.c.version == 1),
            (document.c.case == one) & mapping & (document.c.version == 2),
        ),
        "between kinds": lambda: swap(
            db,
            document,
            "answers",
            (document.c.case == one) & mapping & (document.c.version == 2),
            (document.c.case == one) & (document.c.kind == "referral"),
        ),
        "between consents": lambda: swap(
            db,
            consent_event,
            "private",
            here & (consent_event.c.number == limits[0]),
            here & (consent_event.c.number == limits[1]),
        ),
        "between tasks": lambda: swap(db, task, "words", task.c.id == first, task.c.id == second),
    }


def whole(place: Office, case_id: str) -> None:
    """Read everything there is about a case."""
    access.package(place.house, place.reader("kim"), case_id, NOON)


WAYS = ["between cases", "between versions", "between kinds", "between consents", "between tasks"]


@pytest.mark.parametrize("way", WAYS)
def test_a_ciphertext_that_was_moved_opens_nowhere(installation: Installation, way: str) -> None:
    place = office(installation)
    one, other = two_of_each(place)
    whole(place, one)
    with installation.writing() as db:
        unlocked(db)
        swaps(db, one, other)[way]()
    with pytest.raises(Damaged):
        whole(place, one)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "between cases"])
def test_control_bound_to_nothing_a_moved_ciphertext_opens(
    sqlite_installation: Installation, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault.Place, "bound", lambda _self, key_id: key_id)
    place = office(sqlite_installation)
    one, other = two_of_each(place)
    with sqlite_installation.writing() as db:
        unlocked(db)
        swaps(db, one, other)[way]()
    whole(place, one)


def test_a_draft_opens_with_its_code_alone_and_in_no_other_place(installation: Installation) -> None:
    place = office(installation)
    word = words()
    with installation.writing() as db:
        one, other = (drafts.begin(db, installation, TEAM, {"answers": {"an_namn": name}}, NOON) for name in (word, ""))
        hashes = [one.held.id, other.held.id]
        swap(db, draft, "contents", draft.c.hash == hashes[0], draft.c.hash == hashes[1])
    with pytest.raises(Closed):
        drafts.resume(installation, one.code, NOON)
    with installation.writing() as db:
        swap(db, draft, "contents", draft.c.hash == hashes[0], draft.c.hash == hashes[1])
    assert drafts.resume(installation, one.code.lower().replace("-", " "), NOON)[1]["answers"] == {"an_namn": word}
    elsewhere = dataclasses.replace(installation, secrets=type(installation.secrets)(bytes(32)))
    with pytest.raises(Closed):
        drafts.resume(elsewhere, one.code, NOON)
    assert place.house is installation


def begun_before(house: Installation, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The code of a draft that was begun by a version that kept nothing of its key in the key folder."""
    with monkeypatch.context() as then, house.writing() as db:
        then.setattr(drafts, "_key", drafts._key_before)
        return drafts.begin(db, house, TEAM, {"answers": {"an_namn": name}}, NOON).code


def test_whoever_has_the_databases_folder_and_finds_the_code_opens_no_draft(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thief has the database and the secret key: every code is found by trying. The key folder stayed behind."""
    office(installation)
    with installation.writing() as db:
        code = drafts.begin(db, installation, TEAM, {"answers": {"an_namn": "Alva"}}, NOON).code
    before = begun_before(installation, "Bo", monkeypatch)
    (tmp_path / "own").mkdir()
    thief = dataclasses.replace(installation, draft_key=DraftKey(tmp_path / "own", installation.wrapping))
    with pytest.raises(Closed):
        drafts.resume(thief, code, NOON)
    control = drafts.resume(thief, before, NOON)[1]
    assert control["answers"] == {"an_namn": "Bo"}, "as it was: the folder alone was enough"


def test_a_draft_from_before_goes_on_until_it_is_sent_or_over(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = sqlite_installation
    office(house)
    code = begun_before(house, "Bo", monkeypatch)
    held, _contents = drafts.resume(house, code, NOON)
    with house.writing() as db:
        drafts.save(db, held, {"answers": {"an_namn": "Bo Ek"}}, NOON)
    assert drafts.resume(house, code, NOON)[1]["answers"] == {"an_namn": "Bo Ek"}


def test_two_that_begin_at_once_have_one_key_and_without_the_folder_nothing_is_lost(
    sqlite_installation: Installation,
) -> None:
    house = sqlite_installation
    office(house)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _n: DraftKey(house.settings.key_dir, house.wrapping).key(), range(8)))
    assert len(keys) == 1
    with house.writing() as db:
        code = drafts.begin(db, house, TEAM, {"answers": {"an_namn": "Alva"}}, NOON).code
    away = house.settings.key_dir.rename(house.settings.key_dir.with_name("away"))
    with pytest.raises(Unavailable):
        drafts.resume(house, code, NOON)
    away.rename(house.settings.key_dir)
    assert drafts.resume(house, code, NOON)[1]["answers"] == {"an_namn": "Alva"}


# --- P20: a consent holds what was shown, and one that is taken back is gone ----------------------------------------


def test_the_wording_kept_hashes_to_what_stood_on_the_page(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    with installation.reading() as db:
        for told in consent.receipt(db, installation, case_id):
            page = wording(place.form(ANSWERS), told.event.party, "sv", place.blanks(ANSWERS))
            assert told.wording == page.text
            assert told.event.wording == sha256(page.text.encode()).digest()
            assert "10 februari 2027" in page.text


def test_words_that_are_changed_later_are_a_wording_of_their_own(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    with installation.reading() as db:
        before = [told.wording for told in consent.receipt(db, installation, case_id)]
        kept = len(db.execute(select(consent_wording)).all())
    shown = wording(place.form(ANSWERS), "fk", "sv", place.blanks(ANSWERS))
    with installation.writing() as db:
        wordings.keep(db, dataclasses.replace(shown, text=shown.text + "\nEn rad till."))
    with installation.reading() as db:
        assert [told.wording for told in consent.receipt(db, installation, case_id)] == before
        assert len(db.execute(select(consent_wording)).all()) == kept + 1


def statements(house: Installation) -> list[Any]:
    """Every way in SQL to change what somebody has said, or the words it was about."""
    tables = (consent_event, consent_wording)
    found = [update(table).values(language="en") for table in tables], [delete(table) for table in tables]
    if house.engine.dialect.name == "postgresql":
        return [*found[0], *found[1], text("TRUNCATE consent_event CASCADE"), text("TRUNCATE consent_wording CASCADE")]
    again = [f"INSERT OR REPLACE INTO {table.name} SELECT * FROM {table.name}" for table in tables]
    return [*found[0], *found[1], *map(text, again)]


def test_sql_changes_nothing_of_what_was_said(installation: Installation) -> None:
    case_id = office(installation).send().case_id
    for statement in statements(installation):
        with pytest.raises(DatabaseError), installation.writing() as db:
            db.execute(statement)
    with installation.reading() as db:
        assert {event.language for event in consent.events(db, case_id)} == {"sv"}


@pytest.mark.parametrize("table", [asked_form, consent_approval, purge_protocol], ids=lambda table: table.name)
def test_nor_of_what_was_asked_who_approved_it_or_what_was_deleted(installation: Installation, table: Table) -> None:
    office(installation).send()
    known_by, *_others = table.primary_key.columns
    protocol = {"case": "gone", "team": TEAM, "number": 9, "class": "closed", "decision": "dnr 1", "counts": "{}"}
    with installation.writing() as db:
        wordings.approve(db, shipped_form("referral"), "en", "Ann", NOON.date())
        db.execute(insert(purge_protocol).values(**protocol, actor="command", purged_on=NOON.date()))
    for statement in (update(table).values({known_by: known_by}), delete(table)):
        with pytest.raises(DatabaseError), installation.writing() as db:
            db.execute(statement)


def test_control_a_consent_goes_with_its_case_when_that_is_in_the_protocol(installation: Installation) -> None:
    place = office(installation)
    one, other = place.send().case_id, place.send().case_id
    protocol = {"case": one, "team": TEAM, "number": 1, "class": "closed", "decision": "dnr 1", "counts": "{}"}
    with installation.writing() as db:
        db.execute(insert(purge_protocol).values(**protocol, actor="command", purged_on=date(2026, 8, 15)))
        db.execute(delete(consent_event).where(consent_event.c.case == one))
    with installation.reading() as db:
        assert consent.events(db, one) == ()
    with pytest.raises(DatabaseError), installation.writing() as db:
        db.execute(delete(consent_event).where(consent_event.c.case == other))


def refusals(house: Installation, action: str = "read_refused") -> list[str]:
    with house.reading() as db:
        return [*db.scalars(select(audit.c.detail).where(audit.c.action == action).order_by(audit.c.number))]


def test_a_millisecond_after_it_was_taken_back_a_consent_opens_nothing_and_that_is_told(
    installation: Installation,
) -> None:
    place = office(installation)
    case_id = place.send().case_id
    withdrawn = NOON + timedelta(hours=1)
    assert place.view("af", case_id, withdrawn - MS).documents, "control: until then it does"
    assert place.withdraw(case_id, ["af"], withdrawn) == ("af",)
    with pytest.raises(NotFound):
        place.view("af", case_id, withdrawn + MS)
    assert refusals(installation) == [f"{TEAM} af withdrawn"]
    assert place.view("region", case_id, withdrawn + MS).documents, "control: others' still counts"


def test_not_even_a_clock_that_was_set_back_brings_it_to_life(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    place.withdraw(case_id, ["af"], NOON + timedelta(hours=1))
    for early in (NOON + MS, NOON + timedelta(minutes=59)):
        with pytest.raises(NotFound):
            place.view("af", case_id, early)


def test_who_reads_while_it_is_taken_back_waits_and_then_sees_nothing(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    kim = place.people["kim"]
    _taken, seen = at_once(
        installation,
        lambda db: consent.withdraw(db, installation, case_id, None, kim, NOON + MS),
        lambda db: access.reading(db, installation, place.reader("af"), case_id, NOON + MS),
    )
    assert seen is None


def read(how: str, house: Installation, reader: Reader, case_id: str) -> object:
    """Read a case in one of the ways there are."""
    if how == "read":
        return access.read(house, reader, case_id, NOON)
    if how == "reveal":
        return access.reveal(house, reader, case_id, "an_tel", NOON)
    if how == "package":
        return access.package(house, reader, case_id, NOON)
    return access.read_version(house, reader, case_id, "referral", 1, NOON)


@pytest.mark.parametrize(
    ("how", "action", "detail"),
    [("read", "read", "referral 1"), ("read_version", "read", "referral 1"), ("reveal", "revealed", "an_tel")],
)
def test_each_reading_is_a_row_of_the_chain(installation: Installation, how: str, action: str, detail: str) -> None:
    place = office(installation)
    case_id = place.send().case_id
    read(how, installation, place.reader("af"), case_id)
    with pytest.raises(NotFound):
        read(how, installation, place.reader("fk"), case_id)
    with installation.reading() as db:
        refused, told = access.history(db, case_id)[:2]
    assert (told.entry.action, told.entry.detail) == (action, f"af {detail}")
    assert (refused.entry.action, refused.entry.detail) == (f"{action}_refused", f"{TEAM} fk refused")
    assert told.entry.actor == place.people["af"]


def test_the_row_of_a_refused_reading_stays_although_the_page_fails(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    for _try in range(3):
        with pytest.raises(NotFound):
            place.view("fk", case_id)
    assert len(refusals(installation)) == 3


def test_a_party_reads_what_was_consented_to_and_nothing_else(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send(an_inte="1", an_inte_vilka=("2",), sc_af="2", sc_af_inte="min diagnos").case_id
    with pytest.raises(NotFound):
        place.view("af", case_id)
    with installation.writing() as db:
        consent.mark(db, installation, case_id, "af", {"2"}, place.people["kim"], NOON)
    seen = place.view("af", case_id).documents["referral"]
    assert seen.form is not None
    assert {seen.form.by_id[question].category for question in seen.answers} <= {"contact", "2"}
    assert {"an_namn"} <= seen.answers.keys()
    assert not seen.answers.keys() & {"an_halsa", "an_fraga", "an_inte_vilka", "sc_af_inte", "sc_fk"}
    everything = place.view("kim", case_id).documents["referral"].answers
    assert {"an_halsa", "an_fraga", "an_inte_vilka", "sc_af_inte"} <= everything.keys(), "control"


def test_a_party_is_told_nothing_of_how_other_parties_consents_went(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    place.withdraw(case_id, ["kommun"])
    seen = place.view("af", case_id)
    assert set(seen.standings) == {"af"}
    assert not [event for event in seen.events if event.kind.startswith("consent")]
    assert seen.same_person == ()


@pytest.mark.parametrize(
    ("place", "words"),
    [("Det här säger du ja eller nej till", "consent text"), ("Får {party} och teamet berätta", "sc_{party}")],
)
def test_a_text_of_consent_cannot_name_the_person_since_it_is_kept_as_it_stands(place: str, words: str) -> None:
    file = Path(forms.__file__).parent / "instruments" / "referral-1.yaml"
    source = file.read_text("utf-8")
    assert place in source
    with pytest.raises(BadForm, match=r"\{name\} inte stå") as fault:
        read_form(source.replace(place, f"{{name}}: {place}"), name="referral.yaml")
    assert words.split()[0] in str(fault.value)


# --- P21: protected identity is never stored ------------------------------------------------------------------------


def everything_stored(house: Installation) -> dict[str, list[Any]]:
    with house.reading() as db:
        return {name: list(db.execute(select(table))) for name, table in metadata.tables.items()}


def stored_in(house: Installation, place: Office) -> list[str]:
    """Where the answer about protected identity is kept, after a draft and a referral that said no or don't know."""
    with house.writing() as db:
        begun = drafts.begin(db, house, TEAM, {"answers": {**ANSWERS, "an_skydd": "-77"}}, NOON)
        drafts.save(db, begun.held, {"answers": dict(ANSWERS), "unread": {"an_skydd": ["0", "2"]}}, NOON)
        kept = drafts.load(db, begun.held, NOON)
        draft_says = {**kept["answers"], **kept["unread"]}
    case_id = place.send().case_id
    with house.reading() as db:
        document_says = documents.opened(db, house, case_id, "referral", 1).answers
    found = {"draft": draft_says, "document": document_says}
    return [where for where, answers in found.items() if protection.QUESTION in answers]


def test_of_a_protected_identity_nothing_is_stored_not_even_the_answer(
    copied: tuple[Installation, Copy], caplog: pytest.LogCaptureFixture
) -> None:
    house, copy = copied
    place = office(house)
    name = words()
    before = everything_stored(house)
    told = {**ANSWERS, "an_skydd": "1", "an_namn": name}
    with pytest.raises(Protected), house.writing() as db:
        drafts.begin(db, house, TEAM, {"answers": told}, NOON)
    with pytest.raises(Protected):
        place.send(an_skydd="1", an_namn=name)
    assert everything_stored(house) == before
    assert find([name, protection.QUESTION], copy() | {"log": caplog.text.encode()}) <= {protection.QUESTION}
    assert not house.case_keys.path.exists()
    assert stored_in(house, place) == [], "any other answer is not stored either"


def test_a_draft_that_turns_out_to_be_about_such_a_person_keeps_nothing_of_it(installation: Installation) -> None:
    office(installation)
    with installation.writing() as db:
        begun = drafts.begin(db, installation, TEAM, {"answers": {}}, NOON)
    before = everything_stored(installation)
    with pytest.raises(Protected), installation.writing() as db:
        drafts.save(db, begun.held, {"answers": {"an_skydd": "1", "an_namn": "Alva"}}, NOON)
    assert everything_stored(installation) == before


def test_control_without_the_rule_the_answer_is_stored(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "without", lambda answers: answers)
    assert stored_in(sqlite_installation, office(sqlite_installation)) == ["draft"]


# --- P24: nobody reads another team's people ------------------------------------------------------------------------


def read_within(db: Connection, house: Installation, reader: Reader, case_id: str) -> None:
    if access.reading(db, house, reader, case_id, NOON) is None:
        raise NotFound


Deed = Callable[[Connection, Installation, Reader, str], object]
MEETING = Booking(NOON + timedelta(days=3), 60, "1", "", ())
DEEDS: Mapping[str, Deed] = {
    "read": lambda db, house, reader, of: read_within(db, house, reader, of),
    "write": lambda db, house, reader, of: documents.write(
        db, house, reader, of, "mapping", {}, form=None, after=0, now=NOON
    ),
    "book": lambda db, house, reader, of: leading.book(db, house, reader, of, MEETING, 0, NOON),
    "confirm": lambda db, house, reader, of: leading.confirm_prior(db, house, reader, of, NOON),
    "ask": lambda db, house, reader, of: leading.ask_for_more(db, house, reader, of, "mer", None, NOON),
    "plan": lambda db, house, reader, of: leading.planned(db, house, reader, of, NOON),
    "follow up": lambda db, house, reader, of: leading.followed_up(db, house, reader, of, reached=True, now=NOON),
    "close": lambda db, house, reader, of: leading.close(db, house, reader, of, Closing("1"), NOON),
    "manager": lambda db, house, reader, of: managing.offer(db, house, reader, of, NOON),
    "correct": lambda db, house, reader, of: intake.correct(db, house, reader, of, {}, after=1, now=NOON),
    "take": lambda db, house, reader, of: leading.take(db, house, of, reader.account, reader.account, NOON),
    "hold": lambda db, house, reader, of: leading.held(db, house, of, NOON.date(), reader.account, NOON),
    "reopen": lambda db, house, reader, of: leading.reopen(db, house, of, reader.account, NOON),
    "mark": lambda db, house, reader, of: consent.mark(db, house, of, "af", "1", reader.account, NOON),
    "confirm it": lambda db, house, reader, of: consent.confirm(db, house, of, "af", reader.account, NOON),
    "supersede": lambda db, house, reader, of: consent.supersede(db, house, of, "af", reader.account, NOON),
}


def strangers(place: Office) -> dict[str, Reader]:
    """Everybody who must not reach a case of the team, and everything they may claim to be."""
    people = place.people
    return {
        "another team's coordinator": place.reader("kaj"),
        "... who says she is here": Reader(people["kaj"], TEAM),
        "another team's party": place.reader("other_af"),
        "... who says he is here": Reader(people["other_af"], TEAM, "af"),
        "an evaluator": Reader(people["eva"], TEAM),
        "an administrator": Reader(people["ada"], TEAM),
        "nobody": Reader("nobody", TEAM),
        "a party with a no": place.reader("fk"),
        "a party that says it is another": Reader(people["fk"], TEAM, "region"),
        "a party that says it coordinates": Reader(people["af"], TEAM),
        "a case manager nobody has named": place.reader("manager"),
    }


@pytest.mark.parametrize("deed", DEEDS)
def test_nobody_but_the_team_does_anything_with_its_case(installation: Installation, deed: str) -> None:
    place = office(installation)
    case_id = place.send().case_id
    for who, reader in strangers(place).items():
        with pytest.raises(NotFound), installation.writing() as db:
            DEEDS[deed](db, installation, reader, case_id)
        assert place.case(case_id).state == "received", who
    if deed == "read":
        place.withdraw(case_id)
        for name in ("af", "region", "manager"):
            with pytest.raises(NotFound):
                place.view(name, case_id)
    else:
        for name in ("af", "region"):
            with pytest.raises(NotFound), installation.writing() as db:
                DEEDS[deed](db, installation, place.reader(name), case_id)


@pytest.mark.parametrize("deed", DEEDS)
def test_control_the_teams_own_coordinator_does_all_of_it(sqlite_installation: Installation, deed: str) -> None:
    house = sqlite_installation
    place = office(house)
    case_id = place.send().case_id
    kim = place.reader("kim")
    try:
        with house.writing() as db:
            if deed == "plan":
                documents.write(db, house, kim, case_id, "plan", {"pl_mal": "x"}, form=None, after=0, now=NOON)
            DEEDS[deed](db, house, kim, case_id)
    except (NotAllowed, BadRequest):
        assert deed in ("confirm", "reopen", "mark", "confirm it"), "there is nothing to do it to here"


def test_a_withdrawal_is_taken_by_any_party_of_the_team_and_by_no_other(installation: Installation) -> None:
    place = office(installation)
    case_id = place.send().case_id
    for name in ("kaj", "other_af", "eva", "ada"):
        with pytest.raises(NotFound), installation.writing() as db:
            consent.withdraw(db, installation, case_id, None, place.people[name], NOON)
    with installation.writing() as db:
        taken = consent.withdraw(db, installation, case_id, ["af"], place.people["fk"], NOON, how="phone")
    assert taken == ("af",)


@pytest.mark.parametrize("how", ["read_version", "reveal", "package"])
def test_nor_is_it_read_in_any_other_way(installation: Installation, how: str) -> None:
    place = office(installation)
    case_id = place.send().case_id
    for reader in strangers(place).values():
        with pytest.raises(NotFound):
            read(how, installation, reader, case_id)
    assert read(how, installation, place.reader("kim"), case_id), "control"


def test_no_list_shows_another_teams_case(installation: Installation) -> None:
    place = office(installation)
    here, there = place.send().case_id, place.receive(place.referral(team=OTHER_TEAM)).case_id
    with installation.writing() as db:
        for reader in strangers(place).values():
            assert here not in [one.id for one in access.cases_for(db, reader, NOON)]
            if reader.team == TEAM:
                with pytest.raises(NotFound):
                    steps.inbox(db, installation, reader, NOON)
        assert [row.case.id for row in steps.inbox(db, installation, place.reader("kim"), NOON)] == [here]
        assert [row.case.id for row in steps.inbox(db, installation, place.reader("kaj"), NOON)] == [there]
        assert [one.id for one in access.cases_for(db, place.reader("af"), NOON)] == [here]


def test_control_taken_at_their_word_strangers_get_in(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = office(sqlite_installation)
    case_id = place.send().case_id
    monkeypatch.setattr(rights, "holds", lambda _db, _reader: True)
    access.read(sqlite_installation, strangers(place)["an evaluator"], case_id, NOON)


def test_the_backup_of_sqlite_is_what_is_searched(sqlite_installation: Installation, tmp_path: Path) -> None:
    """Control of `dumped`: what is in the database in the clear is in there."""
    office(sqlite_installation)
    assert find(["kim@exempel.se"], dumped(sqlite_installation, tmp_path)) == {"kim@exempel.se"}
