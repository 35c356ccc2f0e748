from decimal import Decimal

from atrio.core import search

from ..models import LedgerEntry


def make(world, portal, partner, number: str, state: str = "", amount: str = "119.00", **facts) -> LedgerEntry:
    """An open movement that the partner owes us, or that we owe it."""
    side = facts.pop("side", "receivable" if partner.is_customer else "payable")
    owed = "debit" if side == "receivable" else "credit"
    return LedgerEntry.objects.create(
        portal_id=portal.id,
        partner=partner,
        side=side,
        external_id=number,
        number=number,
        date=facts.pop("date", "2026-03-01"),
        due_date=facts.pop("due_date", "2026-03-31"),
        currency=facts.pop("currency", portal.currency),
        open_amount=facts.pop("open_amount", Decimal(amount)),
        search=search.tokens(portal.id, numbers=(number,)),
        **{owed: Decimal(amount)},
        **facts,
    )
