"""What a schema cannot say: ids that are unique, conditions that look back, texts in every language.

Each rule is a function from a form to findings. Rules that only advise are in `forms.advice`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from forms.assemble import dump_form
from forms.build import PageForm
from forms.cases import OF_A_PAGE as CASE_RULES_OF_A_PAGE
from forms.cases import RULES as CASE_RULES
from forms.faults import Fault, Finding, Path
from forms.locks import RULES as LOCK_RULES
from forms.locks import seals
from forms.messages import _
from forms.model import (
    MISSING,
    POLES,
    Choice,
    Compare,
    Form,
    Question,
    Scale,
    Where,
)
from forms.placeholders import blanks_of, unknown
from forms.places import each_compare, each_condition, each_page, each_question, every_text, own_choices
from forms.remedies import either, located, meant
from forms.source import Source
from forms.types import TYPES

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_EACH = re.compile(r"\{(party|activity)\}")
"""What stands for a party or an activity in the ids of a page that is asked about each; `forms.cases` holds where."""
_CODE = re.compile(r"[a-z0-9_]{1,20}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MOST_MEANINGS = 99
_TAKEN = frozenset({"made", "state", "go", "code", "csrf_token", "fel", "innehall", *dir(PageForm)})
"""Names and ids a page uses for itself, or that a form object already has."""
_TAKEN_BEGINNINGS = ("validate_", "filter_")
"""WTForms takes such a name for a rule about another field."""

Findings = Iterator[Finding]


def check(form: Form) -> list[Fault]:
    """Everything that keeps a form from being published; `forms.schema.read_form` asks this too, with lines."""
    return located(findings(form) or seals(form), Source(content=dump_form(form)))


def findings(form: Form) -> list[Finding]:
    """What every form must keep, before it is known where in which file things stand; `seals` come when it does."""
    return [finding for rule in RULES for finding in rule(form)]


def ids(form: Form) -> Findings:
    """Names are plain, and each is used once: they are columns in files for years to come."""
    named: list[tuple[Path, str]] = [(("form",), form.id)]
    named += [(("pool",), form.pool)] if form.pool != form.id else []
    named += [(("scales", scale.id), scale.id) for scale in form.scales]
    named += [(("themes", theme), theme) for theme in form.themes]
    named += [(("locks", lock.id), lock.id) for lock in form.locks]
    named += [((*at, "id"), page.id) for at, page in each_page(form)]
    named += [((*at, "id"), question.id) for at, question in each_question(form)]
    for path, name in named:
        if name and not _ID.fullmatch(_EACH.sub(r"\1", name)):
            yield Finding(
                path,
                _("«%(name)s» kan inte vara ett id.", name=name),
                _("Använd a-z, 0-9 och _, börja med en bokstav, högst 40."),
            )


def unique(form: Form) -> Findings:
    """No two pages or questions share a name, and no question takes a name that is used for something else."""
    yield from _twice([((*at, "id"), page.id, page.where) for at, page in each_page(form)], _("sida"))
    asked = [(at, question, form.pages[int(at[1])].where) for at, question in each_question(form)]
    yield from _twice([((*at, "id"), question.id, where) for at, question, where in asked], _("fråga"))
    columns = {c: q.id for q in form.questions for c in TYPES[q.type].columns(q) if c != q.id}
    for at, question in each_question(form):
        owner = columns.get(question.id)
        if owner or reserved(question.id):
            by = _("frågan %(name)s", name=owner) if owner else _("sidan själv")
            yield Finding(
                (*at, "id"), _("«%(name)s» används redan av %(by)s.", name=question.id, by=by), _("Välj ett annat id.")
            )


def reserved(name: str) -> bool:
    """Whether pages use the name for something else, so that no question can have it."""
    return name in _TAKEN or name.startswith(_TAKEN_BEGINNINGS)


def whole(form: Form) -> Findings:
    """There is something to ask, in a version and with meanings that can be counted on from."""
    if form.version < 1:
        yield Finding(("version",), _("Versionen är inte ett tal från 1."), _("Skriv version: 1."))
    if not form.pages:
        yield Finding(("pages",), _("Formuläret har inga sidor."), _("Skriv minst en sida."))
    for at, question in each_question(form):
        if not 1 <= question.meaning <= MOST_MEANINGS:
            what = _("meaning är inte ett tal från 1 till %(most)s.", most=MOST_MEANINGS)
            yield Finding((*at, "meaning"), what, _("Skriv hur många gånger frågan har bytt betydelse, plus 1."))
    for at, page in each_page(form):
        if not page.questions:
            yield Finding(
                (*at, "questions"), _("Sidan har inga frågor."), _("Skriv minst en fråga, eller ta bort sidan.")
            )
    if form.pages and not any(TYPES[q.type].asks for q in form.questions):
        yield Finding(("pages",), _("Formuläret frågar inget."), _("Skriv minst en fråga som går att svara på."))


def parts(form: Form) -> Findings:
    """«Del 2 av 5» needs a part on every page or on none, and each part in one piece."""
    with_part = [at for at, page in each_page(form) if page.part]
    if with_part and len(with_part) < len(form.pages):
        for at, page in each_page(form):
            if not (page.part or page.gate):
                yield Finding(
                    (*at, "part"),
                    _("Sidan saknar part, men andra sidor har en."),
                    _("Skriv vilken del sidan hör till."),
                )
    left: list[object] = []
    inside = [(at, page) for at, page in each_page(form) if not page.gate]
    for (at, page), before in zip(inside, [None, *(page for _at, page in inside)], strict=False):
        if before and page.part != before.part:
            left.append(before.part)
        if page.part in left:
            yield Finding(
                (*at, "part"), _("Delen har redan slutat på en tidigare sida."), _("Flytta ihop delens sidor.")
            )


def interviews(form: Form) -> Findings:
    """What is said and asked besides in an interview stands in a form with a script, and only in an anonymous one."""
    if form.script and form.kind != "anonymous":
        yield Finding(("script",), _("Bara ett anonymt formulär har ett manus."), _("Ta bort script."))
    for at, page in each_page(form):
        if (page.opening or page.probes) and not (form.script and page.part):
            key = "opening" if page.opening else "probes"
            yield Finding(
                (*at, key), _("Det här läses upp i en intervju."), _("Skriv script och part, eller ta bort raden.")
            )
    for at, question in each_question(form):
        if TYPES[question.type].repeats and form.kind == "anonymous" and not form.script:
            yield Finding((*at, "type"), _("Rader finns inte i ett anonymt formulär."), _("Dela upp frågan i flera."))


def languages(form: Form) -> Findings:
    """The form has a language, and no text is in another."""
    for place, language in enumerate(form.languages):
        if not _LANGUAGE.fullmatch(language) or language in form.languages[:place]:
            yield Finding(
                ("languages", place),
                _("«%(language)s» är inget språk eller står två gånger.", language=language),
                _('Skriv till exempel "sv".'),
            )
    if not form.languages:
        yield Finding(("languages",), _("Formuläret har inget språk."), _('Skriv languages: ["sv"].'))
        return
    for path, text in every_text(form):
        for language in text.by_language:
            if language not in form.languages:
                remedy = meant(language, form.languages) + _("Ta bort texten, eller lägg till språket i languages.")
                yield Finding(
                    (*path, language), _("Formuläret har inte språket «%(language)s».", language=language), remedy
                )


def untranslated(form: Form) -> Findings:
    """Every text is in every language of the form."""
    for path, text in every_text(form):
        for language in form.languages:
            if not text.has(language):
                yield Finding(
                    (*path, language),
                    _("Texten saknas på språket %(language)s.", language=language),
                    _('Lägg till %(language)s: "…".', language=language),
                )


def wording(form: Form) -> Findings:
    """Texts hold nothing invisible, and no blank that nobody fills in."""
    blanks = blanks_of(form.kind)
    known = ", ".join(f"{{{name}}}" for name in blanks)
    for path, text in every_text(form):
        for language, words in text.by_language.items():
            if _CONTROL.search(words):
                yield Finding((*path, language), _("Texten har ett osynligt tecken."), _("Skriv om texten för hand."))
            for name in unknown(words, form.kind):
                remedy = meant(name, blanks) + _("Skriv något av %(known)s, eller ta bort klamrarna.", known=known)
                yield Finding((*path, language), _("«{%(name)s}» fylls inte i.", name=name), remedy)


def choices(form: Form) -> Findings:
    """Codes are plain, unique, and none of the codes that mean something else; exclusive where several are chosen."""
    lists: list[tuple[Path, Sequence[Choice]]] = [(("scales", scale.id), scale.choices) for scale in form.scales]
    lists += [(at, own_choices(question)) for at, question in each_question(form)]
    for at, listed in lists:
        for place, choice in enumerate(listed):
            yield from _code((*at, "choices", place, "code"), choice)
    for at, question in each_question(form):
        for code, times in Counter(c.code for c in question.choices if c.code).items():
            if times > 1:
                yield Finding(
                    (*at, "choices"),
                    _("Koden «%(code)s» används två gånger.", code=code),
                    _("Ge varje svar en egen kod."),
                )
        if not TYPES[question.type].takes_several:
            for place, choice in enumerate(own_choices(question)):
                if choice.exclusive:
                    path = (*at, "choices", place, "exclusive")
                    yield Finding(
                        path,
                        _("Här väljer man redan bara ett svar."),
                        _('Ta bort exclusive, eller välj type: "choices".'),
                    )


def poles(form: Form) -> Findings:
    """Positive, middle and negative are codes of the question, each in one of the three."""
    for at, holder, codes in _with_poles(form):
        seen: set[str] = set()
        for pole in POLES:
            for code in getattr(holder, pole):
                if code not in codes:
                    yield Finding(
                        (*at, pole),
                        _("Det finns inget svar med koden «%(code)s».", code=code),
                        _("Skriv en av svarens koder."),
                    )
                if code in seen:
                    yield Finding(
                        (*at, pole),
                        _("Koden «%(code)s» står två gånger.", code=code),
                        _("Låt varje kod stå på ett ställe."),
                    )
                seen.add(code)


def references(form: Form) -> Findings:
    """Themes and scales that are named exist."""
    scales = [scale.id for scale in form.scales]
    for at, question in each_question(form):
        if question.theme and question.theme not in form.themes:
            remedy = meant(question.theme, form.themes) + _("Skriv temat under themes:, eller ta bort raden.")
            yield Finding((*at, "theme"), _("Temat «%(name)s» finns inte.", name=question.theme), remedy)
        if question.scale and question.scale.id not in scales:
            remedy = meant(question.scale.id, scales) + _("Skriv skalan under scales:.")
            yield Finding((*at, "scale"), _("Skalan «%(name)s» finns inte.", name=question.scale.id), remedy)


def types(form: Form) -> Findings:
    """What each type says about its own questions."""
    for at, question in each_question(form):
        for key, what, remedy in TYPES[question.type].check(question):
            yield Finding((*at, key), what, remedy)
        if question.required and not TYPES[question.type].asks:
            yield Finding((*at, "required"), _("Det finns inget att svara på här."), _("Ta bort required."))
        allowed = TYPES[question.type].privacies
        if question.privacy not in allowed:
            what = _("Typen %(type)s kan inte ha privacy «%(privacy)s».", type=question.type, privacy=question.privacy)
            yield Finding((*at, "privacy"), what, _("Skriv %(words)s.", words=either(sorted(allowed))))


def comments(form: Form) -> Findings:
    """A comment box stands with the question it comments; it may end up on the page before, so it has no condition."""
    for at, page in each_page(form):
        for place, question in enumerate(page.questions):
            if question.comment and question.show_if:
                path = (*at, "questions", place, "show_if")
                yield Finding(path, _("En kommentarsruta kan inte ha show_if."), _("Sätt show_if på sidan i stället."))
        if page.questions and all(question.comment for question in page.questions):
            remedy = _("Flytta rutan till sidan med frågan.")
            yield Finding((*at, "questions"), _("Sidan har bara en kommentarsruta."), remedy)


def anonymity(form: Form) -> Findings:
    """An anonymous form asks for nothing that points at a person, and keeps no trace of what was left unwritten."""
    if form.kind != "anonymous":
        if form.pool != form.id:
            yield Finding(("pool",), _("Bara anonyma formulär kan höra ihop."), _("Ta bort pool."))
        return
    for at, question in each_question(form):
        if question.privacy == "identifying":
            remedy = _("Ta bort frågan. Ett anonymt formulär frågar aldrig vem man är.")
            yield Finding((*at, "privacy"), _("Frågan pekar ut en person."), remedy)
    for at, condition, _number in each_condition(form):
        for path, compare in each_compare(condition, at):
            if compare.q in form.free_texts:
                remedy = _("Välj en fråga med svarsval. Om någon har skrivit något ska inte synas i svaren.")
                yield Finding((*path, "q"), _("Villkoret frågar om egna ord."), remedy)


def conditions(form: Form) -> Findings:
    """Conditions are about questions on earlier pages, compared as their type can be."""
    for at, condition, page in each_condition(form):
        earlier = {q.id for before in form.pages[:page] for q in before.questions}
        for path, compare in each_compare(condition, at):
            if compare.q not in form.by_id:
                remedy = meant(compare.q, form.by_id) + _("Skriv id för en fråga på en tidigare sida.")
                yield Finding((*path, "q"), _("Frågan «%(name)s» finns inte.", name=compare.q), remedy)
            elif compare.q not in earlier:
                remedy = _("Flytta frågan till en tidigare sida.")
                yield Finding(
                    (*path, "q"), _("Frågan «%(name)s» står inte på en tidigare sida.", name=compare.q), remedy
                )
            else:
                yield from _comparison(path, compare, form.by_id[compare.q])


RULES: tuple[Callable[[Form], Findings], ...] = (
    ids,
    unique,
    whole,
    parts,
    interviews,
    languages,
    untranslated,
    wording,
    choices,
    poles,
    references,
    types,
    comments,
    anonymity,
    conditions,
    *CASE_RULES,
    *LOCK_RULES,
)
OF_A_PAGE = frozenset({ids, languages, untranslated, wording, choices, poles, types, comments}) | CASE_RULES_OF_A_PAGE
"""Those that look at nothing but one page, the kind of the form and its languages, whatever else they look at around
the pages: what they say of a page is found out once (`forms.leaves`)."""


def _comparison(path: Path, compare: Compare, question: Question) -> Findings:
    type_ = TYPES[question.type]
    if not type_.asks:
        yield Finding(
            (*path, "q"),
            _("«%(name)s» är ingen fråga.", name=question.id),
            _("Skriv id för en fråga som går att svara på."),
        )
        return
    if compare.op not in type_.operators:
        remedy = _("Välj %(words)s.", words=either(sorted(type_.operators)))
        yield Finding(
            (*path, "op"),
            _("Typen %(type)s kan inte jämföras med «%(op)s».", type=question.type, op=compare.op),
            remedy,
        )
        return
    if (compare.value is None) != (compare.op in ("answered", "empty")):
        has = _("inget värde") if compare.value is None else _("ett värde som inte används")
        remedy = _("Lägg till value:.") if compare.value is None else _("Ta bort value.")
        yield Finding((*path, "value"), _("Villkoret har %(has)s.", has=has), remedy)
        return
    if isinstance(compare.value, tuple) != (compare.op == "in"):
        yield Finding(
            (*path, "value"), _("in jämför med en lista, de andra med ett värde."), _('Skriv till exempel ["2", "3"].')
        )
        return
    values = compare.value if isinstance(compare.value, tuple) else (compare.value,)
    for value in (each for each in values if each is not None and not _could_be(question, each)):
        yield Finding(
            (*path, "value"),
            _("«%(value)s» kan inte vara ett svar på frågan.", value=value),
            _("Skriv ett svar som kan ges."),
        )


def _could_be(question: Question, value: str) -> bool:
    """Whether the question can be answered so; what a team puts in is known first when it does."""
    return value in ("{party}", "{age_from}", "{age_to}") or TYPES[question.type].could_be(question, value)


def _code(path: Path, choice: Choice) -> Findings:
    if choice.missing:
        remedy = _("Skriv refusal: true för Vill inte svara och dont_know: true för Vet inte.")
        yield Finding(path, _("Koden %(code)s betyder redan något annat.", code=choice.code), remedy)
    elif choice.code and not _CODE.fullmatch(choice.code):
        yield Finding(
            path, _("«%(code)s» kan inte vara en kod.", code=choice.code), _("Använd siffror, eller a-z och _.")
        )


def _twice(named: list[tuple[Path, str, Where]], kind: str) -> Findings:
    """Names used again, unless one team never meets both."""
    seen: dict[str, list[Where]] = {}
    for path, name, where in named:
        others = seen.setdefault(name, [])
        if name and not all(_apart(where, other) for other in others):
            yield Finding(
                path, _("En annan %(kind)s heter också «%(name)s».", kind=kind, name=name), _("Välj ett annat id.")
            )
        others.append(where)


def _apart(one: Where, other: Where) -> bool:
    """Whether no team has both: they want different values of some setting."""
    return any(not set(values) & set(other.settings.get(name, values)) for name, values in one.settings.items())


def _with_poles(form: Form) -> Iterator[tuple[Path, Scale | Question, set[str]]]:
    for scale in form.scales:
        yield ("scales", scale.id), scale, {choice.code for choice in scale.choices}
    for at, question in each_question(form):
        if question.scale is None or any(getattr(question, p) != getattr(question.scale, p) for p in POLES):
            yield at, question, {choice.code for choice in question.choices if choice.code not in MISSING}
