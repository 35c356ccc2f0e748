"""Before a sensitive change the person shows again who it is: a screen left open is not its owner.

What was shown lately is asked for by views and by actions alike (docs/decisions/016): the password, or the company's
sign-in, and of whoever has a second factor that one, too; a passkey is both at once."""

import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from atrio.core.actor import Actor

from .access import WITHIN, places_of, reach_of
from .models import User

AT = "sure_at"  # in the session: when the last of what is asked for was shown
R = TypeVar("R", bound=HttpResponseBase)
PASSKEY = Authenticator.Type.WEBAUTHN


def _lately(at: float) -> bool:
    return time.time() - at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def is_sure(request: HttpRequest) -> bool:
    return request.user.is_authenticated and _lately(request.session.get(AT, 0))


def remember(request: HttpRequest) -> None:
    """Something was shown, here or on the way in; if it was the last that is asked for, this session is sure."""
    if not missing(request):
        request.session[AT] = time.time()


def missing(request: HttpRequest) -> str:
    """The address at which the next thing is shown; empty when all of it was, within these ten minutes."""
    records = [one for one in get_authentication_records(request, request.user) if _lately(one["at"])]
    if any(one.get("type") == PASSKEY for one in records):
        return ""
    shown = {one["method"] for one in records}
    kinds = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
    if not shown & {"password", "provider"}:
        return reverse("mfa_reauthenticate_webauthn") if PASSKEY in kinds else _known_way(request)
    if kinds and "mfa" not in shown:
        return reverse("mfa_reauthenticate_webauthn" if kinds == {PASSKEY} else "mfa_reauthenticate")
    return ""


def _known_way(request: HttpRequest) -> str:
    """By the password; by the company that opened the session of somebody without one; or by choosing one."""
    if cast(User, request.user).has_usable_password():
        return reverse("account_reauthenticate")
    places = places_of(request) if reach_of(request.session) else []
    if places:
        return reverse("provider_start", args=[places[0]["slug"], request.session[WITHIN]["provider"]])
    return reverse("account_reset_password")


def way_to(address: str, onward: str) -> str:
    return f"{address}?{urlencode({'next': onward})}"


def sudo(view: Callable[..., R]) -> Callable[..., R]:
    """The gate of a view. What is sent to it waits while its person is asked (door/sudo.py): nothing typed is lost."""

    @wraps(view)
    def asked(request: HttpRequest, *args, **kwargs) -> R:
        need(request)
        return view(request, *args, **kwargs)

    return asked


def need(request: HttpRequest) -> None:
    if not is_sure(request):
        raise ReauthenticationRequired


def sure(body: Callable) -> Callable:
    """The gate of an action, in its declaration, below `@action`.

    Programs and jobs are not asked: who gave them their rights was."""

    @wraps(body)
    def asked(actor: Actor, *args, **kwargs):
        if actor.user_id and not actor.sure:
            raise ReauthenticationRequired
        return body(actor, *args, **kwargs)

    return asked
