"""Loads that were asked for by the web run here, and old answers of the API are forgotten."""

import datetime as dt
from dataclasses import replace

from django.utils import timezone
from procrastinate.contrib.django import app

from atrio.core.actor import Actor
from atrio.core.crossing import portal_facts, portal_ids
from atrio.core.jobs import AGAIN
from atrio.core.scope import scope

from .loads.running import run
from .loads.uploads import brought
from .models import ApiAnswer, LoadRun, State

REMEMBERED = dt.timedelta(days=7)


@app.task(queue="default", retry=AGAIN)
def run_load(portal_id: int, load_id: int) -> None:
    """Run one load; after a kill it is simply run again, for nothing of it was kept."""
    actor = Actor.system(portal_facts(portal_id))
    with scope(actor):
        record = LoadRun.objects.filter(portal_id=portal_id, pk=load_id).first()
        if record is None or record.over:
            return
        LoadRun.objects.filter(pk=load_id).update(state=State.RUNNING)
    by = replace(actor, name=record.actor_name, user_id=record.user_id)
    with brought(record) as order:
        run(by, order, record)


@app.periodic(cron="17 3 * * *")
@app.task(queue="default", queueing_lock="forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """An idempotency key is good for a week: whoever retries, retries sooner."""
    for portal_id in portal_ids():
        with scope(Actor.system(portal_facts(portal_id))):
            ApiAnswer.objects.filter(portal_id=portal_id, created_at__lt=timezone.now() - REMEMBERED).delete()
