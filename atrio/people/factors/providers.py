"""Where administrators say who vouches for their people: the portal's for all companies, a partner's for its own."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from atrio.core import drafts, events
from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.encryption import encrypt
from atrio.core.pages import Redirect, render

from ..companies import CompaniesField
from ..models import Role, Session
from ..outside import Outside
from ..roles import label_of
from ..sessions import SessionStore
from ..sudo import need, sudo
from . import oidc
from .fetching import Forbidden, Unreachable
from .models import Identity, IdentityProvider
from .permissions import PROVIDERS as MANAGE
from .within import WITHIN

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# Of everybody: no company can speak for these addresses.
_SHARED = """
gmail.com googlemail.com hotmail.com outlook.com live.com msn.com yahoo.com yahoo.es icloud.com me.com aol.com
gmx.com gmx.net gmx.de proton.me protonmail.com uol.com.br bol.com.br terra.com.br ig.com.br zoho.com mail.com
yahoo.com.br yahoo.com.mx hotmail.es outlook.es"""
SHARED = frozenset(_SHARED.split())
KEPT = ("name", "issuer", "client_id", "domains", "is_active")


def may_manage(actor: Actor) -> bool:
    return actor.may(MANAGE)


def _allowed(request: PortalRequest) -> Actor:
    if not may_manage(request.actor):
        raise Refused(MANAGE)
    return request.actor


def visible(actor: Actor):
    """All of the portal's for its staff; for a partner its own company's."""
    found = IdentityProvider.objects.filter(portal_id=actor.portal.id).select_related("partner", "role")
    return found if actor.is_staff else found.filter(partner_id__in=actor.partner_ids)


def roles_for(actor: Actor, *, staff: bool) -> list[tuple[str, str]]:
    """Roles that whoever comes in may get: nobody gives more than it has."""
    audience = "staff" if staff else "partner"
    known = Role.objects.filter(portal_id=actor.portal.id, audience=audience).order_by("name")
    return [(str(one.pk), label_of(one.name)) for one in known if all(actor.may(p) for p in one.permissions)]


class ProviderForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name on the button"), max_length=60)
    issuer = forms.URLField(
        label=gettext_lazy("Issuer"),
        max_length=300,
        assume_scheme="https",
        help_text=gettext_lazy("Where your provider describes itself, as in https://login.example.com"),
    )
    client_id = forms.CharField(label=gettext_lazy("Client id"), max_length=200)
    password = forms.CharField(  # by this name it is never kept as a draft
        label=gettext_lazy("Client secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    domains = forms.CharField(
        label=gettext_lazy("E-mail domains"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("Only addresses of these domains are believed; separate them by spaces."),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role of whoever comes for the first time"))
    is_active = forms.BooleanField(label=pgettext_lazy("company sign-in", "Active"), required=False)

    def __init__(self, *args, actor: Actor, provider: IdentityProvider, described: Any = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.actor, self.provider, self.described = actor, provider, described
        if actor.is_staff and provider.pk is None:
            said = _("Write a part of the name, the code or the tax id. Empty for our own staff.")
            self.fields["partner"] = companies = CompaniesField(many=False, required=False, help_text=said)
            companies.chosen_by(actor)
        if not actor.is_staff:
            self.fields["domains"].disabled = True
            self.fields["domains"].help_text = _("%(portal)s enters and confirms them.") % {"portal": actor.portal.name}
        if provider.secret:
            self.fields["password"].help_text = _("Empty: the one that is kept stays.")
        roles = roles_for(actor, staff=actor.is_staff) + (roles_for(actor, staff=False) if actor.is_staff else [])
        # Nobody becomes an administrator because that role stood first in a list.
        cast(forms.ChoiceField, self.fields["role"]).choices = [("", _("Choose a role")), *dict(roles).items()]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_domains(self) -> list[str]:
        if not self.actor.is_staff:
            return self.provider.domains  # a partner says nothing of its own domains
        found = sorted({one.strip("@").lower() for one in re.split(r"[\s,;]+", self.cleaned_data["domains"]) if one})
        if wrong := [one for one in found if not DOMAIN.fullmatch(one)]:
            raise ValidationError(_("This is no domain: %(domain)s") % {"domain": wrong[0]})
        if shared := SHARED.intersection(found):
            raise ValidationError(_("Everybody can have an address there: %(domain)s") % {"domain": min(shared)})
        return found

    def clean_issuer(self) -> str:
        """What cannot be reached is said beside its field, once it was asked (`describe`)."""
        if isinstance(self.described, Forbidden):
            raise ValidationError(_("It must begin with https and be reachable by everybody."))
        if isinstance(self.described, Exception):
            raise ValidationError(_("No provider describes itself there."))
        return self.described or self.cleaned_data["issuer"]

    @property
    def has_to_ask(self) -> bool:
        return self.described is None and self.cleaned_data["issuer"] != self.provider.issuer

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        partner = cleaned.get("partner") if "partner" in self.fields else self.provider.partner
        own = {value for value, _label in roles_for(self.actor, staff=partner is None)}
        if cleaned.get("role") and cleaned["role"] not in own:
            self.add_error("role", _("This role is not one of that company's people."))
        twins = IdentityProvider.objects.filter(
            portal_id=self.actor.portal.id, partner=partner, name=cleaned.get("name", "")
        )
        if twins.exclude(pk=self.provider.pk).exists():
            self.add_error("name", _("There is one with this name already."))
        return cleaned


def describe(issuer: str) -> str | Exception:
    """What the provider calls itself, or why it is none; it may take its time."""
    try:
        return str(oidc.discovered(issuer)["issuer"])
    except (Unreachable, oidc.NotVouchedFor) as problem:
        return problem


def _save(actor: Actor, provider: IdentityProvider, typed: dict[str, Any]) -> None:
    fresh = provider.pk is None
    before = {name: getattr(provider, name) for name in KEPT}
    for name in KEPT:
        setattr(provider, name, typed[name])
    if "partner" in typed:
        provider.partner = typed["partner"]
    if typed["password"]:
        provider.secret = encrypt(typed["password"])
    provider.role_id = int(typed["role"])
    provider.save()
    told = {name: [before[name], typed[name]] for name in KEPT if before[name] != typed[name]}
    if typed["password"]:
        told["secret"] = ["", "…"]
    events.record(actor, provider, "provider_added" if fresh else "provider_changed", {} if fresh else told)
    moved = not fresh and before["issuer"] != provider.issuer
    if moved or not provider.is_active:
        end_sessions(provider)
    if moved:  # the same subject there is somebody else
        Identity.objects.filter(provider=provider).delete()


def end_sessions(provider: IdentityProvider) -> None:
    """Whom it let in is out; other sessions of the same people stay."""
    people = Identity.objects.filter(provider=provider).values("user_id")
    for row in Session.objects.filter(user_id__in=people):
        reach = SessionStore(row.session_key).decode(row.session_data).get(WITHIN)
        if reach and reach["provider"] == provider.pk:
            row.delete()


@require_safe
def index(request: PortalRequest) -> HttpResponse:
    actor = _allowed(request)
    own = _("Staff")
    states = {True: (pgettext("company sign-in", "Active"), "green")}
    states[False] = (pgettext("company sign-in", "Inactive"), "gray")
    rows = [
        {
            "url": f"/{actor.portal.slug}/settings/providers/{one.pk}/",
            "name": one.name,
            "company": one.partner.name if one.partner else own,
            "issuer": one.issuer,
            "domains": ", ".join(one.domains) or "—",
            "state": states[one.is_active],
        }
        for one in visible(actor).order_by("partner__name", "name")[:500]
    ]
    return render(request, "factors/providers.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def new(request: PortalRequest) -> HttpResponse:
    actor = _allowed(request)
    return _edit(request, lambda: IdentityProvider(portal_id=actor.portal.id, partner_id=actor.partner_id))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    _known(request, pk)
    need(request)
    return _edit(request, lambda: _known(request, pk))


def _known(request: PortalRequest, pk: int) -> IdentityProvider:
    provider = visible(_allowed(request)).filter(pk=pk).first()
    if provider is None:
        raise Http404
    return provider


def _edit(request: PortalRequest, find: Callable[[], IdentityProvider], described: Any = None) -> HttpResponse:
    provider, actor, key = find(), request.actor, drafts.key_of(request)
    known = {name: getattr(provider, name) for name in KEPT}
    initial = known | {"domains": " ".join(provider.domains), "role": str(provider.role_id or "")}
    if request.method == "POST":
        form = ProviderForm(request.POST, actor=actor, provider=provider, described=described, initial=initial)
        if form.is_valid() and form.has_to_ask:
            return Outside(partial(describe, form.cleaned_data["issuer"]), partial(_edit, request, find))
        if form.is_valid():
            _save(actor, provider, form.cleaned_data)
            messages.success(request, _("The company sign-in was saved."))
            return Redirect(request, f"/{actor.portal.slug}/settings/providers/{provider.pk}/")
    else:
        typed, _since = drafts.restored(request, key)
        drafts.forget(request, key)
        form = ProviderForm(typed, actor=actor, provider=provider, initial=initial)
    shown = {
        "form": form,
        "title": provider.name or _("New company sign-in"),
        "company": provider.partner.name if provider.partner_id and provider.partner else "",
        "callback": oidc.callback_url(actor.portal.slug, provider) if provider.pk else "",
    }
    return render(request, "factors/provider.html", shown, status=422 if request.method == "POST" else 200)
