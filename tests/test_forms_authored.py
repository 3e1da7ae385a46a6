"""Thousands of forms written at random through the builder's own edits: each that the critic passes can be
answered, read back and counted.

`make test` takes a few of each; `make soak` takes thousands.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from exports import groups
from exports.export import Selection, write_xlsx
from forms.branching import routes
from forms.content import as_published, rows
from forms.critic import criticise, faults
from forms.doors import yaml
from forms.editing import next_version
from forms.model import Form
from forms.routing import asked
from forms.schema import understand
from forms.trying import endings, minutes, unreachable, walk
from forms.types import TYPES
from survey.installation import Installation, set_up
from survey.release import release_due
from tests.authored import authored, finished, new_content
from tests.conftest import settings_for
from tests.outsider import sheets
from tests.respondent import Control, Respondent
from tests.scene import SOAK, at, reply
from tests.visits import House, house_on

_TYPED = {"numeric": "7", "date": "2026-05-04", "email": "namn@exempel.se", "tel": "070-123 45 67"}
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""A whole form takes longer to make smaller than to look at."""
SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large)
HOUSEFUL = 40
"""Forms published in one installation before the next: each knows every form that is published."""


def somehow(source: Random) -> Callable[[Control], Sequence[str]]:
    """Answer at random whatever can be answered; a required question is asked again until it is."""

    def choose(control: Control) -> Sequence[str]:
        if control.values:
            return (source.choice([value for value in control.values if value] or [""]),)
        return (_TYPED.get(control.kind, "Det gick bra."),)

    return choose


@contextmanager
def a_house(folder: Path, migrated: Path) -> Iterator[House]:
    """An installation of its own for some forms."""
    (folder / "instance").mkdir(parents=True)
    file = shutil.copy(migrated, folder / "instance" / "samsvar.db")
    installation: Installation = set_up(settings_for(folder, f"sqlite:///{file}"))
    yield house_on(installation)
    installation.close()


@settings(max_examples=2000 if SOAK else 12, deadline=None, phases=PHASES, suppress_health_check=SLOW)
@given(authored())
def test_a_form_that_the_critic_passes_is_a_whole_form_that_yaml_does_not_change(form: Form) -> None:
    again = yaml.bring(yaml.take(form).content, "form.yaml").form
    assert again == form
    assert again.fingerprint == form.fingerprint
    content = next_version(form)
    assert not faults(criticise(content))
    assert as_published(content) == content
    assert len(rows(content)) == len(form.questions)


@settings(max_examples=1000 if SOAK else 8, deadline=None, phases=PHASES, suppress_health_check=SLOW)
@given(authored(), st.randoms(use_true_random=False))
def test_walking_a_form_tells_the_path_and_nothing_reachable_is_called_unreachable(form: Form, source: Random) -> None:
    lost = {question.id for question in unreachable(form)}
    for _try in range(10):
        answers = {
            q.id: (source.choice([c.code for c in q.choices]),) if TYPES[q.type].takes_several
            else source.choice([c.code for c in q.choices]) if q.choices else "7"
            for q in form.questions
            if TYPES[q.type].asks and source.random() < 0.8
        }  # fmt: skip
        there = {question.id for question in asked(form, answers)}
        assert not there & lost
        assert {q.id for stop in walk(form, answers) for q in stop.asked} == there
    assert minutes(form).least <= minutes(form).most
    assert {(e.question, e.code) for e in endings(form)} <= {(r.question, c) for r in routes(form) for c in r.ways}


def test_every_form_can_be_answered_from_start_to_end(tmp_path: Path, migrated_file: Path) -> None:
    numbers, houses = count(), []

    @settings(max_examples=1200 if SOAK else 5, deadline=None, phases=PHASES, suppress_health_check=SLOW)
    @given(authored(), st.randoms(use_true_random=False), st.sampled_from(["", "/en"]))
    def answer(form: Form, source: Random, language: str) -> None:
        if form.kind != "anonymous":
            return
        number = next(numbers)
        if number % HOUSEFUL == 0:
            houses.append(a_house(tmp_path / str(number), migrated_file))
            rooms.append(houses[-1].__enter__())
        house = rooms[-1]
        before = len(house.records())
        person: Respondent = house.visitor()
        person.open(f"{language}/svara/{house.open(form, link=True).round.id}")
        assert person.answer(somehow(source)).kind == "done", person.page.text
        assert len(house.records()) == before + 1

    rooms: list[House] = []
    answer()
    for house in houses:
        house.__exit__(None, None, None)


def test_every_form_that_was_answered_leaves_as_a_workbook(tmp_path: Path, migrated_file: Path) -> None:
    numbers = count()

    @settings(max_examples=300 if SOAK else 1, deadline=None, phases=PHASES, suppress_health_check=SLOW)
    @given(authored(most=8), st.randoms(use_true_random=False))
    def leave(form: Form, source: Random) -> None:
        if form.kind != "anonymous":
            return
        with a_house(tmp_path / str(next(numbers)), migrated_file) as house:
            opened = house.open(form, link=True)
            person = house.visitor()
            person.open(f"/svara/{opened.round.id}")
            person.answer(somehow(source))
            record = house.record()
            for _other in range(40):
                reply(house.installation, opened.round, None, record, form=form)
            release_due(at(house.installation, "2026-10-01"), groups.close)
            out = BytesIO()
            with house.installation.reading() as db:
                write_xlsx(db, Selection("exempel", form.id, None), out)
            book = sheets(out.getvalue())["Kodbok"]
            known = {row[book[0].index("fråga")] for row in book[1:]}
            assert {q.id for q in form.questions if TYPES[q.type].asks} <= known

    leave()


def test_control_a_form_the_critic_does_not_pass_is_not_whole() -> None:
    content = new_content("anonymous")
    _form, findings = understand(content)
    assert findings
    assert faults(criticise(content))
    assert finished(content).questions, "and mended it is"
