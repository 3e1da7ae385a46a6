"""What can go wrong in words of the house; one place (`pages`) turns each into a page, the CLI into a line.

An error says nothing about what somebody answered, and `Closed` is one and the same for a code that is unknown,
used, void or of a closed round: the difference would tell who has taken part.
"""

import traceback


class SurveyError(Exception):
    """The base of every domain error."""


class Closed(SurveyError):
    """There is nothing to answer here: the code or the round is unknown, used, void or closed."""


class AlreadySent(SurveyError):
    """This very page has been sent before; its answers are stored, once."""


class AlreadyCounted(SurveyError):
    """This phone's vote on the question is counted: it cannot be changed, and there is no second one."""


class Protected(SurveyError):
    """The person has a protected identity: nothing about them may be stored, not even that."""


class Outdated(SurveyError):
    """Somebody else has written meanwhile; `newest` is the version to look at first."""

    def __init__(self, newest: int) -> None:
        super().__init__()
        self.newest = newest


class TooOften(SurveyError):
    """Too many wrong codes came close; `wait` says in how many seconds it may be tried again."""

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


class NotAllowed(SurveyError):
    """A rule forbids it, whoever asks; the text says which."""


class NotFound(SurveyError):
    """There is no such thing; the text names it."""


class BadRequest(SurveyError):
    """What was asked for cannot be done as asked; the text says what to change."""


class Unavailable(SurveyError):
    """The storage cannot take it now (locked, full, away); trying again later may work."""


def place(fault: BaseException) -> str:
    """Kind and place of a fault in one line, for a log: without its message, which may quote what was sent."""
    steps = traceback.extract_tb(fault.__traceback__)
    return f"{type(fault).__name__} at {' > '.join(f'{step.filename}:{step.lineno}' for step in steps[-4:])}"
