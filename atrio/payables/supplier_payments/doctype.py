from django.utils.translation import gettext_lazy as _

from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.doctypes import Column, DocumentType, Filter, Lines, Load, LoadField

from . import actions, loading, remittance
from .models import State, SupplierPayment, SupplierPaymentLine

SUPPLIER_PAYMENTS = DocumentType(
    model=SupplierPayment,
    title=_("Supplier payments"),
    noun=_("Supplier payment"),
    icon="cash",
    area="payables",
    partner_label=_("Supplier"),
    states={
        State.PLANNED: "blue",
        State.READY: "amber",
        State.COLLECTED: "teal",
        State.PAID: "green",
        State.RETURNED: "red",
    },
    columns=(
        Column("number", _("Number")),
        Column("issue_date", _("Payment date"), "date"),
        Column("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
        Column("method", _("Payment method"), sort=False),
        Column("gross_total", _("Invoices"), "amount", shown=False),
        Column("withholding_total", _("Withholding"), "amount"),
        Column("total", _("Paid"), "amount"),
        Column("state", _("State"), "state", sort=False),
    ),
    filters=(
        Filter("state", _("State"), choices=lambda: State.choices),
        Filter("issue_date", _("Payment date"), "dates"),
        Filter("number", _("Number"), "numbers"),
        Filter("total", _("Paid"), "amounts"),
        Filter("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
    ),
    totals=("withholding_total", "total"),
    facts=(
        Column("issue_date", _("Payment date"), "date"),
        Column("method", _("Payment method")),
        Column("reference", _("Reference")),
        Column("account", _("Paid to account")),
        Column("return_reason", _("Reason of the return")),
    ),
    amounts=(
        Column("gross_total", _("Invoices"), "amount"),
        Column("withholding_total", _("Withholding"), "amount", if_any=True),
        Column("discount_total", _("Discount"), "amount", if_any=True),
        Column("total", _("Paid"), "amount"),
    ),
    lines=Lines(
        SupplierPaymentLine,
        (
            Column("position", _("No."), "number"),
            Column("invoice_number", _("Invoice")),
            Column("amount", _("Amount"), "amount"),
            Column("withholding", _("Withholding"), "amount", if_any=True),
            Column("discount", _("Discount"), "amount", if_any=True),
            Column("paid", _("Paid"), "amount"),
        ),
        joined=("supplier_invoice",),
    ),
    actions=actions.ACTIONS,
    panels=(remittance.invoices_panel,),
    pdf=True,
    printed=remittance.printed,
    notifies={
        "created": (SUPPLIER,),
        "mark_ready": (SUPPLIER,),
        "mark_paid": (SUPPLIER,),
        "mark_returned": (SUPPLIER,),
    },
    tells={"created": _("Payment")},
    load=Load(
        fields=(
            LoadField("number", required=True, max_length=60),
            LoadField("partner", "reference", required=True, column="partner_id", refers_to="partners"),
            LoadField("issue_date", "date", required=True),
            LoadField("currency", required=True, max_length=3),
            LoadField("method", max_length=60),
            LoadField("reference", max_length=80),
            LoadField("account", max_length=40),
            LoadField("gross_total", "decimal"),
            LoadField("withholding_total", "decimal", default=0),
            LoadField("discount_total", "decimal", default=0),
            LoadField("total", "decimal", required=True),
            LoadField("state", "choice", choices=tuple(State.values)),
        ),
        lines=(
            LoadField("position", "integer"),
            LoadField("supplier_invoice", "reference", column="supplier_invoice_id", refers_to="supplier_invoices"),
            LoadField("invoice_number", max_length=60),
            LoadField("amount", "decimal"),
            LoadField("withholding", "decimal", default=0),
            LoadField("discount", "decimal", default=0),
            LoadField("paid", "decimal"),
        ),
        prepare=loading.prepare,
        before=loading.before,
        after=loading.after,
    ),
)
