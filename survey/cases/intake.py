"""*Skicka* on a referral: a case with its document, consents, tasks and notices, in one transaction or not at all.

The page carries a random number; the same number again makes no second case but gives the same receipt, code and all,
because the code is made from that number. The case's key is durable before the transaction is; one that is left over by
a crash is removed at the next start (`survey.repair`).
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, insert, select, update

from forms.answers import kept
from forms.build import controls, page_form, read
from forms.model import Answers, Form
from forms.parties import CASE_MANAGER, OBSERVER
from forms.roles import role_of
from forms.routing import on_path
from forms.types.base import several
from survey import audit
from survey.cases import cases, consent, documents, drafts, leading, notices, rights, tasks
from survey.cases.consent import Consent
from survey.cases.drafts import Held
from survey.cases.model import Case, Reader, day, reference
from survey.cases.parties import parties as team_parties
from survey.cases.protection import without
from survey.errors import BadRequest, Unavailable
from survey.installation import Installation
from survey.tables import case, case_number
from survey.teams import find_team
from survey.tickets import ALPHABET

_HASH = 16
ORGANISATIONS: Mapping[str, str] = {"1": "af", "2": "fk", "3": "kommun", "4": "region"}
"""What the referrer answers about the own organisation -> the party it is, where the team has it."""
POINTS = tuple(f"an_i{number}" for number in range(1, 9))
"""How the eight points begin that the person should know before the meeting (INSTRUMENTS.md 3.4)."""


@dataclass(frozen=True)
class Referral:
    """What is sent."""

    team: str
    form: Form
    """As it was asked: tailored to the team, worded for whoever filled it in."""
    answers: Answers
    language: str
    submission: bytes
    """The random number of the page."""
    consents: tuple[Consent, ...]
    outside_age: bool = False
    draft: Held | None = None


@dataclass(frozen=True)
class Receipt:
    """What the sender gets: what to call the case, and the code a consent is taken back with, shown only here."""

    case_id: str
    team: str
    reference: str
    code: str
    received: datetime
    again: bool
    """Whether this very page had been sent before."""


def send(db: Connection, installation: Installation, referral: Referral, now: datetime) -> Receipt:
    """Make a case of the referral, once.

    Raises `NotFound` for an unknown team, `Protected` for somebody nothing may be stored about, `BadRequest` where
    something is not answered as the pages ask it or a consent cannot be given, `Unavailable` when the key cannot be
    kept, `Closed` where its draft was let go.
    """
    audit.in_turn(db)
    known = found(db, installation, referral.submission)
    if known is not None:
        return known
    find_team(db, referral.team)
    without(dict(referral.answers))
    answers = without(kept(referral.form, referral.answers))
    _refuse_unanswered(referral, answers, now)
    of = _made(db, installation, referral, answers, now)
    sender = "person" if of.self_referred else "referrer"
    cases.happened(db, of.id, "received", sender, now)
    cases.tell(db, installation, of, sender, "received", now)
    documents.store(
        db,
        installation,
        of,
        "referral",
        answers,
        form=referral.form,
        language=referral.language,
        actor=sender,
        now=now,
    )
    for one in referral.consents:
        consent.record(db, installation, of.id, one, sender, now)
    _begin(db, installation, of, referral.form, answers, now)
    if referral.draft:
        drafts.discard(db, referral.draft)
    drafts.let_go(db, installation, referral.submission)
    receipt = found(db, installation, referral.submission)
    assert receipt is not None
    return Receipt(**vars(receipt) | {"again": False})


def found(db: Connection, installation: Installation, submission: bytes) -> Receipt | None:
    """The receipt of a page that has been sent; None for one that has not."""
    columns = (case.c.id, case.c.team, case.c.number, case.c.received)
    row = db.execute(select(*columns).where(case.c.submission == _submission(installation, submission))).first()
    if row is None:
        return None
    code = drafts.written(_code(installation, submission))
    return Receipt(row.id, row.team, reference(row.number), code, row.received, again=True)


def correct(
    db: Connection,
    installation: Installation,
    reader: Reader,
    case_id: str,
    answers: Answers,
    *,
    after: int,
    now: datetime,
) -> int:
    """Write what a call to the person made clear into a new version of the referral, and into what is counted of it.
    `answers` are only those of the call; everything else stays as it was, also what its reader sees masked.

    Raises as `documents.write`, `Protected` as `send`.
    """
    rights.coordinator(db, reader, cases.in_turn(db, case_id))
    before = documents.opened(db, installation, case_id, "referral", documents.versions(db, case_id)["referral"])
    assert before.form is not None
    said = without(kept(before.form, {**before.answers, **answers}))
    number = documents.write(
        db,
        installation,
        reader,
        case_id,
        "referral",
        said,
        form=before.form,
        after=after,
        now=now,
        language=before.language,
    )
    db.execute(update(case).where(case.c.id == case_id).values(**_counted(installation, before.form, said)))
    return number


def withdrawal_hash(installation: Installation, number: int, code: str) -> bytes:
    """What the database knows a case's number and code by, however the code was typed."""
    plain = drafts.written(code)
    return hmac.digest(installation.secrets.derive("withdrawal"), f"{number} {plain}".encode(), "sha256")[:_HASH]


def _made(db: Connection, installation: Installation, referral: Referral, answers: Answers, now: datetime) -> Case:
    number = _next_number(db, referral.team)
    case_id = secrets.token_hex(8)
    try:
        installation.case_keys.new(case_id)
    except OSError:
        raise Unavailable from None
    code = _code(installation, referral.submission)
    db.execute(
        insert(case).values(
            id=case_id,
            team=referral.team,
            number=number,
            state="received",
            form=referral.form.id,
            version=referral.form.version,
            submission=_submission(installation, referral.submission),
            withdrawal=withdrawal_hash(installation, number, code),
            received=now,
            role=role_of(referral.answers),
            outside_age=referral.outside_age,
            **_counted(installation, referral.form, answers),
        )
    )
    return cases.find(db, case_id)


def _counted(installation: Installation, form: Form, answers: Answers) -> dict[str, Any]:
    """What is counted and waited for without opening the case: codes, never words."""
    return {
        "person": _person(installation, answers.get("an_pnr")),
        "organisation": _code_of(answers, "an_rem_org"),
        "municipality": _code_of(answers, "an_kommun"),
        "situations": cases.packed(several(answers.get("an_lage", ()))),
        "reason": _code_of(answers, "an_skede"),
        "interpreter": answers.get("an_tolk") == "1",
        "unwanted": cases.packed(_parties(form, "an_inte_vilka", several(answers.get("an_inte_vilka", ())))),
    }


def _begin(db: Connection, installation: Installation, of: Case, form: Form, answers: Answers, now: datetime) -> None:
    """What follows from how the referral was filled in: what waits, what is to be done, who is told."""
    if "an_rem_forankrad" in answers:
        referring = ORGANISATIONS.get(str(of.organisation))
        parties = (party.code for party in team_parties(db, of.team) if party.code == referring)
        leading.wait_for_prior(db, installation, of, next(parties, None), now)
    missing = sorted(q for q in form.by_id if q.startswith(POINTS) and answers.get(q) != "1")
    if missing or answers.get("an_ring") == "1":
        tasks.add(db, installation, of.id, "call_before", now, codes=missing)
    stands = consent.standings(db, of.id, now)
    if not any(one.state in ("given", "limited") for party, one in stands.items() if _organisation(party)):
        tasks.add(db, installation, of.id, "no_consent", now)
    notices.tell_coordinators(db, of.team, "new_case", now)


def _refuse_unanswered(referral: Referral, answers: Answers, now: datetime) -> None:
    said = [one.party for one in referral.consents]
    if sorted(said) != sorted(line.party for line in consent.asked_lines(referral.form, referral.answers)):
        raise BadRequest(_("Svara på samtycket för varje part."))
    for one in referral.consents:
        consent.refuse_unclear(one, day(now))
    _refuse_unfinished(referral, day(now))
    yes = any(one.said != "refused" for one in referral.consents)
    if yes and answers.get("sc_forstod") == "0":
        raise BadRequest(_("Samtycket kan inte lämnas innan personen kan berätta med egna ord vad det betyder."))


def _refuse_unfinished(referral: Referral, today: date) -> None:
    """What the pages refuse, and so not only where somebody comes by them: a question that must be answered and is not,
    an answer that cannot be, a consent that nobody has certified."""
    form, answers = referral.form, referral.answers
    for page in on_path(form, answers):
        shown = page_form(form, page, form.languages[0])(formdata=controls(form, page, answers))
        if not page.gate and read(shown, answers, today).errors:
            raise BadRequest(_("Några frågor är inte besvarade än."))


def _organisation(party: str) -> bool:
    return party not in (CASE_MANAGER, OBSERVER)


def _parties(form: Form, question: str, codes: Iterable[str]) -> list[str]:
    """The parties that chosen codes of a question stand for."""
    asked = form.by_id.get(question)
    chosen = [asked.choice(code) for code in codes] if asked else []
    return [choice.party for choice in chosen if choice and choice.party]


def _code_of(answers: Answers, question: str) -> str | None:
    answer = answers.get(question)
    return answer if isinstance(answer, str) else None


def _person(installation: Installation, number: object) -> bytes | None:
    """A personal number as it can be looked up and not read: an unkeyed hash would fall in a minute."""
    if not isinstance(number, str):
        return None
    return hmac.digest(installation.secrets.derive("personal number"), number.encode(), "sha256")


def _next_number(db: Connection, team: str) -> int:
    """The next number of the team: never one that has been used, also after that case has been deleted."""
    newest = db.scalar(select(case_number.c.newest).where(case_number.c.team == team))
    if newest is None:
        db.execute(insert(case_number).values(team=team, newest=1))
        return 1
    db.execute(update(case_number).where(case_number.c.team == team).values(newest=newest + 1))
    return int(newest) + 1


def _submission(installation: Installation, submission: bytes) -> bytes:
    return hmac.digest(installation.secrets.derive("referral"), submission, "sha256")[:_HASH]


def _code(installation: Installation, submission: bytes) -> str:
    """The withdrawal code that belongs to a page. The alphabet has 32 letters, so none is likelier than another."""
    drawn = hmac.digest(installation.secrets.derive("withdrawal code"), submission, "sha256")
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in drawn[: drafts.CODE_LENGTH])
