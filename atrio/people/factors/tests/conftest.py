"""An authenticator app of one's own, and how tests sign in."""

from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.test import Client

from atrio.core.encryption import decrypt
from atrio.people.factors.tests.provider import Provider
from atrio.people.models import User
from atrio.testing.sudo import later
from atrio.testing.world import PASSWORD

LOGIN, SECURITY = "/accounts/login/", "/accounts/security/"


NOW = 1_800_000_015  # the middle of a half minute: a slow machine changes nothing


@pytest.fixture(autouse=True)
def _a_clock_that_stands(monkeypatch):
    monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: NOW))


@pytest.fixture(autouse=True)
def _no_memory_of_other_attempts(db):
    cache.clear()
    yield
    cache.clear()


def code_of(secret: str, later: int = 0) -> str:
    """What the app shows now, or some half minutes later."""
    return auth.format_hotp_value(auth.hotp_value(secret, NOW // 30 + later))


class Person:
    """Somebody before a browser, who has perhaps an app."""

    def __init__(self, world, who: str):
        self.user, self.who = User.objects.get(pk=world.people[who].pk), who
        self.client = Client()

    @property
    def is_in(self) -> bool:
        return "_auth_user_id" in self.client.session

    @property
    def secret(self) -> str:
        return decrypt(Authenticator.objects.get(user=self.user, type="totp").data["secret"])

    def password(self, **data):
        return self.client.post(LOGIN, {"login": self.user.email, "password": PASSWORD} | data)

    def confirm(self):
        return self.client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": SECURITY})

    def later(self) -> "Person":
        """The same session, after ten minutes."""
        later(self.client)
        return self

    def code(self, code: str):
        return self.client.post(f"{SECURITY}code/", {"code": code})

    def set_up(self) -> list[str]:
        """An app, the way a person does it; the recovery codes."""
        self.confirm()
        self.client.get(f"{SECURITY}app/")
        response = self.client.post(f"{SECURITY}app/", {"code": code_of(self.waiting)})
        assert response.status_code == 200, response.content.decode()
        return codes_in(response)

    @property
    def waiting(self) -> str:
        return decrypt(self.client.session["factors.totp.secret"])

    def again(self) -> "Person":
        """A new browser."""
        self.client = Client()
        return self


def codes_in(response) -> list[str]:
    return response.content.decode().split("<textarea")[1].split(">")[1].split("<")[0].split()


@pytest.fixture
def idp(settings):
    one = Provider()
    settings.PROVIDER_HOSTS = {one.host}
    yield one
    one.close()


@pytest.fixture
def person(world):
    def one(who: str = "ana") -> Person:
        found = Person(world, who)
        found.password()
        assert found.is_in
        return found

    return one
