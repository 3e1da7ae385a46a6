"""How a comparison is made: in turns, so that a machine whose speed drifts treats both alike; the median is quoted."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measured:
    """One line of the table: our figure, the bare one, their ratio, and what the ratio ("<= 2.5") or our own figure
    ("ours <= 5") should be."""

    name: str
    ours: float
    bare: float
    ratio: float
    target: str
    unit: str

    @property
    def reached(self) -> bool:
        *of, sign, number = self.target.split()
        value = self.ours if of else self.ratio
        return value <= float(number) if sign == "<=" else value >= float(number)


def compare(
    name: str, target: str, unit: str, ours: Callable[[], float], bare: Callable[[], float], turns: int = 5
) -> Measured:
    """Take both figures in turns; the first turn of each only warms up."""
    ours(), bare()
    pairs = [(ours(), bare()) for _turn in range(turns)]
    ratio = median(mine / theirs for mine, theirs in pairs)
    return Measured(name, median(p[0] for p in pairs), median(p[1] for p in pairs), ratio, target, unit)


def processor_seconds(work: Callable[[], object]) -> float:
    """The processor time this process spends on `work`."""
    before = time.process_time()
    work()
    return time.process_time() - before


def wall_seconds(work: Callable[[], object]) -> float:
    """The time `work` takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before
