"""PDFs made by hand: odd, damaged, protected and hostile ones, each within the time and memory of an ordinary one."""

from __future__ import annotations

import io
import time
import zlib

import pypdf
import pytest

from einvoice import pdf
from einvoice.errors import DEFAULT, Limits, NotRead

XML = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n"
    b"<r:CrossIndustryInvoice xmlns:r='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100'/>"
)
FATTURA = b"<f:FatturaElettronica xmlns:f='http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2'/>"
NAMES = "/Names<</EmbeddedFiles<</Names[{}]>>>>"
SPECIFICATION = "({0})<</Type/Filespec/F({0})/UF({0})/Desc(about it)/EF<</F {1} 0 R>>>>"


def stream(content: bytes, filters: str = "/Filter/FlateDecode", more: str = "") -> bytes:
    packed = zlib.compress(content, 9) if filters else content
    return f"<</Type/EmbeddedFile{filters}{more}/Length {len(packed)}>>\nstream\n".encode() + packed + b"\nendstream"


def made(root: str, objects: dict[int, bytes]) -> bytes:
    """A PDF of a catalog, no page, and these objects."""
    body, places = b"%PDF-1.7\n", {}
    everything = {1: f"<</Type/Catalog/Pages 2 0 R{root}>>".encode(), 2: b"<</Type/Pages/Kids[]/Count 0>>", **objects}
    for number, content in everything.items():
        places[number] = len(body)
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    rows = b"".join(b"%010d 00000 n \n" % places.get(number, 0) for number in range(1, max(everything) + 1))
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (max(everything) + 1) + rows
    end = b"trailer <</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (max(everything) + 1, len(body))
    return body + table + end


def holding(**files: bytes) -> bytes:
    """A PDF that embeds files, by name (an underscore for the dot)."""
    numbers = dict(enumerate(files.items(), 3))
    names = "".join(SPECIFICATION.format(name.replace("_", "."), number) for number, (name, _) in numbers.items())
    return made(NAMES.format(names), {number: stream(content) for number, (_, content) in numbers.items()})


@pytest.mark.parametrize(
    "name",
    ["factur-x.xml", "ZUGFeRD-invoice.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "rechnung.xml", "x"],
)
def test_by_whatever_name(name: str):
    data = made(NAMES.format(SPECIFICATION.format(name, 3)), {3: stream(XML)})
    assert pdf.xml_of(data, DEFAULT) == (XML, ())


def test_the_others_are_attachments():
    content, (first, second) = pdf.xml_of(holding(terms_pdf=b"%PDF-", notes_xml=b"<a/>", factur_xml=XML), DEFAULT)
    assert content == XML
    assert {first.name, second.name} == {"terms.pdf", "notes.xml"} and first.description == "about it"


def test_what_can_be_read_before_what_is_only_known():
    content, _ = pdf.xml_of(holding(invoice_xml=FATTURA, other_xml=XML), DEFAULT)
    assert content == XML
    assert pdf.xml_of(holding(a_xml=FATTURA), DEFAULT)[0] == FATTURA


def test_associated_files_without_a_name_tree():
    data = made("/AF[4 0 R]", {3: stream(XML, filters=""), 4: b"<</Type/Filespec/F(factur-x.xml)/EF<</F 3 0 R>>>>"})
    assert pdf.xml_of(data, DEFAULT)[0] == XML


def test_a_tree_of_names():
    leaf = f"<</Names[{SPECIFICATION.format('factur-x.xml', 3)}]>>".encode()
    data = made(
        "/Names<</EmbeddedFiles 4 0 R>>", {3: stream(XML), 4: b"<</Kids[5 0 R 6 0 R 4 0 R]>>", 5: b"null", 6: leaf}
    )
    assert pdf.xml_of(data, DEFAULT)[0] == XML


@pytest.mark.parametrize(
    "wrong", [(b"xref\n", b"xxxx\n"), (b"startxref", b"startxxxx"), (b"/Root 1 0 R", b"/Root 9 0 R")]
)
def test_damaged_structure_is_searched(wrong: tuple[bytes, bytes]):
    assert pdf.xml_of(holding(factur_xml=XML).replace(*wrong), DEFAULT)[0] == XML


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_passwords(algorithm: str):
    if algorithm.startswith("AES"):
        pytest.importorskip("cryptography")
    for password, code in (("", None), ("secret", "pdf_encrypted")):
        writer = pypdf.PdfWriter()
        writer.add_blank_page(100, 100)
        writer.add_attachment("factur-x.xml", XML)
        writer.encrypt(password, "owner", algorithm=algorithm)
        writer.write(file := io.BytesIO())
        if code is None:
            assert pdf.xml_of(file.getvalue(), DEFAULT)[0] == XML
        else:
            assert refused(file.getvalue()) == code


def refused(data: bytes, limits: Limits = DEFAULT) -> str:
    with pytest.raises(NotRead) as refusal:
        pdf.xml_of(data, limits)
    assert str(refusal.value)
    return refusal.value.code


def nested(depth: int) -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/AF "
        + b"[" * depth
        + b">>\nendobj\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF"
    )


def thrice_packed(content: bytes) -> bytes:
    packed = zlib.compress(zlib.compress(zlib.compress(content, 9), 9), 9)
    filters = "/Filter[/FlateDecode/FlateDecode/FlateDecode]"
    return f"<</Type/EmbeddedFile{filters}/Length {len(packed)}>>\nstream\n".encode() + packed + b"\nendstream"


FILE = NAMES.format(SPECIFICATION.format("factur-x.xml", 3))
TREE = "/Names<</EmbeddedFiles 3 0 R>>"
MISSING = " ".join(f"{number} 0 R" for number in range(100, 90_000))
HOSTILE = {
    "no structure": lambda: b"%PDF-1.7\n" + b"0" * 9_000_000,
    "objects only": lambda: b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n<<>>\nendobj\n" % number for number in range(300_000)),
    "no file": lambda: made("", {}),
    "a picture": lambda: holding(picture_png=b"\x89PNG"),
    "a text": lambda: holding(text_xml=b"no xml at all"),
    "a bomb": lambda: made(FILE, {3: stream(XML + b" " * 100_000_000)}),
    "a bomb in layers": lambda: made(FILE, {3: thrice_packed(XML + b" " * 50_000_000)}),
    "nested arrays": lambda: nested(1_000_000),
    "itself": lambda: made("/Names 3 0 R", {3: b"3 0 R"}),
    "a circle of nodes": lambda: made(TREE, {3: b"<</Kids[4 0 R]>>", 4: b"<</Kids[3 0 R 4 0 R]>>"}),
    "a chain": lambda: made("/Names 3 0 R", {number: b"%d 0 R" % (number + 1) for number in range(3, 3000)}),
    "what is not there": lambda: made(f"/AF[{MISSING}]", {3: stream(b"0" * 5_000_000, "")}),
    "marks only": lambda: b"%PDF-1.7\n" + b"/EmbeddedFile" * 500_000,
    "wrong types": lambda: made("/Names[1 2]/AF(x)", {3: b"<</EF 7>>"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_time(name: str, capfd: pytest.CaptureFixture[str]):
    data = HOSTILE[name]()
    start = time.monotonic()
    assert refused(data) in ("pdf_without_xml", "pdf_broken")
    assert time.monotonic() - start < 2
    assert capfd.readouterr().err == ""


def test_limits_of_files_and_bytes():
    assert refused(holding(factur_xml=XML + b" " * 5000), Limits(size=4000)) == "pdf_without_xml"
    many = {f"f{number}_txt": b"x" for number in range(40)}
    content, attachments = pdf.xml_of(holding(**many, factur_xml=XML), Limits(entries=5))
    assert content == XML and len(attachments) == 4
