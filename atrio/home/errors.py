"""What Django calls when a request fails: a friendly page in the reader's language, also for strangers."""

import logging
import secrets

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from atrio.core.pages import error_page
from atrio.erp.api.envelope import broken, is_asked, refused, request_id

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
    reference = secrets.token_hex(4)
    if is_asked(request):
        logger.error("the program was given request id %s for %s", request_id(request), request.path)
        return broken(request)
    logger.error("the person was shown reference %s for %s", reference, request.path)
    return error_page(request, 500, reference=reference)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old, or one sent from another site: refused, and said how to go on."""
    text = _("Go back, load the page again and send once more. Cookies must be allowed.")
    return error_page(request, 403, text, title=_("This page was open for too long"))
