"""One's own sessions: where one is signed in, and the ways to end that."""

import hashlib

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ..accounts import happened
from ..models import Session, User
from . import browsers
from .models import KnownDevice


def name_of(session_key: str) -> str:
    """How a page names a session: nobody becomes anybody by reading it."""
    return hashlib.sha256(f"atrio session {session_key}".encode()).hexdigest()[:32]


def of(user: User) -> QuerySet[Session]:
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")


def shown(request: HttpRequest, user: User) -> list[dict]:
    """The newest of a person's sessions; this one first."""
    here = request.session.session_key
    rows = [
        {"name": name_of(one.session_key), "here": one.session_key == here, "browser": one.browser}
        | {"address": one.address, "since": one.since, "seen_at": one.seen_at, "until": one.expire_date}
        for one in of(user)[:50]
    ]
    return sorted(rows, key=lambda row: not row["here"])


def end(request: HttpRequest, user: User, name: str) -> bool:
    """End one of one's own."""
    asked = next((one for one in of(user) if name_of(one.session_key) == name), None)
    if asked is None:
        return False
    asked.delete()
    happened(user, "session_ended", {"browser": asked.browser}, origin=browsers.address_of(request))
    return True


def end_all(user: User, but: str | None = None) -> int:
    """End all of a person's sessions, at once: the next click of any of them leads to the sign-in page."""
    return Session.objects.filter(user=user).exclude(session_key=but or "").delete()[0]


def end_everywhere(request: HttpRequest, user: User) -> None:
    """Also this one, and no browser is known any more: the next sign-in of each is told by mail."""
    end_all(user)
    KnownDevice.objects.filter(user=user).delete()
    happened(user, "signed_out_everywhere", origin=browsers.address_of(request))
