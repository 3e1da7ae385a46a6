"""Locked blocks: pages that nobody but their owner may change, so that answers from everywhere can be put together.

A block is the pages that name a lock, with everything that decides what is asked on them and what an answer means. Its
fingerprint covers that and nothing else (docs/form-files.md), so what a form has after the block is the form's own.
That one lock has one fingerprint among all published forms is `survey.published`.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise, zip_longest
from typing import Any

from forms.assemble import as_line, dump_form
from forms.faults import Finding, Path
from forms.messages import _
from forms.model import Form, Lock
from forms.places import each_compare, each_condition, each_page, each_question
from forms.remedies import meant, place_in_words

Findings = Iterator[Finding]
Block = dict[str, Any]


def block(form: Form, lock: str) -> Block:
    """All that the fingerprint of a block covers, with the keys of a form file: who owns it and what it is called, the
    languages in order, its pages in order, and the scales and themes that they name."""
    content = dump_form(form)
    pages = [page for page in content["pages"] if page.get("lock") == lock]
    asked = [question for page in pages for question in page["questions"]]

    def named(key: str, names: str) -> dict[str, Any]:
        wanted = {question.get(key) for question in asked}
        return {name: value for name, value in content.get(names, {}).items() if name in wanted}

    claims = {key: value for key, value in content["locks"][lock].items() if key != "fingerprint"}
    return {
        "locks": {lock: claims},
        "languages": content["languages"],
        "themes": named("theme", "themes"),
        "scales": named("scale", "scales"),
        "pages": pages,
    }


def fingerprint(form: Form, lock: str) -> str:
    """SHA-256 in hex of the block as it stands in this form."""
    return sha256(as_line(block(form, lock)).encode()).hexdigest()


def find_lock(form: Form, lock: str | None) -> Lock | None:
    """The form's lock of that id, or None."""
    return next((one for one in form.locks if one.id == lock), None)


def difference(one: Block, other: Block) -> str:
    """Where two blocks first differ, in words; they must not be equal."""
    return place_in_words(_first_difference(one, other, ()), one)


def held(form: Form, path: Path) -> bool:
    """Whether what stands at `path` belongs to a locked block: whoever uses the block cannot mend it."""
    match path:
        case ("pages", int(place), *_):
            return form.pages[place].lock is not None
        case ("scales" | "themes" as names, str(name), *_):
            return any(name in block(form, lock.id)[names] for lock in form.locks)
        case (step, *_):
            return step == "locks"
    return False


def named_locks(form: Form) -> Findings:
    """Every lock that a page names is there, is used, and has an owner."""
    known = [lock.id for lock in form.locks]
    for at, page in each_page(form):
        if page.lock and page.lock not in known:
            remedy = meant(page.lock, known) + _("Skriv låset under locks:, eller ta bort raden.")
            yield Finding((*at, "lock"), _("Låset «%(lock)s» finns inte.", lock=page.lock), remedy)
    for lock in form.locks:
        if lock.id not in form.lock_of.values():
            remedy = _('Skriv lock: "%(name)s" på blockets sidor, eller ta bort låset.', name=lock.id)
            yield Finding(("locks", lock.id), _("Ingen sida har låset."), remedy)
        if not lock.owner.strip() or not lock.owner.isprintable():
            remedy = _("Skriv namnet på den som äger frågorna.")
            yield Finding(("locks", lock.id, "owner"), _("Här ska ägarens namn stå."), remedy)


def locked_first(form: Form) -> Findings:
    """Nothing of one's own stands before or within a block: what is asked before a question colours its answer."""
    last = max((place for place, page in enumerate(form.pages) if page.lock), default=0)
    for at, _page in (pair for pair in each_page(form)[:last] if not pair[1].lock):
        yield Finding(at, _("Sidan står före en låst sida."), _("Flytta den till efter de låsta sidorna."))
    ended: set[str | None] = set()
    locked = [(at, page) for at, page in each_page(form) if page.lock]
    for (_at, before), (at, page) in pairwise(locked):
        if page.lock != before.lock:
            ended.add(before.lock)
        if page.lock in ended:
            yield Finding(
                (*at, "lock"),
                _("Blocket «%(lock)s» har redan slutat.", lock=page.lock),
                _("Flytta ihop blockets sidor."),
            )


def self_contained(form: Form) -> Findings:
    """What a block asks depends on nothing outside it, and its themes hold its own questions only.

    A theme has an index, the mean of its questions: a question more, and it is another index under the same name.
    """
    for at, condition, number in each_condition(form):
        lock = form.pages[number].lock
        for path, compare in each_compare(condition, at) if lock else ():
            if form.lock_of.get(compare.q, lock) != lock:
                remedy = _("I blocket «%(lock)s» kan villkor bara gälla blockets egna frågor.", lock=lock)
                yield Finding((*path, "q"), _("Frågan «%(q)s» står utanför blocket.", q=compare.q), remedy)
    owners: dict[str, str | None] = {}
    for at, question in each_question(form):
        if question.theme:
            lock = form.lock_of[question.id]
            if owners.setdefault(question.theme, lock) != lock:
                remedy = _("Ge frågan ett annat tema. Blockets tema räknas på blockets frågor.")
                yield Finding(
                    (*at, "theme"), _("Temat «%(theme)s» hör till ett låst block.", theme=question.theme), remedy
                )


RULES: tuple[Callable[[Form], Findings], ...] = (named_locks, locked_first, self_contained)
"""Part of `forms.check.RULES`."""


def seals(form: Form) -> Findings:
    """Every block is as its owner wrote it. For forms without other faults: a block half read is always another."""
    for lock in form.locks:
        real = fingerprint(form, lock.id)
        at = ("locks", lock.id, "fingerprint")
        if not lock.fingerprint:
            yield Finding(at, _("Låset har inget fingeravtryck."), _('Skriv fingerprint: "%(real)s".', real=real))
        elif lock.fingerprint != real:
            remedy = _(
                "Ta tillbaka ägarens texter, språk, ordning, koder, skalor, teman och villkor. "
                "Är du ägaren: ta bort raden, så står det nya fingeravtrycket här."
            )
            yield Finding(at, _("Det låsta blocket är inte som ägaren skrev det."), remedy)


def _first_difference(one: Any, other: Any, path: Path) -> Path:
    pairs: Iterator[tuple[str | int, Any, Any]]
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = ((key, one.get(key), other.get(key)) for key in one | other)
    elif isinstance(one, list) and isinstance(other, list):
        pairs = ((place, *pair) for place, pair in enumerate(zip_longest(one, other)))
    else:
        return path
    return next(_first_difference(a, b, (*path, step)) for step, a, b in pairs if a != b)
