"""Signing in by a company's own provider: there, back again, and in; or a refusal in words."""

import logging
from typing import cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from atrio.core.actor import Actor, PortalFacts, PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.pages import Redirect, error_page, render
from atrio.core.scope import scope

from ..access import WITHIN, reach_of
from ..door.sudo import KEPT
from ..models import User
from . import joining, oidc
from .fetching import Unreachable
from .models import IdentityProvider

log = logging.getLogger("atrio.sign_in")
LINK = "sso.link"


def providers_for(portal_slug: str) -> list[tuple[str, str]]:
    """(name, address) of the buttons on a portal's sign-in page.

    Partners' providers have no button: the list of a company's partners is nobody's business. Their people say their
    address, and its domain finds the way."""
    portal = portal_by_slug(portal_slug)
    if portal is None:
        return []
    with scope(Actor.system(portal)):
        known = list(_active(portal).order_by("name").values_list("pk", "name", "partner_id"))
    base = f"/accounts/company/{portal.slug}/"
    own = [(name, f"{base}{pk}/") for pk, name, partner_id in known if partner_id is None]
    return own + ([(_("The sign-in of my company"), base)] if len(own) < len(known) else [])


def _active(portal: PortalFacts):
    found = IdentityProvider.objects.filter(portal_id=portal.id, is_active=True)
    return found.filter(partner=None) | found.filter(partner__is_active=True)


def _there(request: PortalRequest, slug: str, pk: int | None = None) -> tuple[PortalFacts, IdentityProvider | None]:
    portal = portal_by_slug(slug[:40])
    if portal is None:
        raise Http404
    request.portal = portal
    if pk is None:
        return portal, None
    with scope(Actor.system(portal)):
        provider = _active(portal).filter(pk=pk).first()
    if provider is None:
        raise Http404
    return portal, provider


def _way_on(request: PortalRequest, portal: PortalFacts) -> str:
    """A page of this portal, or what was sent to one: the session opens nothing else."""
    asked, base = get_next_redirect_url(request) or "", f"/{portal.slug}/"
    return asked if asked.startswith((base, reverse("account_continue"))) else base


def _refused(request: PortalRequest, text: str) -> HttpResponse:
    return error_page(request, 403, text, title=_("You could not be signed in"))


class AddressForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Your e-mail address at work"), max_length=254)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def company(request: PortalRequest, name: str) -> HttpResponse:
    """Whose sign-in belongs to an address; a link leads there."""
    facts, _none = _there(request, name)
    form, found = AddressForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        domain = form.cleaned_data["email"].lower().rpartition("@")[2]
        with scope(Actor.system(facts)):
            found = _active(facts).filter(domains__contains=[domain]).order_by("pk").first()
        if found is None:
            form.add_error("email", _("No company here has its own sign-in for this address. Use your password."))
    query = urlencode({"next": _way_on(request, facts)})
    url = f"/accounts/company/{facts.slug}/{found.pk}/?{query}" if found else ""
    context = {"form": form, "found": found, "address": url, "back": f"/accounts/login/?{query}"}
    return render(request, "factors/company.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
def start(request: PortalRequest, name: str, pk: int) -> HttpResponse:
    """To the provider; nothing but this session knows of it."""
    facts, provider = _there(request, name, pk)
    assert provider is not None
    again = request.user.is_authenticated and reach_of(request.session) is not None
    try:
        way_on = _way_on(request, facts)
        return HttpResponseRedirect(oidc.begin(request.session, facts.slug, provider, way_on, again=again))
    except (oidc.NotVouchedFor, Unreachable) as problem:
        log.warning("provider %s cannot be asked: %s", pk, problem)
        return error_page(
            request, 503, _("The sign-in of your company does not answer. Try again, or use your password.")
        )


@require_safe
@never_cache
def callback(request: PortalRequest, name: str, pk: int) -> HttpResponse:
    """Back from the provider, with a code that stands for somebody."""
    facts, provider = _there(request, name, pk)
    assert provider is not None
    origin = request.META.get("REMOTE_ADDR", "")
    try:
        waiting = oidc.taken(request.session, provider, request.GET.get("state", ""))
        if "error" in request.GET:
            return _refused(request, _("The sign-in of your company did not let you in, or you went back."))
        vouched = oidc.finish(facts.slug, provider, waiting, request.GET.dict())
        if request.user.is_authenticated and reach_of(request.session) is None:
            return _ask_to_link(request, facts, provider, vouched, waiting["next"])
        place = joining.join(facts, provider, vouched, origin)
    except (oidc.NotVouchedFor, Unreachable, joining.NotOurs) as problem:
        log.warning("provider %s was not believed: %s", pk, problem)
        return _refused(request, _("What your company's sign-in answered could not be accepted."))
    except joining.AccountElsewhere:
        back = urlencode({"next": f"/accounts/company/{facts.slug}/{provider.pk}/"})
        return render(request, "factors/elsewhere.html", {"address": f"/accounts/login/?{back}"}, status=403)
    return _let_in(request, provider, place.user, place.pk, waiting["next"])


def _let_in(
    request: PortalRequest, provider: IdentityProvider, user: User, membership_id: int, way_on: str
) -> HttpResponse:
    """By the same steps as with a password: who has a second factor shows it here, too."""
    if request.user.is_authenticated:
        kept = request.session.get(KEPT) if request.user.pk == user.pk else None
        get_adapter(request).logout(request)
        if kept:  # what was sent before it was asked again who this is
            request.session[KEPT] = kept
    record_authentication(request, user, "provider", provider=provider.pk)
    reach = {"membership": membership_id, "provider": provider.pk}
    return perform_login(request, Login(user=user, redirect_url=way_on, state={WITHIN: reach}))


def _ask_to_link(
    request: PortalRequest, portal: PortalFacts, provider: IdentityProvider, vouched: oidc.Vouched, way_on: str
) -> HttpResponse:
    with scope(Actor.system(portal)):
        bound = joining.Identity.objects.filter(provider=provider, subject=vouched.subject).first()
    if bound and bound.user_id == request.user.pk:
        return Redirect(request, way_on)
    if bound:
        return _refused(request, _("This is the sign-in of another account. Sign out first."))
    joining.check_address(provider, vouched)
    request.session[LINK] = {
        "provider": provider.pk,
        "user": request.user.pk,
        "next": way_on,
        "vouched": [vouched.subject, vouched.email, vouched.verified, vouched.name],
    }
    return Redirect(request, f"/accounts/company/{portal.slug}/{provider.pk}/link/")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def link(request: PortalRequest, name: str, pk: int) -> HttpResponse:
    """Said yes to by a person who is signed in: nobody's account is linked behind its back."""
    facts, provider = _there(request, name, pk)
    assert provider is not None
    waiting = request.session.get(LINK)
    if not waiting or waiting["provider"] != pk or waiting["user"] != request.user.pk:
        raise Http404
    if reach_of(request.session) is not None:
        raise Http404
    vouched = oidc.Vouched(*waiting["vouched"])
    if request.method != "POST":
        return render(request, "factors/link.html", {"provider": provider, "email": vouched.email})
    del request.session[LINK]
    try:
        joining.link(facts, provider, vouched, cast(User, request.user), request.META.get("REMOTE_ADDR", ""))
    except joining.NotOurs as problem:
        log.warning("provider %s was not linked: %s", pk, problem)
        return _refused(request, _("What your company's sign-in answered could not be accepted."))
    return Redirect(request, waiting["next"])
