"""Free text leaves read by a person, mixed, without listed identifiers, and joined to nothing (P15)."""

from datetime import date
from io import BytesIO
from random import Random

import pytest
from sqlalchemy import Connection, func, insert, select

from exports import groups, quotes
from exports.export import Selection, write_xlsx
from pages.reading import Reading, read
from survey.errors import BadRequest, NotAllowed, NotFound
from survey.installation import Installation
from survey.periods import Period
from survey.tables import quote, response, shown_quotes, team_staff
from tests.outsider import sheets, table
from tests.population import FORM, Population, store
from tests.scene import at_once

Q1, Q2 = Period.parse("2026-Q1"), Period.parse("2026-Q2")
DAY = date(2026, 4, 20)
EVERYONE = "du_s3_fritt"
CONDITIONAL = "du_s2_text"
"""Asked only of those who say that something felt strange."""


def people(n: int, strange: str = "0") -> list[dict[str, str | list[str]]]:
    """Closed answers of `n` persons."""
    return [{"du_m1_kansla": "5", "du_s2_konstigt": strange} for _ in range(n)]


def wrote(db: Connection, release: str, texts: list[str], question: str = EVERYONE) -> list[bytes]:
    """Quotes of a release, as a release stores them."""
    ids = [f"{release}{question}{number}{text}".encode() for number, text in enumerate(texts)]
    rows = zip(ids, texts, strict=True)
    db.execute(insert(quote), [{"id": id_, "release": release, "question": question, "text": t} for id_, t in rows])
    return ids


def settled(db: Connection) -> Population:
    """An association with two teams, nothing answered yet."""
    population = Population("a", [1, 1])
    population.settle(db)
    return population


def a_quarter(db: Connection, period: Period = Q1, texts: int = 12) -> list[bytes]:
    """A closed quarter of the first team with this many quotes."""
    release = store(db, "a", "a-0", period, people(20))
    ids = wrote(db, release, [f"{period.label} citat {number}" for number in range(texts)])
    groups.close(db, "a", period, DAY)
    return ids


def read_all(db: Connection, ids: list[bytes]) -> None:
    for id_ in ids:
        quotes.approve(db, id_, own_teams=())


def citat(db: Connection, period: str) -> list[list[str]]:
    """The sheet `Citat` of a period's workbook, without its heading."""
    out = BytesIO()
    write_xlsx(db, Selection("a", FORM, period), out)
    return sheets(out.getvalue())["Citat"][1:]


def test_nothing_leaves_before_everything_is_read(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        first, *rest = a_quarter(db)
        read_all(db, rest)
        with pytest.raises(NotAllowed):
            quotes.publish(db, "a", FORM, Q1, DAY)
        assert citat(db, "2026-Q1") == [["", "", "Granskas: kvartal 1 2026"]]
        quotes.approve(db, first, own_teams=())
        assert quotes.publish(db, "a", FORM, Q1, DAY) is not None
        assert {row[2] for row in citat(db, "2026-Q1")} == {f"2026-Q1 citat {n}" for n in range(12)}


def test_edition_two_is_the_last_one(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        read_all(db, a_quarter(db))
        quotes.publish(db, "a", FORM, Q1, DAY)
        before = citat(db, "2026-Q1")
        with pytest.raises(NotAllowed):
            quotes.publish(db, "a", FORM, Q1, DAY)
        read_all(db, a_quarter(db, Q2))
        quotes.publish(db, "a", FORM, Q2, DAY)
        assert citat(db, "2026-Q1") == before
        assert db.scalar(select(func.count()).select_from(quote)) == 0


def test_fewer_than_ten_wait_for_the_next_period(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        read_all(db, a_quarter(db, Q1, texts=6))
        assert quotes.publish(db, "a", FORM, Q1, DAY) is None
        read_all(db, a_quarter(db, Q2, texts=6))
        published = quotes.publish(db, "a", FORM, Q2, DAY)
        assert published is not None
        assert len(published.by_question[EVERYONE]) == 12
        assert citat(db, "2026-Q1") == [["", "", "Granskas: kvartal 1 2026"]]


def test_a_conditional_question_needs_ten_who_were_asked(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        release = store(db, "a", "a-0", Q1, people(20) + people(9, strange="1"))
        ids = wrote(db, release, [f"fritt {n}" for n in range(12)])
        ids += wrote(db, release, [f"konstigt {n}" for n in range(4)], CONDITIONAL)
        groups.close(db, "a", Q1, DAY)
        read_all(db, ids)
        published = quotes.publish(db, "a", FORM, Q1, DAY)
        assert published is not None
        assert set(published.by_question) == {EVERYONE}
        more = store(db, "a", "a-0", Q2, people(10, strange="1"))
        read_all(db, wrote(db, more, [f"mer konstigt {n}" for n in range(8)], CONDITIONAL))
        groups.close(db, "a", Q2, DAY)
        later = quotes.publish(db, "a", FORM, Q2, DAY)
        assert later is not None
        assert len(later.by_question[CONDITIONAL]) == 12


def test_nobody_reads_about_the_own_team(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        own, *_rest = a_quarter(db)
        other = wrote(db, store(db, "a", "a-1", Q1, people(5)), ["från andra teamet"])
        pooled = wrote(db, store(db, "a", None, Q1, people(5)), ["från flera team"])
        assert [one.id for one in quotes.waiting(db, "a", FORM, own_teams=("a-0",))] == other
        assert set(pooled) < {one.id for one in quotes.waiting(db, "a", FORM, own_teams=())}
        for act in (quotes.approve, quotes.reject):
            with pytest.raises(NotAllowed):
                act(db, own, own_teams=("a-0",))
            with pytest.raises(NotAllowed):
                act(db, pooled[0], own_teams=("a-0",))


def test_a_reader_may_cut_and_reject_but_read_nothing_twice(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        cut, rejected, *rest = a_quarter(db, texts=13)
        quotes.approve(db, cut, own_teams=(), text=" Bra \r\nmöte ")
        quotes.reject(db, rejected, own_teams=())
        with pytest.raises(NotFound):
            quotes.reject(db, cut, own_teams=())
        with pytest.raises(BadRequest):
            quotes.approve(db, rest[0], own_teams=(), text="  ")
        assert quotes.progress(db, "a", FORM) == quotes.Progress(waiting=11, approved=1, rejected=1)
        read_all(db, rest)
        published = quotes.publish(db, "a", FORM, Q1, DAY)
        assert published is not None
        assert "Bra \nmöte" in published.by_question[EVERYONE]
        assert "2026-Q1 citat 1" not in published.by_question[EVERYONE]


def test_what_one_has_rejected_nobody_approves_at_the_same_moment(installation: Installation) -> None:
    with installation.writing() as db:
        settled(db)
        first, *_rest = a_quarter(db)
    done, refused = at_once(
        installation,
        lambda db: quotes.reject(db, first, own_teams=()),
        lambda db: quotes.approve(db, first, own_teams=()),
    )
    assert (done, type(refused)) == (None, NotFound)
    with installation.reading() as db:
        (kept,) = db.execute(select(quote.c.state, quote.c.text).where(quote.c.id == first)).all()
    assert tuple(kept) == ("rejected", "")


def test_a_page_of_quotes_of_which_one_was_just_decided_does_the_rest(installation: Installation) -> None:
    with installation.writing() as db:
        settled(db)
        first, second, *_rest = a_quarter(db)
    page = {f"text-{id_.hex()}": "Bra" for id_ in (first, second)} | {
        f"val-{id_.hex()}": "approve" for id_ in (first, second)
    }
    _done, reading = at_once(
        installation,
        lambda db: quotes.reject(db, first, own_teams=()),
        lambda db: read(db, "a", FORM, page, own_teams=()),
    )
    assert isinstance(reading, Reading), reading
    with installation.reading() as db:
        states = {row.id: row.state for row in db.execute(select(quote))}
    assert (states[first], states[second]) == ("rejected", "approved")


def test_of_two_who_publish_at_the_same_moment_the_second_is_told(installation: Installation) -> None:
    with installation.writing() as db:
        settled(db)
        read_all(db, a_quarter(db))
    done, refused = at_once(
        installation,
        lambda db: quotes.publish(db, "a", FORM, Q1, DAY),
        lambda db: quotes.publish(db, "a", FORM, Q1, DAY),
    )
    assert (done is not None, type(refused)) == (True, NotAllowed)


def test_quotes_are_mixed_and_stand_beside_nothing(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        read_all(db, a_quarter(db, texts=60))
        published = quotes.publish(db, "a", FORM, Q1, DAY)
        assert published is not None
        texts = list(published.by_question[EVERYONE])
        assert sorted(texts) != texts
        assert texts != [f"2026-Q1 citat {n}" for n in range(60)]
        out = BytesIO()
        write_xlsx(db, Selection("a", FORM, "2026-Q1"), out)
        assert set(table(out.getvalue(), "Citat")[0]) == {"tema", "fråga", "citat"}
        others = {name: rows for name, rows in sheets(out.getvalue()).items() if name != "Citat"}
        assert "citat 7" not in str(others)
        assert "a-0" not in str(published)


def test_a_quote_shares_no_value_with_any_response(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        a_quarter(db)
        responses = {column for row in db.execute(select(response.c.id, response.c.answers)) for column in row}
        quoted = {column for row in db.execute(select(quote.c.id, quote.c.text)) for column in row}
        assert not responses & quoted


def test_two_hundred_identifiers_are_gone(sqlite_installation: Installation) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        db.execute(insert(team_staff), [{"team": "a-0", "name": "Åsa Öberg"}, {"team": "a-1", "name": "Bo Ek-Lind"}])
        planted = identifiers(Random(3))
        read_all(db, wrote(db, store(db, "a", "a-0", Q1, people(30)), [f"Jag skrev {one} där" for one in planted]))
        groups.close(db, "a", Q1, DAY)
        quotes.publish(db, "a", FORM, Q1, DAY)
        left = str(citat(db, "2026-Q1"))
        stored = str(db.scalars(select(shown_quotes.c.contents)).all())
        assert len(planted) == 200
        assert [one for one in planted if one in left or one in stored] == []


def test_without_redaction_they_would_all_be_there(
    sqlite_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(quotes, "redactor", lambda _names: str)
    with sqlite_installation.writing() as db:
        settled(db)
        planted = identifiers(Random(3))
        read_all(db, wrote(db, store(db, "a", "a-0", Q1, people(30)), [f"Jag skrev {one} där" for one in planted]))
        groups.close(db, "a", Q1, DAY)
        quotes.publish(db, "a", FORM, Q1, DAY)
        left = str(citat(db, "2026-Q1"))
        assert all(one in left for one in planted)


def identifiers(source: Random) -> list[str]:
    """Two hundred of the listed kinds: numbers of persons, addresses, telephones, runs of digits, the staff's names."""
    found = ["Åsa", "Öbergs", "åsa öberg", "Ek-Linds", "Bo Ek-Lind"]
    while len(found) < 200:
        year, month, day, last = source.randint(1930, 2010), source.randint(1, 12), source.randint(1, 28), 1000
        last = source.randint(1000, 9999)
        found += [
            f"{year}{month:02}{day:02}-{last}",
            f"{year % 100:02}{month:02}{day + 60}-{last}",
            f"{year % 100:02}{month:02}{day:02}+{last}",
            f"{year} {month:02} {day:02} {last}",
            f"namn{last}@exempel.se",
            f"namn{last}(at)exempel.se",
            f"https://exempel.se/{last}",
            f"070-{last % 1000:03} {last % 90 + 10} {last % 80 + 11}",
            f"+46 8 {last} {last % 90 + 10}",
            f"{last}{last % 10}{last % 7}",
        ]
    return found[:200]


@pytest.mark.parametrize("text", ["كان الاجتماع جيدا", "Зустріч була гарна", "ኣኼባ ጽቡቕ ነይሩ", "خوب بود OK"])
def test_a_quote_in_other_letters_leaves_as_a_translation_only(sqlite_installation: Installation, text: str) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        (id_,) = wrote(db, store(db, "a", "a-0", Q1, people(20)), [text])
        for attempt in (None, f"{text}!", f"Bra: {text}"):
            with pytest.raises(BadRequest):
                quotes.approve(db, id_, own_teams=(), text=attempt)
        quotes.approve(db, id_, own_teams=(), text="Mötet var bra. Vi sa خوب.")
        assert db.scalar(select(quote.c.text).where(quote.c.id == id_)) == "Mötet var bra. Vi sa خوب."


@pytest.mark.parametrize("text", ["Åh, så bra — 10/10!", "¿Qué tal?", "5 av 5", "👍"])
def test_control_latin_letters_and_signs_are_the_readers_to_judge(sqlite_installation: Installation, text: str) -> None:
    with sqlite_installation.writing() as db:
        settled(db)
        (id_,) = wrote(db, store(db, "a", "a-0", Q1, people(20)), [text])
        quotes.approve(db, id_, own_teams=())
