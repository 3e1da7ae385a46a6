"""Power cuts on order: a step is a statement, a commit, or anything done to the key folder; one of them fails."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event

from survey.installation import Installation
from survey.keys import CaseKeys, KeyFolder


class PowerCutError(BaseException):
    """The machine stopped here. Not an `Exception`, so that nothing catches it on the way."""


class Steps:
    """Counts steps and stops the world at one of them."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.taken = 0
        self._stop_at = stop_at

    def take(self, *_: object) -> None:
        """One more step; raises `PowerCutError` when it is the last."""
        if self.taken == self._stop_at:
            raise PowerCutError
        self.taken += 1


class _CountedKeys(KeyFolder):
    def __init__(self, keys: KeyFolder, steps: Steps) -> None:
        self.path, self.wrapping = keys.path, keys.wrapping
        self._steps = steps

    def new(self, box: str) -> bytes:
        self._steps.take()
        made = super().new(box)
        self._steps.take()
        return made

    def destroy_file(self, path: Path) -> None:
        self._steps.take()
        super().destroy_file(path)
        self._steps.take()


class _CountedCaseKeys(CaseKeys):
    def __init__(self, keys: CaseKeys, steps: Steps) -> None:
        self.path, self.wrapping = keys.path, keys.wrapping
        self._steps = steps

    def new(self, case: str) -> bytes:
        self._steps.take()
        made = super().new(case)
        self._steps.take()
        return made

    def destroy_file(self, path: Path) -> None:
        self._steps.take()
        super().destroy_file(path)
        self._steps.take()


@contextmanager
def counted(installation: Installation, stop_at: int | None = None) -> Iterator[tuple[Installation, Steps]]:
    """The installation, every step of which is counted, and which stops at step `stop_at`."""
    steps = Steps(stop_at)
    keys = _CountedKeys(installation.keys, steps)
    case_keys = _CountedCaseKeys(installation.case_keys, steps)
    targets: list[tuple[Engine, str]] = [
        (engine, name) for engine in (installation.engine,) for name in ("before_cursor_execute", "commit")
    ]
    for engine, name in targets:
        event.listen(engine, name, steps.take)
    try:
        yield dataclasses.replace(installation, keys=keys, case_keys=case_keys), steps
    finally:
        for engine, name in targets:
            event.remove(engine, name, steps.take)
