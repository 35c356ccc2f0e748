"""What can be set of a portal, in one place: the page that leads to each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from atrio.core.actor import Actor, PortalRequest
from atrio.core.pages import render

from ..factors import legal, providers
from .rights import MAIL, MANAGE, may


def _by(permission: str) -> Callable[[Actor], bool]:
    return lambda actor: may(actor, permission)


@dataclass(frozen=True)
class Setting:
    title: Any
    text: Any
    at: str
    icon: str
    allowed: Callable[[Actor], bool]


SETTINGS = (
    Setting(
        _("Brand"),
        _("Logo, colour and the company's data, for pages, mails and PDFs."),
        "settings/brand/",
        icon="palette",
        allowed=_by(MANAGE),
    ),
    Setting(
        _("Share the portal"),
        _("Its address as a link, by WhatsApp or as a QR code."),
        "settings/share/",
        icon="share",
        allowed=_by(MANAGE),
    ),
    Setting(
        _("E-mail settings"),
        _("The server through which invitations and notices leave."),
        "settings/mail/",
        icon="mail-cog",
        allowed=_by(MAIL),
    ),
    Setting(
        _("Rules of sign-in"),
        _("Second factor, passwords, recovery, and who may ask for access."),
        "settings/sign-in/",
        icon="shield-lock",
        allowed=legal.may_manage,
    ),
    Setting(
        _("Company sign-in"),
        _("People come in with the account of their company (OpenID Connect)."),
        "settings/providers/",
        icon="building",
        allowed=providers.may_manage,
    ),
    Setting(
        _("Terms and privacy"),
        _("What everybody accepts before the first page, by version."),
        "settings/terms/",
        icon="file-text",
        allowed=legal.may_manage,
    ),
)


def settings_of(actor: Actor) -> list[Setting]:
    """What this actor may set."""
    return [one for one in SETTINGS if one.allowed(actor)]


@require_GET
def show(request: PortalRequest) -> HttpResponse:
    """For whoever may set nothing there is no such page."""
    found = settings_of(request.actor)
    if not found:
        raise Http404
    return render(request, "portals/settings.html", {"settings": found})
