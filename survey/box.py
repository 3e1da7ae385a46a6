"""The sealed ballot box of a round: beginning one, and sending an answer into it, once.

Nothing here can read what lies in a box; opening is `survey.release`. A box's mac is made under a secret that is not
in the database and checked before anything is sealed, so that nobody with only the database can put a key of their
own there (PRIVACY.md 2).
"""

import hmac
import logging
import secrets
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import Connection, bindparam, exists, insert, or_, select
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
    db: Connection,
    installation: Installation,
    round: Round,
    *,
    submission: bytes,
    code: str | None,
    form: Form,
    record: Record,
) -> None:
    """Seal the record into the round's current box and spend the ticket.

    Raises `AlreadySent` for a page sent before, `Closed` for a ticket or round that takes no answer, `NotAllowed` for
    a form of another pool, `BadRequest` for a record too large, `Unavailable` when the box is not to be trusted.
    """
    if form.pool != round.pool:
        raise NotAllowed(_("%(form)s hör inte till %(pool)s.", form=form.id, pool=round.pool))
    identity = submission_id(installation, submission, round)
    current = _current(db, round, identity)
    _refuse_untrusted(installation, current)
    try:
        blob = seal(
            Submission(form.id, form.version, record),
            public=current.public,
            box=current.id,
            identity=identity,
            size=current.size,
        )
    except TooLarge:
        raise BadRequest(_("Svaren är för långa.")) from None
    if not round.open_link and not (code and spend(db, installation, round.id, code)):
        # Two posts of one page at the same moment: the other was first, and its answers are stored.
        raise AlreadySent if is_sent(db, identity) else Closed
    try:
        db.execute(_INSERT, {"id": identity, "box": current.id, "blob": blob})
    except IntegrityError:
        raise AlreadySent from None


def _current(db: Connection, round: Round, identity: bytes) -> Box:
    # On PostgreSQL a release may replace the box while this waits for its lock; the second look sees the new one.
    for _look in range(2):
        row = db.execute(_CURRENT, {"of": round.id, "identity": identity}).first()
        if row is not None:
            *columns, stored = row
            if stored:
                raise AlreadySent
            return Box(*columns)
    raise AlreadySent if is_sent(db, identity) else Closed


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
    # The lock a foreign key takes anyway; a release asks for the whole row and so waits for us, or we for it.
    .with_for_update(read=True, key_share=True, of=box)
)
_INSERT = insert(sealed)
