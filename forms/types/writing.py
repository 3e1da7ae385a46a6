"""Questions answered in own words: one line, or several."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from forms.messages import _, comment_too_long, too_long
from forms.model import Answer, Question, Stored
from forms.types.base import BadAnswer, QuestionType, Say

# NUL breaks PostgreSQL, other control characters and noncharacters break spreadsheet files, and the overrides of
# writing direction let a text pretend to say something else. The marks and joiners that Arabic and Persian need stay.
_LITTER = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufff9-\uffff\ud800-\udfff"
    + "".join(chr(plane * 0x10000 + end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
MOST = 5000
"""No text is longer than this: the sealed answers of a form are all as long as its longest."""


def clean(text: str) -> str:
    """The text as it is kept: composed letters (NFC), LF line ends, nothing invisible that could do harm."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _LITTER.sub("", lines)).strip()


def one_line(text: str) -> str:
    """`clean`, with line breaks and runs of spaces as single spaces."""
    return " ".join(clean(text).split())


class LongTextType(QuestionType):
    """Own words on several lines, or a comment box that waits behind its label."""

    name = "long_text"
    keys = frozenset({"max_length", "comment"})
    privacies = frozenset({"free_text", "identifying"})
    prompts = False
    usual_length = 1000

    def macro(self, question: Question) -> str:
        return "comment_box" if question.comment else "long_text"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        summary = {"summary": say(question.comment)} if question.comment else {}
        return {"max_length": self.limit(question), **summary}

    def limit(self, question: Question) -> int:
        """The most characters an answer may have."""
        return question.max_length or self.usual_length

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        text = self.clean(values[0] if values else "")
        excess = len(text) - self.limit(question)
        if excess > 0:
            say = comment_too_long if question.comment else too_long
            raise BadAnswer(say(self.limit(question), excess))
        return text or None

    def clean(self, text: str) -> str:
        """The text as this type keeps it."""
        return clean(text)

    def lack(self, question: Question, code: str) -> dict[str, Stored]:
        """Nothing: a response does not even tell that a text was left blank (PRIVACY.md 3.10)."""
        return {}

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{question.id: "\U0010fffd" * self.limit(question)}]

    def check(self, question: Question) -> Iterator[tuple[str, str, str]]:
        if not 1 <= self.limit(question) <= MOST:
            yield (
                "max_length",
                _("max_length är %(n)s.", n=question.max_length),
                _("Skriv ett tal från 1 till %(most)s.", most=MOST),
            )


class TextType(LongTextType):
    """Own words on one line."""

    name = "text"
    keys = frozenset({"max_length", "autocomplete"})
    usual_length = 200

    def macro(self, question: Question) -> str:
        return "text_input"

    def control(self, question: Question, say: Say) -> Mapping[str, object]:
        """Names are nobody's to spell: some browsers send what is written to be spelt elsewhere."""
        named = question.privacy == "identifying"
        return {"autocomplete": question.autocomplete or "off", "spellcheck": not named}

    def clean(self, text: str) -> str:
        return one_line(text)
