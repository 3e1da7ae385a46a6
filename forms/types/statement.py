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

    def read(self, values: Sequence[str], question: Question, language: str) -> Answer | None:  # noqa: ARG002
        return None

    def keep(self, question: Question, answer: Answer) -> dict[str, Stored]:  # noqa: ARG002
        return {}

    def lack(self, question: Question, code: str) -> dict[str, Stored]:  # noqa: ARG002
        return {}

    def columns(self, question: Question) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def heaviest(self, question: Question) -> Iterable[dict[str, Stored]]:  # noqa: ARG002
        return [{}]
