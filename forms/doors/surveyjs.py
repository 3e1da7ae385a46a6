"""A SurveyJS form (JSON) as a form: the simple types, with pages, panels, tables of choices and conditions.

What the question types cannot hold is refused with its page, question and reason, all of it at once; what only concerns
the looks is left out and told of. The form becomes anonymous: what asks who somebody is, is refused.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext as _l

from forms.doors.base import Brought, refuse
from forms.doors.building import (
    EVERYWHERE,
    MOST_CHOICES,
    Building,
    Texts,
    TooMuch,
    language_code,
    strange,
    unmarked,
    usual_privacy,
)
from forms.doors.expressions import Asked, BadExpression, Content, read
from forms.messages import _

LARGEST = 2_000_000
"""Bytes; a form of 300 questions in 12 languages has a fourth."""
_LONGEST = 10_000
"""Characters of one text."""
_DEEPEST = 10
"""Panels within panels."""

_LOCALISED = re.compile(r"default|[a-z]{2,3}([-_][A-Za-z]+)?")
_REFUSED_TYPES = {
    **dict.fromkeys(
        ("file", "signaturepad", "microphone"), _l("Det går inte att skicka in filer eller underskrifter.")
    ),
    **dict.fromkeys(("paneldynamic", "matrixdynamic"), _l("Frågor kan inte upprepas.")),
    **dict.fromkeys(("matrixdropdown", "imagemap"), _l("Det finns ingen fråga som är en tabell med olika svar.")),
    **dict.fromkeys(("imagepicker",), _l("Svar har inga bilder.")),
    **dict.fromkeys(("expression",), _l("Formulär räknar inte ut svar.")),
    **dict.fromkeys(("ranking",), _l("Det finns ingen fråga som rangordnar.")),
}
_REFUSED_KEYS: Mapping[str, str] = {
    **dict.fromkeys(("enableIf", "readOnly"), _l("Frågor kan inte vara låsta.")),
    "requiredIf": _l("Om frågan måste besvaras kan inte bero på något."),
    **dict.fromkeys(("defaultValue", "defaultRowValue"), _l("Frågor har inga svar i förväg.")),
    **dict.fromkeys(
        ("defaultValueExpression", "setValueIf", "setValueExpression"), _l("Formulär räknar inte ut svar.")
    ),
    **dict.fromkeys(("resetValueIf", "minValueExpression", "maxValueExpression"), _l("Formulär räknar inte ut svar.")),
    **dict.fromkeys(("choicesByUrl", "choicesFromQuestion"), _l("Svaren måste stå i frågan.")),
    **dict.fromkeys(("choicesVisibleIf", "rowsVisibleIf", "columnsVisibleIf"), _l("Svaren kan inte filtreras.")),
    **dict.fromkeys(("showOtherItem", "hasOther"), _l("Svaret Annat med en ruta går inte att ta in.")),
    **dict.fromkeys(("showCommentArea", "hasComment"), _l("En kommentarsruta är en egen fråga här.")),
    "valueName": _l("Två frågor kan inte ha samma svar."),
    "cellType": _l("Alla rader måste svara på samma sätt."),
    "mask": _l("Svar har inga mönster."),
}
"""Keys of a question that change what is asked or kept, where they say something."""
_REFUSED_OF_SURVEY: Mapping[str, str] = {
    "triggers": _l("Formulär gör inget av sig själva."),
    "calculatedValues": _l("Formulär räknar inte ut svar."),
    **dict.fromkeys(
        ("navigateToUrl", "navigateToUrlOnCondition"), _l("Ett formulär skickar ingen till en annan plats.")
    ),
}
_READ = frozenset(
    {
        *("type", "name", "title", "description", "isRequired", "requiredErrorText", "visibleIf", "elements"),
        *("questions", "choices", "rateValues", "rateMin", "rateMax", "rateStep", "rateCount", "min", "max", "step"),
        *("minRateDescription", "maxRateDescription", "mininumRateDescription", "maximumRateDescription"),
        *("rows", "columns", "items", "inputType", "maxLength", "validators", "html", "visible", "autoGenerate"),
        *("labelTrue", "labelFalse", "valueTrue", "valueFalse", "showNoneItem", "hasNone", "noneText", "sliderType"),
        *("showRefuseItem", "refuseText", "showDontKnowItem", "dontKnowText", "eachRowRequired", "isAllRowRequired"),
    }
)
_READ_OF_SURVEY = frozenset({"title", "description", "locale", "pages", "elements", "questions", "completedHtml"})
_WRITTEN = {"text": "text", "number": "number", "date": "date", "email": "email", "tel": "phone"}
"""What a text question asks for -> our type."""
_YES, _NO = {"sv": "Ja", "en": "Yes"}, {"sv": "Nej", "en": "No"}
_NONE = {"sv": "Inget av detta", "en": "None"}
_REMEDY = _l("Gör om frågan, eller ta bort den.")
_CONDITION = _l("Jämför frågor med svar: {q1} = 'svar', and, or.")

_TOKEN = re.compile(
    r"\s*(?:(?P<ref>\{[^{}]{1,200}\})|(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z]+)|(?P<sign><>|!=|==|<=|>=|&&|\|\||[=<>()!,\[\]]))"
)
_WORDS = {"==": "=", "equal": "=", "<>": "!=", "notequal": "!=", "greater": ">", "less": "<"} | {
    **{"greaterorequal": ">=", "lessorequal": "<=", "&&": "and", "||": "or"},
    **{"true": "'true'", "false": "'false'"},
}


def bring(content: bytes, name: str) -> Brought:
    """The form in a SurveyJS file. Raises `BadForm` with everything that does not fit."""
    survey = _loaded(content, name)
    reading = _Reading(Building(name))
    try:
        return reading.form(survey)
    except (TooMuch, RecursionError):
        raise refuse(name, _("Formuläret är för stort."), _("Dela upp det i flera.")) from None


class _Twice(ValueError):
    """A key that stands twice: one of them would be lost without a word."""


def _loaded(content: bytes, name: str) -> Mapping[str, Any]:
    """The survey in the file: JSON with nothing twice, no more and no deeper than a form is."""
    if len(content) > LARGEST:
        raise refuse(name, _("Filen är för stor."), _("Den får ha högst %(n)s miljoner byte.", n=LARGEST // 1_000_000))
    try:
        survey = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except _Twice as fault:
        raise refuse(name, _("«%(key)s» står två gånger på samma plats.", key=fault), _("Ta bort den ena.")) from None
    except (ValueError, RecursionError):
        raise refuse(
            name, _("Filen går inte att läsa som JSON."), _("Exportera formuläret från SurveyJS igen.")
        ) from None
    if not isinstance(survey, dict) or not survey.keys() & {"pages", "elements", "questions"}:
        raise refuse(name, _("Filen är inget formulär från SurveyJS."), _("Välj filen som har pages eller elements."))
    return survey


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _value in pairs]
        raise _Twice(next(key for key in names if names.count(key) > 1)[:60])
    return found


def _no_number(word: str) -> float:
    raise ValueError(word)


@dataclass(frozen=True)
class _Part:
    """An object of the file, with what it is called."""

    content: Mapping[str, Any]
    place: str

    def says(self, key: str) -> bool:
        """Whether something stands under the key."""
        return self.content.get(key) not in (None, False, "", [], {})


@dataclass
class _Reading:
    """A survey being read."""

    out: Building
    usual: str = "sv"
    """The language of texts that name none."""
    languages: list[str] = field(default_factory=list)
    several: set[str] = field(default_factory=set)
    """Names of the questions that take several answers."""
    unused: set[str] = field(default_factory=set)

    def form(self, survey: Mapping[str, Any]) -> Brought:
        """The whole survey."""
        whole = _Part(survey, "")
        self.usual = language_code(self.text(whole, "locale")) or self.usual
        if not whole.says("locale"):
            self.out.left("", _("Filen säger inte vilket språk den är på."), _("Texterna togs som svenska."))
        for key, why in _REFUSED_OF_SURVEY.items():
            if whole.says(key):
                self.out.fault(key, why, _("Ta bort det i SurveyJS och exportera igen."))
        self.unused |= {key for key in survey if key not in _READ_OF_SURVEY | _REFUSED_OF_SURVEY.keys()}
        if "pages" in survey:
            for number, page in enumerate(self.parts(whole, "pages"), start=1):
                self._page(page, number)
        else:
            self.out.begin_page("sida_1", "")
            self._elements(whole, "", (), 0)
        stem = PurePath(self.out.name).stem
        title = self.texts(whole, "title") or {self.usual: stem}
        opening, closing = self.texts(whole, "description"), self.texts(whole, "completedHtml")
        self.out.left("", _("Formuläret blev anonymt."), _("Det är det strängaste."))
        if self.unused:
            self.out.left(
                "", _("Det här används inte och kom inte med: %(words)s.", words=", ".join(sorted(self.unused))[:400])
            )
        return self.out.brought(
            {
                "form": self.out.free_id(stem),
                "version": 1,
                "kind": "anonymous",
                "languages": sorted(self.languages or [self.usual], key=lambda code: code != self.usual),
                "title": title,
                **({"start": [{"paragraphs": [opening]}]} if opening else {}),
                **({"end": [{"paragraphs": [closing]}]} if closing else {}),
            }
        )

    # Pages and panels

    def _page(self, content: Any, number: int) -> None:
        if not isinstance(content, dict):
            self.out.fault(
                _("sidan nummer %(n)s", n=number),
                _("Sidan är inget objekt."),
                _("Exportera formuläret igen."),
            )
            return
        name = str(content.get("name") or f"sida_{number}")
        page = _Part(content, _("sidan %(name)s", name=name[:60]))
        self.out.begin_page(name, page.place, part=self.texts(page, "title"), show_if=self._condition(page))
        if page.says("description"):
            self.out.left(page.place, _("Sidans text under rubriken kom inte med."))
        self._elements(page, page.place, (), 0)

    def _elements(self, around: _Part, page: str, conditions: tuple[Content, ...], depth: int) -> None:
        if depth > _DEEPEST:
            raise TooMuch
        for place, content in enumerate([*self.parts(around, "elements"), *self.parts(around, "questions")], start=1):
            if not isinstance(content, dict):
                self.out.fault(
                    around.place,
                    _("Element nummer %(n)s är inget objekt.", n=place),
                    _("Exportera formuläret igen."),
                )
                continue
            name = str(content.get("name") or f"fraga_{place}")
            of_panel = content.get("type") == "panel"
            called = _("panelen %(name)s", name=name[:60]) if of_panel else _("frågan %(name)s", name=name[:60])
            element = _Part(content, ", ".join(filter(None, (page, called))))
            own = self._condition(element)
            shown = (*conditions, own) if own else conditions
            if of_panel:
                if element.says("title") or element.says("description"):
                    self.out.left(element.place, _("Panelens rubrik kom inte med."))
                self._elements(element, page, shown, depth + 1)
            else:
                self._question(element, name, shown)

    # Questions

    def _question(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        type_ = str(element.content.get("type") or "text")
        make = _MAKERS.get(type_)
        if make is None:
            why = _REFUSED_TYPES.get(type_, _("Den finns inte här."))
            self.out.fault(
                element.place, _("Typen «%(type)s» går inte att ta in. %(why)s", type=type_[:40], why=why), _REMEDY
            )
            return
        for key, why in _REFUSED_KEYS.items():
            if element.says(key):
                self.out.fault(element.place, f"«{key}»: {why}", _REMEDY)
        if element.content.get("visible") is False:
            self.out.fault(element.place, _("Frågan är dold."), _("Visa den, eller ta bort den."))
        self.unused |= element.content.keys() - _READ - _REFUSED_KEYS.keys()
        make(self, element, name, shown)

    def _ask(
        self,
        element: _Part,
        name: str,
        shown: tuple[Content, ...],
        type_: str,
        *,
        text: Texts | None = None,
        codes: Mapping[str, str] = MappingProxyType({}),
        required: bool = False,
        **more: Any,
    ) -> None:
        """Put one question in; `more` are keys of a form file."""
        if name in self.out.asked:
            self.out.fault(
                element.place, _("En annan fråga heter också «%(name)s».", name=name[:60]), _("Välj ett annat namn.")
            )
        question: dict[str, Any] = {
            "id": self.out.free_id(name, element.place if type_ != "statement" else ""),
            "type": type_,
            "text": text or self.texts(element, "title") or {EVERYWHERE: name},
            "privacy": usual_privacy(type_),
        }
        help_, error = self.texts(element, "description"), self.texts(element, "requiredErrorText")
        question |= {"help": help_} if help_ and type_ != "statement" else {}
        if required or element.content.get("isRequired") is True:
            question |= {"required": True} | ({"error": error} if error else {})
        self.out.ask(question | more, element.place, shown)
        if type_ != "statement":
            self.out.asked[name] = Asked(question["id"], codes)
        if type_ == "choices":
            self.several.add(name)

    def _written(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        asked_for = str(element.content.get("inputType") or "text")
        type_ = "long_text" if element.content.get("type") == "comment" else _WRITTEN.get(asked_for, "")
        if not type_:
            self.out.fault(element.place, _("Det finns ingen fråga om «%(name)s».", name=asked_for[:40]), _REMEDY)
            return
        self._ask(element, name, shown, type_, **self._limits(element, type_))

    def _slider(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        if element.content.get("sliderType", "single") != "single" or element.content.get("step", 1) != 1:
            self.out.fault(element.place, _("Bara ett reglage med hela steg om 1 går att ta in."), _REMEDY)
            return
        self.out.left(element.place, _("Reglaget blev en ruta att skriva ett tal i."))
        self._ask(element, name, shown, "number", **({"minimum": 0, "maximum": 100} | self._limits(element, "number")))

    def _limits(self, element: _Part, type_: str) -> dict[str, Any]:
        """Bounds and lengths, from the question's own keys and its validators."""
        found: dict[str, Any] = {}
        if type_ == "number":
            found |= {"minimum": element.content.get("min"), "maximum": element.content.get("max")}
        length = element.content.get("maxLength")
        if type_ in ("text", "long_text") and isinstance(length, int) and length > 0:
            found["max_length"] = length
        for rule in self.parts(element, "validators"):
            kind = rule.get("type") if isinstance(rule, dict) else None
            if kind in ("numeric", "numericvalidator") and type_ == "number":
                found |= {"minimum": rule.get("minValue"), "maximum": rule.get("maxValue")}
            elif kind in ("text", "textvalidator") and type_ in ("text", "long_text") and not rule.get("minLength"):
                found["max_length"] = rule.get("maxLength")
            else:
                self.out.fault(
                    element.place, _("Kravet «%(rule)s» går inte att ta in.", rule=str(kind)[:40]), _("Ta bort kravet.")
                )
        given = {key: value for key, value in found.items() if value is not None}
        for value in given.values():
            if not isinstance(value, int) or isinstance(value, bool):
                self.out.fault(
                    element.place,
                    _("«%(value)s» är inget helt tal.", value=str(value)[:40]),
                    _("Skriv en gräns med siffror."),
                )
        return {key: value for key, value in given.items() if isinstance(value, int) and not isinstance(value, bool)}

    def _statement(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        self._ask(element, name, shown, "statement", text=self.texts(element, "html"))

    def _picture(self, element: _Part, _name: str, _shown: tuple[Content, ...]) -> None:
        self.out.left(element.place, _("Frågor har inga bilder. Den kom inte med."))

    def _boolean(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        rows = [
            (str(element.content.get("valueTrue", "true")), self.texts(element, "labelTrue") or dict(_YES)),
            (str(element.content.get("valueFalse", "false")), self.texts(element, "labelFalse") or dict(_NO)),
        ]
        codes = self.out.codes((value for value, _words in rows), element.place)
        choices = [{"code": codes[value], "text": text} for value, text in rows]
        self._ask(element, name, shown, "choice", choices=choices, codes=codes)

    def _choosing(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        several = element.content.get("type") in ("checkbox", "tagbox")
        rows = list(self._items(element, "choices"))
        codes = self.out.codes((value for value, _words in rows), element.place)
        given: dict[str, Any] = {"choices": [{"code": codes[value], "text": text} for value, text in rows]}
        if several and (element.says("showNoneItem") or element.says("hasNone")):
            none = self.texts(element, "noneText") or dict(_NONE)
            codes |= {"none": self._beside(codes, "none")}
            given["choices"].append({"code": codes["none"], "text": none, "exclusive": True})
        for key, text, ours in (
            ("showDontKnowItem", "dontKnowText", "dont_know"),
            ("showRefuseItem", "refuseText", "refusal"),
        ):
            if element.says(key):
                given[ours] = self.texts(element, text) or True
        self._ask(element, name, shown, "choices" if several else "choice", codes=codes, **given)

    def _beside(self, codes: Mapping[str, str], wanted: str) -> str:
        return wanted if wanted not in codes.values() else self._beside(codes, f"{wanted}_")

    def _rating(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        rows = list(self._items(element, "rateValues")) or list(self._steps(element))
        self._ask(element, name, shown, "scale", **self._scale(rows, element, name))

    def _steps(self, element: _Part) -> Iterator[tuple[str, Texts]]:
        """The numbers of a rating, with its words at the ends."""
        least, most, step = (element.content.get(k, d) for k, d in (("rateMin", 1), ("rateMax", 5), ("rateStep", 1)))
        count = element.content.get("rateCount")
        if isinstance(count, int) and "rateMax" not in element.content and isinstance(least, int):
            most = least + count - 1
        if not (isinstance(least, int) and isinstance(most, int) and step == 1 and 0 < most - least < 100):
            self.out.fault(
                element.place, _("Betyget ska ha hela steg om 1, minst två."), _("Skriv rateValues i stället.")
            )
            return
        low = self.texts(element, "minRateDescription") or self.texts(element, "mininumRateDescription")
        high = self.texts(element, "maxRateDescription") or self.texts(element, "maximumRateDescription")
        self.out.left(element.place, _("Betygets steg är siffror."), _("Skriv ord för varje steg, så förstår fler."))
        for number in range(least, most + 1):
            words = low if number == least else high if number == most else {}
            plain = {EVERYWHERE: str(number)}
            yield str(number), plain | {language: f"{number} {text}" for language, text in words.items()}

    def _table(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        """One question a row, all with the same choices."""
        columns, rows = list(self._items(element, "columns")), list(self._items(element, "rows"))
        given = self._scale(columns, element, name)
        title = self.texts(element, "title")
        if not rows:
            self.out.fault(element.place, _("Tabellen har inga rader."), _REMEDY)
        needed = element.says("eachRowRequired") or element.says("isAllRowRequired")
        self.out.left(element.place, _("Tabellen blev %(n)s frågor.", n=len(rows)))
        for value, text in rows:
            asked = {
                language: f"{words} {text.get(language) or text.get(EVERYWHERE, '')}"
                for language, words in title.items()
            }
            row = _Part({key: element.content[key] for key in ("isRequired",) if key in element.content}, element.place)
            self._ask(row, f"{name}.{value}", shown, "scale", text=asked or text, required=needed, **given)

    def _scale(self, rows: list[tuple[str, Texts]], element: _Part, name: str) -> dict[str, Any]:
        """A scale of the form, and the keys of a question on it."""
        codes = self.out.codes((value for value, _words in rows), element.place)
        scale = self.out.free_id(f"skala_{name}") if rows else ""
        self.out.scales[scale] = {"choices": [{"code": codes[value], "text": text} for value, text in rows]}
        return {"scale": scale, "codes": codes}

    def _several_texts(self, element: _Part, name: str, shown: tuple[Content, ...]) -> None:
        for item in self.parts(element, "items"):
            if isinstance(item, dict):
                part = _Part(item, element.place)
                own = str(item.get("name") or "")
                self._written(part, f"{name}.{own}", shown)
            else:
                self.out.fault(element.place, _("En av rutorna är inget objekt."), _REMEDY)
        self.out.left(element.place, _("Rutorna blev en fråga var."))

    def _items(self, element: _Part, key: str) -> Iterator[tuple[str, Texts]]:
        """Value and words of each choice, row or column."""
        for item in self.parts(element, key):
            value = item.get("value") if isinstance(item, dict) else item
            if isinstance(item, str) and "|" in item:
                value, _bar, words = item.partition("|")
                yield value, {self.usual: words}
            elif not isinstance(value, str | int | float):
                self.out.fault(
                    element.place, _("Ett av svaren (%(key)s) har inget värde.", key=key), _("Skriv value och text.")
                )
            elif isinstance(item, dict):
                part = _Part(item, element.place)
                if any(part.says(each) for each in ("visibleIf", "enableIf")):
                    self.out.fault(element.place, _("Svaren kan inte filtreras."), _("Ta bort visibleIf från svaren."))
                yield str(value), self.texts(part, "text") or {EVERYWHERE: str(value)}
            else:
                yield str(value), {EVERYWHERE: str(value)}

    # Conditions

    def _condition(self, part: _Part) -> Content | None:
        text = part.content.get("visibleIf")
        if text in (None, ""):
            return None
        try:
            if not isinstance(text, str) or len(text) > 4000:
                raise strange(str(text))
            return read(" ".join(self._rewritten(_tokens(text))), self.out.asked.get)
        except BadExpression as fault:
            self.out.fault(part.place, fault.what.replace("${", "{"), _CONDITION)
            return None

    def _rewritten(self, tokens: list[str]) -> Iterator[str]:
        """The condition's tokens as `forms.doors.expressions` reads them."""
        while tokens:
            token = tokens.pop(0)
            if token.startswith("{"):
                yield from self._about(token[1:-1].strip(), tokens)
            elif token.lower() in ("!", "not"):
                if tokens[:1] != ["("]:
                    raise strange(token)
                yield "not"
            else:
                yield _WORDS.get(token.lower(), token)

    def _about(self, name: str, tokens: list[str]) -> Iterator[str]:
        """What is asked about one question."""
        ref, op = f"${{{name}}}", tokens[0].lower() if tokens else ""
        if op in ("notempty", "empty"):
            del tokens[0]
            yield f"count-selected({ref}) {'>' if op == 'notempty' else '='} 0"
        elif op in ("contains", "contain", "notcontains", "notcontain", "anyof", "allof", "noneof"):
            del tokens[0]
            if name in self.out.asked and not self.out.asked[name].codes:
                raise strange(op)  # a part of what somebody has written
            told = [self._holds(name, ref, value) for value in _values(tokens)]
            joined = f"({(' and ' if op in ('allof', 'contains', 'contain') else ' or ').join(told)})"
            yield f"not{joined}" if op.startswith("no") else joined
        else:
            yield ref

    def _holds(self, name: str, ref: str, value: str) -> str:
        return f"selected({ref}, {value})" if name in self.several else f"{ref} = {value}"

    # What stands under a key

    def text(self, part: _Part, key: str) -> str:
        """A plain text, or ""."""
        value = part.content.get(key)
        return value if isinstance(value, str) else ""

    def parts(self, part: _Part, key: str) -> list[Any]:
        """A list, or nothing."""
        value = part.content.get(key)
        if value is not None and not isinstance(value, list):
            self.out.fault(
                part.place, _("«%(key)s» är ingen lista.", key=key), _("Exportera formuläret från SurveyJS igen.")
            )
        if isinstance(value, list) and len(value) > MOST_CHOICES:
            raise TooMuch
        return value if isinstance(value, list) else []

    def texts(self, part: _Part, key: str) -> Texts:
        """The texts under a key, in the languages they are in."""
        value = part.content.get(key)
        said = {"default": value} if isinstance(value, str) else value
        if not said:
            return {}
        if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
            self.out.fault(
                part.place, _("«%(key)s» är ingen text.", key=key), _("Skriv en text, eller en text per språk.")
            )
            return {}
        found: Texts = {}
        for language, words in said.items():
            code = self.usual if language == "default" else language_code(language)
            if not code or len(words) > _LONGEST:
                self.out.fault(
                    part.place,
                    _("«%(key)s» på språket «%(language)s» går inte att läsa.", key=key, language=language[:20]),
                    _("Rätta texten."),
                )
            elif unmarked(words) and (language != "default" or code not in said):
                found[code] = unmarked(words)
        self.languages += [code for code in found if code not in self.languages]
        return found


_MAKERS: Mapping[str, Callable[[_Reading, _Part, str, tuple[Content, ...]], None]] = {
    **dict.fromkeys(("text", "comment"), _Reading._written),
    **dict.fromkeys(("radiogroup", "dropdown", "buttongroup", "checkbox", "tagbox"), _Reading._choosing),
    "boolean": _Reading._boolean,
    "rating": _Reading._rating,
    "matrix": _Reading._table,
    "multipletext": _Reading._several_texts,
    "slider": _Reading._slider,
    "html": _Reading._statement,
    "image": _Reading._picture,
}
"""SurveyJS's type -> how its question is made."""


def _tokens(text: str) -> list[str]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise strange(text[at])
        found.append(token[0].strip())
        at = token.end()
    return found


def _values(tokens: list[str]) -> list[str]:
    """One value, or those of a list in brackets."""
    if tokens[:1] != ["["]:
        found = tokens[:1]
        del tokens[:1]
    else:
        end = tokens.index("]") if "]" in tokens else 0
        found = [each for each in tokens[1:end] if each != ","]
        del tokens[: end + 1]
    if not found or not all(each[0] in "'\"-0123456789" for each in found):
        raise strange(found[0] if found else "[")
    return found
