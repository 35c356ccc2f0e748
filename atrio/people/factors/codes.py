"""Codes of the authenticator app and of recovery: each opens once, whichever process reads it."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from atrio.core.encryption import Unreadable

from ..accounts import happened
from ..models import User
from . import locks

LONGEST = 20


def _counter_of(secret: str, code: str) -> int | None:
    """The half minute that a code belongs to."""
    for counter in totp.yield_hotp_counters_from_time():
        if totp.compare_user_code(actual=code, expected=totp.format_hotp_value(totp.hotp_value(secret, counter))):
            return counter
    return None


def _opens(found: Authenticator, code: str) -> bool:
    """Whether the code is right and new; the row is locked, so of two that send the same one only one comes in."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=found.pk).first()
        if row is None:
            return False
        if row.type == Authenticator.Type.RECOVERY_CODES:
            return row.wrap().validate_code(code)
        counter = _counter_of(get_adapter().decrypt(row.data["secret"]), code)
        if counter is None or counter <= row.data.get("counter", 0):
            return False
        row.data["counter"] = counter
        row.save(update_fields=["data"])
        return True


def checked(user: User, code: str, origin: str = "") -> Authenticator:
    """Which of the person's authenticators the code opens; or an error that says no more than that it is wrong."""
    if locks.locked(user):
        raise ValidationError(_("Too many wrong codes. Wait a few minutes and try again."), code="locked")
    typed = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    for one in typed.order_by("-type"):  # the app's before the recovery codes
        try:
            opened = len(code) <= LONGEST and _opens(one, code)
        except Unreadable as problem:
            said = _("The key of this second factor cannot be read. Ask your administrator to reset it.")
            raise ValidationError(said, code="unreadable") from problem
        if opened:
            locks.passed(user)
            if one.type == Authenticator.Type.RECOVERY_CODES:
                happened(user, "recovery_code_used", origin=origin)
            one.user = user
            return one
    if locks.failed(user):
        happened(user, "factors_locked", origin=origin)
    raise ValidationError(_("This code is wrong, or was used already."), code="incorrect_code")


def first_code(user: User, secret: str, code: str) -> int:
    """The code that proves that the app has the secret; it is used up by that."""
    if locks.locked(user):
        raise ValidationError(_("Too many wrong codes. Wait a few minutes and try again."), code="locked")
    counter = _counter_of(secret, code) if len(code) <= LONGEST else None
    if counter is None:
        locks.failed(user)
        raise ValidationError(_("This code is wrong, or was used already."), code="incorrect_code")
    locks.passed(user)
    return counter
