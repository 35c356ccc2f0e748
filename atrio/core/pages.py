"""The frame around every page: portal, person, menu, and what is common to all of them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .actor import Actor, Audience
from .formats import formats_of

LANGUAGES = (("es", "Español"), ("pt-br", "Português"), ("en", "English"))


@lru_cache(maxsize=1)
def _menu() -> Callable[[Actor, str], dict]:
    return import_string(settings.MENU)


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


def frame(request: HttpRequest) -> dict[str, Any]:
    """What `base.html` needs, or less for a page that nobody signed in to see."""
    actor: Actor | None = getattr(request, "actor", None)
    common = {
        "request": request,
        "messages": list(messages.get_messages(request)) if hasattr(request, "_messages") else [],
        "languages": languages(),
        "language": translation.get_language(),
        "path": request.get_full_path(),
        "actor": actor,
    }
    if actor is None:
        return common | {"portal": getattr(request, "portal", None), "theme": "auto", "person": None, "unread": 0}
    portal = actor.portal
    return (
        common
        | _menu()(actor, request.path)
        | {
            "portal": portal,
            "base": f"/{portal.slug}/",
            "person": _person(actor),
            "theme": actor.theme,
            "unread": actor.unread,
            "fmt": formats_of(actor),
        }
    )


def render(request: HttpRequest, template: str, context: dict | None = None, status: int = 200) -> HttpResponse:
    body = get_template(template, using="pages").render(frame(request) | (context or {}), request)
    return HttpResponse(body, status=status)


class Redirect(HttpResponse):
    """To another page of the same site, as htmx and a browser without scripts both understand it."""

    def __init__(self, request: HttpRequest, url: str):
        if wants_part(request):
            super().__init__(status=204, headers={"HX-Redirect": url})
        else:
            super().__init__(status=303, headers={"Location": url})
