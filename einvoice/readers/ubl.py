"""OASIS UBL 2.0 and 2.1: invoices, notes, orders and the like; also as the DIAN and SUNAT have it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from lxml import etree

from ..errors import Limits, NotRead
from ..model import Document, Fiscal, Format, Kind, Line, Party, Payment, Reference
from ..values import day, decimal
from ..xml import Parts, attribute, first, first_text, local, namespace, parts, text
from . import ubl_dian, ubl_responses, ubl_sunat, ubl_where
from .ubl_amounts import adjustments, amount, counted, in_currency, taxes, total, totals
from .ubl_lines import line, period, settled
from .ubl_names import DOCUMENT, DSIG, MONETARY_TOTALS, NAMES, NOTE_CODES, TYPES, Type
from .ubl_parties import CUSTOMERS, SUPPLIERS, deliver_to, party
from .ubl_references import (
    attachments,
    instalments,
    noted,
    payment_means,
    payment_terms,
    prepayments,
    references,
)

_PERIODS = ("InvoicePeriod", "StatementPeriod", "ValidityPeriod")
_RATES = ("PaymentExchangeRate", "PricingExchangeRate", "TaxExchangeRate")
_CURRENCIES = ("DocumentCurrencyCode", "PricingCurrencyCode")
_SETTLING = (Kind.REMITTANCE_ADVICE, Kind.STATEMENT, Kind.REMINDER)


def recognises(root: etree._Element) -> bool:
    name = local(root)
    return (name in TYPES or name == ubl_dian.CONTAINER) and namespace(root) == f"{DOCUMENT}{name}-2"


def read(root: etree._Element, limits: Limits) -> Document:
    if local(root) == ubl_dian.CONTAINER:
        return ubl_dian.unpacked(root, limits, recognises, _document)
    return _document(root)


def _document(root: etree._Element) -> Document:
    found = parts(root, NAMES)
    if not found or found.keys() == {""}:
        raise NotRead("not_recognised", found=f"{local(root)} without UBL's elements")
    name = local(root)
    form = TYPES[name]
    style = _style(root, found)
    document = _head(name, form, style, found)
    document = _amounts(document, form, style, found)
    document = replace(document, signed=_signed(found), lines=_lines(name, form, style, found))
    if document.kind in _SETTLING:
        document = _settling(document, form, found)
    if document.kind is Kind.APPLICATION_RESPONSE:
        document = ubl_responses.answered(document, found)
    if style is Format.DIAN:
        document = ubl_dian.completed(document, found)
    elif style is Format.SUNAT:
        document = ubl_sunat.completed(document, found)
    return replace(document, where=ubl_where.where(document, found))


def _style(root: etree._Element, found: Parts) -> Format:
    if ubl_dian.speaks(found):
        return Format.DIAN
    return Format.SUNAT if ubl_sunat.speaks(root, found) else Format.UBL


def _head(name: str, form: Type, style: Format, found: Parts) -> Document:
    type_code = first_text(found, form.type_code) if form.type_code else None
    means = payment_means(found)
    due = [one.due_date for one in means if one.due_date]
    uuid = first(found, "UUID")
    return Document(
        format=style,
        kind=NOTE_CODES.get(type_code or "", form.kind) if name == "Invoice" else form.kind,
        doc_type=name,
        version=first_text(found, "UBLVersionID"),
        profile=first_text(found, "CustomizationID"),
        process=first_text(found, "ProfileID"),
        number=first_text(found, "ID"),
        type_code=type_code,
        issue_date=day(first_text(found, "IssueDate")),
        issue_time=first_text(found, "IssueTime"),
        due_date=day(first_text(found, "DueDate")) or (due[0] if due else None),
        tax_date=day(first_text(found, "TaxPointDate")),
        tax_date_code=first_text(parts(first(found, "InvoicePeriod"), NAMES), "DescriptionCode"),
        delivery_date=_delivery_date(found),
        period=_period(found),
        currency=_currency(found),
        tax_currency=first_text(found, "TaxCurrencyCode"),
        exchange_rate=_exchange_rate(found),
        buyer_reference=first_text(found, "BuyerReference"),
        accounting_reference=first_text(found, "AccountingCost") or first_text(found, "AccountingCostCode"),
        notes=tuple(noted(written) for element in found.get("Note", ()) if (written := text(element))),
        supplier=party(found, SUPPLIERS, style),
        customer=party(found, CUSTOMERS, style),
        payee=party(found, ("PayeeParty",), style),
        tax_representative=_representative(found, style),
        deliver_to=deliver_to(found, style),
        references=references(found),
        payment_means=means,
        payment_terms=payment_terms(found),
        instalments=instalments(found),
        payments=prepayments(found),
        attachments=attachments(found),
        fiscal=Fiscal(id=text(uuid), id_scheme=attribute(uuid, "schemeName") or attribute(uuid, "schemeID")),
    )


def _delivery_date(found: Parts) -> dt.date | None:
    """BT-72."""
    for element in found.get("Delivery", ()):
        when = day(first_text(parts(element, NAMES), "ActualDeliveryDate"))
        if when is not None:
            return when
    return None


def _period(found: Parts) -> tuple[dt.date | None, dt.date | None] | None:
    """BG-14, or what a statement or a quotation covers."""
    for name in _PERIODS:
        covered = period(first(found, name))
        if covered is not None:
            return covered
    return None


def _currency(found: Parts) -> str | None:
    """BT-5; where the document names none, that of what is to be paid."""
    for name in _CURRENCIES:
        if written := first_text(found, name):
            return written
    for name in MONETARY_TOTALS:
        payable = first(parts(first(found, name), NAMES), "PayableAmount")
        if written := attribute(payable, "currencyID"):
            return written
    return None


def _exchange_rate(found: Parts) -> Decimal | None:
    for name in _RATES:
        rate = amount(parts(first(found, name), NAMES), "CalculationRate")
        if rate is not None:
            return rate
    return None


def _representative(found: Parts, style: Format) -> Party | None:
    return party(found, ("TaxRepresentativeParty",), style)


def _amounts(document: Document, form: Type, style: Format, found: Parts) -> Document:
    currency, tax_currency = document.currency, document.tax_currency
    tax_totals = found.get("TaxTotal", [])
    withheld = found.get("WithholdingTaxTotal", [])
    monetary: Parts = {}
    for name in (form.totals, *MONETARY_TOTALS):
        if name and name in found:
            monetary = parts(first(found, name), NAMES)
            break
    return replace(
        document,
        adjustments=adjustments(found.get("AllowanceCharge", ()), style),
        taxes=taxes(counted(tax_totals, currency), style),
        withholdings=taxes((parts(element, NAMES) for element in withheld), style),
        totals=totals(
            monetary,
            tax=total(amount(one, "TaxAmount") for one in counted(tax_totals, currency)),
            tax_accounting=in_currency(tax_totals, tax_currency) if tax_currency != currency else None,
            withheld=total(amount(parts(element, NAMES), "TaxAmount") for element in withheld),
        ),
    )


def _signed(found: Parts) -> bool:
    """XML-DSIG in an extension or in the document itself; the UBL 2.1 envelope of signatures is one too."""
    for extensions in found.get("UBLExtensions", ()):
        for content in ubl_dian.contents(extensions):
            if namespace(content) == DSIG or local(content) == "UBLDocumentSignatures":
                return True
    return any(namespace(element) == DSIG for element in found.get("", ()))


def _lines(name: str, form: Type, style: Format, found: Parts) -> tuple[Line, ...]:
    if form.line is None:
        return ()
    path = f"/{name}/cac:{form.line}"
    return tuple(
        line(element, f"{path}[{place}]", style) for place, element in enumerate(found.get(form.line, ()), start=1)
    )


def _settling(document: Document, form: Type, found: Parts) -> Document:
    """Remittance advices, statements and reminders name invoices in their lines."""
    named: tuple[Reference, ...] = tuple(one for element in found.get(form.line or "", ()) for one in settled(element))
    if document.kind is not Kind.REMITTANCE_ADVICE:
        return replace(document, references=document.references + named)
    paid = first(found, "TotalPaymentAmount")
    payment = Payment(
        date=day(first_text(found, "PaymentDate")),
        amount=decimal(text(paid)),
        currency=attribute(paid, "currencyID"),
        documents=named,
    )
    return replace(document, payments=(*document.payments, payment))
