"""Verbs of supplier payments: made ready, paid, returned; and what each does to the invoices it settles."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core.actions import action
from atrio.core.actor import Actor
from atrio.ledger import actions as ledger
from atrio.ledger.actions import Posting
from atrio.ledger.models import PAYABLE
from atrio.payables.supplier_invoices import bookkeeping as invoices

from .forms import ReturnForm
from .models import State, SupplierPayment, SupplierPaymentLine

PAY = "supplier_payments.pay"
NAME = SupplierPayment._meta.app_label
# Money that left: it settles invoices and stands in the ledger.
MADE = (State.COLLECTED, State.PAID)


@action(
    "planned -> ready", _("Mark as ready"), staff=PAY, icon="hourglass-high", primary=True, done=_("Ready to collect")
)
def mark_ready(actor: Actor, payment: SupplierPayment) -> None:
    _move(actor, payment, State.READY)


@action(
    "planned|ready|collected -> paid",
    _("Mark as paid"),
    staff=PAY,
    icon="cash",
    primary=True,
    done=pgettext_lazy("payment", "Paid"),
    explain=_("Its invoices are settled."),
)
def mark_paid(actor: Actor, payment: SupplierPayment) -> None:
    _move(actor, payment, State.PAID)


@action(
    "ready|collected|paid -> returned",
    _("Mark as returned"),
    staff=PAY,
    form=ReturnForm,
    icon="arrow-back-up",
    danger=True,
    done=_("Returned"),
    explain=_("Its invoices are open again."),
)
def mark_returned(actor: Actor, payment: SupplierPayment, *, reason: str) -> dict:
    payment.return_reason = reason
    _move(actor, payment, State.RETURNED)
    return {"reason": reason}


def _move(actor: Actor, payment: SupplierPayment, state: State) -> None:
    """Write the new state first: what follows reads it."""
    payment.state = state
    payment.save(update_fields=["state"])
    follow(actor, [payment.pk])


def follow(actor: Actor, ids: Sequence[int], dropped: Sequence[int] = ()) -> None:
    """Bring invoices and ledger to what the payments say, as a set; `dropped` are invoices that they named before."""
    lines = SupplierPaymentLine._base_manager.filter(document__in=ids)
    named = lines.exclude(supplier_invoice=None).values_list("supplier_invoice", flat=True)
    invoices.settle(actor, {*named, *dropped})
    found = SupplierPayment.objects.visible_to(actor).filter(pk__in=ids)
    made = list(found.filter(state__in=MADE))
    allocated = dict(lines.order_by().values_list("document").annotate(Sum("amount")))
    standing = {payment.pk for payment in made}
    if gone := [pk for pk in ids if pk not in standing]:
        ledger.withdraw(actor, NAME, gone)
    ledger.post(actor, [_posting(payment, allocated.get(payment.pk, payment.gross_total)) for payment in made])


def _posting(payment: SupplierPayment, allocated: Decimal) -> Posting:
    """What is not allocated stays open in favour; a payment without any detail is taken as used up."""
    return Posting(
        document_type=NAME,
        document_id=payment.pk,
        document_key=payment.external_id,
        partner_id=payment.partner_id,
        side=PAYABLE,
        number=payment.number,
        date=payment.issue_date,
        due_date=payment.issue_date,
        currency=payment.currency,
        debit=max(payment.gross_total, Decimal(0)),
        credit=max(-payment.gross_total, Decimal(0)),
        open_amount=allocated - payment.gross_total,
        description=payment.reference or payment.method,
    )


ACTIONS = (mark_ready, mark_paid, mark_returned)
