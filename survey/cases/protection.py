"""Protected identity: asked first, and never stored, not even the answer (PRIVACY.md P21).

The pages lead such a person to a phone number before anything is kept. Here it is held once more, where things are
stored: an answer that says yes stops the storing, any other is left out.
"""

from typing import TypeVar

from survey.errors import Protected

QUESTION = "an_skydd"
"""The question about protected identity, in every form that refers somebody."""
YES = "1"
_Answer = TypeVar("_Answer")


def without(answers: dict[str, _Answer]) -> dict[str, _Answer]:
    """The answers but for that one. Raises `Protected` where it says yes."""
    if answers.get(QUESTION) == YES:
        raise Protected
    return {question: answer for question, answer in answers.items() if question != QUESTION}
