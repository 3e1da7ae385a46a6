"""Forms as authors make them: written at random through the builder's own edits, mended as the critic says."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from forms.bank import bank, standard
from forms.branching import END, Rule, SetRoutes, ShowIf, codes_of, routes
from forms.branching import Test as If
from forms.content import Content, Used, as_published, each_question, rows, texts_of
from forms.critic import Remark, criticise, faults
from forms.editing import (
    AddLanguage,
    AddQuestion,
    ChangeChoices,
    ChangeForm,
    ChangePart,
    ChangeQuestion,
    ChangeTexts,
    ChangeType,
    Edit,
    JoinPage,
    MoveDown,
    MoveQuestion,
    MoveUp,
    Refused,
    RemoveQuestion,
    RepeatQuestion,
    SplitPage,
    UseQuestion,
    UseScale,
    blank,
)
from forms.model import Form
from forms.schema import understand
from forms.types import TYPES

KINDS = ("anonymous", "poll")
_NUMBER = count(1)
_PLAIN = (
    "Hur var mötet?",
    "Vad åt du?",
    "Ja",
    "Nej",
    "Kanske",
    "Två  ord",
    "<b>fet</b> & 'citat' \"så\"",
    "🙂",
    "سؤال",
)
TEXTS: SearchStrategy[str] = st.one_of(
    st.sampled_from(_PLAIN),
    st.text(
        st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="{}", max_codepoint=0xFFFD),
        min_size=1,
        max_size=30,
    ).filter(lambda text: bool(text.strip())),
)


def new_content(kind: str, language: str = "sv") -> Content:
    """An author's first page, under a name nobody has."""
    return blank(f"slump_{next(_NUMBER)}", kind, language, "Ett formulär", standard() if kind == "anonymous" else None)


@st.composite
def authored(draw: DrawFn, most: int = 14) -> Form:
    """A form that some author has written in up to `most` steps, and mended until the critic let it pass."""
    content = new_content(draw(st.sampled_from(KINDS)))
    for _step in range(draw(st.integers(2, most))):
        content = attempt(content, draw(an_edit(content)))
    if draw(st.booleans()):
        content = attempt(content, AddLanguage("en"))
    return finished(content)


def finished(content: Content, used: Used | None = None) -> Form:
    """The form in the content, mended where the critic finds faults."""
    content = mended(content, used)
    form, findings = understand(as_published(content))
    assert form is not None
    assert not findings, findings
    return form


def attempt(content: Content, edit: Edit, used: Used | None = None) -> Content:
    """The content with the edit, or without it where it is refused."""
    try:
        return edit.on(content, used)
    except Refused:
        return content


def mended(content: Content, used: Used | None = None) -> Content:
    """Do what the critic says, place by place, until it has no faults to tell."""
    for _round in range(60):
        wrong = faults(criticise(content))
        if not wrong:
            return content
        content = _mend(content, wrong[0], used)
    raise AssertionError(f"cannot be mended: {wrong}")


def _mend(content: Content, remark: Remark, used: Used | None) -> Content:
    if remark.part == "languages":
        missing = {
            place: {language: f"{next(iter(text.values()))} ({language})"}
            for place, text in texts_of(content)
            for language in content["languages"]
            if language not in text
        }
        return ChangeTexts(missing).on(content, used)
    if remark.question:
        return RemoveQuestion(remark.question).on(content, used)
    assert remark.what, remark
    choices = [{"text": {"sv": "Ja"}}, {"text": {"sv": "Nej"}}]
    return AddQuestion("choice", {"sv": "Gick det bra?"}, values={"choices": choices}).on(content, used)


@st.composite
def an_edit(draw: DrawFn, content: Content) -> Edit:
    """Something an author might do next."""
    there = [row.id for row in rows(content)]
    if not there or draw(st.integers(0, 2)) == 0:
        return draw(_adding(content))
    question = draw(st.sampled_from(there))
    return draw(draw(st.sampled_from(_CHANGING))(content, question))


@st.composite
def _adding(draw: DrawFn, content: Content) -> Edit:
    after = draw(st.sampled_from([None, *(row.id for row in rows(content))]))
    if draw(st.integers(0, 4)) == 0:
        ready = draw(st.sampled_from(bank().questions))
        return UseQuestion(ready.form, ready.id, after)
    type_ = draw(st.sampled_from([name for name, each in TYPES.items() if content["kind"] in each.kinds]))
    return AddQuestion(type_, {"sv": draw(TEXTS)}, after, draw(_values(type_)))


@st.composite
def _values(draw: DrawFn, type_: str) -> Mapping[str, Any]:
    """What may stand with a question of the type, by the keys it takes."""
    keys = TYPES[type_].keys
    values: dict[str, Any] = {"required": draw(st.booleans())}
    if draw(st.booleans()):
        values["help"] = {"sv": draw(TEXTS)}
    if "choices" in keys and not TYPES[type_].usual:
        values["choices"] = draw(_choices(TYPES[type_].takes_several))
    if "dont_know" in keys:
        values["dont_know"] = draw(st.booleans())
    if {"minimum", "maximum"} <= keys:
        values |= {"minimum": draw(st.integers(-5, 7)), "maximum": draw(st.integers(7, 99))}
    if "max_length" in keys:
        values["max_length"] = draw(st.integers(20, 300))
    return values


@st.composite
def _choices(draw: DrawFn, several: bool) -> list[dict[str, Any]]:
    found = [{"text": {"sv": text}} for text in draw(st.lists(TEXTS, min_size=2, max_size=6))]
    if several and draw(st.booleans()):
        found[-1]["exclusive"] = True  # type: ignore[assignment]
    return found


@st.composite
def _rewriting(draw: DrawFn, content: Content, question: str) -> Edit:
    return ChangeQuestion(question, {"text": {"sv": draw(TEXTS)}})


@st.composite
def _moving(draw: DrawFn, content: Content, question: str) -> Edit:
    far = MoveQuestion(question, draw(st.integers(1, len(rows(content)))))
    return draw(st.sampled_from([MoveUp(question), MoveDown(question), far]))


@st.composite
def _gathering(draw: DrawFn, content: Content, question: str) -> Edit:
    part = ChangePart(question, draw(st.one_of(st.none(), st.builds(dict, sv=TEXTS))))
    return draw(st.sampled_from([JoinPage(question), SplitPage(question), part]))


@st.composite
def _counting(draw: DrawFn, content: Content, question: str) -> Edit:
    return draw(st.sampled_from([RemoveQuestion(question), RepeatQuestion(question)]))


@st.composite
def _retyping(draw: DrawFn, content: Content, question: str) -> Edit:
    return ChangeType(question, draw(st.sampled_from(sorted(TYPES))))


@st.composite
def _answering(draw: DrawFn, content: Content, question: str) -> Edit:
    ready = draw(st.sampled_from(bank().scales))
    asked = next(one for _page, one in each_question(content) if one["id"] == question)
    kept = [choice for choice in asked.get("choices", ()) if draw(st.booleans())]
    chosen = ChangeChoices(question, [*kept, *draw(_choices(several=False))])
    return draw(st.sampled_from([UseScale(question, ready.form, ready.id), chosen]))


@st.composite
def _branching(draw: DrawFn, content: Content, question: str) -> Edit:
    form, _findings = understand(content)
    way = next((route for route in routes(form) if route.question == question), None) if form else None
    if form is None or way is None or draw(st.booleans()):
        return draw(_asking_some(content, question))
    later = [page.id for page in form.pages[form.place[way.page] + 1 :]]
    targets = st.sampled_from([None, END, *later])
    to = {code: draw(targets) for code in way.ways}
    return SetRoutes(question, to, draw(st.sampled_from([None, None, *later, END])))


@st.composite
def _asking_some(draw: DrawFn, content: Content, question: str) -> Edit:
    """Ask a question only after certain answers: sometimes to a question that comes too late, or that has none such."""
    form, _findings = understand(content)
    others = [one for one in form.questions if one.id != question and TYPES[one.type].asks] if form else []
    if not others or draw(st.integers(0, 5)) == 0:
        return ShowIf(question, None)
    tests = []
    for asked in draw(st.lists(st.sampled_from(others), min_size=1, max_size=2)):
        op = draw(st.sampled_from(sorted(TYPES[asked.type].operators)))
        codes = codes_of(asked) or ("7", "2026-05-04")
        value: str | tuple[str, ...] | None = draw(st.sampled_from(codes))
        if op in ("answered", "empty"):
            value = None
        elif op == "in":
            value = tuple(codes[:2])
        tests.append(If(asked.id, op, value, draw(st.booleans())))
    return ShowIf(question, Rule(tuple(tests), draw(st.booleans())))


@st.composite
def _saying(draw: DrawFn, content: Content, question: str) -> Edit:
    return ChangeForm({"end": [{"heading": {"sv": draw(TEXTS)}, "bullets": [{"sv": draw(TEXTS)}]}]})


_CHANGING: tuple[Callable[[Content, str], SearchStrategy[Edit]], ...] = (
    _rewriting,
    _moving,
    _moving,
    _gathering,
    _counting,
    _retyping,
    _answering,
    _branching,
    _branching,
    _saying,
)
