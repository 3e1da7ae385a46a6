"""How easy a text is to read: LIX and the longest sentence (INSTRUMENTS.md 0, UX.md A18).

LIX = words per sentence + words of more than six letters per hundred words. It screens; it replaces no reader.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

PARTICIPANT_LIX, STAFF_LIX = 25, 40
PARTICIPANT_SENTENCE, STAFF_SENTENCE = 15, 20
"""What texts may at most measure, in LIX and in words of a sentence."""
LONG_WORD = 7

_END = re.compile(r"[.:!?]+(?:\s|$)")
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")


@dataclass(frozen=True)
class Ease:
    """What a set of texts measures."""

    words: int
    sentences: int
    long_words: int
    longest: int
    """Words in the longest sentence."""

    def __add__(self, other: "Ease") -> "Ease":
        """What both measure together."""
        return Ease(
            self.words + other.words,
            self.sentences + other.sentences,
            self.long_words + other.long_words,
            max(self.longest, other.longest),
        )

    @property
    def lix(self) -> float:
        """The reading-ease index; 0 for no text at all."""
        if not self.words:
            return 0.0
        return self.words / self.sentences + 100 * self.long_words / self.words


def measure(texts: Iterable[str]) -> Ease:
    """Measure texts together; each heading, list item and question ends a sentence of its own."""
    counted = [words for text in texts for words in _sentences(text)]
    every = [word for words in counted for word in words]
    return Ease(
        words=len(every),
        sentences=len(counted),
        long_words=sum(len(word) >= LONG_WORD for word in every),
        longest=max(map(len, counted), default=0),
    )


@lru_cache(maxsize=8192)
def words_in(text: str) -> int:
    """How many words a text has, counted once for each text."""
    return measure([text]).words


def hardest(texts: Iterable[str], lix: float, *, longer_than: int = 0) -> tuple[str, ...]:
    """The sentences that measure more than `lix` and have more words than `longer_than`, the hardest first."""
    sentences = [sentence.strip() for text in texts for sentence in _END.split(text)]
    measured = [(measure([sentence]), sentence) for sentence in dict.fromkeys(sentences) if sentence]
    over = [(ease.lix, sentence) for ease, sentence in measured if ease.lix > lix and ease.longest > longer_than]
    return tuple(sentence for _lix, sentence in sorted(over, key=lambda each: -each[0]))


def _sentences(text: str) -> Iterator[list[str]]:
    for sentence in _END.split(text):
        words = _WORD.findall(sentence)
        if words:
            yield words
