"""The statement on paper and as a sheet: every currency of one side, for the days that were asked."""

from collections.abc import Iterator

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from atrio.core import pdf
from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.cells import sheet_value
from atrio.core.exports import reading
from atrio.core.printing import letterhead, logo_of, party_of
from atrio.partners.models import Partner
from atrio.streams.sheets import workbook

from .accounts import Account, Sums, buckets, lines, said, sums
from .models import RECEIVABLE
from .statements import StatementQuery

MOST_PRINTED = 3000  # lines: some 60 pages and a second and a half of a process apart; more is read in a sheet


def _totals(query: StatementQuery) -> list[tuple[Account, Sums]]:
    return [(a, sums(a, query.actor, query.period)) for a in query.same_side]


def _days(query: StatementQuery) -> str:
    first, last = query.period.first, query.period.last
    date = query.formats.date
    if first is None:
        return _("Until %(date)s") % {"date": date(last or query.today)}
    return _("From %(first)s to %(last)s") % {"first": date(first), "last": date(last or query.today)}


def _figures(query: StatementQuery, account: Account, totals: Sums) -> list:
    figures = [
        (_("Opening balance"), totals.opening),
        (_("Debit"), totals.debits),
        (_("Credit"), totals.credits),
        (_("Balance"), totals.closing),
        (_("Overdue today"), query.ageing_of(account).overdue),
    ]
    return [[label, query.formats.amount(value, account.currency), label == _("Balance")] for label, value in figures]


def _ageing(query: StatementQuery, account: Account) -> list:
    """As the account is today, whatever the days: what was open on a past day is not known."""
    aged = query.ageing_of(account)
    if not aged.open_total:
        return []
    return [
        [label, query.formats.amount(aged.amounts[name], account.currency), float(aged.share(name))]
        for name, (label, _when) in buckets(query.today).items()
    ]


def _part(query: StatementQuery, account: Account, totals: Sums) -> dict:
    formats, currency = query.formats, account.currency
    amount = lambda value: formats.amount(value, currency) if value else ""  # noqa: E731
    rows = [
        [
            formats.date(line.date),
            [line.number, text] if (text := said(line, account.side)) else line.number,
            formats.date(line.due_date),
            amount(line.debit),
            amount(line.credit),
            formats.amount(line.balance, currency),
        ]
        for line in lines(account, query.actor, query.period, totals.opening)
    ]
    titles = [(_("Date"), "left"), (_("Document"), "left"), (_("Due"), "left")]
    titles += [(_("Debit"), "right"), (_("Credit"), "right"), (_("Balance"), "right")]
    return {
        "title": currency,
        "summary": _figures(query, account, totals),
        "ageing": _ageing(query, account),
        "columns": [{"title": t, "align": a} | ({"width": 1} if i == 1 else {}) for i, (t, a) in enumerate(titles)],
        "lines": rows,
        "totals": [[_("Balance"), formats.money(totals.closing, currency), True]],
        "empty": _("Nothing moved in these days."),
    }


def _party(query: StatementQuery) -> dict:
    partner = query.partner or Partner.objects.visible_to(query.actor).filter(pk=query.partner_id).first()
    label = _("Customer") if query.account.side == RECEIVABLE else _("Supplier")
    return party_of(partner, label) if partner else {"label": label, "name": query.partner_name, "details": []}


def data_of(query: StatementQuery) -> dict:
    """What the printed statement says; refused in words when it would be a book."""
    totals = _totals(query)
    if sum(t.count for _a, t in totals) > MOST_PRINTED:
        most = query.formats.number(MOST_PRINTED)
        raise NotNow(_("A PDF holds up to %(most)s entries. Ask for fewer days, or take the XLSX.") % {"most": most})
    name, today = query.actor.portal.name, query.formats.date(query.today)
    return {
        "title": _("Statement of account"),
        "portal": letterhead(query.actor),
        "facts": [[_("Period"), _days(query)], [_("Date"), today]],
        "parties": [_party(query)],
        "parts": [_part(query, account, sums) for account, sums in totals],
        "footer": _("Printed from the portal of %(name)s on %(date)s.") % {"name": name, "date": today},
        "page_label": _("Page {page} of {pages}"),
    }


def pdf_of(query: StatementQuery) -> bytes:
    language = translation.get_language() or query.actor.language
    return pdf.render(pdf.DOCUMENT, data_of(query), logo=logo_of(query.actor), language=language)


def xlsx_rows(actor: Actor, params: QueryDict) -> Iterator[bytes]:
    """The statement as a workbook; asked anew, so that its sums and lines are of one moment."""
    with reading(actor):
        query = StatementQuery(actor, params)
        headings = [_("Currency"), _("Date"), _("Document"), _("Description"), _("Due")]
        headings += [_("Debit"), _("Credit"), _("Balance"), _("Open")]
        yield from workbook(_("Statement of account"), headings, _sheet_rows(query), query.formats.date_pattern)


def _sheet_rows(query: StatementQuery) -> Iterator[list]:
    for account, totals in _totals(query):
        empty = [None] * 4
        first = [account.currency, query.period.first, None, _("Opening balance"), None]
        yield [*first, None, None, totals.opening, None]
        for line in lines(account, query.actor, query.period, totals.opening):
            texts = [sheet_value(text, None) for text in (line.number, said(line, account.side))]
            amounts = [line.debit, line.credit, line.balance, line.open_amount]
            yield [account.currency, line.date, *texts, line.due_date, *amounts]
        yield [account.currency, *empty[:2], _("Balance"), None, totals.debits, totals.credits, totals.closing, None]
