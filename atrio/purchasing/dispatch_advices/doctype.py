from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import STAFF, SUPPLIER, Actor
from atrio.core.doctypes import Column, DocumentType, Editor, Filter, Lines, Load, LoadField, Search, link
from atrio.purchasing.purchase_orders.models import OPEN

from . import actions
from .forms import AdviceForm, AdviceLineForm
from .models import DispatchAdvice, DispatchAdviceLine, State


def _about(advice: DispatchAdvice) -> str:
    order = gettext("Purchase order %(number)s") % {"number": advice.purchase_order.number}
    return f"{order} · {advice.partner.name}"


def _to_order(actor: Actor, advice: DispatchAdvice) -> dict | None:
    """The way back to the order."""
    if not actor.may("purchase_orders.view"):
        return None
    return link(actor, f"purchase_orders/{advice.purchase_order_id}/", _("Purchase order"), "shopping-cart")


def _register_receipt(actor: Actor, advice: DispatchAdvice) -> dict | None:
    """Where staff write down what arrived of it."""
    coming = advice.state == State.SENT and advice.purchase_order.state in OPEN
    if not (coming and actor.is_staff and actor.may("receipts.create")):
        return None
    to = f"receipts/new/?order={advice.purchase_order_id}&advice={advice.pk}"
    return link(actor, to, _("Register receipt"), "package-import", primary=True)


def _printed(actor: Actor, advice: DispatchAdvice, data: dict) -> dict:
    """With the advice's address, so that the desk finds it by scanning the paper that came with the goods."""
    data["qr"] = f"{settings.BASE_URL}/{actor.portal.slug}/dispatch_advices/{advice.pk}/"
    data["qr_label"] = gettext("This delivery in the portal")
    return data


DISPATCH_ADVICES = DocumentType(
    model=DispatchAdvice,
    title=_("Dispatch advices"),
    noun=_("Dispatch advice"),
    icon="truck-delivery",
    area="purchasing",
    partner_label=_("Supplier"),
    states={State.DRAFT: "gray", State.SENT: "blue", State.RECEIVED: "green", State.CANCELLED: "gray"},
    columns=(
        Column("number", _("Number")),
        Column("issue_date", _("Date"), "date"),
        Column("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
        Column("purchase_order", _("Purchase order"), path="purchase_order__number", sort=False),
        Column("expected_date", _("Expected delivery"), "date"),
        Column("carrier", _("Carrier"), sort=False),
        Column("tracking_reference", _("Tracking number"), sort=False, shown=False),
        Column("packages", _("Packages"), "number", sort=False, shown=False),
        Column("state", _("State"), "state", sort=False),
    ),
    filters=(
        Filter("state", _("State"), choices=lambda: State.choices),
        Filter("issue_date", _("Date"), "dates"),
        Filter("expected_date", _("Expected delivery"), "dates"),
        Filter("number", _("Number"), "numbers"),
        Filter("partner", _("Supplier"), "partner", only=frozenset({STAFF})),
    ),
    search=Search(numbers=("number", "external_id", "tracking_reference"), texts=("carrier",)),
    facts=(
        Column("issue_date", _("Dispatched on"), "date"),
        Column("expected_date", _("Expected delivery"), "date"),
        Column("purchase_order__number", _("Purchase order")),
        Column("carrier", _("Carrier")),
        Column("tracking_reference", _("Tracking number")),
        Column("tracking_url", _("Tracking page"), "link"),
        Column("packages", _("Packages"), "number"),
        Column("remarks", _("Remarks")),
    ),
    lines=Lines(
        DispatchAdviceLine,
        (
            Column("position", _("No."), "number"),
            Column("product_code", _("Product")),
            Column("description", _("Description")),
            Column("quantity", _("Quantity"), "quantity"),
            Column("unit", _("Unit")),
            Column("lot", _("Lot")),
            Column("expiry_date", _("Expires"), "date"),
        ),
    ),
    actions=(actions.send, actions.update, actions.cancel),
    editor=Editor(
        form=AdviceForm,
        line_form=AdviceLineForm,
        create=actions.create,
        update=actions.update,
        source=actions.blank,
        initial=actions.start,
        about=_about,
        label=_("Announce delivery"),
        by={SUPPLIER: actions.CREATE},
        fixed_lines=True,
        max_lines=5000,
    ),
    links=(_register_receipt, _to_order),
    pdf=True,
    printed=_printed,
    notifies={"send": (STAFF,), "cancel": (STAFF,), "arrived": (SUPPLIER,)},
    tells={"arrived": _("Goods received"), "taken_back": _("On its way again: its receipt was reversed")},
    load=Load(
        fields=(
            LoadField("number", required=True, max_length=60),
            LoadField("partner", "reference", required=True, column="partner_id", refers_to="partners"),
            LoadField(
                "purchase_order", "reference", required=True, column="purchase_order_id", refers_to="purchase_orders"
            ),
            LoadField("issue_date", "date", required=True),
            LoadField("expected_date", "date"),
            LoadField("carrier", max_length=120),
            LoadField("tracking_reference", max_length=80),
            LoadField("tracking_url", max_length=500),
            LoadField("packages", "integer"),
            LoadField("state", "choice", choices=tuple(State.values)),
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
            LoadField("lot", max_length=60),
            LoadField("expiry_date", "date"),
        ),
    ),
)
