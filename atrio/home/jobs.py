"""Upkeep by night: what no row names is taken out of the storage, and old failures out of the queue."""

import datetime as dt
import re
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from atrio.core.actor import Actor
from atrio.core.crossing import portal_facts, portal_ids
from atrio.core.files import path_of
from atrio.core.scope import scope

ORPHANED = dt.timedelta(days=1)
FAILURES_KEPT = 24 * 90  # hours
HASH = re.compile(r"[0-9a-f]{64}")


@app.periodic(cron="41 3 * * *")
@app.task(queue="default", queueing_lock="sweep_storage", pass_context=False)
def sweep_storage(timestamp: int) -> None:
    for portal_id in portal_ids():
        sweep(Actor.system(portal_facts(portal_id)), timezone.now() - ORPHANED)
    if hasattr(default_storage, "sweep_parts"):
        default_storage.sweep_parts()


@app.periodic(cron="53 3 * * *")
@app.task(queue="default", queueing_lock="forget_failures", pass_context=False)
async def forget_failures(timestamp: int) -> None:
    """Jobs that failed for good were looked at by now, or never will be."""
    await app.job_manager.delete_old_jobs(FAILURES_KEPT, include_failed=True, include_aborted=True)


def sweep(actor: Actor, before: dt.datetime) -> int:
    """Delete stored files that no row names: their transaction was undone after the bytes were written."""
    gone = 0
    for hashes in _stored(actor.portal.id):
        if not (lost := _unknown(actor, hashes)):
            continue
        with scope(actor):
            with connection.cursor() as cursor:
                # Whoever stores the same bytes right now is waited for, and waits for us.
                cursor.execute("select pg_advisory_xact_lock(hashtext('files'), %s)", [actor.portal.id])
            for sha256 in _unknown(actor, lost):
                path = path_of(actor.portal.id, sha256)
                if default_storage.get_modified_time(path) < before:
                    default_storage.delete(path)
                    gone += 1
    return gone


def _stored(portal_id: int) -> Iterator[list[str]]:
    """The names of the portal's stored files, a folder at a time."""
    if not default_storage.exists(str(portal_id)):
        return
    for folder in default_storage.listdir(str(portal_id))[0]:
        if len(folder) > 2:
            continue  # the portal's logo, which its own row names
        yield [name for name in default_storage.listdir(f"{portal_id}/{folder}")[1] if HASH.fullmatch(name)]


def _unknown(actor: Actor, hashes: list[str]) -> list[str]:
    with scope(actor), connection.cursor() as cursor:
        cursor.execute("select atrio_files_known(%s)", [hashes])
        return sorted(set(hashes) - {row[0] for row in cursor.fetchall()})
