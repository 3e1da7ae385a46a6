"""Rounds: a form opened to a team's participants, by slips with codes or by an open link.

Nothing here tells how many have answered, not even to the coordinator who prints the slips (PRIVACY.md 2, P8).
"""

import secrets
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, Select, exists, insert, not_, select, update

from forms.model import Form
from survey.box import begin
from survey.errors import BadRequest, Closed, NotAllowed, NotFound
from survey.installation import Installation
from survey.model import Round
from survey.tables import association, published_form, round_, ticket
from survey.tables import team as team_
from survey.tickets import issue, ticket_hash, withdraw


@dataclass(frozen=True)
class Opened:
    """A new round and the codes of its slips, which are shown this once."""

    round: Round
    codes: tuple[str, ...]


def open_round(
    db: Connection,
    installation: Installation,
    team: str,
    form: Form,
    *,
    tickets: int = 0,
    participants: int = 0,
    open_link: bool = False,
) -> Opened:
    """Open a published anonymous form to a team's participants.

    Raises `BadRequest` for more tickets than 1.2 times the participants named or neither tickets nor link,
    `NotAllowed` for a form that is not anonymous, `NotFound` for an unknown team.
    """
    if form.kind != "anonymous":
        raise NotAllowed(_("%(form)s är inte ett anonymt formulär och kan inte öppnas som en omgång.", form=form.id))
    if form.script:
        raise NotAllowed(_("%(form)s fylls i av den som intervjuar, i en omgång av ett annat formulär.", form=form.id))
    if open_link == bool(tickets):
        raise BadRequest(_("Välj antingen koder eller en öppen länk."))
    if not db.scalar(select(exists().where(team_.c.slug == team))):
        raise NotFound(_("Teamet %(team)s finns inte.", team=team))
    identity = secrets.token_hex(8)
    db.execute(insert(round_).values(id=identity, team=team, form=form.id, version=form.version, open_link=open_link))
    begin(db, installation, find_round(db, identity))
    codes = () if open_link else _issue(db, installation, identity, tickets, participants)
    return Opened(find_round(db, identity), codes)


def add_tickets(
    db: Connection, installation: Installation, round: Round, n: int, participants: int = 0
) -> tuple[str, ...]:
    """More codes for an open round; `participants` are those named besides the ones named before.

    Raises `BadRequest` above the cap, `Closed` for a closed round, `NotAllowed` for one with an open link.
    """
    if round.open_link:
        raise NotAllowed(_("En omgång med öppen länk har inga koder."))
    return _issue(db, installation, round.id, n, participants)


def void(db: Connection, installation: Installation, round: Round) -> tuple[str, ...]:
    """Make every unspent code worthless and print as many as the whole pile had. Raises `Closed`.

    As many as were issued since the box began, not as many as were unspent: the difference would tell how many
    have answered.
    """
    counted = db.execute(
        update(round_)
        .where(round_.c.id == round.id, round_.c.state == "open", not_(round_.c.open_link))
        .values(voided=round_.c.issued, issued=2 * round_.c.issued - round_.c.voided)
        .returning(round_.c.issued - round_.c.voided)
    ).scalar()
    if counted is None:
        raise Closed
    withdraw(db, round.id)
    return issue(db, installation, round.id, counted)


def close(db: Connection, round: Round) -> None:
    """Stop answering. What lies in the box still waits for the end of the period."""
    db.execute(update(round_).where(round_.c.id == round.id).values(state="closed"))
    withdraw(db, round.id)


def round_by_code(db: Connection, installation: Installation, code: str) -> Round:
    """The round a code opens. Raises `Closed`, the same for unknown, used, void and closed."""
    wanted = ticket_hash(installation, code)
    return _only(db, _ROUNDS.join(ticket).where(ticket.c.hash == wanted, not_(ticket.c.spent)))


def round_by_link(db: Connection, round: str) -> Round:
    """The round behind an open link. Raises `Closed`, the same for unknown and closed."""
    if "\x00" in round:
        raise Closed  # PostgreSQL refuses to look for such a name
    return _only(db, _ROUNDS.where(round_.c.id == round, round_.c.open_link))


def find_round(db: Connection, round: str) -> Round:
    """A round by its id, open or closed. Raises `NotFound`."""
    row = db.execute(_ROUNDS.where(round_.c.id == round)).first()
    if row is None:
        raise NotFound(_("Omgången %(round)s finns inte.", round=round))
    return Round(*row)


def rounds_of(db: Connection, team: str) -> tuple[Round, ...]:
    """The team's rounds, the open ones first."""
    rows = db.execute(_ROUNDS.where(round_.c.team == team).order_by(round_.c.state.desc(), round_.c.id))
    return tuple(Round(*row) for row in rows)


_ROUNDS: Select[Any] = (
    select(
        round_.c.id,
        round_.c.team,
        team_.c.association,
        round_.c.form,
        round_.c.version,
        published_form.c.pool,
        round_.c.open_link,
        round_.c.state,
        round_.c.participants,
        round_.c.issued,
        round_.c.voided,
        association.c.mix,
        association.c.period,
    )
    .join_from(round_, team_)
    .join(association)
    .join(published_form)
)


def _only(db: Connection, query: Select[Any]) -> Round:
    row = db.execute(query.where(round_.c.state == "open")).first()
    if row is None:
        raise Closed
    return Round(*row)


def _issue(db: Connection, installation: Installation, round: str, n: int, participants: int) -> tuple[str, ...]:
    if n < 1 or participants < 0:
        raise BadRequest(_("Ange hur många koder som ska skrivas ut, minst en."))
    issued, named = round_.c.issued + n, round_.c.participants + participants
    changed = db.execute(
        update(round_)
        .where(round_.c.id == round, round_.c.state == "open", 5 * (issued - round_.c.voided) <= 6 * named)
        .values(issued=issued, participants=named)
    )
    if changed.rowcount != 1:
        _refuse(find_round(db, round), participants)
    return issue(db, installation, round, n)


def _refuse(round: Round, participants: int) -> None:
    if not round.open:
        raise Closed
    allowed = 6 * (round.participants + participants) // 5 - (round.issued - round.voided)
    raise BadRequest(
        _(
            "Du kan skriva ut högst %(allowed)s koder till: 1,2 gånger antalet deltagare. Eller ange fler deltagare.",
            allowed=max(allowed, 0),
        )
    )
