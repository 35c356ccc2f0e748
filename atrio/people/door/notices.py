"""What the owner of an account is told by mail; each is made in the reader's language."""

from django.utils import timezone
from django.utils.translation import gettext as _

from atrio.core.formats import formats_for

from ..letters import Letter
from ..models import User

SIGN_IN, RECOVERY = "/accounts/login/", "/accounts/password/reset/"


def _reason() -> str:
    return _("You receive this because it concerns the safety of your account.")


def _where(browser: str, address: str) -> str:
    return " · ".join(part for part in (browser or _("an unknown browser"), address) if part)


def _now(user: User) -> str:
    formats = formats_for(user.locale or "es_CO", user.time_zone or "UTC", user.date_style)
    return f"{formats.datetime(timezone.now())} ({user.time_zone or 'UTC'})"


def new_device(user: User, browser: str, address: str) -> Letter:
    return Letter(
        subject=_("New sign-in to your account"),
        said=_("Somebody signed in to your account from a browser that is new to us. If it was you, all is well."),
        remark=f"{_now(user)}\n{_where(browser, address)}",
        path=RECOVERY,
        button=_("It was not me: change my password"),
        footer=_("A new password signs you out everywhere. Your profile lists your sessions.") + " " + _reason(),
    )


def locked_out(user: User, address: str) -> Letter:
    return Letter(
        subject=_("Somebody could not sign in to your account"),
        said=_("A wrong password was typed several times, so sign-in waits a while. If it was you, choose a new one."),
        remark=f"{_now(user)}\n{address}",
        path=RECOVERY,
        button=_("Choose a new password"),
        footer=_reason(),
    )


def password_changed(user: User, browser: str, address: str) -> Letter:
    return Letter(
        subject=_("Your password was changed"),
        said=_("From now on only the new one opens your account, and all other sessions were ended."),
        remark=f"{_now(user)}\n{_where(browser, address)}",
        path=RECOVERY,
        button=_("It was not me: change my password"),
        footer=_reason(),
    )


def recovery(path: str) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        said=_("Somebody, we hope you, asked for a new password. The link works for 10 minutes, and once."),
        path=path,
        button=_("Choose a new password"),
        footer=_("If you did not ask for it, do nothing: your password stays as it is."),
    )


def ask_more(path: str) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        said=_("Your portal also asks for your company's tax id and your user name. Ask again there."),
        path=path,
        button=_("Ask again"),
        footer=_("If you did not ask for it, do nothing: your password stays as it is."),
    )
