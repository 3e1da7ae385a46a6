"""In the meeting: the mapping, the plan on the screen, and reading it back.

Both are forms like any other (`mapping`, `plan`), laid out on one page that may be saved as often as one likes: every
saving is a version. A line of the mapping is carried into the plan with one click, and nothing typed is lost by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from forms.build import repeated
from forms.model import Answers, Form
from forms.types import Say
from pages import cases_words as words
from pages.cases_open import Opened, changes, document_form, open_for_team
from pages.cases_paper import Sheet, in_parts, not_saved, reshown, too_few
from pages.context import house
from pages.staffform import seen_version
from staff.policy import needs
from survey.cases import documents, leading
from survey.cases.model import Kind
from survey.errors import NotAllowed
from survey.workdays import follow_up_day

meeting = Blueprint("meeting", __name__)

READ_BACK = ("pl_last", "pl_kopia")
"""What is answered when the plan has been read aloud, and asked anew for every version of it."""
GOAL, ACTIVITIES, ACTIVITY = "pl_mal", "pl_akt", "vad"
Page = dict[str, Any]


@dataclass(frozen=True)
class Carried:
    """A line of the mapping that can be carried into the plan."""

    key: str
    area: str
    words: str


@meeting.route("/arende/<case_id>/kartlaggning", methods=["GET", "POST"])
@needs("coordinator")
def mapping(case_id: str) -> ResponseReturnValue:
    """Write down what the person tells, area by area, in any order."""
    opened = open_for_team(case_id)
    sheet = Sheet(document_form(opened, "mapping"))
    return _written(opened, "mapping", sheet, "cases/mapping.html", "cases.meeting.plan", {})


@meeting.route("/arende/<case_id>/plan", methods=["GET", "POST"])
@needs("coordinator")
def plan(case_id: str) -> ResponseReturnValue:
    """Write the plan together, on a screen that all can see."""
    opened = open_for_team(case_id)
    sheet = Sheet(document_form(opened, "plan"), but=READ_BACK)
    more = {
        "lines": list(_lines(opened)),
        "proposed": {"pl_uppf": follow_up_day(_met_on(opened)).isoformat()},
        "words_list": _word_list(sheet.form, opened.say),
    }
    return _written(opened, "plan", sheet, "cases/plan.html", "cases.meeting.read_back", more)


@meeting.route("/arende/<case_id>/plan/las", methods=["GET", "POST"])
@needs("coordinator")
def read_back(case_id: str) -> ResponseReturnValue:
    """Read the plan aloud. When it is right, the one who calls gets a task, and the follow-up its day."""
    opened = open_for_team(case_id)
    written, form = opened.paper("plan"), opened.form("plan")
    sheet = Sheet(form, only=READ_BACK)
    posted = request.form if request.method == "POST" else None
    shown = sheet.typed(posted) if posted else sheet.filled({}, opened.today)
    errors: list[tuple[str, str]] = []
    if posted:
        answers, errors = sheet.read(shown, written.answers, opened.today)
        if not errors and answers.get("pl_last") != "1":
            return redirect(url_for(".plan", case_id=case_id), 303)
        if not errors:
            return _read_and_right(opened, form, answers, seen_version())
    page = render_template(
        "cases/read_back.html",
        errors=errors,
        case=opened.case,
        called=opened.called,
        version=written.version,
        parts=in_parts(form, _without(written.answers, READ_BACK), opened.say, blank=False),
        fields=sheet.drawn(shown, opened.say, errors),
        changes=_changes(opened),
        few=too_few(form, written.answers, opened.say),
    )
    return page, 422 if errors else 200


@meeting.get("/arende/<case_id>/plan/kopia")
@needs("coordinator")
def copy(case_id: str) -> str:
    """The plan to print for the person."""
    opened = open_for_team(case_id)
    written, form = opened.paper("plan"), opened.form("plan")
    return render_template(
        "cases/copy.html",
        case=opened.case,
        team=opened.team,
        called=opened.called,
        written=written,
        day=words.day(words.wall_day(written.at)),
        parts=in_parts(form, _without(written.answers, READ_BACK), opened.say, blank=False),
        read_back=written.answers.get("pl_last") == "1",
        said=_("Planen är sparad. Ge kopian till personen.") if "sparad" in request.args else "",
    )


def _written(opened: Opened, kind: Kind, sheet: Sheet, template: str, then: str, more: Page) -> ResponseReturnValue:
    """A document on one page: shown, changed by a press that only adds or carries something, or saved."""
    before = opened.view.documents.get(kind)
    answers = before.answers if before else more.get("proposed", {})
    version = before.version if before else 0
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        go, seen = request.form.get("go", ""), seen_version()
        moved = reshown(request.form, go) or _carried(request.form, go, more.get("lines", ()))
        shown = sheet.typed(moved or request.form)
        if moved is None:
            answers, errors = sheet.read(shown, _without(answers, READ_BACK), opened.today)
            if not errors:
                try:
                    _save(opened, kind, sheet.form, answers, seen)
                    return redirect(url_for(then, case_id=opened.case.id), 303)
                except (documents.Conflict, NotAllowed) as refused:
                    errors = [not_saved(refused)]
    else:
        shown = sheet.filled(answers, opened.today)
    page = render_template(
        template,
        errors=errors,
        case=opened.case,
        called=opened.called,
        version=version,
        fields=sheet.drawn(shown, opened.say, errors),
        **more,
    )
    return page, 422 if errors else 200


def _save(opened: Opened, kind: Kind, form: Form, answers: Answers, seen: int) -> int:
    with house().writing() as db:
        return documents.write(
            db, house(), opened.reader, opened.case.id, kind, answers, form=form, after=seen, now=house().now()
        )


def _read_and_right(opened: Opened, form: Form, answers: Answers, seen: int) -> ResponseReturnValue:
    with house().writing() as db:
        documents.write(
            db, house(), opened.reader, opened.case.id, "plan", answers, form=form, after=seen, now=house().now()
        )
        leading.planned(db, house(), opened.reader, opened.case.id, house().now())
    return redirect(url_for(".copy", case_id=opened.case.id, sparad=1), 303)


def _lines(opened: Opened) -> Iterator[Carried]:
    """The mapping, line by line."""
    mapped = opened.view.documents.get("mapping")
    for question in mapped.form.questions if mapped and mapped.form else ():
        written = str(mapped.answers.get(question.id, "")) if mapped else ""
        for number, line in enumerate(filter(None, map(str.strip, written.splitlines()))):
            yield Carried(f"{question.id}.{number}", opened.say(question.text), line)


def _carried(posted: "MultiDict[str, str]", go: str, lines: list[Carried]) -> "MultiDict[str, str] | None":
    """The page with one line of the mapping in it: as an activity, or as the goal."""
    target, _dash, key = go.partition("-")
    line = next((one for one in lines if one.key == key), None)
    if line is None or target not in ("goal", "activity"):
        return None
    if target == "goal":
        moved = posted.copy()
        moved[GOAL] = "\n".join(filter(None, (posted.get(GOAL, "").strip(), line.words)))
        return moved
    return _as_activity(posted, line.words)


def _as_activity(posted: "MultiDict[str, str]", line: str) -> "MultiDict[str, str]":
    """The line in the first activity that says nothing yet, or in one more."""
    blank = [key for key in posted.getlist(ACTIVITIES) if not posted.get(f"{ACTIVITIES}-{key}-{ACTIVITY}", "").strip()]
    moved = posted.copy() if blank else repeated(posted, f"add-{ACTIVITIES}")
    keys = blank or moved.getlist(ACTIVITIES)[-1:]
    for key in keys[:1]:
        moved[f"{ACTIVITIES}-{key}-{ACTIVITY}"] = line
    return moved


def _word_list(form: Form, say: Say) -> Page | None:
    """Words that cannot be avoided, explained (tip 5)."""
    for passage in form.more:
        return {"heading": say(passage.heading) if passage.heading else "", "bullets": [*map(say, passage.bullets)]}
    return None


def _changes(opened: Opened) -> list[str]:
    """What the newest version of the plan says otherwise than the one before."""
    return changes(opened, opened.paper("plan"), but=READ_BACK)


def _met_on(opened: Opened) -> date:
    met = [event.fell_on for event in opened.view.events if event.kind == "met"]
    return met[-1] if met else opened.today


def _without(answers: Answers, questions: tuple[str, ...]) -> Answers:
    return {question: answer for question, answer in answers.items() if question not in questions}
