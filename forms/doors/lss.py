"""A LimeSurvey form (.lss) as a form: simple question types, groups as pages, relevance as conditions.

An .lss file is a dump of LimeSurvey's tables as XML. Before version 4 each text stood in its table with a language;
since then texts have tables of their own (`_l10ns`). What the question types cannot hold is refused with its group,
question and reason, all of it at once. The form becomes anonymous: what asks who somebody is, is refused.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from flask_babel import lazy_gettext as _l

from forms.doors.base import Brought, refuse
from forms.doors.building import EVERYWHERE, Building, Texts, TooMuch, language_code, strange, unmarked, usual_privacy
from forms.doors.expressions import Asked, BadExpression, Content, read
from forms.doors.xml import Element, read_xml
from forms.messages import _

Row = dict[str, str]
"""Column -> what stands in it; what is empty is not there."""

_LONGEST = 10_000
"""Characters of one text."""

_WRITTEN = {"S": "text", "T": "long_text", "U": "long_text", "N": "number", "D": "date", "X": "statement"}
_REFUSED_TYPES = {
    **dict.fromkeys("OP", _l("En kommentarsruta är en egen fråga här.")),
    **dict.fromkeys("QK", _l("Flera rutor är flera frågor här.")),
    **dict.fromkeys("BCEH1:;", _l("Bara tabeller med A och F går att ta in.")),
    "G": _l("Frågan om kön har svar som LimeSurvey bestämmer. Gör den till en lista."),
    "R": _l("Ingen fråga rangordnar."),
    "*": _l("Formulär räknar inte ut svar."),
    "I": _l("Språket väljs på sidan."),
    "|": _l("Det går inte att skicka in filer."),
}
_YES_NO: tuple[tuple[str, Texts], ...] = (
    ("Y", {"sv": "Ja", "en": "Yes", "fi": "Kyllä", "da": "Ja", "nb": "Ja", "de": "Ja", "fr": "Oui", "es": "Sí"}),
    ("N", {"sv": "Nej", "en": "No", "fi": "Ei", "da": "Nej", "nb": "Nei", "de": "Nein", "fr": "Non", "es": "No"}),
)
_REFUSED_ATTRIBUTES = {
    "hidden": (_l("Frågan är dold."), _l("Visa den, eller ta bort den.")),
    "em_validation_q": (_l("Kravet på svaret går inte att ta in."), _l("Ta bort kravet.")),
    "em_validation_sq": (_l("Kravet på svaret går inte att ta in."), _l("Ta bort kravet.")),
    "array_filter": (_l("Svaren kan inte filtreras."), _l("Ta bort filtret.")),
    "array_filter_exclude": (_l("Svaren kan inte filtreras."), _l("Ta bort filtret.")),
    "min_answers": (_l("Hur många svar man ska välja går inte att ta in."), _l("Ta bort kravet.")),
    "max_answers": (_l("Hur många svar man ska välja går inte att ta in."), _l("Ta bort kravet.")),
}
"""What an attribute of a question changes, where it says something else than 0."""
_BOUNDS = {"min_num_value_n": "minimum", "max_num_value_n": "maximum"}
_KEPT_ELSEWHERE = {
    "ipaddr": _l("IP-adresser"),
    "datestamp": _l("tider"),
    "refurl": _l("var någon kom ifrån"),
    "savetimings": _l("hur länge någon svarade"),
}
"""Settings by which LimeSurvey notes more than the answers."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<name>\w+(?:\.\w+)?)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[=<>()!,]))"
)
_WORDS = {"==": "=", "eq": "=", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "&&": "and", "||": "or"}
_JOINS = frozenset({"and", "or", *_WORDS})
_CONDITION = _l('Jämför frågor med svar: Q1.NAOK == "A1", and, or.')
_SGQA = re.compile(r"\d+X\d+X(\d+)(\w*)")


def bring(content: bytes, name: str) -> Brought:
    """The form in an .lss file. Raises `BadForm` with everything that does not fit."""
    document = read_xml(content, name)
    kind = document.child("LimeSurveyDocType")
    if document.name != "document" or kind is None or kind.text.strip() != "Survey":
        raise refuse(name, _("Filen är inget formulär från LimeSurvey."), _("Exportera formulärets struktur som .lss."))
    try:
        return _Reading(Building(name), _tables(document)).form()
    except TooMuch:
        raise refuse(name, _("Formuläret är för stort."), _("Dela upp det i flera.")) from None


def _tables(document: Element) -> Mapping[str, list[Row]]:
    """Table -> its rows."""
    return {
        table.name: [
            {cell.name: text for cell in row.children if (text := cell.text.strip())}
            for rows in table.children
            if rows.name == "rows"
            for row in rows.children
        ]
        for table in document.children
        if table.child("rows") is not None
    }


@dataclass
class _Reading:
    """A survey being read."""

    out: Building
    tables: Mapping[str, list[Row]]
    usual: str = "sv"
    languages: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Question number (qid) -> what conditions call the question."""
    boxes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What conditions call one choice of a question with several -> the question and the choice."""
    index: dict[tuple[str, str], dict[str, list[Row]]] = field(default_factory=dict)
    """Table and column -> value -> its rows."""

    def form(self) -> Brought:
        """The whole survey."""
        survey = next(iter(self.tables.get("surveys", [])), {})
        self.usual = language_code(survey.get("language", "")) or self.usual
        more = survey.get("additional_languages", "").split()
        self.languages = [self.usual, *(code for each in more if (code := language_code(each)) and code != self.usual)]
        kept = [words for key, words in _KEPT_ELSEWHERE.items() if survey.get(key) == "Y"]
        if kept:
            self.out.left("", _("LimeSurvey antecknade %(words)s. Det görs inte här.", words=", ".join(map(str, kept))))
        self.out.left("", _("Formuläret blev anonymt."), _("Det är det strängaste."))
        each_alone = survey.get("format") == "S"
        for group in _ordered(self.tables.get("groups", []), "group_order", "gid"):
            self._group(group, each_alone=each_alone)
        return self.out.brought(self._about(survey))

    def _about(self, survey: Row) -> dict[str, Any]:
        settings = self.tables.get("surveys_languagesettings", [])

        def said(column: str) -> Texts:
            return self._texts(settings, f"surveyls_{column}", "", language="surveyls_language")

        stem = PurePath(self.out.name).stem
        opening = [text for text in (said("description"), said("welcometext")) if text]
        closing = said("endtext")
        return {
            "form": self.out.free_id(f"limesurvey_{survey['sid']}" if survey.get("sid") else stem),
            "version": 1,
            "kind": "anonymous",
            "languages": list(self.languages),
            "title": said("title") or {EVERYWHERE: stem},
            **({"start": [{"paragraphs": opening}]} if opening else {}),
            **({"end": [{"paragraphs": [closing]}]} if closing else {}),
        }

    # Tables

    def _where(self, table: str, column: str, value: str) -> list[Row]:
        """The rows of a table with that value in a column."""
        if (table, column) not in self.index:
            found = self.index[table, column] = defaultdict(list)
            for row in self.tables.get(table, []):
                found[row.get(column, "")].append(row)
        return self.index[table, column].get(value, [])

    def _words(self, table: str, key: str, row: Row, column: str, place: str) -> Texts:
        """The texts of a row: in a table of their own since version 4, before in the rows of each language."""
        own = {"groups": "group", "questions": "question", "subquestions": "question", "answers": "answer"}[table]
        apart = self._where(f"{own}_l10ns", key, row.get(key, ""))
        alike = (each for each in self._where(table, key, row.get(key, "")) if each.get("qid") == row.get("qid"))
        return self._texts(apart or list(alike), column, place)

    def _texts(self, rows: list[Row], column: str, place: str, language: str = "language") -> Texts:
        found: Texts = {}
        for row in rows:
            code, words = language_code(row.get(language, self.usual)), row.get(column, "")
            if len(words) > _LONGEST:
                self.out.fault(place, _("En text har fler än %(most)s tecken.", most=_LONGEST), _("Korta texten."))
            elif code in self.languages and unmarked(words):
                found[code] = unmarked(words)
        return found

    # Groups and questions

    def _group(self, group: Row, *, each_alone: bool) -> None:
        titles = self._words("groups", "gid", group, "group_name", "")
        name = titles.get(self.usual) or f"grupp {group.get('gid', '')}"
        place = _("gruppen %(name)s", name=name[:60])
        shown = self._condition(group.get("grelevance", ""), place)
        if self._words("groups", "gid", group, "description", place):
            self.out.left(place, _("Gruppens beskrivning kom inte med."))
        self.out.begin_page(name, place, part=titles, show_if=shown)
        questions = _ordered(self._where("questions", "gid", group.get("gid", "")), "question_order", "qid")
        for number, row in enumerate(row for row in questions if row.get("parent_qid", "0") == "0"):
            if each_alone and number:
                self.out.begin_page(name, place, part=titles, show_if=shown)
            self._question(row, place)

    def _question(self, row: Row, around: str) -> None:
        code, type_ = row.get("title", "") or f"q{row.get('qid', '')}", row.get("type", "")
        place = f"{around}, {_('frågan %(name)s', name=code[:60])}"
        self.names[row.get("qid", "")] = code
        make = _MAKERS.get(type_)
        if make is None:
            why = _REFUSED_TYPES.get(type_, _("Den finns inte här."))
            self.out.fault(
                place,
                _("Typen «%(type)s» går inte att ta in. %(why)s", type=type_[:5], why=why),
                _("Gör om frågan, eller ta bort den."),
            )
            return
        if row.get("other") == "Y":
            self.out.fault(
                place, _("Svaret Annat med en ruta går inte att ta in."), _("Skriv Annat som ett vanligt svar.")
            )
        if row.get("preg"):
            self.out.fault(place, _("Kravet på svaret går inte att ta in."), _("Ta bort kravet."))
        make(self, row, code, place, self._shown(row, place))

    def _shown(self, row: Row, place: str) -> Content | None:
        """When the question is shown. LimeSurvey writes old conditions into the relevance as well."""
        if self._where("conditions", "qid", row.get("qid", "")) and row.get("relevance", "1") == "1":
            self.out.fault(
                place, _("Villkoret är skrivet som före LimeSurvey 2."), _("Exportera från ett nyare LimeSurvey.")
            )
        return self._condition(row.get("relevance", ""), place)

    def _ask(self, row: Row, code: str, place: str, shown: Content | None, type_: str, **more: Any) -> None:
        codes = more.pop("codes", {})
        text = more.pop("text", None) or self._words("questions", "qid", row, "question", place)
        help_ = self._words("questions", "qid", row, "help", place)
        question: dict[str, Any] = {
            "id": self.out.free_id(code, place),
            "type": type_,
            "text": text or {EVERYWHERE: code},
            "privacy": usual_privacy(type_),
        }
        question |= {"help": help_} if help_ and type_ != "statement" else {}
        question |= {"required": True} if row.get("mandatory") == "Y" and type_ != "statement" else {}
        self.out.ask(question | self._attributes(row, type_, place) | more, place, [shown] if shown else [])
        if type_ != "statement":
            self.out.asked[code] = Asked(question["id"], codes)

    def _attributes(self, row: Row, type_: str, place: str) -> dict[str, int]:
        """Bounds and lengths; what changes the question otherwise is refused."""
        found: dict[str, int] = {}
        for each in self._where("question_attributes", "qid", row.get("qid", "")):
            name, value = each.get("attribute", ""), each.get("value", "")
            if name in _REFUSED_ATTRIBUTES and value not in ("", "0"):
                self.out.fault(place, *_REFUSED_ATTRIBUTES[name])
            elif name == "maximum_chars" and type_ in ("text", "long_text") and re.fullmatch(r"\d{1,5}", value):
                found["max_length"] = int(value)
            elif name in _BOUNDS and type_ == "number" and re.fullmatch(r"-?\d{1,9}", value):
                found[_BOUNDS[name]] = int(value)
        return found

    def _written(self, row: Row, code: str, place: str, shown: Content | None) -> None:
        self._ask(row, code, place, shown, _WRITTEN[row["type"]])

    def _yes_no(self, row: Row, code: str, place: str, shown: Content | None) -> None:
        choices = [{"code": value.lower(), "text": dict(text)} for value, text in _YES_NO]
        self._ask(row, code, place, shown, "choice", choices=choices, codes={"Y": "y", "N": "n"})

    def _listed(self, row: Row, code: str, place: str, shown: Content | None) -> None:
        rows = list(self._answers(row, place))
        codes = self.out.codes((value for value, _words in rows), place)
        choices = [{"code": codes[value], "text": text} for value, text in rows]
        self._ask(row, code, place, shown, "choice", choices=choices, codes=codes)

    def _several(self, row: Row, code: str, place: str, shown: Content | None) -> None:
        rows = list(self._subquestions(row, place))
        codes = self.out.codes((value for value, _words in rows), place)
        attributes = self._where("question_attributes", "qid", row.get("qid", ""))
        said = [each.get("value", "") for each in attributes if each.get("attribute") == "exclude_all_others"]
        alone = {value for each in said for value in re.split(r"[;,]", each)}
        choices = [
            {"code": codes[value], "text": text} | ({"exclusive": True} if value in alone else {})
            for value, text in rows
        ]
        self._ask(row, code, place, shown, "choices", choices=choices, codes=codes)
        self.boxes |= {f"{code}_{value}": (code, value) for value in codes}

    def _five(self, row: Row, code: str, place: str, shown: Content | None) -> None:
        self._ask(row, code, place, shown, "scale", **self._scale(code, self._numbers(place), place))

    def _table(self, row: Row, code: str, place: str, shown: Content | None) -> None:
        """One question a row of the table, all with the same choices."""
        rows = list(self._subquestions(row, place))
        answers = self._numbers(place) if row["type"] == "A" else list(self._answers(row, place))
        given = self._scale(code, answers, place)
        title = self._words("questions", "qid", row, "question", place)
        self.out.left(place, _("Tabellen blev %(n)s frågor.", n=len(rows)))
        for value, text in rows:
            words = {
                language: f"{said} {text.get(language) or text.get(EVERYWHERE, '')}" for language, said in title.items()
            }
            self._ask(row, f"{code}_{value}", place, shown, "scale", text=words or text, **given)

    def _numbers(self, place: str) -> list[tuple[str, Texts]]:
        self.out.left(place, _("Svaren är siffrorna 1 till 5."), _("Skriv ord för varje steg, så förstår fler."))
        return [(str(number), {EVERYWHERE: str(number)}) for number in range(1, 6)]

    def _scale(self, code: str, rows: list[tuple[str, Texts]], place: str) -> dict[str, Any]:
        codes = self.out.codes((value for value, _words in rows), place)
        scale = self.out.free_id(f"skala_{code}")
        self.out.scales[scale] = {"choices": [{"code": codes[value], "text": text} for value, text in rows]}
        return {"scale": scale, "codes": codes}

    def _answers(self, row: Row, place: str) -> Iterator[tuple[str, Texts]]:
        """Code and words of each answer to choose."""
        key = "aid" if "answer_l10ns" in self.tables else "code"
        for answer in _ordered(self._where("answers", "qid", row.get("qid", "")), "sortorder", key):
            yield answer.get("code", ""), self._words("answers", key, answer, "answer", place) or _as_it_is(answer)

    def _subquestions(self, row: Row, place: str) -> Iterator[tuple[str, Texts]]:
        for each in _ordered(self._where("subquestions", "parent_qid", row.get("qid", "")), "question_order", "qid"):
            yield each.get("title", ""), self._words("subquestions", "qid", each, "question", place) or _as_it_is(each)

    # Conditions

    def _condition(self, text: str, place: str) -> Content | None:
        if text in ("", "1"):
            return None
        try:
            if len(text) > 4000:
                raise strange(text)
            return read(" ".join(self._rewritten(_tokens(text))), self.out.asked.get)
        except BadExpression as fault:
            self.out.fault(place, fault.what.replace("${", "").replace("}", ""), _CONDITION)
            return None

    def _rewritten(self, tokens: list[str]) -> Iterator[str]:
        """The relevance's tokens as `forms.doors.expressions` reads them."""
        while tokens:
            token = tokens.pop(0)
            if token in ("is_empty", "empty") and tokens[:1] == ["("]:
                yield f"count-selected({self._ref(tokens)}) = 0"
            elif token in ("!", "not"):
                if tokens[:1] not in (["("], ["is_empty"], ["empty"]):
                    raise strange(token)
                yield "not" if tokens[0] == "(" else f"not({next(self._rewritten(tokens))})"
            elif re.match(r"[A-Za-z_]\w*|\d+X", token) and token.lower() not in _JOINS:
                yield self._asked(token, tokens)
            else:
                yield _WORDS.get(token.lower(), token)

    def _ref(self, tokens: list[str]) -> str:
        """The question within the parentheses that follow."""
        if len(tokens) < 3 or tokens[2] != ")":
            raise strange("is_empty")
        name = self._name(tokens[1])
        del tokens[:3]
        return f"${{{name}}}"

    def _asked(self, token: str, tokens: list[str]) -> str:
        """A question, or one box of a question with several: `Q2_SQ001.NAOK == "Y"`."""
        name = self._name(token)
        if name not in self.boxes:
            return f"${{{name}}}"
        of, box = self.boxes[name]
        sign, value = ([*tokens[:2], "", ""])[:2]
        del tokens[:2]
        ticked = (_WORDS.get(sign, sign), value[1:-1])
        if ticked not in (("=", "Y"), ("!=", ""), ("=", ""), ("!=", "Y")):
            raise strange(f"{token} {sign} {value}")
        held = f"selected(${{{of}}}, '{box}')"
        return held if ticked in (("=", "Y"), ("!=", "")) else f"not({held})"

    def _name(self, token: str) -> str:
        """What the form calls what a condition asks about: `Q1.NAOK`, `29846X4X12SQ001`."""
        name = token.partition(".")[0]
        old = _SGQA.fullmatch(name)
        if not old:
            return name
        return "_".join(filter(None, (self.names.get(old[1], name), old[2])))


_MAKERS: Mapping[str, Callable[[_Reading, Row, str, str, Content | None], None]] = {
    **dict.fromkeys(_WRITTEN, _Reading._written),
    **dict.fromkeys("L!", _Reading._listed),
    "M": _Reading._several,
    "Y": _Reading._yes_no,
    "5": _Reading._five,
    **dict.fromkeys("AF", _Reading._table),
}
"""LimeSurvey's type letter -> how its question is made."""


def _as_it_is(row: Row) -> Texts:
    """The code where there are no words."""
    return {EVERYWHERE: row.get("code") or row.get("title", "")}


def _ordered(rows: list[Row], order: str, key: str) -> list[Row]:
    """The rows, each once, in the order of a column: before version 4 there was one for each language."""
    once = {row.get(key, ""): row for row in reversed(rows)}
    return sorted(once.values(), key=lambda row: _number(row.get(order, "")))


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else 0


def _tokens(text: str) -> list[str]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise strange(text[at])
        found.append(token[0].strip())
        at = token.end()
    return found
