"""The voter's pages: a code, a question, and that one's vote is saved. No name, no account, no cookie.

The page holds a random token that is nowhere else and by which a vote can be changed while the question is open
(`survey.polls.voting`). In a room the pages follow the room; by link they go from question to question.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from forms.build import page_form, read
from forms.model import Answer, Form, Page, Question, Text
from forms.types import TYPES, Say
from pages.context import house
from pages.copies import STATE, copied
from pages.drawing import KEEP, control, tongues
from pages.language import languages, links, links_here, spoken, switch
from pages.live import END
from pages.pace import Pace
from pages.respond import unavailable
from pages.saying import sayer
from staff.policy import public
from survey import published
from survey.errors import AlreadyCounted, Closed, Unavailable
from survey.polls import voting
from survey.polls.holding import poll_by_way_in, questions
from survey.polls.model import Poll, State
from survey.polls.results import state_of
from survey.teams import find_association

pages = Blueprint("vote", __name__)
pace = Pace()
pages.register_error_handler(Unavailable, unavailable)

_STATE = re.compile(r"([0-9a-f]{32})\.(ask|rest)\.([a-z][a-z0-9_]{0,39})?")
View = Literal["ask", "rest"]


@dataclass(frozen=True)
class Phone:
    """What a voter's page remembers: its token, whether it asks or rests, and at which question."""

    token: str
    view: View = "rest"
    question: str = ""

    @classmethod
    def of(cls, state: str) -> "Phone":
        """The phone of a page that was posted; a new one where that cannot be read."""
        found = _STATE.fullmatch(state)
        if not found:
            return cls(voting.new_token())
        return cls(found[1], "ask" if found[2] == "ask" else "rest", found[3] or "")

    def state(self) -> str:
        return f"{self.token}.{self.view}.{self.question}"

    def at(self, view: View, question: str = "") -> "Phone":
        return Phone(self.token, view, question)


@dataclass(frozen=True)
class Hall:
    """A poll as its pages need it."""

    poll: Poll
    form: Form
    association: str
    way_in: str

    @property
    def say(self) -> Say:
        return sayer(spoken(), {})

    @property
    def known(self) -> tuple[Hashable, ...]:
        """What a page of the poll is known by that holds nothing of a phone but its state."""
        return self.poll, self.form.fingerprint, self.association

    @property
    def order(self) -> tuple[str, ...]:
        return tuple(question.id for question in questions(self.form))


@pages.get("/rosta")
@public
def code() -> ResponseReturnValue:
    """Where the six digits on the wall are typed."""
    return _code_page()


@pages.post("/rosta")
@public
def enter() -> ResponseReturnValue:
    """The digits lead to the room's own address, which a picture on the wall leads to as well."""
    typed = request.form.get("code", "")
    try:
        with house().reading() as db:
            found = poll_by_way_in(db, typed, house().today())
    except Closed:
        return _code_page(typed, _("Koden går inte att använda. Kolla att den är rätt skriven."))
    return redirect(url_for(".question", way_in=found.code or found.id), 303)


@pages.get("/rosta/<way_in>")
@public
def question(way_in: str) -> ResponseReturnValue:
    """Where the room is, or the first question of a link, for a phone that has just come."""
    with house().reading() as db:
        hall = _hall(db, way_in)
        _choose_language(hall.form, "")
        phone = Phone(voting.new_token())
        return _ask(hall, phone, hall.order[0]) if hall.poll.by_link else _where_the_room_is(db, hall, phone)


@pages.post("/rosta/<way_in>")
@public
def act(way_in: str) -> ResponseReturnValue:
    """A vote, or a step to another page. Everything that is asked for the second time is answered the same."""
    go, phone = request.form.get("go", ""), Phone.of(request.form.get("state", ""))
    if not pace.allows(phone.token):
        return _too_fast()
    with house().reading() as db:
        hall = _hall(db, way_in)
    _choose_language(hall.form, go)
    if phone.question not in hall.order:
        phone = phone.at("rest")
    if go == "join":
        return _join(hall, phone)
    if phone.view == "ask" and go in ("", "vote"):
        return _vote(hall, phone)
    if phone.view == "ask" and go.startswith("lang-"):
        return _ask(hall, phone, phone.question, typed=request.form)
    return _step(hall, phone, go)


def _step(hall: Hall, phone: Phone, go: str) -> ResponseReturnValue:
    if hall.poll.by_link:
        return _along_the_link(hall, phone, go)
    with house().writing() as db:
        voting.join(db, house(), hall.poll, phone.token)
    with house().reading() as db:
        return _where_the_room_is(db, hall, phone, change=go == "change")


def _along_the_link(hall: Hall, phone: Phone, go: str) -> ResponseReturnValue:
    here = hall.order.index(phone.question) if phone.question else -1
    steps = {"": 1, "next": 1, "back": -1}
    if phone.view == "rest" and here == len(hall.order) - 1:
        steps["back"] = 0  # from the last page to the last question
    place = max(here + steps.get(go, 0), 0)
    return _ask(hall, phone, hall.order[place]) if place < len(hall.order) else _done(hall, phone)


def _where_the_room_is(db: Connection, hall: Hall, phone: Phone, *, change: bool = False) -> ResponseReturnValue:
    current = hall.poll.current
    if current is None:
        return _rest(hall, phone, "", None)
    state = state_of(db, hall.poll, current)
    if state != "open":
        return _rest(hall, phone, current, state)
    became = voting.vote_of(db, house(), hall.poll, current, phone.token)
    if became == "counted":
        return _counted(hall, phone, current)
    return _saved(hall, phone, current) if became == "sealed" and not change else _ask(hall, phone, current)


def _vote(hall: Hall, phone: Phone) -> ResponseReturnValue:
    asked = hall.form.by_id[phone.question]
    reading = read(page_form(hall.form, Page(asked.id, (asked,)), spoken())(formdata=request.form))
    missing = [(asked.id, TYPES[asked.type].wanted(asked))] if reading.blank else []
    if errors := reading.errors or missing:
        return _ask(hall, phone, asked.id, typed=request.form, errors=errors)
    answer = reading.answers.get(asked.id)
    try:
        with house().writing() as db:
            voting.vote(db, house(), hall.poll, hall.form, asked, phone.token, answer)
    except Closed:
        return _late(hall, phone)
    except AlreadyCounted:
        return _counted(hall, phone, asked.id)
    return _step(hall, phone, "") if hall.poll.by_link else _saved(hall, phone, asked.id, answer)


def _join(hall: Hall, phone: Phone) -> ResponseReturnValue:
    """What the script asks when it comes back with the token it kept: the phone is there, and its vote stands so."""
    with house().writing() as db:
        voting.join(db, house(), hall.poll, phone.token)
        current = phone.question or hall.poll.current
        became = voting.vote_of(db, house(), hall.poll, current, phone.token) if current else "none"
    return jsonify({"vote": became})


# --- pages ----------------------------------------------------------------------------------------------------------


def _ask(
    hall: Hall,
    phone: Phone,
    asked: str,
    *,
    typed: MultiDict[str, str] | None = None,
    errors: list[tuple[str, str]] | None = None,
) -> Response:
    shown = hall.form.by_id[asked]

    def draw(state: str) -> str:
        wtf = page_form(hall.form, Page(asked, (shown,)), spoken())(formdata=typed)
        macro, given = control(wtf.questions[0], hall.say, dict(errors or ()), heading=True)
        return _page(
            hall,
            "question",
            state,
            asked,
            "open",
            macro=macro,
            given=given,
            errors=errors or (),
            place=hall.order.index(asked) + 1,
            last=len(hall.order),
            title=hall.say(shown.text),
        )

    asks = phone.at("ask", asked).state()
    page = copied((*hall.known, asked), asks, lambda: draw(STATE)) if typed is None else draw(asks)
    return _kept(page, 422 if errors else 200)


def _rest(hall: Hall, phone: Phone, question: str, state: State | None) -> Response:
    rests = phone.at("rest", question).state()
    return _kept(copied((*hall.known, question, state), rests, lambda: _page(hall, "wait", STATE, question, state)))


def _saved(hall: Hall, phone: Phone, question: str, answer: Answer | None = None) -> Response:
    said = list(_said(hall.form.by_id[question], answer, hall.say)) if answer is not None else []
    return _kept(_page(hall, "saved", phone.at("rest", question).state(), question, "open", said=said))


def _counted(hall: Hall, phone: Phone, question: str) -> Response:
    return _kept(_page(hall, "counted", phone.at("rest", question).state(), question, "open"))


def _late(hall: Hall, phone: Phone) -> Response:
    """The question was closed before the vote came: refused with words, and told how to go on."""
    with house().reading() as db:
        former = voting.vote_of(db, house(), hall.poll, phone.question, phone.token) != "none"
    return _kept(_page(hall, "late", phone.at("rest").state(), phone.question, "closed", former=former), 409)


def _done(hall: Hall, phone: Phone) -> Response:
    return _kept(_page(hall, "done", phone.at("rest", hall.order[-1]).state(), "", None))


def _page(hall: Hall, page: str, state: str, question: str, stands: State | None, **more: object) -> str:
    poll = hall.poll
    return render_template(
        "vote/question.html" if page == "question" else "vote/rest.html",
        **{"errors": (), **more},
        page=page,
        state=state,
        action=url_for(".act", way_in=hall.way_in),
        live=f"{_root()}/rosta/{poll.code}{END}" if poll.code else "",
        question=question,
        stands=stands or "",
        last_day=poll.last_day,
        tongues=tongues(hall.form),
        house=hall.association,
        say=hall.say,
        form=hall.form,
    )


def _code_page(typed: str = "", fault: str = "") -> Response:
    errors = (("code", fault),) if fault else ()
    shown = "".join(sign for sign in typed if sign.isprintable())[:40]
    page = render_template(
        "vote/code.html", errors=errors, code=shown, action=url_for(".enter"), languages=links(".code")
    )
    return _kept(page, 422 if fault else 200)


def _too_fast() -> ResponseReturnValue:
    """One phone that asks too much waits; nobody else does."""
    page = render_template(
        "respond/unavailable.html",
        title=_("Vänta en liten stund"),
        text=_("Du trycker väldigt ofta. Ditt svar finns kvar på sidan. Försök igen om några sekunder."),
        posted=list(request.form.items(multi=True)),
        languages=links_here(),
    )
    response = _kept(page, 429)
    response.headers["Retry-After"] = "5"
    return response


@pages.errorhandler(Closed)
def _closed(_fault: Closed) -> ResponseReturnValue:
    """The same for a code that is wrong and for a poll that is over."""
    texts = _("Omröstningen är slut, eller så är koden fel."), _("Fråga den som leder mötet om du behöver hjälp.")
    page = render_template(
        "respond/ended.html",
        page="closed",
        title=_("Det går inte att rösta här"),
        paragraphs=texts,
        languages=links_here(),
        way=(_("Skriv en kod"), url_for(".code")),
    )
    return page, 410


def _kept(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers["Cache-Control"] = KEEP
    return response


def _hall(db: Connection, way_in: str) -> Hall:
    """The poll that an address leads to. Raises `Closed`."""
    poll = poll_by_way_in(db, way_in, house().today())
    form = published.load(db, poll.form, poll.version)
    return Hall(poll, form, find_association(db, poll.association).name, poll.code or poll.id)


def _said(question: Question, answer: Answer, say: Say) -> list[str]:
    return [say(words) if isinstance(words, Text) else words for words in TYPES[question.type].said(question, answer)]


def _choose_language(form: Form, go: str) -> None:
    """The language of the button pressed or of the address, if the form has it; else its first that the pages speak."""
    wanted = go.removeprefix("lang-") if go.startswith("lang-") else spoken()
    offered = [language for language in form.languages if language in languages()]
    language = wanted if wanted in offered else next(iter(offered), spoken())
    if language != spoken():
        switch(language)


def _root() -> str:
    """Where the application stands, without the language: rooms stand the same in all of them."""
    language = request.environ.get("samsvar.language")
    return request.script_root.removesuffix(f"/{language}") if language else request.script_root
