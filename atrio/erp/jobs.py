"""Loads that were asked for by the web run here, and old answers of the API are forgotten."""

import datetime as dt
from contextlib import suppress
from dataclasses import replace

from django.db import DatabaseError
from django.utils import timezone, translation
from django.utils.translation import gettext
from procrastinate.contrib.django import app

from atrio.core.actor import Actor
from atrio.core.crossing import portal_facts, portal_ids
from atrio.core.jobs import AGAIN
from atrio.core.scope import scope

from .loads.liveness import write_down_interrupted
from .loads.running import run
from .loads.uploads import brought, clear_files
from .models import ApiAnswer, LoadRun

REMEMBERED = dt.timedelta(days=7)
KEPT = dt.timedelta(days=14)


@app.task(queue="default", retry=AGAIN)
def run_load(portal_id: int, load_id: int) -> None:
    """Run one load; after a kill it is simply run again, for nothing of it was kept."""
    actor = Actor.system(portal_facts(portal_id))
    with scope(actor):
        record = LoadRun.objects.filter(portal_id=portal_id, pk=load_id).first()
        if record is None or record.over:
            return
    by = replace(actor, name=record.actor_name, user_id=record.user_id)
    try:
        with brought(record) as order:
            run(by, order, record)
    except (DatabaseError, OSError) as problem:
        _tell(actor, load_id, problem)
        raise


def _tell(actor: Actor, load_id: int, problem: Exception) -> None:
    """Say on the load's page why it is not done yet; the queue will try again."""
    with translation.override(actor.language):
        said = gettext("The database does not answer, or is full. The load is tried again later.")
        if isinstance(problem, OSError):
            said = gettext("The storage does not answer, or is full. The load is tried again later.")
    with suppress(DatabaseError), scope(actor):  # it may be just that which is away
        LoadRun.objects.filter(portal_id=actor.portal.id, pk=load_id).update(problem=said)


@app.periodic(cron="*/10 * * * *")
@app.task(queue="default", queueing_lock="interrupted_loads", pass_context=False)
def close_interrupted_loads(timestamp: int) -> None:
    for portal_id in portal_ids():
        actor = Actor.system(portal_facts(portal_id))
        with scope(actor):
            write_down_interrupted(actor)


@app.periodic(cron="29 3 * * *")
@app.task(queue="default", queueing_lock="clear_loads", pass_context=False)
def clear_loads(timestamp: int) -> None:
    """Files that came by the web have served their purpose some days after their load; its record stays."""
    for portal_id in portal_ids():
        clear_files(Actor.system(portal_facts(portal_id)), timezone.now() - KEPT)


@app.periodic(cron="17 3 * * *")
@app.task(queue="default", queueing_lock="forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """An idempotency key is good for a week: whoever retries, retries sooner."""
    for portal_id in portal_ids():
        with scope(Actor.system(portal_facts(portal_id))):
            ApiAnswer.objects.filter(portal_id=portal_id, created_at__lt=timezone.now() - REMEMBERED).delete()
