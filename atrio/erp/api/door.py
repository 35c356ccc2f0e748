"""The way in: who asks, whether there is such an operation, whether the key allows it; then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from atrio.core.actions import Action, NotNow, Refused, Stale, WrongState
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.core.files import StorageFails
from atrio.core.scope import scope
from atrio.people import refusals

from .envelope import AWAY, REQUEST_ID, Fault, Problem, is_asked, refusal, request_id
from .keys import Key, admit
from .params import Param, checked

JSON = "application/json"


class ApiRequest(HttpRequest):
    """A request that a key has opened the door for."""

    key: Key
    actor: Actor
    asked: QueryDict


@dataclass(frozen=True)
class Endpoint:
    """One operation: its address under `/<slug>/api/v1/`, what it needs, what it does, and what it says of itself."""

    method: str
    path: str
    name: str
    summary: str
    answer: Callable[..., HttpResponseBase]
    gives: Mapping[str, Any]
    tag: str
    kind: DocumentType | None = None
    verb: str = ""
    action: Action | None = None
    params: tuple[Param, ...] = ()
    takes: Mapping[str, Any] = field(default_factory=dict)  # content type to schema
    own_scope: bool = False  # it opens its transaction when the body has arrived

    def permits(self, key: Key) -> bool:
        if not self.verb:
            return True
        return key.allows(self.kind.name, self.verb) if self.kind else bool(key.names(self.verb))


class ApiMiddleware:
    """Requests for an API go no further: neither sessions nor forms have anything to do with them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_asked(request):
            return self.get_response(request)
        response: HttpResponseBase
        try:
            response = _let_in(request)
        except Problem as problem:
            response = refusal(request, problem)
            if problem.status in refusals.REFUSED:
                key = getattr(request, "key", None)
                refusals.told(request, problem.status, key=key and key.id, request_id=request_id(request))
        response[REQUEST_ID] = request_id(request)
        response["Cache-Control"] = "no-store"
        return response


def _let_in(request: Any) -> HttpResponseBase:
    request.key, request.actor = admit(request, request.path_info.split("/", 2)[1])
    with translation.override(request.actor.language), timezone.override(request.actor.time_zone):
        try:
            match = resolve(request.path_info)
            return match.func(request, **match.kwargs)
        except (Resolver404, Http404) as problem:
            raise Problem(404, "not_found", _("There is nothing here, or it is not for this key to see.")) from problem
        except Refused as problem:
            raise Problem(403, "not_permitted", _("This key may not do that.")) from problem
        except NotNow as problem:
            raise _conflict(problem) from problem
        except RequestDataTooBig as problem:
            raise Problem(413, "too_large", _("The body is too large.")) from problem


def _conflict(problem: NotNow) -> Problem:
    codes = {Stale: "stale", WrongState: "wrong_state", StorageFails: AWAY}
    code = codes.get(type(problem), "not_now")
    faults = [Fault(place, code, text) for place, text in problem.errors.items()]
    return Problem(problem.status, code, problem.message, faults)


def enter(request: Any, methods: Mapping[str, Endpoint], **place: Any) -> HttpResponseBase:
    """One address of the API: the Django view of all its operations."""
    place.pop("slug")  # the key belongs to the portal, and no endpoint may read it from the address again
    endpoint = methods.get(request.method or "")
    if endpoint is None:
        allowed = {"Allow": ", ".join(sorted(methods))}
        raise Problem(405, "method_not_allowed", _("This address does not take this method."), headers=allowed)
    if not endpoint.permits(request.key):
        named = f"{endpoint.kind.name if endpoint.kind else '*'}:{endpoint.verb}"
        raise Problem(403, "scope_missing", _("This key lacks the scope %(scope)s.") % {"scope": named})
    request.asked = checked(request, endpoint.params)
    if endpoint.own_scope:
        return endpoint.answer(request, endpoint, **place)
    with scope(request.actor):
        return endpoint.answer(request, endpoint, **place)


def sent(request: HttpRequest, *, required: bool = True) -> dict:
    """The JSON object that a request carries; nothing at all is an empty one, where that is enough."""
    if not request.body and not required:
        return {}
    if request.content_type != JSON:
        message = _("Send %(type)s.") % {"type": JSON}
        raise Problem(415, "unsupported_media_type", message)
    try:
        found = msgspec.json.decode(request.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Problem(400, "broken_json", _("This is not well-formed JSON.")) from problem
    if not isinstance(found, dict):
        raise Problem(400, "not_an_object", _("Send a JSON object."))
    return found
