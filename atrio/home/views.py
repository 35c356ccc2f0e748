"""The first pages: the door that leads into a portal, and its home."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from atrio.core.pages import render
from atrio.people.access import portals_of


@require_GET
@login_required
def door(request: HttpRequest) -> HttpResponse:
    """Into the person's portal; with several, a page to choose from."""
    places = portals_of(request.user.pk or 0)
    if len({p["slug"] for p in places}) == 1:
        return redirect(f"/{places[0]['slug']}/")
    return render(request, "portals.html", {"places": places})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"tiles": [], "charts": [], "lists": [], "shortcuts": [], "tabs": []})
