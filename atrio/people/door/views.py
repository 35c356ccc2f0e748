"""The door: signing in and out, a forgotten password, and one's sessions."""

from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account import views as account
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from atrio.core.actor import PortalFacts, PortalRequest
from atrio.core.crossing import portal_by_slug
from atrio.core.pages import Redirect, render

from ..factors.sso import providers_for
from ..models import User
from ..sudo import missing, remember, sudo, way_to
from . import entrance, jobs, sessions
from .browsers import address_of
from .forms import LOCKED, NewPasswordForm, RecoveryForm, StrictRecoveryForm
from .sudo import suspended

shown_and_sent = require_http_methods(["GET", "HEAD", "POST"])


def _status(form) -> int:
    """A form that comes back says so by its status, as all others do."""
    return (
        429 if form.has_error("__all__", LOCKED) or any(form.has_error(name, LOCKED) for name in form.fields) else 422
    )


class Unprocessable:
    """It is asked for and sent, and nothing else; what is wrong is said by the status, too."""

    http_method_names = ["get", "head", "post"]

    def form_invalid(self, form) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = _status(form)
        return response


def _self(request: PortalRequest) -> User:
    """Who asks, in a portal: nobody else comes as far."""
    return cast(User, request.user)


def _portal(request: HttpRequest) -> PortalFacts | None:
    """The portal that somebody is on the way to."""
    slug = urlsplit(get_next_redirect_url(request) or "").path.strip("/").split("/")[0]
    return portal_by_slug(slug[:40]) if slug else None


def _settings(request: PortalRequest) -> dict:
    return request.portal.settings if request.portal else {}


def _onward(name: str, portal: PortalFacts | None) -> str:
    """Another page of the door, on the way to the same portal."""
    return reverse(name) + (f"?{urlencode({'next': f'/{portal.slug}/'})}" if portal else "")


def _join_url(portal: PortalFacts | None) -> str:
    """Where a stranger asks for access, if this portal lets strangers ask."""
    if portal is None or portal.settings.get("registration") == "closed":
        return ""
    try:
        resolve(url := f"/{portal.slug}/join/")
    except Resolver404:
        return ""
    return url


class SignIn(Unprocessable, account.LoginView):
    """Under the name of the portal that the person is on the way to."""

    def setup(self, request: PortalRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        request.portal = _portal(request)

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"settings": _settings(self.request)}

    def get_context_data(self, **kwargs) -> dict:
        portal = self.request.portal
        ways = {
            "recovery_url": _onward("account_reset_password", portal),
            "join_url": _join_url(portal),
            "providers": providers_for(portal.slug) if portal else [],
        }
        return super().get_context_data(**kwargs) | ways


class SignOut(account.LogoutView):
    http_method_names = ["get", "head", "post"]


class ChangePassword(Unprocessable, account.PasswordChangeView):
    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        entrance.password_was_changed(self.request, form.user, "password_changed", self.request.session.session_key)
        return response


class Again(Unprocessable):
    """Is it still the same person? Whoever had a copy of the session's key does not share in the answer."""

    request: HttpRequest

    def form_valid(self, form) -> HttpResponse:
        self.request.session.cycle_key()
        response = super().form_valid(form)
        remember(self.request)
        return response


class Reauthenticate(Again, account.ReauthenticateView):
    """The password is the first of two things where there is a second factor."""

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        further = missing(self.request)
        return Redirect(self.request, way_to(further, response["Location"])) if further else response


@login_required
@never_cache
@require_safe
def carry_on(request: HttpRequest) -> HttpResponse:
    return render(request, "door/continue.html", {"suspended": suspended(request)})


@never_cache
@shown_and_sent
def recovery(request: PortalRequest) -> HttpResponse:
    """Ask for a new password: what is known of an account is looked up later, by a job."""
    portal = request.portal = _portal(request)
    strict = _settings(request).get("recovery") == "strict"
    kind = StrictRecoveryForm if strict else RecoveryForm
    form = kind(request.POST if request.method == "POST" else None, request=request, settings=_settings(request))
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("email", "username", "tax_id") if name in form.fields}
        jobs.send_recovery.defer(asked=asked, slug=portal.slug if portal else "", address=address_of(request))
        return Redirect(request, _onward("account_reset_password_done", portal))
    context = {"form": form, "sign_in_url": _onward("account_login", portal)}
    return render(request, "door/recovery.html", context, status=_status(form) if form.is_bound else 200)


@require_safe
def recovery_sent(request: PortalRequest) -> HttpResponse:
    portal = request.portal = _portal(request)
    ways = {"again_url": _onward("account_reset_password", portal), "sign_in_url": _onward("account_login", portal)}
    return render(request, "door/recovery_sent.html", ways)


@never_cache
@sensitive_post_parameters()
@shown_and_sent
def new_password(request: PortalRequest, secret: str) -> HttpResponse:
    """The link of a mail: looking uses nothing up, for programs look at mails, too; sending does."""
    user = entrance.holder(secret)
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None) if user else None
    if form and request.method == "POST" and form.is_valid():
        if entrance.recover(request, secret, form.cleaned_data["password1"]):
            messages.success(request, _("Your password was changed. Sign in with the new one."))
            return Redirect(request, reverse("account_login"))
        form = None
    status = 410 if form is None else 422 if form.is_bound else 200
    context = {"form": form, "again_url": reverse("account_reset_password")}
    return render(request, "door/new_password.html", context, status=status)


@require_safe
def own_sessions(request: PortalRequest) -> HttpResponse:
    return render(request, "door/sessions.html", {"sessions": sessions.shown(request, _self(request))})


@require_POST
@sudo
def end_session(request: PortalRequest) -> HttpResponse:
    if not sessions.end(request, _self(request), request.POST.get("session", "")):
        raise Http404
    messages.success(request, _("The session was ended."))
    return Redirect(request, f"/{request.actor.portal.slug}/profile/sessions/")


@require_POST
@sudo
def end_sessions(request: PortalRequest) -> HttpResponse:
    """Everywhere means here, too."""
    sessions.end_everywhere(request, _self(request))
    request.session.flush()
    messages.success(request, _("You were signed out everywhere."))
    return Redirect(request, _onward("account_login", request.actor.portal))
