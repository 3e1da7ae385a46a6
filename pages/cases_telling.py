"""What a case's page says of it, in the order it matters: the next step, the meeting, what is missing, the consents.

Takes what was read (`pages.cases_open`) and gives plain values to templates; decides nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from forms.model import Answers
from pages import cases_words as words
from pages.cases_open import Opened
from pages.cases_paper import label
from survey.cases import leading
from survey.cases.intake import POINTS
from survey.cases.model import Consented, Task
from survey.cases.steps import Row, Step

INFORMED = "1"
"""«Ja» to one of the eight things the person should know before the meeting (INSTRUMENTS.md 3.4)."""
WAYS: Mapping[str, tuple[str, object]] = {
    "no_consent": ("cases.consents.consents_page", _l("Ring och fråga om samtycke")),
    "mark_limited": ("cases.consents.consents_page", _l("Markera vad samtycket gäller")),
    "confirm_oral": ("cases.consents.consents_page", _l("Papperet har kommit")),
    "renew_consent": ("cases.consents.consents_page", _l("Anteckna ett nytt samtycke")),
    "call_before": ("cases.before.call", _l("Ring före mötet")),
    "complement": ("cases.before.call", _l("Anteckna samtalet")),
    "book": ("cases.booking.book", _l("Boka mötet")),
    "brief_interpreter": ("cases.before.brief", _l("Förbered tolken")),
    "take": ("cases.responsible", _l("Ta hand om anmälan")),
    "hold": ("cases.booking.held", _l("Mötet är hållet")),
    "follow_up": ("cases.after.follow_up", _l("Följ upp planen")),
    "handover": ("cases.after.close", _l("Avsluta ärendet")),
    "close": ("cases.after.close", _l("Avsluta ärendet")),
}
"""Kind of step or task -> the page where it is done. The others are done by saying so."""
STOPS = (
    ("received", _l("Anmälan")),
    ("booked", _l("Bokning")),
    ("met", _l("Möte")),
    ("planned", _l("Plan")),
    ("followed_up", _l("Uppföljning")),
    ("closed", _l("Avslut")),
)
BEFORE_MEETING = (
    ("an_med", _l("Vill ha med")),
    ("an_trygg_namn", _l("Trygg person")),
    ("an_behov", _l("Behöver")),
    ("an_behov_annat", _l("Behöver också")),
    ("an_prata", _l("Vill helst prata så här")),
    ("an_form", _l("Vill träffas")),
    ("an_tider", _l("Tider som inte passar")),
    ("an_tolk_sprak", _l("Tolk")),
    ("an_tolk_hur", _l("Tolk på plats eller telefon")),
    ("an_tolk_onskan", _l("Önskar om tolken")),
    ("an_lage", _l("Just nu")),
    ("an_skede", _l("Varför just nu")),
    ("an_halsa", _l("Om hälsan")),
)
CONTACT = (
    ("an_namn", _l("Namn")),
    ("an_kommun", _l("Kommun")),
    ("an_sprak", _l("Språk")),
    ("an_kontakt", _l("Vill bli kontaktad")),
    ("an_saker", _l("Säkert att ringa eller skicka sms")),
    ("an_saker_tid", _l("Tider som är säkra")),
    ("an_via", _l("Via kontaktperson")),
    ("an_info_form", _l("Vill få information")),
    ("an_rem_namn", _l("Den som anmälde")),
    ("an_rem_org", _l("Organisation")),
)


OWN_DAY = ("book", "take", "close", "hold", "none", "await_prior")
"""Steps whose day is another task's: it is not said beside them."""


@dataclass(frozen=True)
class Way:
    """Somewhere to go from the page; one of them is filled."""

    label: str
    address: str
    filled: bool = False


@dataclass(frozen=True)
class Stop:
    """A stop on the way of a case: when it was passed, or that it comes next."""

    words: str
    day: str = ""
    how: str = ""


@dataclass(frozen=True)
class Told:
    """A step or a task in words: what, by when, and what to know about it."""

    what: str
    due: str = ""
    hints: tuple[str, ...] = ()
    words: str = ""
    id: str = ""
    way: Way | None = None


@dataclass(frozen=True)
class Masked:
    """A sensitive answer: masked, or shown because somebody just asked for it."""

    id: str
    text: str
    masked: str
    shown: str = ""


@dataclass(frozen=True)
class Agreed:
    """The consent of one party in words."""

    party: str
    name: str
    standing: Consented
    words: str
    note: str
    until: str
    left: str
    about: str


def step_told(row: Row, parties: Mapping[str, str], today: date, priority: Collection[str]) -> Told:
    """The next step of a case, as list and case page say it; `priority` are situations that stand out."""
    step = row.step
    left = "" if step.kind in OWN_DAY else due(step.due, today)
    about = [step.party] if step.party else []
    return Told(what(step.kind, about, parties), left, tuple(_hints(row, parties, today, priority)))


def task_told(task: Task, opened: Opened) -> Told:
    """An open task of the case, with the page where it is done, if it has one."""
    known = WAYS.get(task.kind)
    way = Way(str(known[1]), url_for(known[0], case_id=opened.case.id)) if known else None
    said = what(task.kind, task.codes, opened.parties)
    whose = f"{said} ({opened.parties.get(task.party, task.party)})" if task.party else said
    return Told(whose, due(task.due, opened.today), words=task.words, id=task.id, way=way)


def ways(opened: Opened, step: Step) -> list[Way]:
    """Where one can go from the next step: the step itself first, then what is often done instead."""
    first = WAYS.get(step.kind)
    others = ("book", "call_before") if opened.case.state in ("received", "preparing", "waiting") else ()
    found = [first] if first else []
    found += [WAYS[kind] for kind in others if WAYS[kind] != first]
    return [
        Way(str(label), url_for(endpoint, case_id=opened.case.id), filled=(endpoint, label) == first)
        for endpoint, label in found
    ]


def road(opened: Opened) -> list[Stop]:
    """The way of the case from its referral to its end."""
    passed = {event.kind: words.day(words.wall_day(event.at)) for event in opened.view.events}
    passed |= {event.kind: words.day(event.fell_on) for event in opened.view.events if event.kind == "met"}
    ahead = next((kind for kind, _label in STOPS if kind not in passed), "")
    days = {"met": words.day(words.wall_day(opened.booked.at)) if opened.booked else "", **passed}
    return [
        Stop(str(label), days.get(kind, ""), "past" if kind in passed else "now" if kind == ahead else "")
        for kind, label in STOPS
    ]


def meeting_facts(opened: Opened) -> list[tuple[str, str]]:
    """Who the person wants there and does not want there, and what is needed."""
    facts = [(str(label), opened.said(question)) for question, label in BEFORE_MEETING]
    return [*_unwanted(opened), *((label, said) for label, said in facts if said)]


def contact(opened: Opened) -> list[tuple[str, str]]:
    """Who it is, and how to reach them without harm."""
    facts = [(str(label), opened.said(question)) for question, label in CONTACT]
    return [(label, said) for label, said in facts if said]


def sensitive(opened: Opened, revealed: Mapping[str, str]) -> list[Masked]:
    """Numbers and addresses of the referral, masked unless `revealed` has them."""
    referral, form = opened.paper("referral"), opened.form("referral")
    return [
        Masked(
            one.id,
            label(one, opened.say),
            str(referral.answers[one.id]),
            revealed.get(one.id, ""),
        )
        for one in form.questions
        if one.id in referral.hidden
    ]


def information(opened: Opened) -> list[tuple[str, str]]:
    """The eight things that the person should know (INSTRUMENTS.md 3.4): question id and its words."""
    asked = opened.form("referral").questions
    return [(one.id, opened.say(one.text)) for one in asked if one.id.startswith(POINTS)]


def missing(opened: Opened) -> list[str]:
    """Those of them that the person does not know yet."""
    return [words for one, words in information(opened) if opened.answers.get(one) != INFORMED]


def informed(answers: Answers) -> list[str]:
    """The questions about the eight things that were answered."""
    return [one for one in answers if one.startswith(POINTS)]


def consents_told(opened: Opened) -> list[Agreed]:
    """Every party's consent as it stands now."""
    return [_agreed(code, one, opened) for code, one in opened.view.standings.items()]


def _agreed(code: str, one: Consented, opened: Opened) -> Agreed:
    days = one.days_left(opened.today)
    return Agreed(
        code,
        opened.parties.get(code, code),
        one,
        str(words.STANDINGS[one.state]),
        note(one),
        words.day(one.until) if one.until and one.active else "",
        words.left(days) if days is not None and one.active else "",
        about(one.categories) if one.active else "",
    )


def about(categories: Collection[str]) -> str:
    """The kinds of information a consent covers."""
    return words.listed([words.CATEGORIES[code] for code in sorted(categories) if code in words.CATEGORIES])


def note(one: Consented) -> str:
    """What holds of a consent for the time being."""
    if one.state == "limited" and not one.categories:
        return str(_("Visar inget förrän du har markerat vad det gäller."))
    if one.confirm_by and one.active:
        return str(_("Muntligt. Ska bekräftas senast %(day)s.", day=words.day(one.confirm_by)))
    return ""


def _unwanted(opened: Opened) -> list[tuple[str, str]]:
    if opened.answers.get("an_inte") != "1":
        return []
    said = [opened.said("an_inte_vilka"), opened.said("an_inte_text")]
    return [(str(_("Vill inte ha med")), ", ".join(one for one in said if one))]


def what(kind: str, codes: Collection[str], parties: Mapping[str, str]) -> str:
    """A step or task in words, with the parties it is about."""
    named = words.listed([parties[code] for code in codes if code in parties])
    return f"{words.STEPS[kind]}: {named}" if named else str(words.STEPS[kind])


def due(on: date | None, today: date) -> str:
    """How long there is left for something."""
    return words.left((on - today).days) if on else ""


def papers(opened: Opened) -> list[Way]:
    """Every document of the case, and what can be printed."""
    case_id, versions = opened.case.id, opened.view.versions
    found = [
        Way(_version(kind, n), url_for("cases.paper", case_id=case_id, kind=kind, version=n))
        for kind, n in ((kind, versions[kind]) for kind in words.DOCUMENTS if kind in versions)
        if opened.view.documents[kind].form
    ]
    if opened.booked:
        found.append(Way(_("Bladet till personen"), url_for("cases.booking.sheet", case_id=case_id)))
        found.append(Way(_("Namnskyltar"), url_for("cases.booking.name_signs", case_id=case_id)))
    if "plan" in versions:
        found.append(Way(_("Planen på papper"), url_for("cases.meeting.copy", case_id=case_id)))
    return found


def acts(opened: Opened) -> list[Way]:
    """What else can be done with the case as it is."""
    case_id = opened.case.id
    all_of_it = Way(_("Lämna ut allt i ärendet"), url_for("cases.handover.sheet", case_id=case_id))
    if not opened.case.open:
        return [Way(_("Öppna ärendet igen"), url_for("cases.after.reopen", case_id=case_id)), all_of_it]
    found = [
        (_("Byt ansvarig"), "cases.responsible"),
        (_("Ring eller komplettera"), "cases.before.call"),
        (_("Begär komplettering"), "cases.before.ask_for_more"),
        (_("Boka eller ändra mötet"), "cases.booking.book"),
        *([(_("Mötet är hållet"), "cases.booking.held")] if opened.booked else []),
        (_("Kartläggning"), "cases.meeting.mapping"),
        (_("Planen"), "cases.meeting.plan"),
        *([(_("Följ upp planen"), "cases.after.follow_up")] if "plan" in opened.view.versions else []),
        *([(_("Case manager"), "cases.after.manager")] if opened.ground.settings.form.case_manager else []),
        (_("Avsluta ärendet"), "cases.after.close"),
    ]
    return [*(Way(str(label), url_for(endpoint, case_id=case_id)) for label, endpoint in found), all_of_it]


def warned(opened: Opened) -> list[str]:
    """What whoever opens the case must know first."""
    found = []
    if opened.view.locked and opened.case.open:
        found.append(_("Inget samtycke gäller. Bara samordnare kan läsa, och inget nytt går att skriva."))
    if opened.view.same_person:
        found.append(_("Samma person har också: %(cases)s", cases=words.listed(opened.view.same_person)))
    return [str(one) for one in found]


def ending(opened: Opened) -> list[tuple[str, str]]:
    """How a closed case ended: what came of it, who takes over, whether they accepted and the person knows."""
    end = leading.closing_of(opened.view)
    if end is None or opened.case.open:
        return []
    yes = {True: _("Ja"), False: _("Nej")}
    facts = [(_("Vad blev det?"), str(words.OUTCOMES[end.outcome]))]
    if end.takes_over:
        facts.append((_("Vem hjälper personen vidare?"), end.takes_over))
    if end.accepted is not None:
        facts.append((_("Har den personen tackat ja?"), str(yes[end.accepted])))
    facts.append((_("Vet deltagaren om det?"), str(yes[end.told])))
    return [(str(label), said) for label, said in facts]


def extent(opened: Opened) -> str:
    """What the case manager is to help with, where the reader may know it."""
    written = opened.view.documents.get("manager")
    return str(written.answers.get("extent", "")) if written else ""


def own_consent(opened: Opened) -> str:
    """How long the reader's own consent lasts."""
    one = opened.view.standings[opened.reader.party or ""]
    days = one.days_left(opened.today)
    return str(_("Samtycket gäller till och med %(day)s.", day=words.day(one.until))) if one.until and days else ""


def _version(kind: str, n: int) -> str:
    return str(_("%(what)s, version %(n)s", what=words.DOCUMENTS[kind], n=n)) if n > 1 else str(words.DOCUMENTS[kind])


def _hints(row: Row, parties: Mapping[str, str], today: date, priority: Collection[str]) -> list[str]:
    """What to know about a case before it is opened; nothing that says who it is."""
    case, hints = row.case, []
    if set(case.situations) & set(priority):
        hints.append(_("Prioriterad grupp"))
    lacking = sum(len(task.codes) for task in row.tasks if task.kind == "call_before")
    if lacking:
        hints.append(ngettext("%(num)s sak saknas i informationen", "%(num)s saker saknas i informationen", lacking))
    if case.unwanted:
        named = words.listed([parties.get(one, one) for one in case.unwanted])
        hints.append(_("Vill inte ha med: %(parties)s", parties=named))
    if row.meeting and case.state == "booked":
        hints.append(_("Möte %(day)s", day=words.day(row.meeting)))
    if case.interpreter:
        hints.append(_("Tolk behövs"))
    oral = {code: one.confirm_by for code, one in row.standings.items() if one.active and one.confirm_by}
    if oral:
        left = words.left((min(oral.values()) - today).days)
        named = words.listed([parties.get(code, code) for code in oral])
        hints.append(_("Muntligt samtycke, %(party)s: %(left)s", party=named, left=left))
    if case.outside_age:
        hints.append(_("Utanför teamets ålder"))
    return [str(hint) for hint in hints]
