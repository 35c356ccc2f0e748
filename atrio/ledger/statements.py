"""The current account page: which account is asked for, for which days, and what its page shows."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from atrio.core.actor import Actor
from atrio.core.doctypes import Filter, document_types
from atrio.core.filters import answer, parse_date
from atrio.core.formats import Formats, formats_of
from atrio.core.listviews import as_of
from atrio.partners.models import Partner

from .accounts import (
    SIDE_OF,
    Account,
    Ageing,
    Line,
    Period,
    Slice,
    Sums,
    aged,
    ageing_of,
    buckets,
    open_items,
    running,
    said,
    slice_of,
    sums,
)
from .doctype import LEDGER_ENTRIES
from .models import PAYABLE, RECEIVABLE, Balance

DATES = Filter("date", gettext_lazy("Date"), "dates")
ENTRIES, OPEN, SETTLED = "entries", "open", "settled"


def _first_of_month(day: dt.date, back: int = 0) -> dt.date:
    months = day.year * 12 + day.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True)
class Column:
    title: str
    kind: str = "text"

    @property
    def align(self) -> str:
        return "end" if self.kind == "amount" else "start"


class StatementQuery:
    """What one person asks of an account, read from the address; what is not theirs does not exist (404)."""

    def __init__(self, actor: Actor, params: Any):
        self.actor, self.params = actor, params
        self.formats: Formats = formats_of(actor)
        self.today = self.formats.today()
        self.partner_id, self.partner = self._partner()
        kept = (
            Balance.objects.visible_to(actor).filter(partner_id=self.partner_id).annotate(aged=aged(actor, self.today))
        )
        self.balances: dict[tuple[str, str], Any] = {(b.side, b.currency): b for b in kept}
        self.account = self._account()
        self.tab = params.get("tab") if params.get("tab") in (OPEN, SETTLED) else ENTRIES
        self.answer = answer(DATES, actor, params, self.formats)
        self.error = self.answer.error
        self.period = Period() if self.error else self._period()

    def _partner(self) -> tuple[int, Partner | None]:
        """Partners have their own account; staff say whose."""
        if not self.actor.is_staff:
            if "partner" in self.params or self.actor.partner_id is None:
                raise Http404
            return self.actor.partner_id, None
        asked = self.params.get("partner", "")
        if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
            raise Http404
        partner = Partner.objects.visible_to(self.actor).filter(pk=asked).first()
        if partner is None:
            raise Http404
        return partner.pk, partner

    @property
    def partner_name(self) -> str:
        return self.partner.name if self.partner else self.actor.partner_name

    @cached_property
    def sides(self) -> list[str]:
        """The sides that this account can have, customers' first."""
        if self.partner is None:
            return [side for audience, side in SIDE_OF.items() if audience in self.actor.audiences]
        mine = {RECEIVABLE: self.partner.is_customer, PAYABLE: self.partner.is_supplier}
        moved = {side for side, _currency in self.balances}
        return [side for side, is_one in mine.items() if is_one or side in moved] or [RECEIVABLE]

    @cached_property
    def accounts(self) -> list[Account]:
        """Every account that has moved, the portal's currency first; a side without movements has an empty one."""
        usual = self.actor.portal.currency
        found = []
        for side in self.sides:
            moved = sorted((c for s, c in self.balances if s == side), key=lambda c: (c != usual, c))
            found += [Account(self.partner_id, side, c) for c in moved or [usual]]
        return found

    def _account(self) -> Account:
        side, currency = self.params.get("side") or "", self.params.get("currency") or ""
        fitting = [a for a in self.accounts if side in ("", a.side) and currency in ("", a.currency)]
        if not fitting:
            raise Http404
        return fitting[0]

    @property
    def same_side(self) -> list[Account]:
        return [a for a in self.accounts if a.side == self.account.side]

    @property
    def balance(self) -> Decimal:
        kept = self.balances.get((self.account.side, self.account.currency))
        return kept.balance if kept else Decimal(0)

    def _period(self) -> Period:
        """The days asked for. Nothing asked: the last three months in which the account moved; of open items all."""
        if "date_from" in self.params or "date_to" in self.params:
            return Period(parse_date(self.answer.value_from), parse_date(self.answer.value_to))
        kept = self.balances.get((self.account.side, self.account.currency))
        if kept is None or self.tab == OPEN:
            return Period()
        return Period(_first_of_month(min(kept.last_date, self.today), back=2))

    def ageing_of(self, account: Account) -> Ageing:
        kept = self.balances.get((account.side, account.currency))
        return ageing_of(kept.aged if kept else None, self.today)

    def link(self, **changes: str | None) -> str:
        """This page's address with some things changed; whatever changes, its place is the first page."""
        shown = {"partner": self.params.get("partner"), "side": self.account.side, "currency": self.account.currency}
        shown |= {"tab": None if self.tab == ENTRIES else self.tab}
        if "date_from" in self.params or "date_to" in self.params:
            shown |= {"date_from": self.answer.value_from, "date_to": self.answer.value_to}
        return f"?{urlencode({k: v for k, v in (shown | changes).items() if v is not None})}"


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _document_url(actor: Actor, line: Line) -> str:
    """The document that a movement is, where it can be opened; otherwise the movement itself."""
    kind = document_types().get(line.document_type)
    if kind and line.document_id and kind.shown_to(actor):
        return f"/{actor.portal.slug}/{kind.name}/{line.document_id}/"
    return f"/{actor.portal.slug}/{LEDGER_ENTRIES.name}/{line.id}/"


def account_title(query: StatementQuery, account: Account) -> str:
    if len(query.sides) < 2:
        return account.currency
    sides = {RECEIVABLE: _("As customer"), PAYABLE: _("As supplier")}
    return f"{sides[account.side]} · {account.currency}"


def _accounts(query: StatementQuery) -> list[dict]:
    return [
        {
            "title": account_title(query, a),
            "url": query.link(side=a.side, currency=a.currency, date_from=None, date_to=None),
            "active": a == query.account,
        }
        for a in query.accounts
    ]


def _tiles(query: StatementQuery, aged: Ageing) -> list[dict]:
    formats, currency = query.formats, query.account.currency
    part = aged.overdue / aged.open_total * 100 if aged.open_total else Decimal(0)
    late = _("%(percent)s of what is open") % {"percent": formats.percent(Decimal(round(part)))}
    return [
        {"label": _("Balance"), "value": formats.money(query.balance, currency), "icon": "scale"},
        {
            "label": _("Overdue"),
            "value": formats.money(aged.overdue, currency),
            "hint": late if aged.overdue else _("Nothing is late"),
            "tone": "red" if aged.overdue else "green",
            "icon": "alert-circle",
            "url": query.link(tab=OPEN, date_from=None, date_to=None),
        },
        {
            "label": _("Credit in favour"),
            "value": formats.money(aged.credit, currency),
            "hint": _("Not yet applied to a document") if aged.credit else "",
            "icon": "coin",
        },
    ]


def ageing_rows(aged: Ageing, formats: Formats, currency: str, today: dt.date) -> list[dict]:
    return [
        {
            "label": label,
            "value": formats.money(aged.amounts[name], currency),
            "share": round(float(aged.share(name) * 100), 2),
            "count": aged.counts[name],
        }
        for name, (label, _when) in buckets(today).items()
    ]


def _tabs(query: StatementQuery, aged: Ageing) -> list[dict]:
    kept = query.balances.get((query.account.side, query.account.currency))
    entries = kept.entries if kept else 0
    counted = {ENTRIES: entries, OPEN: aged.items, SETTLED: entries - aged.items}
    titles = {ENTRIES: _("Entries"), OPEN: _("Open items"), SETTLED: _("Settled items")}
    return [
        {
            "title": title,
            "count": query.formats.number(counted[name]) if counted[name] else "",
            "url": query.link(tab=None if name == ENTRIES else name, date_from=None, date_to=None),
            "active": name == query.tab,
        }
        for name, title in titles.items()
    ]


def _ranges(query: StatementQuery) -> list[dict]:
    today = query.today
    offered = [
        (_("This month"), Period(_first_of_month(today))),
        (_("Last three months"), Period(_first_of_month(today, back=2))),
        (_("This year"), Period(today.replace(month=1, day=1))),
        (_("All"), Period()),
    ]
    return [
        {
            "title": title,
            "url": query.link(date_from=_iso(period.first), date_to=""),
            "active": period == query.period and not query.error,
        }
        for title, period in offered
    ]


def _entries(query: StatementQuery) -> dict:
    """Movements with the running balance."""
    account, actor, formats, currency = query.account, query.actor, query.formats, query.account.currency
    found = slice_of(account.entries(actor).filter(query.period.query), "date", query.params.get("at", ""))
    totals = sums(account, actor, query.period, Line(*found.rows[0]) if found.rows else None)
    rows = [
        {
            "url": _document_url(actor, line),
            "cells": [
                formats.date(line.date),
                line.number or "—",
                said(line, account.side),
                formats.date(line.due_date),
                formats.amount(line.debit, currency) if line.debit else "",
                formats.amount(line.credit, currency) if line.credit else "",
                formats.amount(line.balance, currency),
            ],
        }
        for line in running(account.side, totals.before, found.rows)
    ]
    opening = _("Brought forward") if found.previous_place else _("Opening balance")
    return {
        "columns": [
            Column(_("Date"), "date"),
            Column(_("Document")),
            Column(_("Description")),
            Column(_("Due"), "date"),
            Column(_("Debit"), "amount"),
            Column(_("Credit"), "amount"),
            Column(_("Balance"), "amount"),
        ],
        "rows": rows,
        "opening": {"label": opening, "value": formats.amount(totals.before, currency)},
        "foot": [_foot(_("Total of the period"), totals, formats, currency)],
    } | _below(query, found, totals.count)


def _foot(label: str, totals: Sums, formats: Formats, currency: str) -> dict:
    values = (totals.debits, totals.credits, totals.closing)
    return {"label": label, "values": [formats.amount(value, currency) for value in values]}


def _items(query: StatementQuery) -> dict:
    """Open items by their due date, settled ones the newest first."""
    account, actor, formats, currency = query.account, query.actor, query.formats, query.account.currency
    entries = account.entries(actor).filter(query.period.query)
    is_open = query.tab == OPEN
    entries = open_items(entries) if is_open else entries.filter(open_amount=0)
    by = "due_date" if is_open else "date"
    found = slice_of(entries, by, query.params.get("at", ""), falling=not is_open)
    columns = [Column(_("Document")), Column(_("Date"), "date"), Column(_("Due"), "date"), Column(_("Description"))]
    columns += [Column(_("Days overdue"), "amount")] if is_open else []
    columns += [Column(_("Amount"), "amount")] + ([Column(_("Open"), "amount")] if is_open else [])
    return {
        "columns": columns,
        "rows": [_item(query, Line(*row), is_open, formats, currency) for row in found.rows],
        "link_column": 0,
    } | _below(query, found, entries.count())


def _item(query: StatementQuery, line: Line, is_open: bool, formats: Formats, currency: str) -> dict:
    late = (query.today - line.due_date).days if line.open_amount > 0 else 0
    amount = line.debit - line.credit if query.account.side == RECEIVABLE else line.credit - line.debit
    cells = [line.number or "—", formats.date(line.date), formats.date(line.due_date)]
    cells.append(said(line, query.account.side))
    cells += [formats.number(late) if late > 0 else ""] if is_open else []
    cells += [formats.amount(amount, currency)] + ([formats.amount(line.open_amount, currency)] if is_open else [])
    return {"url": _document_url(query.actor, line), "cells": cells, "tone": "red" if is_open and late > 0 else ""}


def _below(query: StatementQuery, found: Slice, count: int) -> dict:
    return {
        "count_text": ngettext("%(count)s found", "%(count)s found", count) % {"count": query.formats.number(count)},
        "next_url": f"{query.link()}&{urlencode({'at': found.next_place})}" if found.next_place else None,
        "previous_url": f"{query.link()}&{urlencode({'at': found.previous_place})}" if found.previous_place else None,
    }


NOTHING: dict[str, Any] = {"columns": [], "rows": [], "foot": [], "opening": None, "count_text": ""}


def _empty(query: StatementQuery) -> dict:
    if query.error:
        return {"title": _("Check the dates"), "text": query.error, "action": None}
    text = {
        ENTRIES: _("Invoices, notes and payments will appear here."),
        OPEN: _("Everything is settled."),
        SETTLED: _("What has been paid in full will appear here."),
    }
    return {"title": _("Nothing in these days"), "text": text[query.tab], "action": None}


def _detail(query: StatementQuery) -> str:
    return " · ".join(filter(None, [query.partner.code, query.partner.tax_id])) if query.partner else ""


def _crumbs(query: StatementQuery, title: str) -> list[dict]:
    if not query.actor.is_staff:
        return []
    return [{"title": _("Balances"), "url": f"/{query.actor.portal.slug}/balances/"}, {"title": title, "url": None}]


def context_of(query: StatementQuery) -> dict:
    """What the statement page shows."""
    base = f"/{query.actor.portal.slug}/statement/"
    aged, title = query.ageing_of(query.account), _("Current account")
    shown = NOTHING if query.error else _entries(query) if query.tab == ENTRIES else _items(query)
    dates = {"date_from": _iso(query.period.first), "date_to": _iso(query.period.last)}
    kept = {"partner": query.params.get("partner"), "side": query.account.side, "currency": query.account.currency}
    kept |= {"tab": None if query.tab == ENTRIES else query.tab}
    printed = query.link(tab=None, **dates)
    return (
        NOTHING
        | {
            "title": title,
            "partner": {"name": query.partner_name, "detail": _detail(query)},
            "breadcrumbs": _crumbs(query, query.partner_name),
            "as_of": as_of(query.actor, LEDGER_ENTRIES),
            "pdf_url": None if query.error else f"{base}pdf/{printed}",
            "xlsx_url": None if query.error else f"{base}export.xlsx{printed}",
            "currencies": _accounts(query),
            "tiles": _tiles(query, aged),
            "ageing": ageing_rows(aged, query.formats, query.account.currency, query.today),
            "tabs": _tabs(query, aged),
            "url": base,
            "hidden": [(name, value) for name, value in kept.items() if value],
            "date_from": query.answer.value_from if query.error else dates["date_from"],
            "date_to": query.answer.value_to if query.error else dates["date_to"],
            "ranges": _ranges(query),
            "error": query.error,
            "link_column": 1,
            "empty": _empty(query),
        }
        | shown
    )
