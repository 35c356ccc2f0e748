"""Loads that were asked for by the web run here."""

from dataclasses import replace

from procrastinate.contrib.django import app

from atrio.core.actor import Actor
from atrio.core.crossing import portal_facts
from atrio.core.jobs import AGAIN
from atrio.core.scope import scope

from .loads.running import run
from .loads.uploads import brought
from .models import LoadRun, State


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
