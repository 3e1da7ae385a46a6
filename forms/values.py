"""What a value in a form file may be: marshmallow fields that say what is wrong in plain Swedish.

An error is "what\nremedy"; a remedy left out is found by the key (`forms.remedies`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, ValidationError, fields

from forms.messages import _
from forms.model import ROLES, AllOf, AnyOf, Compare, Condition, Not, Operator, Text, Where, Wording
from forms.remedies import either, meant
from forms.source import Unquoted

_QUOTE = _l('Sätt citattecken om det: "så här".')
_TEXT = _l('Skriv en text per språk: {sv: "…", en: "…"}.')


def told(what: str, remedy: str) -> str:
    return f"{what}\n{remedy}"


def trouble(what: str, remedy: str) -> ValidationError:
    return ValidationError(told(what, remedy))


_SAYS: dict[str, Any] = {"required": _l("Nyckeln saknas."), "null": _l("Här står ingenting.")}


class Quoted(fields.Field[str]):
    """A text in quotation marks: an id, a code, a language."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> str:
        if not isinstance(value, str) or isinstance(value, Unquoted):
            raise trouble(_("Här ska det stå en text."), _QUOTE)
        return value


class OneOf(Quoted):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...], **given: Any) -> None:
        super().__init__(**given)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> str:
        word = super()._deserialize(value, attr, data, **given)
        if word not in self.words:
            raise trouble(
                _("«%(word)s» finns inte.", word=word),
                meant(word, self.words) + _("Välj %(words)s.", words=either(self.words)),
            )
        return word


class Whole(fields.Field[int]):
    """A whole number without quotation marks."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> int:
        if type(value) is not int:
            raise trouble(_("Här ska det stå ett heltal."), _("Skriv siffror utan citattecken."))
        return value


class Flag(fields.Field[bool]):
    """true or false."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> bool:
        if not isinstance(value, bool):
            raise trouble(_("Här ska det stå true eller false."), _("Skriv true, eller ta bort raden."))
        return value


class Words(fields.Field[Text]):
    """A text in one or more languages."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> Text:
        if not isinstance(value, Mapping) or not value:
            raise trouble(_("Här ska det stå en text per språk."), _TEXT)
        wrong = {
            language: [told(_("Texten saknas eller har inga citattecken."), _QUOTE)]
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
            raise trouble(
                _("Här ska det stå ett villkor."), _('Skriv {q: "frågans id", op: "eq", value: "svarets kod"}.')
            )
        for key in ("all", "any", "not"):
            if key in value:
                return self._composed(key, value)
        return _comparison(CompareSchema().load(value))

    def _composed(self, key: str, value: Mapping[str, Any]) -> Condition:
        if len(value) > 1:
            raise trouble(
                _("Bredvid «%(key)s» kan inget annat stå.", key=key),
                _("Lägg villkoren i en lista under all: eller any:."),
            )
        try:
            if key == "not":
                return Not(self.deserialize(value[key]))
            if not isinstance(value[key], list) or not value[key]:
                raise trouble(
                    _("Under «%(key)s» ska det stå en lista av villkor.", key=key),
                    _("Börja varje villkor med ett streck."),
                )
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
            raise trouble(_("Här ska det stå en kod."), _QUOTE)
        return str(value)


class ListOf(fields.List[Any]):
    """A list of what `inner` says."""

    default_error_messages = _SAYS | {"invalid": _l("Här ska det stå en lista.\nBörja varje rad med ett streck: - …")}


class MapOf(fields.Dict):
    """Names of one's own, each with what `values` says."""

    default_error_messages = _SAYS | {
        "invalid": _l("Här ska det stå namn med värden.\nSkriv ett namn per rad och kolon.")
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **given)  # type: ignore[no-untyped-call]
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
        "unknown": _l("Nyckeln finns inte här."),
        "type": _l("Här ska det stå nycklar med värden.\nSkriv en nyckel per rad, med indrag och kolon."),
    }


class WhereSchema(Strict):
    """For which roles and under which settings something is so."""

    asked_of = ListOf(OneOf(ROLES))
    setting = MapOf(keys=Quoted(), values=ListOf(Quoted()))


def where(content: Mapping[str, Any]) -> Where:
    """What `asked_of` and `setting` say together."""
    settings = {name: tuple(values) for name, values in content.get("setting", {}).items()}
    return Where(tuple(content.get("asked_of", ())), settings)


class RequiredField(Flag):
    """true or false, or where: `{asked_of: [...], setting: {...}}`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **given: Any) -> Any:
        if isinstance(value, Mapping):
            return where(WhereSchema().load(value))
        return super()._deserialize(value, attr, data, **given)


class WordingSchema(Strict):
    """What may be said in other words to a role."""

    text = Words()
    help = Words()
    error = Words()
    choices = MapOf(keys=Quoted(), values=Words())


class WordingField(fields.Field[Wording]):
    """The question in other words, `{sv: "…"}`, or more of it: `{text: …, help: …, error: …, choices: {"1": …}}`."""

    default_error_messages = _SAYS

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_given: Any) -> Wording:
        if isinstance(value, Mapping) and value.keys() & set(WordingSchema._declared_fields):
            return Wording(**WordingSchema().load(value))
        return Wording(text=Words().deserialize(value))


class CompareSchema(Strict):
    """`{q, op, value}`."""

    q = Quoted(required=True)
    op = OneOf(get_args(Operator), required=True)
    value = ValueField()


def _comparison(content: dict[str, Any]) -> Compare:
    return Compare(content["q"], content["op"], content.get("value"))
