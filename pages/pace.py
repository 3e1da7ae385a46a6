"""How fast one phone may go on: enough for anybody's fingers, too little for a script that floods.

A phone is its page's token. Never its address: a whole room shares one, and must not be shut out by one of its phones.
Kept in memory for as long as it matters, by each process for itself.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

BURST = 30
"""Requests at once: more than anybody's fingers make in a few seconds."""
PER_SECOND = 1.0
REMEMBERED = 20_000
"""Phones; those that have been still the longest are forgotten first, which gives them a new burst."""


@dataclass
class Pace:
    """Who has asked how much lately."""

    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, token: str) -> bool:
        """Whether the phone may go on now, which counts."""
        now = time.monotonic()
        with self._lock:
            left, since = self._left.pop(token, (float(BURST), now))
            left = min(BURST, left + (now - since) * PER_SECOND)
            self._left[token] = (max(left - 1, 0), now)
            if len(self._left) > REMEMBERED:
                self._left.popitem(last=False)
        return left >= 1
