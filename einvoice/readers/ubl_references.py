"""What a UBL document names and carries: other documents, files, means and terms of payment."""

from __future__ import annotations

import re

from lxml import etree

from ..model import Attachment, Instalment, Note, Payment, PaymentMeans, Reference
from ..values import binary, day
from ..xml import Parts, attribute, first, first_text, parts, text
from .ubl_amounts import amount
from .ubl_names import NAMES

# Elements with a cac:…DocumentReference or the like, and the roles of model.Reference
_ROLES = (
    ("ContractDocumentReference", "contract"),
    ("Contract", "contract"),
    ("ReferencedContract", "contract"),
    ("ProjectReference", "project"),
    ("ReceiptDocumentReference", "receipt"),
    ("DespatchDocumentReference", "dispatch"),
    ("OriginatorDocumentReference", "tender"),
    ("QuotationDocumentReference", "quotation"),
    ("RequestForQuotationDocumentReference", "quotation"),
    ("OrderDocumentReference", "additional"),
    ("StatementDocumentReference", "additional"),
)
_BILLED = (
    "InvoiceDocumentReference",
    "SelfBilledInvoiceDocumentReference",
    "CreditNoteDocumentReference",
    "SelfBilledCreditNoteDocumentReference",
    "DebitNoteDocumentReference",
    "ReminderDocumentReference",
    "AdditionalDocumentReference",
)
_OBJECT = "130"  # UNCL 1001: invoicing data sheet; EN 16931 writes the invoiced object (BT-18) with it
_SUBJECT = re.compile(r"#([A-Z]{3})#\s*(\S.*)", re.DOTALL)
_PROJECT = "50"  # UNCL 1001: a credit note has no cac:ProjectReference


def noted(written: str) -> Note:
    """BG-1: EN 16931 has the subject (BT-21) between number signs before the text."""
    subject = _SUBJECT.match(written)
    return Note(subject[2], subject[1]) if subject else Note(written)


def references(found: Parts) -> tuple[Reference, ...]:
    made = _orders(found)
    made += _corrected(found)
    for name, role in _ROLES:
        made += [reference(element, role) for element in found.get(name, ())]
    for element in found.get("AdditionalDocumentReference", ()):
        code = first_text(parts(element, NAMES), "DocumentTypeCode")
        made.append(reference(element, {_OBJECT: "object", _PROJECT: "project"}.get(code or "", "additional")))
    return tuple(one for one in made if one.number or one.fiscal_id)


def reference(element: etree._Element, role: str, line: str | None = None) -> Reference:
    """cac:DocumentReference."""
    found = parts(element, NAMES)
    return Reference(
        role=role,
        number=first_text(found, "ID"),
        date=day(first_text(found, "IssueDate")),
        line=line or first_text(found, "LineID"),
        fiscal_id=first_text(found, "UUID"),
        type_code=first_text(found, "DocumentTypeCode"),
        reason=first_text(found, "DocumentDescription"),
    )


def _orders(found: Parts) -> list[Reference]:
    """BT-13, and BT-14 which stands in it."""
    made = []
    for element in found.get("OrderReference", ()):
        inner = parts(element, NAMES)
        made.append(reference(element, "order"))
        sales_order = first_text(inner, "SalesOrderID")
        if sales_order:
            made.append(Reference("sales_order", sales_order))
    return made


def _corrected(found: Parts) -> list[Reference]:
    """BG-3; of notes in Colombia and Peru with the reason that cac:DiscrepancyResponse gives."""
    billed = [one for element in found.get("BillingReference", ()) for one in billing(element)]
    reasons: dict[str | None, str | None] = {}
    for element in found.get("DiscrepancyResponse", ()):
        answer = parts(element, NAMES)
        reasons.setdefault(first_text(answer, "ReferenceID"), first_text(answer, "Description"))
    if not reasons:
        return billed
    common = reasons.pop(None, None)
    named = {one.number for one in billed}
    billed = [_because(one, reasons.get(one.number, common)) for one in billed]
    return billed + [Reference("invoice", number, reason=why) for number, why in reasons.items() if number not in named]


def _because(one: Reference, why: str | None) -> Reference:
    return Reference(one.role, one.number, one.date, one.line, one.fiscal_id, one.type_code, one.reason or why)


def billing(element: etree._Element, line: str | None = None) -> list[Reference]:
    """cac:BillingReference: one kind of document or another."""
    found = parts(element, NAMES)
    return [reference(inner, "invoice", line) for name in _BILLED for inner in found.get(name, ())]


def attachments(found: Parts) -> tuple[Attachment, ...]:
    """BG-24: inside (BT-125) or elsewhere (BT-124)."""
    made = (_attachment(element) for element in found.get("AdditionalDocumentReference", ()))
    return tuple(one for one in made if one is not None)


def _attachment(element: etree._Element) -> Attachment | None:
    outer = parts(element, NAMES)
    found = parts(first(outer, "Attachment"), NAMES)
    embedded = first(found, "EmbeddedDocumentBinaryObject")
    uri = first_text(parts(first(found, "ExternalReference"), NAMES), "URI")
    if embedded is None and uri is None:
        return None
    return Attachment(
        name=attribute(embedded, "filename"),
        mime=attribute(embedded, "mimeCode"),
        content=binary(text(embedded)),
        uri=uri,
        description=first_text(outer, "DocumentDescription"),
    )


def payment_means(found: Parts) -> tuple[PaymentMeans, ...]:
    """BG-16 to BG-19."""
    return tuple(_means(parts(element, NAMES)) for element in found.get("PaymentMeans", ()))


def _means(found: Parts) -> PaymentMeans:
    code = first(found, "PaymentMeansCode")
    account = parts(first(found, "PayeeFinancialAccount"), NAMES)
    branch = parts(first(account, "FinancialInstitutionBranch"), NAMES)
    institution = parts(first(branch, "FinancialInstitution"), NAMES)
    mandate = parts(first(found, "PaymentMandate"), NAMES)
    debited = parts(first(mandate, "PayerFinancialAccount"), NAMES) or parts(
        first(found, "PayerFinancialAccount"), NAMES
    )
    return PaymentMeans(
        code=text(code),
        name=attribute(code, "name"),
        due_date=day(first_text(found, "PaymentDueDate")),
        reference=first_text(found, "PaymentID"),
        account=first_text(account, "ID"),
        account_name=first_text(account, "Name"),
        bank=first_text(branch, "ID") or first_text(institution, "ID"),
        card=first_text(parts(first(found, "CardAccount"), NAMES), "PrimaryAccountNumberID"),
        mandate=first_text(mandate, "ID"),
        debited_account=first_text(debited, "ID"),
    )


def payment_terms(found: Parts) -> str | None:
    """BT-20; several notes are lines of one."""
    notes = [first_text(parts(element, NAMES), "Note") for element in found.get("PaymentTerms", ())]
    return "\n".join(note for note in notes if note) or None


def instalments(found: Parts) -> tuple[Instalment, ...]:
    """cac:PaymentTerms that fall due on a day of their own (Peru: Cuota001 …)."""
    made = []
    for element in found.get("PaymentTerms", ()):
        terms = parts(element, NAMES)
        due = day(first_text(terms, "PaymentDueDate") or first_text(terms, "InstallmentDueDate"))
        if due is None:
            continue
        number = first_text(terms, "PaymentMeansID") or first_text(terms, "ID")
        note = first_text(terms, "Note")
        made.append(Instalment(due, amount(terms, "Amount"), number, amount(terms, "PaymentPercent"), note))
    return tuple(made)


def prepayments(found: Parts) -> tuple[Payment, ...]:
    """cac:PrepaidPayment: what was paid before, and by which document (Peru, Colombia)."""
    made = []
    for element in found.get("PrepaidPayment", ()):
        paid = parts(element, NAMES)
        number = first_text(paid, "ID")
        documents = (Reference("invoice", number),) if number else ()
        sum_paid = first(paid, "PaidAmount")
        when = day(first_text(paid, "PaidDate") or first_text(paid, "ReceivedDate"))
        made.append(Payment(when, amount(paid, "PaidAmount"), attribute(sum_paid, "currencyID"), documents=documents))
    return tuple(made)
