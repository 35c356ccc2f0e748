"""How sign-in differs from django-allauth's own: nobody signs up by themselves, and the database counts tries."""

from typing import cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core.pages import error_page

from .accounts import happened
from .door import attempts, browsers, entrance, jobs, tries
from .door.forms import locked
from .models import User
from .passwords import normalised
from .sudo import need, remember


class AccountAdapter(DefaultAccountAdapter):
    # The same words for an unknown name and a wrong password, whether it looks like an e-mail or not.
    error_messages = DefaultAccountAdapter.error_messages | {
        f"{method}_password_mismatch": gettext_lazy("The user name, e-mail or password is not right.")
        for method in ("email", "username")
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "atrio.people.factors.within.WithinStage"]

    def clean_password(self, password: str, user=None) -> str:
        """Judged as it will be kept; given back as it was typed, for it is compared with its repetition."""
        super().clean_password(normalised(password), user)
        return password

    def respond_user_inactive(self, request: HttpRequest, user) -> HttpResponse:
        return error_page(
            request, 403, _("Ask whoever invited you to open it again."), title=_("This account is closed")
        )

    def set_password(self, user, password: str) -> None:
        user.must_change_password = False
        super().set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return get_next_redirect_url(request) or "/"

    def is_safe_url(self, url: str) -> bool:
        """A way on is a path of this site, and nothing that a browser could read as another."""
        plain = url.isprintable() and url.startswith("/") and "\\" not in url
        return plain and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:
        login = credentials.get("email") or credentials.get("username") or ""
        try:
            self._login_failed_rl_usage = attempts.begin(request, login)
        except tries.Locked as problem:
            raise locked(problem) from problem

    def authentication_failed(self, request: HttpRequest, **credentials) -> None:
        """The first wait of an account is told to its owner: by a job, which is made for no account just the same."""
        attempt = self._login_failed_rl_usage
        if attempt.locks_first:
            told = attempt.user.pk if attempt.user else 0
            jobs.tell_locked_out.defer(user_id=told, address=browsers.address_of(request))

    def reauthenticate(self, user, password: str) -> bool:
        again = self.authenticate(context.request, email=user.email, password=password)
        return again is not None and again.pk == user.pk

    def login(self, request: HttpRequest, user) -> None:
        """Whatever the way in was, password, passkey or another provider, this is where somebody is in."""
        first = cast(User, user).last_login is None
        super().login(request, user)
        entrance.entered(request, user, first=first)
        remember(request)

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """The library's own views ask what all others ask; by itself it would be content with less."""
        need(context.request)
        return False

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, User):
            happened(user, "signed_out", origin=browsers.address_of(request))

    def is_ajax(self, request: HttpRequest) -> bool:
        """Everybody gets pages: htmx, too, and whoever sends JSON."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args, **kwargs
    ) -> None:
        """The home page greets by itself, and pages of second factors say in their own words what they did."""
        quiet = message_template or ""
        if quiet != "account/messages/logged_in.txt" and not quiet.startswith("mfa/"):
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        """Letters of ours tell the person (happenings.py), not the library's own."""
