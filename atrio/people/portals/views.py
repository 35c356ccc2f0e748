"""Opening a portal: a public form, an answer that tells strangers nothing, and the link that was sent."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from atrio.core.actions import NotNow
from atrio.core.actor import PortalFacts
from atrio.core.pages import Redirect, error_page, render

from ..door import entrance
from ..models import User
from . import opening
from .forms import PortalForm, SlugForm, clean_slug
from .making import free_slug, slug_of


def open_to_all(view):
    """Where portals are opened by the operator alone, the page does not exist."""

    def guarded(request: HttpRequest, **kwargs) -> HttpResponse:
        if not settings.OPEN_PORTALS:
            return error_page(
                request, 404, _("Portals are opened by whoever runs this site. Ask them."), title=_("Not open to all")
            )
        return view(request, **kwargs)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@open_to_all
def new(request: HttpRequest) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    if request.method != "POST":
        return _form(
            request, PortalForm(user, request=request, initial={"language": request.LANGUAGE_CODE, "country": "CO"})
        )
    form = PortalForm(user, request.POST, request=request)
    if not form.is_valid():
        return _form(request, form, 422)
    if not ratelimit.consume(request, action="new_portal"):
        return error_page(request, 429)
    try:
        return _opened(request, form.cleaned_data, user)
    except NotNow as taken:  # somebody was faster
        form.add_error("slug", str(taken.message))
        return _form(request, form, 409)


def _opened(request: HttpRequest, typed: dict, user: User | None) -> HttpResponse:
    origin = request.META.get("REMOTE_ADDR", "")
    if user is not None:
        return _enter(request, user, opening.open_for(user, typed["slug"], opening.facts_of(typed), origin))
    if opening.confirmed_by_mail():
        opening.ask_by_mail(typed)
        return render(request, "portals/sent.html", {"email": typed["email"]})
    if opening.has_account(typed["email"]):  # of this one machine: nobody else is there to be told
        return Redirect(request, f"/accounts/login/?{urlencode({'next': '/new/'})}")
    facts = typed | {"password": make_password(typed["password1"])}
    person, portal = opening.open_new(typed["email"], typed["slug"], facts, origin)
    entered = _enter(request, person, portal)
    entrance.chose_password(request, person)
    return entered


def _enter(request: HttpRequest, user: User, portal: PortalFacts) -> HttpResponse:
    if not request.user.is_authenticated:
        get_adapter(request).login(request, user)
    return Redirect(request, f"/{portal.slug}/first-steps/")


def _form(request: HttpRequest, form: PortalForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "site": settings.BASE_URL, "known": request.user.is_authenticated}
    return render(request, "portals/new.html", context, status)


@require_GET
@never_cache
@open_to_all
def address(request: HttpRequest) -> HttpResponse:
    """What the address would be, as somebody types: a part of the page."""
    typed = request.GET.get("slug", "").strip()[:200] or slug_of(request.GET.get("name", "")[:200])
    try:
        slug, problem = (clean_slug(typed) if typed else ""), ""
    except ValidationError as refused:
        slug, problem = "", " ".join(refused.messages)
    context = {"slug": slug, "problem": problem, "free": free_slug(typed) if problem else "", "site": settings.BASE_URL}
    return render(request, "portals/address.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Looking opens nothing; the button does, once."""
    link = opening.asked_for(secret)
    if link is None:
        return error_page(
            request, 404, _("It was used, it is too old, or a newer one was sent."), title=_("This link works no more")
        )
    form = SlugForm(request.POST if request.method == "POST" else None, initial=link.facts)
    if request.method != "POST":
        return _confirmation(request, form, link)
    if not form.is_valid():
        return _confirmation(request, form, link, 422)
    try:
        made = opening.confirm(secret, form.cleaned_data["slug"], request.META.get("REMOTE_ADDR", ""))
    except NotNow as taken:
        form.add_error("slug", str(taken.message))
        return _confirmation(request, form, link, 409)
    if made is None:
        raise Http404
    return _enter(request, *made)


def _confirmation(request: HttpRequest, form: SlugForm, link, status: int = 200) -> HttpResponse:
    said = {"form": form, "name": link.facts["name"], "email": link.email, "site": settings.BASE_URL}
    return render(request, "portals/confirm.html", said, status)
