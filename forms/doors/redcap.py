"""A form as a REDCap data dictionary: 18 columns, one row a field, in the form's binding language. Out only.

REDCap has neither pages nor a word for «not»: a page's condition is each of its questions', and a denial is turned
inward until it meets a comparison. A blank is less than any number there, so every ordering asks for an answer first.
"""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from forms.doors.base import Taken, refuse, refuse_to_take
from forms.messages import _
from forms.model import AllOf, AnyOf, Choice, Compare, Condition, Form, Not, Operator, Page, Question
from forms.types import TYPES

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
WRITTEN_AS: Mapping[str, tuple[str, str]] = {
    "choice": ("radio", ""),
    "scale": ("radio", ""),
    "yes_no": ("radio", ""),
    "choices": ("checkbox", ""),
    "text": ("text", ""),
    "long_text": ("notes", ""),
    "number": ("text", "integer"),
    "date": ("text", "date_ymd"),
    "email": ("text", "email"),
    "phone": ("text", ""),
    "statement": ("descriptive", ""),
}
"""Question type -> REDCap's field type and validation."""
RECORD = "record_id"
"""The first field of every REDCap project."""

_SIGNS: Mapping[Operator, str] = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_DENIED: Mapping[Operator, Operator] = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}


def take(form: Form) -> Taken:
    """The form as a data dictionary. Raises `BadForm` for what must stay here, and for a condition or a name that
    REDCap has no way to say."""
    refuse_to_take(form)
    if RECORD in form.by_id:
        raise refuse(
            form.id,
            _("En fråga heter %(name)s, som REDCap själv använder.", name=RECORD),
            _("Döp om frågan i en ny version."),
        )
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow(dict(zip(COLUMNS, (RECORD, form.id, "", "text", "Nummer"), strict=False)))
    heading = None
    for page in form.pages:
        for question in page.questions:
            section = page.part.in_(form.languages[0]) if page.part and page.part != heading else ""
            writer.writerow(_field(question, page, form) | {"Section Header": section})
            heading = page.part
    return Taken(out.getvalue().encode(), tuple(_losses(form)))


def logic(condition: Condition, form: Form, *, true: bool = True) -> str:
    """The condition as branching logic, or its denial. Raises `BadForm` where REDCap cannot ask so."""
    if isinstance(condition, Not):
        return logic(condition.part, form, true=not true)
    if isinstance(condition, AllOf | AnyOf):
        parts = [logic(part, form, true=true) for part in condition.parts]
        return _joined(parts, all_=isinstance(condition, AllOf) == true)
    question = form.by_id[condition.q]
    ask = _several if TYPES[question.type].takes_several else _chosen if TYPES[question.type].chosen else _open
    return ask(condition, question, true)


def _joined(parts: list[str], *, all_: bool) -> str:
    return f"({(' and ' if all_ else ' or ').join(parts)})" if len(parts) > 1 else parts[0]


def _real(question: Question) -> list[Choice]:
    return [choice for choice in question.choices if not choice.missing]


def _several(compare: Compare, question: Question, true: bool) -> str:
    """A checkbox is 1 or 0 by choice."""
    codes = [str(compare.value)] if compare.op == "has" else [choice.code for choice in _real(question)]
    wanted = true != (compare.op == "empty")
    return _joined([f"[{question.id}({code})] = '{int(wanted)}'" for code in codes], all_=not wanted)


def _chosen(compare: Compare, question: Question, true: bool) -> str:
    """One of the codes with which the condition holds; a blank and a refusal are none of them."""
    type_ = TYPES[question.type]
    wanted = true != (compare.op == "empty")
    every = compare.op in ("answered", "empty")
    codes = [c.code for c in _real(question) if every or type_.holds(compare.op, c.code, compare.value)]
    if not codes:
        raise refuse(question.id, _("Ett villkor gäller aldrig."), _("Ta bort det i en ny version."))
    return _joined([f"[{question.id}] {'=' if wanted else '<>'} '{code}'" for code in codes], all_=not wanted)


def _open(compare: Compare, question: Question, true: bool) -> str:
    """A number, a day or a text."""
    ref = f"[{question.id}]"
    if compare.op in ("answered", "empty"):
        return f"{ref} {'<>' if true != (compare.op == 'empty') else '='} ''"
    if compare.op in ("lt", "le", "gt", "ge") and not TYPES[question.type].measures:
        remedy = _("Fråga om datumet är lika med något, eller ta bort villkoret, i en ny version.")
        raise refuse(question.id, _("REDCap kan inte fråga om ett datum är före eller efter ett annat."), remedy)
    values = compare.value if isinstance(compare.value, tuple) else (str(compare.value),)
    op: Operator = "eq" if compare.op == "in" else compare.op
    asked = op if true else _DENIED[op]
    told = _joined([f"{ref} {_SIGNS[asked]} {_literal(asked, value)}" for value in values], all_=not true)
    if op == "eq":
        return told
    return f"({ref} <> '' and {told})" if true else f"({ref} = '' or {told})"


def _literal(op: Operator, value: str) -> str:
    """In quotation marks, except where REDCap orders numbers."""
    return f"'{value}'" if op in ("eq", "ne") else value


def _field(question: Question, page: Page, form: Form) -> dict[str, str]:
    first = form.languages[0]
    type_, validation = WRITTEN_AS[question.type]
    shown = [logic(condition, form) for condition in (page.show_if, question.show_if) if condition]
    low, high = ("" if bound is None else str(bound) for bound in (question.minimum, question.maximum))
    return {
        "Variable / Field Name": question.id,
        "Form Name": form.id,
        "Field Type": type_,
        "Field Label": question.text.in_(first),
        "Choices, Calculations, OR Slider Labels": " | ".join(_choice(each, first) for each in question.choices),
        "Field Note": question.help.in_(first) if question.help else "",
        "Text Validation Type OR Show Slider Number": validation,
        "Text Validation Min": low,
        "Text Validation Max": high,
        "Identifier?": "y" if question.privacy == "identifying" else "",
        "Branching Logic (Show field only if...)": " and ".join(shown),
        "Required Field?": "y" if question.required else "",
        "Field Annotation": " ".join(_annotations(question)),
    }


def _choice(choice: Choice, language: str) -> str:
    """`1, Ja`; the line that parts two choices cannot stand within one."""
    return f"{choice.code}, {' '.join(choice.text.in_(language).replace('|', '/').split())}"


def _annotations(question: Question) -> Iterator[str]:
    alone = [choice.code for choice in question.choices if choice.exclusive]
    if TYPES[question.type].takes_several and alone:
        yield f"@NONEOFTHEABOVE='{','.join(alone)}'"
    if question.max_length:
        yield f"@CHARLIMIT={question.max_length}"


def _losses(form: Form) -> Iterator[str]:
    first = form.languages[0]
    yield _("Formulärets titel, sidor och texter runt frågorna kommer inte med.")
    yield _("Teman, ansikten, vilka svar som är bra, felord, lås och ordval för roller kommer inte med.")
    yield _("Parter, regler, gränser för dagar och vilka roller något är till för kommer inte med.")
    yield _("Svar som föreslås, följer av andra eller gäller utan att frågan har ställts kommer inte med.")
    if form.script:
        yield _("Manuset för intervjuer kommer inte med: den som fyller i läser frågorna själv.")
    if form.languages[1:]:
        yield _("Bara språket %(language)s kommer med.", language=first)
    if any("|" in choice.text.in_(first) for question in form.questions for choice in question.choices):
        yield _("Tecknet | i ett svar har blivit /.")
