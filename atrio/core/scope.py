"""The database side of visibility: each transaction says whose rows it may touch, or touches none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from .actor import Actor

EVERYONE = "*"
CHANCES = 3
# Seconds in which nothing is asked: then somebody stopped reading what is streamed, or a process hangs, and the
# database takes back what the transaction holds: its row versions, its locks, its connection.
PATIENCE = 120
T = TypeVar("T")
SILENCE = "idle_in_transaction_session_timeout"
SETTINGS = ("atrio.portal", "atrio.partners", "atrio.sight", "atrio.user")


def values_of(actor: Actor) -> tuple[str, str, str, str]:
    own = EVERYONE if actor.is_staff else ",".join(map(str, actor.partner_ids))
    sight = EVERYONE if actor.is_staff else ",".join(map(str, actor.partner_ids + actor.related_ids))
    return str(actor.portal.id), own, sight, str(actor.user_id or "")


def _set(values: tuple[str, ...], names: tuple[str, ...] = SETTINGS) -> None:
    calls = ", ".join(f"set_config('{name}', %s, true)" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"select {calls}", values)


def bear_silence(seconds: int = PATIENCE) -> None:
    """How long this transaction may ask nothing before the database ends it; 0 for as long as it likes."""
    _set((f"{seconds}s",), (SILENCE,))


def _get() -> tuple[str, ...]:
    calls = ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS)
    with connection.cursor() as cursor:
        cursor.execute(f"select {calls}")
        return cursor.fetchone()


def again(work: Callable[[], T]) -> T:
    """Do the whole work once more when the database chose it as the one of two to give way."""
    for _chance in range(CHANCES - 1):
        try:
            return work()
        except OperationalError as lost:
            if not isinstance(lost.__cause__, (DeadlockDetected, SerializationFailure)):
                raise
    return work()


@contextmanager
def scope(actor: Actor) -> Iterator[None]:
    """One transaction in which the database shows only what the actor's portal and partners allow."""
    nested = connection.in_atomic_block
    before = _get() if nested else ()
    with transaction.atomic():
        if nested:
            _set(values_of(actor))
        else:
            _set((*values_of(actor), f"{PATIENCE}s"), (*SETTINGS, SILENCE))
        yield
    # set_config(…, true) lasts until the outermost transaction ends: an inner scope must hand back what it found.
    if nested and not connection.needs_rollback:
        _set(before)
