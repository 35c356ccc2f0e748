"""How the portal is used, counted from its events: one statement whatever the days, types and partners.

Days and months are those of the portal's zone, the same for whoever reads. Of a long period the months that are over
were added up by night (`counting`); what is not is read from the events."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from atrio.core.actor import Actor

from .models import UsageMonth

DAYWISE = 93  # a longer period is shown by its months
KINDS = {
    "signed_in": ["signed_in"],
    "seen": ["seen"],
    "sent": ["send"],
    "downloaded": ["downloaded", "downloaded_list"],
}
NAMES = tuple(KINDS)
SUMS = ", ".join(f"sum({name}) as {name}" for name in NAMES)
# A list that was fetched is of what it lists, and not of the person whose event it is.
HAPPENED = f"""
select (e.at at time zone %(zone)s)::date as day,
  case e.kind when 'downloaded_list' then coalesce(e.facts->>'of', e.doctype) else e.doctype end as doctype,
  e.partner_id, e.user_id, {", ".join(f"(e.kind = any(%({name})s))::int as {name}" for name in NAMES)}
from unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) span (since, until)
join event e on e.portal_id = %(portal)s and e.at >= span.since and e.at < span.until and e.user_id is not null"""  # noqa: S608 (names above)
_SUMMED = f"""
with use as (
  select date_trunc(%(unit)s, day)::date as unit, doctype, partner_id, user_id, {", ".join(NAMES)} from ({HAPPENED}) new
  union all select month, doctype, partner_id, user_id, {", ".join(NAMES)} from usage_month
  where portal_id = %(portal)s and zone = %(zone)s and month = any(%(months)s) and user_id is not null
), each as (
  select grouping(unit, doctype, partner_id) as level, unit, doctype, partner_id, user_id, {SUMS} from use
  group by grouping sets ((user_id), (unit, user_id), (doctype, user_id), (partner_id, user_id))
)
select level, unit, doctype, partner_id, count(*), {SUMS} from each group by level, unit, doctype, partner_id"""  # noqa: S608 (names above)
_ROWS = f"""
select day, doctype, partner_id, count(distinct user_id), {SUMS} from ({HAPPENED}) happened
group by day, doctype, partner_id order by day, doctype, partner_id"""  # noqa: S608 (names above)
TOTAL, BY_UNIT, BY_TYPE, BY_PARTNER = 0b111, 0b011, 0b101, 0b110


class Counted(NamedTuple):
    people: int = 0
    signed_in: int = 0
    seen: int = 0
    sent: int = 0
    downloaded: int = 0


@dataclass(frozen=True)
class Use:
    """What happened in a time, in all and by one thing at a time; units are days, or months by the first."""

    total: Counted
    monthly: bool
    units: dict[dt.date, Counted]
    types: dict[str, Counted]
    partners: dict[int | None, Counted]


def zone_of(actor: Actor) -> ZoneInfo:
    return ZoneInfo(actor.portal.time_zone)


def today(actor: Actor) -> dt.date:
    return dt.datetime.now(zone_of(actor)).date()


def begin(actor: Actor, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone_of(actor))


def month_after(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def asked(actor: Actor, spans: list[tuple[dt.date, dt.date]]) -> dict:
    """What a statement must know that reads the events from each first day to before each last."""
    return KINDS | {
        "portal": actor.portal.id,
        "zone": actor.portal.time_zone,
        "since": [begin(actor, first) for first, _end in spans],
        "until": [begin(actor, end) for _first, end in spans],
    }


def counted(actor: Actor, first: dt.date, end: dt.date) -> set[dt.date]:
    """The months that were added up."""
    rows = UsageMonth.objects.filter(portal_id=actor.portal.id, zone=actor.portal.time_zone, user=None)
    return set(rows.filter(month__gte=first, month__lt=end).values_list("month", flat=True))


def read(actor: Actor, first: dt.date, last: dt.date) -> Use:
    end, monthly = last + dt.timedelta(days=1), (last - first).days >= DAYWISE
    months, spans = _parted(first, end, counted(actor, first, end) if monthly else set())
    how = {"months": months, "unit": "month" if monthly else "day"}
    with connection.cursor() as cursor:
        cursor.execute(_SUMMED, asked(actor, spans) | how)
        rows = cursor.fetchall()
    found: dict[int, dict] = {TOTAL: {}, BY_UNIT: {}, BY_TYPE: {}, BY_PARTNER: {}}
    for level, unit, doctype, partner, *counts in rows:
        key = {BY_UNIT: unit, BY_TYPE: doctype, BY_PARTNER: partner, TOTAL: None}[level]
        found[level][key] = Counted(*map(int, counts))
    total = found[TOTAL].get(None, Counted())
    units = {unit: found[BY_UNIT].get(unit, Counted()) for unit in _units(first, end, monthly)}
    return Use(total, monthly, units, found[BY_TYPE], found[BY_PARTNER])


def rows(actor: Actor, first: dt.date, last: dt.date) -> Iterator[tuple]:
    """Day, type, partner and the counts of each, for the export."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, asked(actor, [(first, last + dt.timedelta(days=1))]))
        while portion := cursor.fetchmany(2000):
            yield from portion


def _parted(first: dt.date, end: dt.date, known: set[dt.date]) -> tuple[list[dt.date], list[tuple[dt.date, dt.date]]]:
    """The whole months that were added up, and what is left between them."""
    months, spans, day = [], [], first
    for month in sorted(known):
        if month_after(month) <= end:
            months.append(month)
            spans.append((day, month))
            day = month_after(month)
    return months, [(since, until) for since, until in [*spans, (day, end)] if since < until]


def _units(first: dt.date, end: dt.date, monthly: bool) -> Iterator[dt.date]:
    day = first.replace(day=1) if monthly else first
    while day < end:
        yield day
        day = month_after(day) if monthly else day + dt.timedelta(days=1)
