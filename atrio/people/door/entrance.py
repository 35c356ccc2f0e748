"""What happens when somebody is in, and when a password is another."""

from typing import cast

from allauth.account.internal.flows.login import record_authentication
from django.db import transaction
from django.http import HttpRequest

from .. import links
from ..accounts import happened
from ..models import User
from ..sessions import SessionStore
from ..sudo import remember
from . import attempts, browsers, sessions

RECOVERY = "recovery"


def entered(request: HttpRequest, user: User, *, first: bool) -> None:
    """A session begins. A browser that the person never came with is told by mail, except the very first of all."""
    browser, address = browsers.of(request), browsers.address_of(request)
    cast(SessionStore, request.session).begin(browser, address)
    fresh = browsers.remember(request, user)
    happened(user, "signed_in", {"browser": browser}, origin=address, quietly=first or not fresh)


def chose_password(request: HttpRequest, user: User) -> None:
    """Whoever has just typed the first password, and is in by it, is not asked for it again at once."""
    record_authentication(request, user, "password", reauthenticated=True)
    remember(request)


def password_was_changed(request: HttpRequest, user: User, kind: str, but: str | None = None) -> None:
    """Whoever was in with the old one is out, links that were on their way work no more, and the owner is told."""
    sessions.end_all(user, but)
    links.void(RECOVERY, user.email)
    attempts.unlock(user)
    happened(user, kind, {"browser": browsers.of(request)}, origin=browsers.address_of(request))


def recover(request: HttpRequest, secret: str, password: str) -> bool:
    """The new password of whoever holds the link; one wins, and nobody is signed in by it."""
    with transaction.atomic():
        link = links.use(RECOVERY, secret)
        if link is None:
            return False
        user = User.objects.select_for_update().get(pk=link.user_id)
        user.must_change_password = False
        user.set_password(password)
        user.save(update_fields=["password", "must_change_password"])
        password_was_changed(request, user, "password_recovered")
    return True


def holder(secret: str) -> User | None:
    """Whose password a link may change now; looking changes nothing."""
    link = links.look(RECOVERY, secret)
    user = link.user if link else None
    if link is None or user is None or not user.is_active:
        return None
    return user if user.email.lower() == link.email.lower() else None
