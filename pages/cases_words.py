"""What the cases' pages call things: states, next steps, consents, documents and events, each code in words.

Words only: which code it is was decided by `survey.cases`. Names of parties come from the team's settings.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from pages.language import spoken
from survey.audit import Entry

HERE = ZoneInfo("Europe/Stockholm")
"""Where meetings take place: moments are kept in UTC and said in the time of the clock on the wall."""

STATES: Mapping[str, object] = {
    "waiting": _l("Väntar på representanten"),
    "received": _l("Ny"),
    "preparing": _l("Förbereds"),
    "booked": _l("Möte bokat"),
    "planned": _l("Har en plan"),
    "followed": _l("Uppföljd"),
    "closed": _l("Avslutad"),
}
STANDINGS: Mapping[str, object] = {
    "given": _l("Ja"),
    "limited": _l("Ja, men inte allt"),
    "refused": _l("Nej"),
    "withdrawn": _l("Återkallat"),
    "expired": _l("Har gått ut"),
    "unconfirmed": _l("Muntligt ja som inte bekräftades i tid"),
    "superseded": _l("Gäller inte längre"),
}
CATEGORIES: Mapping[str, object] = {
    "1": _l("Arbete och studier"),
    "2": _l("Ersättning och pengar"),
    "3": _l("Hälsa och vård"),
    "4": _l("Stöd från socialtjänsten"),
    "5": _l("Familj och boende"),
}
HOW_GIVEN: Mapping[str, object] = {
    "paper": _l("Underskrift på papper"),
    "screen": _l("Själv på skärmen"),
    "oral_here": _l("Muntligt på plats"),
    "oral_phone": _l("Muntligt på telefon"),
}
HOW_WITHDRAWN: Mapping[str, object] = {
    "phone": _l("På telefon"),
    "letter": _l("I ett brev"),
    "person": _l("På plats"),
}
DOCUMENTS: Mapping[str, object] = {
    "referral": _l("Anmälan"),
    "booking": _l("Mötet"),
    "mapping": _l("Kartläggningen"),
    "plan": _l("Planen"),
    "follow_up": _l("Uppföljningen"),
    "closing": _l("Avslutet"),
    "manager": _l("Case manager"),
}
LABELS: Mapping[str, object] = {
    "an_tel": _l("Telefon"),
    "an_epost": _l("E-post"),
    "an_pnr": _l("Personnummer"),
    "an_rem_namn": _l("Den som anmälde"),
    "an_rem_org": _l("Organisation"),
    "an_rem_tel": _l("Telefon till den som anmälde"),
    "an_rem_epost": _l("E-post till den som anmälde"),
    "an_trygg_tel": _l("Telefon till den trygga personen"),
}
"""What the referral asks «you» about, and what is masked, as those call it who read it."""
MEETING_FORMS: Mapping[str, object] = {
    "1": _l("På plats"),
    "2": _l("Video"),
    "3": _l("Telefon"),
}
SEATS: Mapping[str, object] = {
    "referrer": _l("Den som anmälde"),
    "trusted": _l("Någon som känns trygg"),
    "interpreter": _l("Tolk"),
    "cm": _l("Case manager"),
    "observator": _l("Lyssnar på mötet"),
}
OUTCOMES: Mapping[str, object] = {
    "1": _l("Arbete"),
    "2": _l("Studier"),
    "3": _l("Ordinarie stöd"),
    "4": _l("Annan insats"),
    "5": _l("Avbröts"),
}
STEPS: Mapping[str, object] = {
    "confirm_prior": _l("Väntar på att representanten bekräftar"),
    "withdrawn": _l("Ett samtycke är återkallat. Kolla att alla vet"),
    "withdrawal_told": _l("Samtycket är återkallat"),
    "no_consent": _l("Inget samtycke: ring personen"),
    "mark_limited": _l("Markera vad samtycket gäller"),
    "complement": _l("Komplettera anmälan"),
    "call_before": _l("Ring före mötet"),
    "confirm_oral": _l("Få det muntliga samtycket på papper"),
    "renew_consent": _l("Fråga om ett nytt samtycke"),
    "brief_interpreter": _l("Förbered tolken"),
    "await_prior": _l("Väntar på att representanten bekräftar"),
    "take": _l("Ta hand om anmälan"),
    "book": _l("Boka mötet"),
    "promised_contact": _l("Hör av er som ni lovade"),
    "follow_up": _l("Följ upp planen"),
    "handover": _l("Kolla att den som tar över har tackat ja"),
    "tell_person": _l("Berätta för personen vem som tar över"),
    "hold": _l("Mötet är bokat"),
    "await_follow_up": _l("Planen ska följas upp"),
    "close": _l("Avsluta ärendet"),
    "none": _l("Inget mer att göra"),
}
EVENTS: Mapping[str, object] = {
    "received": _l("Anmälan kom in"),
    "cleared": _l("Representanten bekräftade"),
    "taken": _l("Någon tog ansvar för ärendet"),
    "complement_asked": _l("Komplettering begärdes"),
    "booked": _l("Mötet bokades"),
    "met": _l("Mötet hölls"),
    "planned": _l("Planen skrevs"),
    "followed_up": _l("Planen följdes upp"),
    "not_reached": _l("Personen gick inte att nå"),
    "handed_over": _l("Någon annan tog över"),
    "closed": _l("Ärendet avslutades"),
    "reopened": _l("Ärendet öppnades igen"),
    "manager_offered": _l("Case manager erbjöds"),
    "manager_accepted": _l("Personen tackade ja till Case manager"),
    "manager_declined": _l("Personen tackade nej till Case manager"),
    "manager_ended": _l("Stödet av Case manager tog slut"),
    "consent_refused": _l("Ett samtycke nekades"),
    "consent_withdrawn": _l("Ett samtycke återkallades"),
    "consent_expired": _l("Ett samtycke gick ut"),
}


CONSENT_EVENTS: Mapping[str, object] = {
    "given": _l("Ja"),
    "limited": _l("Ja, men inte allt"),
    "refused": _l("Nej"),
    "marked": _l("Teamet markerade vad samtycket gäller"),
    "confirmed": _l("Det muntliga ja:et bekräftades"),
    "withdrawn": _l("Återkallat"),
    "expired": _l("Gick ut"),
    "superseded": _l("Ersattes"),
}
MANAGERS: Mapping[str, object] = {
    "offered": _l("Erbjuden, inget svar än."),
    "accepted": _l("Personen har tackat ja."),
    "declined": _l("Personen har tackat nej."),
    "ended": _l("Stödet är slut."),
}
SEXES: Mapping[str, object] = {
    "1": _l("Kvinna"),
    "2": _l("Man"),
    "3": _l("Annat"),
}


ACTIONS: Mapping[str, object] = {
    "received": _l("Tog emot anmälan"),
    "read": _l("Läste"),
    "read_refused": _l("Fick inte läsa"),
    "revealed": _l("Visade ett nummer"),
    "revealed_refused": _l("Fick inte visa ett nummer"),
    "packaged": _l("Hämtade allt i ärendet"),
    "packaged_refused": _l("Fick inte hämta ärendet"),
    "written": _l("Skrev"),
    "taken": _l("Gav någon ansvaret"),
    "cleared": _l("Bekräftade för sin organisation"),
    "complement_asked": _l("Begärde komplettering"),
    "task_done": _l("Bockade av en uppgift"),
    "met": _l("Antecknade att mötet hölls"),
    "planned": _l("Läste upp planen"),
    "followed_up": _l("Följde upp planen"),
    "not_reached": _l("Fick inte tag i personen"),
    "closed": _l("Avslutade ärendet"),
    "reopened": _l("Öppnade ärendet igen"),
    "consent_given": _l("Antecknade ett ja"),
    "consent_limited": _l("Antecknade ett ja, men inte allt"),
    "consent_refused": _l("Antecknade ett nej"),
    "consent_marked": _l("Markerade vad ett samtycke gäller"),
    "consent_confirmed": _l("Bekräftade ett muntligt ja"),
    "consent_withdrawn": _l("Återkallade samtycke"),
    "consent_superseded": _l("Avslutade ett samtycke"),
    "consent_expired": _l("Antecknade att ett samtycke gick ut"),
    "manager_offered": _l("Erbjöd Case manager"),
    "manager_accepted": _l("Antecknade en Case manager"),
    "manager_declined": _l("Antecknade ett nej till Case manager"),
    "manager_ended": _l("Avslutade stödet av Case manager"),
    "purged": _l("Raderade ärendet"),
    "held": _l("Stoppade radering"),
    "let_go": _l("Tillät radering igen"),
}
"""What a row of the audit chain says that somebody did."""


def day(on: date) -> str:
    """A day as one says it: «3 november 2026»."""
    return str(format_date(on, "long", locale=spoken()))


def clock(at: datetime) -> str:
    """The time of day on the wall: «13:30»."""
    return str(format_time(at.astimezone(HERE), "HH:mm", locale=spoken()))


def wall_day(at: datetime) -> date:
    """The day on the wall of a moment."""
    return at.astimezone(HERE).date()


def ago(on: date, today: date) -> str:
    """How long ago a day was, in the words of a list."""
    days = (today - on).days
    if days <= 0:
        return str(_("i dag"))
    return str(_("i går") if days == 1 else ngettext("för %(num)s dag sedan", "för %(num)s dagar sedan", days))


def left(days: int) -> str:
    """How many days are left, or that none is."""
    if days < 0:
        return str(ngettext("%(num)s dag sen", "%(num)s dagar sen", -days))
    return str(_("i dag") if days == 0 else ngettext("%(num)s dag kvar", "%(num)s dagar kvar", days))


def listed(words: Sequence[object]) -> str:
    """Words with commas and «och» before the last."""
    said = [str(word) for word in words]
    if len(said) < 2:
        return "".join(said)
    return str(_("%(first)s och %(last)s", first=", ".join(said[:-1]), last=said[-1]))


def moment(at: datetime) -> str:
    """A moment in a log: day and time of day."""
    return f"{day(wall_day(at))} {clock(at)}"


def when(at: datetime, minutes: int) -> str:
    """When a meeting is and how long it takes."""
    return str(
        _(
            "%(weekday)s %(day)s klockan %(clock)s, ungefär %(n)s minuter",
            weekday=format_date(wall_day(at), "EEEE", locale=spoken()),
            day=day(wall_day(at)),
            clock=clock(at),
            n=minutes,
        )
    )


def actor(code: str, names: Mapping[str, str]) -> str:
    """Who did something: a colleague by name, or who it was if it was none."""
    known = {
        "referrer": _("Den som anmälde"),
        "person": _("Personen själv"),
        "command": _("Systemet"),
        "stranger": _("Någon utan konto"),
    }
    return str(known.get(code) or names.get(code) or _("Någon vars konto är borta"))


def action(entry: Entry, known: Mapping[str, str]) -> str:
    """A row of the audit chain in words: what was done, and with what. `known` says what further codes mean."""
    did, said = str(ACTIONS.get(entry.action, entry.action)), noted(entry.detail, known)
    return f"{did}: {said}" if said else did


def noted(detail: str, known: Mapping[str, str]) -> str:
    """What a row of the audit chain about a case notes besides the deed."""
    return ", ".join(_noted(one, known) for one in _NUMBERED.findall(detail))


_NUMBERED = re.compile(r"(\S+(?: \d+(?!\S))?)")
"""A word of a row's detail, with the number of the version that may follow it."""


def _noted(code: str, known: Mapping[str, str]) -> str:
    word, _space, number = code.partition(" ")
    meant = DOCUMENTS.get(word) or HOW_WITHDRAWN.get(word) or known.get(word) or word
    return str(_("%(what)s, version %(n)s", what=meant, n=number)) if number not in ("", "1") else str(meant)
