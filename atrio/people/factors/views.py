"""One's own second factors: look at them, set up, take away. What changes is asked for a fresh password first."""

from typing import Any, cast

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.recovery_codes.internal.flows import can_generate_recovery_codes, generate_recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.internal import flows as totp_flows
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import flows as webauthn_flows
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from atrio.core.formats import Formats, formats_for, formats_of
from atrio.core.pages import Redirect, render

from ..access import enter, portals_of
from ..accounts import happened
from ..door.views import Again, Unprocessable
from ..models import User
from ..sudo import need, sudo
from .forms import SEALED, NameForm
from .gates import passed_factor

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
MOST_PASSKEYS = 20


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _origin(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")


def _own(request: HttpRequest, kind: str):
    return Authenticator.objects.filter(user=_person(request), type=kind)


def _told(request: HttpRequest, kind: str, facts: dict | None = None) -> None:
    happened(_person(request), kind, facts, origin=_origin(request))


def _proved(request: HttpRequest, authenticator: Authenticator) -> None:
    """Whoever has just set a factor up has shown it, too: this session has passed it."""
    record_authentication(request, _person(request), "mfa", id=authenticator.pk, type=authenticator.type)


def _formats(user: User) -> Formats:
    """As in the first of its portals, for this page is of none."""
    entered = (enter(place["slug"], user, place["membership_id"]) for place in portals_of(user.pk))
    actor = next((one for one in entered if one is not None), None)
    return formats_of(actor) if actor else formats_for(user.locale or "es", user.time_zone or "UTC", user.date_style)


@require_http_methods(["GET", "HEAD"])
@never_cache
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Which second factors there are, and what can be done with them."""
    user = _person(request)
    formats = _formats(user)
    found: dict[str, Any] = {"totp": None, "keys": [], "codes_left": None}
    for one in Authenticator.objects.filter(user=user).order_by("pk"):
        made = {"id": one.pk, "made": formats.datetime(one.created_at), "used": formats.datetime(one.last_used_at)}
        if one.type == Authenticator.Type.WEBAUTHN:
            found["keys"].append(made | {"name": one.wrap().name})
        elif one.type == Authenticator.Type.TOTP:
            found["totp"] = made
        else:
            found["codes_left"] = len(one.wrap().get_unused_codes())
    return render(request, "mfa/index.html", {"security": found})


@require_http_methods(["GET", "HEAD"])
@never_cache
@login_required
def required(request: HttpRequest) -> HttpResponse:
    """What a portal asks for before it opens: to set a factor up, or to show the one there is."""
    way_on = get_next_redirect_url(request) or "/"
    if passed_factor(request):
        return Redirect(request, way_on)
    if is_mfa_enabled(_person(request), FACTORS):
        method = account_adapter().get_reauthentication_methods(_person(request))
        url = next(m["url"] for m in method if m["id"].startswith("mfa_"))
        return Redirect(request, f"{url}?{request.META['QUERY_STRING']}")
    return render(request, "mfa/required.html", {"way_on": way_on})


class Authenticate(Unprocessable, base.AuthenticateView):
    """The second step of signing in: a code, or a passkey."""

    def form_invalid(self, form) -> HttpResponse:
        response = self.get(self.request)
        response.status_code = 422
        return response


class CodeAgain(Again, base.ReauthenticateView):
    pass


class PasskeyAgain(Again, webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form) -> HttpResponse:
        return Unprocessable.form_invalid(self, form)

    def get_context_data(self, **kwargs: Any) -> dict:
        return super().get_context_data(**kwargs) | kwargs


def _codes_of(authenticator: Authenticator | None) -> list[str]:
    return RecoveryCodes(authenticator).get_unused_codes() if authenticator else []


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The one answer that has them; no address shows them again."""
    way_on = get_next_redirect_url(request) or reverse("mfa_index")
    response = render(request, "mfa/codes.html", {"codes": codes, "way_on": way_on})
    response["Cache-Control"] = "no-store"
    return response


class Activate(Unprocessable, totp.ActivateTOTPView):
    def get_context_data(self, **kwargs: Any) -> dict:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return context | {"secret": spaced, "next": get_next_redirect_url(self.request) or ""}

    def form_valid(self, form) -> HttpResponse:
        user = _person(self.request)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)  # twins: the second finds it done
            if is_mfa_enabled(user, [Authenticator.Type.TOTP]):
                return Redirect(self.request, reverse("mfa_index"))
            made, codes = totp_flows.activate_totp(self.request, form)
            made.data["counter"] = form.counter
            made.save(update_fields=["data"])
            self.request.session.pop(SEALED, None)
            _told(self.request, "totp_added")
        _proved(self.request, made)
        messages.success(self.request, _("The authenticator app is your second factor now."))
        if codes:
            return _show_codes(self.request, _codes_of(codes))
        return Redirect(self.request, get_next_redirect_url(self.request) or reverse("mfa_index"))


class Deactivate(Unprocessable, totp.DeactivateTOTPView):
    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"data": self.request.POST or {}}

    def form_valid(self, form) -> HttpResponse:
        with transaction.atomic():
            totp_flows.deactivate_totp(self.request, self.authenticator)
            _told(self.request, "totp_removed")
        messages.success(self.request, _("The authenticator app was removed."))
        return Redirect(self.request, reverse("mfa_index"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@sudo
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes; the old ones end."""
    if not can_generate_recovery_codes(_person(request)):
        raise Http404
    if request.method != "POST":
        return render(request, "mfa/codes_new.html")
    with transaction.atomic():
        made = generate_recovery_codes(request)
        _told(request, "recovery_codes_made")
    return _show_codes(request, _codes_of(made))


class AddPasskey(Unprocessable, webauthn.AddWebAuthnView):
    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["name"].label, form.fields["name"].max_length = _("Name"), 60
        form.fields["name"].widget.attrs["maxlength"] = "60"
        form.fields["name"].validators.append(MaxLengthValidator(60))
        form.fields["name"].help_text = _("So that you know which one it is: laptop, telephone, key ring.")
        return form

    def get_context_data(self, **kwargs: Any) -> dict:
        return super().get_context_data(**kwargs) | kwargs

    def form_valid(self, form) -> HttpResponse:
        if _own(self.request, Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
            form.add_error("name", _("You have as many passkeys as can be kept. Remove one first."))
            return self.form_invalid(form)
        name = " ".join(form.cleaned_data["name"].split())[:60]
        with transaction.atomic():
            made, codes = webauthn_flows.add_authenticator(
                self.request, name=name, credential=form.cleaned_data["credential"]
            )
            _told(self.request, "passkey_added", {"name": name})
        _proved(self.request, made)
        messages.success(self.request, _("The passkey was added."))
        if codes:
            return _show_codes(self.request, _codes_of(codes))
        return Redirect(self.request, get_next_redirect_url(self.request) or reverse("mfa_index"))


def _passkey(request: HttpRequest, pk: int) -> Authenticator:
    """One's own, and a fresh password before anything is done with it."""
    found = _own(request, Authenticator.Type.WEBAUTHN).filter(pk=pk).first()
    if found is None:
        raise Http404
    need(request)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name for a passkey, or the end of it."""
    found = _passkey(request, pk)
    form = NameForm(request.POST or None, initial={"name": found.wrap().name})
    if request.method != "POST" or not form.is_valid():
        shown = {"form": form, "passkey": {"id": pk, "name": found.wrap().name}}
        return render(request, "mfa/passkey.html", shown, status=422 if request.method == "POST" else 200)
    with transaction.atomic():
        webauthn_flows.rename_authenticator(request, found, form.cleaned_data["name"])
        _told(request, "passkey_renamed", {"name": form.cleaned_data["name"]})
    messages.success(request, _("The name was saved."))
    return Redirect(request, reverse("mfa_index"))


@require_POST
@login_required
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    found = _passkey(request, pk)
    name = found.wrap().name
    with transaction.atomic():
        webauthn_flows.remove_authenticator(request, found)
        _told(request, "passkey_removed", {"name": name})
    messages.success(request, _("The passkey was removed."))
    return Redirect(request, reverse("mfa_index"))


class SignInByPasskey(webauthn.LoginWebAuthnView):
    """A passkey alone: it is something one has, opened by a finger, a face or a PIN."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The challenge, to the script of the sign-in page; whoever comes here otherwise is led to that page."""
        if "application/json" in request.headers.get("accept", ""):
            return JsonResponse({"request_options": begin_authentication()})
        return Redirect(request, reverse("account_login"))
