"""How much may be asked of the house beyond what single pages say: at the staff's door, by programs, in files.

None of these can shut out those who share an address and are in already: at the door a neighbourhood counts, because
nobody is known there yet; behind it the account does. What a respondent does is counted nowhere. Referrals, saved
drafts, withdrawals and votes have limits of their own (`pages.refer`, `pages.withdraw`, `pages.vote`); how many files
are made at once is `exports.making`, and how often one address's passphrase may be wrong `staff.sessions`.
"""

from dataclasses import dataclass, field

from flask import Flask, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from pages.pace import Pace, near
from staff.policy import Program, Public, policy_of

WAIT = 30
"""Seconds somebody is asked to wait."""


@dataclass(frozen=True)
class Limits:
    """Who has asked how much lately, by each process for itself."""

    door: Pace = field(default_factory=lambda: Pace(burst=60, per_second=0.5))
    """Passphrases, codes and invitations that a neighbourhood may try: a whole office at eight in the morning, and then
    one every other second. Each costs the server a tenth of a second and sixty-four megabytes."""
    programs: Pace = field(default_factory=lambda: Pace(burst=600, per_second=10))
    """What the programs of one account may ask."""
    files: Pace = field(default_factory=lambda: Pace(burst=30, per_second=0.2))
    """Files an account may hand in: each is unpacked and read."""


def keep(app: Flask) -> None:
    """Hold `app` to its limits. Comes after the gate, which says who asks."""
    app.extensions["samsvar.limits"] = Limits()
    app.before_request(_slow_down)


def allow_a_file() -> None:
    """Count a file that a member of staff hands in. Raises `TooManyRequests`."""
    _go_on(_limits().files, g.member.account)


def _slow_down() -> None:
    if request.endpoint is None:
        return
    policy = policy_of(current_app, request.endpoint)
    if isinstance(policy, Program):
        _go_on(_limits().programs, g.member.account)
    elif not isinstance(policy, Public) and "member" not in g and _tries_something():
        _go_on(_limits().door, near(request.remote_addr))


def _tries_something() -> bool:
    """What is sent, and what makes the server ask the identity provider."""
    return request.method == "POST" or request.blueprint == "provider"


def _go_on(pace: Pace, who: str) -> None:
    if not pace.allows(who):
        raise TooManyRequests(retry_after=WAIT)


def _limits() -> Limits:
    found: Limits = current_app.extensions["samsvar.limits"]
    return found
