"""Adding up the months that are over, by night, so that a year is read in a moment."""

import datetime as dt
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Min

from atrio.core.actor import Actor
from atrio.core.models import Event
from atrio.core.scope import scope

from .figures import HAPPENED, NAMES, SUMS, asked, counted, month_after, today, zone_of

SETTLED = dt.timedelta(days=1)  # by then what was under way when the month ended is committed, or never will be
_MINE = "insert into usage_month (portal_id, zone, month, doctype, signed_in, seen, sent, downloaded)"
_MARKED = f"{_MINE} values (%s, %s, %s, '', 0, 0, 0, 0) on conflict do nothing returning id"
_ADDED = f"""insert into usage_month (portal_id, zone, month, doctype, partner_id, user_id, {", ".join(NAMES)})
select %(portal)s, %(zone)s, %(month)s, doctype, partner_id, user_id, {SUMS} from ({HAPPENED}) happened
group by doctype, partner_id, user_id"""  # noqa: S608 (names of our own)


def count_months(actor: Actor) -> int:
    """Every month that is over and was not counted yet, each in a transaction of its own; how many."""
    with scope(actor):
        months = list(_left(actor))
    return sum(_count(actor, month) for month in months)


def _left(actor: Actor) -> Iterator[dt.date]:
    """In the portal's zone as it is now: where that changed, the months are counted anew."""
    begun = Event.objects.filter(portal_id=actor.portal.id).aggregate(first=Min("at"))["first"]
    if begun is None:
        return
    month, over = begun.astimezone(zone_of(actor)).date().replace(day=1), today(actor) - SETTLED
    known = counted(actor, month, over)
    while month_after(month) <= over:
        if month not in known:
            yield month
        month = month_after(month)


def _count(actor: Actor, month: dt.date) -> bool:
    """Whoever writes the mark first counts."""
    with scope(actor), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MARKED, [actor.portal.id, actor.portal.time_zone, month])
        if cursor.fetchone() is None:
            return False
        cursor.execute(_ADDED, asked(actor, [(month, month_after(month))]) | {"month": month})
    return True
