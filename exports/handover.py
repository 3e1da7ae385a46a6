"""Everything about one case as a file: for the person, for whoever takes over, or for an archive.

JSON that needs nothing else to be read: every answer stands with the question as it was asked, every consent with the
text as it was shown and what that text hashes to. Who may take it was decided, and told in the audit chain, by
`survey.cases.access.package`; the printed page is `pages.handover`.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from forms.answers import as_json, in_words, rows_in_words
from forms.model import Answer, Question
from forms.types.repeat import rows_of
from survey.cases.access import Package
from survey.cases.consent import Told
from survey.cases.model import Document
from survey.teams import Association, Team

FORMAT = "samsvar-case-1"


def name_of(package: Package) -> str:
    """What the file is called."""
    return f"samsvar-{package.case.team}-{package.case.reference}.json"


def to_json(package: Package, team: Team, home: Association) -> bytes:
    """The file; the same package, the same bytes."""
    of = package.case
    told = {
        "format": FORMAT,
        "association": home.name,
        "team": team.name,
        "controller": team.controller,
        "reference": of.reference,
        "received": of.received.isoformat(),
        "state": of.state,
        "closed_on": of.closed_on,
        "documents": [_document(one) for one in in_order(package)],
        "consents": [_consent(one) for one in package.consents],
        "events": [
            {"number": one.number, "kind": one.kind, "on": one.fell_on, "written": one.at.isoformat(), "code": one.code}
            for one in package.events
        ],
        "tasks": [
            {"kind": one.kind, "due": one.due, "done": one.done and one.done.isoformat(), "words": one.words}
            for one in package.tasks
        ],
        "case_manager": vars(package.manager) if package.manager else None,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def in_order(package: Package) -> list[Document]:
    """Every version of every document, as they were written."""
    return sorted(package.documents, key=lambda one: (one.at, one.kind, one.version))


def _document(one: Document) -> dict[str, Any]:
    form = one.form
    asked = {} if form is None else form.by_id
    return {
        "kind": one.kind,
        "version": one.version,
        "written": one.at.isoformat(),
        "language": one.language,
        "form": form and {"id": form.id, "version": form.version, "fingerprint": form.fingerprint},
        "answers": orjson.loads(as_json(one.answers)),
        "in_words": [_said(asked[id_], answer, one.language) for id_, answer in one.answers.items() if id_ in asked],
    }


def _said(question: Question, answer: Answer, language: str) -> Mapping[str, Any]:
    """A question as it was asked, and its answer in words."""
    asked = {"id": question.id, "question": question.text.in_(language)}
    if question.questions and rows_of(answer):
        return asked | {"rows": [dict(row) for row in rows_in_words(question, answer, language)]}
    return asked | {"answer": list(in_words(question, answer, language))}


def _consent(one: Told) -> dict[str, Any]:
    event = one.event
    return {
        "party": event.party,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "purpose": event.purpose,
        "categories": sorted(event.categories),
        "from": event.valid_from,
        "until": event.valid_until,
        "how": event.how,
        "confirm_by": event.confirm_by,
        "language": event.language,
        "interpreted": event.interpreted,
        "wording": one.wording,
        "wording_sha256": event.wording.hex() if event.wording else None,
        **{name: value for name, value in one.private.items() if value},
    }
