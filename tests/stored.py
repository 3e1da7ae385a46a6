"""What has been shown of an invented association, played once for a whole test module."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from exports import groups
from exports.contents import Contents
from survey.installation import set_up
from tests.conftest import settings_for
from tests.population import FORM, Population


def play(
    folders: pytest.TempPathFactory, migrated: Path, population: Population, years: Sequence[int] = (2025, 2026)
) -> list[Contents]:
    """Every group of the association in those years, the newest first."""
    folder = folders.mktemp(population.slug)
    (folder / "instance").mkdir()
    file = shutil.copy(migrated, folder / "instance" / "samsvar.db")
    installation = set_up(settings_for(folder, f"sqlite:///{file}"))
    with installation.writing() as db:
        population.play(db, groups.close, years=years)
        shown = groups.stored(db, population.slug, FORM)
    installation.close()
    return shown
