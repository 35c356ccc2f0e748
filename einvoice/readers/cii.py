"""UN/CEFACT Cross Industry Invoice (EN 16931, Factur-X, ZUGFeRD, XRechnung, Order-X), from D10B to D22B."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from ..errors import Limits
from ..model import (
    Address,
    Adjustment,
    Attachment,
    Contact,
    Document,
    Fiscal,
    Format,
    Identifier,
    Instalment,
    Kind,
    Line,
    Note,
    Party,
    PaymentMeans,
    Reference,
    Tax,
    TaxId,
    Totals,
)
from ..values import binary, compact_day, day, decimal, tax_id, vat_id
from ..xml import Names
from .parts import Parts, attribute, every, first, local, namespace, parts, said, text

_ROOTS = {
    "CrossIndustryInvoice": Kind.INVOICE,
    "CrossIndustryDocument": Kind.INVOICE,
    "SCRDMCCBDACIOMessageStructure": Kind.ORDER,
    "CrossIndustryOrder": Kind.ORDER,
    "CrossIndustryOrderChange": Kind.ORDER_CHANGE,
    "CrossIndustryOrderResponse": Kind.ORDER_RESPONSE,
}
_NAMESPACES = ("urn:un:unece:uncefact:", "urn:ferd:")

# UNCL 1001
_CREDIT_NOTES = frozenset(["81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"])
_DEBIT_NOTES = frozenset(["80", "82", "84", "383", "527"])
_ORDERS = {"220": Kind.ORDER, "230": Kind.ORDER_CHANGE, "231": Kind.ORDER_RESPONSE}

# What ZUGFeRD 1.0 and the directories before D16B call the same thing
_OLDER = {
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeDelivery": "ApplicableHeaderTradeDelivery",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "SpecifiedTradeSettlementMonetarySummation": "MonetarySummation",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "MonetarySummation",
    "SpecifiedTradeSettlementLineMonetarySummation": "MonetarySummation",
    "SpecifiedTradeAccountingAccount": "ReceivableSpecifiedTradeAccountingAccount",
    "ApplicablePercent": "RateApplicablePercent",
}
_PREFIX = re.compile("CI(?:IH|IL|OH|OL)?(?=[A-Z][a-z])")  # D10B: CIIHExchangedDocument, SellerCITradeParty

_REFERENCES = {
    "SellerOrderReferencedDocument": ("sales_order", None),  # BT-14
    "BuyerOrderReferencedDocument": ("order", None),  # BT-13
    "ContractReferencedDocument": ("contract", None),  # BT-12
    "QuotationReferencedDocument": ("quotation", None),
    "OrderResponseReferencedDocument": ("response", "231"),
    "BlanketOrderReferencedDocument": ("additional", "221"),
    "DespatchAdviceReferencedDocument": ("dispatch", None),  # BT-16
    "DeliveryNoteReferencedDocument": ("dispatch", "270"),
    "ReceivingAdviceReferencedDocument": ("receipt", None),  # BT-15
    "InvoiceReferencedDocument": ("invoice", None),  # BG-3
}
TAX_DATES = {"5": "3", "29": "35", "72": "432"}  # invoice, delivery, payment
_ADDITIONAL = {"50": "tender", "130": "object"}  # BT-17, BT-18; the rest is BG-24
_QUANTITIES = ("BilledQuantity", "AgreedQuantity", "RequestedQuantity", "DespatchedQuantity", "ChargeFreeQuantity")


def recognises(root: etree._Element) -> bool:
    return local(root) in _ROOTS and namespace(root).startswith(_NAMESPACES)


def read(root: etree._Element, limits: Limits) -> Document:
    """rsm:CrossIndustryInvoice, rsm:CrossIndustryDocument or rsm:SCRDMCCBDACIOMessageStructure."""
    name = local(root)
    top = _parts(root)
    context = _down(top, "ExchangedDocumentContext")
    header = _down(top, "ExchangedDocument")
    trade = _down(top, "SupplyChainTradeTransaction")
    agreement = _down(trade, "ApplicableHeaderTradeAgreement")
    delivery = _down(trade, "ApplicableHeaderTradeDelivery")
    settlement = _down(trade, "ApplicableHeaderTradeSettlement")
    currency = said(settlement, "InvoiceCurrencyCode", "OrderCurrencyCode")
    taxes = [_parts(tax) for tax in every(settlement, "ApplicableTradeTax")]
    terms = tuple(_instalment(term) for term in every(settlement, "SpecifiedTradePaymentTerms"))
    supplier, payee = _creditor(agreement, settlement)
    code = said(header, "TypeCode")
    base = _path(root, trade)
    return Document(
        format=Format.ZUGFERD if name == "CrossIndustryDocument" else Format.CII,
        kind=_kind(name, code),
        doc_type=name,
        profile=said(_down(context, "GuidelineSpecifiedDocumentContextParameter"), "ID"),
        process=said(_down(context, "BusinessProcessSpecifiedDocumentContextParameter"), "ID"),
        number=said(header, "ID"),
        type_code=code,
        issue_date=_day(first(header, "IssueDateTime")),
        due_date=next((term.due_date for term in terms if term.due_date), None),
        tax_date=next(filter(None, (_day(first(tax, "TaxPointDate")) for tax in taxes)), None),
        tax_date_code=_tax_date_code(taxes),
        delivery_date=_delivery_date(delivery),
        period=_period(first(settlement, "BillingSpecifiedPeriod")),
        currency=currency,
        tax_currency=said(settlement, "TaxCurrencyCode"),
        exchange_rate=decimal(said(_down(settlement, "TaxApplicableTradeCurrencyExchange"), "ConversionRate")),
        buyer_reference=said(agreement, "BuyerReference"),
        accounting_reference=said(_down(settlement, "ReceivableSpecifiedTradeAccountingAccount"), "ID"),
        notes=_notes(header),
        supplier=supplier,
        customer=_party(first(agreement, "BuyerTradeParty")),
        payee=payee,
        tax_representative=_party(first(agreement, "SellerTaxRepresentativeTradeParty")),
        deliver_to=_party(first(delivery, "ShipToTradeParty")),
        lines=tuple(
            _line(element, f"{base}/IncludedSupplyChainTradeLineItem[{place}]")
            for place, element in enumerate(every(trade, "IncludedSupplyChainTradeLineItem"), 1)
        ),
        adjustments=_adjustments(settlement),
        taxes=tuple(_tax(tax, currency) for tax in taxes),
        totals=_totals(_down(settlement, "MonetarySummation"), currency, said(settlement, "TaxCurrencyCode")),
        references=(*_references(agreement), *_references(delivery), *_references(settlement)),
        payment_means=_means(settlement),
        payment_terms=next((term.note for term in terms if term.note), None),
        instalments=terms if len(terms) > 1 or any(term.amount is not None for term in terms) else (),
        attachments=_attachments(agreement),
        fiscal=Fiscal(environment="2") if _indicates(first(context, "TestIndicator")) else Fiscal(),
        where=_where(name),
    )


class _D16B(Names):
    """Qualified tag → the name that D16B gives the element."""

    def _named(self, space: str, name: str) -> str:
        name = _PREFIX.sub("", name).replace("ReferencedReferenced", "Referenced")
        return _OLDER.get(name, name)


_NAMES = _D16B(())


def _parts(element: etree._Element | None) -> Parts:
    return parts(element, _NAMES)


def _down(among: Parts, *names: str) -> Parts:
    return parts(first(among, *names), _NAMES)


def _path(root: etree._Element, trade: Parts) -> str:
    """Where the lines stand, by the document's own names."""
    line = first(trade, "IncludedSupplyChainTradeLineItem")
    parent = line.getparent() if line is not None else None
    return f"{local(root)}/{local(parent) if parent is not None else ''}"


def _kind(name: str, code: str | None) -> Kind:
    kind = _ROOTS[name]
    if kind is not Kind.INVOICE:
        return _ORDERS.get(code or "", kind)
    if code in _CREDIT_NOTES:
        return Kind.CREDIT_NOTE
    return Kind.DEBIT_NOTE if code in _DEBIT_NOTES else Kind.INVOICE


def _day(element: etree._Element | None) -> dt.date | None:
    """udt:DateTimeString by its UNCL 2379 format, udt:DateTime, or (ZUGFeRD 1.0) the day itself.

    What names no day (616: a week, 610: a month) is None."""
    if element is None:
        return None
    inner = next(element.iterchildren("*"), None)
    inner = element if inner is None else inner
    value, style = text(inner), inner.get("format")
    if style in (None, "", "102", "203", "204", "303", "304"):
        return day(value) or compact_day(value)
    return day(value)


def _period(element: etree._Element | None) -> tuple[dt.date | None, dt.date | None] | None:
    if element is None:
        return None
    found = _parts(element)
    period = (_day(first(found, "StartDateTime")), _day(first(found, "EndDateTime")))
    return None if period == (None, None) else period


def _indicates(element: etree._Element | None) -> bool:
    """udt:Indicator."""
    if element is None:
        return False
    inner = next(element.iterchildren("*"), element)
    return text(inner) in ("true", "1")


def _tax_date_code(taxes: list[Parts]) -> str | None:
    """BT-8: CII writes codes of UNTDID 2475 where the standard has those of 2005."""
    code = next(filter(None, (said(tax, "DueDateTypeCode") for tax in taxes)), None)
    return TAX_DATES.get(code, code) if code else None


def _notes(header: Parts) -> tuple[Note, ...]:
    """ram:IncludedNote (BG-1)."""
    notes = (_parts(note) for note in every(header, "IncludedNote"))
    return tuple(Note(text, said(note, "SubjectCode")) for note in notes if (text := said(note, "Content")))


def _delivery_date(delivery: Parts) -> dt.date | None:
    """BT-72; of an order the day that is asked for."""
    event = _down(delivery, "ActualDeliverySupplyChainEvent", "RequestedDeliverySupplyChainEvent")
    return _day(first(event, "OccurrenceDateTime"))


def _creditor(agreement: Parts, settlement: Parts) -> tuple[Party | None, Party | None]:
    """Seller and payee; ram:CreditorReferenceID (BT-90) identifies who gets the money, as in UBL."""
    reference = said(settlement, "CreditorReferenceID")
    creditor = (Identifier(reference, "SEPA"),) if reference else ()
    payee = _party(first(settlement, "PayeeTradeParty"), creditor)
    return _party(first(agreement, "SellerTradeParty"), () if payee else creditor), payee


def _party(element: etree._Element | None, more: tuple[Identifier, ...] = ()) -> Party | None:
    """ram:TradePartyType."""
    if element is None:
        return None
    found = _parts(element)
    legal = _down(found, "SpecifiedLegalOrganization")
    mine, others = _registrations(found)
    return Party(
        name=said(found, "Name"),
        trading_name=said(legal, "TradingBusinessName"),
        tax_id=mine,
        other_tax_ids=others,
        legal_id=_identifier(first(legal, "ID")),
        identifiers=(*_identifiers(found, "ID"), *_identifiers(found, "GlobalID"), *more),
        endpoint=next(iter(_identifiers(_down(found, "URIUniversalCommunication"), "URIID", "CompleteNumber")), None),
        legal_form=said(found, "Description"),
        address=_address(first(found, "PostalTradeAddress")),
        contact=_contact(first(found, "DefinedTradeContact")),
    )


def _registrations(found: Parts) -> tuple[TaxId | None, tuple[TaxId, ...]]:
    """ram:SpecifiedTaxRegistration: VA is the VAT identifier (BT-31, BT-48), FC the local number (BT-32)."""
    mine: TaxId | None = None
    others: list[TaxId] = []
    for registration in every(found, "SpecifiedTaxRegistration"):
        element = first(_parts(registration), "ID")
        scheme = attribute(element, "schemeID")
        if scheme in ("VA", "VAT") and mine is None:
            mine = vat_id(text(element))
        elif other := tax_id(text(element), None, "VAT" if scheme == "VA" else scheme):
            others.append(other)
    return mine, tuple(others)


def _identifier(element: etree._Element | None) -> Identifier | None:
    value = text(element)
    return Identifier(value, attribute(element, "schemeID")) if value else None


def _identifiers(found: Parts, *names: str) -> tuple[Identifier, ...]:
    identifiers = (_identifier(element) for name in names for element in every(found, name))
    return tuple(identifier for identifier in identifiers if identifier)


def _address(element: etree._Element | None) -> Address | None:
    """ram:PostalTradeAddress; before D16B some wrote street and number instead of lines."""
    if element is None:
        return None
    found = _parts(element)
    lines = [said(found, name) for name in ("LineOne", "LineTwo", "LineThree")]
    if not any(lines):
        street = " ".join(filter(None, (said(found, "StreetName"), said(found, "BuildingNumber"))))
        lines = [street, said(found, "BuildingName")]
    return Address(
        lines=tuple(line for line in lines if line),
        city=said(found, "CityName"),
        region=said(found, "CountrySubDivisionName"),
        postal_code=said(found, "PostcodeCode"),
        country=said(found, "CountryID"),
    )


def _contact(element: etree._Element | None) -> Contact | None:
    if element is None:
        return None
    found = _parts(element)
    contact = Contact(
        name=said(found, "PersonName", "DepartmentName"),
        phone=said(_down(found, "TelephoneUniversalCommunication"), "CompleteNumber"),
        email=said(_down(found, "EmailURIUniversalCommunication"), "URIID", "CompleteNumber"),
    )
    return None if contact == Contact() else contact


def _tax(found: Parts, currency: str | None = None) -> Tax:
    """ram:ApplicableTradeTax (BG-23, BG-30)."""
    amount = first(found, "CalculatedAmount")
    return Tax(
        scheme=said(found, "TypeCode"),
        amount=decimal(text(amount)),
        category=said(found, "CategoryCode"),
        rate=decimal(said(found, "RateApplicablePercent")),
        base=decimal(said(found, "BasisAmount")),
        currency=attribute(amount, "currencyID") or currency,
        reason=said(found, "ExemptionReason"),
        reason_code=said(found, "ExemptionReasonCode"),
    )


def _adjustments(found: Parts) -> tuple[Adjustment, ...]:
    """ram:SpecifiedTradeAllowanceCharge (BG-20, BG-21, BG-27, BG-28) and ram:SpecifiedLogisticsServiceCharge."""
    adjustments = [_adjustment(_parts(element)) for element in every(found, "SpecifiedTradeAllowanceCharge")]
    for element in every(found, "SpecifiedLogisticsServiceCharge"):
        charge = _parts(element)
        tax = _tax(_down(charge, "AppliedTradeTax"))
        adjustments.append(
            Adjustment(
                is_charge=True,
                amount=decimal(said(charge, "AppliedAmount")),
                reason=said(charge, "Description"),
                tax_category=tax.category,
                tax_rate=tax.rate,
                tax_scheme=tax.scheme,
            )
        )
    return tuple(adjustments)


def _adjustment(found: Parts) -> Adjustment:
    tax = _tax(_down(found, "CategoryTradeTax"))
    return Adjustment(
        is_charge=_indicates(first(found, "ChargeIndicator")),
        amount=decimal(said(found, "ActualAmount")),
        base=decimal(said(found, "BasisAmount")),
        percent=decimal(said(found, "CalculationPercent")),
        reason=said(found, "Reason"),
        reason_code=said(found, "ReasonCode"),
        tax_category=tax.category,
        tax_rate=tax.rate,
        tax_scheme=tax.scheme,
    )


def _totals(found: Parts, currency: str | None, tax_currency: str | None) -> Totals:
    """ram:SpecifiedTradeSettlementHeaderMonetarySummation (BG-22)."""
    tax = accounting = None
    for element in every(found, "TaxTotalAmount"):
        of = attribute(element, "currencyID") or currency
        if of == currency:
            tax = decimal(text(element)) if tax is None else tax
        elif accounting is None and of == (tax_currency or of):
            accounting = decimal(text(element))
    return Totals(
        lines=decimal(said(found, "LineTotalAmount")),
        allowances=decimal(said(found, "AllowanceTotalAmount")),
        charges=decimal(said(found, "ChargeTotalAmount")),
        net=_in_currency(found, "TaxBasisTotalAmount", currency),
        tax=tax,
        tax_accounting=accounting,
        gross=_in_currency(found, "GrandTotalAmount", currency),
        prepaid=decimal(said(found, "TotalPrepaidAmount")),
        rounding=decimal(said(found, "RoundingAmount")),
        payable=decimal(said(found, "DuePayableAmount")),
    )


def _in_currency(found: Parts, name: str, currency: str | None) -> Decimal | None:
    """CII lets these stand once for each currency: the one of the invoice, else the first."""
    elements = every(found, name)
    for element in elements:
        if attribute(element, "currencyID") in (None, currency):
            return decimal(text(element))
    return decimal(text(elements[0])) if elements else None


def _references(found: Parts) -> tuple[Reference, ...]:
    """Documents that agreement, delivery and settlement name."""
    references = []
    for name, (role, code) in _REFERENCES.items():
        references += [_reference(element, role, code) for element in every(found, name)]
    for element in every(found, "AdditionalReferencedDocument"):
        code = said(_parts(element), "TypeCode")
        references.append(_reference(element, _ADDITIONAL.get(code or "", "additional"), code))
    for element in every(found, "SpecifiedProcuringProject"):  # BT-11
        references.append(Reference("project", said(_parts(element), "ID")))
    return tuple(reference for reference in references if reference.number or reference.line)


def _reference(element: etree._Element, role: str, code: str | None) -> Reference:
    found = _parts(element)
    return Reference(
        role=role,
        number=said(found, "IssuerAssignedID", "ID"),
        date=_day(first(found, "FormattedIssueDateTime", "IssueDateTime")),
        line=said(found, "LineID"),
        type_code=said(found, "TypeCode") or code,
        reason=said(found, "Name", "ReferenceTypeCode"),
    )


def _attachments(agreement: Parts) -> tuple[Attachment, ...]:
    """ram:AdditionalReferencedDocument with a file or the address of one (BT-124, BT-125)."""
    attachments = []
    for element in every(agreement, "AdditionalReferencedDocument"):
        found = _parts(element)
        file, uri = first(found, "AttachmentBinaryObject"), said(found, "URIID")
        if file is None and uri is None:
            continue
        attachments.append(
            Attachment(
                name=attribute(file, "filename") or said(found, "IssuerAssignedID", "ID"),
                mime=attribute(file, "mimeCode"),
                content=binary(text(file)),
                uri=uri,
                description=said(found, "Name"),
            )
        )
    return tuple(attachments)


def _means(settlement: Parts) -> tuple[PaymentMeans, ...]:
    """ram:SpecifiedTradeSettlementPaymentMeans (BG-16 to BG-19); reference and mandate stand beside them."""
    reference = said(settlement, "PaymentReference")
    terms = [_parts(element) for element in every(settlement, "SpecifiedTradePaymentTerms")]
    mandate = next(filter(None, (said(term, "DirectDebitMandateID") for term in terms)), None)
    means = []
    for element in every(settlement, "SpecifiedTradeSettlementPaymentMeans"):
        found = _parts(element)
        account = _down(found, "PayeePartyCreditorFinancialAccount")
        means.append(
            PaymentMeans(
                code=said(found, "TypeCode"),
                name=said(found, "Information"),
                reference=reference,
                account=said(account, "IBANID", "ProprietaryID"),
                account_name=said(account, "AccountName"),
                bank=said(_down(found, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID"),
                card=said(_down(found, "ApplicableTradeSettlementFinancialCard"), "ID"),
                mandate=mandate,
                debited_account=said(_down(found, "PayerPartyDebtorFinancialAccount"), "IBANID", "ProprietaryID"),
            )
        )
    if not means and (reference or mandate):
        return (PaymentMeans(reference=reference, mandate=mandate),)
    return tuple(means)


def _instalment(element: etree._Element) -> Instalment:
    """ram:SpecifiedTradePaymentTerms."""
    found = _parts(element)
    return Instalment(
        due_date=_day(first(found, "DueDateDateTime")),
        amount=decimal(said(found, "PartialPaymentAmount")),
        percent=decimal(said(found, "PartialPaymentPercent")),
        note=said(found, "Description"),
    )


def _line(element: etree._Element, path: str) -> Line:
    """ram:IncludedSupplyChainTradeLineItem (BG-25)."""
    found = _parts(element)
    document = _down(found, "AssociatedDocumentLineDocument")
    product = _down(found, "SpecifiedTradeProduct")
    agreement = _down(found, "SpecifiedLineTradeAgreement")
    settlement = _down(found, "SpecifiedLineTradeSettlement")
    order = _down(agreement, "BuyerOrderReferencedDocument")
    gross = _down(agreement, "GrossPriceProductTradePrice")
    net = _down(agreement, "NetPriceProductTradePrice")
    quantity = first(_down(found, "SpecifiedLineTradeDelivery"), *_QUANTITIES)
    return Line(
        number=said(document, "LineID"),
        name=said(product, "Name"),
        description=said(product, "Description"),
        note="\n".join(note.text for note in _notes(document)) or None,
        quantity=decimal(text(quantity)),
        unit=attribute(quantity, "unitCode"),
        price=decimal(said(net, "ChargeAmount")),
        price_base=decimal(said(net, "BasisQuantity") or said(gross, "BasisQuantity")),
        gross_price=decimal(said(gross, "ChargeAmount")),
        net=decimal(said(_down(settlement, "MonetarySummation"), "LineTotalAmount")),
        seller_code=said(product, "SellerAssignedID"),
        buyer_code=said(product, "BuyerAssignedID"),
        standard_code=_identifier(first(product, "GlobalID")),
        classifications=_classifications(product),
        country=said(_down(product, "OriginTradeCountry"), "ID"),
        order_line=said(order, "LineID"),
        order_number=said(order, "IssuerAssignedID", "ID"),
        object_id=_object_id(settlement) or _object_id(agreement),
        cost_center=said(_down(settlement, "ReceivableSpecifiedTradeAccountingAccount"), "ID"),
        period=_period(first(settlement, "BillingSpecifiedPeriod")),
        adjustments=_adjustments(settlement),
        taxes=tuple(_tax(_parts(tax)) for tax in every(settlement, "ApplicableTradeTax")),
        attributes=_attributes(product),
        parent=said(document, "ParentLineID"),
        status=said(document, "LineStatusReasonCode"),
        path=path,
    )


def _object_id(found: Parts) -> str | None:
    """BT-128: the document of type 130."""
    for element in every(found, "AdditionalReferencedDocument"):
        document = _parts(element)
        if said(document, "TypeCode") == "130":
            return said(document, "IssuerAssignedID", "ID")
    return None


def _classifications(product: Parts) -> tuple[Identifier, ...]:
    """ram:DesignatedProductClassification/ram:ClassCode (BT-158)."""
    codes = (first(_parts(each), "ClassCode") for each in every(product, "DesignatedProductClassification"))
    found = ((text(code), attribute(code, "listID")) for code in codes)
    return tuple(Identifier(value, scheme) for value, scheme in found if value)


def _attributes(product: Parts) -> tuple[tuple[str, str], ...]:
    """ram:ApplicableProductCharacteristic (BG-32)."""
    found = (_parts(each) for each in every(product, "ApplicableProductCharacteristic"))
    pairs = ((said(each, "Description", "TypeCode"), said(each, "Value", "ValueMeasure")) for each in found)
    return tuple((name, value) for name, value in pairs if name and value)


_HEADER = {
    "BT-1": "ExchangedDocument/ID",
    "BT-2": "ExchangedDocument/IssueDateTime",
    "BT-3": "ExchangedDocument/TypeCode",
    "BG-1": "ExchangedDocument/IncludedNote",
    "BT-23": "ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID",
    "BT-24": "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
}
_AGREEMENT = {
    "BT-10": "BuyerReference",
    "BT-11": "SpecifiedProcuringProject/ID",
    "BT-12": "ContractReferencedDocument/IssuerAssignedID",
    "BT-13": "BuyerOrderReferencedDocument/IssuerAssignedID",
    "BT-14": "SellerOrderReferencedDocument/IssuerAssignedID",
    "BG-24": "AdditionalReferencedDocument",
    "BG-4": "SellerTradeParty",
    "BT-27": "SellerTradeParty/Name",
    "BT-28": "SellerTradeParty/SpecifiedLegalOrganization/TradingBusinessName",
    "BT-29": "SellerTradeParty/ID",
    "BT-30": "SellerTradeParty/SpecifiedLegalOrganization/ID",
    "BT-31": "SellerTradeParty/SpecifiedTaxRegistration/ID[@schemeID='VA']",
    "BT-32": "SellerTradeParty/SpecifiedTaxRegistration/ID[@schemeID='FC']",
    "BT-34": "SellerTradeParty/URIUniversalCommunication/URIID",
    "BG-5": "SellerTradeParty/PostalTradeAddress",
    "BT-40": "SellerTradeParty/PostalTradeAddress/CountryID",
    "BG-6": "SellerTradeParty/DefinedTradeContact",
    "BG-7": "BuyerTradeParty",
    "BT-44": "BuyerTradeParty/Name",
    "BT-46": "BuyerTradeParty/ID",
    "BT-47": "BuyerTradeParty/SpecifiedLegalOrganization/ID",
    "BT-48": "BuyerTradeParty/SpecifiedTaxRegistration/ID[@schemeID='VA']",
    "BT-49": "BuyerTradeParty/URIUniversalCommunication/URIID",
    "BG-8": "BuyerTradeParty/PostalTradeAddress",
    "BT-55": "BuyerTradeParty/PostalTradeAddress/CountryID",
    "BG-9": "BuyerTradeParty/DefinedTradeContact",
    "BG-11": "SellerTaxRepresentativeTradeParty",
    "BT-62": "SellerTaxRepresentativeTradeParty/Name",
    "BT-63": "SellerTaxRepresentativeTradeParty/SpecifiedTaxRegistration/ID[@schemeID='VA']",
    "BG-12": "SellerTaxRepresentativeTradeParty/PostalTradeAddress",
    "BT-69": "SellerTaxRepresentativeTradeParty/PostalTradeAddress/CountryID",
}
_DELIVERY = {
    "BG-13": "ShipToTradeParty",
    "BG-15": "ShipToTradeParty/PostalTradeAddress",
    "BT-80": "ShipToTradeParty/PostalTradeAddress/CountryID",
    "BT-72": "ActualDeliverySupplyChainEvent/OccurrenceDateTime",
    "BT-15": "ReceivingAdviceReferencedDocument/IssuerAssignedID",
    "BT-16": "DespatchAdviceReferencedDocument/IssuerAssignedID",
}
_SETTLEMENT = {
    "BT-5": "InvoiceCurrencyCode",
    "BT-6": "TaxCurrencyCode",
    "BT-7": "ApplicableTradeTax/TaxPointDate",
    "BT-8": "ApplicableTradeTax/DueDateTypeCode",
    "BT-9": "SpecifiedTradePaymentTerms/DueDateDateTime",
    "BT-19": "ReceivableSpecifiedTradeAccountingAccount/ID",
    "BT-20": "SpecifiedTradePaymentTerms/Description",
    "BG-3": "InvoiceReferencedDocument",
    "BG-10": "PayeeTradeParty",
    "BT-59": "PayeeTradeParty/Name",
    "BG-14": "BillingSpecifiedPeriod",
    "BG-16": "SpecifiedTradeSettlementPaymentMeans",
    "BT-81": "SpecifiedTradeSettlementPaymentMeans/TypeCode",
    "BT-83": "PaymentReference",
    "BT-84": "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID",
    "BT-89": "SpecifiedTradePaymentTerms/DirectDebitMandateID",
    "BT-90": "CreditorReferenceID",
    "BG-20": "SpecifiedTradeAllowanceCharge",
    "BG-21": "SpecifiedTradeAllowanceCharge",
    "BG-22": "SpecifiedTradeSettlementHeaderMonetarySummation",
    "BT-106": "SpecifiedTradeSettlementHeaderMonetarySummation/LineTotalAmount",
    "BT-107": "SpecifiedTradeSettlementHeaderMonetarySummation/AllowanceTotalAmount",
    "BT-108": "SpecifiedTradeSettlementHeaderMonetarySummation/ChargeTotalAmount",
    "BT-109": "SpecifiedTradeSettlementHeaderMonetarySummation/TaxBasisTotalAmount",
    "BT-110": "SpecifiedTradeSettlementHeaderMonetarySummation/TaxTotalAmount",
    "BT-111": "SpecifiedTradeSettlementHeaderMonetarySummation/TaxTotalAmount",
    "BT-112": "SpecifiedTradeSettlementHeaderMonetarySummation/GrandTotalAmount",
    "BT-113": "SpecifiedTradeSettlementHeaderMonetarySummation/TotalPrepaidAmount",
    "BT-114": "SpecifiedTradeSettlementHeaderMonetarySummation/RoundingAmount",
    "BT-115": "SpecifiedTradeSettlementHeaderMonetarySummation/DuePayableAmount",
    "BG-23": "ApplicableTradeTax",
    "BT-116": "ApplicableTradeTax/BasisAmount",
    "BT-117": "ApplicableTradeTax/CalculatedAmount",
    "BT-118": "ApplicableTradeTax/CategoryCode",
    "BT-119": "ApplicableTradeTax/RateApplicablePercent",
}
# In ZUGFeRD 1.0 the same places have other names
_ZUGFERD = (
    ("/ExchangedDocumentContext/", "/SpecifiedExchangedDocumentContext/"),
    ("/ExchangedDocument/", "/HeaderExchangedDocument/"),
    ("/SupplyChainTradeTransaction/", "/SpecifiedSupplyChainTradeTransaction/"),
    ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
    ("SettlementHeaderMonetarySummation", "SettlementMonetarySummation"),
    ("RateApplicablePercent", "ApplicablePercent"),
    ("IssuerAssignedID", "ID"),
)


@lru_cache(maxsize=16)
def _where(root: str) -> tuple[tuple[str, str], ...]:
    trade = f"{root}/SupplyChainTradeTransaction/"
    paths = {term: f"{root}/{path}" for term, path in _HEADER.items()}
    paths["BG-25"] = f"{trade}IncludedSupplyChainTradeLineItem"
    for part, terms in (("Agreement", _AGREEMENT), ("Delivery", _DELIVERY), ("Settlement", _SETTLEMENT)):
        paths |= {term: f"{trade}ApplicableHeaderTrade{part}/{path}" for term, path in terms.items()}
    if root == "CrossIndustryDocument":
        for new, old in _ZUGFERD:
            paths = {term: path.replace(new, old) for term, path in paths.items()}
    return tuple(paths.items())
