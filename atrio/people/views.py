"""One's own profile, and changing between the companies one belongs to."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from atrio.core.actor import Actor, PortalRequest
from atrio.core.pages import Redirect, error_page, pages_of, render

from .access import SHIPPED, places_of, portals_of
from .forms import PreferenceForm, ProfileForm
from .permissions import in_words


def _memberships(actor: Actor) -> list[dict]:
    return [
        {
            "portal": place["name"],
            "partner": place["partner_name"],
            "id": place["membership_id"],
            "here": place["membership_id"] == actor.membership_id,
        }
        for place in portals_of(actor.user_id or 0)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PortalRequest) -> HttpResponse:
    """What a person says of itself, how it reads, what it may do, and where else it belongs."""
    actor = request.actor
    if request.method != "POST":
        return _show_profile(request, ProfileForm(actor, instance=request.user, pages=pages_of(actor)))
    form = ProfileForm(actor, request.POST, instance=request.user, pages=pages_of(actor))
    if not form.is_valid():
        return _show_profile(request, form, 422)
    user = form.save()
    with translation.override(SHIPPED.get(user.language, actor.language)):
        messages.success(request, _("Your profile was saved."))
    return Redirect(request, f"/{actor.portal.slug}/profile/")


def _show_profile(request: PortalRequest, form: ProfileForm, status: int = 200) -> HttpResponse:
    actor = request.actor
    can = in_words("staff" if actor.is_staff else "partner", actor.permissions, actor.audiences)
    own = {"permissions": can, "memberships": _memberships(actor)}
    return render(request, "people/profile.html", {"form": form, "profile": own}, status=status)


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Language or theme at once, from wherever the person is; a stranger's language stays in its browser."""
    form = PreferenceForm(request.POST)
    if not form.is_valid():
        return error_page(request, 400, _("Choose one of the offered values."))
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    if chosen and request.user.is_authenticated:
        for name, value in chosen.items():
            setattr(request.user, name, value)
        request.user.save(update_fields=list(chosen))
    return set_language(request)  # keeps the language in a cookie, and goes back only within the site


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Act for another partner or in another portal, if it is one of the person's own."""
    asked = request.POST.get("place", "")
    place = next((p for p in places_of(request) if str(p["membership_id"]) == asked), None)
    if place is None:
        raise Http404
    request.session[f"place:{place['slug']}"] = place["membership_id"]
    return Redirect(request, f"/{place['slug']}/")
