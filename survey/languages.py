"""What is kept of each language a form is translated into, beside the draft: for which text a translation was written,
and who approves it. It outlives the draft: what was not published waits here for the next one.

`survey.authoring` tells of every change; what is done with languages is `survey.translations`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from forms.content import Content, Place, Used, Words, languages_in, texts_within
from forms.editing import ChangeTexts
from forms.leaves import Leaf
from forms.translating import (
    Group,
    Marks,
    Own,
    Progress,
    Unit,
    grouped,
    kept_in,
    marked,
    marks_as_text,
    marks_from,
    own_texts,
    progress_in,
    seal,
    translated,
    units,
    without_blanks,
)
from survey.tables import form_language


class Written(Protocol):
    """What has been written of a form, known by itself: `survey.authoring.Written`."""

    def __hash__(self) -> int: ...

    @property
    def content(self) -> Content: ...

    @property
    def leaves(self) -> tuple[Leaf, ...]: ...


def note(db: Connection, form: str, before: Written | None, after: Written) -> None:
    """Keep what was newly written in which language, and for which text."""
    same = {*before.leaves} & {*after.leaves} if before else set()
    was = {one.key: one.words for one in own_texts(before.content, _but(same, before))} if before else {}
    every = own_texts(after.content, _but(same, after))
    changed = [(one, was.get(one.key, {})) for one in every if one.words is not was.get(one.key)]
    known = {language for one, _old in changed for language in one.words} - {after.content["languages"][0]}
    written = {each: [one for one, old in changed if _is_new(each, one.words, old)] for each in sorted(known)}
    wanted = form_language.c.language.in_([language for language, texts in written.items() if texts])
    query = select(form_language.c.language, form_language.c.marks).where(form_language.c.form == form, wanted)
    stored = {row.language: row.marks for row in db.execute(query)}
    marks = {each: marked(stored.get(each, ""), texts, each) for each, texts in written.items() if texts}
    _keep_all(db, form, {each: own for each, own in marks.items() if own != stored.get(each)}, stored)


def settle(db: Connection, form: str, written: Written) -> None:
    """The draft is about to be gone: a text that was taken away in a language does not come with the next one."""
    every = tuple(own_texts(written.content, written.leaves))
    for row in db.execute(select(form_language.c.language, form_language.c.marks).where(form_language.c.form == form)):
        marks = marks_from(row.marks)
        kept = without_blanks(marks, every, row.language)
        if kept != marks:
            keep(db, form, row.language, kept)


def _is_new(language: str, words: Words, old: Words) -> bool:
    return bool(words.get(language)) and words[language] != old.get(language)


def _but(same: Collection[Leaf], written: Written) -> tuple[Leaf, ...]:
    return tuple(leaf for leaf in written.leaves if leaf not in same)


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
        return progress_in(_groups(self.written), self.language, kept_in(self.marks))

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Every text with its translation, in the order of the form."""
        return units(self._texts(), self.language, marks_from(self.marks))

    def units_at(self, keys: Collection[str]) -> tuple[Unit, ...]:
        """Those of them that have these keys."""
        return units((one for one in self._texts() if one.key in keys), self.language, marks_from(self.marks))

    def is_sealed(self, approved: str) -> bool:
        """Whether it stands as it was approved. What is not complete was not approved so, and need not be read."""
        return self.progress.complete and approved == self._seal

    def _texts(self) -> Iterator[Own]:
        return own_texts(self.written.content, self.written.leaves)

    @cached_property
    def _seal(self) -> str:
        return seal(self.units)


@lru_cache(maxsize=64)
def standing(written: Written, language: str, marks: str) -> Standing:
    """Asked once for each content: a long form has two thousand texts in each language."""
    return Standing(written, language, marks)


@lru_cache(maxsize=8)
def _groups(written: Written) -> tuple[Group, ...]:
    return tuple(grouped(written.content, written.leaves))


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


def _keep_all(db: Connection, form: str, marks: Mapping[str, str], known: Collection[str]) -> None:
    """The same for several languages, of which some are `known`; marks as they are stored."""
    rows = [{"of": language, "kept": own} for language, own in marks.items()]
    here = (form_language.c.form == form) & (form_language.c.language == bindparam("of"))
    old, new = ([row for row in rows if (row["of"] in known) == there] for there in (True, False))
    if old:
        db.execute(update(form_language).where(here).values(marks=bindparam("kept")), old)
    if new:
        db.execute(insert(form_language), [{"form": form, "language": r["of"], "marks": r["kept"]} for r in new])


def is_(form: str, language: str) -> ColumnElement[bool]:
    """The row of a language."""
    return (form_language.c.form == form) & (form_language.c.language == language)


def languages_of_texts(written: Written) -> list[str]:
    """The form's languages, and after them every other that anything stands in."""
    known = languages_in(written.content)
    around = {key: value for key, value in written.content.items() if key != "pages"}
    found = dict.fromkeys(known)
    for _place, words in texts_within(around, (), frozenset(known)):
        found.update(dict.fromkeys(words))
    for leaf in written.leaves:
        found.update(leaf.spoken)
    return list(found)
