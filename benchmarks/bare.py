"""The bare minimum: what any Flask application must do for the same visible work, without Samsvar's promises."""

import os
import secrets

from flask import Flask, request
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text, create_engine, event, insert

PAGE = """<!doctype html><html lang="sv"><title>{{ title }}</title><main><form method="post"><h1>{{ title }}</h1>
{% for q in questions %}<fieldset><legend>{{ q }}</legend>{% for c in choices %}<label><input type="radio"
name="{{ q }}" value="{{ c }}">{{ c }} mycket bra eller ganska bra eller mittemellan</label>{% endfor %}</fieldset>
{% endfor %}<button>Fortsätt</button></form>{{ filling }}</main></html>"""
QUESTIONS = tuple(f"fraga_{n}" for n in range(14))
PAGE_LENGTH = 900
"""Bytes of the bare question page without filling, about."""
CHOICES = ("1", "2", "3", "4", "5", "-88")

metadata = MetaData()
answer = Table(
    "answer", metadata, Column("id", LargeBinary, primary_key=True), Column("answers", Text), Column("n", Integer)
)


def create_app() -> Flask:
    """A form of fourteen questions, a post that checks and stores them in one durable row, and a page of thanks."""
    engine = create_engine(os.environ["BARE_DATABASE_URL"], hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
    metadata.create_all(engine)
    engine.dispose()  # the workers are forked after this
    more = secrets.token_urlsafe(int(os.environ["BARE_LENGTH"]))  # nothing that a database could make shorter
    app = Flask(__name__)
    template = app.jinja_env.from_string(PAGE)

    @app.get("/")
    def ask() -> str:
        return template.render(title="Hur var det?", questions=QUESTIONS, choices=CHOICES, filling="")

    @app.post("/page")
    def page() -> str:
        request.form.get(QUESTIONS[0])
        filling = "x" * int(os.environ["BARE_FILLING"])
        return template.render(title="Hur var det?", questions=QUESTIONS[:1], choices=CHOICES, filling=filling)

    @app.post("/")
    def take() -> str:
        given = {question: request.form[question] for question in QUESTIONS}
        if any(code not in CHOICES for code in given.values()):
            return "fel"
        with engine.begin() as db:
            row = {"id": secrets.token_bytes(16), "answers": repr(given) + more, "n": len(given)}
            db.execute(insert(answer).values(row))
        return template.render(title="Tack!", questions=(), choices=(), filling="")

    return app


def _durable(connection: object, _record: object) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
