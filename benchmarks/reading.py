"""An evaluator's page: it must not matter how many have answered, since everything shown is stored."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

from flask.testing import FlaskClient
from sqlalchemy import insert

from app import create_app
from benchmarks.measure import Measured, compare, processor_seconds
from benchmarks.opening import responses
from benchmarks.scene import Scene, add_release, scene
from exports import groups
from pages.gate import LOOPBACK_COOKIE
from settings import Settings
from staff import accounts, sessions
from survey.periods import Period
from survey.tables import response

MANY, FEW = 1_000_000, 1_000
VIEWS = 40
_BATCH = 5000
_PERIOD = Period.parse("2025-Q4")
_PATH = "/personal/utvardering/matt/experience/"


def overview() -> Measured:
    """Processor time of the overview with a million released responses, against the same with a thousand."""
    with _evaluator(MANY) as many, _evaluator(FEW) as few:
        return compare("overview", "<= 1.2", "s CPU per page", lambda: _view(many), lambda: _view(few))


def _view(client: FlaskClient) -> float:
    return processor_seconds(lambda: [_page(client) for _one in range(VIEWS)]) / VIEWS


def _page(client: FlaskClient) -> bytes:
    answer = client.get(_PATH)
    assert answer.status_code == 200, answer.status
    return bytes(answer.data)


@contextmanager
def _evaluator(n: int) -> Iterator[FlaskClient]:
    """Somebody signed in as evaluator of an association where `n` responses have been released."""
    with scene() as at:
        release_many(at, n)
        now = sessions.now()
        with at.installation.writing() as db:
            grant = accounts.grant(db, "evaluator", "matt")
            reference = sessions.begin(db, accounts.add(db, "mat@exempel.se", "Mät Person", grant), now)
        client = create_app(Settings.load(at.environ)).test_client()
        client.set_cookie(LOOPBACK_COOKIE, reference)
        yield client


def release_many(at: Scene, n: int) -> None:
    """Open `n` answers of the scene's team, and close the period."""
    stored = cycle(responses(at.form))
    with at.installation.writing() as db:
        identity = add_release(db, at.form, _PERIOD, n)
        for start in range(0, n, _BATCH):
            rows = islice(stored, min(_BATCH, n - start))
            db.execute(
                insert(response),
                [{"id": secrets.token_bytes(16), "release": identity, "answers": text} for text in rows],
            )
        groups.close(db, "matt", _PERIOD, _PERIOD.next.first_day)
