"""The one door for forms: YAML or JSON <-> `forms.model`.

Marshmallow says what keys there are and what may stand in them; unknown keys are refused. What a schema cannot say
(ids, conditions, languages) is `forms.check`, which is asked here too, so that a reader hears of everything at once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from marshmallow import ValidationError, validates_schema

from forms.assemble import assemble, fingerprint
from forms.check import findings as findings_of
from forms.faults import BadForm, Finding, Path
from forms.locks import seals
from forms.messages import _
from forms.model import CATEGORIES, ROLES, Each, Form, Kind, Privacy
from forms.remedies import located, remedy_for
from forms.source import Source, parse
from forms.types import TYPES
from forms.values import (
    CompareSchema,
    ConditionField,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Part,
    Quoted,
    RequiredField,
    StandardWords,
    Strict,
    WhereSchema,
    Whole,
    WordingField,
    WordingSchema,
    Words,
    told,
)


def read_form(source: str, *, name: str) -> Form:
    """The form in a YAML text (JSON is YAML as well); `name` is the file's, for the faults.

    Raises `BadForm` with every fault that can be found at once: keys and values first, then what `check` says about
    all that could be read.
    """
    read = parse(source)
    form, findings = (None, read.findings) if read.content is None else understand(read.content, read.findings)
    if not findings and form is None:
        findings = [Finding((), _("Filen är tom."), _('Börja med form: "ett_id".'))]
    if form is None or findings:
        raise BadForm(located(findings, read, name))
    return form


def understand(content: Any, found: Sequence[Finding] = ()) -> tuple[Form | None, list[Finding]]:
    """The form in what has the keys of a form file, and everything that is wrong with it, what was `found` before too.

    A form with findings is good for nothing but to be looked at; None where too little could be read even for that.
    """
    taken, wrong = accepted(content)
    findings = [*found, *wrong]
    if taken is None:
        return None, findings
    form = assemble(taken)
    known = [finding.path for finding in findings]
    findings += [each for each in findings_of(form) if not any(same_place(each.path, path) for path in known)]
    if findings:
        return form, findings
    return replace(form, fingerprint=fingerprint(form)), list(seals(form))


def form_from_json(text: str) -> Form:
    """The form in a text that `forms.assemble.canonical` wrote. Raises `BadForm` when it is something else."""
    stored = _binding_first(text)
    content, findings = accepted(stored)
    if content is None or findings:
        raise BadForm(located(findings, Source(content=stored), "published_form"))
    form = assemble(content)
    return replace(form, fingerprint=fingerprint(form))


def _binding_first(text: str) -> Any:
    """What is stored, with every text's languages as the form has them: the canonical text knows only the alphabet."""
    languages = json.loads(text).get("languages", ())

    def in_order(read: dict[str, Any]) -> dict[str, Any]:
        return {key: read[key] for key in languages if key in read} if read.keys() <= set(languages) else read

    return json.loads(text, object_hook=in_order)


def accepted(content: Any, schema: Strict | None = None) -> tuple[dict[str, Any] | None, list[Finding]]:
    """What the schema, by itself a whole form's, accepts of `content`, and what it does not; None where too little is
    left to check further."""
    try:
        return (schema or FormSchema()).load(content), []
    except ValidationError as fault:
        findings = [Finding(path, *_split(message, path)) for path, message in _leaves(fault.messages, ())]
        # An item that is no item at all is missing from what is valid, and those after it have other places.
        moved = any(not finding.path or isinstance(finding.path[-1], int) for finding in findings)
        return (fault.valid_data if isinstance(fault.valid_data, dict) and not moved else None), findings


def _leaves(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _leaves(inner, path if key == "_schema" else (*path, key))
    else:
        yield from ((path, str(message)) for message in (messages if isinstance(messages, list) else [messages]))


def _split(message: str, path: Path) -> tuple[str, str]:
    what, _line, remedy = message.partition("\n")
    return what, remedy or remedy_for(path, what, _KEYS)


def same_place(one: Path, other: Path) -> bool:
    """Whether one place is within the other: what a fault there brings with it need not be told as well."""
    shared = min(len(one), len(other))
    return shared > 0 and one[:shared] == other[:shared]


class ChoiceSchema(WhereSchema):
    """One answer to choose."""

    code = Quoted(required=True)
    text = Words(required=True)
    exclusive = Flag()
    party = Quoted()


class ScaleSchema(Strict):
    """Choices shared by several questions."""

    choices = ListOf(Part(ChoiceSchema), required=True)
    positive = ListOf(Quoted())
    middle = ListOf(Quoted())
    negative = ListOf(Quoted())
    faces = Flag()


class QuestionSchema(WhereSchema):
    """One question: the keys every question has, and those its type takes."""

    id = Quoted(required=True)
    type = OneOf(tuple(TYPES), required=True)
    text = Words(required=True)
    privacy = OneOf(get_args(Privacy), required=True)
    help = Words()
    by_role = MapOf(keys=OneOf(ROLES), values=WordingField())
    theme = Quoted()
    meaning = Whole()
    category = OneOf(tuple(CATEGORIES))
    forget = Flag()
    required = RequiredField()
    error = Words()
    show_if = ConditionField()
    scale = Quoted()
    choices = ListOf(Part(ChoiceSchema))
    positive = ListOf(Quoted())
    middle = ListOf(Quoted())
    negative = ListOf(Quoted())
    dont_know = StandardWords()
    refusal = StandardWords()
    faces = Flag()
    comment = Words()
    max_length = Whole()
    minimum = Whole()
    maximum = Whole()
    party = Quoted()
    autocomplete = OneOf(("name", "off"))
    proposal = Quoted()
    earliest = Quoted()
    latest = Quoted()
    derived_from = Quoted()
    questions = ListOf(Part(lambda: QuestionSchema()))
    rules = ListOf(Part(lambda: RuleSchema()))
    none = Words()
    enough = Whole()
    note = Words()
    unasked = Quoted()
    on_paper = Quoted()

    @validates_schema(skip_on_field_errors=False)
    def only_what_the_type_takes(self, content: dict[str, Any], **_given: Any) -> None:
        """A key that means nothing for this type would be silently without effect."""
        type_ = TYPES.get(content.get("type", ""))
        if type_:
            own = _(
                "Ta bort raden, eller välj en annan type. Typen %(name)s tar %(words)s.",
                name=type_.name,
                words=_listed(type_.keys),
            )
            wrong = sorted(set(content) & _OWN_KEYS - type_.keys)
            if wrong:
                raise ValidationError(
                    {
                        key: [told(_("Typen %(name)s har inte «%(key)s».", name=type_.name, key=key), own)]
                        for key in wrong
                    }
                )


class RuleSchema(Strict):
    """What answers must be to each other."""

    at = Quoted(required=True)
    error = Words(required=True)
    refuse = ConditionField()
    apart = ListOf(Quoted())
    by_role = MapOf(keys=OneOf(ROLES), values=Words())


class PageSchema(WhereSchema):
    """Questions shown together."""

    id = Quoted(required=True)
    part = Words()
    by_role = MapOf(keys=OneOf(ROLES), values=Words())
    show_if = ConditionField()
    lock = Quoted()
    gate = Flag()
    ends = Flag()
    together = Flag()
    each = OneOf(get_args(Each))
    rules = ListOf(Part(RuleSchema))
    go_on = Words()
    opening = Words()
    probes = ListOf(Words())
    questions = ListOf(Part(QuestionSchema), required=True)


class ConsentSchema(Strict):
    """The text that a person says yes or no to."""

    version = Quoted(required=True)
    text = ListOf(Words(), required=True)


class ScriptSchema(Strict):
    """What an interviewer reads aloud, and what is for the interviewer only."""

    before = ListOf(Words(), required=True)
    after = ListOf(Words(), required=True)
    aside = Words(required=True)


class LockSchema(Strict):
    """A locked block. Its owner writes the fingerprint last, so whether it is there is `forms.locks`."""

    owner = Quoted(required=True)
    title = Words(required=True)
    fingerprint = Quoted()


class PassageSchema(Strict):
    """A heading and what stands under it."""

    heading = Words()
    paragraphs = ListOf(Words())
    bullets = ListOf(Words())


class FormSchema(Strict):
    """A whole form file."""

    form = Quoted(required=True)
    version = Whole(required=True)
    kind = OneOf(get_args(Kind), required=True)
    pool = Quoted()
    languages = ListOf(Quoted(), required=True)
    title = Words(required=True)
    themes = MapOf(keys=Quoted(), values=Words())
    scales = MapOf(keys=Quoted(), values=Part(ScaleSchema))
    locks = MapOf(keys=Quoted(), values=Part(LockSchema))
    start = ListOf(Part(PassageSchema))
    protection = ListOf(Part(PassageSchema))
    with_code = Words()
    more = ListOf(Part(PassageSchema))
    consent = Part(ConsentSchema)
    script = Part(ScriptSchema)
    pages = ListOf(Part(PageSchema), required=True)
    end = ListOf(Part(PassageSchema))


_OWN_KEYS = frozenset().union(*(type_.keys for type_ in TYPES.values()))
"""Keys that only some types take."""

_PARTS = (CompareSchema, ChoiceSchema, ScaleSchema, QuestionSchema, PageSchema, LockSchema, RuleSchema, WordingSchema)
_WHOLE = (PassageSchema, ConsentSchema, ScriptSchema, FormSchema)
_KEYS = tuple({key for schema in (*_PARTS, *_WHOLE) for key in schema._declared_fields})


def _listed(keys: frozenset[str]) -> str:
    return ", ".join(sorted(keys)) or _("inga egna nycklar")
