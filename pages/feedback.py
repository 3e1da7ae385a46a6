"""The evaluator tells participants what came of their answers: written, looked at, published, withdrawn.

Which figures may be told is `exports.feedback`; how they read is `pages.results`, which draws the same for everyone.
"""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Connection
from wtforms import BooleanField, HiddenField, SelectMultipleField, TextAreaField

from exports import feedback as telling
from exports.contents import Contents
from exports.feedback import About, Feedback
from exports.released import released
from pages import cards, results
from pages.context import house
from pages.staffform import StaffForm, choices
from staff.policy import needs
from survey import published
from survey.errors import NotFound
from survey.teams import find_association

feedback = Blueprint("feedback", __name__, url_prefix="/personal/utvardering/<association>/<form_id>/aterkoppling")


class Draft(StaffForm):
    questions = SelectMultipleField(
        _l("Vilka frågor vill ni berätta om?"), description=_l("Välj högst sex. Siffrorna är de som visas för er.")
    )
    sv = TextAreaField(_l("Vad har ni ändrat?"), description=_l("Skriv kort och enkelt. Skriv inga namn."))
    en = TextAreaField(
        _l("Samma sak på engelska"), description=_l("Frivilligt. Saknas den visas den svenska texten för alla.")
    )


class Consent(StaffForm):
    seen = HiddenField()
    """The mark of what was looked at."""
    sure = BooleanField()


@feedback.get("/")
@needs("evaluator")
def start(association: str, form_id: str) -> str:
    """Every period that can be told of, and how far it has come."""
    said = {
        "published": _("Återkopplingen är publicerad."),
        "withdrawn": _("Återkopplingen är tillbakadragen. Bara ni ser den nu."),
    }
    with house().reading() as db:
        groups = released(db, association, form_id)
        if not groups:
            raise NotFound
        return render_template(
            "staff/feedback.html",
            home=find_association(db, association),
            form_id=form_id,
            title=_title(db, form_id),
            periods=[one.period for one in groups if one.team is None and one.grade != "withheld"],
            written=telling.written(db, association, form_id),
            address=f"{house().settings.base_url}/resultat/{association}",
            cards=cards,
            said=said.get(request.args.get("said", ""), ""),
        )


@feedback.route("/<period>", methods=["GET", "POST"])
@needs("evaluator")
def write(association: str, form_id: str, period: str) -> ResponseReturnValue:
    """Choose the figures and write what has been changed; what is published is only looked at."""
    about = About(association, form_id, period)
    with house().reading() as db:
        contents, standing, around = telling.told_of(db, about), telling.find(db, about), _around(db, about)
    if standing and standing.published_on:
        return redirect(_address(about, "look"), 303)
    form = _draft(contents, standing)
    if form.validate_on_submit() and _saved(about, form):
        return redirect(_address(about, "look"), 303)
    page = render_template(
        "staff/feedback_write.html",
        form=form,
        errors=form.problems,
        period=cards.period_words(period),
        most=telling.LONGEST,
        **around,
    )
    return page, 422 if form.problems else 200


@feedback.get("/<period>/granska")
@needs("evaluator")
def look(association: str, form_id: str, period: str) -> ResponseReturnValue:
    """How it will look for everyone, and what in it may point somebody out."""
    about = About(association, form_id, period)
    return _look_page(about) if _standing(about) else redirect(_address(about, "write"), 303)


@feedback.post("/<period>/publicera")
@needs("evaluator")
def publish(association: str, form_id: str, period: str) -> ResponseReturnValue:
    """Publish what was looked at, and nothing else; what may point somebody out only after a second look."""
    about = About(association, form_id, period)
    with house().writing() as db:
        telling.told_of(db, about)
        one = telling.held(db, about)
        problem = _problem(db, one, Consent()) if one else None
        if one and not problem:
            telling.publish(db, about, house().today())
    if one is None:
        return redirect(_address(about, "write"), 303)
    if problem:
        return _look_page(about, problem), 422
    return redirect(url_for(".start", association=association, form_id=form_id, said="published"), 303)


@feedback.route("/<period>/dra-tillbaka", methods=["GET", "POST"])
@needs("evaluator")
def withdraw(association: str, form_id: str, period: str) -> ResponseReturnValue:
    about, form = About(association, form_id, period), StaffForm()
    one = _standing(about)
    if one is None or one.published_on is None:
        return redirect(_address(about, "write"), 303)
    if form.validate_on_submit():
        with house().writing() as db:
            telling.withdraw(db, about)
        return redirect(url_for(".start", association=association, form_id=form_id, said="withdrawn"), 303)
    return render_template(
        "staff/ask.html",
        form=form,
        heading=_("Dra tillbaka återkopplingen om %(period)s?", period=cards.period_words(period)),
        lines=[_("Deltagare kan inte läsa den längre. Texten finns kvar här, så du kan ändra den och publicera igen.")],
        button=_("Dra tillbaka"),
        back=(url_for(".start", association=association, form_id=form_id), _("Återkoppling")),
    )


def _draft(contents: Contents, standing: Feedback | None) -> Draft:
    texts = standing.texts if standing else {}
    form = Draft(questions=list(standing.questions) if standing else [], sv=texts.get("sv"), en=texts.get("en"))
    form.questions.choices = choices(_offered(contents))
    return form


def _offered(contents: Contents) -> Sequence[tuple[str, Markup]]:
    """Each question with its figure, so that one knows what one chooses."""
    pairs = [(item, contents.entry(item.question)) for item in telling.tellable(contents)]
    figures = [(item.question, results.figure(item, entry)) for item, entry in pairs]
    return [(id_, Markup("{} <bdi>{}.</bdi>").format(one.question, one.share)) for id_, one in figures]


def _saved(about: About, form: Draft) -> bool:
    """Write the draft down, or say at the field why that cannot be."""
    try:
        with house().writing() as db:
            telling.save(db, about, form.questions.data, {"sv": form.sv.data or "", "en": form.en.data or ""})
    except telling.Wrong as refused:
        form.blame(refused.where, str(refused))
    return not form.problems


def _standing(about: About) -> Feedback | None:
    """What has been written. Raises `NotFound` for a period that may not be told of."""
    with house().reading() as db:
        telling.told_of(db, about)
        return telling.find(db, about)


def _problem(db: Connection, one: Feedback, form: Consent) -> tuple[str, str] | None:
    """Why it cannot be published, and where on the page that is mended."""
    if form.seen.data != one.mark:
        return "publicera", _("Någon har ändrat texten eller frågorna. Läs en gång till innan du publicerar")
    if telling.worrying(db, one) and not form.sure.data:
        return "sure", _("Kryssa i att texten ska stå som den är, eller ändra den")
    return None


def _look_page(about: About, *problems: tuple[str, str]) -> str:
    with house().reading() as db:
        one = telling.find(db, about)
        if one is None:
            raise NotFound
        return render_template(
            "staff/feedback_look.html",
            one=one,
            told=results.telling(db, one),
            worrying=telling.worrying(db, one),
            errors=problems,
            period=cards.period_words(about.period),
            **_around(db, about),
        )


def _around(db: Connection, about: About) -> dict[str, object]:
    """What the pages of one period say around it."""
    home, title = find_association(db, about.association), _title(db, about.form)
    return {"about": about, "home": home, "form_id": about.form, "title": title}


def _title(db: Connection, form_id: str) -> str:
    return cards.text(published.newest(db, form_id).title.by_language)


def _address(about: About, view: str) -> str:
    return url_for(f".{view}", association=about.association, form_id=about.form, period=about.period)
