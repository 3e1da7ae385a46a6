"""The sealed ballot box of a round: beginning one, and sending an answer into it, once.

Nothing here can read what lies in a box; opening is `survey.release`. A box's mac is made under a secret that is not
in the database and checked before anything is sealed, so that nobody with only the database can put a key of their
own there (PRIVACY.md 2).
"""

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import Connection, LargeBinary, bindparam, exists, insert, or_, select
from sqlalchemy.exc import IntegrityError

from forms.model import Form
from survey.clock import believed
from survey.db import exclusively
from survey.errors import AlreadySent, BadRequest, Closed, NotAllowed, Unavailable
from survey.installation import Installation
from survey.model import Box, Round
from survey.periods import Period
from survey.published import pool_versions
from survey.sealing import Record, Submission, TooLarge, room, seal
from survey.tables import association, box, round_, sealed, sent
from survey.tickets import spend

_log = logging.getLogger("samsvar.box")
BOX_COLUMNS = (box.c.id, box.c.round, round_.c.team, round_.c.form, box.c.public, box.c.size, box.c.k, box.c.mac)


@dataclass(frozen=True)
class Ready:
    """An answer sealed for a box; `submission` is what lies in it, should the box be replaced before it is stored."""

    identity: bytes
    submission: Submission
    box: str
    blob: bytes


def begin(db: Connection, installation: Installation, round: Round) -> None:
    """Begin a box for the round, with a key of its own that is durable before the transaction can be."""
    exclusively(db)  # `survey.repair` removes keys without a box, and must not see this one between the two
    identity = secrets.token_hex(10)
    size = room(pool_versions(db, round.pool))
    begun = Box(identity, round.id, round.team, round.form, installation.keys.new(identity), size, round.k)
    db.execute(
        insert(box).values(
            id=begun.id,
            round=begun.round,
            began=_period(db, round, installation.today()).label,
            public=begun.public,
            size=begun.size,
            k=begun.k,
            mac=begun.stamp(installation.secrets.derive("box")),
        )
    )


def _period(db: Connection, round: Round, today: date) -> Period:
    """The period a box begins in, none that has been closed. Else a clock that ran ahead would let answers wait for
    years, and one that was set back would let them seem to have waited for years and be given up."""
    now = Period.of(believed(db, today), round.period)
    closed = db.scalar(select(association.c.closed_through).where(association.c.slug == round.association))
    if closed is None:
        return now
    following = Period.of(Period.parse(closed).last_day + timedelta(days=1), round.period)
    return max(now, following, key=lambda one: one.first_day)


def accepted(db: Connection, round: Round) -> list[Form]:
    """The forms a round may be answered with: its own version, then of each other form of the pool the newest version
    that there is room for.

    One that is published later and needs more room waits for the next box, since all blobs of a box have one size.
    """
    size = db.scalar(select(box.c.size).where(box.c.round == round.id, box.c.state == "current")) or 0
    versions = pool_versions(db, round.pool)
    own = next(form for form in versions if (form.id, form.version) == (round.form, round.version))
    others = {form.id: form for form in versions if form.id != round.form and room([form]) <= size}
    return [own, *others.values()]


def submission_id(installation: Installation, submission: bytes, round: Round) -> bytes:
    """What a submission is known by in the database, derived from the random number its page carries."""
    return hmac.digest(installation.secrets.derive("submission"), round.id.encode() + submission, "sha256")[:16]


def is_sent(db: Connection, identity: bytes) -> bool:
    """Whether that submission is stored: sealed now, or released within the days a page lives."""
    return bool(db.scalar(_IS_SENT, {"identity": identity}))


def send(
    installation: Installation, round: Round, *, submission: bytes, code: str | None, form: Form, record: Record
) -> None:
    """Seal the record into the round's current box and spend the ticket. It is stored when this returns.

    Sealed before the transaction that stores it, since everybody who sends waits for that. Raises as `ready` and `put`.
    """
    with installation.reading() as db:
        answer = ready(db, installation, round, submission=submission, form=form, record=record)
    with installation.writing() as db:
        put(db, installation, round, answer, code)


def ready(
    db: Connection, installation: Installation, round: Round, *, submission: bytes, form: Form, record: Record
) -> Ready:
    """The record, sealed for the round's current box.

    Raises `AlreadySent` for a page sent before, `Closed` for a round that takes no answer, `NotAllowed` for a form of
    another pool, `BadRequest` for a record too large, `Unavailable` when the box is not to be trusted.
    """
    if form.pool != round.pool:
        raise NotAllowed(_("%(form)s hör inte till %(pool)s.", form=form.id, pool=round.pool))
    identity = submission_id(installation, submission, round)
    return _seal(db, installation, round, identity, Submission(form.id, form.version, record))


def put(db: Connection, installation: Installation, round: Round, answer: Ready, code: str | None) -> None:
    """Store the answer and spend the ticket. Sealed anew where a release has emptied the box meanwhile.

    Raises `AlreadySent` for a page sent before, `Closed` for a ticket or round that takes no answer, `Unavailable` when
    the box is not to be trusted.
    """
    if not _stored(db, answer):
        answer = _seal(db, installation, round, answer.identity, answer.submission)
        if not _stored(db, answer):
            raise Closed
    if not round.open_link and not (code and spend(db, installation, round.id, code)):
        raise Closed


def _seal(db: Connection, installation: Installation, round: Round, identity: bytes, submission: Submission) -> Ready:
    row = db.execute(_CURRENT, {"of": round.id, "identity": identity}).first()
    if row is None:
        raise AlreadySent if is_sent(db, identity) else Closed
    *columns, stored = row
    if stored:
        raise AlreadySent
    current = Box(*columns)
    _refuse_untrusted(installation, current)
    try:
        blob = seal(submission, public=current.public, box=current.id, identity=identity, size=current.size)
    except TooLarge:
        raise BadRequest(_("Svaren är för långa.")) from None
    return Ready(identity, submission, current.id, blob)


def _stored(db: Connection, answer: Ready) -> bool:
    """Whether it could be put into its box, which takes answers still."""
    try:
        values = {"identity": answer.identity, "into": answer.box, "blob": answer.blob}
        return db.execute(_PUT, values).rowcount == 1
    except IntegrityError:
        raise AlreadySent from None


def _refuse_untrusted(installation: Installation, current: Box) -> None:
    if not current.genuine(installation.secrets.derive("box")):
        _log.error("Box %s is not one of ours: its mac is wrong. It takes no answers.", current.id)
        raise Unavailable
    if not installation.keys.holds(current.id):
        _log.error("The key of box %s is missing. It takes no answers, since nobody could read them.", current.id)
        raise Unavailable


_STORED = or_(
    exists().where(sealed.c.id == bindparam("identity")),
    exists().where(sent.c.id == bindparam("identity")),
)
_IS_SENT = select(_STORED)
_CURRENT = (
    select(*BOX_COLUMNS, _STORED)
    .join_from(box, round_)
    .where(box.c.round == bindparam("of"), box.c.state == "current", round_.c.state == "open")
)
_TAKES_IT = (
    select(bindparam("identity", type_=LargeBinary), box.c.id, bindparam("blob", type_=LargeBinary))
    .join_from(box, round_)
    .where(box.c.id == bindparam("into"), box.c.state == "current", round_.c.state == "open")
    .where(~exists().where(sent.c.id == bindparam("identity")))
    # The lock a foreign key takes anyway; a release asks for the whole row and so waits for us, or we for it.
    .with_for_update(read=True, key_share=True, of=box)
)
_PUT = insert(sealed).from_select(["id", "box", "blob"], _TAKES_IT).execution_options(preserve_rowcount=True)
