from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.doctypes import Column, DocumentType, Editor, Filter, Lines, Load, LoadField, Search, link

from . import actions
from .forms import ReceiptForm, ReceiptLineForm
from .models import Receipt, ReceiptLine, State


def _about(receipt) -> str:
    said = [gettext("Purchase order %(number)s") % {"number": receipt.purchase_order.number}, receipt.partner.name]
    if receipt.dispatch_advice:
        said.append(gettext("Dispatch advice %(number)s") % {"number": receipt.dispatch_advice.number})
    return " · ".join(said)


def _to_order(actor, receipt) -> dict:
    """The way back to the order."""
    return link(actor, f"purchase_orders/{receipt.purchase_order_id}/", _("Purchase order"), "shopping-cart")


RECEIPTS = DocumentType(
    model=Receipt,
    title=_("Receipts"),
    noun=_("Receipt"),
    icon="package-import",
    area="purchasing",
    partner_label=_("Supplier"),
    states={State.DRAFT: "gray", State.POSTED: "green", State.REVERSED: "red"},
    columns=(
        Column("number", _("Number")),
        Column("issue_date", _("Date"), "date"),
        Column("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
        Column("purchase_order", _("Purchase order"), path="purchase_order__number", sort=False),
        Column("delivery_note", _("Delivery note"), sort=False),
        Column("state", _("State"), "state", sort=False),
    ),
    filters=(
        Filter("state", _("State"), choices=lambda: State.choices),
        Filter("issue_date", _("Date"), "dates"),
        Filter("number", _("Number"), "numbers"),
        Filter("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
    ),
    search=Search(numbers=("number", "external_id", "delivery_note")),
    facts=(
        Column("issue_date", _("Date"), "date"),
        Column("purchase_order__number", _("Purchase order")),
        Column("dispatch_advice__number", _("Dispatch advice")),
        Column("delivery_note", _("Delivery note")),
        Column("received_by", _("Received by")),
        Column("remarks", _("Remarks")),
    ),
    lines=Lines(
        ReceiptLine,
        (
            Column("position", _("No."), "number"),
            Column("product_code", _("Product")),
            Column("description", _("Description")),
            Column("quantity", _("Received"), "quantity"),
            Column("unit", _("Unit")),
        ),
    ),
    actions=(actions.post, actions.update, actions.reverse),
    editor=Editor(
        form=ReceiptForm,
        line_form=ReceiptLineForm,
        create=actions.create,
        update=actions.update,
        source=actions.blank,
        initial=actions.start,
        about=_about,
        label=_("Register receipt"),
        by={STAFF: actions.CREATE},
        fixed_lines=True,
        max_lines=5000,
        icon="package-import",
    ),
    links=(_to_order,),
    pdf=True,
    notifies={"created": (SUPPLIER,), "post": (SUPPLIER,), "reverse": (SUPPLIER,)},
    tells={"created": _("Receipt registered")},
    load=Load(
        before=actions.before_load,
        after=actions.after_load,
        fields=(
            LoadField("number", required=True, max_length=60),
            LoadField("partner", "reference", required=True, column="partner_id", refers_to="partners"),
            LoadField(
                "purchase_order", "reference", required=True, column="purchase_order_id", refers_to="purchase_orders"
            ),
            LoadField("dispatch_advice", "reference", column="dispatch_advice_id", refers_to="dispatch_advices"),
            LoadField("issue_date", "date", required=True),
            LoadField("state", "choice", choices=tuple(State.values)),
            LoadField("delivery_note", max_length=60),
            LoadField("received_by", max_length=120),
            LoadField("remarks"),
        ),
        lines=(
            LoadField("position", "integer"),
            LoadField("external_id", max_length=80),
            LoadField(
                "order_line", "reference", required=True, column="order_line_id", refers_to="purchase_orders.lines"
            ),
            LoadField("product_code", max_length=60),
            LoadField("description", max_length=500),
            LoadField("quantity", "decimal", required=True),
            LoadField("unit", max_length=20),
        ),
    ),
)
