"""Whose portal was seen is told: its administrators get a notification and a letter."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from atrio.core.actor import Actor
from atrio.core.models import Event, Notification
from atrio.partners.models import Partner

from .. import letters
from ..models import Membership
from ..permissions import MANAGE

DAILY = "daily"  # of the portal's setting `view_as_told`: one letter a day for a partner, however often it is seen


def tell_administrators(actor: Actor, partner: Partner, event: Event) -> None:
    members = Membership.objects.filter(portal_id=actor.portal.id, partner=partner, is_active=True)
    quiet = actor.portal.settings.get("view_as_told") == DAILY and _told_today(event)
    for one in members.filter(role__permissions__contains=[MANAGE], user__is_active=True).select_related("user"):
        Notification.objects.create(
            portal_id=actor.portal.id,
            event=event,
            user_id=one.user_id,
            doctype=event.doctype,
            document_id=event.document_id,
            partner_id=partner.pk,
        )
        if not quiet:
            letters.write(actor.portal, one.user, lambda: _letter(actor, partner, event))


def _told_today(event: Event) -> bool:
    before = Event.objects.filter(portal_id=event.portal_id, doctype=event.doctype, document_id=event.document_id)
    before = before.filter(kind=event.kind, at__gt=timezone.now() - dt.timedelta(days=1))
    return before.exclude(pk=event.pk).exists()


def _letter(actor: Actor, partner: Partner, event: Event) -> letters.Letter:
    return letters.Letter(
        subject=_("Somebody of %(portal)s looked at your side of the portal") % {"portal": actor.portal.name},
        said=_("%(who)s sees the portal as %(partner)s for up to 30 minutes, and can change nothing.")
        % {"who": actor.name, "partner": partner.name},
        remark=_("Reason: %(reason)s") % {"reason": event.facts["reason"]},
        path=f"/{actor.portal.slug}/partners/{partner.pk}/",
        button=_("See the history"),
    )
