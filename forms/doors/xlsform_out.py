"""A form as an XLSForm workbook, for Kobo, ODK and others: survey, choices, settings.

Pages become groups shown on one screen, parts become groups around them. Columns that begin with `samsvar_` say what
XLSForm has no word for; other programs pass them by, and `forms.doors.xlsform_in` reads them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from itertools import groupby
from typing import Any

import xlsxwriter
from babel import Locale, UnknownLocaleError
from flask_babel import lazy_gettext as _l

from forms.assemble import dump_form
from forms.doors.base import Taken, refuse_to_take
from forms.doors.expressions import written
from forms.messages import _
from forms.model import Choice, Form, Page, Question, Text
from forms.types import TYPES

INERT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  the same form gives the same file, on whatever day
_WIDEST = 60

Line = dict[str, str]
"""Heading -> what stands under it; what is "" is not written."""

WRITTEN_AS: Mapping[str, tuple[str, str]] = {
    "choice": ("select_one", ""),
    "scale": ("select_one", "likert"),
    "yes_no": ("select_one", ""),
    "choices": ("select_multiple", ""),
    "text": ("text", ""),
    "long_text": ("text", "multiline"),
    "number": ("integer", ""),
    "date": ("date", ""),
    "email": ("text", ""),
    "phone": ("text", "numbers"),
    "statement": ("note", ""),
}
"""Question type -> XLSForm's type and appearance."""

_FORM_LOSES = {
    "themes": _l("Teman kommer inte med."),
    "locks": _l("Låsta block blir vanliga frågor: låset kommer inte med."),
    "start": _l("Startsidans text kommer inte med."),
    "protection": _l("Texten om skyddet kommer inte med."),
    "with_code": _l("Raden om koden kommer inte med."),
    "more": _l("Läs mer om skyddet kommer inte med."),
    "consent": _l("Texten om samtycket kommer inte med."),
    "script": _l("Manuset för intervjuer kommer inte med: den som fyller i läser frågorna själv."),
    "end": _l("Slutsidans text kommer inte med."),
}
_PAGE_LOSES: Sequence[tuple[str, Callable[[Page], object]]] = (
    (_l("det som den som intervjuar säger"), lambda page: page.opening or page.probes),
    (_l("regler för vilka svar som går ihop"), lambda page: page.rules),
    (_l("delens namn för olika roller"), lambda page: page.by_role),
    (_l("vilka roller de är till för"), lambda page: page.where.roles),
    (_l("att frågorna alltid står ihop"), lambda page: page.together),
    (_l("vad knappen framåt heter"), lambda page: page.go_on),
)
_QUESTION_LOSES: Sequence[tuple[str, Callable[[Question], object]]] = (
    (_l("ordval för olika roller"), lambda question: question.by_role),
    (_l("hur många gånger betydelsen har ändrats"), lambda question: question.meaning > 1),
    (_l("att rutan väntar bakom en rubrik"), lambda question: question.comment),
    (_l("ansikten"), lambda question: question.faces),
    (_l("ett svar som föreslås"), lambda question: question.proposal),
    (_l("gränser för dagar"), lambda question: question.earliest or question.latest),
    (_l("vilket svar som gäller för den som inte fick frågan"), lambda question: question.unasked or question.on_paper),
    (_l("vilka roller de är till för"), lambda question: _for_some(question)),
    (_l("vilket svar de följer av"), lambda question: question.derived_from),
    (_l("att svaret inte sparas"), lambda question: question.forget),
    (_l("vad webbläsaren får fylla i"), lambda question: question.autocomplete),
    (_l("vilka svar som är bra"), lambda question: question.positive or question.middle or question.negative),
)


def take(form: Form) -> Taken:
    """The form as an XLSForm workbook, and what that has no place for. Raises `BadForm` for what must stay here."""
    refuse_to_take(form)
    lists = _lists(form)
    sheets = {
        "survey": list(_survey(form, lists)),
        "choices": [_choice(name, choice) for name, choices in lists.items() for choice in choices],
        "settings": [_settings(form)],
    }
    return Taken(_workbook(sheets), tuple(_losses(form)))


def heading(column: str, language: str) -> str:
    """`label::Svenska (sv)`."""
    try:
        name = Locale.parse(language, sep="-").get_display_name() or language
    except (ValueError, UnknownLocaleError):
        name = language
    return f"{column}::{name.capitalize()} ({language})"


def _words(column: str, text: Text | None) -> Line:
    return {heading(column, language): words for language, words in text.by_language.items()} if text else {}


def _survey(form: Form, lists: Mapping[str, tuple[Choice, ...]]) -> Iterator[Line]:
    taken = set(form.by_id)
    for number, (part, pages) in enumerate(groupby(form.pages, key=lambda page: page.part), start=1):
        if part:
            yield {"type": "begin_group", "name": _free(f"del_{number}", taken), **_words("label", part)}
        for page in pages:
            yield from _page(page, form, lists, taken)
        if part:
            yield {"type": "end_group"}


def _page(page: Page, form: Form, lists: Mapping[str, tuple[Choice, ...]], taken: set[str]) -> Iterator[Line]:
    shown = written(page.show_if, form) if page.show_if else ""
    yield {"type": "begin_group", "name": _free(page.id, taken), "appearance": "field-list", "relevant": shown}
    for question in page.questions:
        yield _question(question, form, lists)
    yield {"type": "end_group"}


def _free(name: str, taken: set[str]) -> str:
    """The name, or one like it: what `${name}` refers to is called so alone."""
    while name in taken:
        name = f"{name}_sida"
    taken.add(name)
    return name


def _question(question: Question, form: Form, lists: Mapping[str, tuple[Choice, ...]]) -> Line:
    type_, appearance = WRITTEN_AS[question.type]
    named = [name for name, choices in lists.items() if question.choices and choices == question.choices]
    constraint = _constraint(question)
    return {
        "type": " ".join([type_, *named[:1]]),
        "name": question.id,
        **_words("label", question.text),
        **_words("hint", question.help),
        "required": "yes" if question.required else "",
        **(_words("required_message", question.error) if question.required else {}),
        "relevant": written(question.show_if, form) if question.show_if else "",
        "constraint": constraint,
        **(_words("constraint_message", question.error) if constraint else {}),
        "appearance": appearance,
        "samsvar_type": question.type,
        "samsvar_privacy": question.privacy,
    }


def _constraint(question: Question) -> str:
    """What an answer must keep: bounds, length, choices that stand alone."""
    bounds = [("string-length(.) <= ", question.max_length), (". >= ", question.minimum), (". <= ", question.maximum)]
    rules = [f"{rule}{bound}" for rule, bound in bounds if bound is not None]
    if TYPES[question.type].takes_several:
        alone = [choice.code for choice in question.choices if choice.exclusive]
        rules += [f"not(selected(., '{code}') and count-selected(.) > 1)" for code in alone]
    return " and ".join(rules)


def _lists(form: Form) -> dict[str, tuple[Choice, ...]]:
    """List name -> choices; questions with the same choices share a list, called as their scale where they have one."""
    lists: dict[str, tuple[Choice, ...]] = {}
    for question in form.questions:
        if question.choices and question.choices not in lists.values():
            names = [question.scale.id] if question.scale else []
            free = next(name for name in (*names, question.id, f"{question.id}_svar") if name not in lists)
            lists[free] = question.choices
    return lists


def _choice(name: str, choice: Choice) -> Line:
    shown = {"list_name": name, "name": choice.code, **_words("label", choice.text)}
    return {**shown, "samsvar_party": choice.party or ""}


def _settings(form: Form) -> Line:
    first = form.languages[0]
    return {
        "form_title": form.title.in_(first),
        "form_id": form.id,
        "version": str(form.version),
        "default_language": heading("", first).removeprefix("::"),
        "style": "pages",
        "samsvar_kind": form.kind,
        **_words("samsvar_title", form.title),
    }


def _losses(form: Form) -> Iterator[str]:
    content: dict[str, Any] = dump_form(form)
    yield from (words for key, words in _FORM_LOSES.items() if key in content)
    if form.pool != form.id:
        yield _("Svaren hör inte längre ihop med svaren på %(pool)s.", pool=form.pool)
    for words, of_page in _PAGE_LOSES:
        losing = sum(bool(of_page(page)) for page in form.pages)
        if losing:
            yield _("Antal sidor som förlorar %(words)s: %(losing)s.", words=words, losing=losing)
    for words, loses in _QUESTION_LOSES:
        losing = sum(bool(loses(question)) for question in form.questions)
        if losing:
            yield _("Antal frågor som förlorar %(words)s: %(losing)s.", words=words, losing=losing)


def _for_some(question: Question) -> bool:
    """Whether the question, its being required or one of its answers is for some roles only."""
    return bool(question.where.roles or question.required_where or any(c.where.roles for c in question.choices))


def _workbook(sheets: Mapping[str, list[Line]]) -> bytes:
    out = BytesIO()
    book = xlsxwriter.Workbook(out, INERT)
    book.set_properties({"created": _MADE})
    bold = book.add_format({"bold": True})
    for name, lines in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, words in enumerate(_headings(lines)):
            sheet.write_string(0, column, words, bold)
            cells = [line.get(words, "") for line in lines]
            sheet.set_column(column, column, min(_WIDEST, 2 + max(len(cell) for cell in (words, *cells))))
            for row, cell in enumerate(cells, start=1):
                if cell:
                    sheet.write_string(row, column, cell)
    book.close()
    return out.getvalue()


def _headings(lines: list[Line]) -> list[str]:
    """Every heading that something stands under, in the order in which a whole question has them."""
    seen = {heading: None for line in sorted(lines, key=len, reverse=True) for heading, cell in line.items() if cell}
    return list(seen)
