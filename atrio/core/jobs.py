"""Work that waits for the commit: queued in the same transaction, run at least once, under a portal's actor."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import mail, notify
from .actor import Actor
from .crossing import portal_facts, portal_ids
from .scope import scope

STALLED_AFTER = 30  # seconds without a sign of life: its worker was killed
AGAIN = RetryStrategy(max_attempts=8, exponential_wait=5)


@app.task(queue="default", retry=AGAIN)
def announce(portal_id: int, event_id: int) -> None:
    """Tell those concerned by an event: notifications, and the rows of their mails."""
    actor = Actor.system(portal_facts(portal_id))
    with scope(actor):
        for mail_id in notify.announce(actor, event_id):
            send_mail.defer(portal_id=portal_id, mail_id=mail_id)


@app.task(queue="mail", retry=AGAIN)
def send_mail(portal_id: int, mail_id: int) -> None:
    actor = Actor.system(portal_facts(portal_id))
    with scope(actor):
        problem = mail.send(actor, mail_id)
    if problem:
        raise problem  # after the commit: the row keeps the error, the queue tries again


@app.periodic(cron="*/5 * * * *")
@app.task(queue="default", queueing_lock="seal", pass_context=False)
def seal_events(timestamp: int) -> None:
    from .events import seal  # reason: events wake jobs, and this job reads events

    for portal_id in portal_ids():
        actor = Actor.system(portal_facts(portal_id))
        with scope(actor):
            seal(actor)


@app.periodic(cron="* * * * *")
@app.task(queue="default", queueing_lock="reap", pass_context=False)
async def reap(timestamp: int) -> None:
    """Hand the jobs of killed workers to living ones."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await app.job_manager.retry_job(job)
