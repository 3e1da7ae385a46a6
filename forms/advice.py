"""What a form would be better without or with: plain words, a way to refuse, few choices. Advice keeps nothing back.

What keeps a form from being published is `forms.check`.
"""

import re
from collections.abc import Callable, Iterator

from forms.assemble import dump_form
from forms.faults import Fault, Finding
from forms.locks import held
from forms.model import REFUSED, Form
from forms.places import each_question, every_text
from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, STAFF_LIX, STAFF_SENTENCE, measure
from forms.remedies import located
from forms.source import Source, parse
from forms.types import TYPES

MANY_CHOICES = 7
_NAMES = re.compile(r"\b(heter du|ditt namn|personnummer|your name|identity number)\b", re.IGNORECASE)
_TIME = re.compile(r"\bminut")
_TOO_FEW_WORDS = 30
"""LIX of fewer words says nothing."""

Findings = Iterator[Finding]


def advise(form: Form, source: str = "", *, name: str = "") -> list[Fault]:
    """What the author might mend in a form without faults, so nothing that is locked; with lines where `source` is the
    file it was read from."""
    found = [finding for rule in RULES for finding in rule(form) if not held(form, finding.path)]
    return located(found, parse(source) if source else Source(content=dump_form(form)), name)


def long_sentences(form: Form) -> Findings:
    """Participants read short sentences, staff not much longer ones."""
    most = PARTICIPANT_SENTENCE if form.kind == "anonymous" else STAFF_SENTENCE
    for path, text in every_text(form):
        longest = measure([text.in_("sv")]).longest
        if longest > most:
            remedy = f"Dela den. Högst {most} ord är lätt att läsa."
            yield Finding(path, f"En mening har {longest} ord.", remedy)


def hard_words(form: Form) -> Findings:
    """The author's own Swedish texts together measure what their readers can be asked to read."""
    most = PARTICIPANT_LIX if form.kind == "anonymous" else STAFF_LIX
    ease = measure(text.in_("sv") for path, text in every_text(form) if not held(form, path))
    if ease.words >= _TOO_FEW_WORDS and ease.lix > most:
        remedy = f"Välj kortare ord och meningar. Högst {most} är lätt att läsa."
        yield Finding(("pages",), f"Texterna har läsbarhetstalet LIX {ease.lix:.0f}.", remedy)


def two_in_one(form: Form) -> Findings:
    """One idea per question."""
    for at, question in each_question(form):
        if "och/eller" in question.text.in_("sv"):
            yield Finding((*at, "text"), "Frågan har «och/eller».", "Dela frågan i två, eller välj ett av orden.")


def many_choices(form: Form) -> Findings:
    """Few can hold more than seven choices in mind."""
    for at, question in each_question(form):
        count = sum(not choice.missing for choice in question.choices)
        if count > MANY_CHOICES:
            yield Finding((*at, "choices"), f"Frågan har {count} svar.", f"Högst {MANY_CHOICES} går att överblicka.")


def freedom(form: Form) -> Findings:
    """In an anonymous form one may leave out or decline anything, and is never asked for a name or a day."""
    if form.kind != "anonymous":
        return
    for at, question in each_question(form):
        type_ = TYPES[question.type]
        if question.required:
            yield Finding((*at, "required"), "Frågan måste besvaras.", "Låt den gå att hoppa över.")
        if type_.chosen and question.choice(REFUSED) is None:
            yield Finding(at, "Det går inte att välja Vill inte svara.", "Lägg till refusal: true.")
        if type_.dates:
            yield Finding(at, "Ett datum kan peka ut ett möte.", "Fråga hellre ungefär när, med några svar.")
        if any(_NAMES.search(words) for words in question.text.by_language.values()):
            remedy = "Fråga inte efter namn eller nummer i ett anonymt formulär."
            yield Finding((*at, "text"), "Frågan verkar fråga vem man är.", remedy)


def told_time(form: Form) -> Findings:
    """The start page says how long it takes."""
    opening = [t for p in form.start for t in (*p.paragraphs, *p.bullets)]
    if form.kind == "anonymous" and not any(_TIME.search(text.in_("sv")) for text in opening):
        yield Finding(("start",), "Startsidan säger inte hur lång tid det tar.", "Skriv ungefär hur många minuter.")


def poles(form: Form) -> Findings:
    """A scale without a positive end has no share positive, so it shows nothing until thirty have answered."""
    for at, question in each_question(form):
        if question.scale and not question.positive and TYPES[question.type].chosen:
            remedy = "Skriv vilka koder som är positive, om något av svaren är bra."
            yield Finding((*at, "scale"), "Skalan säger inte vilka svar som är bra.", remedy)


RULES: tuple[Callable[[Form], Findings], ...] = (
    long_sentences,
    hard_words,
    two_in_one,
    many_choices,
    freedom,
    told_time,
    poles,
)
