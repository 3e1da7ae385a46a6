"""The meeting log on pages: a meeting noted in a minute, and what meetings take. Rules are `survey.records.log`.

Everybody who works in a team keeps its log. An association's evaluator sees what all logs come to, and types in rows of
time tables that others have printed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from exports import log_workbook, meeting_log
from exports.log_workbook import KINDS, Selection
from exports.meeting_log import Spent
from forms.answers import in_words
from forms.model import Answer, Answers, Form
from pages import cases_words
from pages import records_words as words
from pages.cases_paper import Sheet, not_saved
from pages.context import house
from pages.gate import member
from pages.language import spoken
from pages.saying import sayer
from pages.staffform import StaffForm, Sure, WholeNumber, choices, page_number, seen_version, sent_as, whole_number
from staff import accounts
from staff.policy import needs
from survey import teams
from survey.errors import BadRequest, NotFound, Outdated
from survey.periods import Period, PeriodKind
from survey.records import log, printed
from survey.records.hours import Columns, Span
from survey.records.log import Earlier, Meeting
from survey.records.weeks import Weeks, day_in, newest, week_of

team_log = Blueprint("meeting_log", __name__, url_prefix="/personal")
own_log = Blueprint("association_log", __name__)
"""What an evaluator sees; it belongs to the pages of evaluation."""

RECENT = 12
"""Weeks that a meeting is noted in without writing which."""
NEW = "ny"
_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_MINUTES = NumberRange(0, 480, _l("Skriv ett antal mellan 0 och 480"))
_MEETINGS = NumberRange(1, 99, _l("Skriv ett antal mellan 1 och 99"))
_LENGTH = Length(max=printed.LONGEST, message=_l("Skriv högst 80 tecken"))


class When(StaffForm):
    """What stands beside the form's own questions: lists that grow."""

    week = SelectField(_l("Vilken vecka var mötet?"), description=_l("Bara veckan sparas, inte dagen."))
    participant = SelectField(
        _l("Vilken deltagare?"),
        description=_l(
            "Ett löpnummer utan betydelse. Välj ny vid första mötet. Skriv numret där ni själva hittar det."
        ),
    )
    number = WholeNumber(
        _l("Vilket möte i ordningen med deltagaren?"),
        [Optional(), NumberRange(1, log.MOST_MEETINGS, _l("Skriv ett antal mellan 1 och 99"))],
        description=_l("Lämna tomt, så räknar vi från förra mötet i loggen."),
    )


class Row(StaffForm):
    """A row of somebody's time table, as it is printed."""

    source = StringField(_l("Var är raden publicerad?"), [DataRequired(_l("Skriv var raden är publicerad")), _LENGTH])
    name = StringField(_l("Team"), [DataRequired(_l("Skriv vilket team raden gäller")), _LENGTH])
    day_least = WholeNumber(_l("Möten per dag, minst"), [Optional(), _MEETINGS])
    day_most = WholeNumber(_l("Möten per dag, mest"), [Optional(), _MEETINGS])
    before_least = WholeNumber(
        _l("Minuter före, minst"), [Optional(), _MINUTES], description=_l("Tomt betyder att det saknas.")
    )
    before_most = WholeNumber(_l("Minuter före, mest"), [Optional(), _MINUTES])
    met_least = WholeNumber(_l("Minuter med deltagaren, minst"), [InputRequired(_l("Skriv minuterna")), _MINUTES])
    met_most = WholeNumber(_l("Minuter med deltagaren, mest"), [Optional(), _MINUTES])
    after_least = WholeNumber(
        _l("Minuter efter, minst"), [Optional(), _MINUTES], description=_l("Tomt betyder att det saknas.")
    )
    after_most = WholeNumber(_l("Minuter efter, mest"), [Optional(), _MINUTES])
    meetings = WholeNumber(_l("Antal möten med deltagaren"), [InputRequired(_l("Skriv antalet möten")), _MEETINGS])
    at_least = RadioField(
        _l("Står det «minst» före antalet?"), choices=choices([("0", _l("Nej")), ("1", _l("Ja"))]), default="0"
    )
    platform = StringField(_l("Plattform"), [_LENGTH])
    hours = StringField(
        _l("Publicerat resultat i timmar"), [_LENGTH], description=_l("Som det står, till exempel 1,3 eller minst 5.")
    )


@team_log.get("/team/<team>/moteslogg/")
@needs("coordinator", "party")
def log_page(team: str) -> str:
    """The time table of the chosen weeks, the tips over time, and every meeting to be corrected."""
    with house().reading() as db:
        here, form, there = teams.find_team(db, team), log.form_for(db, team), log.meetings(db, team)
        weeks = _weeks(sorted({one.week for one in there}))
        chosen = [one for one in there if one.week in weeks]
        lines = log_workbook.lines(db, Selection(here.association, team, weeks))
    return render_template(
        "records/log.html",
        team=here,
        lines=lines,
        weeks=weeks,
        choices=_week_choices({one.week for one in there}),
        tips=_tips(chosen, weeks),
        spent=meeting_log.spent(chosen, weeks),
        meetings=[_told(one, form) for one in chosen],
        kinds=KINDS,
        words=words,
        said=_SAID.get(request.args.get("sagt", ""), ""),
    )


@team_log.route("/team/<team>/moteslogg/ny", methods=["GET", "POST"])
@needs("coordinator", "party")
def new(team: str) -> ResponseReturnValue:
    """Note a meeting."""
    when = When()
    with house().reading() as db:
        here, sheet = teams.find_team(db, team), Sheet(log.form_for(db, team))
        _offer(when, db, team)
    today = house().today()
    shown = sheet.typed(request.form) if request.method == "POST" else sheet.filled({}, today)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        answers, errors = _read(when, sheet, shown)
        if not errors:
            who = None if when.participant.data == NEW else int(when.participant.data)
            try:
                with house().writing() as db:
                    log.note(db, team, when.week.data, who, when.number.data, answers, sent_as())
                return redirect(url_for(".log_page", team=team, sagt="ny"), 303)
            except BadRequest as refused:
                errors = [_blamed(refused)]
    return _page(here, when, sheet, shown, errors, heading=_("Anteckna ett möte"), version=0)


@team_log.route("/moteslogg/<meeting_id>", methods=["GET", "POST"])
@needs("coordinator", "party")
def correct(meeting_id: str) -> ResponseReturnValue:
    """Correct a meeting, or fill in what was not known yet."""
    when = When()
    with house().reading() as db:
        one = log.find(db, meeting_id)
        here, form = teams.find_team(db, one.team), log.form_for(db, one.team)
        _offer(when, db, one.team, one)
        history = _history(db, one, form)
    sheet = Sheet(form)
    shown = sheet.typed(request.form) if request.method == "POST" else sheet.filled(one.answers, house().today())
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        answers, errors = _read(when, sheet, shown)
        if not errors:
            errors = _corrected(one, when, answers)
        if not errors:
            return redirect(url_for(".log_page", team=one.team, sagt="andrad"), 303)
    else:
        when.week.data, when.number.data = one.week, one.number
    heading = _("Rätta möte %(number)s med deltagare %(participant)s", number=one.number, participant=one.participant)
    return _page(here, when, sheet, shown, errors, heading=heading, version=one.revision, one=one, history=history)


@team_log.post("/moteslogg/<meeting_id>/satt-tillbaka")
@needs("coordinator", "party")
def put_back(meeting_id: str) -> ResponseReturnValue:
    """Let a meeting be as it was before a correction."""
    here = url_for(".correct", meeting_id=meeting_id)
    try:
        with house().writing() as db:
            one = _as_seen(db, meeting_id)
            log.put_back(db, house(), one, whole_number("var"), member().account, house().now())
    except (log.Taken, Outdated) as refused:
        return redirect(f"{here}?sagt={'upptaget' if isinstance(refused, log.Taken) else 'hunnen'}", 303)
    return redirect(f"{here}?sagt=tillbaka", 303)


@team_log.route("/moteslogg/<meeting_id>/ta-bort", methods=["GET", "POST"])
@needs("coordinator", "party")
def remove(meeting_id: str) -> ResponseReturnValue:
    with house().reading() as db:
        one = log.find(db, meeting_id)
    form, errors = Sure(), []
    if form.validate_on_submit():
        try:
            with house().writing() as db:
                log.remove(db, house(), _as_seen(db, meeting_id), member().account, house().now())
            return redirect(url_for(".log_page", team=one.team, sagt="borta"), 303)
        except Outdated as refused:
            errors = [not_saved(refused)]
    else:
        form.seen.data = one.revision
    told = {"number": one.number, "participant": one.participant, "week": words.week(one.week)}
    page = render_template(
        "staff/ask.html",
        form=form,
        errors=errors,
        heading=_("Ta bort mötet ur loggen?"),
        lines=[
            _("Det är möte %(number)s med deltagare %(participant)s, %(week)s.", **told),
            _("Det går inte att ångra. Är något fel kan du rätta det i stället."),
        ],
        button=_("Ta bort mötet"),
        back=(url_for(".correct", meeting_id=meeting_id), _("Tillbaka till mötet")),
    )
    return page, 422 if errors else 200


@team_log.get("/team/<team>/moteslogg/fil/<kind>")
@needs("coordinator", "party")
def file(team: str, kind: str) -> ResponseReturnValue:
    """The chosen weeks as a workbook or a table."""
    with house().reading() as db:
        there = {one.week for one in log.meetings(db, team)}
        selection = Selection(teams.find_team(db, team).association, team, _weeks(sorted(there)))
    return _file(selection, kind)


@own_log.get("/<association>/moteslogg/")
@needs("evaluator")
def figures(association: str) -> str:
    """What all the association's logs come to, beside what others have printed."""
    return _figures_page(association, Row(formdata=None))


@own_log.post("/<association>/moteslogg/")
@needs("evaluator")
def type_in(association: str) -> ResponseReturnValue:
    """Type in a row as it is printed."""
    form = Row()
    if form.validate() and _in_order(form):
        try:
            with house().writing() as db:
                printed.add(
                    db,
                    association,
                    form.source.data,
                    form.name.data,
                    _columns(form),
                    platform=form.platform.data or "",
                    hours=form.hours.data or "",
                    identity=sent_as(),
                )
            return redirect(url_for(".figures", association=association, sagt="rad"), 303)
        except BadRequest as refused:
            form.blame("hours", str(refused))
    return _figures_page(association, form), 422


@own_log.post("/<association>/moteslogg/ta-bort")
@needs("evaluator")
def take_away(association: str) -> ResponseReturnValue:
    """Take a printed row away, if nobody has done so meanwhile: it can be typed in again."""
    with suppress(NotFound), house().writing() as db:
        printed.remove(db, association, request.form.get("rad", ""))
    return redirect(url_for(".figures", association=association, sagt="rad-borta"), 303)


@own_log.get("/<association>/moteslogg/fil/<kind>")
@needs("evaluator")
def association_file(association: str, kind: str) -> ResponseReturnValue:
    return _file(Selection(association, None, _year()), kind)


_SAID: Mapping[str, object] = {
    "ny": _l("Mötet står i loggen."),
    "andrad": _l("Ändringen är sparad."),
    "borta": _l("Mötet är borttaget."),
    "tillbaka": _l("Mötet står som förut igen."),
    "hunnen": _l("Någon annan hann före. Läs det nya först."),
    "upptaget": _l("Det gick inte. Ett annat möte med deltagaren har fått det numret."),
    "rad": _l("Raden är sparad."),
    "rad-borta": _l("Raden är borttagen."),
}


def _read(when: When, sheet: Sheet, shown: Any) -> tuple[Mapping[str, Answer], list[tuple[str, str]]]:
    """The answers of the page, and what is to be mended in both forms."""
    when.validate()
    answers, errors = sheet.read(shown, {}, house().today())
    return answers, [*when.problems, *errors]


def _corrected(one: Meeting, when: When, answers: Answers) -> list[tuple[str, str]]:
    """Save a correction, or say why not."""
    try:
        with house().writing() as db:
            now, number = _as_seen(db, one.id), when.number.data or one.number
            log.correct(db, house(), now, when.week.data, number, answers, member().account, house().now())
    except Outdated as refused:
        return [not_saved(refused)]
    except BadRequest as refused:
        return [_blamed(refused)]
    return []


def _as_seen(db: Connection, meeting_id: str) -> Meeting:
    """The meeting, if it is as the page showed it. Raises `Outdated`."""
    one = log.find(db, meeting_id)
    if one.revision != seen_version():
        raise Outdated(one.revision)
    return one


def _history(db: Connection, one: Meeting, form: Form) -> list[dict[str, Any]]:
    """Each correction, the newest first: by whom and when, and what it changed from what to what."""
    names, after, told = {each.id: each.name for each in accounts.accounts(db)}, _facts(one, form), []
    for was in log.earlier(db, one.id):
        before = _facts(was, form)
        changed = [(label, before.get(label, "–"), after.get(label, "–")) for label in before | after]
        told.append(
            {
                "revision": was.revision,
                "who": cases_words.actor(was.actor, names),
                "when": cases_words.moment(was.at),
                "changed": [row for row in changed if row[1] != row[2]],
            }
        )
        after = before
    return told


def _facts(one: Meeting | Earlier, form: Form) -> dict[str, str]:
    """All that is noted, in words: what is asked -> what is said."""
    say = sayer(spoken(), {})
    facts = {str(_("Vecka")): words.short_week(one.week), str(_("Möte")): str(one.number)}
    said = ((form.by_id[name], answer) for name, answer in one.answers.items() if name in form.by_id)
    return facts | {str(say(asked.text)): ", ".join(in_words(asked, answer, spoken())) for asked, answer in said}


def _blamed(refused: BadRequest) -> tuple[str, str]:
    """What a rule found wrong, at the control where it is mended."""
    return log.PRODUCT if isinstance(refused, log.Named) else "number", str(refused)


def _offer(when: When, db: Connection, team: str, one: Meeting | None = None) -> None:
    """The weeks and participants there are to choose from; of a meeting noted already its own participant alone."""
    weeks = newest(house().today(), RECENT)
    if one and one.week not in weeks:
        weeks.append(one.week)
    when.week.choices = choices((each, _begun(words.week(each))) for each in weeks)
    if one:
        del when.participant
        return
    known = [(f"{each.participant}", _known(each)) for each in log.known(db, team)]
    when.participant.choices = choices([(NEW, _("Ny deltagare, första mötet")), *known])


def _begun(words: str) -> str:
    """Words as they begin a line; a month keeps its capital in English."""
    return words[:1].upper() + words[1:]


def _known(one: log.Known) -> str:
    told = {"participant": one.participant, "week": words.short_week(one.week), "n": one.meetings}
    return str(_("%(participant)s: senast %(week)s, möte %(n)s", **told))


def _page(
    here: teams.Team,
    when: When,
    sheet: Sheet,
    shown: Any,
    errors: list[tuple[str, str]],
    *,
    heading: str,
    version: int,
    one: Meeting | None = None,
    history: Sequence[Mapping[str, Any]] = (),
) -> ResponseReturnValue:
    page = render_template(
        "records/meeting.html",
        team=here,
        heading=heading,
        when=when,
        fields=sheet.drawn(shown, sayer(spoken(), {}), errors),
        errors=errors,
        version=version,
        submission=page_number(),
        meeting=one,
        history=history,
        said=_SAID.get(request.args.get("sagt", ""), "") if not errors else "",
    )
    return page, 422 if errors else 200


def _weeks(there: list[str]) -> Weeks:
    """The weeks asked for; without a wish the year so far. Anything that is no week is as no wish."""
    year = _year()
    known = {*there, *year}
    first, last = (request.args.get(name, "") for name in ("fran", "till"))
    wished = Weeks(first if first in known else year.first, last if last in known else year.last)
    return wished if wished.first <= wished.last else Weeks(wished.last, wished.first)


def _year() -> Weeks:
    """The year until this week."""
    today = house().today()
    whole = Weeks.of(Period(12, int(week_of(today)[:4])))
    return Weeks(whole.first, week_of(today))


def _week_choices(there: set[str]) -> list[dict[str, str]]:
    year = _year()
    return [
        {"code": one, "label": words.short_week(one)} for one in sorted(there | {year.first, year.last}, reverse=True)
    ]


def _told(one: Meeting, form: Form) -> dict[str, Any]:
    """A meeting as a row of the list."""
    how = ", ".join(in_words(form.by_id[log.HOW], one.answers.get(log.HOW, ()), spoken()))
    minutes = {name: one.minutes(name) for name in (log.BEFORE, log.MET, log.AFTER)}
    return {
        "id": one.id,
        "week": words.short_week(one.week),
        "participant": one.participant,
        "number": one.number,
        "minutes": ["–" if n is None else n for n in minutes.values()],
        "how": how,
        "everyone": one.everyone,
    }


def _tips(there: list[Meeting], weeks: Weeks) -> dict[str, Any]:
    """The tips as a table over time: by month where the weeks are few, else by quarter; the newest six."""
    few = sum(1 for _each in weeks) <= 26  # half a year
    kind: PeriodKind = "month" if few else "quarter"
    spans = {}
    for week in weeks:
        period = Period.of(day_in(week, 4), kind)
        spans[period] = Weeks(max(Weeks.of(period).first, weeks.first), min(Weeks.of(period).last, weeks.last))
    named = {span: period.words(spoken()) for period, span in spans.items()}
    told = list(meeting_log.over_time(there, spans.values()))[-6:]
    rows = [
        (tips[0].text.in_(spoken()), [(one.yes, one.base) for one in tips])
        for tips in zip(*(tips for _span, tips in told), strict=True)
    ]
    return {"heads": [named[span] for span, _tips_of in told], "rows": rows}


def _figures_page(association: str, form: Row) -> str:
    weeks = _year()
    with house().reading() as db:
        home, rows = teams.find_association(db, association), printed.rows(db, association)
        lines = log_workbook.lines(db, Selection(association, None, weeks))
        spent: Spent = meeting_log.figures(db, association, weeks)
    return render_template(
        "records/figures.html",
        home=home,
        weeks=weeks,
        lines=lines,
        spent=spent,
        typed=rows,
        form=form,
        submission=page_number(),
        errors=form.problems,
        kinds=KINDS,
        words=words,
        said=_SAID.get(request.args.get("sagt", ""), "") if not form.problems else "",
    )


def _in_order(form: Row) -> bool:
    """Whether no least is above its most."""
    for name in ("day", "before", "met", "after"):
        least, most = form[f"{name}_least"].data, form[f"{name}_most"].data
        if most is not None and (least is None or most < least):
            form.blame(f"{name}_most", _("Skriv ett tal som inte är mindre än det minsta"))
    return not form.problems


def _columns(form: Row) -> Columns:
    def span(name: str) -> Span | None:
        least, most = form[f"{name}_least"].data, form[f"{name}_most"].data
        return None if least is None else Span(least, least if most is None else most)

    met = span("met")
    if met is None:
        raise BadRequest
    at_least = form.at_least.data == "1"
    return Columns(span("day"), span("before"), met, span("after"), form.meetings.data, at_least)


def _file(selection: Selection, kind: str) -> ResponseReturnValue:
    if kind not in KINDS:
        raise NotFound
    out = BytesIO()
    with house().reading() as db:
        log_workbook.write(db, selection, kind, house().today(), out)
    out.seek(0)
    name = log_workbook.name_of(selection, kind)
    return send_file(out, _TYPES.get(kind, "text/csv"), as_attachment=True, download_name=name, max_age=0, etag=False)
