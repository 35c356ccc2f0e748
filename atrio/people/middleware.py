"""Every request under `/<slug>/` runs as somebody: one transaction, one scope, one actor; or it does not run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, cast
from urllib.parse import urlencode

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation

from atrio.core import drafts
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.pages import Redirect, brand, error_page, wants_part
from atrio.core.scope import scope

from . import refusals
from .access import admit, enter, reach_of
from .door.sudo import suspend
from .factors import gates, terms, within
from .outside import Outside
from .sessions import SessionStore
from .sudo import is_sure
from .viewing import guard, view


class PortalMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        response = self._answer(request)
        refusals.of_person(request, response)
        return response

    def _answer(self, request: PortalRequest) -> HttpResponse:
        slug = request.path_info.split("/", 2)[1]
        if not slug or slug in settings.RESERVED_SLUGS:
            with spoken_by(request.user):
                refused = within.refused(request) or guard.refusal(request)
                return refused or in_words(request, self.get_response(request))
        if set(request.path_info.split("/", 3)[2:3]) & settings.OPEN_PAGES:
            return self._in_the_open(request, slug)
        actor = self._admit(request, slug)
        if not request.user.is_authenticated:
            return self._ask_to_sign_in(request, slug)
        if request.user.must_change_password:
            return self._ask_for_a_password(request, slug)
        if actor is None:
            with spoken_by(request.user):
                return terms.shown_to_all(request, slug) or failure(request, Http404())
        if not terms.is_public(request) and (closed := gates.first_closed(request, actor)):
            if request.method == "POST":
                drafts.keep_unsent(request)
            return Redirect(request, closed)
        request.actor = actor = self._seen_by(request, replace(actor, sure=True) if is_sure(request) else actor)
        with translation.override(actor.language), timezone.override(actor.time_zone):
            response = self._scoped(
                request, lambda: within.refused(request) or guard.refusal(request) or self._view(request)
            )
            while isinstance(response, Outside):
                response = self._scoped(request, partial(self._then, request, response.then, response.talk()))
        return remembering(request, response, actor.language)

    def _view(self, request: PortalRequest) -> HttpResponse:
        return in_words(request, self.get_response(request))

    def _then(self, request: PortalRequest, then: Callable[[Any], HttpResponse], given: Any) -> HttpResponse:
        try:
            return then(given)
        except (Refused, NotNow, Http404, PermissionDenied) as problem:
            transaction.set_rollback(True)
            return failure(request, problem)

    def _scoped(self, request: PortalRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
        with _scope_of(request):
            response = work()
            if response.status_code >= 500:
                transaction.set_rollback(True)  # Django made a page of the exception before we could see it
        return response

    def _admit(self, request: PortalRequest, slug: str) -> Actor | None:
        """The actor, and with it the account: one query where Django would ask a second for `request.user`."""
        origin = request.META.get("REMOTE_ADDR", "")
        if admitted := admit(slug, cast(SessionStore, request.session), origin):
            request.user, actor = admitted
            return actor
        only = reach_of(request.session)
        return enter(slug, request.user, None, origin, only) if request.user.is_authenticated else None

    def _in_the_open(self, request: PortalRequest, slug: str) -> HttpResponse:
        """A page of a portal for whoever comes; it runs as nobody, and sees nothing but the portal's name."""
        request.portal = portal_by_slug(slug)
        with spoken_by(request.user):
            if request.portal is None:
                return failure(request, Http404())
            return guard.refusal(request) or in_words(request, self.get_response(request))

    def _seen_by(self, request: PortalRequest, actor: Actor) -> Actor:
        """Whoever sees the portal as a partner does is that partner to all that follows, but not to end it."""
        seen = None if guard.is_end(request) else view.current(request, actor)
        request.viewing = seen[0] if seen else None
        return seen[1] if seen else actor

    def _ask_to_sign_in(self, request: PortalRequest, slug: str) -> HttpResponse:
        if shown := terms.shown_to_all(request, slug):
            return shown
        request.portal = portal_by_slug(slug)
        if request.portal and request.path_info == request.portal.brand_url:
            return brand(request)
        if request.method == "POST":
            drafts.keep_unsent(request)
        response = redirect_to_login(request.get_full_path() if request.method in ("GET", "POST") else f"/{slug}/")
        return Redirect(request, response.url) if wants_part(request) else response

    def _ask_for_a_password(self, request: PortalRequest, slug: str) -> HttpResponse:
        """A password that somebody else gave opens nothing but the page that replaces it."""
        wanted = request.get_full_path() if request.method == "GET" and not wants_part(request) else f"/{slug}/"
        return Redirect(request, f"{reverse('account_change_password')}?{urlencode({'next': wanted})}")

    def process_view(self, request: HttpRequest, view, args, kwargs: dict) -> None:
        kwargs.pop("slug", None)  # the actor carries the portal; no view may read it from the address again

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Refusals become pages in words; what the request had done so far is undone."""
        if isinstance(problem, ReauthenticationRequired):
            response = suspend(request)
            if hasattr(request, "actor"):
                transaction.set_rollback(True)
            return response
        if not isinstance(problem, (Refused, NotNow, Http404, PermissionDenied)):
            return None
        if hasattr(request, "actor"):
            transaction.set_rollback(True)
        return failure(request, problem)


@contextmanager
def _scope_of(request: PortalRequest) -> Iterator[None]:
    """The actor's rows; for a view as a partner only to read, which the database itself sees to."""
    alone = not connection.in_atomic_block  # a test's transaction goes on afterwards
    with scope(request.actor):
        if request.viewing is not None and alone:
            view.read_only()
        yield


def remembering(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    """The browser learns the person's language: a page that says that the database is away cannot ask for it there."""
    name = settings.LANGUAGE_COOKIE_NAME
    if request.COOKIES.get(name) != language and name not in response.cookies:
        response.set_cookie(
            name,
            language,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response


def spoken_by(user) -> translation.override:
    """The person's own language, on pages that belong to no portal; a stranger's is what its browser asks for."""
    own = user.language if user.is_authenticated else ""
    return translation.override(own or translation.get_language())


def in_words(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django refuses a method by an empty page; a person reads something."""
    if response.status_code != 405 or response.content:
        return response
    said = error_page(request, 405)
    said["Allow"] = response["Allow"]
    return said


def failure(request: HttpRequest, problem: Exception) -> HttpResponse:
    if isinstance(problem, NotNow):
        return error_page(request, problem.status, problem.message)
    return error_page(request, 404 if isinstance(problem, Http404) else 403)
