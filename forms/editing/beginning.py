"""How a form begins: blank, as a copy, as the next version."""

from collections.abc import Sequence

from forms.assemble import dump_form
from forms.content import AROUND, Content, each_question, only_in
from forms.model import Form


def blank(form: str, kind: str, language: str, title: str, around: Form | None = None) -> Content:
    """A form with a name and nothing to ask yet; its start and end pages those of `around`, if any."""
    texts = {key: value for key, value in dump_form(around).items() if key in AROUND} if around else {}
    own = in_languages({"languages": around.languages if around else (), **texts}, [language])
    head = {"form": form, "version": 1, "kind": kind, "languages": [language]}
    return head | own | {"title": {language: title}, "pages": []}


def copied(source: Form, form: str, title: str = "") -> Content:
    """All of another form under a new id, version 1; answers go to the new form alone."""
    content = dump_form(source) | {"form": form, "version": 1, "pool": form}
    if title:
        content["title"] = {source.languages[0]: title}
    for page, question in each_question(content):
        if "lock" not in page:
            question.pop("meaning", None)
    return content


def next_version(published: Form) -> Content:
    """The draft that begins as the published version."""
    return dump_form(published) | {"version": published.version + 1}


def in_languages(content: Content, languages: Sequence[str]) -> Content:
    """What another form says, in these languages only."""
    said = {key: value for key, value in content.items() if key != "languages"}
    return dict(only_in(said, languages, content["languages"]))
