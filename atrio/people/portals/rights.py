"""Who may set what of a portal: its staff, by permission; for partners these pages do not exist."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest

from ..permissions import Group, Permission

MANAGE = "portal.manage"
MAIL = "mail_settings.manage"
OF_PORTAL = Group(
    _("Portal"),
    (
        Permission(MANAGE, _("Set its brand, the rules of sign-in and the terms")),
        Permission(MAIL, _("Set its mail server")),
    ),
)


def may(actor: Actor, permission: str) -> bool:
    return actor.is_staff and actor.may(permission)


def needs(permission: str) -> Callable:
    """A view of staff with a permission; without one, any of the staff."""

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: PortalRequest, **kwargs) -> HttpResponse:
            if not request.actor.is_staff:
                raise Http404
            if permission and not request.actor.may(permission):
                raise Refused(permission)
            return view(request, **kwargs)

        return guarded

    return guard
