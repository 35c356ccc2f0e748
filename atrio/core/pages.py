"""The frame around every page: portal, person, menu, and what is common to all of them."""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache, partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.utils import translation
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .actor import Actor, Audience, PortalRequest
from .formats import formats_of

RETRY_AFTER = 10  # seconds
LANGUAGES = (("es", "Español"), ("pt-br", "Português"), ("en", "English"))


@lru_cache(maxsize=1)
def _menu() -> Callable[[Actor, str], dict]:
    return import_string(settings.MENU)


def pages_of(actor: Actor) -> list[tuple[str, str]]:
    """Where the actor's menu leads, beside home: address within the portal, and title."""
    base = f"/{actor.portal.slug}/"
    items = [item for section in _menu()(actor, "")["menu"] for item in section["items"]]
    return [(item["url"].removeprefix(base), item["title"]) for item in items if item["url"] != base]


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; a restored history entry wants all of it."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def languages() -> list[tuple[str, str, bool]]:
    active = translation.get_language()
    return [(code, name, code == active) for code, name in LANGUAGES]


def _audience_label(actor: Actor) -> str:
    if actor.is_staff:
        return _("Staff")
    names = {Audience.CUSTOMER: _("Customer"), Audience.SUPPLIER: _("Supplier")}
    return " · ".join(names[a] for a in sorted(actor.audiences))


def _person(actor: Actor) -> dict:
    words = actor.name.split() or ["?"]
    return {
        "name": actor.name,
        "email": actor.email,
        "initials": (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper(),
        "partner_name": actor.partner_name,
        "audience_label": _audience_label(actor),
    }


IN_PORTAL = {
    "home": "",
    "notifications": "notifications/",
    "unread": "notifications/unread/",
    "search": "search/",
    "profile": "profile/",
    "preferences": "profile/preferences/",
}
OUTSIDE = {
    "login": "/accounts/login/",
    "logout": "/accounts/logout/",
    "password": "/accounts/password/change/",
    "door": "/",
}


def address(base: str, name: str) -> str:
    """The address of a page that every template may name."""
    return f"{base}{IN_PORTAL[name]}" if name in IN_PORTAL else OUTSIDE[name]


class CsrfInput:
    """The hidden field of every form; its token is masked once for a page, and only where there is a form."""

    def __init__(self, request: HttpRequest):
        self.request = request

    @cached_property
    def text(self) -> str:
        return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(self.request))

    def __html__(self) -> str:
        return self.text

    __str__ = __html__


def frame(request: HttpRequest) -> dict[str, Any]:
    """What `base.html` needs, or less for a page that nobody signed in to see; a context processor of every page."""
    actor: Actor | None = getattr(request, "actor", None)
    common = {
        "request": request,
        "messages": list(messages.get_messages(request)) if hasattr(request, "_messages") else [],
        "languages": languages(),
        "language": translation.get_language(),
        "path": request.get_full_path(),
        "actor": actor,
        "csrf_input": CsrfInput(request),
    }
    if actor is None:
        portal_there = getattr(request, "portal", None)
        outside: dict[str, Any] = {"portal": portal_there, "theme": "auto", "person": None, "unread": 0, "menu": []}
        return common | outside | {"url": partial(address, "/"), "base": "/"}
    portal = actor.portal
    menu = _menu()(actor, request.path)
    lit = tuple(item["url"] for section in menu["menu"] for item in section["items"] if item["active"])
    return (
        common
        | menu
        | {
            "portal": portal,
            "base": f"/{portal.slug}/",
            "url": partial(address, f"/{portal.slug}/"),
            "person": _person(actor),
            "theme": actor.theme,
            "accent": actor.accent,
            "unread": actor.unread,
            "switch_url": "/?choose=1" if actor.places > 1 else "",
            "fmt": formats_of(actor),
            "shell": (actor.sight, portal, lit),  # what menus are made of
        }
    )


def render(request: HttpRequest, template: str, context: dict | None = None, status: int = 200) -> HttpResponse:
    body = get_template(template, using="pages").render(context or {}, request)
    return HttpResponse(body, status=status)


def away() -> str:
    """Said of an outage: honest about what was being saved when it happened."""
    return _("Something that we need does not answer. Wait a moment; look whether it was done, and then try again.")


def _said_of_errors() -> dict[int, tuple[str, str]]:
    return {
        400: (_("This request cannot be read"), _("Go back and try again.")),
        403: (_("You may see this, but not do that"), _("Ask your administrator for the permission.")),
        404: (_("Nothing here"), _("This page does not exist, or it is not yours to see.")),
        405: (_("This address does not work like that"), _("Go back to the page and use its buttons.")),
        409: (_("Not possible any more"), _("Somebody was faster. Look at the document again.")),
        413: (_("Too large"), _("Send less at once: a smaller file, or fewer lines. Nothing was saved.")),
        429: (_("Too many attempts"), _("Wait a few minutes and try again.")),
        503: (_("Not available just now"), away()),
        500: (_("Something went wrong on our side"), _("We have been told. Nothing that you sent was lost.")),
    }


ERRORS = tuple(_said_of_errors())


def error_page(
    request: HttpRequest, code: int, text: str = "", *, title: str = "", reference: str = "", again: dict | None = None
) -> HttpResponse:
    """A refusal in friendly words, with a way on."""
    known, default = _said_of_errors()[code]
    actor = getattr(request, "actor", None)
    way_on = {"title": _("Back to the start"), "url": f"/{actor.portal.slug}/" if actor else "/"}
    said = {"code": code, "title": title or known, "text": text or default, "reference": reference, "again": again}
    error = said | {"actions": [way_on]}
    response = render(request, "error.html", {"error": error}, status=code)
    if code == 503:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


HEX = re.compile(r"#[0-9a-fA-F]{6}")


@require_safe
def brand(request: PortalRequest) -> HttpResponse:
    """The portal's colour as a style sheet, for its door too: the policy allows no style inside pages."""
    portal = request.actor.portal if hasattr(request, "actor") else request.portal
    accent = portal.accent if portal else ""
    rule = f":root{{--atrio-accent:{accent}}}" if HEX.fullmatch(accent) else ""
    return HttpResponse(rule, content_type="text/css", headers={"Cache-Control": "private, max-age=300"})


class Redirect(HttpResponse):
    """To another page of the same site, as htmx and a browser without scripts both understand it."""

    def __init__(self, request: HttpRequest, url: str):
        if wants_part(request):
            super().__init__(status=204, headers={"HX-Redirect": url})
        else:
            super().__init__(status=303, headers={"Location": url})
