"""A second factor on a page: the field for a code, what a browser is asked for a passkey, and the page that asks.

One page asks it of everybody: at the second step of signing in, and once more before what is dangerous. What was about
to be sent is carried through that page, so that nothing is typed twice.
"""

from collections.abc import Sequence

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from pages.context import demonstration, house, provider
from pages.staffform import StaffForm
from staff import factors, passkeys, sessions
from staff.factors import Asked, Factors, Shown

NEVER_CARRIED = ("csrf_token", "second_code", "second_passkey", "passphrase", "again", "current", "resumed")
"""What a page does not carry on: its own fields, and what nobody should find on it."""


class SecondStep(StaffForm):
    """A second factor: a typed code, or what the browser says for a passkey."""

    second_code = StringField(_l("Kod"), description=_l("Sex siffror från din app, eller en av dina reservkoder."))
    second_passkey = HiddenField()

    @property
    def shown(self) -> Shown | None:
        """What is shown; None for nothing, which the form then says."""
        code, passkey = (self.second_code.data or "").strip(), self.second_passkey.data or ""
        if not (code or passkey):
            self.blame("second_code", _("Skriv koden"))
            return None
        return Shown(code, passkey)


def asked(*, loopback: bool) -> Asked:
    """Where a second factor is shown."""
    return Asked(passkeys.site(house().settings.base_url), loopback=loopback)


def confirmed(form: SecondStep, reference: str, *, loopback: bool) -> bool:
    """Whether the form shows a second factor of the session's owner, which then counts as shown now; it says if not."""
    shown = form.shown
    if shown is None:
        return False
    if sessions.confirm(house(), reference, shown, asked(loopback=loopback), sessions.now()):
        return True
    refused(form)
    return False


def refused(form: SecondStep) -> None:
    """Say that what was shown is wrong; wrong, used and waiting are told alike."""
    form.blame("second_code", _("Det gick inte. Vänta på nästa kod i appen och försök igen."))


def seen_here(account_id: str) -> bool:
    """Whether a second factor of the account can be shown on our own pages; if not, the provider must see it."""
    with house().reading() as db:
        return provider() is None or bool(factors.factors(db, account_id))


def second_page(form: SecondStep, account_id: str, *, loopback: bool, action: str = "", waits: bool = False) -> str:
    """The page that asks `account_id` for a second factor and sends it to `action`, by default back to itself.
    `waits`: what was about to be sent waits in the browser for whoever leaves for the provider."""
    with house().reading() as db:
        has = factors.factors(db, account_id)
        near = demonstration() and loopback
        on_show = factors.code_on_show(db, house().secrets, account_id, sessions.now()) if near else None
    there = provider() if "member" in g and not has else None
    return render_template(
        "staff/second.html",
        provider=there.name if there else "",
        form=form,
        errors=form.problems,
        has=has,
        on_show=on_show,
        action=action,
        carried=carried() if action else (),
        waits=waits,
        anew="member" in g,
        **passkey_part(has),
    )


def passkey_part(has: Factors) -> dict[str, str]:
    """What a page's script needs to ask for a passkey; nothing where there is none to ask for."""
    here = passkeys.site(house().settings.base_url)
    return {"passkey_at": url_for("second.challenge")} if here and has.passkeys else {}


def carried() -> Sequence[tuple[str, str]]:
    """What was about to be sent, as pairs (name, value)."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NEVER_CARRIED]
