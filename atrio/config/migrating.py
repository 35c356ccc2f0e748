"""Changes tables under a running portal: never waits long for a lock, because everybody else would wait behind it."""

import sys
import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from psycopg import errors, sql

from atrio.config.problem import Problem

LOCK_SECONDS = 2
PATIENCE_SECONDS = 120
LONGEST_PAUSE = 5


def migrate() -> None:
    """Bring tables, policies, grants and functions up to date."""
    if not MigrationExecutor(connection).loader.applied_migrations:
        call_command("migrate", interactive=False, verbosity=1)  # nobody reads tables that are not there yet
    while (one := _next()) is not None:
        _patiently(lambda one=one: _apply(one), f"{one.app_label} {one.name}", one.atomic)
    _patiently(lambda: call_command("secure"), "the policies")


def _next() -> Migration | None:
    """The first migration that is not applied: all that it builds on is there."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return plan[0][0] if plan else None


def _apply(migration: Migration) -> None:
    if not migration.atomic:
        _drop_unfinished_indexes()
    call_command("migrate", migration.app_label, migration.name, interactive=False, verbosity=1)


def _drop_unfinished_indexes() -> None:
    """Remove what an interrupted CREATE INDEX CONCURRENTLY left: no query uses it, and it bars a new attempt."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexrelid::regclass::text from pg_index join pg_class c on c.oid = indexrelid "
            "where not indisvalid and relnamespace = 'public'::regnamespace"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("drop index concurrently {}").format(sql.SQL(name)))


def _patiently(work: Callable[[], object], what: str, briefly: bool = True) -> None:
    """Do the work; when a table is held by a long reader, let go, let others pass, and try again."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.5
    while True:
        try:
            # What works outside of a transaction (CONCURRENTLY) may wait: nobody waits behind it.
            connection.cursor().execute(f"set lock_timeout = '{LOCK_SECONDS if briefly else 0}s'")
            work()
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
            if time.monotonic() > deadline:
                raise Problem(
                    f"A table stayed in use for {PATIENCE_SECONDS} seconds, so {what} could not be changed: "
                    "end the long transaction (pg_stat_activity tells which) and run `atrio migrate` again."
                ) from error
        sys.stderr.write(f"atrio: {what}: the table is in use; trying again…\n")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
