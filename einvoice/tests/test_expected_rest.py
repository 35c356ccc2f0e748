"""CII, PDF, CFDI, NF-e and DTE: every real file of these families gives every fact that its row of expected.tsv names.

The mapping is SOURCES.md's, written here on its own: the package's own `facts` is tested beside it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from einvoice import pdf
from einvoice.errors import DEFAULT, NotRead
from einvoice.model import Document, Format
from einvoice.readers import READERS
from einvoice.tests import samples

FOLDERS = ("cii-en16931", "cii-facturx", "cii-gobl", "pdf-facturx", "cfdi", "cfdi-gobl", "nfe", "dte-chile")
ROWS = [row for row in samples.rows() if row["local"].split("/")[1] in FOLDERS]
pytestmark = pytest.mark.skipif(not ROWS, reason=f"the real files are not at {samples.DATA}")


def document_of(path: Path) -> Document:
    data = path.read_bytes()
    if data.startswith(b"%PDF"):
        data, _ = pdf.xml_of(data, DEFAULT)
    root = etree.fromstring(data)
    return next(reader for reader in READERS if reader.recognises(root)).read(root, DEFAULT)


def plain(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def facts(document: Document) -> dict[str, str]:
    totals = document.totals
    supplier, customer = document.supplier, document.customer
    values = {
        "doc_type": document.doc_type,
        "doc_number": document.number,
        "issue_date": document.issue_date,
        "due_date": document.due_date,
        "currency": document.currency,
        "supplier_tax_id": supplier.tax_id.written if supplier and supplier.tax_id else None,
        "customer_tax_id": customer.tax_id.written if customer and customer.tax_id else None,
        "net_total": totals.net,
        "tax_total": totals.tax,
        "gross_total": totals.gross,
        "payable_total": totals.payable,
        "lines": Decimal(len(document.lines)),
        "uuid": document.fiscal.id,
    }
    return {name: plain(value) for name, value in values.items()}


def notes(document: Document) -> dict[str, str]:
    values = {
        Format.CII: _cii_notes,
        Format.ZUGFERD: _cii_notes,
        Format.CFDI: _cfdi_notes,
        Format.NFE: _nfe_notes,
        Format.DTE: _dte_notes,
    }[document.format](document)
    return {name: plain(value) for name, value in values.items() if value is not None}


def _amount(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None


def _cii_notes(document: Document) -> dict[str, object]:
    supplier, customer, prepaid = document.supplier, document.customer, document.totals.prepaid
    of = {reference.role: reference.number for reference in reversed(document.references)}
    fiscal_number = [
        party and [each.written for each in party.other_tax_ids if each.system == "FC"]
        for party in (supplier, customer)
    ]
    return {
        "type": document.type_code,
        "supplier_fiscal_no": fiscal_number[0][0] if fiscal_number[0] else None,
        "supplier_legal": supplier.legal_id.value if supplier and supplier.legal_id else None,
        "customer_fiscal_no": fiscal_number[1][0] if fiscal_number[1] else None,
        "customer_legal": customer.legal_id.value if customer and customer.legal_id else None,
        "buyer_ref": document.buyer_reference,
        "order_ref": of.get("order"),
        "prepaid": prepaid or None,
        "guideline": document.profile,
    }


def _cfdi_notes(document: Document) -> dict[str, object]:
    written = dict(document.fiscal.facts)
    paid = [payment.amount for payment in document.payments]
    return {
        "serie": document.series,
        "folio": written.get("Folio") if document.series else None,
        "subtotal": _amount(written.get("SubTotal")),
        "discount": _amount(written.get("Descuento")),
        "withheld": document.totals.withheld,
        "metodo_pago": written.get("MetodoPago"),
        "condiciones": document.payment_terms,
        "payments": len(paid) or None,
        "payments_amount": sum(paid) if paid else None,
        "related_documents": sum(len(payment.documents) for payment in document.payments) or None,
    }


def _nfe_notes(document: Document) -> dict[str, object]:
    written = dict(document.fiscal.facts)
    names = ["vProd", "vDesc", "vFrete", "vICMS", "vST", "vIPI", "vPIS", "vCOFINS", "vTotTrib"]
    several = [instalment.due_date for instalment in document.instalments]
    return {
        "serie": document.series,
        **{name: _amount(written.get(name)) or None for name in names},
        "instalments_due": ",".join(map(str, several)) if len(several) > 1 else None,
    }


def _dte_notes(document: Document) -> dict[str, object]:
    return {"exempt": _amount(dict(document.fiscal.facts).get("Totales/MntExe"))}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["local"])
def test_every_fact(row: dict[str, str]) -> None:
    path = samples.DATA / row["local"]
    if row["doc_type"] == "-":
        with pytest.raises(NotRead) as refusal:
            document_of(path)
        assert refusal.value.code == "pdf_without_xml"
        return
    found = facts(document_of(path))
    assert found == {name: row[name] for name in samples.FACTS}


@pytest.mark.parametrize("row", [row for row in ROWS if row["doc_type"] != "-"], ids=lambda row: row["local"])
def test_every_note(row: dict[str, str]) -> None:
    path = samples.DATA / row["local"]
    expected = dict(note.split("=", 1) for note in row["notes"].split("; ")) if row["notes"] != "-" else {}
    embedded = expected.pop("embedded", None)
    assert notes(document_of(path)) == expected
    if embedded:
        chosen = pdf._chosen(pdf._files(path.read_bytes(), DEFAULT))
        assert chosen is not None and chosen.name == embedded
