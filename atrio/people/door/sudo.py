"""Asking for the password again before something sensitive, without losing what was sent.

Our own in place of allauth's: that one keeps a whole request, with its cookies and passwords, in the session, and
calls the view later outside of the portal's scope."""

import re
import time

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from atrio.core.drafts import LONGEST
from atrio.core.pages import Redirect

from ..sudo import missing, way_to

SECRET = re.compile(r".*password\d*|.*secret|.*code", re.IGNORECASE)  # such fields are typed again
KEPT, LASTS = "_suspended", 600  # seconds


def _is_secret(name: str) -> bool:
    return name == "csrfmiddlewaretoken" or bool(SECRET.fullmatch(name))


def suspend(request: HttpRequest) -> HttpResponse:
    """To the page that asks; back from there to where one was, or to what was sent."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    way = request.get_full_path()
    if request.method == "POST":
        fields = [[n, value] for n, values in request.POST.lists() for value in values if not _is_secret(n)]
        if sum(len(name) + len(value) for name, value in fields) <= LONGEST:
            request.session[KEPT] = {"url": way, "fields": fields, "at": time.time()}
        way = reverse("account_continue")
    return Redirect(request, way_to(missing(request) or reverse("account_reauthenticate"), way))


def suspended(request: HttpRequest) -> dict | None:
    """What waits to be sent by its own person, for as long as the password counts."""
    kept = request.session.get(KEPT)
    return kept if kept and kept["at"] > time.time() - LASTS else None
