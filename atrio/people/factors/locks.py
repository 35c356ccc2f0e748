"""Wrong codes are counted in the database, by person: after five the next are not even read, for longer each time."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from ..models import User
from .models import FactorLock

FREE = 5
FIRST, LONGEST = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def locked(user: User) -> bool:
    return FactorLock.objects.filter(user=user, until__gt=timezone.now()).exists()


def failed(user: User) -> bool:
    """Count a wrong code; whether this one locked the account for the first time."""
    with transaction.atomic():
        FactorLock.objects.get_or_create(user=user)
        lock = FactorLock.objects.select_for_update().get(user=user)
        lock.failures += 1
        if lock.failures >= FREE:
            lock.until = timezone.now() + min(FIRST * 2 ** min(lock.failures - FREE, 10), LONGEST)
        lock.save()
    return lock.failures == FREE


def passed(user: User) -> None:
    FactorLock.objects.filter(user=user).delete()
