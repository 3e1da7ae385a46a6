"""Where somebody stands in a referral -> the page that is sent to them.

Decides nothing: which view it is was decided by `pages.refer_walk`, how far each part has come by `pages.refer_tasks`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Response, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from forms.answers import in_words
from forms.build import read
from forms.consent import Wording, lines, wording
from forms.days import readable
from forms.model import Answer, Answers, Form, Page, Question, Text
from forms.roles import role_of
from forms.roles import spoken as to_be_read
from forms.types import TYPES, Say
from pages.cases_paper import Line, in_parts
from pages.context import house
from pages.drawing import FORGET, KEEP, Control, control
from pages.headers import forget
from pages.language import direction, links_here, name, spoken
from pages.refer_ground import Ground
from pages.refer_tasks import Status, blank_questions, certification, filled, filling, tasks
from pages.refer_walk import ALREADY, in_gate, shown
from pages.saying import sayer
from pages.slips import SCHEME
from pages.state import PageState, View, seal
from pages.walk import Turn
from survey.cases.drafts import LIFE

TRAP = "hemsida"
"""The control on the first page that people do not see."""
INFORMED = re.compile(r"an_i[1-8]_\w+")
"""The questions about what the person has been told (INSTRUMENTS.md 3.4)."""
UNTIL = "sc_till"
TERMS = ("sc_uppg", UNTIL, "sc_hur")
PARTLY = "2"
"""The answer «Ja, men inte allt»."""


@dataclass(frozen=True)
class Sight:
    """What a view is drawn from."""

    here: Ground
    form: Form
    turn: Turn
    say: Say

    @property
    def state(self) -> PageState:
        return self.turn.state

    @property
    def role(self) -> str:
        return role_of(self.state.answers)


def draw(here: Ground, form: Form, turn: Turn, elsewhere: tuple[str, str, str] | None = None) -> Response:
    """The page for where `turn` left off, with errors where it says so; `elsewhere` is language, direction and text of
    what is said to somebody who asked for a language it is not in."""
    state, today = _as_certified(here, form, turn.state), house().today()
    sight = Sight(here, form, turn, sayer(spoken(), here.blanks(state.answers, today)))
    given = {"errors": (), "back": state.view != "start", **_VIEWS[state.view](sight)}
    page = render_template(
        f"refer/{state.view}.html",
        **given,
        elsewhere=elsewhere,
        state=sealed(here, state),
        action=url_for("refer.go_on", team=here.team.slug),
        again=url_for("refer.begin_again", team=here.team.slug),
        tongues=_tongues(here),
        house=here.association.name,
        say=sight.say,
        form=form,
    )
    response = make_response(page, 422 if given["errors"] else 200)
    response.headers["Cache-Control"] = FORGET if state.view in ("check", "certify") else KEEP
    return response


def sealed(here: Ground, state: PageState) -> str:
    """The state as it travels in the page."""
    return seal(house().secrets.derive("page state"), state, here.base.fingerprint)


def wordings(here: Ground, form: Form, answers: Answers) -> dict[str, Wording]:
    """Party -> the exact text about it, which is what is shown, kept and hashed."""
    blanks = here.blanks(answers, house().today())
    return {line.party: wording(form, line.party, spoken(), blanks) for line in lines(form)}


def known_by(texts: Mapping[str, Wording]) -> str:
    """What texts of consent are known by, all together."""
    return sha256("".join(f"{party} {one.sha256}\n" for party, one in texts.items()).encode()).hexdigest()


def _as_certified(here: Ground, form: Form, state: PageState) -> PageState:
    """The state with what is certified on its page: nothing else is sent from it."""
    if state.view != "certify":
        return state
    return replace(state, filling=replace(filling(state), shown=known_by(wordings(here, form, state.answers))))


def page_drawn(kind: str, title: str, *paragraphs: str, **more: object) -> Response:
    """A page where there is nothing more to fill in."""
    page = render_template(
        "respond/ended.html", page=kind, title=title, paragraphs=paragraphs, languages=links_here(), **more
    )
    return make_response(page)


def stopped(here: Ground, form: Form, state: PageState) -> Response:
    """Nothing goes on from here, nothing is stored, and the browser is asked to forget the pages before."""
    say = sayer(spoken(), here.blanks({}, house().today()))
    first, *more = form.page_by_id[state.page].questions
    page = render_template(
        "refer/stopped.html",
        title=say(first.text),
        texts=[say(text) for text in (first.help, *(q.text for q in more)) if text],
        phone=here.phone,
        house=here.association.name,
        again=url_for("refer.begin_again", team=here.team.slug),
    )
    return forget(make_response(page))  # type: ignore[return-value]


def about(sight: Sight) -> str:
    """Whom the page is about, where somebody else than the person fills it in (UX.md 5.9)."""
    called = person(sight.state.answers)
    if not called or sight.role == "self":
        return ""
    helping, for_them = _("Du hjälper %(name)s.", name=called), _("Anmälan för %(name)s", name=called)
    return str(helping if sight.role == "helper" else for_them)


def person(answers: Answers) -> str:
    """What the person is called, or ""."""
    return str(answers.get("an_tilltal") or answers.get("an_namn") or "")


def choices_of(form: Form, answers: Answers, say: Say) -> list[tuple[str, str, str]]:
    """Each party's question with what was said, and what may not be told after all."""
    asked = [(form.by_id[line.question], str(answers.get(line.limits or "", ""))) for line in lines(form)]
    return [
        (say(question.text), _words(question, answers), but if answers[question.id] == PARTLY else "")
        for question, but in asked
        if question.id in answers
    ]


def terms_of(form: Form, answers: Answers, say: Say) -> list[tuple[str, tuple[str, ...]]]:
    """What holds for everyone who may share: about what, until when, and how it was said."""
    asked = (form.by_id[question] for question in TERMS if question in form.by_id)
    return [(say(one.text), _term(one, answers[one.id])) for one in asked if one.id in answers]


def _term(question: Question, answer: Answer) -> tuple[str, ...]:
    if question.id == UNTIL and isinstance(answer, str):
        return (readable(date.fromisoformat(answer), spoken()),)
    return in_words(question, answer, spoken())


def consent_text(sight: Sight) -> list[str]:
    """What stands above every question about consent, line by line."""
    return [sight.say(text) for text in sight.form.consent.text] if sight.form.consent else []


def _start(_sight: Sight) -> Mapping[str, Any]:
    return {"trap": TRAP}


def _question(sight: Sight) -> Mapping[str, Any]:
    form, say, state = sight.form, sight.say, sight.state
    page = shown(form, state)
    fields, errors, notes = _fields(sight, page)
    alone = len(page.questions) == 1
    gate, wording = in_gate(form, state), _wording(sight, page)
    reads = not gate and sight.role == "referrer" and (bool(wording) or _aloud(page).questions != page.questions)
    return {
        "errors": errors,
        "notes": notes,
        "about": about(sight),
        "part": None if gate else _part(sight),
        "heading": "" if alone else say(page.part or form.title),
        "title": say(page.questions[0].text if alone else page.part or form.title),
        "fields": fields,
        "wording": wording,
        "unread": not any(line.question in state.answers for line in lines(form)),
        "counts": any("max_length" in given for _macro, given in fields),
        "forward": say(page.go_on) if page.go_on else _("Fortsätt"),
        "together": page.id == ALREADY,
        "listed": not gate,
        "reads": reads,
        "aloud": reads and filling(state).aloud,
    }


def _fields(sight: Sight, page: Page) -> tuple[list[tuple[str, Control]], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The page's controls, what is to be mended on it, and what might be added."""
    form, state, today = sight.form, sight.state, house().today()
    asked = _aloud(page) if filling(state).aloud else page
    controls = filled(form, asked, state, today, spoken())
    reading = read(controls, state.answers, today) if sight.turn.mend or page.id in state.seen else None
    errors = tuple(reading.errors) if reading and sight.turn.mend else ()
    alone = len(page.questions) == 1
    fields = [
        control(field, _say(sight, field.question, page), dict(errors), heading=alone) for field in controls.questions
    ]
    return fields, errors, reading.notes if reading else ()


def _say(sight: Sight, question: Question, page: Page) -> Say:
    """How a question's own text is said: with a word where it may be left blank, unless the page has said so."""
    if question.required or page.together or not TYPES[question.type].asks:
        return sight.say

    def say(text: Text) -> str:
        words = sight.say(text)
        return Markup("{} {}").format(words, _("(frivilligt)")) if text is question.text else words

    return say


def _aloud(page: Page) -> Page:
    """The page in the words that are read to the person."""
    return replace(page, id=f"{page.id}:aloud", questions=tuple(map(to_be_read, page.questions)))


def _part(sight: Sight) -> tuple[str, int, int]:
    """«Del 2 av 7 · Behovet», and the two numbers; the look through is the last of them."""
    part, all_ = filling(sight.state).part + 1, len(sight.form.parts) + 1
    called = sight.say(sight.form.parts[part - 1])
    return _("Del %(n)s av %(all)s · %(part)s", n=part, all=all_, part=called), part, all_


def _wording(sight: Sight, page: Page) -> list[str]:
    """The whole text of a page that asks for consent."""
    parties = {line.question for line in lines(sight.form)}
    return consent_text(sight) if any(question.id in parties for question in page.questions) else []


def _tasks(sight: Sight) -> Mapping[str, Any]:
    words = {"done": _("Klar"), "begun": _("Pågår"), "untouched": _("Inte börjat"), "blocked": _("Kan inte börja än")}
    found = tasks(sight.form, sight.state, house().today())
    ready = all(task.status == "done" for task in found)
    rows = [_row(sight.say(task.title), f"task-{task.part}", task.status, words) for task in found]
    through = _("Titta igenom och skicka")
    last = _row(through, "check", "untouched" if ready else "blocked", words)
    following = next((task for task in found if task.status != "done"), None)
    forward = (
        _("Fortsätt med: %(part)s", part=sight.say(following.title)) if following else _("Titta igenom och skicka")
    )
    done = sum(task.status == "done" for task in found)
    return {
        "title": about(sight) if sight.role == "referrer" and about(sight) else _("Anmälan"),
        "helping": about(sight) if sight.role == "helper" else "",
        "told": _("%(done)s av %(all)s delar är klara.", done=done, all=len(found)),
        "tasks": [*rows, last],
        "forward": forward,
        "code": sight.state.code,
        "back": False,
    }


def _row(title: str, go: str, status: Status, words: Mapping[str, str]) -> Mapping[str, str]:
    return {"title": title, "go": go, "status": status, "words": words[status]}


def _part_done(sight: Sight) -> Mapping[str, Any]:
    part = filling(sight.state).part
    left = [sight.say(q.text) for q in blank_questions(sight.form, sight.state, part)]
    title = _("Är du klar med delen %(part)s?", part=sight.say(sight.form.parts[part]))
    return {"title": title, "blank": left}


def _save(sight: Sight) -> Mapping[str, Any]:
    until = house().today() + LIFE
    address = f"{house().settings.base_url}/anmal/fortsatt"
    return {
        "code": sight.state.code,
        "until": readable(until, spoken()),
        "link": f"{address}#{sight.state.code}",
        "typed": SCHEME.sub("", address),
    }


def _check(sight: Sight) -> Mapping[str, Any]:
    together = sight.role != "self"
    return {
        "title": _("Granska tillsammans") if together else _("Titta igenom din anmälan"),
        "about": about(sight),
        "informed": _informed(sight),
        "parts": told_parts(sight, {question.id for question in certification(sight.form, sight.state).questions}),
    }


def told_parts(sight: Sight, but: Collection[str]) -> list[tuple[str, list[Line]]]:
    """Everything asked, part by part, without the gate and without these questions."""
    parts = in_parts(sight.form, sight.state.answers, sight.say)
    told = [(heading, [line for line in each if line.id not in but]) for heading, each in parts if heading]
    return [(heading, each) for heading, each in told if each]


def _informed(sight: Sight) -> str:
    """«Information: 5 av 8 – 3 saknas», and that it stops nothing."""
    points = [sight.state.answers.get(q.id) for q in sight.form.questions if INFORMED.fullmatch(q.id)]
    known = points.count("1")
    if known == len(points):
        return ""
    told = ngettext(
        "Information: %(known)s av %(all)s. %(num)s sak saknas. Teamet ringer och berättar före mötet.",
        "Information: %(known)s av %(all)s. %(num)s saker saknas. Teamet ringer och berättar före mötet.",
        len(points) - known,
        known=known,
        all=len(points),
    )
    return str(told)


def _certify(sight: Sight) -> Mapping[str, Any]:
    fields, errors, _notes = _fields(sight, shown(sight.form, sight.state))
    called = person(sight.state.answers)
    theirs, own = _("Det här säger %(name)s om samtycke", name=called), _("Det här säger du om samtycke")
    return {
        "title": own if sight.role == "self" else theirs,
        "errors": errors,
        "fields": fields,
        "choices": choices_of(sight.form, sight.state.answers, sight.say),
        "terms": terms_of(sight.form, sight.state.answers, sight.say),
        "wording": consent_text(sight),
        "team": sight.here.team.name,
    }


def _words(question: Question, answers: Answers) -> str:
    return ", ".join(in_words(question, answers[question.id], spoken()))


def _tongues(here: Ground) -> list[tuple[str, str, str]]:
    """The other languages it may be filled in in: code, own name, direction."""
    return [(code, name(code), direction(code)) for code in here.offered if code != spoken()]


_VIEWS: Mapping[View, Callable[[Sight], Mapping[str, Any]]] = {
    "start": _start,
    "question": _question,
    "tasks": _tasks,
    "part": _part_done,
    "save": _save,
    "check": _check,
    "certify": _certify,
}
