"""Work that waits for the commit: queued in the same transaction, run at least once, under a portal's actor."""

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from . import mail, notify
from .actor import Actor
from .crossing import portal_facts, portal_ids
from .scope import scope


class Again(BaseRetryStrategy):
    """Soon at first, then with patience: about a day in all."""

    WAITS = (2, 15, 60, 300, 1800, 7200, 28800, 43200)  # seconds

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= len(self.WAITS):
            return None
        return RetryDecision(retry_in={"seconds": self.WAITS[job.attempts]})


AGAIN = Again()


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
    problem = mail.send(actor, mail_id)
    if problem:
        raise problem  # the row keeps the error, the queue tries again


@app.periodic(cron="*/5 * * * *")
@app.task(queue="default", queueing_lock="seal", pass_context=False)
def seal_events(timestamp: int) -> None:
    from .events import seal  # reason: events wake jobs, and this job reads events

    for portal_id in portal_ids():
        actor = Actor.system(portal_facts(portal_id))
        with scope(actor):
            seal(actor)
