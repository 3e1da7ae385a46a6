"""The demonstration shows what a visitor is promised, and the visitor's own answer goes the whole way."""

from collections import Counter
from io import BytesIO

import pytest
from sqlalchemy import func, select

import demonstration
from app import create_app
from demonstration import cases, room
from exports import feedback, groups, poll_workbook, quotes
from forms.library import shipped, shipped_form
from survey import teams
from survey.cases import wordings
from survey.cases.cases import cases_of
from survey.errors import NotAllowed
from survey.installation import Installation, set_up
from survey.polls.holding import polls_of
from survey.polls.results import results
from survey.polls.texts import texts
from survey.published import publish
from survey.tables import sealed
from tests.outsider import table
from tests.respondent import Respondent, by_client


@pytest.fixture
def loaded(sqlite_installation: Installation) -> Installation:
    """The demonstration, as `make run` loads it."""
    with sqlite_installation.writing() as db:
        for form in shipped():
            publish(db, form)
    demonstration.load(sqlite_installation)
    return sqlite_installation


def test_it_says_that_it_is_invented_shows_every_grade_and_takes_an_answer_until_the_next_release(
    loaded: Installation,
) -> None:
    everything_says_that_it_is_invented(loaded)
    with loaded.reading() as db:
        shown = groups.stored(db, "exempel", "experience")
        assert set(Counter(one.grade for one in shown)) == {"full", "coarse", "withheld"}
        assert len({one.period for one in shown if len(one.period) > 4}) == demonstration.QUARTERS
        assert quotes.waiting(db, "exempel", "experience", own_teams=())
        assert len(quotes.published(db, "exempel", "experience")) >= 5
        assert [len(told.questions) >= 2 for told in feedback.published(db, "exempel")] == [True, True]
        assert db.scalar(select(func.count()).select_from(sealed)) == 9 + 3  # the third team's wait for company

    again = demonstration.load(loaded)
    answer(loaded, again.codes[0])

    outcome = demonstration.next_release(loaded)
    assert [n for _round, n in outcome.released] == [10]
    with loaded.reading() as db:
        newest = groups.stored(db, "exempel", "experience")
        assert ("bjorkdalen", 10, "coarse") in [(one.team, one.base, one.grade) for one in newest]


def answer(installation: Installation, code: str) -> None:
    app = create_app(installation.settings)
    visitor = Respondent(by_client(app.test_client(use_cookies=False)))
    visitor.enter(code)
    visitor.press("all")
    assert visitor.press(answers={"du_m1_kansla": ["4"], "du_m3_bemot": ["5"]}).kind == "done"


def everything_says_that_it_is_invented(loaded: Installation) -> None:
    client = create_app(loaded.settings).test_client()
    for path in ("/", "/svara", "/personal/logga-in"):
        assert "Allt här är påhittat" in client.get(path).text
    told = cases.invented()
    assert all(one["answers"]["an_namn"].endswith(" Exempel") for one in told["cases"])
    with loaded.reading() as db:
        came = cases_of(db, told["team"])
        kept = set(wordings.approved(db, shipped_form("referral")))
    assert {"received", "preparing", "booked", "planned", "closed"} == {one.state for one in came}, "at every step"
    assert kept == {"sv", "en"}


def test_it_is_never_mixed_with_a_real_association(sqlite_installation: Installation) -> None:
    installation = set_up(sqlite_installation.settings)
    with installation.writing() as db:
        teams.add_association(db, "vik", "Förbundet Vik")
    with pytest.raises(NotAllowed, match="riktiga uppgifter"):
        demonstration.load(installation)
    installation.close()


def test_its_room_has_voted_as_was_published_and_says_what_was_not(sqlite_installation: Installation) -> None:
    of_that_day = demonstration.on(sqlite_installation, demonstration.invented()["poll"]["held_on"])
    with sqlite_installation.writing() as db:
        teams.add_association(db, "exempel", "Samordningsförbundet Exempel", demonstration=True)
        publish(db, next(form for form in shipped() if form.id == "staff_poll"))
    room.hold(of_that_day, "exempel", demonstration.invented()["poll"])
    with sqlite_installation.reading() as db:
        (poll,) = polls_of(db, "exempel")
        counts = {question: (one.n("1"), one.people) for question, one in results(db, poll).items() if one.votes}
        kept = texts(db, poll.id, "approved")
        out = BytesIO()
        poll_workbook.write(db, poll, out)
    assert counts == {"mp_struktur": (12, 30), "mp_natverk": (25, 30)}
    assert len({one.question for one in kept}) == 5
    assert [one.text for one in kept if one.times == 2] == ["Ring dagen innan och berätta vilka som kommer."]
    told = {row["rubrik"] for row in table(out.getvalue(), "Läs mig")}
    assert {"Publicerat 2021", "Påhittat"} <= told
