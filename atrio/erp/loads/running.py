"""Running a load as a record of its own, which stays whatever becomes of the rows."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import timezone, translation
from django.utils.translation import gettext

from atrio.core.actor import Actor
from atrio.core.scope import again, bear_silence, scope

from ..models import LoadRun, State
from . import upsert
from .engine import Counts, NotLoaded, Order, load
from .liveness import hold, write_down_interrupted
from .problems import Problems
from .values import Refused

COUNTED = ("read", "created", "updated", "unchanged", "rejected", "skipped")


def begin(actor: Actor, order: Order, **facts) -> LoadRun:
    """The record of a load that is about to run."""
    with scope(actor):
        write_down_interrupted(actor)
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
    with translation.override(actor.language), undisturbed():
        return again(lambda: _run(actor, order, record, progress))


def _run(actor: Actor, order: Order, record: LoadRun, progress: Callable[[Counts], None]) -> LoadRun:
    counts, done, problem = Counts(), False, ""
    with Problems() as problems:
        try:
            with scope(actor):
                bear_silence(0)  # a large file is read for as long as it takes
                hold(record)
                record.refresh_from_db()
                if record.over:
                    return record  # by a twin of this job, while we waited
                load(actor, order, record.pk, counts, problems, progress)
                upsert.check_references()
                # With the rows or not at all: no kill leaves rows of a load that says that it did nothing.
                _close(record, counts, problems, State.DONE)
                return record
        except NotLoaded:
            done = order.dry_run and (order.skip_bad or not problems.documents)
        except Refused as refused:
            problem = refused.reason.sentence(gettext)
        if not done:
            counts.created = counts.updated = 0
        with scope(actor):
            _close(record, counts, problems, State.DONE if done else State.FAILED, problem)
    return record


_loading: list[tuple[int, int, int]] = []  # the collector's usual thresholds, once for each load of this process
_one_at_a_time = threading.Lock()


@contextmanager
def undisturbed() -> Iterator[None]:
    """A load makes and drops millions of objects, hardly any in circles: the collector need not look so often.

    It is one for all threads of the process: the first load slows it down, the last one lets it go on as before."""
    with _one_at_a_time:
        usual = _loading[0] if _loading else gc.get_threshold()
        _loading.append(usual)
        gc.set_threshold(usual[0] * 100, *usual[1:])
    try:
        yield
    finally:
        with _one_at_a_time:
            _loading.pop()
            if not _loading:
                gc.set_threshold(*usual)


def _close(record: LoadRun, counts: Counts, problems: Problems, state: State, problem: str = "") -> None:
    counts.rejected = problems.documents
    for name in COUNTED:
        setattr(record, name, getattr(counts, name))
    record.seconds = counts.seconds
    record.state = state
    record.problem = problem
    record.errors = problems.first
    try:
        record.errors_file = problems.keep(f"loads/{record.portal_id}/{record.pk}-errors.csv")
    except OSError:  # what became of the rows matters more
        said = gettext("The list of errors could not be kept: only the first ones are shown.")
        record.errors_file, record.problem = "", problem or said
    record.finished_at = timezone.now()
    record.save()
