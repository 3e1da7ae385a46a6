"""Forms being written: a draft beside what is published, one step for each change, undo, history, publishing.

A change is an edit of `forms.editing`. Whoever sends a page says which revision it showed: a change elsewhere in
the form is merged by itself, one of the same place raises `Conflict` and nothing is lost. Drafts know nothing of
answers.
"""

import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Any

import orjson
from flask_babel import gettext as _
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from forms.bank import standard
from forms.content import Content, Used, as_published, languages_in, places_changed, short
from forms.critic import Context, Remark, judge
from forms.editing import Edit, blank, copied, next_version
from forms.leaves import Examined, Leaf, examine, leaves
from forms.messages import language_spoken
from forms.model import Form
from forms.schema import understand
from survey.db import exclusively, writes
from survey.errors import BadRequest, NotAllowed, NotFound, SurveyError
from survey.languages import approved, note, outdated, settle, with_translations
from survey.published import load, newest, pool_versions
from survey.published import publish as keep
from survey.tables import authored_form, form_draft_step, form_language, published_form

UNDOABLE = 10
"""How many steps can be undone."""
_ID = 30
"""Letters of a form's id at the most."""
_TOLD = tuple(column for column in form_draft_step.c if column.name != "before")
"""What is told of a step. The content before it is long, and read only to go back to it."""


@dataclass(frozen=True)
class Stamp:
    """Who changes something, when, and the random number of the page that was sent: the same page is one change."""

    by: str
    at: datetime
    submission: str


@dataclass(frozen=True, eq=False)
class Written:
    """What has been written so far, read once however often its pages are looked at."""

    text: str

    @cached_property
    def content(self) -> Content:
        """The same with the keys of a form file."""
        return dict(orjson.loads(self.text))

    @cached_property
    def examined(self) -> Examined:
        """As a form, with what is wrong with it."""
        return examine(self.content, self.leaves)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its pages, each with what is known of it."""
        return leaves(self.content)

    @property
    def form(self) -> Form | None:
        """As far as it can be understood as a form; it may have faults."""
        return self.examined.form


@dataclass(frozen=True)
class Draft:
    """A form as it is being written."""

    form: str
    association: str | None
    """Whose authors write it; None: the installation's."""
    revision: int
    written: Written
    published: int | None
    """The newest published version."""
    archived_on: date | None

    @property
    def content(self) -> Content:
        return self.written.content


@dataclass(frozen=True)
class Step:
    """One change: who, when, what (`forms.history.in_words`), and where."""

    revision: int
    by: str
    at: datetime
    did: Mapping[str, Any]
    places: frozenset[str]
    undone: bool


@dataclass(frozen=True)
class Shelved:
    """A form as it stands in the list of an author's forms."""

    form: str
    title: Mapping[str, str]
    kind: str
    association: str | None
    published: int | None
    draft: int | None
    """The version that is being written."""
    changed_at: datetime | None
    archived_on: date | None


class Conflict(SurveyError):
    """Somebody else has changed the same place since the page was shown. Nothing has been done."""

    def __init__(self, draft: Draft, steps: tuple[Step, ...], edit: Edit | None = None) -> None:
        super().__init__()
        self.draft = draft
        """How it stands now."""
        self.steps = steps
        self.edit = edit
        """What was to be done."""


def new_submission() -> str:
    """A number for a page that is about to be shown."""
    return secrets.token_hex(16)


def start_blank(db: Connection, title: str, kind: str, language: str, association: str | None, stamp: Stamp) -> str:
    """A form with a name and nothing to ask; an anonymous one has start and end pages that say what is promised.
    Returns its id; the same page sent twice starts one form."""
    around = standard() if kind == standard().kind and language in standard().languages else None
    return _start(db, lambda form: blank(form, kind, language, title.strip(), around), title, association, stamp)


def start_copy(db: Connection, source: Form, title: str, association: str | None, stamp: Stamp) -> str:
    """All of another form under a new id; without a title, under the same name."""
    name = title.strip() or source.title.in_(source.languages[0])
    return _start(db, lambda form: copied(source, form, title.strip()), name, association, stamp)


def start_brought(db: Connection, form: Form, association: str | None, stamp: Stamp) -> str:
    """What has come in through a door; its own id where nobody has that, else a new one."""
    exclusively(db)
    known = stamped(db, stamp)
    return known or _keep_new(db, copied(form, _free_id(db, form.id)), association, stamp)


def reopen(db: Connection, form: str, stamp: Stamp) -> Draft:
    """A draft that begins as the newest published version, or the one that is open. Raises `NotFound`."""
    row = _known(db, form)
    if row.draft is not None or stamped(db, stamp):
        return read(db, form)
    published = newest(db, form)
    content = with_translations(db, form, next_version(published))
    _write(db, form, row.revision, content, {"did": "Reopened", "version": published.version}, stamp)
    return read(db, form)


def read(db: Connection, form: str) -> Draft:
    """The form's open draft. Raises `NotFound`."""
    return _draft(db, _row(db, form))


def change(db: Connection, form: str, edit: Edit, seen: int, stamp: Stamp) -> Draft:
    """The draft with this done to it, once however often the page is sent.

    `seen` is the revision that the page showed. Raises `Conflict`, `forms.editing.Refused`, `NotFound`.
    """
    draft = _draft(db, _row(db, form))
    if stamped(db, stamp):
        return draft
    _refuse_clash(db, draft, seen, edit.places, edit)
    after = edit.on(draft.content, used(db, form))
    changed = places_changed(draft.content, after)
    if not changed and after == draft.content:
        return draft
    if edit.spreads:
        _refuse_clash(db, draft, seen, changed, edit)
    _write(
        db,
        form,
        draft.revision,
        after,
        edit.told(draft.content),
        stamp,
        was=draft.written,
        places=changed,
        undoable=True,
    )
    return read(db, form)


def undo(db: Connection, form: str, seen: int, stamp: Stamp) -> Draft:
    """The draft without its newest step that is not undone yet. Raises `Conflict` when somebody has changed anything
    since `seen`, `BadRequest` when there is nothing left to undo."""
    draft = _draft(db, _row(db, form))
    if stamped(db, stamp):
        return draft
    _refuse_anything_new(db, draft, seen)
    steps = undoable(db, form)
    if not steps:
        raise BadRequest(_("Det finns inget att ångra."))
    last = (form_draft_step.c.form == form) & (form_draft_step.c.revision == steps[0].revision)
    before = _read(db.scalar(select(form_draft_step.c.before).where(last)) or "").content
    db.execute(update(form_draft_step).where(last).values(undone=True, before=None))
    did = {"did": "Undone", "step": steps[0].did}
    places = places_changed(draft.content, before)
    _write(db, form, draft.revision, before, did, stamp, was=draft.written, places=places)
    return read(db, form)


def undoable(db: Connection, form: str) -> tuple[Step, ...]:
    """The steps that can be undone, the next one first."""
    return tuple(_step(row) for row in _undoable(db, form))


def restore(db: Connection, form: str, version: int, seen: int, stamp: Stamp) -> Draft:
    """The draft becomes what an earlier version was; that is a step like any other. Raises as `undo`."""
    draft = _draft(db, _row(db, form))
    if stamped(db, stamp):
        return draft
    _refuse_anything_new(db, draft, seen)
    after = with_translations(db, form, next_version(load(db, form, version))) | {"version": draft.content["version"]}
    changed = places_changed(draft.content, after)
    did = {"did": "Restored", "version": version}
    _write(db, form, draft.revision, after, did, stamp, was=draft.written, places=changed, undoable=True)
    return read(db, form)


def discard(db: Connection, form: str, seen: int, stamp: Stamp) -> None:
    """Throw the draft away; a form that was never published goes with it. Raises `Conflict` when somebody has changed
    anything since `seen`."""
    if stamped(db, stamp):
        return
    draft = _draft(db, _row(db, form))
    _refuse_anything_new(db, draft, seen)
    if draft.published is None:
        for table in (form_draft_step, form_language, authored_form):
            db.execute(delete(table).where(table.c.form == form))
        return
    _write(db, form, draft.revision, None, {"did": "Discarded"}, stamp, was=draft.written)


def publish(db: Connection, form: str, seen: int, stamp: Stamp) -> Form:
    """The draft as the next version, for ever; the draft is gone then. Rounds that run keep theirs.

    Raises `Conflict` when somebody has changed anything since `seen`, `NotAllowed` for what the critic calls a fault
    and for what `survey.published.publish` refuses, `BadRequest` when nothing has changed.
    """
    if stamped(db, stamp):
        return newest(db, form)
    draft = _draft(db, _row(db, form))
    _refuse_anything_new(db, draft, seen)
    exclusively(db)
    content = as_published(draft.content) | {"version": (draft.published or 0) + 1}
    ready, findings = understand(content)
    if ready is None or findings or any(each.fault for each in remarks(db, draft)):
        raise NotAllowed(_("Formuläret har fel som måste rättas först. Se kontrollen."))
    if draft.published and dumped(load(db, form, draft.published)) == dumped(ready):
        raise BadRequest(_("Inget har ändrats sedan version %(n)s.", n=draft.published))
    keep(db, ready)
    did = {"did": "Published", "version": ready.version}
    _write(db, form, draft.revision, None, did, stamp, was=draft.written)
    return ready


def context(db: Connection, draft: Draft) -> Context:
    """What the critic must know that does not stand in the draft."""
    return Context(
        approved=sorted(approved(db, draft.form, draft.written)) if "consent" in draft.content else (),
        outdated=outdated(db, draft.form, draft.written),
    )


def remarks(db: Connection, draft: Draft) -> tuple[Remark, ...]:
    """What the critic says of the draft, in the language spoken."""
    known = context(db, draft)
    return _judged(draft.written, tuple(known.approved), tuple(known.outdated.items()), language_spoken())


@lru_cache(maxsize=32)
def _judged(
    written: Written, approved: tuple[str, ...], outdated: tuple[tuple[str, int], ...], _language: str
) -> tuple[Remark, ...]:
    return judge(written.content, written.examined, Context(approved=approved, outdated=dict(outdated)))


def renumber(db: Connection, draft: Draft, version: int) -> None:
    """The draft becomes this version instead, since another one was published beside it."""
    content = _json({**draft.content, "version": version})
    db.execute(update(authored_form).where(authored_form.c.form == draft.form).values(draft=content))


def archive(db: Connection, form: str, on: date, stamp: Stamp) -> None:
    """No new round is started with the form; rounds that run, answers and figures stay."""
    _put_away(db, form, on, "Archived", stamp)


def unarchive(db: Connection, form: str, stamp: Stamp) -> None:
    """The form can be used again."""
    _put_away(db, form, None, "Unarchived", stamp)


def history(db: Connection, form: str) -> tuple[Step, ...]:
    """Every step the form has been changed in, the newest first."""
    query = select(*_TOLD).where(form_draft_step.c.form == form)
    return tuple(_step(row) for row in db.execute(query.order_by(form_draft_step.c.revision.desc())))


def step(db: Connection, form: str, revision: int) -> Step | None:
    """The step that made this revision, or None."""
    query = select(*_TOLD).where(form_draft_step.c.form == form, form_draft_step.c.revision == revision)
    row = db.execute(query).one_or_none()
    return _step(row) if row else None


def versions(db: Connection, form: str) -> tuple[int, ...]:
    """The published versions, the newest first."""
    query = select(published_form.c.version).where(published_form.c.form == form)
    return tuple(db.scalars(query.order_by(published_form.c.version.desc())))


def used(db: Connection, form: str) -> Used:
    """What published versions of the form and its pool have taken."""

    def published() -> list[Form]:
        pool = db.scalar(select(published_form.c.pool).where(published_form.c.form == form).limit(1))
        return pool_versions(db, pool or form)

    return Used(published)


def shelf(db: Connection, associations: Collection[str] | None) -> tuple[Shelved, ...]:
    """The forms that these associations' authors write; None: everybody's, also those that came with Samsvar."""
    tops = _tops(db)
    found: list[Shelved] = []
    latest = select(form_draft_step.c.form, func.max(form_draft_step.c.at)).group_by(form_draft_step.c.form)
    changed: dict[str, int] = dict(db.execute(latest).all())
    theirs = select(authored_form)
    if associations is not None:
        theirs = theirs.where(authored_form.c.association.in_(associations))
    for row in db.execute(theirs):
        found.append(_shelved(db, row, tops.pop(row.form, None), changed.get(row.form)))
    if associations is None:
        found += [shelved(db, form) for form in tops]
    return tuple(sorted(found, key=lambda one: (short(one.title).casefold(), one.form)))


def shelved(db: Connection, form: str) -> Shelved:
    """One of them. Raises `NotFound`."""
    row = db.execute(select(authored_form).where(authored_form.c.form == form)).one_or_none()
    if row is None:
        known = newest(db, form)
        return Shelved(form, known.title.by_language, known.kind, None, known.version, None, None, None)
    latest = select(func.max(form_draft_step.c.at)).where(form_draft_step.c.form == form)
    return _shelved(db, row, _top(db, form), db.scalar(latest))


def usable(db: Connection, association: str | None) -> tuple[Form, ...]:
    """The newest version of every published form the association may start something with: its own and the
    installation's, unless archived. None: the installation's."""
    known = (authored_form.c.form, authored_form.c.association, authored_form.c.archived_on)
    rows = {row.form: row for row in db.execute(select(*known))}
    return tuple(
        load(db, form, version)
        for form, version in sorted(_tops(db).items())
        if form not in rows or (rows[form].archived_on is None and rows[form].association in (None, association))
    )


def dumped(form: Form) -> Content:
    """All that a version says, but not which it is."""
    return next_version(form) | {"version": 0}


def stamped(db: Connection, stamp: Stamp) -> str | None:
    """The form that this very page has changed already, or None."""
    return db.scalar(select(form_draft_step.c.form).where(form_draft_step.c.submission == stamp.submission))


def _start(db: Connection, make: Any, name: str, association: str | None, stamp: Stamp) -> str:
    if not name.strip():
        raise BadRequest(_("Skriv vad formuläret ska heta."))
    exclusively(db)  # or the same page, sent twice at once, would start two forms, and two forms could get one id
    known = stamped(db, stamp)
    return known or _keep_new(db, make(_free_id(db, _slug(name))), association, stamp)


def _keep_new(db: Connection, content: Content, association: str | None, stamp: Stamp) -> str:
    form = str(content["form"])
    db.execute(insert(authored_form).values(form=form, association=association))
    _write(db, form, 0, content, {"did": "Started"}, stamp)
    return form


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_ID].rstrip("_")
    return slug if slug[:1].isalpha() else f"formular_{slug}".rstrip("_")


def _free_id(db: Connection, wanted: str) -> str:
    taken = {*db.scalars(select(authored_form.c.form)), *db.scalars(select(published_form.c.form))}
    taken |= set(db.scalars(select(published_form.c.pool)))
    return next(name for name in (wanted, *(f"{wanted}_{n}" for n in range(2, len(taken) + 3))) if name not in taken)


def _row(db: Connection, form: str) -> Row[Any] | None:
    """The form's row. Whoever writes holds it until the commit: two changes at once come one after the other. Who only
    reads asks for no lock: on PostgreSQL that would keep others from saving, and fail where somebody just has."""
    query = select(authored_form).where(authored_form.c.form == form)
    return db.execute(query.with_for_update() if writes(db) else query).one_or_none()


def _put_away(db: Connection, form: str, on: date | None, did: str, stamp: Stamp) -> None:
    row = _known(db, form)
    if not stamped(db, stamp):
        db.execute(update(authored_form).where(authored_form.c.form == form).values(archived_on=on))
        _write(db, form, row.revision, _content(row), {"did": did}, stamp)


def _known(db: Connection, form: str) -> Row[Any]:
    """The form's row; one that was published from a file gets its row now. Raises `NotFound`."""
    row = _row(db, form)
    if row is None:
        exclusively(db)  # or two who open the same form at once would both give it a row
        row = _row(db, form)
    if row is None:
        db.execute(insert(authored_form).values(form=newest(db, form).id))
        row = _row(db, form)
    assert row is not None
    return row


def _draft(db: Connection, row: Row[Any] | None) -> Draft:
    if row is None or row.draft is None:
        raise NotFound(_("Det finns inget utkast av formuläret."))
    return Draft(
        form=row.form,
        association=row.association,
        revision=row.revision,
        written=_read(row.draft),
        published=_top(db, row.form),
        archived_on=row.archived_on,
    )


@lru_cache(maxsize=32)
def _read(text: str) -> Written:
    return Written(text)


def _content(row: Row[Any]) -> Content | None:
    return None if row.draft is None else _read(row.draft).content


def _write(
    db: Connection,
    form: str,
    revision: int,
    after: Content | None,
    did: Mapping[str, Any],
    stamp: Stamp,
    *,
    was: Written | None = None,
    places: Collection[str] = (),
    undoable: bool = False,
) -> None:
    """One step more. What was before is kept for as long as it can be undone."""
    draft = None if after is None else _json(after)
    db.execute(update(authored_form).where(authored_form.c.form == form).values(draft=draft, revision=revision + 1))
    db.execute(
        insert(form_draft_step).values(
            form=form,
            revision=revision + 1,
            submission=stamp.submission,
            by=stamp.by,
            at=int(stamp.at.timestamp()),
            did=_json(did),
            places=_json(sorted(places)),
            before=was.text if was and undoable else None,
        )
    )
    kept = [row.revision for row in _undoable(db, form)] if after is not None else []
    old = (form_draft_step.c.form == form) & form_draft_step.c.before.is_not(None)
    db.execute(update(form_draft_step).where(old, form_draft_step.c.revision.not_in(kept)).values(before=None))
    if draft is not None:
        note(db, form, was, _read(draft))
    elif was is not None:
        settle(db, form, was)


def _undoable(db: Connection, form: str) -> list[Row[Any]]:
    query = select(*_TOLD).where(form_draft_step.c.form == form, form_draft_step.c.before.is_not(None))
    return list(db.execute(query.order_by(form_draft_step.c.revision.desc()).limit(UNDOABLE)))


def _refuse_clash(db: Connection, draft: Draft, seen: int, places: Collection[str], edit: Edit) -> None:
    steps = tuple(step for step in _since(db, draft.form, seen) if step.places & set(places))
    if steps:
        raise Conflict(draft, steps, edit)


def _refuse_anything_new(db: Connection, draft: Draft, seen: int) -> None:
    steps = _since(db, draft.form, seen)
    if steps:
        raise Conflict(draft, steps)


def _since(db: Connection, form: str, seen: int) -> tuple[Step, ...]:
    query = select(*_TOLD).where(form_draft_step.c.form == form, form_draft_step.c.revision > seen)
    return tuple(_step(row) for row in db.execute(query.order_by(form_draft_step.c.revision)))


def _step(row: Row[Any]) -> Step:
    return Step(
        revision=row.revision,
        by=row.by,
        at=datetime.fromtimestamp(row.at, UTC),
        did=orjson.loads(row.did),
        places=frozenset(orjson.loads(row.places)),
        undone=row.undone,
    )


def _top(db: Connection, form: str) -> int | None:
    top: int | None = db.scalar(select(func.max(published_form.c.version)).where(published_form.c.form == form))
    return top


def _tops(db: Connection) -> dict[str, int]:
    query = select(published_form.c.form, func.max(published_form.c.version)).group_by(published_form.c.form)
    return dict(db.execute(query).all())


def _shelved(db: Connection, row: Row[Any], published: int | None, changed: int | None) -> Shelved:
    content = _content(row)
    if content is not None:
        title, kind = {one: content["title"][one] for one in languages_in(content) if one in content["title"]}, content
    else:
        assert published is not None
        known = load(db, row.form, published)
        title, kind = dict(known.title.by_language), {"kind": known.kind}
    return Shelved(
        form=row.form,
        title=title,
        kind=kind["kind"],
        association=row.association,
        published=published,
        draft=content["version"] if content else None,
        changed_at=datetime.fromtimestamp(changed, UTC) if changed else None,
        archived_on=row.archived_on,
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
