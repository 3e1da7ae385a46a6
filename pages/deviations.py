"""Deviations on pages: told by anybody in the team, taken further by its coordinator, read by the steering group.

Rules are `survey.records.deviations`. Words that may point somebody out are shown to whoever wrote them, and saved only
when they are changed or looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from exports import deviation_counts, deviation_workbook
from exports.deviation_counts import period_words, types
from forms.answers import in_words
from pages import records_words as words
from pages.cases_paper import Sheet, in_parts, not_saved
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.saying import sayer
from pages.staffform import StaffForm, Sure, WholeNumber, choices, page_number, seen_version, sent_as
from staff.policy import needs
from survey import teams
from survey.errors import BadRequest, NotAllowed, Outdated
from survey.records import deviations as rules
from survey.records.deviations import Deviation, Pointing
from survey.workdays import months_later

team_deviations = Blueprint("deviations", __name__, url_prefix="/personal")
raised_deviations = Blueprint("raised_deviations", __name__)
"""What an evaluator sees for the steering group; it belongs to the pages of evaluation."""

LATELY = 12
"""Months for which the list keeps what is over, and what works well."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Step(StaffForm):
    """The next step, with its words."""

    state = RadioField(_l("Vad har hänt?"), [InputRequired(_l("Välj vad som har hänt"))])
    days = WholeNumber(
        _l("Inom hur många arbetsdagar vill ni ha svar?"),
        [Optional(), NumberRange(1, rules.MOST_DAYS, _l("Skriv ett antal mellan 1 och 250"))],
        default=rules.DAYS,
    )
    words = TextAreaField(
        _l("Vad vill du skriva om det?"),
        [Length(max=rules.LONGEST, message=_l("Skriv högst 1000 tecken"))],
        description=_l("Till exempel vem ni har frågat, eller vad svaret blev. Skriv inga namn."),
    )


@team_deviations.get("/team/<team>/avvikelser/")
@needs("coordinator", "party")
def register(team: str) -> str:
    """The team's own register, the newest first."""
    with house().reading() as db:
        here, form, told = teams.find_team(db, team), rules.form_for(db, team), rules.deviations(db, team)
        rows = [_row(one, form, here.name) for one in told]
    return render_template(
        "records/deviations.html",
        team=here,
        rows=rows,
        leads=team in member().teams(),
        said=_SAID.get(request.args.get("sagt", ""), ""),
    )


@team_deviations.route("/team/<team>/avvikelser/ny", methods=["GET", "POST"])
@needs("coordinator", "party")
def new(team: str) -> ResponseReturnValue:
    """Tell of what does not work, or of what does."""
    with house().reading() as db:
        here, sheet = teams.find_team(db, team), Sheet(rules.form_for(db, team))
    kind = request.args.get("slag", "")
    begun = {rules.KIND: kind} if kind in (rules.FAILS, rules.WORKS) else {}

    def _save(db: Connection, answers: Mapping[str, Any], seen: Collection[str]) -> str:
        return rules.tell(db, house(), team, answers, seen, member().account, sent_as()).id

    return _written(here, sheet, begun, _save, heading=_("Skriv en avvikelse"), version=0)


@team_deviations.get("/avvikelse/<deviation_id>")
@needs("coordinator", "party")
def page(deviation_id: str) -> str:
    """One report with its steps and its clock."""
    with house().reading() as db:
        one = rules.find(db, deviation_id)
        here, form = teams.find_team(db, one.team), rules.form_for(db, one.team)
    clock = one.clock(house().today())
    return render_template(
        "records/deviation.html",
        team=here,
        one=one,
        parts=in_parts(form, one.answers, sayer(spoken(), {}), blank=False),
        clock=words.waited(clock, one.steps[0].due) if clock and one.steps[0].due else "",
        leads=here.slug in member().teams(),
        words=words,
        said=_SAID.get(request.args.get("sagt", ""), ""),
    )


@team_deviations.route("/avvikelse/<deviation_id>/andra", methods=["GET", "POST"])
@needs("coordinator", "party")
def correct(deviation_id: str) -> ResponseReturnValue:
    """Change what is told, as long as nobody has raised it."""
    with house().reading() as db:
        one = rules.find(db, deviation_id)
        here, sheet = teams.find_team(db, one.team), Sheet(rules.form_for(db, one.team))

    def _save(db: Connection, answers: Mapping[str, Any], seen: Collection[str]) -> str:
        rules.correct(db, house(), _as_seen(db, one.id), answers, seen, member().account)
        return one.id

    heading = _("Ändra %(name)s", name=one.reference)
    return _written(here, sheet, one.answers, _save, heading=heading, version=one.revision)


@team_deviations.route("/avvikelse/<deviation_id>/ta-bort", methods=["GET", "POST"])
@needs("coordinator")
def remove(deviation_id: str) -> ResponseReturnValue:
    with house().reading() as db:
        one = rules.find(db, deviation_id)
    form, errors = Sure(), []
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                rules.remove(db, house(), _as_seen(db, deviation_id), member().account)
            return redirect(url_for(".register", team=one.team, sagt="borta"), 303)
        except Outdated as refused:
            errors = [not_saved(refused)]
    else:
        form.seen.data = one.revision
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=errors,
        heading=_("Ta bort %(name)s?", name=one.reference),
        lines=[_("Texten och alla steg försvinner. Det går inte att ångra.")],
        button=_("Ta bort avvikelsen"),
        back=(url_for(".page", deviation_id=deviation_id), one.reference),
    )
    return page, 422 if errors else 200


@team_deviations.route("/avvikelse/<deviation_id>/steg", methods=["GET", "POST"])
@needs("coordinator")
def step(deviation_id: str) -> ResponseReturnValue:
    """Take the next step: one after the other."""
    with house().reading() as db:
        one = rules.find(db, deviation_id)
    form, pointed = Step(), tuple[str, ...]()
    may = one.may()
    if not may:
        return redirect(url_for(".page", deviation_id=deviation_id), 303)
    form.state.choices = choices((state, words.STEPS[state]) for state in may)
    if may != ("raised",) or one.works:
        del form.days
    if not form.is_submitted() and len(may) == 1:
        form.state.data = may[0]
    errors: Sequence[tuple[str, str]] = ()
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                _take(db, one, form)
            return redirect(url_for(".page", deviation_id=deviation_id, sagt="steg"), 303)
        except Pointing as refused:
            pointed = refused.words
            form.blame("words", str(refused))
        except (BadRequest, NotAllowed, Outdated) as refused:
            errors = [not_saved(refused)]
    shown = render_template(
        "records/step.html",
        one=one,
        form=form,
        errors=[*form.problems, *errors],
        pointed=[{"code": word, "label": word} for word in pointed],
        seen=one.revision,
    )
    return shown, 422 if form.problems or errors else 200


@team_deviations.post("/avvikelse/<deviation_id>/tillbaka")
@needs("coordinator")
def back(deviation_id: str) -> ResponseReturnValue:
    """Take the newest step back."""
    try:
        with house().writing() as db:
            rules.take_back(db, house(), _as_seen(db, deviation_id), member().account)
    except Outdated:
        return redirect(url_for(".page", deviation_id=deviation_id, sagt="hunnen"), 303)
    return redirect(url_for(".page", deviation_id=deviation_id, sagt="tillbaka"), 303)


@team_deviations.get("/team/<team>/avvikelser/lista")
@needs("coordinator")
def team_list(team: str) -> str:
    """What the team has raised, to print for the steering group."""
    with house().reading() as db:
        here = teams.find_team(db, team)
        form, told = rules.form_for(db, team), rules.deviations(db, team)
        rows = [_row(one, form, here.name) for one in told if one.state != "new"]
    return _list_page(rows, here.name, (url_for(".register", team=team), _("Avvikelser")), [])


@team_deviations.get("/team/<team>/avvikelser/fil")
@needs("coordinator")
def team_file(team: str) -> ResponseReturnValue:
    with house().reading() as db:
        return _file(db, teams.find_team(db, team).association, team)


@raised_deviations.get("/<association>/avvikelser/")
@needs("evaluator")
def raised(association: str) -> str:
    """What all teams have raised, and how many there were of each type."""
    with house().reading() as db:
        home, told = teams.find_association(db, association), rules.raised(db, association)
        named = {one.slug: one.name for one in teams.teams(db, association)}
        forms = {slug: rules.form_for(db, slug) for slug in named}
        rows = [_row(one, forms[one.team], named[one.team]) for one in told]
        counted = deviation_counts.shown(db, association)
    return _list_page(
        rows,
        home.name,
        (url_for("evaluate.start"), _("Utvärdering")),
        counted,
        url_for(".file", association=association),
    )


@raised_deviations.get("/<association>/avvikelser/fil")
@needs("evaluator")
def file(association: str) -> ResponseReturnValue:
    with house().reading() as db:
        return _file(db, association, None)


_SAID: Mapping[str, object] = {
    "ny": _l("Avvikelsen står i registret."),
    "andrad": _l("Ändringen är sparad."),
    "borta": _l("Avvikelsen är borttagen."),
    "steg": _l("Steget är antecknat."),
    "tillbaka": _l("Steget är taget tillbaka."),
    "hunnen": _l("Någon annan hann före. Läs det nya först."),
}


def _written(
    here: teams.Team, sheet: Sheet, before: Mapping[str, Any], save: Any, *, heading: str, version: int
) -> ResponseReturnValue:
    """The form on one page: shown, sent back with what is to be mended or looked at, or saved."""
    today, errors, pointed = house().today(), list[tuple[str, str]](), tuple[str, ...]()
    shown = sheet.typed(request.form) if request.method == "POST" else sheet.filled(before, today)
    if request.method == "POST":
        answers, errors = sheet.read(shown, {}, today)
        if not errors:
            try:
                with house().writing() as db:
                    identity = save(db, answers, request.form.getlist("pekar"))
                return redirect(url_for(".page", deviation_id=identity, sagt="andrad" if version else "ny"), 303)
            except Pointing as refused:
                pointed, errors = refused.words, [("pekar", str(refused))]
            except (NotAllowed, Outdated) as refused:
                errors = [not_saved(refused)]
    page = render_template(
        "records/told.html",
        team=here,
        heading=heading,
        fields=sheet.drawn(shown, sayer(spoken(), {}), errors),
        errors=errors,
        pointed=[{"code": one, "label": one} for one in pointed],
        version=version,
        submission=page_number(),
    )
    return page, 422 if errors else 200


def _as_seen(db: Connection, deviation_id: str) -> Deviation:
    """The report, if it is as the page showed it. Raises `Outdated`."""
    one = rules.find(db, deviation_id)
    if one.revision != seen_version():
        raise Outdated(one.revision)
    return one


def _take(db: Connection, one: Deviation, form: Step) -> None:
    days = (form.days.data if "days" in form else None) or rules.DAYS
    seen, said = request.form.getlist("pekar"), form.words.data or ""
    rules.take_step(db, house(), _as_seen(db, one.id), form.state.data, said, seen, member().account, days)


def _row(one: Deviation, form: Any, team: str) -> dict[str, Any]:
    """A report as a row of a list."""

    def said(question: str) -> str:
        answer = one.answers.get(question)
        return "" if answer is None else ", ".join(in_words(form.by_id[question], answer, spoken()))

    clock = one.clock(house().today())
    return {
        "id": one.id,
        "reference": one.reference,
        "team": team,
        "kind": said(rules.KIND),
        "works": one.works,
        "open": one.state in rules.OPEN,
        "lately": bool(one.steps) and one.steps[-1].on >= months_later(house().today(), -LATELY),
        "types": said(rules.TYPES),
        "parties": said(rules.PARTIES),
        "what": said(rules.WHAT),
        "consequence": ": ".join(filter(None, (said(rules.CONSEQUENCE), said(rules.OTHER_CONSEQUENCE)))),
        "often": said(rules.OFTEN),
        "proposal": said(rules.PROPOSAL),
        "level": said(rules.LEVEL),
        "state": words.STATES[one.state],
        "told_on": words.day(one.told_on),
        "clock": words.waited(clock, one.steps[0].due) if clock and one.steps[0].due else "",
        "late": bool(clock and not clock.answered and clock.left < 0),
        "words": one.steps[-1].words if one.steps else "",
    }


def _list_page(
    rows: Sequence[Mapping[str, Any]],
    whose: str,
    back_to: tuple[str, object],
    counted: Sequence[Any],
    address: str = "",
) -> str:
    return render_template(
        "records/raised.html",
        failing=[row for row in rows if row["open"] and not row["works"]],
        over=[row for row in rows if not row["open"] and row["lately"]],
        working=[row for row in rows if row["works"] and row["lately"]],
        whose=whose,
        back=back_to,
        counted=[(one, period_words(one.period, spoken())) for one in counted],
        types={code: text.in_(spoken()) for code, text in types().items()},
        file=address,
        day=words.day(house().today()),
    )


def _file(db: Connection, association: str, team: str | None) -> ResponseReturnValue:
    out = BytesIO()
    deviation_workbook.write(db, association, team, house().today(), out)
    out.seek(0)
    name = deviation_workbook.name_of(team or association)
    return send_file(out, _XLSX, as_attachment=True, download_name=name, max_age=0, etag=False)
