"""How sign-in differs from django-allauth's own: nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from atrio.core.pages import error_page


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_password(self, password: str, user=None) -> str:
        return super().clean_password(password[:4096], user)

    def respond_user_inactive(self, request: HttpRequest, user) -> HttpResponse:
        return error_page(
            request, 403, _("Ask whoever invited you to open it again."), title=_("This account is closed")
        )

    def set_password(self, user, password: str) -> None:
        user.must_change_password = False
        super().set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return get_next_redirect_url(request) or "/"

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args, **kwargs
    ) -> None:
        """The home page greets by itself, and pages of second factors say in their own words what they did."""
        quiet = message_template or ""
        if quiet != "account/messages/logged_in.txt" and not quiet.startswith("mfa/"):
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_notification_mail(self, template_prefix: str, user, context=None, email=None) -> None:
        """Letters of ours tell the person (factors/telling.py), not the library's own."""
