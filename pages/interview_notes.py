"""What an interviewer has written, read once more before it is sent: words that may point somebody out.

Guessing is `survey.records.naming`; whoever wrote the notes says of each word whether it stays. What stays is read by
somebody else before it leaves (`exports.quotes`).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from sqlalchemy import Connection

from forms.model import Answer, Form, Row
from pages.state import PageState
from survey.cases.parties import parties
from survey.records import naming
from survey.records.naming import names_around, pointing
from survey.redaction import REMOVED

GONE, KEPT = "gone", "kept"


def marked(db: Connection, team: str, form: Form, state: PageState) -> tuple[str, ...]:
    """The words to be asked about at the end of the conversation, in order, each once."""
    if state.view != "check":
        return ()
    found = pointing(_texts(form, state), names_around(db, team), parties(db, team))
    return tuple(word for word in found if word not in REMOVED)


def control(word: str) -> str:
    """The name of the control that asks about a word."""
    return f"ord-{sha256(word.encode()).hexdigest()[:10]}"


def decided(words: Collection[str], posted: Mapping[str, str]) -> dict[str, bool]:
    """Word -> whether it goes, for those that were decided about."""
    said = {word: posted.get(control(word)) for word in words}
    return {word: choice == GONE for word, choice in said.items() if choice in (GONE, KEPT)}


def without(state: PageState, words: Collection[str]) -> PageState:
    """The state with these words taken out of everything that was written."""
    return replace(state, answers={q: _cleared(answer, words) for q, answer in state.answers.items()})


def _cleared(answer: Answer, words: Collection[str]) -> Answer:
    if isinstance(answer, str):
        return naming.without(answer, words)
    rows = [part for part in answer if not isinstance(part, str)]
    if rows:
        return tuple(_cleared_row(row, words) for row in rows)
    return answer


def _cleared_row(row: Row, words: Collection[str]) -> Row:
    return {name: naming.without(said, words) if isinstance(said, str) else said for name, said in row.items()}


def _texts(form: Form, state: PageState) -> Iterator[str]:
    for question in form.questions:
        answer = state.answers.get(question.id)
        if question.privacy != "free_text" or answer is None:
            continue
        if isinstance(answer, str):
            yield answer
        for row in answer if not isinstance(answer, str) else ():
            if not isinstance(row, str):
                yield from (said for said in row.values() if isinstance(said, str))
