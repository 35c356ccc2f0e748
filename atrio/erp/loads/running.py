"""Running a load as a record of its own, which stays whatever becomes of the rows."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext

from atrio.core.actor import Actor
from atrio.core.scope import scope

from ..models import LoadRun, State
from .engine import Counts, NotLoaded, Order, load
from .problems import Problems
from .values import Refused

COUNTED = ("read", "created", "updated", "unchanged", "rejected", "skipped")


def begin(actor: Actor, order: Order, **facts) -> LoadRun:
    """The record of a load that is about to run."""
    with scope(actor):
        return LoadRun.objects.create(
            portal_id=actor.portal.id,
            doctype=order.kind.name,
            file=order.files.main.name[:200],
            dry_run=order.dry_run,
            skip_bad=order.skip_bad,
            user_id=actor.user_id,
            actor_name=actor.name[:120],
            **facts,
        )


def run(
    actor: Actor, order: Order, record: LoadRun, progress: Callable[[Counts], None] = lambda counts: None
) -> LoadRun:
    """Load, and write down what became of it; a load that was interrupted may simply be run again."""
    counts = Counts()
    problem = ""
    with Problems() as problems, translation.override(actor.language), _undisturbed():
        try:
            with scope(actor):
                load(actor, order, record.pk, counts, problems, progress)
                _finish_constraints()
            done = True
        except NotLoaded:
            done = order.dry_run and (order.skip_bad or not problems.documents)
        except Refused as refused:
            done, problem = False, refused.reason.sentence(gettext)
        counts.rejected = problems.documents
        if not done:
            counts.created = counts.updated = 0
        _close(actor, record, counts, problems, State.DONE if done else State.FAILED, problem)
    return record


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A load makes and drops millions of objects, hardly any in circles: the collector need not look so often, nor at
    what was there before."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(before[0] * 100, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _finish_constraints() -> None:
    """Let the foreign keys that wait for the commit be checked now, where a refusal can still be told."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def _close(actor: Actor, record: LoadRun, counts: Counts, problems: Problems, state: State, problem: str) -> None:
    with scope(actor):
        for name in COUNTED:
            setattr(record, name, getattr(counts, name))
        record.seconds = counts.seconds
        record.state = state
        record.problem = problem
        record.errors = problems.first
        record.errors_file = problems.keep(f"loads/{actor.portal.id}/{record.pk}-errors.csv")
        record.finished_at = timezone.now()
        record.save()
