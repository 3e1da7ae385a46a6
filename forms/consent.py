"""What a person says yes or no to: the exact words, in one language, with a fingerprint (PRIVACY.md 4).

Who has said what, when and for how long is not here but in the case's events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from forms.model import Form, Text
from forms.placeholders import fill


class NoWording(Exception):
    """Some of the text is not in that language: a consent is never asked for in another than the page's."""


@dataclass(frozen=True)
class Line:
    """One consent of the form: whom it is about, and the questions that hold it."""

    party: str
    question: str
    limits: str | None
    """The question about what must not be told, asked of «Ja, men inte allt»."""


@dataclass(frozen=True)
class Wording:
    """What stood on the page, word for word."""

    version: str
    party: str
    language: str
    text: str
    """The consent text, the question with its help, and what can be answered, a line each."""

    @property
    def sha256(self) -> str:
        """The fingerprint of the text, in hex."""
        return sha256(self.text.encode()).hexdigest()


def lines(form: Form) -> tuple[Line, ...]:
    """The consents the form asks for, in order."""
    asked = [(question.party, question.id) for question in form.questions if question.party]
    return tuple(Line(party, q, f"{q}_inte" if f"{q}_inte" in form.by_id else None) for party, q in asked)


def wording(form: Form, party: str, language: str, blanks: Mapping[str, str]) -> Wording:
    """What `form` says in `language` when it asks about `party`, with its blanks filled in (the date among them).

    Raises `NoWording` when any of it is missing in that language, and `KeyError` for a party it does not ask about.
    """
    asked = {line.party: form.by_id[line.question] for line in lines(form)}[party]
    if form.consent is None:
        raise NoWording(language)
    said = [asked.text, *([asked.help] if asked.help else []), *(choice.text for choice in asked.choices)]
    texts = [*form.consent.text, *said]
    if not all(text.has(language) for text in texts):
        raise NoWording(language)
    return Wording(form.consent.version, party, language, _as_shown(texts, language, blanks))


def _as_shown(texts: list[Text], language: str, blanks: Mapping[str, str]) -> str:
    return "\n".join(fill(text.in_(language), blanks) for text in texts)
