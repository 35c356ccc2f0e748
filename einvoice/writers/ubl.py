"""UBL 2.1 Invoice, CreditNote (EN 16931's binding, CEN/TS 16931-3-2) and Order out of the neutral model.

Not written, because the profile has no place for it: what a tax office added (Fiscal), instalments, line amounts of
taxes, withholdings of credit notes. Amounts are written as the model has them, never reckoned anew."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from ..errors import NotRead
from ..model import (
    Address,
    Adjustment,
    Attachment,
    Contact,
    Document,
    Identifier,
    Kind,
    Line,
    Party,
    PaymentMeans,
    Reference,
    Tax,
    TaxId,
)
from .tree import Branch, put, serialised

_DOCUMENT = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC, _CBC = _DOCUMENT + "CommonAggregateComponents-2", _DOCUMENT + "CommonBasicComponents-2"
CAC, CBC = f"{{{_CAC}}}", f"{{{_CBC}}}"
EN16931 = "urn:cen.eu:en16931:2017"
PEPPOL_ORDER = "urn:fdc:peppol.eu:poacc:trns:order:3"
_ROOTS = {
    Kind.INVOICE: "Invoice",
    Kind.DEBIT_NOTE: "Invoice",  # EN 16931 knows it as type 383
    Kind.CREDIT_NOTE: "CreditNote",
    Kind.ORDER: "Order",
}
_TYPES = {Kind.INVOICE: "380", Kind.DEBIT_NOTE: "383", Kind.CREDIT_NOTE: "381", Kind.ORDER: None}
_ASSIGNED = ("CustomerAssignedAccountID", "SupplierAssignedAccountID")
_NOT_DEFINED = "1"  # UNCL 4461, where UBL wants a code and the document has none
_NOT_KNOWN = "NA"  # EN 16931's binding, where UBL wants an order's number


def write_ubl(document: Document) -> bytes:
    """UBL 2.1; a document of another kind than invoice, note or order is refused."""
    name = _ROOTS.get(document.kind)
    if name is None:
        raise NotRead("not_written", kind=document.kind.value, form="UBL")
    space = f"{_DOCUMENT}{name}-2"
    root = etree.Element(f"{{{space}}}{name}", nsmap={None: space, "cac": _CAC, "cbc": _CBC})
    if name == "Order":
        _order(root, document)
    else:
        _invoice(root, document, name)
    return serialised(root)


def _invoice(root: etree._Element, document: Document, name: str) -> None:
    is_invoice = name == "Invoice"
    _head(root, document, name)
    _period(root, "InvoicePeriod", document.period, document.tax_date_code)
    _references(root, document, is_invoice)
    for tag, party, own in (
        ("AccountingSupplierParty", document.supplier, True),
        ("AccountingCustomerParty", document.customer, True),
        ("PayeeParty", document.payee, False),
        ("TaxRepresentativeParty", document.tax_representative, False),
    ):
        _party(root, tag, party, own)
    _delivery(root, document)
    _payment(root, document, is_invoice)
    for one in document.adjustments:
        _adjustment(root, one, document.currency)
    _taxes(root, document, is_invoice)
    _totals(root, "LegalMonetaryTotal", document)
    for line in document.lines:
        _line(root, line, document.currency, name)


def _head(root: etree._Element, document: Document, name: str) -> None:
    put(root, CBC + "CustomizationID", document.profile or EN16931)
    put(root, CBC + "ProfileID", document.process)
    put(root, CBC + "ID", document.number)
    put(root, CBC + "IssueDate", document.issue_date)
    if name == "Invoice":
        put(root, CBC + "DueDate", document.due_date)
    else:
        put(root, CBC + "TaxPointDate", document.tax_date)
    put(root, f"{CBC}{name}TypeCode", document.type_code or _TYPES[document.kind])
    for note in document.notes:
        put(root, CBC + "Note", f"#{note.subject}#{note.text}" if note.subject else note.text)
    if name == "Invoice":
        put(root, CBC + "TaxPointDate", document.tax_date)
    put(root, CBC + "DocumentCurrencyCode", document.currency)
    put(root, CBC + "TaxCurrencyCode", document.tax_currency)
    put(root, CBC + "AccountingCost", document.accounting_reference)
    put(root, CBC + "BuyerReference", document.buyer_reference)


def _order(root: etree._Element, document: Document) -> None:
    """Peppol BIS Ordering 3; the buyer is the document's customer."""
    put(root, CBC + "UBLVersionID", "2.1")
    put(root, CBC + "CustomizationID", document.profile or PEPPOL_ORDER)
    put(root, CBC + "ProfileID", document.process)
    put(root, CBC + "ID", document.number)
    sales_order = next((one.number for one in document.references if one.role == "sales_order"), None)
    put(root, CBC + "SalesOrderID", sales_order)
    put(root, CBC + "IssueDate", document.issue_date)
    put(root, CBC + "IssueTime", document.issue_time)
    put(root, CBC + "OrderTypeCode", document.type_code)
    for note in document.notes:
        put(root, CBC + "Note", f"#{note.subject}#{note.text}" if note.subject else note.text)
    put(root, CBC + "DocumentCurrencyCode", document.currency)
    put(root, CBC + "CustomerReference", document.buyer_reference)
    put(root, CBC + "AccountingCost", document.accounting_reference)
    _period(root, "ValidityPeriod", document.period)
    _named(root, document, "quotation", "QuotationDocumentReference")
    _named(root, document, "tender", "OriginatorDocumentReference")
    _additional(root, document, ("object", "additional"))
    _named(root, document, "contract", "Contract")
    for one in _of(document, "project")[:1]:
        _document(root, "ProjectReference", one)
    _party(root, "BuyerCustomerParty", document.customer, True)
    _party(root, "SellerSupplierParty", document.supplier, True)
    _delivery(root, document)
    _payment(root, document, True)
    for adjustment in document.adjustments:
        _adjustment(root, adjustment, document.currency)
    _taxes(root, document, False)
    _totals(root, "AnticipatedMonetaryTotal", document)
    for line in document.lines:
        _order_line(root, line, document.currency)


def _period(
    parent: etree._Element, tag: str, period: tuple[dt.date | None, dt.date | None] | None, code: str | None = None
) -> None:
    with Branch(parent, CAC + tag) as element:
        start, end = period or (None, None)
        put(element, CBC + "StartDate", start)
        put(element, CBC + "EndDate", end)
        put(element, CBC + "DescriptionCode", code)


# --- references and attachments -------------------------------------------------------------------------------------


def _of(document: Document, role: str) -> list[Reference]:
    return [one for one in document.references if one.role == role and one.number]


def _references(root: etree._Element, document: Document, is_invoice: bool) -> None:
    orders, sales_orders = _of(document, "order"), _of(document, "sales_order")
    with Branch(root, CAC + "OrderReference") as element:
        if orders or sales_orders:
            put(element, CBC + "ID", orders[0].number if orders else _NOT_KNOWN)
            put(element, CBC + "SalesOrderID", sales_orders[0].number if sales_orders else None)
            put(element, CBC + "IssueDate", orders[0].date if orders else None)
    for one in _of(document, "invoice"):
        with Branch(root, CAC + "BillingReference") as element:
            _document(element, "InvoiceDocumentReference", one)
    _named(root, document, "dispatch", "DespatchDocumentReference")
    _named(root, document, "receipt", "ReceiptDocumentReference")
    if is_invoice:
        _named(root, document, "tender", "OriginatorDocumentReference")
        _named(root, document, "contract", "ContractDocumentReference")
        _additional(root, document, ("object", "additional"))
        for one in _of(document, "project")[:1]:
            _document(root, "ProjectReference", one)
        return
    _named(root, document, "contract", "ContractDocumentReference")
    _additional(root, document, ("object", "additional", "project"))
    _named(root, document, "tender", "OriginatorDocumentReference")


def _named(root: etree._Element, document: Document, role: str, tag: str) -> None:
    for one in _of(document, role):
        _document(root, tag, one)


def _document(parent: etree._Element, tag: str, one: Reference, file: Attachment | None = None) -> None:
    """cac:DocumentReference; of a project UBL has only the number."""
    with Branch(parent, CAC + tag) as element:
        put(element, CBC + "ID", one.number)
        if tag == "ProjectReference":
            return
        put(element, CBC + "UUID", one.fiscal_id)
        put(element, CBC + "IssueDate", one.date)
        code = {"object": "130", "project": "50"}.get(one.role, one.type_code)
        put(element, CBC + "DocumentTypeCode", code)
        if tag != "Contract":
            put(element, CBC + "DocumentDescription", one.reason)
        if file:
            _attachment(element, file)


def _additional(root: etree._Element, document: Document, roles: tuple[str, ...]) -> None:
    """BG-24 with BT-18: a file goes with the reference of the same description, or gets one of its own."""
    files = list(document.attachments)
    for role in roles:
        for one in _of(document, role):
            file = next((file for file in files if role == "additional" and file.description == one.reason), None)
            if file:
                files.remove(file)
            _document(root, "AdditionalDocumentReference", one, file)
    for place, file in enumerate(files, 1):
        one = Reference("additional", file.name or str(place), reason=file.description)
        _document(root, "AdditionalDocumentReference", one, file)


def _attachment(parent: etree._Element, file: Attachment) -> None:
    with Branch(parent, CAC + "Attachment") as element:
        if file.content is not None:
            content = b64encode(file.content).decode("ascii")
            put(element, CBC + "EmbeddedDocumentBinaryObject", content, mimeCode=file.mime, filename=file.name)
        with Branch(element, CAC + "ExternalReference") as external:
            put(external, CBC + "URI", file.uri)


# --- parties --------------------------------------------------------------------------------------------------------


def _party(root: etree._Element, tag: str, party: Party | None, wrapped: bool) -> None:
    """Seller and buyer stand in a wrapper, payee and representative directly; those two are called by cac:PartyName."""
    if party is None:
        return
    with Branch(root, CAC + tag) as outer:
        if not wrapped:
            _content(outer, party, party.name if party.trading_name else None, party.trading_name or party.name)
            return
        for name in _ASSIGNED:
            put(outer, CBC + name, next((one.value for one in party.identifiers if one.scheme == name), None))
        with Branch(outer, CAC + "Party") as inner:
            _content(inner, party, party.name, party.trading_name)


def _content(element: etree._Element, party: Party, registered: str | None, called: str | None) -> None:
    if party.endpoint:
        put(element, CBC + "EndpointID", party.endpoint.value, schemeID=party.endpoint.scheme)
    for one in party.identifiers:
        if one.scheme not in _ASSIGNED:
            _identified(element, "PartyIdentification", one)
    with Branch(element, CAC + "PartyName") as name:
        put(name, CBC + "Name", called)
    _address(element, "PostalAddress", party.address)
    for tax_id in filter(None, (party.tax_id, *party.other_tax_ids)):
        _tax_id(element, tax_id)
    with Branch(element, CAC + "PartyLegalEntity") as legal:
        put(legal, CBC + "RegistrationName", registered)
        if party.legal_id:
            put(legal, CBC + "CompanyID", party.legal_id.value, schemeID=party.legal_id.scheme)
        put(legal, CBC + "CompanyLegalForm", party.legal_form)
    _contact(element, party.contact)


def _identified(parent: etree._Element, tag: str, one: Identifier) -> None:
    with Branch(parent, CAC + tag) as element:
        put(element, CBC + "ID", one.value, schemeID=one.scheme)


def _tax_id(parent: etree._Element, tax_id: TaxId) -> None:
    with Branch(parent, CAC + "PartyTaxScheme") as element:
        put(element, CBC + "CompanyID", tax_id.written)
        _scheme(element, tax_id.system)


def _scheme(parent: etree._Element, name: str | None) -> None:
    with Branch(parent, CAC + "TaxScheme") as element:
        put(element, CBC + "ID", name or "VAT")


def _address(parent: etree._Element, tag: str, address: Address | None) -> None:
    if address is None:
        return
    with Branch(parent, CAC + tag) as element:
        first, second, *rest = (*address.lines, None, None)
        put(element, CBC + "StreetName", first)
        put(element, CBC + "AdditionalStreetName", second)
        put(element, CBC + "CityName", address.city)
        put(element, CBC + "PostalZone", address.postal_code)
        put(element, CBC + "CountrySubentity", address.region)
        for text in rest:
            with Branch(element, CAC + "AddressLine") as line:
                put(line, CBC + "Line", text)
        with Branch(element, CAC + "Country") as country:
            put(country, CBC + "IdentificationCode", address.country)


def _contact(parent: etree._Element, contact: Contact | None) -> None:
    if contact is None:
        return
    with Branch(parent, CAC + "Contact") as element:
        put(element, CBC + "Name", contact.name)
        put(element, CBC + "Telephone", contact.phone)
        put(element, CBC + "ElectronicMail", contact.email)


def _delivery(root: etree._Element, document: Document) -> None:
    """BG-13 to BG-15; the first identifier is that of the place (BT-71)."""
    party = document.deliver_to
    with Branch(root, CAC + "Delivery") as element:
        put(element, CBC + "ActualDeliveryDate", document.delivery_date)
        if party is None:
            return
        with Branch(element, CAC + "DeliveryLocation") as location:
            for one in party.identifiers[:1]:
                put(location, CBC + "ID", one.value, schemeID=one.scheme)
            _address(location, "Address", party.address)
        with Branch(element, CAC + "DeliveryParty") as whom, Branch(whom, CAC + "PartyName") as name:
            put(name, CBC + "Name", party.name)


# --- payment, taxes, totals -----------------------------------------------------------------------------------------


def _payment(root: etree._Element, document: Document, has_due_date: bool) -> None:
    means = document.payment_means
    if not means and document.due_date and not has_due_date:
        means = (PaymentMeans(due_date=document.due_date),)
    for place, one in enumerate(means):
        due = one.due_date or (document.due_date if place == 0 and not has_due_date else None)
        _means(root, one, due)
    with Branch(root, CAC + "PaymentTerms") as terms:
        put(terms, CBC + "Note", document.payment_terms)


def _means(root: etree._Element, one: PaymentMeans, due: dt.date | None) -> None:
    with Branch(root, CAC + "PaymentMeans") as element:
        put(element, CBC + "PaymentMeansCode", one.code or _NOT_DEFINED, name=one.name)
        put(element, CBC + "PaymentDueDate", due)
        put(element, CBC + "PaymentID", one.reference)
        if one.card:
            with Branch(element, CAC + "CardAccount") as card:
                put(card, CBC + "PrimaryAccountNumberID", one.card)
                put(card, CBC + "NetworkID", _NOT_KNOWN)
        with Branch(element, CAC + "PayeeFinancialAccount") as account:
            put(account, CBC + "ID", one.account)
            put(account, CBC + "Name", one.account_name)
            with Branch(account, CAC + "FinancialInstitutionBranch") as branch:
                put(branch, CBC + "ID", one.bank)
        with Branch(element, CAC + "PaymentMandate") as mandate:
            put(mandate, CBC + "ID", one.mandate)
            with Branch(mandate, CAC + "PayerFinancialAccount") as payer:
                put(payer, CBC + "ID", one.debited_account)


def _adjustment(parent: etree._Element, one: Adjustment, currency: str | None) -> None:
    with Branch(parent, CAC + "AllowanceCharge") as element:
        put(element, CBC + "ChargeIndicator", one.is_charge)
        put(element, CBC + "AllowanceChargeReasonCode", one.reason_code)
        put(element, CBC + "AllowanceChargeReason", one.reason)
        put(element, CBC + "MultiplierFactorNumeric", one.percent)
        put(element, CBC + "Amount", one.amount, currencyID=currency)
        put(element, CBC + "BaseAmount", one.base, currencyID=currency)
        if one.tax_category or one.tax_rate is not None:
            with Branch(element, CAC + "TaxCategory") as category:
                put(category, CBC + "ID", one.tax_category)
                put(category, CBC + "Percent", one.tax_rate)
                _scheme(category, one.tax_scheme)


def _taxes(root: etree._Element, document: Document, withholds: bool) -> None:
    totals, currency = document.totals, document.currency
    with Branch(root, CAC + "TaxTotal") as element:
        put(element, CBC + "TaxAmount", totals.tax, currencyID=currency)
        for tax in document.taxes:
            _subtotal(element, tax, currency)
    if document.tax_currency and document.tax_currency != currency:
        with Branch(root, CAC + "TaxTotal") as element:
            put(element, CBC + "TaxAmount", totals.tax_accounting, currencyID=document.tax_currency)
    if withholds and document.withholdings:
        with Branch(root, CAC + "WithholdingTaxTotal") as element:
            put(element, CBC + "TaxAmount", totals.withheld, currencyID=currency)
            for tax in document.withholdings:
                _subtotal(element, tax, currency)


def _subtotal(parent: etree._Element, tax: Tax, currency: str | None) -> None:
    with Branch(parent, CAC + "TaxSubtotal") as element:
        put(element, CBC + "TaxableAmount", tax.base, currencyID=tax.currency or currency)
        put(element, CBC + "TaxAmount", tax.amount, currencyID=tax.currency or currency)
        _category(element, "TaxCategory", tax)


def _category(parent: etree._Element, tag: str, tax: Tax) -> None:
    with Branch(parent, CAC + tag) as element:
        put(element, CBC + "ID", tax.category)
        put(element, CBC + "Percent", tax.rate)
        put(element, CBC + "TaxExemptionReasonCode", tax.reason_code)
        put(element, CBC + "TaxExemptionReason", tax.reason)
        _scheme(element, tax.scheme)


def _totals(root: etree._Element, tag: str, document: Document) -> None:
    totals = document.totals
    amounts: Iterable[tuple[str, Decimal | None]] = (
        ("LineExtensionAmount", totals.lines),
        ("TaxExclusiveAmount", totals.net),
        ("TaxInclusiveAmount", totals.gross),
        ("AllowanceTotalAmount", totals.allowances),
        ("ChargeTotalAmount", totals.charges),
        ("PrepaidAmount", totals.prepaid),
        ("PayableRoundingAmount", totals.rounding),
        ("PayableAmount", totals.payable),
    )
    with Branch(root, CAC + tag) as element:
        for name, amount in amounts:
            put(element, CBC + name, amount, currencyID=document.currency)


# --- lines ----------------------------------------------------------------------------------------------------------


def _line(root: etree._Element, line: Line, currency: str | None, name: str) -> None:
    quantity = "InvoicedQuantity" if name == "Invoice" else "CreditedQuantity"
    with Branch(root, f"{CAC}{name}Line") as element:
        put(element, CBC + "ID", line.number)
        put(element, CBC + "Note", line.note)
        put(element, CBC + quantity, line.quantity, unitCode=line.unit)
        put(element, CBC + "LineExtensionAmount", line.net, currencyID=currency)
        put(element, CBC + "AccountingCost", line.cost_center)
        _period(element, "InvoicePeriod", line.period)
        if line.order_line:
            with Branch(element, CAC + "OrderLineReference") as order:
                put(order, CBC + "LineID", line.order_line)
                with Branch(order, CAC + "OrderReference") as reference:
                    put(reference, CBC + "ID", line.order_number)
        if line.object_id:
            _document(element, "DocumentReference", Reference("object", line.object_id))
        for one in line.adjustments:
            _adjustment(element, one, currency)
        _item(element, line)
        _price(element, line, currency)


def _order_line(root: etree._Element, line: Line, currency: str | None) -> None:
    with Branch(root, CAC + "OrderLine") as outer:
        put(outer, CBC + "Note", line.note)
        with Branch(outer, CAC + "LineItem") as element:
            put(element, CBC + "ID", line.number)
            put(element, CBC + "Quantity", line.quantity, unitCode=line.unit)
            put(element, CBC + "LineExtensionAmount", line.net, currencyID=currency)
            put(element, CBC + "AccountingCost", line.cost_center)
            for one in line.adjustments:
                _adjustment(element, one, currency)
            _price(element, line, currency)
            _item(element, line)


def _item(parent: etree._Element, line: Line) -> None:
    with Branch(parent, CAC + "Item") as element:
        put(element, CBC + "Description", line.description)
        put(element, CBC + "Name", line.name)
        for tag, code in (
            ("BuyersItemIdentification", line.buyer_code),
            ("SellersItemIdentification", line.seller_code),
        ):
            with Branch(element, CAC + tag) as identification:
                put(identification, CBC + "ID", code)
        if line.standard_code:
            _identified(element, "StandardItemIdentification", line.standard_code)
        with Branch(element, CAC + "OriginCountry") as country:
            put(country, CBC + "IdentificationCode", line.country)
        for group in line.classifications:
            with Branch(element, CAC + "CommodityClassification") as classification:
                put(classification, CBC + "ItemClassificationCode", group.value, listID=group.scheme)
        for tax in line.taxes:
            _category(element, "ClassifiedTaxCategory", tax)
        for name, value in line.attributes:
            with Branch(element, CAC + "AdditionalItemProperty") as attribute:
                put(attribute, CBC + "Name", name)
                put(attribute, CBC + "Value", value)


def _price(parent: etree._Element, line: Line, currency: str | None) -> None:
    """BG-29; the discount between gross and net price (BT-147) follows from them."""
    with Branch(parent, CAC + "Price") as element:
        put(element, CBC + "PriceAmount", line.price, currencyID=currency)
        put(element, CBC + "BaseQuantity", line.price_base, unitCode=line.unit)
        if line.gross_price is not None and line.price is not None:
            with Branch(element, CAC + "AllowanceCharge") as allowance:
                put(allowance, CBC + "ChargeIndicator", False)
                put(allowance, CBC + "Amount", line.gross_price - line.price, currencyID=currency)
                put(allowance, CBC + "BaseAmount", line.gross_price, currencyID=currency)
