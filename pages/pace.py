"""How fast one may go on: enough for anybody's fingers, too little for a script that floods.

One phone in a room is its page's token, never its address: a whole room shares one, and must not be shut out by one of
its phones. Where no page has been given out yet, a neighbourhood of the network is one, and may do more (`near`).
Kept in memory for as long as it matters, by each process for itself.
"""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from ipaddress import ip_address, ip_network
from threading import Lock

BURST = 30
"""Requests at once: more than anybody's fingers make in a few seconds."""
PER_SECOND = 1.0
REMEMBERED = 20_000
"""Phones; those that have been still the longest are forgotten first, which gives them a new burst."""


_SALT = secrets.token_bytes(16)
"""Of this process alone: what is kept in memory of where somebody is tells nobody else."""


@dataclass
class Pace:
    """Who has asked how much lately."""

    burst: int = BURST
    per_second: float = PER_SECOND
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, token: str) -> bool:
        """Whether the phone may go on now, which counts."""
        now = time.monotonic()
        with self._lock:
            left, since = self._left.pop(token, (float(self.burst), now))
            left = min(self.burst, left + (now - since) * self.per_second)
            self._left[token] = (max(left - 1, 0), now)
            if len(self._left) > REMEMBERED:
                self._left.popitem(last=False)
        return left >= 1

    def give_back(self, token: str) -> None:
        """What the phone has just done does not count after all."""
        with self._lock:
            left, since = self._left.get(token, (float(self.burst), time.monotonic()))
            self._left[token] = (min(left + 1, self.burst), since)


def near(address: str | None) -> str:
    """The neighbourhood of a network address, unrecognisable: IPv6 hands out a whole street to every house."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    whole = str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
    return blake2b(whole.encode(), key=_SALT, digest_size=16).hexdigest()
