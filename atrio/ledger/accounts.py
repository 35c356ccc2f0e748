"""Reading accounts: what they say, what is open of them and since when."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    When,
)
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from atrio.core.actor import CUSTOMER, SUPPLIER, Actor
from atrio.core.doctypes import document_types
from atrio.core.lists import decode_cursor, encode_cursor

from .models import PAYABLE, RECEIVABLE, LedgerEntry

ZERO = Decimal(0)
PAGE = 50
SIDE_OF = {CUSTOMER: RECEIVABLE, SUPPLIER: PAYABLE}
# The sign that a side's balance has: what customers owe us, and what we owe suppliers, are both positive.
SIGNED = Case(
    When(side=RECEIVABLE, then=F("debit") - F("credit")),
    default=F("credit") - F("debit"),
    output_field=DecimalField(max_digits=24, decimal_places=4),
)


def buckets(today: dt.date) -> dict[str, tuple[str, Q]]:
    """How long past due, by the due date; what falls due today is not overdue."""
    edge = {days: today - dt.timedelta(days) for days in (0, 30, 60, 90)}
    return {
        "current": (_("Not due"), Q(due_date__gte=today)),
        "to_30": (_("1–30 days"), Q(due_date__lt=today, due_date__gte=edge[30])),
        "to_60": (_("31–60 days"), Q(due_date__lt=edge[30], due_date__gte=edge[60])),
        "to_90": (_("61–90 days"), Q(due_date__lt=edge[60], due_date__gte=edge[90])),
        "over_90": (_("More than 90 days"), Q(due_date__lt=edge[90])),
    }


def bucket_sums(today: dt.date) -> dict[str, Sum]:
    """What is open by how long it is past due; credits in favour stand apart, so that they hide no debt."""
    return {
        name: Sum("open_amount", filter=when & Q(open_amount__gt=0), default=ZERO)
        for name, (_label, when) in buckets(today).items()
    }


@dataclass(frozen=True)
class Ageing:
    """What is open of one account, in steps of days past due."""

    amounts: dict[str, Decimal]
    counts: dict[str, int]
    credit: Decimal
    items: int

    @property
    def open_total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)

    @property
    def overdue(self) -> Decimal:
        return self.open_total - self.amounts["current"]

    def share(self, name: str) -> Decimal:
        """The part of all that is open, from 0 to 1."""
        return self.amounts[name] / self.open_total if self.open_total else ZERO


@dataclass(frozen=True)
class Account:
    """One side of a partner in one currency."""

    partner_id: int
    side: str
    currency: str

    def entries(self, actor: Actor) -> QuerySet[LedgerEntry]:
        mine = LedgerEntry.objects.visible_to(actor)
        return mine.filter(partner_id=self.partner_id, side=self.side, currency=self.currency)


def open_items(entries: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    return entries.exclude(open_amount=0)  # as the partial index says it


KEY = ("partner_id", "side", "currency")


def aged(actor: Actor, today: dt.date) -> Subquery:
    """The ageing of the account that the row around names by its key, read in the same question."""
    owed = Q(open_amount__gt=0)
    found: dict[str, Any] = {name: Cast(total, TextField()) for name, total in bucket_sums(today).items()}
    found |= {f"n_{name}": Count("pk", filter=when & owed) for name, (_label, when) in buckets(today).items()}
    found["credit"] = Cast(Sum("open_amount", filter=Q(open_amount__lt=0), default=ZERO), TextField())
    around = {name: OuterRef(name) for name in KEY}
    mine = open_items(LedgerEntry.objects.visible_to(actor)).filter(**around).order_by().values("currency")
    return Subquery(mine.annotate(aged=JSONObject(**found, items=Count("pk"))).values("aged"), output_field=JSONField())


def ageing_of(found: dict | None, today: dt.date) -> Ageing:
    """What `aged` read; nothing open is an ageing too."""
    names = list(buckets(today))
    if found is None:
        return Ageing(dict.fromkeys(names, ZERO), dict.fromkeys(names, 0), ZERO, 0)
    amounts = {name: Decimal(found[name]) for name in names}
    return Ageing(amounts, {name: found[f"n_{name}"] for name in names}, -Decimal(found["credit"]), found["items"])


@dataclass(frozen=True)
class Period:
    """The days of a statement; an end that is missing is open."""

    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def query(self) -> Q:
        return (Q(date__gte=self.first) if self.first else Q()) & self.until

    @property
    def until(self) -> Q:
        return Q(date__lte=self.last) if self.last else Q()


@dataclass(frozen=True, slots=True)
class Line:
    """One movement; `balance` is what the account came to with it."""

    id: int
    number: str
    description: str
    document_type: str
    document_id: int | None
    date: dt.date
    due_date: dt.date
    debit: Decimal
    credit: Decimal
    open_amount: Decimal
    balance: Decimal = ZERO


def said(line: Line, side: str) -> str:
    """What a movement is, in words: its own, or what its document is called."""
    kind = document_types().get(line.document_type)
    if line.description or kind is None:
        return line.description
    takes = line.credit if side == RECEIVABLE else line.debit
    return str(kind.credit_noun or kind.noun) if takes else str(kind.noun)


FIELDS = tuple(name for name in Line.__slots__ if name != "balance")


@dataclass(frozen=True)
class Sums:
    """A period in figures: what was, what moved, what is; `before` is what a page starts from."""

    opening: Decimal
    before: Decimal
    debits: Decimal
    credits: Decimal
    closing: Decimal
    count: int


def sums(account: Account, actor: Actor, period: Period, start: Line | None = None) -> Sums:
    """The period's figures, and the balance just before one of its lines, in one reading of the index."""
    zero: dict[str, Any] = {"default": ZERO}
    asked: dict[str, Sum | Count] = {
        "closing": Sum(SIGNED, **zero),
        "debits": Sum("debit", filter=period.query, **zero),
        "credits": Sum("credit", filter=period.query, **zero),
        "count": Count("pk", filter=period.query),
    }
    if period.first:
        asked["opening"] = Sum(SIGNED, filter=Q(date__lt=period.first), **zero)
    if start:
        earlier = Q(date__lt=start.date) | Q(date=start.date, pk__lt=start.id)
        asked["before"] = Sum(SIGNED, filter=earlier, **zero)
    found = account.entries(actor).filter(period.until).aggregate(**asked)
    opening = found.get("opening", ZERO)
    return Sums(**({"opening": opening, "before": opening} | found))


def running(side: str, before: Decimal, rows: Iterable[tuple]) -> Iterator[Line]:
    """Lines in the order of the account, each with the balance it leads to."""
    balance = before
    for row in rows:
        line = Line(*row)
        balance += line.debit - line.credit if side == RECEIVABLE else line.credit - line.debit
        yield replace(line, balance=balance)


def lines(account: Account, actor: Actor, period: Period, opening: Decimal) -> Iterator[Line]:
    """All lines of a period, read in portions."""
    rows = account.entries(actor).filter(period.query).order_by("date", "pk").values_list(*FIELDS)
    return running(account.side, opening, rows.iterator(chunk_size=2000))


@dataclass(frozen=True)
class Slice:
    """One page of an account's lines, and the places before and after it."""

    rows: list[tuple]
    next_place: str
    previous_place: str


def slice_of(entries: QuerySet[LedgerEntry], by: str, at: str, *, falling: bool = False) -> Slice:
    """One page in the order of a date (and of the writing within a day), continued from a place in the address."""
    place = decode_cursor(at) if at else None
    place = place if place and type(place[0][0]) is dt.date else None
    (spot, backwards) = place or (None, False)
    down = falling != backwards
    if spot:
        beyond, tie = ("lt", "lte") if down else ("gt", "gte")
        # The first half is what the index walks.
        entries = entries.filter(
            Q(**{f"{by}__{tie}": spot[0]}) & (Q(**{f"{by}__{beyond}": spot[0]}) | Q(**{f"pk__{beyond}": spot[1]}))
        )
    sign = "-" if down else ""
    rows = list(entries.order_by(f"{sign}{by}", f"{sign}pk").values_list(*FIELDS)[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    where = FIELDS.index(by)
    after = encode_cursor((rows[-1][where], rows[-1][0]), False) if rows and (more or backwards) else ""
    before = encode_cursor((rows[0][where], rows[0][0]), True) if rows and (more if backwards else spot) else ""
    return Slice(rows, after, before)
