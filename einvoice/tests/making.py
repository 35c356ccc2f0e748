"""Small documents for tests: UBL with any prefixes, ZIPs of any content."""

from __future__ import annotations

import io
import zipfile

from einvoice.readers.ubl_names import CAC, CBC, EXT

DOCUMENT = "urn:oasis:names:specification:ubl:schema:xsd:"
STS = "dian:gov:co:facturaelectronica:Structures-2-1"


def ubl(body: str, name: str = "Invoice", a: str = "cac", b: str = "cbc", root: str = "") -> str:
    """A document whose body is written with the prefixes cac and cbc; `a`, `b` and `root` are those that come out."""
    for written, wanted in (("cac:", a), ("cbc:", b)):
        body = body.replace(f"<{written}", f"<{wanted}:").replace(f"</{written}", f"</{wanted}:")
    qualified = f"{root}:{name}" if root else name
    own = f"xmlns:{root}" if root else "xmlns"
    spaces = f'{own}="{DOCUMENT}{name}-2" xmlns:{a}="{CAC}" xmlns:{b}="{CBC}" xmlns:ext="{EXT}" xmlns:sts="{STS}"'
    return f"<{qualified} {spaces}>{body}</{qualified}>"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


PLAIN = ubl(
    "<cbc:ID>INV-1</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate>"
    "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
    "<cbc:Note>Señor Ñandú</cbc:Note>"
    "<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>DE111111125</cbc:CompanyID>"
    "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>"
    '<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>'
    '<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>'
    '<cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount></cac:InvoiceLine>'
)
