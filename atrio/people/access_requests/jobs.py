"""What waits for the commit, and what time brings: requests looked into, invitations sent, those too old closed."""

import datetime as dt

from django.utils import timezone, translation
from procrastinate.contrib.django import app

from atrio.core import events
from atrio.core.actor import Actor
from atrio.core.crossing import portal_facts, portal_ids
from atrio.core.jobs import AGAIN
from atrio.core.scope import scope

from .joining import settle
from .models import AccessRequest, Registration, State
from .sending import send_one

KEPT = dt.timedelta(days=1)


@app.task(queue="default", retry=AGAIN)
def register(portal_id: int, registration_id: int) -> None:
    actor = Actor.system(portal_facts(portal_id))
    with translation.override(actor.language), scope(actor):
        settle(actor, registration_id)


@app.task(queue="default", retry=AGAIN)
def send_invitations(portal_id: int, batch_id: int) -> None:
    """Each in its own transaction: after a kill the job runs again and finds those that are left."""
    with translation.override(Actor.system(portal_facts(portal_id)).language):
        while send_one(portal_id, batch_id):
            pass


def close_expired(actor: Actor) -> int:
    over = AccessRequest.objects.filter(
        portal_id=actor.portal.id, state=State.INVITED, expires_at__lt=timezone.now()
    ).select_for_update(of=("self",))
    docs = list(over)
    for doc in docs:
        doc.state, doc.version = State.EXPIRED, doc.version + 1
        doc.save(update_fields=["state", "version", "updated_at"])
    return events.record_many(actor, AccessRequest, "expired", [(doc.pk, doc.partner_id, {}) for doc in docs])


@app.periodic(cron="41 * * * *")
@app.task(queue="default", queueing_lock="expired_invitations", pass_context=False)
def close_expired_invitations(timestamp: int) -> None:
    """And what visitors sent is forgotten, once it limits nobody any more."""
    for portal_id in portal_ids():
        actor = Actor.system(portal_facts(portal_id))
        with scope(actor):
            close_expired(actor)
            Registration.objects.filter(portal_id=portal_id, at__lt=timezone.now() - KEPT).delete()
