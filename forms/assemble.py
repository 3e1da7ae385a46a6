"""What the schema has read <-> `forms.model`, and the canonical text that a published version is kept as.

The canonical form has the keys of a form file with everything standard written out, so that a published version says
the same for ever, whatever the software's standard words become.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from forms.model import (
    DONT_KNOW,
    POLES,
    REFUSED,
    AllOf,
    AnyOf,
    Choice,
    Compare,
    Condition,
    Consent,
    Form,
    Lock,
    Page,
    Passage,
    Question,
    Rule,
    Scale,
    Script,
    Text,
    Where,
    Wording,
)
from forms.types import TYPES
from forms.values import where

STANDARD_WORDS = {
    DONT_KNOW: {"sv": "Vet inte", "en": "Don't know"},
    REFUSED: {"sv": "Vill inte svara", "en": "Don't want to answer"},
}
"""What `dont_know: true` and `refusal: true` say. Other languages are written in the form."""

_NOTHING = Text({})
_NO_POLES = Scale("", ())


def assemble(content: Mapping[str, Any]) -> Form:
    """The form in what the schema accepted. Keys that were faulty are missing; the form is then only good to check."""
    scales = {name: _scale(name, scale) for name, scale in content.get("scales", {}).items()}
    languages = tuple(content.get("languages", ()))
    pages = tuple(assemble_page(page, scales, languages) for page in content.get("pages", ()))
    return Form(
        id=content.get("form", ""),
        version=content.get("version", 0),
        kind=content.get("kind", "record"),
        languages=languages,
        title=content.get("title", _NOTHING),
        pages=pages,
        pool=content.get("pool") or content.get("form", ""),
        scales=tuple(scales.values()),
        themes=content.get("themes", {}),
        locks=tuple(_lock(name, lock) for name, lock in content.get("locks", {}).items()),
        start=_passages(content, "start"),
        protection=_passages(content, "protection"),
        with_code=content.get("with_code"),
        more=_passages(content, "more"),
        end=_passages(content, "end"),
        consent=_consent(content["consent"]) if "consent" in content else None,
        script=_script(content["script"]) if "script" in content else None,
    )


def canonical(form: Form) -> str:
    """The form as one line of JSON: same form, same text. `forms.schema.form_from_json` reads it."""
    return as_line(dump_form(form))


def as_line(content: Mapping[str, Any]) -> str:
    """Content with the keys of a form file as one line of JSON: same content, same text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint(form: Form) -> str:
    """SHA-256 in hex of the canonical form."""
    return sha256(canonical(form).encode()).hexdigest()


def dump_form(form: Form) -> dict[str, Any]:
    """The form with the keys of a form file: what `forms.schema` reads back to an equal form."""
    return _without_empty(
        {
            "form": form.id,
            "version": form.version,
            "kind": form.kind,
            "pool": form.pool,
            "languages": list(form.languages),
            "title": _words(form.title),
            "themes": {theme: _words(text) for theme, text in form.themes.items()},
            "scales": {scale.id: _dump_scale(scale) for scale in form.scales},
            "locks": {lock.id: _dump_lock(lock) for lock in form.locks},
            "start": [_dump_passage(p) for p in form.start],
            "protection": [_dump_passage(p) for p in form.protection],
            "with_code": _words(form.with_code),
            "more": [_dump_passage(p) for p in form.more],
            "consent": _dump_consent(form.consent),
            "script": _dump_script(form.script),
            "pages": [_dump_page(page) for page in form.pages],
            "end": [_dump_passage(p) for p in form.end],
        }
    )


def assemble_page(content: Mapping[str, Any], scales: Mapping[str, Scale], languages: tuple[str, ...]) -> Page:
    """A page of such a form."""
    return Page(
        id=content.get("id", ""),
        questions=tuple(_question(q, scales, languages) for q in content.get("questions", ())),
        part=content.get("part"),
        show_if=content.get("show_if"),
        lock=content.get("lock") or None,
        where=where(content),
        by_role=content.get("by_role", {}),
        gate=content.get("gate", False),
        ends=content.get("ends", False),
        together=content.get("together", False),
        each=content.get("each"),
        rules=tuple(_rule(rule) for rule in content.get("rules", ())),
        go_on=content.get("go_on"),
        opening=content.get("opening"),
        probes=tuple(content.get("probes", ())),
    )


def _rule(content: Mapping[str, Any]) -> Rule:
    apart = tuple(content.get("apart", ()))
    return Rule(
        at=content.get("at", ""),
        error=content.get("error", _NOTHING),
        refuse=content.get("refuse"),
        apart=(apart[0], apart[-1]) if apart else None,
        by_role=content.get("by_role", {}),
    )


def _consent(content: Mapping[str, Any]) -> Consent:
    return Consent(content.get("version", ""), tuple(content.get("text", ())))


def _script(content: Mapping[str, Any]) -> Script:
    return Script(tuple(content.get("before", ())), tuple(content.get("after", ())), content.get("aside", _NOTHING))


def _question(content: Mapping[str, Any], scales: Mapping[str, Scale], languages: tuple[str, ...]) -> Question:
    name, required = content.get("scale"), content.get("required", False)
    scale = scales.get(name, Scale(name, ())) if name else None
    has_poles = any(pole in content for pole in POLES)
    poles = content if has_poles or scale is None else {p: getattr(scale, p) for p in POLES}
    return Question(
        id=content.get("id", ""),
        type=content.get("type", "statement"),
        text=content.get("text", _NOTHING),
        privacy=content.get("privacy", "open"),
        help=content.get("help"),
        by_role=content.get("by_role", {}),
        theme=content.get("theme"),
        meaning=content.get("meaning", 1),
        scale=scale,
        choices=_choices(content, scale, languages),
        positive=tuple(poles.get("positive", ())),
        middle=tuple(poles.get("middle", ())),
        negative=tuple(poles.get("negative", ())),
        faces=content.get("faces", _usual_faces(content.get("type", ""), scale)),
        required=required is True,
        error=content.get("error"),
        show_if=content.get("show_if"),
        comment=content.get("comment"),
        max_length=content.get("max_length"),
        minimum=content.get("minimum"),
        maximum=content.get("maximum"),
        category=content.get("category"),
        forget=content.get("forget", False),
        where=where(content),
        required_where=required if isinstance(required, Where) else None,
        party=content.get("party"),
        autocomplete=content.get("autocomplete"),
        proposal=content.get("proposal"),
        earliest=content.get("earliest"),
        latest=content.get("latest"),
        derived_from=content.get("derived_from"),
        questions=tuple(_question(nested, scales, languages) for nested in content.get("questions", ())),
        rules=tuple(_rule(rule) for rule in content.get("rules", ())),
        none=content.get("none"),
        enough=content.get("enough"),
        note=content.get("note"),
        unasked=content.get("unasked"),
        on_paper=content.get("on_paper"),
    )


def _choices(content: Mapping[str, Any], scale: Scale | None, languages: tuple[str, ...]) -> tuple[Choice, ...]:
    """The scale's, the question's own, then "don't know" and "refuses" last; the last two always stand alone."""
    own = tuple(_choice(choice) for choice in content.get("choices", ())) or _usual(content, languages)
    reasons = tuple(
        Choice(code, _reason(content[key], code, languages), exclusive=True)
        for key, code in (("dont_know", DONT_KNOW), ("refusal", REFUSED))
        if content.get(key)
    )
    return (scale.choices if scale else ()) + own + reasons


def _usual(content: Mapping[str, Any], languages: tuple[str, ...]) -> tuple[Choice, ...]:
    """The choices that the type has of itself, in the form's languages."""
    type_ = TYPES.get(content.get("type", ""))
    return tuple(replace(each, text=_among(each.text, languages)) for each in type_.usual) if type_ else ()


def _among(text: Text, languages: tuple[str, ...]) -> Text:
    return Text({language: words for language, words in text.by_language.items() if language in languages})


def _reason(given: Text | bool, code: str, languages: tuple[str, ...]) -> Text:
    if isinstance(given, Text):
        return given
    return _among(Text(STANDARD_WORDS[code]), languages)


def _choice(content: Mapping[str, Any]) -> Choice:
    exclusive, party = content.get("exclusive", False), content.get("party")
    return Choice(content.get("code", ""), content.get("text", _NOTHING), exclusive, party, where(content))


def _scale(name: str, content: Mapping[str, Any]) -> Scale:
    return Scale(
        id=name,
        choices=tuple(_choice(choice) for choice in content.get("choices", ())),
        positive=tuple(content.get("positive", ())),
        middle=tuple(content.get("middle", ())),
        negative=tuple(content.get("negative", ())),
        faces=content.get("faces", False),
    )


def _lock(name: str, content: Mapping[str, Any]) -> Lock:
    return Lock(
        id=name,
        owner=content.get("owner", ""),
        title=content.get("title", _NOTHING),
        fingerprint=content.get("fingerprint", ""),
    )


def _passages(content: Mapping[str, Any], key: str) -> tuple[Passage, ...]:
    return tuple(
        Passage(each.get("heading"), tuple(each.get("paragraphs", ())), tuple(each.get("bullets", ())))
        for each in content.get(key, ())
    )


def _words(text: Text | None) -> dict[str, str]:
    return dict(text.by_language) if text else {}


def _dump_passage(passage: Passage) -> dict[str, Any]:
    return _without_empty(
        {
            "heading": _words(passage.heading),
            "paragraphs": [_words(text) for text in passage.paragraphs],
            "bullets": [_words(text) for text in passage.bullets],
        }
    )


def _dump_scale(scale: Scale) -> dict[str, Any]:
    choices = [_dump_choice(choice) for choice in scale.choices]
    return _without_empty({"choices": choices, "faces": scale.faces, **_poles(scale)})


def _dump_lock(lock: Lock) -> dict[str, Any]:
    given = {"owner": lock.owner, "title": _words(lock.title), "fingerprint": lock.fingerprint}
    return _without_empty(given)


def _dump_choice(choice: Choice) -> dict[str, Any]:
    named = {"code": choice.code, "text": _words(choice.text), "exclusive": choice.exclusive, "party": choice.party}
    return _without_empty({**named, **_dump_where(choice.where)})


def _dump_where(where: Where) -> dict[str, Any]:
    settings = {name: list(values) for name, values in where.settings.items()}
    return {"asked_of": list(where.roles), "setting": settings}


def _dump_consent(consent: Consent | None) -> dict[str, Any]:
    return {"version": consent.version, "text": [_words(text) for text in consent.text]} if consent else {}


def _dump_script(script: Script | None) -> dict[str, Any]:
    if script is None:
        return {}
    spoken = {"before": [_words(text) for text in script.before], "after": [_words(text) for text in script.after]}
    return {**spoken, "aside": _words(script.aside)}


def _dump_rule(rule: Rule) -> dict[str, Any]:
    given = {"at": rule.at, "refuse": _dump_condition(rule.refuse), "apart": list(rule.apart or ())}
    return _without_empty({**given, "error": _words(rule.error), "by_role": _dump_roles(rule.by_role)})


def _dump_roles(by_role: Mapping[str, Text]) -> dict[str, Any]:
    return {role: _words(text) for role, text in by_role.items()}


def _dump_wording(wording: Wording) -> dict[str, Any]:
    """As short as it was most likely written: only the words, when there is no more than the question itself."""
    more = {
        "help": _words(wording.help),
        "error": _words(wording.error),
        "choices": {code: _words(text) for code, text in wording.choices.items()},
    }
    return _without_empty({"text": _words(wording.text), **more}) if any(more.values()) else _words(wording.text)


def _dump_page(page: Page) -> dict[str, Any]:
    questions = [dump_question(question) for question in page.questions]
    condition = _dump_condition(page.show_if)
    named = {"id": page.id, "lock": page.lock, "part": _words(page.part), "by_role": _dump_roles(page.by_role)}
    ways = {
        "gate": page.gate,
        "ends": page.ends,
        "together": page.together,
        "each": page.each,
        "go_on": _words(page.go_on),
        "opening": _words(page.opening),
        "probes": [_words(text) for text in page.probes],
    }
    rules = [_dump_rule(rule) for rule in page.rules]
    there = {**_dump_where(page.where), "show_if": condition}
    return _without_empty({**named, **ways, **there, "rules": rules, "questions": questions})


def dump_question(question: Question) -> dict[str, Any]:
    """One question with the keys of a form file."""
    reasons = {choice.code: choice.text for choice in question.choices if choice.missing}
    shared = question.scale.choices if question.scale else ()
    own = [c for c in question.choices[len(shared) :] if not c.missing]
    return _without_empty(
        {
            "id": question.id,
            "type": question.type,
            "text": _words(question.text),
            "privacy": question.privacy,
            "help": _words(question.help),
            "by_role": {role: _dump_wording(wording) for role, wording in question.by_role.items()},
            "theme": question.theme,
            "meaning": None if question.meaning == 1 else question.meaning,
            "scale": question.scale.id if question.scale else None,
            "choices": [_dump_choice(choice) for choice in own],
            "dont_know": _words(reasons.get(DONT_KNOW)),
            "refusal": _words(reasons.get(REFUSED)),
            "category": question.category,
            "forget": question.forget,
            **_dump_where(question.where),
            "required": _dump_required(question),
            "error": _words(question.error),
            "show_if": _dump_condition(question.show_if),
            "comment": _words(question.comment),
            "max_length": question.max_length,
            "party": question.party,
            "autocomplete": question.autocomplete,
            "proposal": question.proposal,
            "earliest": question.earliest,
            "latest": question.latest,
            "derived_from": question.derived_from,
            "questions": [dump_question(nested) for nested in question.questions],
            "rules": [_dump_rule(rule) for rule in question.rules],
            "none": _words(question.none),
            "enough": question.enough,
            "note": _words(question.note),
            "unasked": question.unasked,
            "on_paper": question.on_paper,
        }
    ) | _exact(question)


def _dump_required(question: Question) -> bool | dict[str, Any]:
    where = question.required_where
    return _without_empty(_dump_where(where)) if where else question.required


def _exact(question: Question) -> dict[str, Any]:
    """Keys whose nought, no or nothing means something else than their absence."""
    numbers = {"minimum": question.minimum, "maximum": question.maximum}
    faces = {} if question.faces == _usual_faces(question.type, question.scale) else {"faces": question.faces}
    usual = _poles(question.scale) if question.scale else _poles(_NO_POLES)
    poles = {} if _poles(question) == usual else _poles(question)
    return {key: value for key, value in numbers.items() if value is not None} | faces | poles


def _usual_faces(type_name: str, scale: Scale | None) -> bool:
    """Whether the question has faces without saying so: its scale has them, and its type can show them."""
    type_ = TYPES.get(type_name)
    return bool(scale and scale.faces and type_ and "faces" in type_.keys)


def _poles(of: Scale | Question) -> dict[str, list[str]]:
    return {pole: list(getattr(of, pole)) for pole in POLES}


def _dump_condition(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    if isinstance(condition, Compare):
        value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
        return {"q": condition.q, "op": condition.op} | ({} if value is None else {"value": value})
    if isinstance(condition, AllOf | AnyOf):
        parts = [_dump_condition(part) for part in condition.parts]
        return {"all" if isinstance(condition, AllOf) else "any": parts}
    return {"not": _dump_condition(condition.part)}


def _without_empty(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if value not in (None, False, "", [], {})}
