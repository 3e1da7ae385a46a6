"""The one door for forms: YAML or JSON <-> `forms.model`.

Marshmallow says what keys there are and what may stand in them; unknown keys are refused. What a schema cannot say
(ids, conditions, languages) is `forms.check`, which is asked here too, so that a reader hears of everything at once.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from forms.assemble import assemble, dump_form, fingerprint
from forms.check import check
from forms.faults import BadForm, Fault, Finding, Path
from forms.model import ROLES, AllOf, AnyOf, Compare, Condition, Form, Kind, Not, Operator, Privacy, Text
from forms.remedies import meant, place_in_words, remedy_for
from forms.source import Source, Unquoted, parse
from forms.types import TYPES

__all__ = ["dump_form", "form_from_json", "read_form"]

_QUOTE = 'Sätt citattecken om det: "så här".'
_TEXT = 'Skriv en text per språk: {sv: "…", en: "…"}.'


def read_form(source: str, *, name: str) -> Form:
    """The form in a YAML text (JSON is YAML as well); `name` is the file's, for the faults.

    Raises `BadForm` with every fault that can be found at once: keys and values first, then what `check` says about
    all that could be read.
    """
    read = parse(source)
    content, findings = (None, []) if read.content is None else _load(read.content)
    findings = read.findings + findings
    if not findings and content is None:
        findings = [Finding((), "Filen är tom.", 'Börja med form: "ett_id".')]
    form = assemble(content) if content is not None else None
    if form is not None:
        told = [finding.path for finding in findings]
        findings += [found for found in check(form) if not any(_same_place(found.path, path) for path in told)]
    if form is None or findings:
        raise BadForm(_faults(findings, read, name))
    return replace(form, fingerprint=fingerprint(form))


def form_from_json(text: str) -> Form:
    """The form in a text that `forms.assemble.canonical` wrote. Raises `BadForm` when it is something else."""
    stored = json.loads(text)
    content, findings = _load(stored)
    if content is None or findings:
        raise BadForm(_faults(findings, Source(content=stored), "published_form"))
    form = assemble(content)
    return replace(form, fingerprint=fingerprint(form))


def locate(findings: list[Finding], source: str, name: str) -> list[Fault]:
    """The findings of `check` or `advise` about the form in `source`, with file, line and place."""
    return _faults(findings, parse(source), name)


def _load(content: Any) -> tuple[dict[str, Any] | None, list[Finding]]:
    """What the schema accepts of `content`, and what it does not; None where too little is left to check further."""
    try:
        return FormSchema().load(content), []
    except ValidationError as fault:
        findings = [Finding(path, *_split(message, path)) for path, message in _leaves(fault.messages, ())]
        # An item that is no item at all is missing from what is valid, and those after it have other places.
        moved = any(isinstance(finding.path[-1], int) for finding in findings if finding.path)
        return (fault.valid_data if isinstance(fault.valid_data, dict) and not moved else None), findings


def _leaves(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _leaves(inner, path if key == "_schema" else (*path, key))
    else:
        yield from ((path, message) for message in messages)


def _split(message: str, path: Path) -> tuple[str, str]:
    what, _, remedy = message.partition("\n")
    return what, remedy or remedy_for(path, what, _KEYS)


def _same_place(found: Path, told: Path) -> bool:
    """Whether a finding is about a place already told of, or about something in it."""
    return found[: len(told)] == told and bool(told)


def _faults(findings: list[Finding], source: Source, name: str) -> list[Fault]:
    faults = [
        Fault(name, source.line(each.path), place_in_words(each.path, source.content), each.what, each.remedy)
        for each in findings
    ]
    return sorted(faults, key=lambda fault: fault.line)


def _said(what: str, remedy: str) -> str:
    return f"{what}\n{remedy}"


def _trouble(what: str, remedy: str) -> ValidationError:
    return ValidationError(_said(what, remedy))


_SAYS = {"required": "Nyckeln saknas.", "null": "Här står ingenting."}


class Quoted(fields.Field[str]):
    """A text in quotation marks: an id, a code, a language."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> str:
        if not isinstance(value, str) or isinstance(value, Unquoted):
            raise _trouble("Här ska det stå en text.", _QUOTE)
        return value


class OneOf(Quoted):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...], **given: Any) -> None:
        super().__init__(**given)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> str:
        word = super()._deserialize(value, attr, data, **given)
        if word not in self.words:
            raise _trouble(f"«{word}» finns inte.", f"{meant(word, self.words)}Välj {' eller '.join(self.words)}.")
        return word


class Whole(fields.Field[int]):
    """A whole number without quotation marks."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> int:
        if type(value) is not int:
            raise _trouble("Här ska det stå ett heltal.", "Skriv siffror utan citattecken.")
        return value


class Flag(fields.Field[bool]):
    """true or false."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> bool:
        if not isinstance(value, bool):
            raise _trouble("Här ska det stå true eller false.", "Skriv true, eller ta bort raden.")
        return value


class Words(fields.Field[Text]):
    """A text in one or more languages."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> Text:
        if not isinstance(value, Mapping) or not value:
            raise _trouble("Här ska det stå en text per språk.", _TEXT)
        wrong = {
            language: [_said("Texten saknas eller har inga citattecken.", _QUOTE)]
            for language, text in value.items()
            if not isinstance(text, str) or isinstance(text, Unquoted) or not text.strip()
        }
        if wrong:
            raise ValidationError(wrong)
        return Text(dict(value))


class StandardWords(Words):
    """`true` for the standard wording, or words of one's own."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> Any:
        return value if isinstance(value, bool) else super()._deserialize(value, attr, data, **given)


class ConditionField(fields.Field[Condition]):
    """`all`, `any`, `not`, or `{q, op, value}`."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> Condition:
        if not isinstance(value, Mapping):
            raise _trouble("Här ska det stå ett villkor.", 'Skriv {q: "frågans id", op: "eq", value: "svarets kod"}.')
        for key in ("all", "any", "not"):
            if key in value:
                return self._composed(key, value)
        return _comparison(CompareSchema().load(value))

    def _composed(self, key: str, value: Mapping[str, Any]) -> Condition:
        if len(value) > 1:
            raise _trouble(f"Bredvid «{key}» kan inget annat stå.", "Lägg villkoren i en lista under all: eller any:.")
        try:
            if key == "not":
                return Not(self.deserialize(value[key]))
            if not isinstance(value[key], list) or not value[key]:
                raise _trouble(f"Under «{key}» ska det stå en lista av villkor.", "Börja varje villkor med ett streck.")
            parts = tuple(self._listed(value[key]))
        except ValidationError as fault:
            raise ValidationError({key: fault.messages}) from None
        return AllOf(parts) if key == "all" else AnyOf(parts)

    def _listed(self, parts: list[Any]) -> Iterator[Condition]:
        wrong: dict[str | int, Any] = {}
        for place, part in enumerate(parts):
            try:
                yield self.deserialize(part)
            except ValidationError as fault:
                wrong[place] = fault.messages
        if wrong:
            raise ValidationError(wrong)


class ValueField(fields.Field[Any]):
    """What a condition compares with: a code, a number, or a list of codes."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> str | tuple[str, ...]:
        if isinstance(value, list):
            return tuple(self._one(each) for each in value)
        return self._one(value)

    def _one(self, value: Any) -> str:
        if type(value) is not int and (not isinstance(value, str) or isinstance(value, Unquoted)):
            raise _trouble("Här ska det stå en kod.", _QUOTE)
        return str(value)


class ListOf(fields.List):
    """A list of what `inner` says."""

    default_error_messages = _SAYS | {"invalid": "Här ska det stå en lista.\nBörja varje rad med ett streck: - …"}


class MapOf(fields.Dict):
    """Names of one's own, each with what `values` says."""

    default_error_messages = _SAYS | {"invalid": "Här ska det stå namn med värden.\nSkriv ett namn per rad och kolon."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **given)
        except ValidationError as fault:
            told = fault.messages if isinstance(fault.messages, dict) else {}
            flat = {name: inner.get("value", inner.get("key", inner)) for name, inner in told.items()}
            raise ValidationError(flat or fault.messages, valid_data=fault.valid_data) from None


class Part(fields.Nested):
    """One of the shapes below."""

    default_error_messages = _SAYS


class Strict(Schema):
    """Unknown keys are refused."""

    class Meta:
        """marshmallow's own switch."""

        unknown = RAISE

    error_messages = {  # noqa: RUF012  marshmallow reads a plain class attribute
        "unknown": "Nyckeln finns inte här.",
        "type": "Här ska det stå nycklar med värden.\nSkriv en nyckel per rad, med indrag och kolon.",
    }


class CompareSchema(Strict):
    """`{q, op, value}`."""

    q = Quoted(required=True)
    op = OneOf(get_args(Operator), required=True)
    value = ValueField()


class ChoiceSchema(Strict):
    """One answer to choose."""

    code = Quoted(required=True)
    text = Words(required=True)
    exclusive = Flag()


class ScaleSchema(Strict):
    """Choices shared by several questions."""

    choices = ListOf(Part(ChoiceSchema), required=True)
    positive = ListOf(Quoted())
    middle = ListOf(Quoted())
    negative = ListOf(Quoted())
    faces = Flag()


class QuestionSchema(Strict):
    """One question: the keys every question has, and those its type takes."""

    id = Quoted(required=True)
    type = OneOf(tuple(TYPES), required=True)
    text = Words(required=True)
    privacy = OneOf(get_args(Privacy), required=True)
    help = Words()
    by_role = MapOf(keys=OneOf(ROLES), values=Words())
    theme = Quoted()
    required = Flag()
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

    @validates_schema(skip_on_field_errors=False)
    def only_what_the_type_takes(self, content: dict[str, Any], **_given: Any) -> None:
        """A key that means nothing for this type would be silently without effect."""
        type_ = TYPES.get(content.get("type", ""))
        if type_:
            own = f"Ta bort raden, eller välj en annan type. Typen {type_.name} tar {_listed(type_.keys)}."
            wrong = sorted(set(content) & _OWN_KEYS - type_.keys)
            if wrong:
                raise ValidationError({key: [_said(f"Typen {type_.name} har inte «{key}».", own)] for key in wrong})


class PageSchema(Strict):
    """Questions shown together."""

    id = Quoted(required=True)
    part = Words()
    show_if = ConditionField()
    questions = ListOf(Part(QuestionSchema), required=True)


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
    start = ListOf(Part(PassageSchema))
    protection = ListOf(Part(PassageSchema))
    with_code = Words()
    more = ListOf(Part(PassageSchema))
    pages = ListOf(Part(PageSchema), required=True)
    end = ListOf(Part(PassageSchema))


_OWN_KEYS = frozenset().union(*(type_.keys for type_ in TYPES.values()))
"""Keys that only some types take."""

_KEYS = tuple(
    {
        key
        for schema in (CompareSchema, ChoiceSchema, ScaleSchema, QuestionSchema, PageSchema, PassageSchema, FormSchema)
        for key in schema._declared_fields
    }
)


def _listed(keys: frozenset[str]) -> str:
    return ", ".join(sorted(keys)) or "inga egna nycklar"


def _comparison(content: dict[str, Any]) -> Compare:
    return Compare(content["q"], content["op"], content.get("value"))
