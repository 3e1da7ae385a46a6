"""Choices and scales: their codes are chosen here, and never given to anything else once they were used."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from forms.content import Content, Used, each_question, merged, new_code, numbered
from forms.editing.base import Edit, Refused
from forms.messages import _
from forms.model import POLES


@dataclass(frozen=True)
class ChangeScale(Edit):
    """A scale that questions share, or a new one where `scale` is None."""

    scale: str | None
    values: Mapping[str, Any]
    """Keys of a scale in a form file; choices may be without codes."""

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"scale:{self.scale}"} if self.scale else ())

    def _do(self, content: Content, used: Used) -> None:
        scales = content.setdefault("scales", {})
        name = self.scale or numbered("skala", scales.keys() | used.scales.keys())
        scale = scales.setdefault(name, {})
        taken = {code for q in _using(content, name) for code in codes(q) | used.codes.get(q["id"], frozenset())}
        change_choosing(scale, self.values, taken | used.scales.get(name, frozenset()), frozenset())


@dataclass(frozen=True)
class RemoveScale(Edit):
    """A scale that no question uses."""

    scale: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset({f"scale:{self.scale}"})

    def _do(self, content: Content, used: Used) -> None:
        if _using(content, self.scale):
            raise Refused(_("Frågor använder skalan."), _("Ge dem en annan skala först."))
        content.get("scales", {}).pop(self.scale, None)


def change_choosing(of: dict[str, Any], values: Mapping[str, Any], taken: Set[str], shared: Set[str]) -> None:
    """New values for a question or a scale; new choices get codes that are not `taken`, and poles lose the codes that
    went. `shared` codes are the scale's of a question."""
    for key, value in values.items():
        if key == "choices" and value is not None:
            put(of, key, _coded(of.get("choices", []), value, taken))
            left = codes(of) | shared
            for pole in POLES:
                if pole in of and pole not in values:
                    put(of, pole, [code for code in of[pole] if code in left])
        else:
            put(of, key, None if value is None else merged(of.get(key), value))


def put(of: dict[str, Any], key: str, value: Any) -> None:
    """Nothing, no and an empty list stand in a form file by not being there; a number and «no faces» stand."""
    if value in (None, "", [], {}) or (value is False and key != "faces"):
        of.pop(key, None)
    else:
        of[key] = value


def codes(question: Mapping[str, Any]) -> set[str]:
    """The codes of the question's own choices."""
    return {choice["code"] for choice in question.get("choices", ())}


def scale_codes(content: Content, question: Mapping[str, Any]) -> frozenset[str]:
    """The codes of its scale."""
    scale = content.get("scales", {}).get(question.get("scale", ""), {})
    return frozenset(choice["code"] for choice in scale.get("choices", ()))


def _coded(
    old: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], taken: Set[str]
) -> list[dict[str, Any]]:
    """The choices as given, each with its own code; a new one gets one that never was."""
    known = {choice["code"]: choice for choice in old}
    used = {*taken, *known, *(str(row["code"]) for row in rows if row.get("code"))}
    coded: list[dict[str, Any]] = []
    for row in rows:
        code = row.get("code") or new_code(used)
        used.add(code)
        before = known.get(code, {})
        others = {key: merged(before.get(key), value) for key, value in row.items() if value}
        coded.append(others | {"code": code, "text": merged(before.get("text"), row.get("text", {}))})
    return coded


def _using(content: Content, scale: str) -> list[dict[str, Any]]:
    return [question for _page, question in each_question(content) if question.get("scale") == scale]
