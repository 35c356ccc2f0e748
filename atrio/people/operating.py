"""What whoever runs the installation does at its commands, without a browser and across portals."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_facts
from atrio.core.models import Portal
from atrio.core.scope import scope

from . import accounts, letters, links
from .door import attempts
from .members.actions import LASTS, RECOVERY, RECOVERY_PATH, send_recovery
from .models import User

FIRST_LASTS = dt.timedelta(days=1)  # of a link that was made before anybody waits for it


@dataclass(frozen=True)
class Known:
    """A portal as its operator sees it."""

    id: int
    slug: str
    name: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None


def all_portals() -> list[Known]:
    with connection.cursor() as cursor:
        cursor.execute("select id, slug, name, created_at, disabled_at from atrio_all_portals()")
        return [Known(*row) for row in cursor.fetchall()]


def close(portal_id: int, *, closed: bool) -> bool:
    """Shut a portal's door, or open it again; whether anything had to change."""
    actor = Actor.system(portal_facts(portal_id))
    with scope(actor):
        rows = Portal.objects.filter(pk=portal_id, disabled_at__isnull=closed)
        if not rows.update(disabled_at=timezone.now() if closed else None):
            return False
        events.record(actor, Portal.objects.get(pk=portal_id), "disabled" if closed else "enabled")
    return True


def link_for(user: User, lasts: dt.timedelta = LASTS) -> str:
    """The address at which this person alone chooses a password, once; whoever makes a new one voids those before."""
    secret = links.make(RECOVERY, user.email, lasts, user=user)
    return f"{settings.BASE_URL}{RECOVERY_PATH.format(secret=secret)}"


def welcome(portal: PortalFacts, user: User) -> None:
    """The first link of somebody whom the operator gave a place, by mail."""
    secret = links.make(RECOVERY, user.email, FIRST_LASTS, user=user)
    letters.write(portal, user, lambda: _welcome(portal, RECOVERY_PATH.format(secret=secret)))


def _welcome(portal: PortalFacts, path: str) -> letters.Letter:
    return letters.Letter(
        subject=_("Your access to %(portal)s") % {"portal": portal.name},
        said=_("You have been given a place in this portal. Choose a password to come in."),
        path=path,
        button=_("Choose a password"),
        remark=_("The link works once, for a day."),
    )


def mail_recovery(user: User) -> bool:
    """A link by mail, under the name of the first of the person's portals; whether there is one."""
    portal = next((portal for portal, _membership in accounts.portals(user)), None)
    if portal:
        send_recovery(portal, user)
    return portal is not None


def unlock(user: User) -> None:
    attempts.unlock(user)
    accounts.operated(user, "unlocked")
