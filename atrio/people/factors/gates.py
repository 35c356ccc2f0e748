"""What stands between signing in and the first page of a portal: a second factor, and terms to accept."""

from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.urls import reverse

from atrio.core.actor import Actor, Audience, PortalRequest

from . import terms

EVERYBODY = ("staff", "partner", "all")


def passed_factor(request: HttpRequest) -> bool:
    """Whether a second factor, or a passkey alone, was shown in this session."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def factor_required(actor: Actor) -> bool:
    """Whether the portal asks for a second factor of people with the actor's role."""
    asked = actor.portal.settings.get("second_factor_roles") or []
    if isinstance(asked, str):
        asked = [asked]
    side = "staff" if Audience.STAFF in actor.audiences else "partner"
    return bool({"all", side, actor.role_id} & set(asked))


def first_closed(request: PortalRequest, actor: Actor) -> str:
    """The page that has to be passed first, if there is one."""
    wanted = request.get_full_path() if request.method in ("GET", "POST") else f"/{actor.portal.slug}/"
    if factor_required(actor) and not passed_factor(request):
        return f"{reverse('mfa_required')}?{urlencode({'next': wanted})}"
    if not terms.accepted(request, actor):
        return f"{reverse('accept_terms', args=[actor.portal.slug])}?{urlencode({'next': wanted})}"
    return ""
