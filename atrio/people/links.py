"""Links that work once and for a while: recovery, invitations, a new e-mail address.

Looking at one changes nothing, for mail scanners look at every link; only what a person sends uses it up. The secret
has 256 bits and only its hash is kept (ASVS 5.0, 6.5.1 and 6.5.2)."""

import datetime as dt
import hashlib
import secrets

from django.utils import timezone

from .models import SingleUseLink, User

KEPT = dt.timedelta(days=30)  # after its time, for whoever asks what became of it


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _open(purpose: str, email: str):
    return SingleUseLink.objects.filter(purpose=purpose, email__iexact=email, used_at=None)


def make(purpose: str, email: str, lasts: dt.timedelta, *, user: User | None = None, facts: dict | None = None) -> str:
    """The secret of a new link; those before it, of the same purpose and person, work no more."""
    void(purpose, email)
    secret = secrets.token_urlsafe(32)
    expires_at = timezone.now() + lasts
    SingleUseLink.objects.create(
        purpose=purpose, secret_hash=_hash(secret), user=user, email=email, facts=facts or {}, expires_at=expires_at
    )
    return secret


def void(purpose: str, email: str) -> None:
    _open(purpose, email).filter(expires_at__gt=timezone.now()).update(expires_at=timezone.now())


def look(purpose: str, secret: str) -> SingleUseLink | None:
    """The link if it still works; nothing is used up."""
    valid = SingleUseLink.objects.filter(used_at=None, expires_at__gt=timezone.now())
    return valid.select_related("user").filter(purpose=purpose, secret_hash=_hash(secret)).first()


def use(purpose: str, secret: str) -> SingleUseLink | None:
    """The link, used up by whoever comes first; to be called in the transaction of what it allows."""
    found = look(purpose, secret)
    if found is None:
        return None
    now = timezone.now()
    mine = SingleUseLink.objects.filter(pk=found.pk, used_at=None, expires_at__gt=now).update(used_at=now)
    return found if mine else None


def forget_old() -> int:
    return SingleUseLink.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()[0]
