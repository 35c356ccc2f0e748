"""How the portal is used, counted from its events: one statement whatever the days, types and partners.

The events of the days asked for are read once, through the index on their time; nothing is kept beside them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from atrio.core.actor import Actor
from atrio.core.formats import formats_of

from .recording import midnight

SIGNED_IN, SEEN, SENT, DOWNLOADED = ("signed_in",), ("seen",), ("send",), ("downloaded", "downloaded_list")
_COUNTED = """
select {groups}, count(distinct user_id),
  count(*) filter (where kind = any(%(signed_in)s)), count(*) filter (where kind = any(%(seen)s)),
  count(*) filter (where kind = any(%(sent)s)), count(*) filter (where kind = any(%(downloaded)s))
from (select (at at time zone %(zone)s)::date as day, doctype, partner_id, user_id, kind from event
  where portal_id = %(portal)s and at >= %(since)s and at < %(until)s and user_id is not null) happened
group by {by} {order}"""
_SUMMED = _COUNTED.format(
    groups="grouping(day, doctype, partner_id), day, doctype, partner_id",
    by="grouping sets ((), (day), (doctype), (partner_id))",
    order="",
)
_ROWS = _COUNTED.format(
    groups="day, doctype, partner_id", by="day, doctype, partner_id", order="order by day, doctype, partner_id"
)
TOTAL, BY_DAY, BY_TYPE, BY_PARTNER = 0b111, 0b011, 0b101, 0b110


class Counted(NamedTuple):
    people: int = 0
    signed_in: int = 0
    seen: int = 0
    sent: int = 0
    downloaded: int = 0


@dataclass(frozen=True)
class Use:
    """What happened from one day to another, in all and by one thing at a time."""

    total: Counted
    days: dict[dt.date, Counted]
    types: dict[str, Counted]
    partners: dict[int | None, Counted]


def _asked(actor: Actor, first: dt.date, last: dt.date) -> dict:
    return {
        "portal": actor.portal.id,
        "since": midnight(actor, first),
        "until": midnight(actor, last + dt.timedelta(days=1)),
        "zone": str(formats_of(actor).zone),
        "signed_in": list(SIGNED_IN),
        "seen": list(SEEN),
        "sent": list(SENT),
        "downloaded": list(DOWNLOADED),
    }


def read(actor: Actor, first: dt.date, last: dt.date) -> Use:
    with connection.cursor() as cursor:
        cursor.execute(_SUMMED, _asked(actor, first, last))
        rows = cursor.fetchall()
    found: dict[int, dict] = {TOTAL: {}, BY_DAY: {}, BY_TYPE: {}, BY_PARTNER: {}}
    for level, day, doctype, partner, *counts in rows:
        key = {BY_DAY: day, BY_TYPE: doctype, BY_PARTNER: partner, TOTAL: None}[level]
        found[level][key] = Counted(*counts)
    total = found[TOTAL].get(None, Counted())
    days = {day: found[BY_DAY].get(day, Counted()) for day in _days(first, last)}
    return Use(total, days, found[BY_TYPE], found[BY_PARTNER])


def rows(actor: Actor, first: dt.date, last: dt.date) -> Iterator[tuple]:
    """Day, type, partner and the counts of each, for the export."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, _asked(actor, first, last))
        while portion := cursor.fetchmany(2000):
            yield from portion


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
