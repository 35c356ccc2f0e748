"""Browsers: in a person's words, and known by a cookie of their own."""

import hashlib
import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ..models import User
from .models import KnownDevice

COOKIE, SALT = "atrio_browser", "atrio.door.browser"
LASTS = 365 * 86_400  # seconds
# The first that fits; the order matters, for most browsers also claim to be others.
BROWSERS: dict[str, str] = {
    "Edg": "Edge",
    "OPR|Opera": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox|FxiOS": "Firefox",
    "Chrome|CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS: dict[str, str] = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X|Macintosh": "macOS",
    "Linux|X11": "Linux",
}


def in_words(agent: str) -> str:
    """As in "Firefox · Windows"; nothing of what a stranger's program says of itself is repeated."""
    tables = (BROWSERS, SYSTEMS)
    found = [next((name for sign, name in table.items() if re.search(sign, agent)), "") for table in tables]
    return " · ".join(name for name in found if name)


def of(request: HttpRequest) -> str:
    return in_words(request.META.get("HTTP_USER_AGENT", "")[:500])


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")[:45]


def _hash(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def _said(request: HttpRequest) -> str:
    """What the browser's cookie says, if it is one of ours."""
    return request.get_signed_cookie(COOKIE, salt=SALT, default="", max_age=LASTS) or ""


def known(request: HttpRequest, user: User | None) -> KnownDevice | None:
    said = _said(request)
    return KnownDevice.objects.filter(user=user, browser_hash=_hash(said)).first() if said and user else None


def remember(request: HttpRequest, user: User) -> bool:
    """Know this browser as the person's own from now on; whether it was not before."""
    said = _said(request) or secrets.token_urlsafe(24)
    request.browser_says = said  # type: ignore[attr-defined]  # the middleware below makes the cookie of it
    facts = {"browser": of(request), "address": address_of(request), "last_at": timezone.now()}
    _row, fresh = KnownDevice.objects.update_or_create(user=user, browser_hash=_hash(said), defaults=facts)
    return fresh


class BrowserMiddleware:
    """Gives a browser the cookie by which it is known again, whichever view signed its person in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if said := getattr(request, "browser_says", ""):
            secure = settings.SESSION_COOKIE_SECURE
            options = {"max_age": LASTS, "secure": secure, "httponly": True, "samesite": "Lax", "path": "/accounts/"}
            response.set_signed_cookie(COOKIE, said, salt=SALT, **options)
        return response
