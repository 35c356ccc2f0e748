"""While somebody sees the portal as a partner, nothing that is sent anywhere is done, but to end it and to sign out."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from atrio.core.pages import error_page

from .view import KEY

SAFE = ("GET", "HEAD", "OPTIONS")
SIGN_OUT = "/accounts/logout/"


def _over(known: dict) -> bool:
    return dt.datetime.fromisoformat(known["until"]) <= timezone.now()


def is_end(request: HttpRequest) -> bool:
    return request.path_info.split("/", 2)[-1] == "view-as/end/"


def refusal(request: HttpRequest) -> HttpResponse | None:
    """What is answered instead; None for what may go on.

    The first thing sent after the time is over is refused, too: its page was the partner's, and its sender is not."""
    if request.method in SAFE or not request.session.session_key:
        return None
    known = request.session.get(KEY)
    if not known or is_end(request) or request.path_info == SIGN_OUT:
        return None
    if _over(known):
        del request.session[KEY]
        text = _("The time to see the portal as a partner is over. Nothing was done; you are yourself again.")
        return error_page(request, 403, text, title=_("The view has ended"))
    text = _("You see the portal as a partner does, and can change nothing. End the view to work again.")
    return error_page(request, 403, text, title=_("Only to look at"))
