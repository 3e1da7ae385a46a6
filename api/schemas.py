"""What leaves through the API, field by field: what is not named here does not leave.

Who may ask is the policy of a view; what there is to tell was decided at release (`exports.contents`).
"""

from typing import Any, get_args

from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, fields
from marshmallow.validate import OneOf, Range, Regexp

from exports.contents import Counted, Grade, Pole
from exports.standing import Standing
from forms.model import Kind

PERIOD = r"^[0-9]{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$"
MOST = 100
USUAL = 50
"""How many of a long list come at once."""
DAY = {"format": "date"}


def about(text: str) -> dict[str, str]:
    """What the description says of a field."""
    return {"description": text}


class Told(Schema):
    """Everything named is always there, if only as null, and nothing else ever is."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, _field_name: str, field_obj: fields.Field[Any]) -> None:
        """See the class; `optional` marks what a problem may do without."""
        field_obj.required = not field_obj.metadata.get("optional")


class Texts(fields.Dict):
    """Language -> text; the form's own words, in every language they are written in."""

    def __init__(self, **more: Any) -> None:
        super().__init__(keys=fields.String(), values=fields.String(), **more)


class Whole(fields.Integer):
    """A whole number in an address, written with the digits 0-9 and nothing else."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and not (value.isascii() and value.isdigit()):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Asked(Schema):
    """What may stand after the question mark of an address; anything else is refused rather than overlooked."""

    error_messages = {"unknown": _l("Parametern finns inte.")}  # noqa: RUF012  as marshmallow has it


class AskedPages(Asked):
    """A long list, a part at a time."""

    limit = Whole(
        load_default=USUAL,
        validate=Range(1, MOST, error=_l("Skriv ett heltal från 1 till 100.")),
        error_messages={"invalid": _l("Skriv ett heltal från 1 till 100.")},
        metadata=about("How many at once."),
    )
    after = fields.String(
        load_default="",
        metadata=about("`next` of the answer before: the list goes on there."),
    )


class AskedPeriod(Asked):
    """One period, or all that has been released."""

    period = fields.String(
        validate=Regexp(PERIOD, error=_l("Skriv en period som 2026-Q3, 2026-09 eller 2026.")),
        metadata=about("As 2026-Q3, 2026-09 or 2026; left out, all that has been released."),
    )


class AskedPeriodPages(AskedPages, AskedPeriod):
    """One period or all, a part at a time."""


def listed(of: type[Told], name: str, *, paged: bool = False) -> type[Told]:
    """The schema of a list: its items, and for a long one where the rest begins (null at the end)."""
    parts: dict[str, fields.Field[Any]] = {"items": fields.List(fields.Nested(of))}
    if paged:
        parts["next"] = fields.String(allow_none=True)
    return Told.from_dict(parts, name=name)  # type: ignore[return-value]


class Version(Told):
    """A published version of a form."""

    form = fields.String()
    version = fields.Integer()
    fingerprint = fields.String(metadata=about("SHA-256 of the form in hex."))


class FormTold(Told):
    """A form in its newest version, and all versions there are."""

    form = fields.String()
    pool = fields.String(metadata=about("The form whose figures its answers belong to."))
    kind = fields.String(validate=OneOf(get_args(Kind)))
    title = Texts()
    languages = fields.List(fields.String())
    versions = fields.List(fields.Nested(Version))


class Definition(Version):
    """A published version, whole: the keys are those of a form file (docs/form-files.md)."""

    definition = fields.Dict()


class FormShown(Told):
    """A form of which an association has figures."""

    form = fields.String()
    title = Texts()


class Home(Told):
    """An association the key's holder evaluates."""

    association = fields.String()
    name = fields.String()
    forms = fields.List(fields.Nested(FormShown))


class Graded(Told):
    """How exactly something is shown, and why not more exactly, as a code and in words."""

    grade = fields.String(validate=OneOf(get_args(Grade)))
    grade_words = fields.String()
    reason = fields.String()
    reason_words = fields.String()


class Release(Graded):
    """A period that has been opened, as it is shown for the whole association."""

    period = fields.String()
    period_words = fields.String()
    released_on = fields.String(metadata=DAY)
    quotes_published_on = fields.String(allow_none=True, metadata=DAY)


class GroupTold(Graded):
    """A group that has been closed: an association or a team, in a period or a year."""

    association = fields.String()
    team = fields.String(allow_none=True, metadata=about("null for the whole association."))
    name = fields.String(metadata=about("The team's name, or the association's."))
    form = fields.String()
    period = fields.String()
    period_words = fields.String()
    base = fields.Integer(allow_none=True, metadata=about("How many people; null where it is not shown."))
    released_on = fields.String(metadata=DAY)


class AnswerTold(Told):
    """One answer of a question that is shown in full."""

    code = fields.String()
    text = Texts()
    pole = fields.String(validate=OneOf(get_args(Pole)))
    missing = fields.Boolean(metadata=about("Whether the code says why there is no answer."))
    count = fields.Integer()
    share = fields.Integer(metadata=about("Whole per cent of the group."))


class PositiveTold(Told):
    """The positive answers among those that take a stand."""

    count = fields.Integer()
    base = fields.Integer()
    share = fields.Integer(metadata=about("Whole per cent of base."))


class QuestionTold(Graded):
    """One closed question in one group."""

    question = fields.String()
    text = Texts()
    theme = fields.String()
    counted = fields.String(validate=OneOf(get_args(Counted)))
    meaning = fields.Integer(metadata=about("Another number: the question means something else than before."))
    lock = fields.String(metadata=about("The locked block it stands in, or empty."))
    answers = fields.List(fields.Nested(AnswerTold))
    positive = fields.Nested(PositiveTold, allow_none=True)
    step = fields.Integer(allow_none=True, metadata=about("0 to 4, the share of positive answers shown coarse."))
    step_words = fields.String(allow_none=True)
    mean = fields.Float(allow_none=True)
    goal = fields.Integer(allow_none=True, metadata=about("The goal of that day, in per cent."))
    standing = fields.String(allow_none=True, validate=OneOf([*get_args(Standing), None]))


class IndexTold(Told):
    """A theme in one figure."""

    value = fields.Integer()
    items = fields.Integer()


class ThemeTold(Told):
    """A theme of the form."""

    theme = fields.String()
    name = Texts()
    index = fields.Nested(IndexTold, allow_none=True)
    index_reason_words = fields.String(metadata=about("Why there is no index, where there could be one."))


class RelationTold(Told):
    """How the answers to two questions go together."""

    questions = fields.List(fields.String())
    rho = fields.Float(metadata=about("Spearman's rank correlation, one decimal."))


class LockTold(Told):
    """A block whose owner lets nobody change a letter."""

    lock = fields.String()
    owner = fields.String()
    fingerprint = fields.String()


class FloorsTold(Told):
    """The rules of the day."""

    mix = fields.Integer()
    show = fields.Integer()
    count = fields.Integer()


class Figures(GroupTold):
    """A group with all that is shown of it."""

    title = Texts()
    floors = fields.Nested(FloorsTold)
    versions = fields.List(fields.Nested(Version))
    locks = fields.List(fields.Nested(LockTold))
    themes = fields.List(fields.Nested(ThemeTold))
    questions = fields.List(fields.Nested(QuestionTold))
    relations = fields.List(fields.Nested(RelationTold))


class QuoteTold(Told):
    """A quote that has been published."""

    period = fields.String()
    published_on = fields.String(metadata=DAY)
    question = fields.String()
    text = Texts()
    theme = fields.String()
    quote = fields.String()
