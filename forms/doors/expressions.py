"""Conditions as XLSForm writes them, both ways: `${q} = '1' and not(selected(${r}, '2'))`.

What is written asks exactly what our condition asks, also of blanks and refusals: XPath holds a blank to be unlike
anything and a refusal to be a choice like others, our conditions hold both to be no answer. What is read is only what a
condition can say; the rest is `BadExpression`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.messages import _
from forms.model import MISSING, AllOf, AnyOf, Compare, Condition, Form, Operator, Question
from forms.types import TYPES

LONGEST = 4000
"""Characters of an expression that is read."""
_DEEPEST = 30
_SIGNS: Mapping[Operator, str] = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_OPS = {sign: op for op, sign in _SIGNS.items()}
_TURNED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_SOME = {(">", "0"), (">=", "1"), ("!=", "0")}
"""How a count says that there is something."""
_TOKEN = re.compile(
    r"\s*(?:(?P<ref>\$\{\s*[^{}]+?\s*\})|(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z][\w-]*(?::[\w-]+)?)|(?P<sign>!=|<=|>=|[=<>(),.+*/\[\]|-]))"
)

Content = dict[str, Any]
"""A condition with the keys of a form file."""
_ALWAYS: Content = {"all": []}
"""What holds of every answer a condition can see: that it is not a refusal."""


class BadExpression(Exception):
    """The text is no condition that a form can hold."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def written(condition: Condition, form: Form) -> str:
    """The condition as an XLSForm expression."""
    if isinstance(condition, Compare):
        return _compare(condition, form.by_id[condition.q])
    if isinstance(condition, AllOf | AnyOf):
        parts = [written(part, form) for part in condition.parts]
        return f"({(' and ' if isinstance(condition, AllOf) else ' or ').join(parts)})"
    return f"not({written(condition.part, form)})"


def _compare(compare: Compare, question: Question) -> str:
    type_, ref = TYPES[question.type], f"${{{question.id}}}"
    if compare.op in ("answered", "empty"):
        given = _given(question, ref)
        return given if compare.op == "answered" else f"not({given})"
    if compare.op == "has":
        return f"selected({ref}, '{compare.value}')"
    if type_.chosen:
        codes = [choice.code for choice in question.choices if not choice.missing]
        alike = [f"{ref} = '{code}'" for code in codes if type_.holds(compare.op, code, compare.value)]
        return _any(alike) if alike else "false()"
    values = compare.value if isinstance(compare.value, tuple) else (str(compare.value),)
    told = [value if type_.measures else f"date('{value}')" for value in values]
    if compare.op == "ne":
        return f"({ref} != '' and not({ref} = {told[0]}))"
    if compare.op == "in":
        return _any([f"{ref} = {value}" for value in told])
    return f"{ref} {_SIGNS[compare.op]} {told[0]}"


def _any(parts: list[str]) -> str:
    return f"({' or '.join(parts)})" if len(parts) > 1 else parts[0]


def _given(question: Question, ref: str) -> str:
    refusals = [f"not(selected({ref}, '{choice.code}'))" for choice in question.choices if choice.missing]
    given = " and ".join([f"{ref} != ''", *refusals])
    return f"({given})" if refusals else given


@dataclass(frozen=True)
class Asked:
    """What an expression may ask about: a question that has been read, by its name in the file."""

    id: str
    codes: Mapping[str, str] = field(default_factory=dict)
    """What a choice is called in the file -> its code."""


def read(text: str, asked: Callable[[str], Asked | None]) -> Content:
    """The condition that an XLSForm expression says. Raises `BadExpression`."""
    if len(text) > LONGEST:
        raise BadExpression(_("Villkoret är för långt."), _("Det får ha högst %(most)s tecken.", most=LONGEST))
    parser = _Parser(_tokens(text), asked)
    condition = parser.either(0)
    if parser.left:
        raise _strange(parser.left[0])
    return _sure(condition)


def _tokens(text: str) -> list[str]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _strange(text[at])
        found.append(token[0].strip())
        at = token.end()
    return found


class _Parser:
    """Recursive descent over the tokens that are left."""

    def __init__(self, tokens: list[str], asked: Callable[[str], Asked | None]) -> None:
        self.left = tokens
        self._asked = asked

    def either(self, depth: int) -> Content:
        if depth > _DEEPEST:
            raise BadExpression(_("Villkoret har för många parenteser."), _("Dela upp frågorna på fler grupper."))
        parts = [self._both(depth)]
        while self._skip("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else {"any": [_sure(part) for part in parts]}

    def _both(self, depth: int) -> Content:
        parts = [self._one(depth)]
        while self._skip("and"):
            parts.append(self._one(depth))
        telling = [part for part in parts if part != _ALWAYS]
        return telling[0] if len(telling) == 1 else {"all": telling}

    def _one(self, depth: int) -> Content:
        if self._skip("("):
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        if self._skip("not"):
            return self._not(depth)
        if self._skip("selected"):
            return self._selected()
        if self._skip("count-selected") or self._skip("string-length"):
            return self._counted()
        return self._comparison()

    def _not(self, depth: int) -> Content:
        self._expect("(")
        if _asks_for_refusal(self.left):
            del self.left[:7]
            return _ALWAYS
        inner = _sure(self.either(depth + 1))
        self._expect(")")
        return {"not": inner}

    def _selected(self) -> Content:
        self._expect("(")
        asked = self._question()
        self._expect(",")
        value = self._value(asked)
        self._expect(")")
        return {"q": asked.id, "op": "has", "value": value}

    def _counted(self) -> Content:
        self._expect("(")
        asked = self._question()
        self._expect(")")
        sign, number = self._take(), self._take()
        if (sign, number) in _SOME:
            return {"q": asked.id, "op": "answered"}
        if (sign, number) == ("=", "0"):
            return {"q": asked.id, "op": "empty"}
        raise BadExpression(_("Villkoret räknar svaren."), _("Fråga bara om det finns något svar: > 0."))

    def _comparison(self) -> Content:
        turned = not self.left[:1] or not self.left[0].startswith("${")
        first = self._take() if turned else ""
        sign = self._take() if turned else ""
        if turned and sign not in _OPS:
            raise _strange(first)
        asked = self._question()
        sign = _TURNED.get(sign, sign) if turned else self._take()
        if sign not in _OPS:
            raise _strange(first or sign)
        if turned:
            self.left.insert(0, first)
        return _compared(asked, sign, self._value(asked))

    def _question(self) -> Asked:
        token = self._take()
        if not token.startswith("${"):
            raise _strange(token)
        name = token[2:-1].strip()
        asked = self._asked(name)
        if asked is None:
            raise BadExpression(
                _("Frågan «%(name)s» finns inte före den här.", name=name), _("Fråga om något som står tidigare.")
            )
        return asked

    def _value(self, asked: Asked) -> str:
        token = self._take()
        if token == "date":  # noqa: S105  a function of XPath
            self._expect("(")
            token = self._take()
            self._expect(")")
        if token[0] not in "'\"" and not token.lstrip("-")[:1].isdigit():
            raise _strange(token)
        value = _unquoted(token)
        if value in MISSING:
            remedy = _("Fråga efter ett av de andra svaren. Den som inte vill svara ska inte få andra frågor.")
            raise BadExpression(_("Villkoret frågar efter svaret %(value)s.", value=value), remedy)
        return asked.codes.get(value, value)

    def _skip(self, token: str) -> bool:
        if self.left[:1] != [token]:
            return False
        if token in ("not", "selected", "count-selected", "string-length") and self.left[1:2] != ["("]:
            return False
        del self.left[0]
        return True

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise _strange(found)

    def _take(self) -> str:
        if not self.left:
            raise BadExpression(_("Villkoret slutar mitt i."), _("Kolla parenteser och citattecken."))
        return self.left.pop(0)


def _asks_for_refusal(tokens: list[str]) -> bool:
    """Whether the tokens begin `selected(${question}, '-88'))`."""
    begun = tokens[:7]
    shape = [token for place, token in enumerate(begun) if place not in (2, 4)]
    return shape == ["selected", "(", ",", ")", ")"] and begun[2][:2] == "${" and _unquoted(begun[4]) in MISSING


def _compared(asked: Asked, sign: str, value: str) -> Content:
    if value == "" and sign in ("=", "!="):
        return {"q": asked.id, "op": "empty" if sign == "=" else "answered"}
    if sign == "!=":  # true of a blank too, which our `ne` is not
        return {"not": {"q": asked.id, "op": "eq", "value": value}}
    return {"q": asked.id, "op": _OPS[sign], "value": value}


def _sure(condition: Content) -> Content:
    if condition == _ALWAYS:
        raise BadExpression(
            _("Villkoret frågar bara om någon inte vill svara."), _("Fråga efter ett av de andra svaren.")
        )
    return condition


def _unquoted(token: str) -> str:
    return token[1:-1] if token[:1] in ("'", '"') else token


def _strange(token: str) -> BadExpression:
    return BadExpression(
        _("Villkoret har «%(token)s», som inte går att ta in.", token=token[:40]),
        _("Jämför frågor med svar: ${q1} = 'kod', selected(${q1}, 'kod'), and, or, not(…)."),
    )
