"""Pages of the terms: read by everybody, accepted before the first page, written and published by administrators."""

from typing import cast

from allauth.account.utils import get_next_redirect_url
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.formats import formats_of
from atrio.core.models import Portal
from atrio.core.pages import LANGUAGES, Redirect, render

from ..access import enter, reach_of
from ..models import User
from ..portals.rights import MANAGE
from . import terms
from .models import Terms

LONGEST = 100_000


def may_manage(actor: Actor) -> bool:
    return actor.is_staff and actor.may(MANAGE)


def manager(request: PortalRequest) -> Actor:
    """Whoever keeps the portal's rules; for partners these pages do not exist."""
    if not request.actor.is_staff:
        raise Http404
    if not request.actor.may(MANAGE):
        raise Refused(MANAGE)
    return request.actor


class TextsForm(forms.Form):
    """The same words in each language; where one is missing, the portal's own is shown."""

    def __init__(self, *args, own: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.own = own
        for code, name in LANGUAGES:
            area = forms.Textarea(attrs={"rows": 14, "lang": code, "maxlength": LONGEST})
            self.fields[code] = forms.CharField(
                label=name, required=code == own, max_length=LONGEST, widget=area, strip=True
            )


class AcceptForm(forms.Form):
    accept = forms.BooleanField(
        label=gettext_lazy("I have read this and accept it"), required=True, error_messages={"required": ""}
    )
    versions = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def clean_versions(self) -> list[int]:
        parts = self.cleaned_data["versions"].split(",")
        if not all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts):
            raise ValidationError(_("Read the present version, please: it was changed."))
        return [int(part) for part in parts]


@require_safe
def public(request: PortalRequest, kind: str) -> HttpResponse:
    return terms.show(request, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def accept(request: PortalRequest, name: str) -> HttpResponse:
    """Before the first page of a portal; reading them changes nothing, saying yes is written down."""
    origin, only = request.META.get("REMOTE_ADDR", ""), reach_of(request.session)
    actor = enter(name[:40], cast(User, request.user), None, origin, only)
    if actor is None:
        raise Http404
    way_on = get_next_redirect_url(request) or f"/{actor.portal.slug}/"
    with translation.override(actor.language):
        found = terms.shown(actor.portal)
        if not found or terms.accepted(request, actor):
            return Redirect(request, way_on)
        form = AcceptForm(request.POST or None)
        form.fields["accept"].error_messages["required"] = _("Tick this to go on.")
        if request.method == "POST" and form.is_valid():
            if terms.accept(actor, form.cleaned_data["versions"]):
                return Redirect(request, way_on)
            form.add_error(None, _("Read the present version, please: it was changed."))
        request.portal = actor.portal
        context = {"documents": found, "form": form, "versions": ",".join(str(one["id"]) for one in found)}
        status = 422 if request.method == "POST" else 200
        return render(request, "factors/accept.html", context | {"way_on": way_on}, status=status)


@require_safe
def index(request: PortalRequest) -> HttpResponse:
    actor = manager(request)
    formats = formats_of(actor)
    rows = []
    for one in Terms.objects.filter(portal_id=actor.portal.id).order_by("kind", "-number"):
        current = terms.in_force(actor.portal).get(one.kind) == one.pk
        rows.append(
            {
                "title": str(Terms.Kind(one.kind).label),
                "number": one.number,
                "published": formats.datetime(one.published_at),
                "state": _("In force") if current else _("Replaced") if one.published_at else _("Draft"),
                "colour": "green" if current else "gray" if one.published_at else "amber",
            }
        )
    kinds = [{"name": k.value, "title": str(k.label)} for k in Terms.Kind]
    return render(request, "factors/terms_list.html", {"rows": rows, "kinds": kinds})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, name: str) -> HttpResponse:
    """Write the next version, keep it as a draft or publish it."""
    actor = manager(request)
    if name not in terms.KINDS:
        raise Http404
    if request.method == "POST":
        Portal.objects.select_for_update().get(pk=actor.portal.id)  # of two writers the second finds the first's draft
    version = terms.draft(actor, name)
    own = actor.portal.language.lower().replace("_", "-")
    own = own if own in dict(LANGUAGES) else "es"
    form = TextsForm(request.POST or None, own=own, initial=version.texts)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "title": str(Terms.Kind(name).label), "number": version.number}
        return render(request, "factors/terms_edit.html", context, status=422 if request.method == "POST" else 200)
    version.texts = {code: text for code, text in form.cleaned_data.items() if text}
    if "publish" in request.POST:
        terms.publish(actor, version)
        messages.success(request, _("Published. Everybody is asked to accept it before the next page."))
    else:
        version.save()
        messages.success(request, _("The draft was saved. Nobody is asked for it yet."))
    return Redirect(request, f"/{actor.portal.slug}/settings/terms/")
