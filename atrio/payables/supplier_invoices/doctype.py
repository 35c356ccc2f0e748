from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.doctypes import Column, DocumentType, Editor, Filter, Lines

from . import actions, drafting, editor, loading, panels
from .forms import InvoiceForm, InvoiceLineForm
from .models import State, SupplierInvoice, SupplierInvoiceLine

SUPPLIER_INVOICES = DocumentType(
    model=SupplierInvoice,
    title=_("Supplier invoices"),
    noun=_("Supplier invoice"),
    icon="receipt",
    area="payables",
    partner_label=_("Supplier"),
    states={
        State.DRAFT: "gray",
        State.SENT: "blue",
        State.MATCHING: "amber",
        State.APPROVED: "teal",
        State.REJECTED: "red",
        State.TO_REVISE: "amber",
        State.SCHEDULED: "purple",
        State.PAID: "green",
        State.CANCELLED: "gray",
    },
    columns=(
        Column("number", _("Number")),
        Column("issue_date", _("Date"), "date"),
        Column("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
        Column("purchase_order", _("Purchase order"), path="purchase_order__number", sort=False),
        Column("due_date", _("Due"), "date"),
        Column("total", _("Total"), "amount"),
        Column("open_amount", _("Open"), "amount"),
        Column("scheduled_date", _("Payment planned for"), "date", shown=False),
        Column("differs", _("Differs"), "check", shown=False, sort=False),
        Column("state", _("State"), "state", sort=False),
    ),
    filters=(
        Filter("state", _("State"), choices=lambda: State.choices),
        Filter("issue_date", _("Date"), "dates"),
        Filter("due_date", _("Due"), "dates"),
        Filter("scheduled_date", _("Payment planned for"), "dates"),
        Filter("number", _("Number"), "numbers"),
        Filter("total", _("Total"), "amounts"),
        Filter("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
    ),
    totals=("total", "open_amount"),
    facts=(
        Column("issue_date", _("Date"), "date"),
        Column("due_date", _("Due"), "date"),
        Column("purchase_order__number", _("Purchase order")),
        Column("scheduled_date", _("Payment planned for"), "date"),
        Column("fiscal_id", _("Fiscal id")),
        Column("erp_state", _("In the ERP"), "choice"),
        Column("remarks", _("Remarks")),
    ),
    amounts=(
        Column("net_total", _("Net"), "amount"),
        Column("tax_total", _("Tax"), "amount"),
        Column("withholding_total", _("Withholding"), "amount", if_any=True),
        Column("open_amount", _("Open"), "amount"),
        Column("total", _("Total"), "amount"),
    ),
    lines=Lines(
        SupplierInvoiceLine,
        (
            Column("position", _("No."), "number"),
            Column("product_code", _("Product")),
            Column("description", _("Description")),
            Column("quantity", _("Quantity"), "quantity"),
            Column("unit", _("Unit")),
            Column("unit_price", _("Unit price"), "quantity"),
            Column("tax_rate", _("Tax"), "percent"),
            Column("total", _("Total"), "amount"),
        ),
        joined=("order_line",),
    ),
    actions=actions.ACTIONS,
    editor=Editor(
        form=InvoiceForm,
        line_form=InvoiceLineForm,
        create=drafting.create,
        update=actions.update,
        label=_("Create invoice"),
        by={SUPPLIER: actions.CREATE},
        source=editor.order_to_bill,
        initial=editor.initial,
        about=editor.about,
        totals=editor.totals,
        fixed_lines=True,
    ),
    leads=(panels.decision_panel,),
    panels=panels.PANELS,
    links=(panels.order_link,),
    snapshot=actions.snapshot,
    notifies={
        "send": (STAFF,),
        "approve": (SUPPLIER,),
        "reject": (SUPPLIER,),
        "return_for_revision": (SUPPLIER,),
        "schedule": (SUPPLIER,),
        "mark_paid": (SUPPLIER,),
    },
    tells={
        "settled": pgettext_lazy("invoice", "Paid"),
        "planned": _("Payment scheduled"),
        "reopened": _("Open again: its payment came back"),
    },
    pdf=True,
    load=loading.LOAD,
)
