"""What every partner owes us or is owed, today or over some days: for staff, as a page and as a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup, escape

from atrio.core import search
from atrio.core.actor import Actor
from atrio.core.cells import sheet_value
from atrio.core.doctypes import Filter
from atrio.core.filters import Answer, answer, parse_date
from atrio.core.formats import formats_of
from atrio.core.lists import found
from atrio.core.listviews import as_of, cell_opening
from atrio.partners.models import Partner

from .accounts import KEY, SIGNED, ZERO, Period, aged, ageing_of, bucket_sums, buckets, open_items
from .doctype import LEDGER_ENTRIES
from .models import Balance, LedgerEntry, Side

PAGE = 50
LAST_PAGE = 2000
FILTERS = (
    Filter("side", gettext_lazy("Side"), choices=lambda: Side.choices),
    Filter("date", gettext_lazy("Dates"), "dates"),
    Filter("overdue", gettext_lazy("Overdue only"), "check", narrow=lambda actor: Q()),
    Filter("currency", gettext_lazy("Currency"), "text", path="currency__iexact"),
)
SORTS = {"partner": "partner__name", "balance": "balance", "overdue": "overdue", "opening": "opening"}
SORTS |= {"debits": "debits", "credits": "credits"}
LINK = Markup('<a href="{}">{}</a>')
MOVED = ("opening", "debits", "credits")


@dataclass(frozen=True)
class Column:
    name: str
    title: str
    kind: str = "amount"

    @property
    def align(self) -> str:
        return "end" if self.kind == "amount" else "start"


class BalancesQuery:
    """What a person asks of all accounts, read from the address."""

    def __init__(self, actor: Actor, params: QueryDict):
        self.actor, self.params = actor, params
        self.formats = formats_of(actor)
        self.today = self.formats.today()
        self.typed = params.get("q", "").replace("\x00", "").strip()[:200]
        self.answers: dict[str, Answer] = {f.name: answer(f, actor, params, self.formats) for f in FILTERS}
        dates = self.answers["date"]
        asked = not dates.error and (dates.value_from or dates.value_to)
        self.period = Period(parse_date(dates.value_from), parse_date(dates.value_to)) if asked else None
        self.sort, self.falling = self._sort()
        self.page = self._page()

    def _sort(self) -> tuple[str, bool]:
        asked = self.params.get("sort", "")
        name = asked.removeprefix("-")
        if name not in SORTS or (name in MOVED and not self.period):
            return "balance", True
        return name, asked.startswith("-")

    def _page(self) -> int:
        asked = self.params.get("page", "")
        return min(int(asked), LAST_PAGE) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 0

    @property
    def errors(self) -> list[str]:
        return [a.error for a in self.answers.values() if a.error]

    @property
    def is_filtered(self) -> bool:
        return bool(self.typed) or any(a.said for a in self.answers.values())

    def _open(self) -> QuerySet[LedgerEntry]:
        return open_items(LedgerEntry.objects.visible_to(self.actor))

    def _late(self) -> QuerySet[LedgerEntry]:
        """Overdue items of the account of the row around."""
        same = {name: OuterRef(name) for name in KEY}
        return self._open().filter(**same, due_date__lt=self.today, open_amount__gt=0).order_by()

    def _narrowed(self, rows: QuerySet) -> QuerySet:
        rows = rows.filter(self.answers["side"].query, self.answers["currency"].query)
        if self.typed:
            words = search.query(self.actor.portal.id, self.typed)
            named = found(Partner, words) if words else Q(pk__in=[])
            rows = rows.filter(partner__in=Partner.objects.visible_to(self.actor).filter(named))
        return rows

    @cached_property
    def rows(self) -> QuerySet:
        """One row for each partner, side and currency, in no order."""
        named = ("partner__name", "partner__code", "partner__tax_id")
        if self.period is None:
            rows = self._narrowed(Balance.objects.visible_to(self.actor))
            rows = rows.filter(Exists(self._late())) if self.answers["overdue"].said else rows
            return rows.values(*KEY, *named, "balance")
        rows = self._narrowed(LedgerEntry.objects.visible_to(self.actor).filter(self.period.until))
        rows = rows.filter(Exists(self._late())) if self.answers["overdue"].said else rows
        before = Q(date__lt=self.period.first) if self.period.first else Q(pk__in=[])
        return (
            rows.order_by()
            .values(*KEY, *named)
            .annotate(
                opening=Sum(SIGNED, filter=before, default=ZERO),
                debits=Sum("debit", filter=self.period.query, default=ZERO),
                credits=Sum("credit", filter=self.period.query, default=ZERO),
                balance=Sum(SIGNED, default=ZERO),
            )
        )

    @cached_property
    def ordered(self) -> QuerySet:
        rows, field = self.rows, SORTS[self.sort]
        if self.sort == "overdue":
            late = self._late().values("partner_id").annotate(late=Sum("open_amount")).values("late")
            rows = rows.annotate(overdue=Subquery(late))
        first = F(field).desc(nulls_last=True) if self.falling else F(field).asc(nulls_first=True)
        return rows.order_by(first, *KEY)

    def shown(self) -> tuple[list[dict], bool]:
        """The rows of one page, each with its ageing, and whether there are more."""
        start = self.page * PAGE
        rows = list(self.ordered.annotate(aged=aged(self.actor, self.today))[start : start + PAGE + 1])
        for row in rows:
            found = ageing_of(row["aged"], self.today)
            row.update(found.amounts, overdue=found.overdue)
        return rows[:PAGE], len(rows) > PAGE

    def everything(self) -> list[dict]:
        """All that is filtered, with what is open read once for all."""
        found = self._open().order_by().values(*KEY).annotate(**bucket_sums(self.today))
        sums = {tuple(one[k] for k in KEY): one for one in found}
        none = dict.fromkeys(buckets(self.today), ZERO)
        rows = list(self.ordered)
        for row in rows:
            known = sums.get(tuple(row[k] for k in KEY), none)
            row.update({name: known[name] for name in none})
            row["overdue"] = sum((row[name] for name in none if name != "current"), ZERO)
        return rows

    @cached_property
    def totals(self) -> list[dict]:
        """Sums by side and currency of all that is filtered, the largest first."""
        groups: dict[tuple, dict] = {}
        for row in self._sums():
            groups.setdefault((row["side"], row["currency"]), {}).update(row)
        return sorted(groups.values(), key=lambda g: (g["side"] != "receivable", -abs(g.get("balance", ZERO))))

    def _sums(self) -> Iterator[dict]:
        accounts = self._narrowed(Balance.objects.visible_to(self.actor))
        entries = self._narrowed(self._open())
        if self.answers["overdue"].said:
            accounts, entries = accounts.filter(Exists(self._late())), entries.filter(Exists(self._late()))
        yield from entries.order_by().values("side", "currency").annotate(**bucket_sums(self.today))
        if self.period is None:
            yield from (
                accounts.order_by().values("side", "currency").annotate(balance=Sum("balance"), accounts=Count("pk"))
            )
            return
        moved = self._narrowed(LedgerEntry.objects.visible_to(self.actor).filter(self.period.until))
        moved = moved.filter(Exists(self._late())) if self.answers["overdue"].said else moved
        accounts_moved = Count("partner_id", distinct=True)
        sums = moved.order_by().values("side", "currency")
        yield from sums.annotate(balance=Sum(SIGNED, default=ZERO), accounts=accounts_moved)

    def columns(self) -> list[Column]:
        moved = [("opening", _("Opening balance")), ("debits", _("Debit")), ("credits", _("Credit"))]
        amounts = (moved if self.period else []) + [("balance", _("Balance")), ("overdue", _("Overdue"))]
        amounts += [(name, label) for name, (label, _when) in buckets(self.today).items()]
        texts = [Column("partner", _("Partner"), "text"), Column("side", _("Side"), "text")]
        return texts + [Column(name, label) for name, label in amounts]

    def link(self, **changes: Any) -> str:
        kept = {k: v for k, values in self.params.lists() for v in values if k not in ("page", *changes)}
        return f"?{urlencode({k: v for k, v in (kept | changes).items() if v})}"


def _cell(query: BalancesQuery, row: dict, column: Column) -> str:
    if column.name == "partner":
        return row["partner__name"]
    if column.name == "side":
        return str(Side(row["side"]).label)
    value, formats = row[column.name], query.formats
    if column.name == "balance":
        return formats.money(value, row["currency"])
    return formats.amount(value, row["currency"]) if value else ""


def _rows(query: BalancesQuery, rows: list[dict]) -> list[dict]:
    base, dates = f"/{query.actor.portal.slug}/statement/", query.answers["date"]
    days = {"date_from": dates.value_from, "date_to": dates.value_to} if query.period else {}
    columns, found = query.columns(), []
    openings = [cell_opening(column.kind, column.align, column.title) for column in columns[1:]]
    for row in rows:
        url = f"{base}?{urlencode({'partner': row['partner_id']} | {k: row[k] for k in KEY[1:]} | days)}"
        name, *cells = (escape(_cell(query, row, column)) for column in columns)
        rest = "".join(f"{opening}{cell}</td>" for opening, cell in zip(openings, cells, strict=True))
        key = "-".join(str(row[k]) for k in KEY)
        found.append({"id": key, "url": url, "lead": LINK.format(url, name), "rest": Markup(rest)})  # noqa: S704 (escaped)
    return found


def _headings(query: BalancesQuery) -> list[dict]:
    found = []
    for column in query.columns():
        active = query.sort == column.name
        flip = "" if active and query.falling else "-" if active or column.align == "end" else ""
        found.append(
            {
                "name": column.name,
                "title": column.title,
                "kind": column.kind,
                "align": column.align,
                "sort_url": query.link(sort=f"{flip}{column.name}") if column.name in SORTS else None,
                "direction": ("desc" if query.falling else "asc") if active else None,
            }
        )
    return found


def _name(group: dict) -> str:
    return f"{Side(group['side']).label} · {group['currency']}"


def _late_of(group: dict, query: BalancesQuery) -> Decimal:
    return sum((group.get(n, ZERO) for n in buckets(query.today) if n != "current"), ZERO)


def _tiles(query: BalancesQuery) -> list[dict]:
    """The balance of each side and currency, and how much of it is late."""
    tiles = []
    for group in query.totals:
        late, currency = _late_of(group, query), group["currency"]
        overdue = _("%(amount)s overdue") % {"amount": query.formats.money(late, currency)}
        tiles.append(
            {
                "label": _name(group),
                "value": query.formats.money(group.get("balance", ZERO), currency),
                "hint": overdue if late else _("Nothing is late"),
                "tone": "red" if late else "green",
                "url": query.link(side=group["side"], currency=currency),
            }
        )
    return tiles


def _ageing(query: BalancesQuery) -> list[dict]:
    """The steps of the largest side and currency; the others are a click on their tile away."""
    group = query.totals[0] if query.totals else {}
    amounts = {name: group.get(name, ZERO) for name in buckets(query.today)}
    whole = sum(amounts.values(), ZERO)
    if not whole:
        return []
    return [
        {
            "label": label,
            "value": query.formats.money(amounts[name], group["currency"]),
            "share": round(float(amounts[name] / whole * 100), 2),
            "count": "",
        }
        for name, (label, _when) in buckets(query.today).items()
    ]


def _chips(query: BalancesQuery) -> list[dict]:
    return [
        {
            "label": f"{a.label}: {a.said}",
            "remove_url": query.link(**{a.name: "", f"{a.name}_from": "", f"{a.name}_to": ""}),
        }
        for a in query.answers.values()
        if a.said
    ]


def _empty(query: BalancesQuery) -> dict:
    if query.is_filtered:
        text = _("No account answers to these filters. Take one away, or search for less.")
        return {"title": _("Nothing found"), "text": text, "action": None}
    text = _("Accounts appear here with the first entry of the ledger.")
    return {"title": _("Nothing here yet"), "text": text, "action": None}


def context_of(query: BalancesQuery) -> dict:
    """What the balances page shows: the context of a list, with tiles and ageing above."""
    base = f"/{query.actor.portal.slug}/balances/"
    rows, more = query.shown()
    first = query.page * PAGE
    whole = sum(group.get("accounts", 0) for group in query.totals)
    shown = {"first": first + 1, "last": first + len(rows), "count": query.formats.number(whole)}
    return {
        "title": _("Balances"),
        "icon": "scale",
        "url": base,
        "as_of": as_of(query.actor, LEDGER_ENTRIES),
        "columns": _headings(query),
        "rows": _rows(query, rows),
        "filters": list(query.answers.values()),
        "active_filters": _chips(query),
        "q": query.typed,
        "is_filtered": query.is_filtered,
        "count_text": _("%(first)s to %(last)s of %(count)s") % shown if rows else _("Nothing found"),
        "totals": [],
        "next_url": query.link(page=query.page + 1) if more and query.page < LAST_PAGE else None,
        "previous_url": query.link(page=query.page - 1 or None) if query.page else None,
        "csv_url": f"{base}export.csv{query.link()}",
        "xlsx_url": f"{base}export.xlsx{query.link()}",
        "create": [],
        "bulk": [],
        "clear_url": base,
        "empty": _empty(query),
        "tiles": _tiles(query),
        "ageing": _ageing(query),
    }


def headings(query: BalancesQuery) -> list[str]:
    first, side, *amounts = query.columns()
    return [_("Code"), first.title, _("Tax id"), side.title, _("Currency"), *(c.title for c in amounts)]


def sheet_rows(query: BalancesQuery) -> Iterator[list]:
    """All that is filtered, as a sheet keeps it."""
    names = [c.name for c in query.columns()[2:]]
    for row in query.everything():
        texts = [sheet_value(row[f"partner__{name}"], None) for name in ("code", "name", "tax_id")]
        yield [*texts, str(Side(row["side"]).label), row["currency"], *(row[name] for name in names)]


def asked_of(actor: Actor, params: QueryDict) -> BalancesQuery:
    """The query of somebody who may ask: staff with the permission; for anybody else the page does not exist."""
    if not actor.is_staff or not LEDGER_ENTRIES.shown_to(actor):
        raise Http404
    return BalancesQuery(actor, params)
