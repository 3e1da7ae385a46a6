"""What a form would be better without or with: plain words, a way to refuse, few choices. Advice keeps nothing back.

What keeps a form from being published is `forms.check`; what an author is told of both is `forms.critic`.
"""

import re
from collections.abc import Callable, Iterator

from forms.assemble import dump_form
from forms.faults import Fault, Finding
from forms.locks import held
from forms.messages import _
from forms.model import REFUSED, Form, Question
from forms.places import each_question, every_text
from forms.reading import PARTICIPANT_LIX, PARTICIPANT_SENTENCE, STAFF_LIX, STAFF_SENTENCE, Ease, measure
from forms.remedies import located
from forms.source import Source, parse
from forms.types import TYPES

MANY_CHOICES = 7
UNSEEN = ("anonymous", "poll")
"""Kinds of form whose answers nobody can tell from one another."""
_NAMES = re.compile(
    r"\b(heter du|ditt namn|ditt för- och efternamn|personnummer|telefonnummer|mejladress|e-postadress|din adress"
    r"|your name|identity number|phone number|email address|your address)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\bminut")
_TWO = re.compile(r"och/eller|\band/or\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(inte|aldrig|ingen|inget|inga|ej|icke|varken)\b", re.IGNORECASE)
_TOO_FEW_WORDS = 30
"""LIX of fewer words says nothing."""

Findings = Iterator[Finding]


def advise(form: Form, source: str = "", *, name: str = "") -> list[Fault]:
    """What the author might mend in a form without faults, so nothing that is locked; with lines where `source` is the
    file it was read from."""
    found = [finding for rule in RULES for finding in rule(form) if not held(form, finding.path)]
    return located(found, parse(source) if source else Source(content=dump_form(form)), name)


def longest_sentence(form: Form) -> int:
    """How many words a sentence of the form may have: participants read short ones, staff not much longer."""
    return PARTICIPANT_SENTENCE if form.kind == "anonymous" else STAFF_SENTENCE


def highest_lix(form: Form) -> int:
    """What the form's texts may measure."""
    return PARTICIPANT_LIX if form.kind == "anonymous" else STAFF_LIX


def long_sentences(form: Form) -> Findings:
    """No text has a sentence with more words than its readers can be asked to hold in mind."""
    most = longest_sentence(form)
    for path, text in every_text(form):
        longest = measure([text.in_("sv")]).longest
        if longest > most:
            remedy = _("Dela den. Högst %(most)s ord är lätt att läsa.", most=most)
            yield Finding(path, _("En mening har %(n)s ord.", n=longest), remedy)


def hard_words(form: Form, ease: Ease | None = None) -> Findings:
    """The author's own Swedish texts together measure what their readers can be asked to read. `ease` is what they
    measure, where that is known already."""
    most = highest_lix(form)
    ease = ease or measure(text.in_("sv") for path, text in every_text(form) if not held(form, path))
    if ease.words >= _TOO_FEW_WORDS and ease.lix > most:
        remedy = _("Välj kortare ord och meningar. Högst %(most)s är lätt att läsa.", most=most)
        yield Finding(("pages",), _("Texterna har läsbarhetstalet LIX %(lix)s.", lix=round(ease.lix)), remedy)


def two_in_one(form: Form) -> Findings:
    """One idea per question."""
    for at, question in _asked(form):
        words = question.text.in_("sv")
        if _TWO.search(words):
            remedy = _("Dela frågan i två, eller välj ett av orden.")
            yield Finding((*at, "text"), _("Frågan har «och/eller»."), remedy)
        elif words.count("?") > 1:
            yield Finding((*at, "text"), _("Texten har två frågor."), _("Dela den i två, eller ta bort den ena."))


def negations(form: Form) -> Findings:
    """Saying no to a no is hard."""
    for at, question in _asked(form):
        if form.kind in UNSEEN and TYPES[question.type].chosen and _NEGATION.search(question.text.in_("sv")):
            remedy = _("Fråga efter det som är, i stället för det som inte är.")
            yield Finding((*at, "text"), _("Frågan har en nekning. Det blir svårt att säga nej."), remedy)


def many_choices(form: Form) -> Findings:
    """Few can hold more than seven choices in mind; a case has lists that one looks things up in."""
    for at, question in each_question(form):
        count = sum(not choice.missing for choice in question.choices)
        if form.kind in UNSEEN and count > MANY_CHOICES:
            remedy = _("Högst %(most)s går att överblicka.", most=MANY_CHOICES)
            yield Finding((*at, "choices"), _("Frågan har %(n)s svar.", n=count), remedy)


def wordless(form: Form) -> Findings:
    """Every step of a scale says in words what it means."""
    for scale in form.scales:
        if any(not _worded(text) for choice in scale.choices for text in choice.text.by_language.values()):
            what = _("Skalan har steg utan ord.")
            yield Finding(("scales", scale.id, "choices"), what, _("Skriv vad varje steg betyder."))


def compulsory(form: Form) -> Findings:
    """Where answers cannot be told apart, one may leave out anything."""
    for at, question in each_question(form):
        if form.kind in UNSEEN and question.required and not _of_the_interviewer(form, at):
            yield Finding((*at, "required"), _("Frågan måste besvaras."), _("Låt den gå att hoppa över."))


def unrefusable(form: Form) -> Findings:
    """In an anonymous form one may decline anything that is chosen. What an interviewer says of the conversation is
    asked of nobody."""
    for at, question in each_question(form):
        declined = _of_the_interviewer(form, at) or not TYPES[question.type].chosen or question.choice(REFUSED)
        if form.kind == "anonymous" and not declined:
            what = _("Det går inte att välja Vill inte svara.")
            yield Finding(at, what, _("Lägg till svaret Vill inte svara (refusal: true)."))


def days(form: Form) -> Findings:
    """An anonymous form asks for no day."""
    for at, question in each_question(form):
        if form.kind == "anonymous" and TYPES[question.type].dates:
            remedy = _("Fråga hellre ungefär när, med några svar.")
            yield Finding(at, _("Ett datum kan peka ut ett möte."), remedy)


def names(form: Form) -> Findings:
    """Nobody is asked who they are where answers cannot be told apart."""
    for at, question in each_question(form):
        if form.kind in UNSEEN and any(_NAMES.search(words) for words in question.text.by_language.values()):
            remedy = _("Fråga inte efter namn eller nummer i ett anonymt formulär.")
            yield Finding((*at, "text"), _("Frågan verkar fråga vem man är."), remedy)


def told_time(form: Form) -> Findings:
    """The start page says how long it takes."""
    opening = [t for p in form.start for t in (*p.paragraphs, *p.bullets)]
    if form.kind == "anonymous" and not form.script and not any(_TIME.search(text.in_("sv")) for text in opening):
        what = _("Startsidan säger inte hur lång tid det tar.")
        yield Finding(("start",), what, _("Skriv ungefär hur många minuter."))


def poles(form: Form) -> Findings:
    """A scale without a positive end has no share positive, so it shows nothing until thirty have answered."""
    for at, question in each_question(form):
        if form.kind in UNSEEN and question.scale and not question.positive and TYPES[question.type].chosen:
            remedy = _("Säg vilka svar som är positiva (positive), om något av svaren är bra.")
            yield Finding((*at, "scale"), _("Skalan säger inte vilka svar som är bra."), remedy)


RULES: tuple[Callable[[Form], Findings], ...] = (
    long_sentences,
    hard_words,
    two_in_one,
    negations,
    many_choices,
    wordless,
    compulsory,
    unrefusable,
    days,
    names,
    told_time,
    poles,
)
OF_A_PAGE = frozenset({long_sentences, two_in_one, negations, many_choices, days, names, poles})
"""As `forms.check.OF_A_PAGE`."""


def _asked(form: Form) -> Iterator[tuple[tuple[str | int, ...], Question]]:
    return ((at, question) for at, question in each_question(form) if TYPES[question.type].asks)


def _worded(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


def _of_the_interviewer(form: Form, at: tuple[str | int, ...]) -> bool:
    """Whether the question at this place is about the conversation, for whoever interviews to answer."""
    return form.script is not None and form.pages[int(at[1])].part not in form.topics
