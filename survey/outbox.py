"""The outbox: notices to staff that something waits for them, kept here until a mail server has taken each.

A notice is a sentence and nothing else: no name, no number, no team, no party (PRIVACY.md 4). What it is about stands
behind the sign-in. A server that is away, or says no, delays a notice and never loses it; a crash between the server's
yes and ours sends it twice rather than not at all. Who is told of what is decided by `survey.cases` and
`survey.reminders`.
"""

import logging
import secrets
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from survey.errors import place
from survey.installation import Installation
from survey.tables import account, outbox

NOTICES: Mapping[str, str] = {
    "new_case": "Det finns en ny anmälan.",
    "task": "Något i ett ärende väntar på dig.",
    "withdrawn": "Ett samtycke har tagits tillbaka.",
    "expiring": "Ett samtycke går snart ut.",
    "confirm_oral": "Ett muntligt samtycke behöver bekräftas.",
    "follow_up": "Det är dags att följa upp en plan.",
}
"""What is mailed of each kind, besides where to sign in."""
SUBJECT = "Samsvar: något väntar på dig"
PATIENCE = 10.0
"""Seconds to wait for the mail server."""
LEASE = timedelta(minutes=15)
"""For so long a notice belongs to whoever is sending it; after a crash it is anybody's again."""
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
KEPT = timedelta(days=30)
"""For so long it can be seen that a notice was sent."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_log = logging.getLogger("samsvar.outbox")


@dataclass(frozen=True)
class Sent:
    """What a run came to, in numbers of notices."""

    sent: int
    waiting: int


@dataclass(frozen=True)
class Notice:
    """One notice on its way."""

    id: str
    kind: str
    address: str
    tries: int


def put(db: Connection, account_id: str, notice: str, team: str, now: datetime) -> None:
    """Have the account told; one of the same kind that still waits is enough for both. Raises `KeyError` for an
    unknown kind.
    """
    NOTICES[notice]
    same = (outbox.c.account == account_id, outbox.c.notice == notice, outbox.c.team == team)
    if db.execute(select(outbox.c.id).where(*same, _WAITS)).first():
        return
    row = {"id": secrets.token_hex(16), "account": account_id, "notice": notice, "team": team, "made": now, "due": now}
    db.execute(insert(outbox).values(row))


def send_due(installation: Installation, now: datetime) -> Sent:
    """Send what is due, and forget what was sent long ago. Without a mail server everything goes on waiting: the pages
    show it anyway.
    """
    address = installation.settings.mail_url
    claimed = _claim(installation, now) if address else []
    taken: set[str] = set()
    if claimed:
        try:
            with _server(urlsplit(address)) as server:
                for notice in claimed:
                    if _taken(server, _message(installation, notice, now)):
                        taken.add(notice.id)
        except (OSError, smtplib.SMTPException) as fault:
            _log.warning("The mail server is away or refuses; tried again later: %s", place(fault))
    return _settle(installation, claimed, taken, now)


def pause(tries: int) -> timedelta:
    """How long after so many tries the next one comes: a minute, two, four, up to six hours."""
    return min(SHORTEST_PAUSE * (1 << min(tries - 1, 20)), LONGEST_PAUSE)


def _claim(installation: Installation, now: datetime) -> list[Notice]:
    """The notices that are due, now ours for a while: nobody else sends them meanwhile."""
    query = (
        select(outbox.c.id, outbox.c.notice, account.c.email, outbox.c.tries)
        .join_from(outbox, account)
        .where(_WAITS, _is_due(now))
        .order_by(outbox.c.due, outbox.c.id)
    )
    with installation.writing() as db:
        return [Notice(*row) for row in db.execute(query).all() if _mine(db, row.id, now)]


def _mine(db: Connection, identity: str, now: datetime) -> bool:
    free = (outbox.c.id == identity, _WAITS, _is_due(now))
    return db.execute(update(outbox).where(*free).values(due=now + LEASE)).rowcount == 1


def _is_due(now: datetime) -> ColumnElement[bool]:
    """One that is due later than any pause was put there while the clock ran ahead."""
    return or_(outbox.c.due <= now, outbox.c.due > now + LONGEST_PAUSE)


def _taken(server: smtplib.SMTP, message: EmailMessage) -> bool:
    """Whether the server took the message. Raises where the server as a whole does not answer.

    No refusal is final: a wrong address, or a server set up wrongly, may be mended.
    """
    try:
        server.send_message(message)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as fault:
        _log.warning("The mail server refuses a notice; tried again later: %s", place(fault))
        return False
    return True


def _message(installation: Installation, notice: Notice, now: datetime) -> EmailMessage:
    base = installation.settings.base_url
    message = EmailMessage()
    message["From"] = installation.settings.mail_from
    message["To"] = notice.address
    message["Subject"] = SUBJECT
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{notice.id}@{urlsplit(base).hostname}>"  # the same each time, should it be sent twice
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{NOTICES[notice.kind]} Logga in.\n\n{base}/personal/logga-in\n")
    return message


def _settle(installation: Installation, claimed: Sequence[Notice], taken: Set[str], now: datetime) -> Sent:
    """Write down what came of each: those not reached wait like those that were refused."""
    with installation.writing() as db:
        for notice in claimed:
            later = {"tries": notice.tries + 1, "due": now + pause(notice.tries + 1)}
            after = {"sent": now} if notice.id in taken else later
            db.execute(update(outbox).where(outbox.c.id == notice.id).values(**after))
        db.execute(delete(outbox).where(outbox.c.sent < now - KEPT))
        return Sent(len(taken), db.scalar(select(func.count()).where(_WAITS)) or 0)


@contextmanager
def _server(address: SplitResult) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted unless the server is this very machine."""
    host, secure = address.hostname or "", ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, address.port or 465, timeout=PATIENCE, context=secure)
    else:
        server = smtplib.SMTP(host, address.port or 25, timeout=PATIENCE)
    with server:
        if address.scheme == "smtp" and host not in _LOCAL:
            server.starttls(context=secure)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        yield server


_WAITS = outbox.c.sent.is_(None)
