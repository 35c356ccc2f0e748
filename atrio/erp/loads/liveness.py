"""Whether a load that is not over is being done: asked of the database, which knows it of each connection.

A load holds a lock as long as its transaction lasts, however its process ends; nothing here guesses by the time."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from atrio.core.actor import Actor

from ..models import LoadRun, State

KEY = "hashtext('load run')"
NUMBER = "(%s::bigint & 2147483647)::int"
# How pg_locks shows a lock with a key of two numbers.
_ASKED = f"""
select asked.id,
  exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
    and classid::bigint = {KEY}::bigint & 4294967295 and objid::bigint = asked.id & 2147483647),
  exists (select from procrastinate_jobs where status in ('todo', 'doing') and task_name = %s
    and (args->>'load_id')::bigint = asked.id)
from unnest(%s::bigint[]) as asked(id)"""  # noqa: S608 (a constant)
# What a killed client asked for must not go on, and hold locks, until it ends by itself. Windows cannot tell.
_NOTICE = """select case when version() !~* 'msvc|visual|mingw|windows'
  then set_config('client_connection_check_interval', '1s', true) end"""
TASK = "atrio.erp.jobs.run_load"


def hold(run: LoadRun) -> None:
    """Say that this transaction does the load; whoever does the same one waits until we are through."""
    with connection.cursor() as cursor:
        cursor.execute(f"select pg_advisory_xact_lock({KEY}, {NUMBER})", [run.pk])  # noqa: S608 (constants)
        cursor.execute(_NOTICE)


def states(runs: Iterable[LoadRun]) -> dict[int, State]:
    """What is true of each load now, whatever its row says."""
    found = {run.pk: State(run.state) for run in runs}
    open_ones = [pk for pk, state in found.items() if state in (State.WAITING, State.RUNNING)]
    if not open_ones:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [TASK, open_ones])
        for pk, held, queued in cursor.fetchall():
            found[pk] = State.RUNNING if held else State.WAITING if queued else State.INTERRUPTED
    return found


def write_down_interrupted(actor: Actor) -> None:
    """Close the records of loads that nobody does any more."""
    runs = LoadRun.objects.filter(portal_id=actor.portal.id, state__in=(State.WAITING, State.RUNNING))
    dead = [pk for pk, state in states(runs).items() if state == State.INTERRUPTED]
    still = runs.filter(pk__in=dead)
    still.update(state=State.INTERRUPTED, finished_at=timezone.now())
