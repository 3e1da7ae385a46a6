"""create_app: the application assembled. There is no application object at import."""

import gc
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import commands
from api import problems, service, views
from exports import making
from pages import (
    account,
    admin,
    approving,
    audit,
    author,
    cases,
    cases_party,
    deviations,
    evaluate,
    facilitate,
    feedback,
    files,
    front,
    gate,
    guide,
    interview,
    keys,
    limits,
    look,
    meeting_log,
    mistakes,
    operation,
    pooled,
    provider,
    refer,
    respond,
    results,
    second,
    sheets,
    signin,
    start,
    tablet,
    team,
    translate,
    vote,
    wall,
    withdraw,
)
from pages.context import furnish, house
from pages.headers import guard
from pages.language import TRANSLATIONS, direction, languages, speak
from pages.live import Live
from settings import Settings
from staff.policy import check_policies
from survey.exposure import refuse_exposure
from survey.repair import repair

LARGEST_POST = 256 * 1024
"""Bytes. Every question of a long form answered at length, twice over; more is nobody's answer."""
PUBLIC = (front.pages, results.results, respond.pages, refer.pages, withdraw.pages, vote.pages, wall.wall)
STAFF = (
    signin.signin,
    second.second,
    account.account,
    start.start,
    team.team,
    cases.cases,
    cases_party.party,
    meeting_log.team_log,
    deviations.team_deviations,
    interview.interview,
    guide.guide,
    sheets.paper,
    tablet.tablet,
    evaluate.evaluate,
    files.files,
    feedback.feedback,
    facilitate.facilitate,
    keys.keys,
    pooled.pooled,
    author.author,
    look.look,
    translate.translate,
    approving.approving,
    admin.admin,
    audit.chain,
    audit.control,
    operation.operation,
)


def create_app(settings: Settings | None = None, translations: Path = TRANSLATIONS) -> Flask:
    """The application for `settings` (default: the environment's), speaking the languages under `translations`."""
    app = Flask(__name__)
    settings = settings or Settings.load()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_POST, MAX_FORM_MEMORY_SIZE=LARGEST_POST, MAX_FORM_PARTS=1000)
    furnish(app, settings)
    for blueprint in (*PUBLIC, *STAFF):
        app.register_blueprint(blueprint)
    if settings.oidc_issuer:
        app.register_blueprint(provider.outside)
    commands.register(app)
    service.register(app, views.views)
    mistakes.answer(app, {problems.ADDRESSES: problems.say})
    gate.keep(app)
    limits.keep(app)
    guard(app)
    check_policies(app)
    speak(app, translations)
    app.wsgi_app = Live(app.wsgi_app, app)  # type: ignore[method-assign]
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, 0, hops)  # type: ignore[method-assign]
    return app


def serve() -> Flask:
    """The application as the server starts it: what an interruption left is mended first, and keys that others on the
    machine can reach, or that a copy of the database's folder would take along, are refused (`BadSetting`)."""
    app = create_app()
    with app.app_context():
        house().refuse_keys_beside_the_data()
        refuse_exposure(house())
        repair(house())
        making.clear(files.workshop())
        for language in languages():
            direction(language)  # what is known of it is read here, and held once for all workers
        house().close()  # the workers are forked after this: no connection may be shared
    gc.freeze()  # what is loaded stays; looking through it again and again would cost each page a tenth
    return app
