"""What the pages of the audit chain call things: who, what and whether it is whole, each code in words.

Words only. What is told of a case is called as on the case's own page (`pages.cases_words`).
"""

import re
from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from pages import cases_words, records_words
from survey.audit import RESTORED, Entry, Fault
from survey.audit_reading import READ, SAVED

_LOG: Mapping[str, object] = {
    READ: _l("Läste loggen"),
    SAVED: _l("Hämtade loggen som fil"),
}
OF_TEAM: Mapping[str, object] = {
    **cases_words.ACTIONS,
    "listed": _l("Tittade i listan över ärenden"),
    "parties": _l("Ändrade teamets parter"),
    "settings": _l("Ändrade inställningar för anmälan"),
    "deviation_told": _l("Skrev en avvikelse"),
    "deviation_changed": _l("Ändrade en avvikelse"),
    "deviation_step": _l("Tog ett steg med en avvikelse"),
    "deviation_step_back": _l("Tog tillbaka ett steg med en avvikelse"),
    "deviation_removed": _l("Tog bort en avvikelse"),
    "meeting_corrected": _l("Rättade ett möte i mötesloggen"),
    "meeting_put_back": _l("Satte tillbaka ett möte i mötesloggen"),
    "meeting_removed": _l("Tog bort ett möte ur mötesloggen"),
    "records_purged": _l("Gallrade teamets egna anteckningar"),
    **_LOG,
}
"""What a row about a team says that somebody did."""
OF_INSTALLATION: Mapping[str, object] = {
    "signed_in": _l("Loggade in"),
    "sign_in_failed": _l("Fel lösenfras"),
    "second_step_failed": _l("Fel kod eller passkey"),
    "unknown_tried": _l("Försök att logga in med adresser som inte finns"),
    "signed_out": _l("Loggade ut"),
    "signed_out_elsewhere": _l("Loggade ut på ett annat ställe"),
    "confirmed": _l("Bekräftade med sitt andra steg"),
    "role_given": _l("Gav en roll"),
    "role_taken": _l("Tog bort en roll"),
    "invited": _l("Bjöd in någon"),
    "account_reset": _l("Återställde ett konto"),
    "account_closed": _l("Tog bort ett konto"),
    "invitation_used": _l("Använde sin inbjudan"),
    "passphrase_changed": _l("Bytte lösenfras"),
    "factor_changed": _l("Ändrade sitt andra steg"),
    "identity_given": _l("Anslöt organisationens inloggning"),
    "identity_taken": _l("Tog bort organisationens inloggning"),
    "form_published": _l("Publicerade ett formulär"),
    "key_made": _l("Gjorde en nyckel för program"),
    "key_removed": _l("Tog bort en nyckel för program"),
    "keys_rotated": _l("Bytte nycklar"),
    RESTORED: _l("Återställde databasen från en kopia"),
    "clock_confirmed": _l("Bekräftade vilken dag det är"),
    "released": _l("Öppnade svar"),
    "settings": _l("Ändrade inställningar för anmälan"),
    **_LOG,
}
"""What a row about the installation says that somebody did."""
KINDS_OF_TEAM: Mapping[str, tuple[object, tuple[str, ...]]] = {
    "last": (_l("Läsning"), ("read", "revealed", "listed")),
    "nekat": (_l("Nekad läsning"), ("read_refused", "revealed_refused", "packaged_refused")),
    "samtycke": (_l("Samtycken"), tuple(one for one in cases_words.ACTIONS if one.startswith("consent_"))),
    "utlamnat": (_l("Utlämnande"), ("packaged", SAVED)),
    "raderat": (
        _l("Radering"),
        ("purged", "records_purged", "held", "let_go", "meeting_removed", "deviation_removed"),
    ),
    "logg": (_l("Läsning av loggen"), (READ, SAVED)),
}
"""Kind of row, as an address says it -> what it is called, and the actions it is made of. What is in none is there
among all."""
KINDS_OF_INSTALLATION: Mapping[str, tuple[object, tuple[str, ...]]] = {
    "inloggning": (_l("Inloggningar"), ("signed_in", "signed_out", "signed_out_elsewhere", "confirmed")),
    "nekat": (_l("Misslyckade inloggningar"), ("sign_in_failed", "second_step_failed", "unknown_tried")),
    "konto": (
        _l("Konton och vägar in"),
        (
            *("invited", "account_reset", "account_closed", "invitation_used"),
            *("passphrase_changed", "factor_changed", "identity_given", "identity_taken"),
        ),
    ),
    "roll": (_l("Roller"), ("role_given", "role_taken")),
    "drift": (
        _l("Drift: nycklar, öppnade svar, kopior"),
        ("keys_rotated", "released", RESTORED, "clock_confirmed", "settings"),
    ),
    "formular": (_l("Formulär"), ("form_published",)),
    "program": (_l("Nycklar för program"), ("key_made", "key_removed")),
    "logg": (_l("Läsning av loggen"), (READ, SAVED)),
}
ROLES: Mapping[str, object] = {
    "admin": _l("Administratör"),
    "coordinator": _l("Samordnare"),
    "evaluator": _l("Utvärderare"),
    "facilitator": _l("Omröstningar"),
    "author": _l("Formulär"),
    "approver": _l("Godkänner översättningar"),
    "party": _l("Part"),
    "controller": _l("Granskar loggen"),
    "interviewer": _l("Intervjuer"),
}
FACTORS: Mapping[str, object] = {
    "code": _l("kod"),
    "app": _l("app"),
    "passkey": _l("passkey"),
    "removed": _l("en passkey borttagen"),
    "recovery": _l("nya reservkoder"),
    "provider": _l("organisationens inloggning"),
    "all": _l("överallt"),
}
_DAYS = (RESTORED, "clock_confirmed")
"""Rows whose detail names a day."""
_ABOUT_ACCOUNT = ("role_given", "role_taken", "invited", "account_reset", "account_closed")
_WAYS_IN = ("signed_in", "signed_out", "confirmed", "second_step_failed", "factor_changed", "passphrase_changed")
"""Rows whose detail says how; the name of the sitting among it tells people nothing."""


def done(entry: Entry, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    """A row in words: what was done, and with what. `names`: of accounts; `known`: what further codes mean."""
    did = str((OF_TEAM if entry.team else OF_INSTALLATION).get(entry.action, entry.action))
    said = _more(entry, names, known)
    return f"{did}: {said}" if said else did


def fault(kind: Fault, number: int | None) -> str:
    """What is wrong with the chain."""
    said = {
        "changed": _("Loggen är ändrad. Rad %(n)s är inte som den skrevs.", n=number),
        "missing": _("Loggen är ändrad. Rad %(n)s saknas.", n=number),
        "cut": _("Loggen är avklippt. Rad %(n)s och alla efter den saknas.", n=number),
        "anchor": _("Loggens ankare i nyckelmappen saknas, eller hör inte till den här loggen."),
        "aside": _("I nyckelmappen ligger ett ankare från en återställning som loggen inte berättar om."),
    }
    return str(said[kind])


def _more(entry: Entry, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    words = entry.detail.split()
    if entry.action in _ABOUT_ACCOUNT and words:
        return ", ".join(filter(None, (cases_words.actor(words[0], names), _role(" ".join(words[1:])))))
    if entry.action in _WAYS_IN:
        return ", ".join(str(FACTORS[word]) for word in words if word in FACTORS)
    if entry.action.endswith("_refused") and len(words) == 3:
        return _refused(words, known)
    if entry.action in cases_words.ACTIONS:
        return cases_words.noted(entry.detail, known)
    if entry.action.startswith("deviation_"):
        return " ".join(
            str(records_words.STATES.get(word, word)).lower() if n else word for n, word in enumerate(words)
        )
    if entry.action == "parties":
        return ", ".join(known.get(word, word) for word in words)
    if entry.action == "records_purged":
        counted = re.findall(r" (\d+)", entry.detail)[-2:]
        return str(_("%(meetings)s möten, %(deviations)s avvikelser", meetings=counted[0], deviations=counted[1]))
    return _of_the_house(entry, words)


def _of_the_house(entry: Entry, words: list[str]) -> str:
    numbers = [int(word) for word in words if word.isdecimal()]
    if entry.action == "form_published" and numbers:
        return f"{words[0]} {numbers[0]}"
    if entry.action == "unknown_tried" and numbers:
        return str(ngettext("minst %(num)s gång samma dag", "minst %(num)s gånger samma dag", numbers[0]))
    if entry.action == "keys_rotated" and numbers:
        return str(ngettext("%(num)s nyckel", "%(num)s nycklar", numbers[0]))
    if entry.action == "released" and numbers:
        given_up = numbers[1:] and numbers[1]
        opened = ngettext("%(num)s omgång", "%(num)s omgångar", numbers[0])
        lost = ngettext("%(num)s förstörd oläst", "%(num)s förstörda olästa", given_up or 0)
        return f"{opened}, {lost}" if given_up else str(opened)
    return words[-1 if entry.action == "clock_confirmed" else 0] if entry.action in _DAYS and words else ""


def _refused(words: list[str], known: Mapping[str, str]) -> str:
    """As whom somebody came who was not let in, and how the consent stood."""
    _team, party, standing = words
    who = str(_("som %(party)s", party=known.get(party) or str(ROLES.get(party, party))))
    stood = cases_words.STANDINGS.get(standing)
    return str(_("%(who)s, samtycket var: %(stood)s", who=who, stood=str(stood))) if stood else who


def _role(code: str) -> str:
    """«Samordnare: norr» for `coordinator:norr`."""
    name, _colon, place = code.partition(":")
    said = str(ROLES.get(name, name))
    return f"{said}: {place.replace(':', ' ')}" if place else said
