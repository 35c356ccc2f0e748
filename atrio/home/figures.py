"""Numbers of a home page: rows of lists, narrowed as their addresses narrow them, and added up in one query."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import CharField, Count, DateField, F, Func, Q, QuerySet, Subquery, Sum, Value
from django.http import QueryDict

from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, document_type
from atrio.core.formats import formats_of
from atrio.core.lists import ListQuery, signed
from atrio.core.statements import statement

UNTIL_LAST_YEAR = "(date_trunc('month', %(expressions)s) - interval '11 months')::date"


@dataclass(frozen=True)
class Figure:
    """What a list shows at an address, counted and added up by currency, and by one thing more if asked.

    The address is what the tile links to: a number and the list behind it cannot disagree. `rows` stands for rows that
    no list shows, of what the actor sees of `kind`."""

    kind: str
    query: str = ""
    amount: str = "total"
    by: Callable[[dt.date], Any] | None = None
    months: str = ""
    most: int = 0
    narrow: Callable[[Actor], Q] | None = None
    rows: Callable[[Actor], QuerySet] | None = None

    def address(self, actor: Actor) -> str:
        return f"/{actor.portal.slug}/{self.kind}/{'?' if self.query else ''}{self.query}"


class Group(NamedTuple):
    label: str
    currency: str
    documents: int
    amount: Decimal


def _last_year(rows: QuerySet, field: str) -> QuerySet:
    """The twelve months that end with the newest row: a portal whose data ends earlier still shows its last year."""
    newest = Subquery(rows.order_by(f"-{field}").values(field)[:1])
    return rows.filter(**{f"{field}__gte": Func(newest, template=UNTIL_LAST_YEAR, output_field=DateField())})


def _grouped(key: int, figure: Figure, kind: DocumentType, actor: Actor, today: dt.date) -> QuerySet:
    rows = figure.rows(actor) if figure.rows else ListQuery(kind, actor, QueryDict(figure.query)).rows
    rows = rows.order_by()
    if figure.narrow:
        rows = rows.filter(figure.narrow(actor))
    if figure.months:
        rows = _last_year(rows, figure.months)
    label = figure.by(today) if figure.by else Value("", output_field=CharField())
    groups = rows.values(figure=Value(key), label=label, unit=F("currency"))
    groups = groups.annotate(n=Count("*"), amount=Sum(signed(kind, figure.amount)))
    groups = groups.values_list("figure", "label", "unit", "n", "amount")
    return groups.order_by("-amount")[: figure.most] if figure.most else groups


def read(actor: Actor, figures: Iterable[Figure]) -> dict[Figure, list[Group]]:
    """All figures that the actor may see, by one query whatever their number."""
    today = formats_of(actor).today()
    wanted = [f for f in dict.fromkeys(figures) if document_type(f.kind).shown_to(actor)]
    found: dict[Figure, list[Group]] = {f: [] for f in wanted}
    if not wanted:
        return found

    def union() -> QuerySet:
        queries = [_grouped(i, f, document_type(f.kind), actor, today) for i, f in enumerate(wanted)]
        return queries[0].union(*queries[1:], all=True)

    for key, *group in statement(actor, ("figures", *wanted), union).tuples():
        if group[-1] is not None:
            found[wanted[key]].append(Group(*group))
    return found
