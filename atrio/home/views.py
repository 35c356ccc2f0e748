"""The first pages: the door that leads into a portal, its home, the search box and the notifications."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from atrio.core.actor import Actor, Audience, PortalRequest
from atrio.core.pages import Redirect, pages_of, render, wants_part
from atrio.people.access import places_of
from atrio.people.models import User
from atrio.people.portals import first_steps

from . import boards, customer, inbox, notifications, search, staff, supplier

BOARDS = {
    Audience.STAFF: staff.BOARDS,
    Audience.CUSTOMER: customer.BOARDS,
    Audience.SUPPLIER: supplier.BOARDS,
}


@require_GET
@never_cache
@login_required
def door(request: HttpRequest) -> HttpResponse:
    """Into the person's portal; with several, or when asked, a page to choose from."""
    user = cast(User, request.user)
    places = places_of(request)
    several = len({p["slug"] for p in places}) > 1
    if places and not several and not (len(places) > 1 and "choose" in request.GET):
        return redirect(f"/{places[0]['slug']}/{'?start=1' if user.start_page else ''}")
    return render(request, "home/portals.html", {"places": inbox.places(user, places, boards_for)})


def boards_for(actor: Actor) -> list[boards.Board]:
    return [b for audience in Audience if audience in actor.audiences for b in BOARDS[audience] if b.shown_to(actor)]


@require_GET
def home(request: PortalRequest) -> HttpResponse:
    """The actor's own numbers: one board, and a tab for each other one."""
    actor = request.actor
    if "start" in request.GET and actor.start_page in dict(pages_of(actor)):
        return redirect(f"/{actor.portal.slug}/{actor.start_page}")
    shown = boards_for(actor)
    asked = request.GET.get("tab", "")
    board = next((b for b in shown if b.name == asked), shown[0] if shown else None)
    base = f"/{actor.portal.slug}/"
    context = {
        "greeting": _("Hello, %(name)s") % {"name": actor.name},
        "subtitle": actor.partner_name or actor.portal.name,
        "first_steps": f"{base}first-steps/" if first_steps.waiting(actor) else "",
        "tabs": [{"title": str(b.title), "url": f"{base}?tab={b.name}", "active": b is board} for b in shown],
    }
    if len(shown) < 2:
        context["tabs"] = []
    if board is None:
        context["subtitle"] = _("You have no permission here yet. Ask your administrator for it.")
        return render(request, "home.html", {"home": context | {"tiles": [], "charts": [], "lists": []}})
    return render(request, "home.html", {"home": context | boards.context_of(board, actor)})


@require_GET
def find(request: PortalRequest) -> HttpResponse:
    """What is found by typing: a whole page, or the part under the search box."""
    scope = request.GET.get("scope", "")
    found = search.results(request.actor, request.GET.get("q", ""), scope)
    template = "search_results.html" if wants_part(request) else "search.html"
    return render(request, template, {"search": found})


@require_GET
def notification_list(request: PortalRequest) -> HttpResponse:
    found = notifications.page(request.actor, request.GET.get("before", ""), request.GET.get("after", ""))
    return render(request, "home/notifications.html", {"notifications": found})


@require_GET
def unread(request: PortalRequest) -> HttpResponse:
    """How many are unread; nothing when that is what the page already shows."""
    count = request.actor.unread
    return HttpResponse(status=204) if request.GET.get("n") == str(count) else JsonResponse({"unread": count})


@require_POST
def open_notification(request: PortalRequest, pk: int) -> HttpResponse:
    """Mark it as read and lead on to what it is about."""
    found = notifications.mine(request.actor).filter(pk=pk)
    one = found.first()
    if one is None:
        raise Http404
    notifications.mark_read(found)
    return Redirect(request, notifications.address(request.actor, one))


@require_POST
def read_all(request: PortalRequest) -> HttpResponse:
    notifications.mark_read(notifications.mine(request.actor))
    return Redirect(request, f"/{request.actor.portal.slug}/notifications/")
