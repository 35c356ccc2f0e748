"""Sales invoices are born in the ERP: what is done when it sends them."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection
from django.db.models.expressions import RawSQL

from atrio.core.actor import Actor
from atrio.core.money import HUNDRED, ZERO, rounded
from atrio.ledger.actions import post_loaded, withdraw
from atrio.ledger.models import RECEIVABLE
from atrio.partners.actions import introduce

from .models import Kind, SalesInvoice, State

# In one pass: what joins the invoices with themselves crawls while their first load has no statistics yet.
_CHARGE = """
update sales_invoice i set account_partner_id = p.account_partner_id from partner p
where p.id = i.partner_id and i.portal_id = %s and i.id = any(%s)
  and i.account_partner_id is null and p.account_partner_id is not null
"""
# A credit note takes away what an invoice adds; what nobody has taken of it yet is a credit in favour.
_POSTINGS = f"""
select 'sales_invoices' as document_type, id as document_id, external_id as document_key,
  coalesce(account_partner_id, partner_id) as partner_id, '{RECEIVABLE}' as side, number, '' as description,
  issue_date as date, coalesce(due_date, issue_date) as due_date, currency,
  greatest(sign * total, 0) as debit, greatest(-sign * total, 0) as credit, sign * open_amount as open_amount, search
from sales_invoice cross join lateral (select case kind when '{Kind.CREDIT_NOTE}' then -1 else 1 end as sign) as signed
where portal_id = %(portal)s and id = any(%(ids)s) and state <> '{State.CANCELLED}'
"""  # noqa: S608 (constants)
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
    post_loaded(actor, _POSTINGS, {"ids": ids})
