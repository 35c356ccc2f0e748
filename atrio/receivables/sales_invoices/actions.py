"""Sales invoices are born in the ERP: what is done when it sends them."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from atrio.core.actor import Actor
from atrio.core.money import HUNDRED, ZERO, rounded
from atrio.ledger.actions import Posting, post, withdraw
from atrio.ledger.models import RECEIVABLE
from atrio.partners.actions import introduce

from .models import Kind, SalesInvoice, State

# In one pass: what joins the invoices with themselves crawls while their first load has no statistics yet.
_CHARGE = """
update sales_invoice i set account_partner_id = p.account_partner_id from partner p
where p.id = i.partner_id and i.portal_id = %s and i.id = any(%s)
  and i.account_partner_id is null and p.account_partner_id is not null
"""
CLOSED = (State.PAID, State.CANCELLED)


def prepare(row: dict) -> dict:
    """A row that the ERP sends, with what follows from the rest: what is open, the state, the lines' amounts."""
    total = row.get("total") or ZERO
    if row.get("open_amount") is None:
        row["open_amount"] = ZERO if row.get("state") in CLOSED else total
    row["state"] = row.get("state") or _state_of(row["open_amount"], total)
    for position, line in enumerate(row.get("lines") or (), start=1):
        line["position"] = line.get("position") or position
        _complete(line, row.get("currency") or "")
    return row


def _state_of(open_amount: Decimal, total: Decimal) -> str:
    if not open_amount:
        return State.PAID
    return State.PART_PAID if abs(open_amount) < abs(total) else State.OPEN


def _complete(line: dict, currency: str) -> None:
    """Net and total of a line that came without them."""
    tax = line.get("tax") or ZERO
    if line.get("net") is None and line.get("total") is not None:
        line["net"] = line["total"] - tax
    if line.get("net") is None:
        kept = (HUNDRED - (line.get("discount_percent") or ZERO)) / HUNDRED
        line["net"] = rounded(Decimal(line.get("quantity") or ZERO) * (line.get("unit_price") or ZERO) * kept, currency)
    if line.get("total") is None:
        line["total"] = line["net"] + tax


def after(actor: Actor, ids: Iterable[int]) -> None:
    """Once per load: charge the account that the host named, and put the invoices on it."""
    ids = list(ids)
    given = RawSQL("select unnest(%s::bigint[])", [ids])
    loaded = SalesInvoice.objects.filter(portal_id=actor.portal.id, pk__in=given)
    with connection.cursor() as cursor:
        cursor.execute(_CHARGE, [actor.portal.id, ids])
    pairs = loaded.exclude(account_partner=None).order_by().values_list("partner_id", "account_partner_id").distinct()
    introduce(actor.portal.id, pairs)
    withdraw(actor, "sales_invoices", loaded.filter(state=State.CANCELLED).values_list("pk", flat=True))
    post(actor, _postings(loaded.exclude(state=State.CANCELLED)))


def _postings(invoices: QuerySet[SalesInvoice]) -> Iterator[Posting]:
    """A credit note takes away what an invoice adds; what nobody has taken of it yet is a credit in favour."""
    names = ("pk", "external_id", "partner_id", "account_partner_id", "kind", "number", "issue_date", "due_date")
    rows = invoices.order_by().values_list(*names, "currency", "total", "open_amount")
    for pk, key, partner, account, kind, number, issued, due, currency, total, rest in rows.iterator(chunk_size=5000):
        sign = -1 if kind == Kind.CREDIT_NOTE else 1
        owed = sign * total
        yield Posting(
            document_type="sales_invoices",
            document_id=pk,
            document_key=key,
            partner_id=account or partner,
            side=RECEIVABLE,
            number=number,
            date=issued,
            due_date=due or issued,
            currency=currency,
            debit=max(owed, ZERO),
            credit=max(-owed, ZERO),
            open_amount=sign * rest,
        )
