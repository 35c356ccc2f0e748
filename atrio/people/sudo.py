"""Before a sensitive change the person shows again who it is: a screen left open is not its owner."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpResponse

from atrio.core.actor import PortalRequest
from atrio.core.pages import Redirect

REAUTHENTICATE = "/accounts/reauthenticate/"


def sudo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Also what only shows the form asks: so nothing typed is lost to a question that comes when it is sent."""

    @wraps(view)
    def asked(request: PortalRequest, *args, **kwargs) -> HttpResponse:
        if not is_reauthentication_required(request, app="account"):
            return view(request, *args, **kwargs)
        return Redirect(request, f"{REAUTHENTICATE}?{urlencode({'next': request.get_full_path()})}")

    return asked
