"""What every answer looks like: plain JSON, and for all that goes wrong one envelope with a code that never changes."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from atrio.core.pages import RETRY_AFTER, away

REQUEST_ID = "X-Request-Id"
AWAY = "unavailable"


class Fault(msgspec.Struct, omit_defaults=True):
    """One thing wrong: in which field, and of which row where many were sent."""

    field: str
    code: str
    message: str
    line: int | None = None


class Problem(Exception):
    """A request that is not answered as asked, and why."""

    def __init__(
        self, status: int, code: str, message: str, fields: list[Fault] | None = None, headers: dict | None = None
    ):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.fields, self.headers = fields or [], headers or {}


def request_id(request: HttpRequest) -> str:
    """The name of this request in answers and logs."""
    known = getattr(request, "request_id", "")
    if not known:
        known = secrets.token_hex(8)
        vars(request)["request_id"] = known
    return known


def answer(data: Any, status: int = 200) -> HttpResponse:
    """The data as JSON; decimals are texts, so that no reader rounds money."""
    return HttpResponse(msgspec.json.encode(data), status=status, content_type="application/json")


def refusal(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The envelope of a problem."""
    said = {
        "code": problem.code,
        "message": problem.message,
        "fields": problem.fields,
        "request_id": request_id(request),
    }
    response = answer({"error": said}, problem.status)
    if problem.status == 503:
        response["Retry-After"] = str(RETRY_AFTER)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def is_asked(request: HttpRequest) -> bool:
    """Whether a request is addressed to the API of some portal."""
    return request.path_info.split("/", 3)[2:3] == ["api"]


def broken(request: HttpRequest) -> HttpResponse:
    """The envelope of what went wrong on our side."""
    return _named(request, Problem(500, "server_error", _("Something went wrong on our side.")))


def unavailable(request: HttpRequest) -> HttpResponse:
    """The envelope of what will work again: the database or the storage is away."""
    return _named(request, Problem(503, AWAY, away()))


def refused(request: HttpRequest) -> HttpResponse:
    """The envelope of a request that is refused before anything looks at it: for a host that is not ours."""
    return _named(request, Problem(400, "bad_request", _("The request cannot be understood.")))


def _named(request: HttpRequest, problem: Problem) -> HttpResponse:
    response = refusal(request, problem)
    response[REQUEST_ID] = request_id(request)
    return response
