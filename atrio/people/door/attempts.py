"""A try to sign in: counted by account and by place before the password is looked at."""

from dataclasses import dataclass

from django.http import HttpRequest

from ..accounts import account_of
from ..models import User
from . import browsers, tries
from .models import KnownDevice

AFTER = 3  # failures, then a proof of work is asked for unless the portal says another number


@dataclass(frozen=True)
class Attempt:
    """What was counted; allauth calls `rollback` when the password was right."""

    user: User | None
    who: str
    of_account: tries.Try
    of_place: tries.Try

    def rollback(self) -> None:
        self.of_place.give_back()
        tries.clear(tries.ACCOUNT, self.who)

    @property
    def locks_first(self) -> bool:
        """Whether this failure is the one that begins the wait."""
        return self.of_account.number == tries.ACCOUNT.tries


def place(request: HttpRequest) -> str:
    return tries.place_of(browsers.address_of(request))


def _who(request: HttpRequest, login: str, user: User | None) -> str:
    """A browser that is known counts by itself, so that a stranger does not lock the owner out."""
    if user is None:
        return f"login {login.strip().lower()}"
    device = browsers.known(request, user)
    return f"account {user.pk} {device.pk}" if device else f"account {user.pk}"


def begin(request: HttpRequest, login: str) -> Attempt:
    """Count one try more, or raise Locked; the same work whoever is meant."""
    user = account_of(login)
    who = _who(request, login, user)
    of_place = tries.count(tries.ADDRESS, place(request))
    return Attempt(user, who, tries.count(tries.ACCOUNT, who), of_place)


def needs_proof(request: HttpRequest, settings: dict, login: str = "") -> bool:
    """Whether the form asks for more than a password: always, or after some failures of this place or this name."""
    wanted, after = settings.get("captcha"), settings.get("captcha_after")
    if wanted == "always":
        return True
    limit = after if isinstance(after, int) and after > 0 else AFTER
    if tries.number(tries.ADDRESS, place(request)) >= limit:
        return True
    return bool(login) and tries.number(tries.ACCOUNT, _who(request, login, account_of(login))) >= limit


def unlock(user: User) -> None:
    """Let somebody try again at once, as whoever has made sure of who asks."""
    devices = KnownDevice.objects.filter(user=user).values_list("pk", flat=True)
    tries.clear(tries.ACCOUNT, f"account {user.pk}", *(f"account {user.pk} {pk}" for pk in devices))
    tries.clear(tries.RECOVERED, user.email.lower())
