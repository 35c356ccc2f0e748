"""The password of one account, looked at once: allauth's own tries it as several names, and an unknown name once."""

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from ..accounts import account_of


class PasswordBackend(AuthenticationBackend):
    def _authenticate(self, request: HttpRequest | None, **credentials):
        login = credentials.get("email") or credentials.get("username") or ""
        return self._check_password(account_of(login), credentials["password"])
