"""UN/CEFACT Cross Industry Invoice D16B as Factur-X and EN 16931 (CEN/TS 16931-3-3) have it, out of the neutral model.

Not written, because the profile has no place for it: what a tax office added (Fiscal), instalments beyond the first,
withholdings. Amounts are written as the model has them, never reckoned anew."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode

from lxml import etree

from ..errors import NotRead
from ..model import (
    Address,
    Adjustment,
    Attachment,
    Document,
    Kind,
    Line,
    Party,
    PaymentMeans,
    Reference,
    Tax,
    TaxId,
)
from ..readers.cii import TAX_DATES
from .cii_profiles import PROFILES, narrow
from .tree import Branch, Value, put, serialised

_SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
RSM, RAM, UDT, QDT = (f"{{{_SPACES[prefix]}}}" for prefix in ("rsm", "ram", "udt", "qdt"))
_TYPES = {Kind.INVOICE: "380", Kind.DEBIT_NOTE: "383", Kind.CREDIT_NOTE: "381"}
_TAX_DATES = {ours: theirs for theirs, ours in TAX_DATES.items()}
_CREDITOR = "SEPA"  # an identifier of who is paid, which CII has in a place of its own (BT-90)


def write_cii(document: Document, profile: str = "en16931") -> bytes:
    """The XML that a Factur-X PDF carries; a document of another kind than invoice or note is refused.

    MINIMUM, BASIC WL and BASIC have no place for all of it: `lost_in_cii` says what they leave out."""
    root = _root(document, profile)
    narrow(root, profile, _SPACES["ram"])
    return serialised(root)


def lost_in_cii(document: Document, profile: str) -> tuple[str, ...]:
    """What a profile leaves out of this document, by the names of its elements; nothing with EN 16931 and above."""
    return narrow(_root(document, profile), profile, _SPACES["ram"])


def _root(document: Document, profile: str) -> etree._Element:
    if document.kind not in _TYPES or profile not in PROFILES:
        raise NotRead("not_written", kind=document.kind.value, form=f"CII {profile}")
    root = etree.Element(RSM + "CrossIndustryInvoice", nsmap=_SPACES)
    _context(root, document, PROFILES[profile])
    _header(root, document)
    with Branch(root, RSM + "SupplyChainTradeTransaction") as trade:
        for line in document.lines:
            _line(trade, line)
        _agreement(trade, document)
        _delivery(trade, document)
        _settlement(trade, document)
    return root


def _context(root: etree._Element, document: Document, guideline: str) -> None:
    with Branch(root, RSM + "ExchangedDocumentContext") as context:
        for tag, value in (("BusinessProcess", document.process), ("Guideline", guideline)):
            with Branch(context, f"{RAM}{tag}SpecifiedDocumentContextParameter") as parameter:
                put(parameter, RAM + "ID", value)


def _header(root: etree._Element, document: Document) -> None:
    with Branch(root, RSM + "ExchangedDocument") as header:
        put(header, RAM + "ID", document.number)
        put(header, RAM + "TypeCode", document.type_code or _TYPES[document.kind])
        _day(header, "IssueDateTime", document.issue_date)
        for note in document.notes:
            _note(header, note.text, note.subject)


def _note(parent: etree._Element, note: str | None, subject: str | None = None) -> None:
    with Branch(parent, RAM + "IncludedNote") as element:
        put(element, RAM + "Content", note)
        put(element, RAM + "SubjectCode", subject)


def _day(parent: etree._Element, tag: str, day: dt.date | None, space: str = UDT) -> None:
    if day is None:
        return
    with Branch(parent, RAM + tag) as element:
        put(element, space + ("DateString" if tag == "TaxPointDate" else "DateTimeString"), _compact(day), format="102")


def _compact(day: dt.date) -> str:
    return day.isoformat().replace("-", "")


def _period(parent: etree._Element, period: tuple[dt.date | None, dt.date | None] | None) -> None:
    start, end = period or (None, None)
    with Branch(parent, RAM + "BillingSpecifiedPeriod") as element:
        _day(element, "StartDateTime", start)
        _day(element, "EndDateTime", end)


def _within(parent: etree._Element, tag: str, inner: str, value: Value, **attributes: str | None) -> None:
    with Branch(parent, RAM + tag) as element:
        put(element, RAM + inner, value, **attributes)


# --- header: agreement, delivery ------------------------------------------------------------------------------------


def _agreement(trade: etree._Element, document: Document) -> None:
    with Branch(trade, RAM + "ApplicableHeaderTradeAgreement") as agreement:
        put(agreement, RAM + "BuyerReference", document.buyer_reference)
        _party(agreement, "SellerTradeParty", document.supplier)
        _party(agreement, "BuyerTradeParty", document.customer)
        _party(agreement, "SellerTaxRepresentativeTradeParty", document.tax_representative)
        for role, tag in (
            ("sales_order", "SellerOrderReferencedDocument"),
            ("order", "BuyerOrderReferencedDocument"),
            ("contract", "ContractReferencedDocument"),
        ):
            for one in _of(document, role)[:1]:
                _within(agreement, tag, "IssuerAssignedID", one.number)
        _additional(agreement, document)
        for one in _of(document, "project")[:1]:
            with Branch(agreement, RAM + "SpecifiedProcuringProject") as project:
                put(project, RAM + "ID", one.number)
                put(project, RAM + "Name", one.reason or one.number)


def _of(document: Document, role: str) -> list[Reference]:
    return [one for one in document.references if one.role == role and one.number]


def _additional(agreement: etree._Element, document: Document) -> None:
    """BT-17, BT-18 and BG-24: a file goes with the reference of the same description, or gets one of its own."""
    files = list(document.attachments)
    for role, code in (("additional", "916"), ("tender", "50"), ("object", "130")):
        for one in _of(document, role):
            file = next((file for file in files if role == "additional" and file.description == one.reason), None)
            if file:
                files.remove(file)
            _referenced(agreement, one, code, file)
    for place, file in enumerate(files, 1):
        _referenced(agreement, Reference("additional", file.name or str(place), reason=file.description), "916", file)


def _referenced(parent: etree._Element, one: Reference, code: str, file: Attachment | None = None) -> None:
    with Branch(parent, RAM + "AdditionalReferencedDocument") as element:
        put(element, RAM + "IssuerAssignedID", one.number)
        put(element, RAM + "URIID", file.uri if file else None)
        put(element, RAM + "TypeCode", code)
        put(element, RAM + "Name", one.reason)
        if file and file.content is not None:
            content = b64encode(file.content).decode("ascii")
            put(element, RAM + "AttachmentBinaryObject", content, mimeCode=file.mime, filename=file.name)


def _delivery(trade: etree._Element, document: Document) -> None:
    delivery = etree.SubElement(trade, RAM + "ApplicableHeaderTradeDelivery")  # asked for even where it says nothing
    _party(delivery, "ShipToTradeParty", document.deliver_to)
    with Branch(delivery, RAM + "ActualDeliverySupplyChainEvent") as event:
        _day(event, "OccurrenceDateTime", document.delivery_date)
    for role, tag in (
        ("dispatch", "DespatchAdviceReferencedDocument"),
        ("receipt", "ReceivingAdviceReferencedDocument"),
    ):
        for one in _of(document, role)[:1]:
            _within(delivery, tag, "IssuerAssignedID", one.number)


def _party(parent: etree._Element, tag: str, party: Party | None) -> None:
    if party is None:
        return
    with Branch(parent, RAM + tag) as element:
        for one in party.identifiers:
            if not one.scheme:
                put(element, RAM + "ID", one.value)
        for one in party.identifiers:
            if one.scheme and one.scheme != _CREDITOR:
                put(element, RAM + "GlobalID", one.value, schemeID=one.scheme)
        put(element, RAM + "Name", party.name)
        put(element, RAM + "Description", party.legal_form)
        with Branch(element, RAM + "SpecifiedLegalOrganization") as legal:
            if party.legal_id:
                put(legal, RAM + "ID", party.legal_id.value, schemeID=party.legal_id.scheme)
            put(legal, RAM + "TradingBusinessName", party.trading_name)
        _contact(element, party)
        _address(element, party.address)
        if party.endpoint:
            scheme = party.endpoint.scheme
            _within(element, "URIUniversalCommunication", "URIID", party.endpoint.value, schemeID=scheme)
        for tax_id in filter(None, (party.tax_id, *party.other_tax_ids)):
            _within(element, "SpecifiedTaxRegistration", "ID", tax_id.written, schemeID=_registration(tax_id))


def _registration(tax_id: TaxId) -> str:
    """VA is the number for VAT (BT-31, BT-48), FC what a tax office otherwise gives (BT-32)."""
    return "VA" if tax_id.system in ("VAT", "VA") else tax_id.system or "FC"


def _contact(parent: etree._Element, party: Party) -> None:
    contact = party.contact
    if contact is None:
        return
    with Branch(parent, RAM + "DefinedTradeContact") as element:
        put(element, RAM + "PersonName", contact.name)
        _within(element, "TelephoneUniversalCommunication", "CompleteNumber", contact.phone)
        _within(element, "EmailURIUniversalCommunication", "URIID", contact.email)


def _address(parent: etree._Element, address: Address | None) -> None:
    if address is None:
        return
    with Branch(parent, RAM + "PostalTradeAddress") as element:
        put(element, RAM + "PostcodeCode", address.postal_code)
        first, second, *rest = (*address.lines, None, None)
        third = ", ".join(filter(None, rest)) or None  # CII has three lines
        for tag, text in (("LineOne", first), ("LineTwo", second), ("LineThree", third)):
            put(element, RAM + tag, text)
        put(element, RAM + "CityName", address.city)
        put(element, RAM + "CountryID", address.country)
        put(element, RAM + "CountrySubDivisionName", address.region)


# --- header: settlement ---------------------------------------------------------------------------------------------


def _settlement(trade: etree._Element, document: Document) -> None:
    means = document.payment_means
    with Branch(trade, RAM + "ApplicableHeaderTradeSettlement") as settlement:
        put(settlement, RAM + "CreditorReferenceID", _creditor(document))
        put(settlement, RAM + "PaymentReference", next((one.reference for one in means if one.reference), None))
        put(settlement, RAM + "TaxCurrencyCode", document.tax_currency)
        put(settlement, RAM + "InvoiceCurrencyCode", document.currency)
        _party(settlement, "PayeeTradeParty", document.payee)
        for one in means:
            _means(settlement, one)
        for place, tax in enumerate(document.taxes):
            _tax(settlement, tax, document if place == 0 else None)
        _period(settlement, document.period)
        for adjustment in document.adjustments:
            _adjustment(settlement, adjustment)
        with Branch(settlement, RAM + "SpecifiedTradePaymentTerms") as terms:
            put(terms, RAM + "Description", document.payment_terms)
            _day(terms, "DueDateDateTime", document.due_date)
            put(terms, RAM + "DirectDebitMandateID", next((one.mandate for one in means if one.mandate), None))
        _totals(settlement, document)
        for earlier in _of(document, "invoice"):
            with Branch(settlement, RAM + "InvoiceReferencedDocument") as invoice:
                put(invoice, RAM + "IssuerAssignedID", earlier.number)
                _day(invoice, "FormattedIssueDateTime", earlier.date, QDT)
        _within(settlement, "ReceivableSpecifiedTradeAccountingAccount", "ID", document.accounting_reference)


def _creditor(document: Document) -> str | None:
    for party in (document.payee, document.supplier):
        for one in party.identifiers if party else ():
            if one.scheme == _CREDITOR:
                return one.value
    return None


def _means(parent: etree._Element, one: PaymentMeans) -> None:
    with Branch(parent, RAM + "SpecifiedTradeSettlementPaymentMeans") as element:
        put(element, RAM + "TypeCode", one.code)
        put(element, RAM + "Information", one.name)
        _within(element, "ApplicableTradeSettlementFinancialCard", "ID", one.card)
        _within(element, "PayerPartyDebtorFinancialAccount", "IBANID", one.debited_account)
        with Branch(element, RAM + "PayeePartyCreditorFinancialAccount") as account:
            iban = _is_iban(one.account)
            put(account, RAM + "IBANID", one.account if iban else None)
            put(account, RAM + "AccountName", one.account_name)
            put(account, RAM + "ProprietaryID", None if iban else one.account)
        _within(element, "PayeeSpecifiedCreditorFinancialInstitution", "BICID", one.bank)


def _is_iban(account: str | None) -> bool:
    return bool(account) and account is not None and account[:2].isalpha() and account[2:4].isdigit()


def _tax(parent: etree._Element, tax: Tax, document: Document | None = None) -> None:
    """With the document's tax point (BT-7, BT-8), which stands at its first tax."""
    with Branch(parent, RAM + "ApplicableTradeTax") as element:
        put(element, RAM + "CalculatedAmount", tax.amount)
        put(element, RAM + "TypeCode", tax.scheme)
        put(element, RAM + "ExemptionReason", tax.reason)
        put(element, RAM + "BasisAmount", tax.base)
        put(element, RAM + "CategoryCode", tax.category)
        put(element, RAM + "ExemptionReasonCode", tax.reason_code)
        if document:
            _day(element, "TaxPointDate", document.tax_date)
            put(element, RAM + "DueDateTypeCode", _TAX_DATES.get(document.tax_date_code or "", document.tax_date_code))
        put(element, RAM + "RateApplicablePercent", tax.rate)


def _adjustment(parent: etree._Element, one: Adjustment) -> None:
    with Branch(parent, RAM + "SpecifiedTradeAllowanceCharge") as element:
        with Branch(element, RAM + "ChargeIndicator") as indicator:
            put(indicator, UDT + "Indicator", one.is_charge)
        put(element, RAM + "CalculationPercent", one.percent)
        put(element, RAM + "BasisAmount", one.base)
        put(element, RAM + "ActualAmount", one.amount)
        put(element, RAM + "ReasonCode", one.reason_code)
        put(element, RAM + "Reason", one.reason)
        with Branch(element, RAM + "CategoryTradeTax") as tax:
            put(tax, RAM + "TypeCode", one.tax_scheme)
            put(tax, RAM + "CategoryCode", one.tax_category)
            put(tax, RAM + "RateApplicablePercent", one.tax_rate)


def _totals(settlement: etree._Element, document: Document) -> None:
    totals = document.totals
    with Branch(settlement, RAM + "SpecifiedTradeSettlementHeaderMonetarySummation") as element:
        put(element, RAM + "LineTotalAmount", totals.lines)
        put(element, RAM + "ChargeTotalAmount", totals.charges)
        put(element, RAM + "AllowanceTotalAmount", totals.allowances)
        put(element, RAM + "TaxBasisTotalAmount", totals.net)
        put(element, RAM + "TaxTotalAmount", totals.tax, currencyID=document.currency)
        if document.tax_currency and document.tax_currency != document.currency:
            put(element, RAM + "TaxTotalAmount", totals.tax_accounting, currencyID=document.tax_currency)
        put(element, RAM + "RoundingAmount", totals.rounding)
        put(element, RAM + "GrandTotalAmount", totals.gross)
        put(element, RAM + "TotalPrepaidAmount", totals.prepaid)
        put(element, RAM + "DuePayableAmount", totals.payable)


# --- lines ----------------------------------------------------------------------------------------------------------


def _line(trade: etree._Element, line: Line) -> None:
    with Branch(trade, RAM + "IncludedSupplyChainTradeLineItem") as element:
        with Branch(element, RAM + "AssociatedDocumentLineDocument") as document:
            put(document, RAM + "LineID", line.number)
            _note(document, line.note)
        _product(element, line)
        with Branch(element, RAM + "SpecifiedLineTradeAgreement") as agreement:
            with Branch(agreement, RAM + "BuyerOrderReferencedDocument") as order:
                put(order, RAM + "IssuerAssignedID", line.order_number)
                put(order, RAM + "LineID", line.order_line)
            _prices(agreement, line)
        with Branch(element, RAM + "SpecifiedLineTradeDelivery") as delivery:
            put(delivery, RAM + "BilledQuantity", line.quantity, unitCode=line.unit)
        _line_settlement(element, line)


def _product(parent: etree._Element, line: Line) -> None:
    with Branch(parent, RAM + "SpecifiedTradeProduct") as product:
        if line.standard_code:
            put(product, RAM + "GlobalID", line.standard_code.value, schemeID=line.standard_code.scheme)
        put(product, RAM + "SellerAssignedID", line.seller_code)
        put(product, RAM + "BuyerAssignedID", line.buyer_code)
        put(product, RAM + "Name", line.name)
        put(product, RAM + "Description", line.description)
        for name, value in line.attributes:
            with Branch(product, RAM + "ApplicableProductCharacteristic") as characteristic:
                put(characteristic, RAM + "Description", name)
                put(characteristic, RAM + "Value", value)
        for group in line.classifications:
            _within(product, "DesignatedProductClassification", "ClassCode", group.value, listID=group.scheme)
        _within(product, "OriginTradeCountry", "ID", line.country)


def _prices(agreement: etree._Element, line: Line) -> None:
    if line.gross_price is not None:
        with Branch(agreement, RAM + "GrossPriceProductTradePrice") as gross:
            put(gross, RAM + "ChargeAmount", line.gross_price)
            put(gross, RAM + "BasisQuantity", line.price_base, unitCode=line.unit)
            if line.price is not None and line.price != line.gross_price:
                with Branch(gross, RAM + "AppliedTradeAllowanceCharge") as allowance:
                    with Branch(allowance, RAM + "ChargeIndicator") as indicator:
                        put(indicator, UDT + "Indicator", False)
                    put(allowance, RAM + "ActualAmount", line.gross_price - line.price)
    with Branch(agreement, RAM + "NetPriceProductTradePrice") as net:
        put(net, RAM + "ChargeAmount", line.price)
        put(net, RAM + "BasisQuantity", line.price_base, unitCode=line.unit)


def _line_settlement(parent: etree._Element, line: Line) -> None:
    with Branch(parent, RAM + "SpecifiedLineTradeSettlement") as settlement:
        for tax in line.taxes:
            _tax(settlement, tax)
        _period(settlement, line.period)
        for one in line.adjustments:
            _adjustment(settlement, one)
        _within(settlement, "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount", line.net)
        if line.object_id:
            _referenced(settlement, Reference("object", line.object_id), "130")
        _within(settlement, "ReceivableSpecifiedTradeAccountingAccount", "ID", line.cost_center)
