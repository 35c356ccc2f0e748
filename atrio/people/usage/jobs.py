"""What is done about the statistics of use by night."""

from procrastinate.contrib.django import app

from atrio.core.actor import Actor
from atrio.core.crossing import portal_facts, portal_ids

from .counting import count_months


@app.periodic(cron="17 2 * * *")
@app.task(queue="default", queueing_lock="count_use", pass_context=False)
def count_use(timestamp: int) -> None:
    for portal_id in portal_ids():
        count_months(Actor.system(portal_facts(portal_id)))
