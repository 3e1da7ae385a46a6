"""A draft as respondents will see it: the same controls and the same words, in a frame as wide as a phone.

The page around stays in the author's language; what is inside the frame speaks the form's.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

from flask import g, render_template
from flask_babel import refresh
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from forms.build import PageForm, page_form, typed
from forms.model import Answers, Form, Page, Passage
from pages.drafts import some_of, source
from pages.drawing import control, part_of
from pages.language import direction, spoken
from pages.saying import sayer
from survey.authoring import Draft


@dataclass(frozen=True)
class Around:
    """What else is in the frame: the form's name, what stands before its questions and after them."""

    title: bool = False
    opening: tuple[Passage, ...] = ()
    closing: tuple[Passage, ...] = ()


EXAMPLE = {"k": "5", "others": "4", "show": "tio"}
"""What the promises say where an association has not raised its floors."""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say the interface's own words in `language` for a while, and nothing else about the request."""
    before = spoken()
    g.language = language
    refresh()
    try:
        yield
    finally:
        g.language = before
        refresh()


def one_question(draft: Draft, question: str) -> Markup:
    """One question in its frame; nothing where the draft is not yet a form."""
    form = some_of(draft, [question])
    if form is None or question not in form.by_id:
        return Markup("")
    return framed(form, Page("", (form.by_id[question],)), source(draft))


def framed(
    form: Form,
    page: Page,
    language: str,
    role: str | None = None,
    sent: MultiDict[str, str] | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    around: Around | None = None,
) -> Markup:
    """The questions of a page in their frame, holding what was typed, with what stands around them."""
    say = sayer(language, EXAMPLE)
    around = around or Around()
    with speaking(language):
        shown = fields_of(form, page, language, role, sent)
        fields = [control(each, say, errors or {}) for each in shown.questions]
        return Markup(  # noqa: S704  our own template, which escapes
            render_template(
                "author/frame.html",
                fields=fields,
                tongue=language,
                direction_in=direction(language),
                say=say,
                title=say(form.title) if around.title else "",
                opening=around.opening,
                closing=around.closing,
                part=part_of(form, page, say),
            )
        )


def fields_of(
    form: Form, page: Page, language: str, role: str | None = None, sent: MultiDict[str, str] | None = None
) -> PageForm:
    """The controls of a page of a draft, holding what was sent."""
    return _made(form, page, language, role)(formdata=sent if sent is not None else MultiDict())


def typed_in(form: Form, page: Page, answers: Answers) -> MultiDict[str, str]:
    """What the controls of a page send when these are its answers."""
    empty = _made(form, page, form.languages[0], None)(formdata=None, data=dict(answers))
    sent: MultiDict[str, str] = MultiDict()
    for name, values in typed(empty).items():
        sent.setlist(name, list(values))
    return sent


def _made(form: Form, page: Page, language: str, role: str | None) -> type[PageForm]:
    """Controls of a draft are known by what is on their page: a draft has no fingerprint."""
    known = replace(form, fingerprint=f"draft {sha256(repr(page).encode()).hexdigest()}")
    return page_form(known, page, language, role)
