"""The namespaces and document types of OASIS UBL 2.0 to 2.4, and what each type is in business."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Kind
from ..xml import Names

DOCUMENT = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = DOCUMENT + "CommonBasicComponents-2"
CAC = DOCUMENT + "CommonAggregateComponents-2"
EXT = DOCUMENT + "CommonExtensionComponents-2"
DSIG = "http://www.w3.org/2000/09/xmldsig#"

NAMES = Names((CBC, CAC, EXT))


class Type(NamedTuple):
    kind: Kind
    line: str | None
    totals: str | None = None
    type_code: str | None = None


TYPES = {
    "Invoice": Type(Kind.INVOICE, "InvoiceLine", "LegalMonetaryTotal", "InvoiceTypeCode"),
    "SelfBilledInvoice": Type(Kind.INVOICE, "InvoiceLine", "LegalMonetaryTotal", "InvoiceTypeCode"),
    "FreightInvoice": Type(Kind.INVOICE, "InvoiceLine", "LegalMonetaryTotal", "InvoiceTypeCode"),
    "CreditNote": Type(Kind.CREDIT_NOTE, "CreditNoteLine", "LegalMonetaryTotal", "CreditNoteTypeCode"),
    "SelfBilledCreditNote": Type(Kind.CREDIT_NOTE, "CreditNoteLine", "LegalMonetaryTotal", "CreditNoteTypeCode"),
    "DebitNote": Type(Kind.DEBIT_NOTE, "DebitNoteLine", "RequestedMonetaryTotal", "DebitNoteTypeCode"),
    "Order": Type(Kind.ORDER, "OrderLine", "AnticipatedMonetaryTotal", "OrderTypeCode"),
    "OrderChange": Type(Kind.ORDER_CHANGE, "OrderLine", "AnticipatedMonetaryTotal", "OrderTypeCode"),
    "OrderCancellation": Type(Kind.ORDER_CANCELLATION, None),
    "OrderResponse": Type(Kind.ORDER_RESPONSE, "OrderLine", "LegalMonetaryTotal", "OrderResponseCode"),
    "OrderResponseSimple": Type(Kind.ORDER_RESPONSE, None),
    "DespatchAdvice": Type(Kind.DISPATCH_ADVICE, "DespatchLine", None, "DespatchAdviceTypeCode"),
    "ReceiptAdvice": Type(Kind.RECEIPT_ADVICE, "ReceiptLine", None, "ReceiptAdviceTypeCode"),
    "Quotation": Type(Kind.QUOTATION, "QuotationLine", "QuotedMonetaryTotal"),
    "RequestForQuotation": Type(Kind.REQUEST_FOR_QUOTATION, "RequestForQuotationLine"),
    "Catalogue": Type(Kind.CATALOGUE, "CatalogueLine"),
    "RemittanceAdvice": Type(Kind.REMITTANCE_ADVICE, "RemittanceAdviceLine"),
    "Statement": Type(Kind.STATEMENT, "StatementLine", None, "StatementTypeCode"),
    "Reminder": Type(Kind.REMINDER, "ReminderLine", "LegalMonetaryTotal", "ReminderTypeCode"),
    "ApplicationResponse": Type(Kind.APPLICATION_RESPONSE, None),
}
MONETARY_TOTALS = ("LegalMonetaryTotal", "RequestedMonetaryTotal", "AnticipatedMonetaryTotal", "QuotedMonetaryTotal")
# UNCL 1001: an Invoice that is in business a note
NOTE_CODES = {"381": Kind.CREDIT_NOTE, "396": Kind.CREDIT_NOTE, "383": Kind.DEBIT_NOTE}
