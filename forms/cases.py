"""What a form that points at persons must keep besides what every form must: categories, consents, and what makes one
definition serve many teams and roles. Part of `forms.check.RULES`."""

from collections.abc import Callable, Collection, Iterator

from forms.faults import Finding, Path
from forms.messages import _
from forms.model import CATEGORIES, Form, Question, Rule, Text, Where
from forms.places import each_compare, each_page, each_question
from forms.remedies import either, meant
from forms.tailoring import SETTINGS
from forms.types import TYPES

Findings = Iterator[Finding]


def kinds(form: Form) -> Findings:
    """Every type stands in a kind of form it is made for."""
    for at, question in _every_question(form):
        allowed = TYPES[question.type].kinds
        if form.kind not in allowed:
            remedy = _("Välj en annan type, eller kind: %(words)s.", words=either(sorted(allowed)))
            yield Finding(
                (*at, "type"), _("Typen %(type)s kan inte stå i ett sådant formulär.", type=question.type), remedy
            )


def categories(form: Form) -> Findings:
    """In a case every answer has a category: who may read it is known before anybody has written anything."""
    for at, question in _every_question(form):
        if form.kind == "case" and TYPES[question.type].asks and question.category is None:
            named = ", ".join(f'"{code}" ({_(words).lower()})' for code, words in CATEGORIES.items())
            yield Finding(
                (*at, "category"),
                _("Frågan säger inte vad svaret handlar om."),
                _("Skriv något av %(words)s.", words=named),
            )
        if form.kind != "case" and question.category is not None:
            yield Finding((*at, "category"), _("Bara ärenden har kategorier."), _("Ta bort raden."))


def consents(form: Form) -> Findings:
    """Who asks for a consent says what it means."""
    asking = [at for at, question in each_question(form) if question.party]
    if asking and form.consent is None:
        yield Finding(
            asking[0], _("Formuläret har ingen text om samtycket."), _("Skriv consent: med version och text.")
        )
    if form.consent and not (form.consent.version.strip() and form.consent.text):
        yield Finding(
            ("consent",), _("Texten om samtycket saknar version eller innehåll."), _('Skriv version: "1" och text.')
        )


def nameless(form: Form) -> Findings:
    """What somebody says yes to is kept word for word beside the case, where no name may stand."""
    texts: list[tuple[Path, Text]] = []
    if form.consent:
        texts += [(("consent", "text", place), text) for place, text in enumerate(form.consent.text)]
    for at, question in _every_question(form):
        if question.party:
            said = [question.text, *(choice.text for choice in question.choices)]
            for wording in question.by_role.values():
                said += [text for text in (wording.text, *wording.choices.values()) if text]
            texts += [((*at, "text"), text) for text in said]
    for path, text in texts:
        if any("{name}" in words for words in text.by_language.values()):
            yield Finding(path, _("I ett samtycke får {name} inte stå."), _("Skriv «du» eller «personen»."))


def definitions(form: Form) -> Findings:
    """What makes a form serve several teams stands in cases only, and asks about settings there are."""
    for at, where in _every_where(form):
        for name, values in where.settings.items():
            if name not in SETTINGS:
                remedy = meant(name, SETTINGS) + _("Skriv någon av %(words)s.", words=", ".join(SETTINGS))
                yield Finding((*at, "setting"), _("Inställningen «%(name)s» finns inte.", name=name), remedy)
            elif not values or not set(values) <= set(SETTINGS[name]):
                yield Finding(
                    (*at, "setting", name),
                    _("Inställningen har inte det värdet."),
                    _("Skriv %(words)s.", words=either(SETTINGS[name])),
                )
        if form.kind != "case" and where.settings:
            yield Finding((*at, "setting"), _("Bara ärenden har inställningar per team."), _("Ta bort raden."))
    for at, page in each_page(form):
        token = f"{{{page.each}}}" if page.each else None
        if form.kind != "case" and (page.each or page.gate or page.ends):
            yield Finding(at, _("Bara ärenden har sådana sidor."), _("Ta bort each, gate och ends."))
        for path, name in [
            ((*at, "id"), page.id),
            *(((*at, "questions", n, "id"), q.id) for n, q in enumerate(page.questions)),
        ]:
            if token and token not in name:
                yield Finding(
                    path,
                    _("«%(name)s» blir samma id varje gång.", name=name),
                    _("Skriv %(token)s någonstans i id.", token=token),
                )
            if not token and "{" in name:
                yield Finding(
                    path,
                    _("«%(name)s» kan inte vara ett id.", name=name),
                    _('Skriv each: "party" på sidan, eller ta bort klamrarna.'),
                )


def derived(form: Form) -> Findings:
    """What follows from another answer follows from a question there is."""
    for at, question in each_question(form):
        if question.derived_from and question.derived_from not in form.by_id:
            remedy = meant(question.derived_from, form.by_id) + _("Skriv id för en fråga på en tidigare sida.")
            yield Finding(
                (*at, "derived_from"),
                _("Frågan «%(name)s» finns inte.", name=question.derived_from),
                remedy,
            )


def rules(form: Form) -> Findings:
    """A rule says what is refused, of questions that have been asked by then, and where to mend it. A rule of rows is
    about one row."""
    earlier: set[str] = set()
    for at, page in each_page(form):
        here = {question.id for question in page.questions}
        earlier |= here
        for place, rule in enumerate(page.rules):
            yield from _rule((*at, "rules", place), rule, here, earlier)
    for at, question in each_question(form):
        nested = {each.id for each in question.questions}
        for place, rule in enumerate(question.rules):
            yield from _rule((*at, "rules", place), rule, nested, nested)


def rows(form: Form) -> Findings:
    """Questions within rows are plain: each by a name of its own, asked in every row."""
    for at, question in each_question(form):
        seen: set[str] = set()
        for place, nested in enumerate(question.questions):
            path = (*at, "questions", place)
            if not nested.id.isidentifier() or not nested.id.islower() or nested.id in seen:
                yield Finding(
                    (*path, "id"),
                    _("«%(name)s» kan inte vara ett id.", name=nested.id),
                    _("Välj ett eget namn i raden: a-z och _."),
                )
            seen.add(nested.id)
            if nested.show_if or nested.comment or TYPES[nested.type].repeats or nested.party:
                yield Finding(
                    path, _("En fråga i en rad kan inte ha villkor, egen rubrik eller rader."), _("Gör den enklare.")
                )
            for key, what, remedy in TYPES[nested.type].check(nested):
                yield Finding((*path, key), what, remedy)


def role_choices(form: Form) -> Findings:
    """Other words for a choice are for a choice there is."""
    for at, question in _every_question(form):
        codes = {choice.code for choice in question.choices}
        for role, wording in question.by_role.items():
            for code in wording.choices:
                if code not in codes:
                    path = (*at, "by_role", role, "choices", code)
                    yield Finding(
                        path,
                        _("Det finns inget svar med koden «%(code)s».", code=code),
                        _("Skriv en av svarens koder."),
                    )


RULES: tuple[Callable[[Form], Findings], ...] = (
    kinds,
    categories,
    consents,
    nameless,
    definitions,
    derived,
    rules,
    rows,
    role_choices,
)
OF_A_PAGE: frozenset[Callable[[Form], Findings]] = frozenset(
    {kinds, categories, nameless, definitions, rows, role_choices}
)
"""Part of `forms.check.OF_A_PAGE`."""


def _rule(path: Path, rule: Rule, here: Collection[str], asked: Collection[str]) -> Findings:
    if rule.at not in here:
        yield Finding(
            (*path, "at"), _("Frågan «%(at)s» står inte på sidan.", at=rule.at), _("Skriv id för en fråga på sidan.")
        )
    if (rule.refuse is None) == (rule.apart is None):
        yield Finding(path, _("Regeln säger inte en sak."), _("Skriv antingen refuse eller apart."))
    about = list(rule.apart or ())
    about += [compare.q for _at, compare in each_compare(rule.refuse, path)] if rule.refuse else []
    for name in about:
        if name not in asked:
            remedy = meant(name, asked) + _("Skriv id för en fråga här eller på en tidigare sida.")
            yield Finding(path, _("Frågan «%(name)s» har inte ställts.", name=name), remedy)


def _every_question(form: Form) -> Iterator[tuple[Path, Question]]:
    """Every question, those within rows too."""
    for at, question in each_question(form):
        yield at, question
        yield from (((*at, "questions", place), nested) for place, nested in enumerate(question.questions))


def _every_where(form: Form) -> Iterator[tuple[Path, Where]]:
    yield from ((at, page.where) for at, page in each_page(form))
    for at, question in _every_question(form):
        yield at, question.where
        if question.required_where:
            yield (*at, "required"), question.required_where
        yield from (((*at, "choices", place), choice.where) for place, choice in enumerate(question.choices))
