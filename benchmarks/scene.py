"""An installation to measure on: one association, one team, one round with an open link."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert

from forms import library
from forms.model import Form
from settings import Settings
from survey import published, rounds, teams
from survey.installation import Installation, set_up
from survey.model import Round
from survey.periods import Period
from survey.tables import release


@dataclass(frozen=True)
class Scene:
    """What a benchmark works with; `environ` starts a server on the same installation."""

    installation: Installation
    round: Round
    form: Form
    environ: dict[str, str]
    folder: Path


@contextmanager
def scene(url: str = "") -> Iterator[Scene]:
    """A new installation, on SQLite or at `url`, gone when the block ends."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        environ = {
            "SAMSVAR_INSTANCE": str(folder / "instance"),
            "SAMSVAR_KEY_DIR": str(folder / "secret" / "keys"),
            "SAMSVAR_KEK_FILE": str(folder / "secret" / "kek.key"),
            "SAMSVAR_DATABASE_URL": url,
        }
        installation = set_up(Settings.load(environ))
        with installation.writing() as db:
            for form in library.shipped():
                published.publish(db, form)
            teams.add_association(db, "matt", "Mätförbundet")
            teams.add_team(db, "matt-team", "Mätteamet", association="matt", controller="Mätkommunen")
            form = published.newest(db, "experience")
            round_ = rounds.open_round(db, installation, "matt-team", form, open_link=True).round
        yield Scene(installation, round_, form, environ, folder)
        installation.close()


def add_release(db: Connection, form: Form, period: Period, n: int) -> str:
    """A release of `n` people by the scene's team; its id, for the responses that belong to it."""
    identity = secrets.token_hex(10)
    db.execute(
        insert(release).values(
            id=identity,
            association="matt",
            team="matt-team",
            form=form.id,
            began=period.label,
            period=period.label,
            n=n,
            participants=n,
            issued=n,
            voided=0,
            released_on=period.next.first_day,
        )
    )
    return identity
