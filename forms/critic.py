"""What an author is told before publishing: faults, which block, and advice, which does not.

Faults are those of `forms.schema` and `forms.check`, advice is `forms.advice`; here both get words for somebody who has
never seen a form file, the place in the builder where it is mended, and
a few rules that only a form being written needs.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from forms import advice
from forms.content import Content
from forms.faults import Finding, Path
from forms.leaves import Examined, examine
from forms.locks import held
from forms.messages import _, language_named, language_spoken, ngettext
from forms.model import Form
from forms.places import each_question, every_text
from forms.reading import hardest
from forms.trying import minutes, unreachable

Part = Literal["name", "questions", "routes", "protection", "languages"]
"""Which of the builder's pages mends it."""
_MINUTES = re.compile(r"(\d+)\s+minut")
QUOTED = 3
"""How many sentences are shown of those that make a text hard."""


@dataclass(frozen=True)
class Context:
    """What decides about publishing but does not stand in the form."""

    approved: Collection[str] = ()
    """Languages whose words about consent somebody has approved."""
    outdated: Mapping[str, int] = field(default_factory=dict)
    """Language -> how many of its texts were written for another text than stands there now."""
    retained: Collection[str] = ("anonymous", "poll", "case", "record")
    """Kinds of form for which it is decided how long answers are kept."""


@dataclass(frozen=True)
class Remark:
    """One thing to mend, or one piece of advice."""

    rule: str
    fault: bool
    what: str
    remedy: str
    part: Part
    path: Path = ()
    question: str | None = None
    page: str | None = None
    quotes: tuple[str, ...] = ()
    """Sentences that cause it."""


def criticise(content: Content, context: Context | None = None) -> tuple[Remark, ...]:
    """Everything there is to say about the form as it would be published now: faults first, each in the order of the
    form. What belongs to a locked block is not told of, for its user cannot mend it."""
    return judge(content, examine(content), context or Context())


def judge(content: Content, examined: Examined, context: Context) -> tuple[Remark, ...]:
    """The same of a content that has been examined already."""
    form = examined.form
    faults = [_remark(content, rule, finding, fault=True) for rule, finding in examined.faults(language_spoken())]
    if form is not None:
        faults += [_remark(content, r.__name__, f, fault=True) for r in OWN_FAULTS for f in r(form, context)]
    # Advice is about texts, so it waits until there are any.
    complete = form is not None and all(each.rule != "schema" for each in faults)
    said = _advice(form, content, examined, sound=not faults) if form is not None and complete else []
    if form is not None:
        said += [_remark(content, "outdated", one, fault=False) for one in outdated(form, context)]
    return (*_in_order(faults), *_in_order(said))


def faults(remarks: Collection[Remark]) -> tuple[Remark, ...]:
    """Those that keep the form from being published."""
    return tuple(remark for remark in remarks if remark.fault)


def unapproved(form: Form, context: Context) -> Iterator[Finding]:
    """Consent is only asked for in words that somebody has approved; the first language binds and is its author's."""
    if getattr(form, "consent", None) is None:
        return
    for number, language in enumerate(form.languages):
        if number and language not in context.approved:
            what = _("Texten om samtycke är inte godkänd på språket %(language)s.", language=language_named(language))
            yield Finding(("languages", number), what, _("Be den som godkänner språket, eller ta bort språket."))


def telling(form: Form, _context: Context) -> Iterator[Finding]:
    """A poll asks nobody who they are; of an anonymous form `forms.check` says the same."""
    for at, question in each_question(form) if form.kind == "poll" else ():
        if question.privacy == "identifying":
            yield Finding((*at, "privacy"), *_who())


def unkept(form: Form, context: Context) -> Iterator[Finding]:
    """It is decided how long the answers are kept."""
    if form.kind not in context.retained:
        what = _("Det är inte bestämt hur länge svaren sparas.")
        yield Finding(("kind",), what, _("Be administratören bestämma en gallringsregel."))


def never_asked(form: Form) -> Iterator[Finding]:
    """Every question can be reached by somebody."""
    for question in unreachable(form):
        page = next(page for page in form.pages if question in page.questions)
        path = ("pages", form.place[page.id], "questions", page.questions.index(question), "show_if")
        yield Finding(path, _("Ingen kan komma till frågan."), _("Ändra när den visas, eller ta bort den."))


def too_long(form: Form) -> Iterator[Finding]:
    """What the start page says of the time is no less than it takes."""
    told = _told_minutes(form) if form.kind == "anonymous" else None
    if told is not None and told < (estimate := minutes(form)).least:
        what = _("Formuläret tar ungefär %(n)s minuter, men startsidan säger %(told)s.", n=estimate.least, told=told)
        yield Finding(("start",), what, _("Skriv tiden som den är, eller ta bort frågor."))


def outdated(form: Form, context: Context) -> Iterator[Finding]:
    """What a language says is a translation of what the form says now. Somebody may know that it still is, so it is
    advice."""
    for number, language in enumerate(form.languages):
        if count := context.outdated.get(language):
            named = language_named(language)
            what = ngettext(
                "På språket %(language)s behöver %(num)s text ses över.",
                "På språket %(language)s behöver %(num)s texter ses över.",
                count,
                language=named,
            )
            yield Finding(("languages", number), what, _("Läs dem, och skriv om dem eller säg att de stämmer."))


OWN_FAULTS: tuple[Callable[[Form, Context], Iterator[Finding]], ...] = (unapproved, telling, unkept)
OWN_ADVICE: tuple[Callable[[Form], Iterator[Finding]], ...] = (never_asked, too_long)
"""What follows from conditions, so it waits until they hold."""


def _advice(form: Form, content: Content, examined: Examined, *, sound: bool) -> list[Remark]:
    told = [*examined.advice(language_spoken())]
    told += [(rule.__name__, one) for rule in OWN_ADVICE for one in rule(form)] if sound else []
    told = [(rule, one) for rule, one in told if not held(form, one.path)]
    return [_remark(content, rule, one, fault=False, quotes=_quotes(form, rule, one)) for rule, one in told]


def _quotes(form: Form, rule: str, finding: Finding) -> tuple[str, ...]:
    if rule == "hard_words":
        texts = [text.in_("sv") for path, text in every_text(form) if not held(form, path)]
        return hardest(texts, advice.highest_lix(form))[:QUOTED]
    if rule == "long_sentences":
        own = [text.in_("sv") for path, text in every_text(form) if path == finding.path]
        return hardest(own, 0, longer_than=advice.longest_sentence(form))[:QUOTED]
    return ()


def _remark(content: Content, rule: str, finding: Finding, *, fault: bool, quotes: tuple[str, ...] = ()) -> Remark:
    words = _words(rule, finding)
    what, remedy = words or (finding.what, finding.remedy)
    page, question = _named(content, finding.path)
    return Remark(
        rule=rule,
        fault=fault,
        what=what,
        remedy=remedy,
        part=_part(rule, finding.path),
        path=finding.path,
        question=question,
        page=page,
        quotes=quotes,
    )


def _words(rule: str, finding: Finding) -> tuple[str, str] | None:
    """What is said to an author instead of what is said to who writes a file; None where that is the same."""
    key = str(finding.path[-1]) if finding.path else ""
    match rule, key:
        case "untranslated", language:
            return _("Texten saknas på språket %(language)s.", language=language_named(language)), _("Översätt den.")
        case "schema", "title":
            return _("Formuläret har inget namn."), _("Skriv vad det heter.")
        case "schema", "text" if "choices" in finding.path:
            return _("Ett svar har ingen text."), _("Skriv vad svaret är.")
        case "schema", "text":
            return _("Frågan har ingen text."), _("Skriv frågan.")
        case "schema" | "whole", "pages" | "questions":
            return _("Formuläret frågar inget."), _("Lägg till en fråga.")
        case "schema", ("refusal" | "dont_know"):
            return _("Ett svar har ingen text."), _("Skriv vad svaret är.")
        case "schema", _key:
            return _("En text saknas."), _("Skriv den, eller ta bort den helt.")
        case "choices", "choices":
            return _("Två svar har samma kod."), _("Ta bort det ena och lägg till det på nytt.")
        case "conditions", "q":
            return (
                _("Frågan visas efter svaret på en fråga som inte kommer på en tidigare sida."),
                _("Flytta den andra frågan till före den här, eller ändra när den här visas."),
            )
        case "conditions", _key:
            return (
                _("Frågan visas efter ett svar som inte går att ge."),
                _("Välj ett svar som finns, eller ändra när frågan visas."),
            )
        case "types", "choices" if finding.what == _("Frågan har inte två svar att välja mellan."):
            return finding.what, _("Skriv minst två svar, eller välj en skala.")
        case "types", "scale":
            return _("Frågan har ingen skala."), _("Välj en skala.")
        case "types", "faces":
            return _("Ansikten finns bara för skalor med fem steg."), _("Visa skalan utan ansikten.")
        case "types", "minimum":
            return _("Det minsta talet är större än det största."), _("Ändra ett av dem.")
        case "types", "required":
            return _("Det finns inget att svara på här."), _("Låt den gå att hoppa över.")
        case "types", "max_length":
            return _("Texten kan inte få vara så lång."), _("Välj ett tal från 1 till 5000.")
        case (("types" | "anonymity"), "privacy"):
            return _who()
        case "parts", _key:
            return _("Frågan hör inte till någon del, eller till en del som redan är slut."), _("Ändra delens namn.")
        case "comments", _key:
            return (
                _("Kommentaren står inte på samma sida som något att kommentera."),
                _("Lägg den på samma sida som frågan före."),
            )
        case "wording", _key:
            return _("Ett ord inom klamrar fylls inte i."), _(
                "Skriv ett av orden som fylls i, eller ta bort klamrarna."
            )
        case "kinds", _key:
            return _("Den sortens svar kan inte stå i ett sådant formulär."), _("Välj en annan typ av svar.")
        case "categories", _key:
            return _("Frågan säger inte vad svaret handlar om."), _("Välj vad svaret handlar om.")
        case "self_contained", "theme":
            return _("Temat hör till ett låst block."), _("Ge frågan ett annat tema.")
        case "unrefusable", _key:
            return finding.what, _("Lägg till svaret Vill inte svara.")
        case "poles", "scale" | "positive" | "middle" | "negative":
            return _("Skalan säger inte vilka svar som är bra."), _("Säg vilka svar som är positiva, om något är det.")
        case "locks", _key:
            return _("Det låsta blocket är inte som ägaren skrev det."), _("Ta bort blocket och lägg till det på nytt.")
    return None


def _who() -> tuple[str, str]:
    return (
        _("Frågan kan tala om vem någon är. Ett anonymt formulär får inte fråga det."),
        _("Ta bort frågan, eller välj en annan typ av svar."),
    )


def _part(rule: str, path: Path) -> Part:
    if rule in ("languages", "untranslated", "unapproved", "outdated"):
        return "languages"
    if rule in ("conditions", "never_asked") or "show_if" in path:
        return "routes"
    first = path[0] if path else "pages"
    if first in ("start", "protection", "with_code", "more", "end", "kind"):
        return "protection"
    return "name" if first in ("title", "form", "languages") else "questions"


def _named(content: Mapping[str, Any], path: Path) -> tuple[str | None, str | None]:
    """Page and question at a place; where a page is wrong as a whole, its first question."""
    match path:
        case ("pages", int(number), "questions", int(place), *_rest):
            page = content["pages"][number]
            return page["id"], page["questions"][place]["id"]
        case ("pages", int(number), *_rest):
            page = content["pages"][number]
            return page["id"], page["questions"][0]["id"] if page["questions"] else None
    return None, None


def _in_order(remarks: list[Remark]) -> list[Remark]:
    """By place, and each thing said once."""
    said = {(one.question, one.page, one.what, one.path if one.question is None else ()): one for one in remarks}
    return sorted(said.values(), key=lambda one: [str(step).zfill(6) for step in one.path])


def _told_minutes(form: Form) -> int | None:
    """The highest number of minutes that the start page speaks of, where it says one in digits."""
    opening = [text.in_("sv") for p in form.start for text in (*p.paragraphs, *p.bullets)]
    found = [int(n) for text in opening for n in _MINUTES.findall(text)]
    return max(found, default=None)
