"""The pages of those who refer: the gate, the parts, the look through, the certification, and what they get with them.

No account and no cookie. Where somebody stands travels in the page (`pages.state`) and, from the gate on, in a draft
that only its code opens (`survey.cases.drafts`). The gate comes first because of those whose whereabouts must not be
known: who lives under protection is told to call, and nothing at all is stored (PRIVACY.md 4). How one moves is
`pages.refer_walk`, what one sees `pages.refer_drawing`, what one takes home `pages.refer_sent`.
"""

import time
from dataclasses import replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from forms.ages import with_age
from forms.build import Reading, page_form, read, repeated, typed
from forms.model import Form
from pages import refer_walk
from pages import state as states
from pages.context import house
from pages.headers import forget
from pages.language import direction, links, spoken
from pages.pace import Pace, near
from pages.refer_drawing import TRAP, draw, page_drawn, stopped
from pages.refer_ground import FORM, Ground, ground
from pages.refer_sent import after, already, sending
from pages.refer_tasks import filling
from pages.respond import unavailable
from pages.state import Clear, Expired, PageState, Unreadable
from pages.walk import Posted, Step, Turn, question_of, taken_in
from staff.policy import public
from survey.cases import drafts, intake
from survey.cases.drafts import Held
from survey.errors import Closed, NotFound, TooOften, Unavailable
from survey.teams import associations, teams

pages = Blueprint("refer", __name__)
pages.register_error_handler(Unavailable, unavailable)

pace = Pace(burst=150, per_second=2)
"""How fast one referral may go on, by its own random number: a program that walks the pages gets through as well."""
starts = Pace(burst=40, per_second=1 / 30)
"""How many drafts a neighbourhood of the network may begin: an office of referrers shares one."""
guesses = Pace(burst=10, per_second=1 / 30)
"""How many codes it may try; the draft itself slows down whoever guesses at it, too."""
NOTHING = Reading({}, [], (), ())
"""What is read of a page whose controls do not count."""


@pages.get("/anmal")
@public
def choose() -> ResponseReturnValue:
    """Which team one turns to."""
    with house().reading() as db:
        homes = [(home.name, teams(db, home.slug)) for home in associations(db)]
    homes = [home for home in homes if home[1]]
    return render_template("refer/teams.html", homes=homes, languages=links(".choose"))


@pages.get("/anmal/<team>")
@public
def begin(team: str) -> ResponseReturnValue:
    """What a referral is. Nothing is asked and nothing is stored."""
    with house().reading() as db:
        here = ground(db, team)
    elsewhere = _not_in_this_language(here)
    here.speak("")
    state = states.begin(team, FORM, here.base.version, None, int(time.time()))
    return draw(here, here.form({}), Turn(replace(state, filling=states.Filling())), elsewhere)


@pages.post("/anmal/<team>")
@public
def go_on(team: str) -> ResponseReturnValue:
    """The next step of a referral."""
    if "state" not in request.form:
        return redirect(url_for(".begin", team=team), 303)
    go = request.form.get("go", "")
    here, state = _opened(team)
    if not pace.allows(state.submission.hex()):
        return too_fast()
    here.speak(go)
    with house().reading() as db:
        receipt = intake.found(db, house(), state.submission)
    if receipt:  # before anything is shown: a page that was sent shows no answers but to the one who sent it
        return after(here, state, receipt, go) if state.view == "sent" else already(here, receipt)
    if state.view == "sent":
        raise Closed
    if state.view == "start" and request.form.get(TRAP):
        return _trapped(here)
    return _moved(here, state, go)


@pages.get("/anmal/<team>/borja-om")
@public
def begin_again(team: str) -> ResponseReturnValue:
    """The way in again, for the next person at the same screen: the browser is asked to forget the pages it has."""
    return forget(redirect(url_for(".begin", team=team), 303))


@pages.get("/anmal/fortsatt")
@public
def resume() -> ResponseReturnValue:
    """Where the code of a saved referral is typed; from a link it stands in the fragment, which no server sees."""
    return _code_page()


@pages.post("/anmal/fortsatt")
@public
def resumed() -> ResponseReturnValue:
    """The list of parts, as far as they had come."""
    code = request.form.get("code", "")
    if not guesses.allows(near(request.remote_addr)):
        return too_fast()
    try:
        held, contents = drafts.resume(house(), code, house().now())
    except Closed:
        return _code_page(code, _("Koden går inte att använda. Kolla att den är rätt skriven."))
    except TooOften as slow:
        return _code_page(code, _wait(slow.wait))
    with house().reading() as db:
        here = ground(db, held.team, contents["version"])
    kept = states.from_plain(Clear(held.team, FORM, here.base.version), contents)
    state = replace(kept, view="tasks", checking=False, code=drafts.written(code), began=int(time.time()))
    here.speak("")
    return draw(here, here.form(state.answers), Turn(_held_by(state, held)))


def _not_in_this_language(here: Ground) -> tuple[str, str, str] | None:
    """What is said to somebody who asked for a language in which no consent text is approved: in that language."""
    if spoken() in here.offered:
        return None
    text = _("Anmälan finns inte på det här språket än. Ring %(phone)s om du vill ha hjälp.", phone=here.phone)
    return spoken(), direction(spoken()), text


def _opened(team: str) -> tuple[Ground, PageState]:
    """The state of the page that was posted. Raises `Unreadable` for any but one of this very team."""
    text = request.form["state"]
    clear = states.address(text)
    if (clear.home, clear.form) != (team, FORM):
        raise Unreadable
    with house().reading() as db:
        try:
            here = ground(db, team, clear.version)
        except NotFound:
            raise Unreadable from None
    key = house().secrets.derive("page state")
    state = states.unseal(key, text, here.base.fingerprint, int(time.time()))
    if state.filling is None:
        raise Unreadable
    return here, state


def _moved(here: Ground, state: PageState, go: str) -> ResponseReturnValue:
    """Take in what was posted, and go where the button leads."""
    today = house().today()
    state = refer_walk.on_firm_ground(here.form(state.answers), state)
    if go == "together" and refer_walk.may_be_joined(state):
        go, state, posted = "", refer_walk.together(state), Posted("", NOTHING)
    else:
        posted = _posted(here.form(state.answers), state, go)
    form = here.form(state.answers)
    state = taken_in(state, posted)
    state = replace(state, answers=with_age(form, state.answers, today), began=int(time.time()))
    form = here.form(state.answers)  # who fills it in may have been told on this very page
    taken = refer_walk.turn(Step(form, state, posted.reading), go, today)
    if taken.outcome == "stop":
        with house().writing() as db:  # whoever went back to the gate has a draft already
            drafts.let_go(db, house(), state.submission)
        return stopped(here, form, taken.state)
    if taken.outcome == "send":
        return sending(here, form, taken.state, draw)
    if taken.outcome == "begin":
        return _begun(here, form, taken)
    return _kept(here, form, taken)


def _posted(form: Form, state: PageState, go: str) -> Posted:
    """What the page held. After a row more or less it is what stands in the controls that counts, readable or not."""
    page = refer_walk.shown(form, state)
    changes_rows = go.startswith(("add-", "remove-"))
    sent = repeated(request.form, go) if changes_rows else request.form
    shown = page_form(form, page, spoken())(formdata=sent)
    reading = read(shown, state.answers, house().today())
    wrong = {question_of(control) for control, _ in reading.errors}
    if changes_rows:
        wrong.add(go.split("-")[1])
    raw = {name: values for name, values in typed(shown).items() if question_of(name) in wrong}
    there = {question_of(name) for name, values in raw.items() if any(values)}
    return Posted(go, reading, {name: values for name, values in raw.items() if question_of(name) in there})


def _begun(here: Ground, form: Form, taken: Turn) -> ResponseReturnValue:
    """Through the gate: from here on every page is kept, and a code finds it again."""
    if not starts.allows(near(request.remote_addr)):
        return too_fast()
    with house().writing() as db:
        begun = drafts.begin(db, house(), here.team.slug, _contents(taken.state), house().now())
    state = _held_by(replace(taken.state, code=begun.code), begun.held)
    return draw(here, form, replace(taken, state=state))


def _kept(here: Ground, form: Form, taken: Turn) -> ResponseReturnValue:
    held = filling(taken.state).draft
    if held:
        with house().writing() as db:
            drafts.save(db, Held.unpack(held), _contents(taken.state), house().now())
    return draw(here, form, taken)


def _contents(state: PageState) -> dict[str, object]:
    """What the draft keeps: all of the state but its code and key, which would open it."""
    alone = replace(state, code=None, filling=replace(filling(state), draft=""))
    return {**states.plain(alone), "form": state.form, "version": state.version}


def _held_by(state: PageState, held: Held) -> PageState:
    return replace(state, filling=replace(filling(state), draft=held.pack()))


def _trapped(here: Ground) -> ResponseReturnValue:
    """A field that nobody sees was filled in: by a program, or by a browser that fills in too much."""
    texts = _("Något fyllde i en ruta som ska vara tom. Inget är sparat."), _("Du kan börja om.")
    way = _("Börja om"), url_for(".begin", team=here.team.slug)
    return page_drawn("error", _("Sidan går inte att använda"), *texts, way=way), 422


def too_fast() -> ResponseReturnValue:
    """Who asks too often waits; what was posted waits on the page."""
    page = render_template(
        "respond/unavailable.html",
        title=_("Vänta en liten stund"),
        text=_("Det är många som försöker just nu. Allt du har skrivit finns kvar på sidan. Försök igen om en stund."),
        posted=list(request.form.items(multi=True)),
    )
    response = make_response(page, 429)
    response.headers["Retry-After"] = "30"
    return response


def _wait(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    told = ngettext(
        "Det har blivit fel många gånger. Vänta %(num)s minut och försök igen.",
        "Det har blivit fel många gånger. Vänta %(num)s minuter och försök igen.",
        minutes,
    )
    return str(told)


def _code_page(typed: str = "", fault: str = "") -> Response:
    errors = (("code", fault),) if fault else ()
    shown = "".join(sign for sign in typed if sign.isprintable())[:40]
    page = render_template("refer/resume.html", errors=errors, code=shown, languages=links(".resume"))
    return make_response(page, 422 if fault else 200)


@pages.errorhandler(Unreadable)
def _unreadable(_fault: Unreadable) -> ResponseReturnValue:
    texts = _("Sidan är gammal eller har ändrats."), _("Det som är sparat finns kvar. Fortsätt med din kod.")
    return page_drawn("error", _("Sidan går inte att använda"), *texts, way=_with_code()), 422


@pages.errorhandler(Expired)
@pages.errorhandler(Closed)
def _expired(_fault: Exception) -> ResponseReturnValue:
    texts = _("En anmälan sparas i 14 dagar. Sedan tas den bort."), _("Du kan börja om.")
    return page_drawn("closed", _("Anmälan finns inte kvar"), *texts, way=_with_code()), 410


def _with_code() -> tuple[str, str]:
    return _("Fortsätt med en kod"), url_for(".resume")
