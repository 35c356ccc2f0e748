"""What Django calls when a request fails: a friendly page in the reader's language, also for strangers."""

import logging
import secrets
import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from atrio.core.drafts import LONGEST
from atrio.core.pages import error_page
from atrio.erp.api.envelope import broken, is_asked, refused, request_id
from atrio.erp.api.envelope import unavailable as away_for_programs

from .outages import is_outage

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
logger = logging.getLogger("atrio.errors")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_asked(request):
        return refused(request)
    return error_page(request, 413 if isinstance(exception, TOO_MUCH) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """The plain page without the portal's frame: what broke may be in that frame."""
    vars(request).pop("actor", None)
    problem = sys.exc_info()[1]  # Django calls this while it handles what was raised
    if is_outage(problem):
        return unavailable(request, problem)
    reference = secrets.token_hex(4)
    if is_asked(request):
        logger.error("the program was given request id %s for %s", request_id(request), request.path)
        return broken(request)
    logger.error("the person was shown reference %s for %s", reference, request.path)
    return error_page(request, 500, reference=reference)


def unavailable(request: HttpRequest, problem: BaseException | None) -> HttpResponse:
    """It will work again: said without asking the database for anything, in the language that the browser remembers."""
    logger.error("unavailable for %s: %s", request.path, problem)
    forget_dead_connections()
    if is_asked(request):
        return away_for_programs(request)
    vars(request).pop("_messages", None)  # they may be in the session, and that is in the database
    return error_page(request, 503, again=_sent(request))


def _sent(request: HttpRequest) -> dict | None:
    """What a person had typed, to be sent again from the page; files and passwords are not shown to it."""
    small = int(request.META.get("CONTENT_LENGTH") or 0) <= LONGEST  # what is larger would be written to the disk first
    if request.method != "POST" or not small or request.path.startswith("/accounts/") or request.FILES:
        return None
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    return {"url": request.get_full_path(), "fields": fields}


def forget_dead_connections() -> None:
    """After a restart of the database one request or job meets a dead connection, and not one for each in the pool."""
    if pool := getattr(connection, "pool", None):
        pool.check()


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old, or one sent from another site: refused, and said how to go on."""
    text = _("Go back, load the page again and send once more. Cookies must be allowed.")
    return error_page(request, 403, text, title=_("This page was open for too long"))
