"""What is kept of each language a form is translated into, beside the draft: for which text a translation was written,
and who approves it. It outlives the draft: what was not published waits here for the next one.

`survey.authoring` tells of every change; what is done with languages is `survey.translations`.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from forms.content import Content, Place, Used, languages_in
from forms.editing import ChangeTexts
from forms.leaves import texts_of
from forms.translating import (
    Marks,
    Own,
    Progress,
    Unit,
    marked,
    marks_as_text,
    marks_from,
    own_texts,
    progress_in,
    seal,
    translated,
    units,
)
from survey.tables import form_language


class Written(Protocol):
    """What has been written of a form, known by itself: `survey.authoring.Written`."""

    def __hash__(self) -> int: ...

    @property
    def content(self) -> Content: ...


def note(db: Connection, form: str, before: Content | None, after: Content) -> None:
    """Keep what was newly written in which language, and for which text."""
    was = {one.key: one.words for one in own_texts(before)} if before else {}
    changed = [(one, was.get(one.key, {})) for one in own_texts(after) if one.words != was.get(one.key)]
    known = {language for one, old in changed for language in (*one.words, *old)} - {after["languages"][0]}
    for language in sorted(known):
        written = [one for one, old in changed if one.words.get(language) != old.get(language)]
        marks = marks_of(db, form, language) if written else {}
        found = marked(marks, written, language)
        if found != marks:
            keep(db, form, language, found)


def with_translations(db: Connection, form: str, content: Content) -> Content:
    """The content with the translations that were not ready when it was published."""
    texts: dict[Place, dict[str, str]] = {}
    for row in db.execute(select(form_language).where(form_language.c.form == form)):
        if row.language not in content["languages"]:
            for place, words in translated(content, row.language, marks_from(row.marks), current=False).items():
                texts.setdefault(place, {}).update(words)
    return ChangeTexts(texts).on(content, Used())


def approved(db: Connection, form: str, written: Written) -> frozenset[str]:
    """Languages somebody has approved letter by letter as they stand now."""
    rows = db.execute(select(form_language).where(form_language.c.form == form, form_language.c.approved.is_not(None)))
    return frozenset(row.language for row in rows if standing(written, row.language, row.marks).is_sealed(row.approved))


def outdated(db: Connection, form: str, written: Written) -> dict[str, int]:
    """Languages of the form with texts that must be looked over, and how many."""
    rows = db.execute(select(form_language).where(form_language.c.form == form)).all()
    counted = {row.language: standing(written, row.language, row.marks).progress.review for row in rows}
    return {language: count for language, count in counted.items() if count}


@dataclass(frozen=True, eq=False)
class Standing:
    """How a language stands."""

    written: Written
    language: str
    marks: str

    @cached_property
    def progress(self) -> Progress:
        """How far it has come."""
        return progress_in(_own(self.written), self.language, marks_from(self.marks))

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Every text with its translation, in the order of the form."""
        return units(self.written.content, self.language, marks_from(self.marks))

    def is_sealed(self, approved: str) -> bool:
        """Whether it stands as it was approved. What is not complete was not approved so, and need not be read."""
        return self.progress.complete and approved == self._seal

    @cached_property
    def _seal(self) -> str:
        return seal(self.units)


@lru_cache(maxsize=64)
def standing(written: Written, language: str, marks: str) -> Standing:
    """Asked once for each content: a long form has two thousand texts in each language."""
    return Standing(written, language, marks)


@lru_cache(maxsize=8)
def _own(written: Written) -> tuple[Own, ...]:
    return tuple(own_texts(written.content))


def marks_of(db: Connection, form: str, language: str) -> Marks:
    """What has been written in the language, and for which texts."""
    row = row_of(db, form, language)
    return marks_from(row.marks) if row else {}


def row_of(db: Connection, form: str, language: str) -> Row[Any] | None:
    """All that is kept of the language, or None."""
    return db.execute(select(form_language).where(is_(form, language))).one_or_none()


def keep(db: Connection, form: str, language: str, marks: Marks) -> None:
    """Keep the marks of the language, which from now on is one the form is translated into."""
    values = {"marks": marks_as_text(marks)}
    if row_of(db, form, language) is None:
        db.execute(insert(form_language).values(form=form, language=language, **values))
    else:
        db.execute(update(form_language).where(is_(form, language)).values(**values))


def is_(form: str, language: str) -> ColumnElement[bool]:
    """The row of a language."""
    return (form_language.c.form == form) & (form_language.c.language == language)


def languages_of_texts(content: Content) -> list[str]:
    """The form's languages, and after them every other that anything stands in."""
    found = dict.fromkeys(languages_in(content))
    for _place, words in texts_of(content):
        found.update(dict.fromkeys(words))
    return list(found)
