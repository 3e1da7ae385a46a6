"""An XLSForm workbook as a form: the part of XLSForm that our question types can hold.

What they cannot hold is refused with sheet, row, column and reason, all of it at once; what only concerns the looks is
left out and told of. Types that note who, where or when somebody answers are refused in forms of every kind.
A group shown on one screen becomes a page; every other question gets a page of its own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import Any

from babel import Locale

from forms.check import reserved
from forms.doors.base import Brought
from forms.doors.building import language_code, plain_name, renamed, usual_privacy
from forms.doors.expressions import Asked, BadExpression, Content, read
from forms.doors.sheets import Cell, Row, read_sheets
from forms.doors.xlsform_words import (
    BINDINGS,
    HAZARDS,
    HAZARDS_IN_WORDS,
    HEADINGS,
    READ_AS,
    REFUSED_COLUMNS,
    REFUSED_SHEETS,
    REFUSED_TYPES,
    SHEETS,
)
from forms.faults import BadForm, Fault, Path
from forms.messages import _
from forms.model import DONT_KNOW, MISSING, REFUSED
from forms.remedies import place_in_words
from forms.schema import understand
from forms.types import TYPES

_TAGGED = re.compile(r"(?P<name>.*)\((?P<code>[a-zA-Z]{2,3}(-[a-zA-Z]{2})?)\)\s*")
_TRANSLATED = ("label", "hint", "required_message", "constraint_message", "samsvar_title")
_SURVEY = frozenset({"type", "name", "required", "relevant", "constraint", "appearance", "parameters"})
_CHOICES = frozenset({"list_name", "name", "samsvar_party"})
_OWN = frozenset({"samsvar_type", "samsvar_privacy"})
_SELECT = re.compile(
    r"(?P<one>select_one|select one from|select one|select1|add select one prompt using)\s+(?P<list>.+)"
    r"|(?P<many>select_multiple|select multiple|select all that apply from|select all that apply"
    r"|add select multiple prompt using)\s+(?P<lists>.+)",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\s(or_other|or other|or specify other)$", re.IGNORECASE)
_SAME = {"text": {"text", "long_text", "email", "phone"}, "long_text": {"text", "long_text", "email", "phone"}}
"""Types of ours that one XLSForm type may stand for, when `samsvar_type` says which."""
_LOOKS = frozenset({"likert", "multiline", "field-list", "numbers"})
"""Appearances that are read, or follow from the type."""
_YES, _NO = frozenset({"yes", "true", "true()", "ja", "sant"}), frozenset({"no", "false", "false()", "nej", "falskt"})
_SETTINGS = (("form", "form_id"), ("title", "form_title"), ("version", "version"), ("kind", "samsvar_kind"))
_ALONE = re.compile(r"not\(\s*selected\(\s*\.\s*,\s*['\"]([^'\"]+)['\"]\s*\)\s*and\s*count-selected\(\.\)\s*>\s*1\s*\)")
_BOUND = re.compile(r"\.\s*(>=|<=|>|<)\s*(-?\d{1,9})")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(<=|<)\s*(\d{1,5})")
_SETTINGS_READ = frozenset({*(column for _key, column in _SETTINGS), "default_language", "style"})
_VERSION = re.compile(r"[1-9]\d{0,8}")
_AND = re.compile(r"\band\b", re.IGNORECASE)

Texts = dict[str, str]


def bring(content: bytes, name: str) -> Brought:
    """The form in an XLSForm workbook. Raises `BadForm` with everything that does not fit."""
    reading = _Reading(name)
    form, found = understand(reading.content(read_sheets(content, name)))
    if form is None or reading.faults or found:
        told = {_row_of(fault) for fault in reading.faults}
        faults = [reading.at(each.path, each.what, each.remedy) for each in found]
        more = [each for each in faults if not told or (each.line and _row_of(each) not in told)]
        raise BadForm([*reading.faults, *more])
    return Brought(form, tuple(reading.changed))


@dataclass(frozen=True)
class _Line:
    """A row of a sheet by the headings."""

    cells: Mapping[str, Cell]
    """Column, or column and language as "label::sv" -> the cell."""
    first: Cell

    def text(self, column: str) -> str:
        """What stands in the column, or ""."""
        return self.cells[column].text if column in self.cells else ""

    def spot(self, column: str) -> tuple[Cell, str]:
        """The cell and its column, or the first of the row where the column is empty."""
        return (self.cells[column], column) if column in self.cells else (self.first, "")

    def texts(self, column: str) -> Texts:
        """Language -> text."""
        found = [(key.partition("::"), cell.text) for key, cell in self.cells.items()]
        return {language: text for (base, _colons, language), text in found if base == column and language}


@dataclass
class _Group:
    """An open group."""

    line: _Line
    conditions: list[Content]
    """Of the group and of those around it."""
    page: dict[str, Any] | None
    """The page that the whole group is, where it is shown on one screen."""


@dataclass
class _Reading:
    """A workbook being read: what has come of it, what is wrong, and where each thing stood."""

    name: str
    faults: list[Fault] = field(default_factory=list)
    changed: list[Fault] = field(default_factory=list)
    where: dict[Path, tuple[Cell, str]] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    usual: str = "sv"
    """The language of columns that name none."""
    lists: dict[str, list[_Line]] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    pages: list[dict[str, Any]] = field(default_factory=list)
    scales: dict[str, Any] = field(default_factory=dict)
    renamed: set[Cell] = field(default_factory=set)
    """Choices whose other name has been told of: many questions may share them."""

    def at(self, path: Path, what: str, remedy: str) -> Fault:
        """A fault of the form, at the cell it comes from."""
        near = path
        while near and near not in self.where:
            near = near[:-1]
        if near in self.where:
            cell, heading = self.where[near]
            return cell.fault(self.name, heading, what, remedy)
        return Fault(self.name, 0, place_in_words(path, {}), what, remedy)

    def content(self, sheets: Mapping[str, list[Row]]) -> dict[str, Any]:
        """The workbook with the keys of a form file; what is wrong with it is in `faults`."""
        named = {_heading(sheet, SHEETS): rows for sheet, rows in sheets.items()}
        if "survey" not in named:
            self._fault_of_file(
                _("Arbetsboken har inget blad som heter survey."), _("Döp bladet med frågorna till survey.")
            )
        for sheet, rows in named.items():
            self._unused_sheet(sheet, rows)
        settings = next(iter(list(self._lines(named.get("settings", []), _SETTINGS_READ))), None)
        self._usual_language(settings)
        for line in self._lines(named.get("choices", []), _CHOICES):
            self.lists.setdefault(line.text("list_name"), []).append(line)
        survey = list(self._lines(named.get("survey", []), _SURVEY | _OWN))
        self._survey(survey)
        return self._form(settings)

    def _unused_sheet(self, sheet: str, rows: list[Row]) -> None:
        """A sheet that is not read: refused where it keeps answers elsewhere, else told of."""
        if not rows or sheet.startswith("_") or sheet in ("survey", "choices", "settings"):
            return
        cell = Cell("", rows[0][0].sheet, 0, "")
        if sheet in REFUSED_SHEETS:
            self.faults.append(cell.fault(self.name, "", REFUSED_SHEETS[sheet], _("Ta bort bladet.")))
        else:
            self.changed.append(cell.fault(self.name, "", _("Bladet används inte och kom inte med."), ""))

    # The rows of a sheet

    def _lines(self, rows: list[Row], known: frozenset[str]) -> Iterator[_Line]:
        if not rows:
            return
        headings = {cell.column: self._named(cell) for cell in rows[0]}
        self._twice(rows[0], headings, known)
        for row in rows[1:]:
            yield _Line({headings[cell.column]: cell for cell in row if headings.get(cell.column)}, row[0])
        self._unused(rows, headings, known)

    def _twice(self, heading: Row, headings: Mapping[str, str], known: frozenset[str]) -> None:
        """Two columns that say the same thing: one would be lost without a word."""
        seen: set[str] = set()
        for cell in heading:
            column = headings[cell.column]
            if column in seen and (column in known or column.partition("::")[0] in _TRANSLATED):
                remedy = _("Ta bort den ena kolumnen, eller skriv ett annat språk.")
                self.faults.append(cell.fault(self.name, column, _("En annan kolumn säger samma sak."), remedy))
            seen.add(column)

    def _named(self, cell: Cell) -> str:
        """What the column is called here; "" for one that is not read."""
        said = BINDINGS.get(cell.text.lower().replace("::", ":").strip(), cell.text)
        base, _colons, language = (part.strip(" :") for part in said.partition(":"))
        column = _heading(base, HEADINGS)
        if column not in _TRANSLATED:
            return column
        code = self._language(language, cell) if language else self.usual
        if code and code not in self.languages:
            self.languages.append(code)
        return f"{column}::{code}"

    def _language(self, said: str, cell: Cell) -> str:
        tagged = _TAGGED.fullmatch(said)
        code = language_code(tagged["code"] if tagged else _language_names().get(said.lower(), said))
        if not code:
            remedy = _("Skriv språkets kod inom parentes: label::Svenska (sv).")
            self.faults.append(
                cell.fault(self.name, said, _("«%(said)s» är inget språk som går att känna igen.", said=said), remedy)
            )
        return code

    def _unused(self, rows: list[Row], headings: Mapping[str, str], known: frozenset[str]) -> None:
        """Columns that are not read: refused where they change what is asked, else told of once."""
        told: set[str] = set()
        for cell in (cell for row in rows[1:] for cell in row):
            column = headings.get(cell.column, "")
            base = column.partition("::")[0]
            if not known or base in known or base in _TRANSLATED:
                continue
            if base in REFUSED_COLUMNS:
                remedy = _("Töm cellen, eller ta bort frågan.")
                self.faults.append(cell.fault(self.name, column, REFUSED_COLUMNS[base], remedy))
            elif column not in told:
                told.add(column)
                self.changed.append(cell.fault(self.name, column, _("Kolumnen används inte och kom inte med."), ""))

    # Settings

    def _usual_language(self, settings: _Line | None) -> None:
        said = settings.text("default_language") if settings else ""
        if said and settings and said != "default":
            self.usual = self._language(said, settings.spot("default_language")[0])

    def _form(self, settings: _Line | None) -> dict[str, Any]:
        line = settings or _Line({}, Cell("", "settings", 0, ""))
        stem = PurePath(self.name).stem
        ids = line.text("form_id") or stem
        title = line.text("form_title") or stem
        languages = sorted(self.languages or [self.usual], key=lambda code: code != self.usual)
        titles = line.texts("samsvar_title")
        kind = line.text("samsvar_kind")
        version = line.text("version")
        for key, column in _SETTINGS:
            self.where[(key,)] = line.spot(column)
        if not kind:
            remedy = _("Det är det strängaste. Ändra kind i filen om svaren ska vara något annat.")
            self.changed.append(Fault(self.name, 0, "", _("Formuläret blev anonymt."), remedy))
        if kind == "case":
            what = _("Formulär för ärenden säger mer än ett kalkylblad kan: vem som får läsa vad, och samtycken.")
            self._fault(line, "samsvar_kind", what, _("Skriv det som YAML, eller ta bort samsvar_kind."))
            kind = "record"
        if not _VERSION.fullmatch(version):
            self._left(line, "version", _("Versionen blev 1."))
        return {
            "form": self._id(ids, line, "form_id"),
            "version": int(version) if _VERSION.fullmatch(version) else 1,
            "kind": kind or "anonymous",
            "languages": languages,
            "title": {language: titles.get(language, title) for language in languages},
            **({"scales": self.scales} if self.scales else {}),
            "pages": self.pages,
        }

    # The survey sheet

    def _survey(self, lines: list[_Line]) -> None:
        groups: list[_Group] = []
        for line in lines:
            type_ = " ".join(line.text("type").split())
            plain = type_.lower().replace("_", " ")
            if plain in ("begin group", "end group"):
                self._group(line, groups, begins=plain == "begin group")
            else:
                self._row(line, type_, groups)
        self._parts()
        for group in groups:
            self._fault(group.line, "type", _("Gruppen slutar aldrig."), _("Lägg till en rad med end_group."))

    def _parts(self) -> None:
        """Every page stands in a part or none does."""
        if not all("part" in page for page in self.pages):
            if any("part" in page for page in self.pages):
                what = _("Gruppernas rubriker kom inte med: alla frågor står inte i en grupp med rubrik.")
                self.changed.append(Fault(self.name, 0, _("bladet survey"), what, ""))
            for page in self.pages:
                page.pop("part", None)

    def _group(self, line: _Line, groups: list[_Group], *, begins: bool) -> None:
        if not begins:
            if groups:
                groups.pop()
            else:
                self._fault(line, "type", _("Här slutar en grupp som inte har börjat."), _("Ta bort raden."))
            return
        if groups and groups[-1].page is not None:
            what = _("En grupp på en skärm kan inte ha fler grupper i sig.")
            self._fault(line, "type", what, _("Ta bort field-list från den yttre gruppen."))
        around = groups[-1].conditions if groups else []
        own = self._condition(line)
        group = _Group(line, [*around, *own], None)
        if "field-list" in line.text("appearance").split():
            group.page = self._page(line, group.conditions, groups)
        elif groups and line.texts("label"):
            self._left(
                line, f"label::{self.usual}", _("Bara den yttersta gruppens rubrik blir en del. Den här kom inte med.")
            )
        groups.append(group)

    def _page(self, line: _Line, conditions: list[Content], groups: list[_Group]) -> dict[str, Any]:
        path: Path = ("pages", len(self.pages))
        for key, column in (("id", "name"), ("show_if", "relevant"), ("questions", "type")):
            self.where[(*path, key)] = line.spot(column)
        self.where[path] = line.spot("name")
        page: dict[str, Any] = {"id": self._id(line.text("name"), line, "name")}
        part = groups[0].line.texts("label") if groups and groups[0].page is None else {}
        if part:
            page["part"] = part
            self.where[(*path, "part")] = groups[0].line.spot(f"label::{self.usual}")
        if conditions:
            page["show_if"] = conditions[0] if len(conditions) == 1 else {"all": conditions}
        page["questions"] = []
        self.pages.append(page)
        return page

    def _row(self, line: _Line, type_: str, groups: list[_Group]) -> None:
        known = self._type(line, type_)
        if known is None:
            return
        ours, listed = known
        page = groups[-1].page if groups else None
        if page is None:
            page = self._page(line, groups[-1].conditions if groups else [], groups)
        path: Path = ("pages", len(self.pages) - 1, "questions", len(page["questions"]))
        page["questions"].append(self._question(line, ours, listed, path))

    def _type(self, line: _Line, type_: str) -> tuple[str, str] | None:
        """Our type and the list of choices; None where the row is no question of ours, which is then told of."""
        plain = type_.lower()
        select = _SELECT.fullmatch(type_)
        if select:
            return self._selecting(line, "choice" if select["one"] else "choices", select["list"] or select["lists"])
        if plain in READ_AS:
            return self._written(line, READ_AS[plain]), ""
        first = plain.split()[0] if plain else ""
        spaced = plain.replace("_", " ")
        begun = " ".join(spaced.split()[:2])
        if plain in HAZARDS or spaced in HAZARDS_IN_WORDS:
            what = _(
                "«%(type)s» antecknar vem, var eller när någon svarar. Det gör svaren möjliga att spåra.", type=type_
            )
            self._fault(line, "type", what, _("Ta bort raden."))
        elif {first, spaced, begun} & set(REFUSED_TYPES):
            why = REFUSED_TYPES.get(first) or REFUSED_TYPES.get(begun) or REFUSED_TYPES[spaced]
            self._fault(
                line,
                "type",
                _("Typen «%(type)s» går inte att ta in. %(why)s", type=type_, why=why),
                _("Gör om frågan, eller ta bort den."),
            )
        else:
            what = _("Typen «%(type)s» finns inte.", type=type_) if type_ else _("Raden har ingen typ.")
            self._fault(line, "type", what, _("Välj text, integer, date, note, select_one eller select_multiple."))
        return None

    def _selecting(self, line: _Line, ours: str, listed: str) -> tuple[str, str] | None:
        if _OTHER.search(listed):
            remedy = _("Skriv svaret Annat i listan och en textfråga efter, som visas för den som väljer det.")
            self._fault(line, "type", _("or_other går inte att ta in."), remedy)
            return None
        if listed not in self.lists:
            what = _("Listan «%(listed)s» finns inte på bladet choices.", listed=listed)
            self._fault(line, "type", what, _("Skriv listans svar på bladet choices."))
            return None
        likert = ours == "choice" and "likert" in line.text("appearance").split()
        yes_no = ours == "choice" and line.text("samsvar_type") == "yes_no"
        return ("scale" if likert else "yes_no" if yes_no else ours), listed

    def _written(self, line: _Line, ours: str) -> str:
        usual = "long_text" if ours == "text" and "multiline" in line.text("appearance").split() else ours
        said = line.text("samsvar_type") or usual
        if said in _SAME.get(usual, {usual}):
            return said
        remedy = _("Rätta samsvar_type eller type, så att de säger samma sak.")
        self._fault(line, "samsvar_type", _("«%(said)s» passar inte till typen.", said=said), remedy)
        return usual

    # A question

    def _question(self, line: _Line, ours: str, listed: str, path: Path) -> dict[str, Any]:
        name = line.text("name")
        question: dict[str, Any] = {
            "id": self._id(name, line, "name"),
            "type": ours,
            "text": line.texts("label"),
            "privacy": line.text("samsvar_privacy") or usual_privacy(ours),
        }
        self._place(line, path)
        if not question["text"]:
            self._fault(line, "name", _("Frågan har ingen text."), _("Skriv den i kolumnen label."))
        own = self._condition(line)
        codes = {each.text("name"): plain_name(each.text("name")) for each in self.lists.get(listed, [])}
        if name in self.asked:
            self._fault(line, "name", _("En annan fråga heter också «%(name)s».", name=name), _("Välj ett annat namn."))
        self.asked[name] = Asked(question["id"], codes)
        question |= {"help": line.texts("hint")} if line.texts("hint") else {}
        question |= {"show_if": own[0]} if own else {}
        question |= {"required": True} if self._required(line) else {}
        alone = self._constraint(line, ours, question)
        error = self._error(line, alone)
        question |= {"error": error} if error else {}
        if listed:
            question |= self._choices(listed, ours, alone, path)
        self._range(line, question)
        strange = [word for word in line.text("appearance").split() if word not in _LOOKS]
        if strange:
            self._left(line, "appearance", _("Utseendet «%(words)s» kom inte med.", words=" ".join(strange)[:60]))
        return question

    def _place(self, line: _Line, path: Path) -> None:
        """Note which cells the question's keys stand in."""
        columns = {"id": "name", "type": "type", "show_if": "relevant", "required": "required", "choices": "type"}
        columns |= {"privacy": "samsvar_privacy", "minimum": "constraint", "max_length": "constraint"}
        self.where[path] = line.spot("name")
        for key, column in columns.items():
            self.where[(*path, key)] = line.spot(column)
        for key, column in (("text", "label"), ("help", "hint"), ("error", "required_message")):
            found = [each for each in line.cells if each.partition("::")[0] == column]
            self.where[(*path, key)] = line.spot(found[0] if found else "name")
            for each in found:
                self.where[(*path, key, each.partition("::")[2])] = line.spot(each)

    def _condition(self, line: _Line) -> list[Content]:
        """The row's condition, or none."""
        text = line.text("relevant")
        if not text or text in ("true()", "yes"):
            return []
        try:
            return [read(text, self.asked.get)]
        except BadExpression as fault:
            self._fault(line, "relevant", fault.what, fault.remedy)
            return []

    def _required(self, line: _Line) -> bool:
        said = line.text("required").lower()
        if said and said not in _YES | _NO:
            self._fault(
                line,
                "required",
                _("Om frågan måste besvaras kan inte bero på något."),
                _("Skriv yes eller töm cellen."),
            )
        return said in _YES

    def _constraint(self, line: _Line, ours: str, question: dict[str, Any]) -> set[str]:
        """Put bounds into the question; gives the names of the choices that stand alone."""
        text = line.text("constraint")
        alone = set(_ALONE.findall(text)) if TYPES[ours].takes_several else set()
        rest = _ALONE.sub("", text) if alone else text
        for rule in filter(None, map(str.strip, _AND.split(rest))):
            bound, length = _BOUND.fullmatch(rule), _LENGTH.fullmatch(rule)
            if bound and "minimum" in TYPES[ours].keys:
                sign, number = bound[1], int(bound[2])
                key = "minimum" if sign[0] == ">" else "maximum"
                question[key] = number + {">": 1, "<": -1}.get(sign, 0)
            elif length and "max_length" in TYPES[ours].keys:
                question["max_length"] = int(length[2]) - (length[1] == "<")
            else:
                remedy = _("Skriv gränser som . >= 0 and . <= 10, eller string-length(.) <= 200.")
                self._fault(line, "constraint", _("Kravet «%(rule)s» går inte att ta in.", rule=rule[:60]), remedy)
        return alone

    def _error(self, line: _Line, alone: set[str]) -> Texts:
        """What is said of an answer that is missing, or that stands alone and does not; one text has room for both."""
        said = line.texts("constraint_message")
        error = line.texts("required_message") or (said if alone else {})
        if said and said != error:
            column = next(each for each in line.cells if each.startswith("constraint_message"))
            self._left(line, column, _("Programmet säger själv vad som är fel. Texten kom inte med."))
        return error

    def _range(self, line: _Line, question: dict[str, Any]) -> None:
        if line.text("type").strip().lower() != "range":
            if line.text("parameters"):
                self._left(line, "parameters", _("Inställningen kom inte med."))
            return
        said = dict(re.findall(r"(start|end|step)\s*=\s*(-?[\d.]+)", line.text("parameters")))
        bounds = {"start": "0", "end": "10", "step": "1"} | said
        if bounds["step"] != "1" or not all(re.fullmatch(r"-?\d{1,9}", bounds[key]) for key in ("start", "end")):
            self._fault(line, "parameters", _("Bara hela steg om 1 går att ta in."), _("Skriv start=0 end=10 step=1."))
            return
        question |= {"minimum": int(bounds["start"]), "maximum": int(bounds["end"])}
        self._left(line, "type", _("Reglaget blev en ruta att skriva ett tal i."))

    def _choices(self, listed: str, ours: str, alone: set[str], path: Path) -> dict[str, Any]:
        """The question's choices with the keys of a form file."""
        reasons = {DONT_KNOW: "dont_know", REFUSED: "refusal"}
        found: dict[str, Any] = {}
        choices: list[dict[str, Any]] = []
        for each in self.lists[listed]:
            name, texts = each.text("name"), each.texts("label")
            if name in reasons:
                found[reasons[name]] = texts
                self.where[(*path, reasons[name])] = each.spot("name")
            else:
                scale: Path = ("scales", plain_name(listed)) if ours == "scale" else path
                at: Path = (*scale, "choices", len(choices))
                self.where[at] = each.spot("name")
                for key in each.cells:
                    if key.startswith("label::"):
                        self.where[(*at, "text", key.partition("::")[2])] = each.spot(key)
                choice = {"code": self._code(each), "text": texts}
                choice |= {"party": each.text("samsvar_party")} if each.text("samsvar_party") else {}
                choices.append(choice | ({"exclusive": True} if name in alone and name not in MISSING else {}))
        if ours != "scale":
            return found | {"choices": choices}
        self.scales[plain_name(listed)] = {"choices": choices}
        self.where[("scales", plain_name(listed))] = self.lists[listed][0].spot("list_name")
        return found | {"scale": plain_name(listed)}

    # Words

    def _id(self, name: str, line: _Line, column: str) -> str:
        """An id like the name, told of where it is another one."""
        plain = plain_name(name)
        plain = plain if plain[:1].isalpha() or not plain else f"q_{plain}"
        plain = f"{plain}_q" if reserved(plain) else plain
        if plain != name:
            self._left(line, column, f"{renamed(name, plain)}.")
        return plain

    def _code(self, line: _Line) -> str:
        name = line.text("name")
        plain = plain_name(name)
        if plain != name and line.first not in self.renamed:
            self.renamed.add(line.first)
            self._left(line, "name", f"{renamed(name, plain)}.")
        return plain

    def _fault(self, line: _Line, column: str, what: str, remedy: str) -> None:
        cell, heading = line.spot(column)
        self.faults.append(cell.fault(self.name, heading, what, remedy))

    def _left(self, line: _Line, column: str, what: str) -> None:
        cell, heading = line.spot(column)
        self.changed.append(cell.fault(self.name, heading, what, ""))

    def _fault_of_file(self, what: str, remedy: str) -> None:
        self.faults.append(Fault(self.name, 0, "", what, remedy))


def _row_of(fault: Fault) -> tuple[str, int]:
    """Sheet and row: what is wrong there once need not be told again in other words."""
    return fault.place.partition(",")[0], fault.line


@cache
def _language_names() -> Mapping[str, str]:
    """What languages are called in English and Swedish -> their codes."""
    named = [(name, code) for tongue in ("en", "sv") for code, name in Locale(tongue).languages.items()]
    return {name.lower(): code for name, code in named if len(code) < 4}


def _heading(said: str, aliases: Mapping[str, str]) -> str:
    plain = " ".join(said.lower().split())
    return aliases.get(plain, plain)
