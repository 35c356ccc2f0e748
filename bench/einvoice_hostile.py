"""What a stranger's file may cost: hostile files of every kind in all formats, each read in a process of its own.

    python -m bench.einvoice_hostile [--size MB] [--only WORDS] [--quick]

Memory is what reading adds to a process that holds the file already, at its peak; the file counts as it is unpacked.
The short version is `einvoice/tests/test_hostile.py`."""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import einvoice
import einvoice.pdf  # its libraries are there once for all
from bench.table import Figure
from einvoice.facts import facts
from einvoice.readers.ubl_names import CAC, CBC, DOCUMENT, EXT

SECONDS = 2.0
TIMES = 20  # of the input
MEMORY = 200  # megabytes
Maker = Callable[[int], bytes]


# --- what they are made of


def ubl(body: str, name: str = "Invoice") -> bytes:
    """With prefixes of one letter, so that masses weigh little: c for cac, b for cbc."""
    spaces = f'xmlns:d="{EXT}" xmlns="{DOCUMENT}{name}-2" xmlns:c="{CAC}" xmlns:b="{CBC}"'
    return f"<{name} {spaces}><b:ID>1</b:ID>{body}</{name}>".encode()


def _many(piece: str, size: int, least: int = 0) -> str:
    """One piece again and again, with blanks behind it up to `least`."""
    return piece.ljust(least) * (size // max(len(piece), least, 1))


def in_groups(start: str, piece: str, end: str, name: str = "Invoice") -> Maker:
    """Many parents of as many children as any may have."""
    group = start + piece * 1990 + end
    return lambda size: ubl(_many(group, size), name)


def in_ubl(piece: str, least: int = 0, name: str = "Invoice") -> Maker:
    return lambda size: ubl(_many(piece, size, least), name)


def numbered(piece: str, name: str = "Invoice") -> Maker:
    """A piece with a number of its own each time."""
    return lambda size: ubl("".join(piece.format(n=n) for n in range(size // (len(piece) + 3))), name)


def bare(start: str, piece: str, end: str, least: int = 0) -> Maker:
    return lambda size: (start + _many(piece, size, least) + end).encode()


def attached(inner: Maker) -> Maker:
    """In a container of the DIAN, beside an answer of half its size."""

    def made(size: int) -> bytes:
        document, answer = inner(size * 2 // 3), inner(size // 3)
        texts = [f"<b:Description><![CDATA[{one.decode()}]]></b:Description>" for one in (document, answer)]
        inside, told = (f"<c:Attachment><c:ExternalReference>{t}</c:ExternalReference></c:Attachment>" for t in texts)
        parent = f"<c:ParentDocumentLineReference><c:DocumentReference>{told}</c:DocumentReference>"
        return ubl(f"{inside}{parent}</c:ParentDocumentLineReference>", "AttachedDocument")

    return made


def zipped(inner: Maker) -> Maker:
    def made(size: int) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("a.xml", inner(size))
        return packed.getvalue()

    return made


def printed(inner: Maker) -> Maker:
    """In a PDF, as it is: what packing makes smaller counts unpacked."""

    def made(size: int) -> bytes:
        content = inner(size)
        pieces = [b"%PDF-1.7\n"]
        objects = (
            b"<</Type/Catalog/Names<</EmbeddedFiles<</Names[(factur-x.xml) 2 0 R]>>>>/Pages 4 0 R>>",
            b"<</Type/Filespec/F(factur-x.xml)/EF<</F 3 0 R>>>>",
            b"<</Type/EmbeddedFile/Length %d>>stream\n%b\nendstream" % (len(content), content),
            b"<</Type/Pages/Kids[]/Count 0>>",
        )
        for number, one in enumerate(objects, 1):
            pieces.append(b"%d 0 obj%b\nendobj\n" % (number, one))
        pieces.append(b"trailer<</Root 1 0 R>>\n%%EOF")
        return b"".join(pieces)

    return made


def base64_of(size: int) -> str:
    return b64encode(b"a" * (size * 3 // 4)).decode()


def embedded(text: Callable[[int], str]) -> Maker:
    def made(size: int) -> bytes:
        file = f"<b:EmbeddedDocumentBinaryObject>{text(size)}</b:EmbeddedDocumentBinaryObject>"
        return ubl(
            f"<c:AdditionalDocumentReference><c:Attachment>{file}</c:Attachment></c:AdditionalDocumentReference>"
        )

    return made


def deep(size: int) -> bytes:
    return ubl("<c:Party>" * (size // 19) + "</c:Party>" * (size // 19))


def broad(levels: int) -> Maker:
    """Masses of lines behind ninety open elements."""
    return lambda size: b"<a>" * levels + ubl(_many("<b:Note>12345</b:Note>", size)) + b"</a>" * levels


def names_of_all_kinds(size: int) -> bytes:
    return ubl("".join(f"<b:N{n}>1</b:N{n}>".ljust(76) for n in range(size // 76)))


def namespaces(size: int) -> bytes:
    return ubl("".join(f'<a{n}:a xmlns:a{n}="urn:{n}"/>'.ljust(76) for n in range(size // 76)))


def namespaces_of_one(size: int) -> bytes:
    declared = "".join(f' xmlns:a{n}="u:{n}"' for n in range(size // 24))
    return ubl(f"<b:Note{declared}>1</b:Note>")


def entities() -> bytes:
    declared = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE a [<!ENTITY e0 "lol">{declared}]>'.encode()


def attributes_of_one(size: int) -> bytes:
    return ubl("<b:Note" + "".join(f' abc{n}="1"' for n in range(size // 16)) + ">1</b:Note>")


_CFDI = '<c:Comprobante xmlns:c="http://www.sat.gob.mx/cfd/4" Version="4.0" TipoDeComprobante="I"><c:Conceptos>'
_NFE = '<NFe xmlns="http://www.portalfiscal.inf.br/nfe"><infNFe versao="4.00" Id="NFe1">'
_NOTE = "<b:Note>123456</b:Note>"
_LINE = "<c:InvoiceLine><b:ID>1</b:ID><b:Note>a</b:Note></c:InvoiceLine>"
_TAX = "<c:TaxSubtotal><b:TaxAmount>1</b:TaxAmount></c:TaxSubtotal>"
_CII = (
    '<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:s="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">'
)
_CII_LINES, _CII_END = (
    f"{_CII}<r:SupplyChainTradeTransaction>",
    "</r:SupplyChainTradeTransaction></r:CrossIndustryInvoice>",
)
_CII_SETTLED = f"{_CII_LINES}<s:ApplicableHeaderTradeSettlement>"
_CII_PAID = f"</s:ApplicableHeaderTradeSettlement>{_CII_END}"
_DENSE = in_groups("<c:InvoiceLine>", "<b:Note>1</b:Note>       ", "</c:InvoiceLine>")

# Pieces of 76 bytes pass as children of one element, those of 25 as children of many; denser ones are refused as masses
CASES: dict[str, Maker] = {
    "tiny elements": in_ubl("<a/>"),
    "tiny elements, as dense as is taken": in_groups("<x>", "<b:Note>1</b:Note>       ", "</x>   "),
    "notes of one letter": in_ubl("<b:Note>1</b:Note>"),
    "notes of a few letters": in_ubl(_NOTE, 76),
    "elements that are nobody's": in_ubl("<x>1</x>", 76),
    "names of all kinds": names_of_all_kinds,
    "attributes of tiny elements": in_ubl('<a b="1" c="2"/>'),
    "attributes of elements": in_groups("<x>", f'<b:Note a="1" b="2" c="3" d="{"1" * 54}"/>', "</x>"),
    "attributes of one element": attributes_of_one,
    "an attribute of all the size": lambda size: ubl(f'<b:ID a="{"x" * (size - 500)}">1</b:ID>'),
    "namespaces of all elements": namespaces,
    "namespaces of one element": namespaces_of_one,
    "deep": deep,
    "broad behind depth": broad(90),
    "empty lines, UBL": in_ubl("<c:InvoiceLine/>", 76),
    "small lines, UBL": in_ubl(_LINE),
    "lines with masses within, UBL": in_groups("<c:InvoiceLine>", "<b:Note>1</b:Note>       ", "</c:InvoiceLine>"),
    "taxes without end, UBL": in_groups("<c:TaxTotal>", _TAX, "</c:TaxTotal>"),
    "tax totals without end, UBL": in_ubl("<c:TaxTotal><c:TaxSubtotal/></c:TaxTotal>", 76),
    "tax totals of lines, UBL": in_groups(
        "<c:InvoiceLine>", "<c:TaxTotal><c:TaxSubtotal/></c:TaxTotal>", "</c:InvoiceLine>"
    ),
    "item codes, UBL": in_groups(
        "<c:InvoiceLine><c:Item>",
        "<c:CommodityClassification><b:ItemClassificationCode>1</b:ItemClassificationCode></c:CommodityClassification>",
        "</c:Item></c:InvoiceLine>",
    ),
    "references without end, UBL": numbered(
        "<c:BillingReference><c:InvoiceDocumentReference><b:ID>{n}</b:ID></c:InvoiceDocumentReference>"
        "</c:BillingReference><c:DiscrepancyResponse><b:ReferenceID>x{n}</b:ReferenceID></c:DiscrepancyResponse>"
    ),
    "references in groups, UBL": in_groups(
        "<c:BillingReference>",
        "<c:InvoiceDocumentReference><b:ID>1</b:ID></c:InvoiceDocumentReference>",
        "</c:BillingReference>",
    ),
    "allowances without end, UBL": in_ubl("<c:AllowanceCharge/>", 76),
    "instalments, UBL": in_ubl("<c:PaymentTerms><b:PaymentDueDate>2026-01-01</b:PaymentDueDate></c:PaymentTerms>", 76),
    "extensions without end, UBL": in_ubl("<d:UBLExtensions/>", 76),
    "tax numbers without end, UBL": lambda size: ubl(
        "<c:AccountingSupplierParty><c:Party>"
        + _many("<c:PartyTaxScheme><b:CompanyID>1</b:CompanyID></c:PartyTaxScheme>", size, 76)
        + "</c:Party></c:AccountingSupplierParty>"
    ),
    "taxes of the DIAN": lambda size: ubl(
        "<b:ProfileID>DIAN 2.1</b:ProfileID>" + _many("<c:TaxTotal><b:TaxAmount>1</b:TaxAmount></c:TaxTotal>", size, 76)
    ),
    "terms of the SUNAT": lambda size: ubl(
        "<b:CustomizationID>2.0</b:CustomizationID><b:ID>F001-1</b:ID>"
        + _many("<c:PaymentTerms><b:ID>Detraccion</b:ID></c:PaymentTerms>", size, 76)
    ),
    "lines, Catalogue": in_ubl("<c:CatalogueLine/>", 76, "Catalogue"),
    "lines, Statement": in_ubl(
        "<c:StatementLine><c:BillingReference><c:InvoiceDocumentReference/></c:BillingReference></c:StatementLine>",
        76,
        "Statement",
    ),
    "answers, ApplicationResponse": in_ubl("<c:DocumentResponse/>", 76, "ApplicationResponse"),
    "answers in groups, ApplicationResponse": in_groups(
        "<c:DocumentResponse>",
        "<c:DocumentReference><b:ID>1</b:ID></c:DocumentReference>",
        "</c:DocumentResponse>",
        "ApplicationResponse",
    ),
    "lines, CII": bare(_CII_LINES, "<s:IncludedSupplyChainTradeLineItem/>", _CII_END, 76),
    "lines in groups, CII": bare(
        _CII,
        "<r:SupplyChainTradeTransaction><s:IncludedSupplyChainTradeLineItem/></r:SupplyChainTradeTransaction>",
        "</r:CrossIndustryInvoice>",
        76,
    ),
    "taxes, CII": bare(_CII_SETTLED, "<s:ApplicableTradeTax/>", _CII_PAID, 76),
    "terms, CII": bare(_CII_SETTLED, "<s:SpecifiedTradePaymentTerms/>", _CII_PAID, 76),
    "notes, CII": bare(
        f"{_CII}<r:ExchangedDocument>",
        "<s:IncludedNote><s:Content>1</s:Content></s:IncludedNote>",
        "</r:ExchangedDocument></r:CrossIndustryInvoice>",
        76,
    ),
    "lines, CFDI": bare(_CFDI, "<c:Concepto/>", "</c:Conceptos></c:Comprobante>", 76),
    "taxes of lines, CFDI": bare(
        _CFDI,
        "<c:Concepto><c:Impuestos><c:Traslados>"
        + '<c:Traslado Importe="12345678901.00"/>' * 1990
        + "</c:Traslados></c:Impuestos></c:Concepto>",
        "</c:Conceptos></c:Comprobante>",
    ),
    "attributes of lines, CFDI": bare(
        _CFDI,
        '<c:Concepto Cantidad="1" ClaveUnidad="H87" Importe="1.00" A="123456789"/>',
        "</c:Conceptos></c:Comprobante>",
        76,
    ),
    "lines, NF-e": bare(_NFE, '<det nItem="1"><prod/></det>', "</infNFe></NFe>", 76),
    "documents of a lot, NF-e": bare(
        '<enviNFe xmlns="http://www.portalfiscal.inf.br/nfe">', "<NFe><infNFe><ide/></infNFe></NFe>", "</enviNFe>", 76
    ),
    "lines, DTE": bare("<DTE><Documento>", "<Detalle/>", "</Documento></DTE>", 76),
    "documents of an envelope, DTE": bare("<SetDTE>", "<DTE><Documento/></DTE>", "</SetDTE>", 76),
    "comments": in_ubl("<!--x-->"),
    "comments within a text": lambda size: ubl(f"<b:Note>{_many('abcdefgh<!--12345678-->', size)}</b:Note>"),
    "instructions": in_ubl("<?p x?>"),
    "instructions within a text": lambda size: ubl(f"<b:Note>{_many('abcdefgh<?p 12345678?>', size)}</b:Note>"),
    "CDATA within a text": lambda size: ubl(f"<b:Note>{_many('<![CDATA[1234567890]]>', size)}</b:Note>"),
    "characters by number": lambda size: ubl(f"<b:Note>{_many('&#65;', size)}</b:Note>"),
    "characters by name": lambda size: ubl(f"<b:Note>{_many('&amp;', size)}</b:Note>"),
    "characters by name in an attribute": lambda size: ubl(f'<b:Note a="{_many("&lt;", size)}">1</b:Note>'),
    "entities that nobody declared": lambda size: ubl(f"<b:Note>{_many('&x;', size)}</b:Note>"),
    "entities that multiply": lambda size: entities() + ubl("<b:Note>&e9;</b:Note>" * (size // 24)),
    "words of two letters": lambda size: ubl(f"<b:Note>{_many('ab ', size)}</b:Note>"),
    "words of two letters as a number": lambda size: ubl(f"<b:UUID>{_many('ab ', size)}</b:UUID>"),
    "digits without end": lambda size: ubl(
        f"<c:LegalMonetaryTotal><b:PayableAmount>{'9' * size}</b:PayableAmount></c:LegalMonetaryTotal>"
    ),
    "one character of four bytes in ASCII": lambda size: ubl(f"<b:Note>🧾{'a' * size}</b:Note>"),
    "base64": embedded(base64_of),
    "base64 in pieces of two letters": embedded(lambda size: _many("QU ", size)),
    "base64 with a blank behind each four letters": embedded(lambda size: _many("QUJD\n", size)),
    "UTF-16": lambda size: ubl(_many(_NOTE, size // 2, 76)).decode().encode("utf-16"),
    "Latin-1 that doubles": lambda size: (
        b'<?xml version="1.0" encoding="ISO-8859-1"?>'
        + ubl(f"<b:Note>{'é' * (size // 2)}</b:Note>").decode().encode("latin-1")
    ),
    "within AttachedDocument": attached(_DENSE),
    "lines within AttachedDocument": attached(in_ubl(_LINE)),
    "within a ZIP": zipped(_DENSE),
    "within a PDF": printed(_DENSE),
    "base64 within a PDF": printed(embedded(base64_of)),
    "a name without end": lambda size: f"<{'a' * size}/>".encode(),
    "blanks": lambda size: b" " * size + b"<a/>",
    "tags that never end": lambda size: b"<" * size,
}


# --- measuring


class Cost(NamedTuple):
    outcome: str
    bytes: int  # of the file, unpacked
    grown: int  # bytes, at the peak
    reading: float  # seconds of the processor
    using: float  # the same: facts, checks, HTML

    @property
    def times(self) -> float:
        return self.grown / self.bytes


def cost(data: bytes, use: bool = False) -> Cost:
    """Of one file, in a process that has read an ordinary document before."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(data)
        file.flush()
        words = [sys.executable, "-m", "bench.einvoice_hostile", "--child", file.name, *(["--use"] if use else [])]
        told = subprocess.run(words, capture_output=True, check=True, text=True).stdout.split("\t")
    return Cost(told[0], len(data), int(told[1]), float(told[2]), float(told[3]))


def _child(path: str, use: bool) -> None:
    _used(einvoice.read(ubl(_LINE)))
    data = Path(path).read_bytes()
    before, start, using = _high_water(), time.process_time(), 0.0
    try:
        document = einvoice.read(data)
        outcome = "read"
    except einvoice.NotRead as refusal:
        outcome = refusal.code
    reading = time.process_time() - start
    if use and outcome == "read":
        start = time.process_time()
        _used(document)
        using = time.process_time() - start
    sys.stdout.write(f"{outcome}\t{_high_water() - before}\t{reading}\t{using}")


def _used(document: einvoice.Document) -> None:
    facts(document)
    found = einvoice.check(document)
    for one in found:
        one.message("es")
    einvoice.render(document, "es", "html", found)


def _high_water() -> int:
    """The most memory that this process ever held."""
    found = re.search(r"VmHWM:\s+([0-9]+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def costs(size: int, only: str = "", use: bool = False) -> Iterator[tuple[str, Cost]]:
    for name, made in CASES.items():
        if only.lower() in name.lower():
            yield name, cost(made(size), use)


def measure(quick: bool = False) -> list[Figure]:
    """The dearest of them, for the table of all measures."""
    found = list(costs((2 if quick else 4) * 2**20))
    name, worst = max(found, key=lambda pair: pair[1].times)
    most, largest = max(found, key=lambda pair: pair[1].grown)
    slow, longest = max(found, key=lambda pair: pair[1].reading)
    size, grown = f"{worst.bytes / 2**20:.1f} MB", largest.grown / 2**20
    return [
        Figure("hostile file: most memory", worst.times, "times", f"< {TIMES}", worst.times < TIMES, f"{name}, {size}"),
        Figure("hostile file: most memory", grown, "MB", f"≤ {MEMORY} MB", grown <= MEMORY, most),
        Figure("hostile file: longest", longest.reading, "s", f"< {SECONDS:.0f} s", longest.reading < SECONDS, slow),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=4.3, help="megabytes of each file (4.3, where all bounds meet)")
    parser.add_argument("--only", default="", help="those with these words in their name")
    parser.add_argument("--use", action="store_true", help="check and show what was read, too")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        _child(asked.child, asked.use)
        return 0
    for name, one in costs(int(asked.size * 2**20), asked.only, asked.use):
        print(
            f"{name:48} {one.bytes / 2**20:5.1f} MB {one.times:6.1f} × {one.grown / 2**20:6.0f} MB "
            f"{one.reading:5.2f} s {one.using:5.2f} s  {one.outcome}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
