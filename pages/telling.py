"""One question in one group, in sentences for a report: what may be said, of whom, and of how many.

Written so that they are still true when they stand alone. From stored contents only.
"""

from flask_babel import gettext as _
from flask_babel import ngettext

from exports.contents import Contents, Entry, Item
from exports.standing import Standing, standing
from exports.wording import STEPS
from pages.cards import in_figures, people, place, plain, whole_period, why


def told(contents: Contents, question: str) -> str:
    """The sentences, or "" where nothing is shown."""
    item = next(item for item in contents.items if item.question == question)
    if item.grade == "withheld":
        return ""
    entry = contents.entry(question)
    asked = _("Frågan «%(question)s».", question=plain(entry.text))
    about = _(
        "%(place)s, %(period)s. Formuläret «%(form)s», %(people)s i gruppen.",
        place=place(contents),
        period=whole_period(contents.period),
        form=plain(contents.title),
        people=people(contents.base or 0),
    )
    parts = (asked, _figure(item, entry), _goal(contents, question), about, why(contents, item))
    return " ".join(part for part in parts if part)


def goal_words(level: int, stands: Standing) -> str:
    """How a share stands to its goal: "Mål 80 %: nära"."""
    return {
        "reached": str(_("Mål %(level)s %%: nått", level=level)),
        "near": str(_("Mål %(level)s %%: nära", level=level)),
        "below": str(_("Mål %(level)s %%: inte nått", level=level)),
    }[stands]


def _figure(item: Item, entry: Entry) -> str:
    if item.step is not None:
        words = str(_(STEPS[item.step]))
        return str(_("%(share)s av svaren på frågan var positiva.", share=words[:1].upper() + words[1:]))
    if item.positive:
        one = item.positive
        return str(
            ngettext(
                "Av %(base)s svar var %(num)s positivt (%(share)s %%).",
                "Av %(base)s svar var %(num)s positiva (%(share)s %%).",
                one.count,
                base=one.base,
                share=one.share,
            )
        )
    if item.mean:
        return str(_("Medelvärdet var %(mean)s.", mean=in_figures(item.mean)))
    return _answers(item, entry)


def _answers(item: Item, entry: Entry) -> str:
    labels = {label.code: label for label in entry.labels if not label.missing}
    said = [f"{plain(labels[one.code].text)}: {one.count} ({one.share} %)" for one in item.counts if one.code in labels]
    several = _("Flera svar fick väljas.") if entry.counted == "several" else ""
    return f"{', '.join(said)}. {several}".strip()


def _goal(contents: Contents, question: str) -> str:
    stands = standing(contents, question)
    return f"{goal_words(contents.goals[question], stands)}." if stands else ""
