"""A text to read between questions; nothing is answered and nothing is kept."""

from collections.abc import Iterable, Sequence

from forms.model import Answer, Question, Stored
from forms.types.base import QuestionType


class StatementType(QuestionType):
    """Something said, not asked."""

    name = "statement"
    privacies = frozenset({"open"})
    operators = frozenset()
    prompts = False
    asks = False

    def macro(self, question: Question) -> str:
        return "statement"

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:
        return None

    def keep(self, question: Question, answer: Answer) -> dict[str, Stored]:
        return {}

    def lack(self, question: Question, code: str) -> dict[str, Stored]:
        return {}

    def columns(self, question: Question) -> tuple[str, ...]:
        return ()

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:
        return [{}]
