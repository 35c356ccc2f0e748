"""The lines of UBL documents (BG-25), from invoices to catalogues."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lxml import etree

from ..model import Format, Identifier, Line, Reference, Tax
from ..values import day, decimal
from ..xml import Parts, attribute, first, first_text, parts, text
from .ubl_amounts import adjustments, amount, classified, taxes
from .ubl_names import NAMES
from .ubl_parties import identifier
from .ubl_references import billing

_QUANTITIES = (
    "InvoicedQuantity",
    "CreditedQuantity",
    "DebitedQuantity",
    "DeliveredQuantity",
    "ReceivedQuantity",
    "Quantity",
    "ContentUnitQuantity",
)
_BALANCES = ("BalanceAmount", "DebitLineAmount", "CreditLineAmount")
_OBJECT = "130"


def line(element: etree._Element, path: str, style: Format) -> Line:
    """One line; orders and quotations have what matters in cac:LineItem."""
    outer = parts(element, NAMES)
    inner = first(outer, "LineItem")
    found = parts(inner, NAMES) if inner is not None else outer
    item = parts(first(found, "Item"), NAMES)
    price = _price(found, outer)
    quantity = _first_of(found, _QUANTITIES)
    order_line, order_number = _order(outer)
    return Line(
        number=first_text(outer, "ID") or first_text(found, "ID"),
        name=first_text(item, "Name"),
        description=_joined(item, "Description"),
        note=_joined(outer, "Note") or _joined(found, "Note"),
        quantity=decimal(text(quantity)),
        unit=attribute(quantity, "unitCode"),
        price=amount(price, "PriceAmount"),
        price_base=amount(price, "BaseQuantity"),
        gross_price=amount(parts(first(price, "AllowanceCharge"), NAMES), "BaseAmount"),
        net=_net(found, outer),
        seller_code=_code(item, "SellersItemIdentification"),
        buyer_code=_code(item, "BuyersItemIdentification"),
        standard_code=_standard(item),
        classifications=_classifications(item),
        country=first_text(parts(first(item, "OriginCountry"), NAMES), "IdentificationCode"),
        order_line=order_line,
        order_number=order_number,
        object_id=_object(outer),
        cost_center=first_text(found, "AccountingCost") or first_text(found, "AccountingCostCode"),
        period=period(first(outer, "InvoicePeriod")) or _requested(found),
        adjustments=adjustments(found.get("AllowanceCharge", ()), style),
        taxes=_taxes(found, item, style),
        withholdings=taxes([parts(one, NAMES) for one in found.get("WithholdingTaxTotal", ())], style),
        attributes=_attributes(item),
        parts=_parts_of(outer, path, style),
        path=path,
    )


def _parts_of(outer: Parts, path: str, style: Format) -> tuple[Line, ...]:
    """cac:SubInvoiceLine (XRechnung BG-DEX-01) and its like: what the amount of a line is made of."""
    for name in ("SubInvoiceLine", "SubCreditNoteLine", "SubDebitNoteLine"):
        if name in outer:
            named = enumerate(outer[name], 1)
            return tuple(line(element, f"{path}/cac:{name}[{place}]", style) for place, element in named)
    return ()


def period(element: etree._Element | None) -> tuple[dt.date | None, dt.date | None] | None:
    """cac:…Period."""
    found = parts(element, NAMES)
    start, end = day(first_text(found, "StartDate")), day(first_text(found, "EndDate"))
    return None if start is None and end is None else (start, end)


def settled(element: etree._Element) -> list[Reference]:
    """What a line of a remittance advice, a statement or a reminder is about, with its amount."""
    found = parts(element, NAMES)
    balance = amount(found, "BalanceAmount") if "BalanceAmount" in found else amount(found, "DebitLineAmount")
    number = first_text(found, "ID")
    return [
        Reference("invoice", one.number, one.date, number, one.fiscal_id, one.type_code, one.reason, balance)
        for inner in found.get("BillingReference", ())
        for one in billing(inner)
    ]


def _first_of(found: Parts, names: tuple[str, ...]) -> etree._Element | None:
    for name in names:
        if name in found:
            return found[name][0]
    return None


def _joined(found: Parts, name: str) -> str | None:
    elements = found.get(name)
    if elements is None:
        return None
    if len(elements) == 1:
        return text(elements[0])
    return "\n".join(written for element in elements if (written := text(element))) or None


def _price(found: Parts, outer: Parts) -> Parts:
    price = first(found, "Price")
    if price is None:
        price = first(parts(first(outer, "RequiredItemLocationQuantity"), NAMES), "Price")
    return parts(price, NAMES)


def _net(found: Parts, outer: Parts) -> Decimal | None:
    if "LineExtensionAmount" in found:
        return amount(found, "LineExtensionAmount")
    return decimal(text(_first_of(outer, _BALANCES)))


def _code(item: Parts, name: str) -> str | None:
    return first_text(parts(first(item, name), NAMES), "ID")


def _standard(item: Parts) -> Identifier | None:
    return identifier(first(parts(first(item, "StandardItemIdentification"), NAMES), "ID"))


def _classifications(item: Parts) -> tuple[Identifier, ...]:
    made = []
    for element in item.get("CommodityClassification", ()):
        code = first(parts(element, NAMES), "ItemClassificationCode")
        written = text(code)
        if written:
            made.append(Identifier(written, attribute(code, "listID")))
    return tuple(made)


def _order(outer: Parts) -> tuple[str | None, str | None]:
    """BT-132, and the order where the line names one of its own."""
    found = parts(first(outer, "OrderLineReference"), NAMES)
    own = first_text(parts(first(found, "OrderReference"), NAMES), "ID")
    return first_text(found, "LineID"), own


def _object(outer: Parts) -> str | None:
    """BT-128."""
    for element in outer.get("DocumentReference", ()):
        found = parts(element, NAMES)
        if first_text(found, "DocumentTypeCode") == _OBJECT:
            return first_text(found, "ID")
    return None


def _taxes(found: Parts, item: Parts, style: Format) -> tuple[Tax, ...]:
    """cac:TaxTotal where it has parts, else the category of the item (BG-30)."""
    written = [parts(element, NAMES) for element in found.get("TaxTotal", ())]
    apart = taxes(written, style)
    if apart:
        return apart
    alone = amount(written[0], "TaxAmount") if len(written) == 1 else amount(found, "TotalTaxAmount")
    return classified(item, alone, style)


def _requested(found: Parts) -> tuple[dt.date | None, dt.date | None] | None:
    """When a line of an order is wanted."""
    return period(first(parts(first(found, "Delivery"), NAMES), "RequestedDeliveryPeriod"))


def _attributes(item: Parts) -> tuple[tuple[str, str], ...]:
    """BG-32."""
    made = []
    for element in item.get("AdditionalItemProperty", ()):
        found = parts(element, NAMES)
        name, value = first_text(found, "Name"), first_text(found, "Value")
        if name and value:
            made.append((name, value))
    return tuple(made)
