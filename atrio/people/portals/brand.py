"""How a portal looks and what it is called: on its pages, its door, its mails and its PDFs."""

from typing import cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from atrio.core import events
from atrio.core.actor import PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.models import Portal
from atrio.core.pages import Redirect, render

from . import colours, logo
from .rights import MANAGE, needs

DEFAULT_ACCENT = "#3a5bd9"
SIDES = ("left", "top", "right", "bottom")
LABELS = {
    "left": gettext_lazy("Cut from the left, %"),
    "top": gettext_lazy("Cut from above, %"),
    "right": gettext_lazy("Cut from the right, %"),
    "bottom": gettext_lazy("Cut from below, %"),
}


class BrandForm(forms.ModelForm):
    accent = forms.RegexField(
        "^#[0-9a-fA-F]{6}$",
        label=gettext_lazy("Accent colour"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color", "data-contrast": "accent-contrast"}),
        error_messages={"invalid": gettext_lazy("Write the colour like #3a5bd9.")},
    )
    corrected = forms.BooleanField(
        label=gettext_lazy("Darken the colour until white text on it can be read"), required=False, initial=True
    )

    class Meta:
        model = Portal
        fields = ("name", "legal_name", "tax_id", "address", "email", "phone", "accent", "corrected")
        widgets = {"address": forms.Textarea(attrs={"rows": 3, "maxlength": 500})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["accent"] = self.instance.accent or DEFAULT_ACCENT

    def clean_address(self) -> str:
        MaxLengthValidator(500)(self.cleaned_data["address"])
        return self.cleaned_data["address"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_legal_name(self) -> str:
        return " ".join(self.cleaned_data["legal_name"].split())

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        accent = cleaned.get("accent", "").lower()
        if accent and colours.contrast(accent) < colours.AA:
            better = colours.readable(accent)
            if cleaned.get("corrected"):
                accent = better
            else:
                said = _("White text is hard to read on it: contrast %(ratio)s, not 4.5. %(better)s would do.")
                values = {"ratio": f"{colours.contrast(accent):.1f}", "better": better}
                self.add_error("accent", ValidationError(said, code="contrast", params=values))
        cleaned["accent"] = accent
        return cleaned


class LogoForm(forms.Form):
    """A picture and what to cut off it; the same fields with and without a preview."""

    file = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy("PNG, JPEG or WebP, up to 5 MB. Drop it here or choose it."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp", "data-preview": "logo-preview"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for side in SIDES:
            widget = forms.NumberInput(attrs={"type": "range", "min": 0, "max": 45, "step": 1, "data-cut": side})
            self.fields[side] = forms.IntegerField(
                label=LABELS[side], min_value=0, max_value=45, initial=0, required=False, widget=widget
            )

    def clean(self) -> dict:
        cleaned = super().clean() or {}
        if "file" in cleaned and not self.errors:
            left, top, right, bottom = (cleaned.get(side) or 0 for side in SIDES)
            try:
                cleaned["png"] = logo.cleaned(cleaned["file"].read(logo.LARGEST_FILE + 1), (left, top, right, bottom))
            except ValidationError as refused:
                self.add_error("file", refused)
        return cleaned


def _row(request: PortalRequest) -> Portal:
    return Portal.objects.get(pk=request.actor.portal.id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(MANAGE)
def edit(request: PortalRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, BrandForm(instance=_row(request)))
    form = BrandForm(request.POST, instance=_row(request))
    if not form.is_valid():
        return _show(request, form, status=422)
    portal = form.save()
    events.record(request.actor, portal, "brand_changed", {"fields": sorted(form.changed_data)}, internal=True)
    messages.success(request, _("The brand was saved."))
    return Redirect(request, f"/{portal.slug}/settings/brand/")


@require_POST
@needs(MANAGE)
def replace_logo(request: PortalRequest) -> HttpResponse:
    if "remove" in request.POST:
        return _kept(request, b"")
    form = LogoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, BrandForm(instance=_row(request)), form, 422)
    return _kept(request, form.cleaned_data["png"])


def _kept(request: PortalRequest, png: bytes) -> HttpResponse:
    portal = Portal.objects.select_for_update().get(pk=request.actor.portal.id)
    before, portal.logo = portal.logo, logo.keep(portal.pk, png) if png else ""
    portal.save(update_fields=["logo"])
    events.record(request.actor, portal, "logo_changed" if png else "logo_removed", internal=True)
    if before and before != portal.logo:
        transaction.on_commit(lambda: default_storage.delete(before))
    messages.success(request, _("The logo was replaced.") if png else _("The logo was removed."))
    return Redirect(request, f"/{portal.slug}/settings/brand/")


def _show(request: PortalRequest, form: BrandForm, picture: LogoForm | None = None, status: int = 200) -> HttpResponse:
    accent = str(form["accent"].value() or "").lower()
    ratio = colours.contrast(accent) if colours.HEX.fullmatch(accent) else 0.0
    fields = cast(dict, form.fields)
    context = {"form": form, "picture": picture or LogoForm(), "ratio": f"{ratio:.1f}", "names": list(fields)}
    return render(request, "portals/brand.html", context, status)


@require_safe
def picture(request: HttpRequest, portal: str, name: str) -> HttpResponse:
    """The logo for whoever sees the door or reads a mail; an older address shows the present one."""
    facts = portal_by_slug(portal[:40])
    if facts is None or not facts.logo:
        raise Http404
    try:
        with default_storage.open(facts.logo) as stream:
            data = stream.read()
    except OSError as lost:
        raise Http404 from lost
    newest = facts.logo_url.endswith(f"/{name}.png")
    response = HttpResponse(data, content_type="image/png")
    response["Cache-Control"] = "public, max-age=31536000, immutable" if newest else "public, max-age=300"
    response["Content-Disposition"] = 'inline; filename="logo.png"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # mail readers on the web show it
    return response
