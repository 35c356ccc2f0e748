"""Before what is sensitive, the person shows once more that it is there."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse

from atrio.core.pages import Redirect

ASKED_AT = "/accounts/reauthenticate/"


def sudo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Asks for the password again when it was given long ago, then leads back to the page.

    Not allauth's own decorator: it keeps what was posted in the session, secrets too, and calls the view past our
    middleware, which alone knows who acts."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else request.META.get("HTTP_REFERER", "")
        return Redirect(request, f"{ASKED_AT}?{urlencode({'next': _path(request, wanted)})}")

    return guarded


def _path(request: HttpRequest, wanted: str) -> str:
    """A page of this portal: a form that was sent too late is opened again."""
    base = f"/{request.path.split('/')[1]}/"
    path = wanted.removeprefix(f"{request.scheme}://{request.get_host()}")
    return path if path.startswith(base) else base
