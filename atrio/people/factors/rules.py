"""The page of a portal's rules of sign-in; what they ask is obeyed where it is asked for."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from atrio.core import drafts, events
from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.models import Portal
from atrio.core.pages import Redirect, render

from ..models import Membership, Role
from ..permissions import MANAGE as PEOPLE
from ..roles import label_of
from ..sudo import sudo
from .legal import manager
from .permissions import RESET
from .resetting import NotHere, reset_by
from .settings import change

DEFAULTS: dict[str, Any] = {
    "captcha": "after",
    "captcha_after": 3,
    "recovery": "standard",
    "password_min": 8,
    "registration": "open",
    "idle_minutes": None,
    "second_factor_roles": [],
}
CAPTCHA = (("after", gettext_lazy("After some failures")), ("always", gettext_lazy("Always")))
RECOVERY = (
    ("standard", gettext_lazy("By e-mail address")),
    ("strict", gettext_lazy("By tax id, user name and e-mail address")),
)
REGISTRATION = (
    ("open", gettext_lazy("Whoever has the link may ask for access")),
    ("closed", gettext_lazy("Only people who are invited")),
)
SIDES = (
    ("all", gettext_lazy("Everybody")),
    ("staff", gettext_lazy("All of the staff")),
    ("partner", gettext_lazy("Everybody of the partners")),
)


class RulesForm(forms.Form):
    second_factor_roles = forms.MultipleChoiceField(
        label=gettext_lazy("A second factor is needed by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    captcha = forms.ChoiceField(label=gettext_lazy("Proof of being a person"), choices=CAPTCHA)
    captcha_after = forms.IntegerField(label=gettext_lazy("Failures before it is asked"), min_value=1, max_value=20)
    recovery = forms.ChoiceField(label=gettext_lazy("A forgotten password is recovered"), choices=RECOVERY)
    password_min = forms.IntegerField(
        label=gettext_lazy("Shortest password"), min_value=DEFAULTS["password_min"], max_value=64
    )
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes without use until signing in again"), min_value=5, max_value=720, required=False
    )
    registration = forms.ChoiceField(label=gettext_lazy("Registration"), choices=REGISTRATION)

    def __init__(self, *args, actor: Actor, **kwargs):
        super().__init__(*args, **kwargs)
        sides = {"staff": _("Staff"), "partner": _("Partner")}
        roles = Role.objects.filter(portal_id=actor.portal.id).order_by("-audience", "name")
        named = [(str(one.pk), f"{sides[one.audience]}: {label_of(one.name)}") for one in roles]
        cast(forms.MultipleChoiceField, self.fields["second_factor_roles"]).choices = [*SIDES, *named]

    def clean_second_factor_roles(self) -> list[str | int]:
        return [int(one) if one.isdigit() else one for one in self.cleaned_data["second_factor_roles"]]


class ResetForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the person"),
        max_length=254,
        help_text=gettext_lazy("Somebody who has lost app, passkeys and recovery codes. All sessions of theirs end."),
    )


def _initial(actor: Actor) -> dict[str, Any]:
    known = {name: actor.portal.settings.get(name, default) for name, default in DEFAULTS.items()}
    return known | {"second_factor_roles": [str(one) for one in known["second_factor_roles"]]}


def _show(request: PortalRequest, form: RulesForm, reset: ResetForm | None = None, status: int = 200) -> HttpResponse:
    may_reset, may_sign_out = request.actor.may(RESET), request.actor.may(PEOPLE)
    context = {"form": form, "reset": (reset or ResetForm()) if may_reset else None, "signs_out": may_sign_out}
    return render(request, "factors/rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sudo
def rules(request: PortalRequest) -> HttpResponse:
    """How people of this portal sign in."""
    actor = manager(request)
    if request.method != "POST":
        typed, _since = drafts.restored(request, drafts.key_of(request))
        drafts.forget(request, drafts.key_of(request))
        return _show(request, RulesForm(typed, actor=actor, initial=_initial(actor)))
    form = RulesForm(request.POST, actor=actor)
    if not form.is_valid():
        return _show(request, form, status=422)
    told = change(actor, form.cleaned_data)
    if told:
        events.record(actor, Portal(pk=actor.portal.id), "sign_in_settings", told)
    messages.success(request, _("The rules of sign-in were saved."))
    return Redirect(request, request.path)


@require_POST
@sudo
def reset(request: PortalRequest) -> HttpResponse:
    """Take the second factor of somebody away who has lost it all."""
    actor = manager(request)
    if not actor.may(RESET):
        raise Refused(RESET)
    form = ResetForm(request.POST)
    if form.is_valid():
        try:
            reset_by(actor, _member(actor, form.cleaned_data["email"]))
        except (ValidationError, NotHere) as problem:
            form.add_error("email", str(problem) if isinstance(problem, NotHere) else problem)
    if not form.is_valid():
        return _show(request, RulesForm(actor=actor, initial=_initial(actor)), form, status=422)
    messages.success(request, _("The second factor was taken away, and the person was told."))
    return Redirect(request, f"/{actor.portal.slug}/settings/sign-in/")


def _member(actor: Actor, email: str) -> Membership:
    found = Membership.objects.filter(portal_id=actor.portal.id, user__email__iexact=email).select_related("user")
    member = found.order_by("pk").first()
    if member is None:
        raise ValidationError(_("Nobody of this portal has this address."))
    return member
