"""A room that has voted: phones join, vote and write, a facilitator closes, reads and shows, and the poll is ended."""

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from forms.model import Answer, Form, Question
from survey.installation import Installation
from survey.polls import closing, leading, texts, voting
from survey.polls.holding import questions, start
from survey.polls.model import Poll
from survey.published import newest


def hold(installation: Installation, association: str, invented: Mapping[str, Any]) -> None:
    """Hold the poll from its first question to its end."""
    with installation.writing() as db:
        form = newest(db, invented["form"])
        poll = start(db, installation, association, None, form)
    people = max(sum(votes.values()) for votes in invented["votes"].values())
    phones = [voting.new_token() for _ in range(people)]
    for question in questions(form):
        said = answers(invented, question, people)
        _ask(installation, poll, form, question, dict(zip(phones, said, strict=True)))
    _read(installation, poll, invented["merge"])
    for question in questions(form):
        with installation.writing() as db:
            leading.show(db, poll.id, question.id)
    closing.end(installation, poll.id)


def answers(invented: Mapping[str, Any], question: Question, people: int) -> list[Answer | None]:
    """What everybody answers; most leave a question in own words blank."""
    if question.id in invented["votes"]:
        return list(chain.from_iterable(repeat(code, n) for code, n in invented["votes"][question.id].items()))
    words = invented["texts"][question.id]
    return [*words, *repeat(None, people - len(words))]


def _ask(
    installation: Installation, poll: Poll, form: Form, question: Question, said: Mapping[str, Answer | None]
) -> None:
    with installation.writing() as db:
        leading.open_question(db, installation, poll.id, question.id)
        for phone, answer in said.items():
            voting.vote(db, installation, poll, form, question, phone, answer)
    closing.close_question(installation, poll.id, question.id)


def _read(installation: Installation, poll: Poll, alike: Sequence[str]) -> None:
    """Somebody has read every text, and merged those that say the same."""
    with installation.writing() as db:
        written = {one.text: one.id for one in texts.texts(db, poll.id, "waiting")}
        kept, *others = (written[text] for text in alike)
        texts.merge(db, poll.id, kept, others)
        texts.judge(db, poll.id, [one.id for one in texts.texts(db, poll.id, "waiting")], "approved")
