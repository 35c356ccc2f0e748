"""Hostile and damaged files: refused with a code of their own, in bounded time and memory, and nothing is fetched."""

from __future__ import annotations

import socket
import struct
import zipfile
from string import Formatter

import pytest

import einvoice
from einvoice import Limits, NotRead
from einvoice.model import Note
from einvoice.texts import REFUSALS, sentence

from .making import PLAIN, ubl, zipped

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def code_of(data: bytes, **limits: int) -> str:
    with pytest.raises(NotRead) as refusal:
        einvoice.read(data, Limits(**limits))
    for language in ("en", "es", "pt_BR"):
        assert sentence(refusal.value.code, refusal.value.facts, language)
    return refusal.value.code


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{PLAIN}'


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        b"\n  " + declared("UTF-8").encode(),
        declared("utf8").encode(),
        declared("UTF-16").encode("utf-16"),
        declared("UTF-16").encode("utf-16-be"),
        declared("UTF-16LE").encode("utf-16-le"),
        b"\xff\xfe" + PLAIN.encode("utf-16-le"),
        declared("ISO-8859-1").encode("latin-1"),
        declared("iso-8859-15").encode("iso-8859-15"),
        declared("windows-1252").encode("cp1252"),
        declared("Windows-1250").replace("ñ", "n").replace("Ñ", "N").encode("cp1250"),
        declared("latin1").encode("latin-1"),
        b"\xef\xbb\xbf" + declared("ISO-8859-1").encode(),  # the mark proves what it is
        declared("UTF-8").replace('"1.0"', "'1.0'").replace('"UTF-8"', "'UTF-8'").encode(),
    ],
)
def test_encodings(data: bytes):
    assert einvoice.read(data).number == "INV-1"


def test_characters_survive_their_encoding():
    for encoding in ("ISO-8859-1", "windows-1252", "UTF-16", "UTF-8", "ISO-8859-15"):
        assert einvoice.read(declared(encoding).encode(encoding)).notes == (Note("Señor Ñandú"),)


@pytest.mark.parametrize(
    "data, code",
    [
        (declared("UTF-8").encode("latin-1"), "encoding_wrong"),
        (PLAIN.encode("latin-1"), "encoding_wrong"),
        (declared("UTF-16").encode(), "encoding_wrong"),
        (declared("US-ASCII").encode(), "encoding_wrong"),
        (declared("UTF-7").encode(), "encoding_unknown"),
        (declared("hex").encode(), "encoding_unknown"),
        (declared("no-such-thing").encode(), "encoding_unknown"),
        (declared("UTF-32").encode("utf-32"), "encoding_unknown"),
        (declared("UTF-16").encode("utf-16")[:-1], "encoding_wrong"),
    ],
)
def test_encodings_that_are_wrong(data: bytes, code: str):
    assert code_of(data) == code


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (PLAIN.encode()[:-9], "xml_truncated"),
        (PLAIN.encode()[:300], "xml_truncated"),
        (b"<", "xml_truncated"),
        (PLAIN.replace("</cbc:Note>", "</cbc:Nota>").encode(), "xml_broken"),
        (PLAIN.replace("Señor", "Señor & Cía").encode(), "xml_broken"),
        (PLAIN.replace("Señor", "&unknown;").encode(), "xml_broken"),
        (PLAIN.replace("Señor", "\x01").encode(), "xml_broken"),
        (b"<html><body>Log in</body></html>", "is_html"),
        (b"<!DOCTYPE html><html></html>", "is_html"),
        (b"\n<!doctype HTML>\n<p>", "is_html"),
        (b'{"invoice": 1}', "is_json"),
        (b"[1, 2]", "is_json"),
        (b"Dear customer, our invoice is enclosed.", "is_text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is_binary"),
        (bytes(range(256)) * 20, "is_binary"),
        (b"<a/>", "not_recognised"),
        (b'<Invoice xmlns="urn:other"/>', "not_recognised"),
        (b"<Invoice/>", "not_recognised"),
        (ubl("").encode(), "not_recognised"),
        (PLAIN.replace("CommonBasicComponents-2", "X").replace("CommonAggregate", "Y").encode(), "not_recognised"),
        (ubl("<cbc:ID>1</cbc:ID>", "Waybill").encode(), "recognised_not_read"),
    ],
)
def test_what_is_no_document(data: bytes, code: str):
    assert code_of(data) == code


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Invoice SYSTEM "http://example.org/a.dtd">',
        '<!DOCTYPE Invoice PUBLIC "-//x" "https://example.org/a.dtd" [<!ENTITY % p SYSTEM "http://example.org/p">%p;]>',
        f'<!DOCTYPE Invoice [<!ENTITY e0 "lol">{BOMB}]>',
        '<!-- a -->\n<?pi <b> ?>\n<!DOCTYPE Invoice [<!ATTLIST Invoice a CDATA "b">]>',
        "<!ELEMENT a>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(prolog: str, encoding: str):
    text = prolog + PLAIN.replace("Señor", "&x;")
    assert code_of(text.encode(encoding)) == "doctype"


def test_comments_and_instructions_are_no_document_type():
    text = "<!-- <!DOCTYPE a> --><?pi <!DOCTYPE b> ?>" + PLAIN.replace("INV-1", "INV<!-- c -->-<?pi?>1")
    assert einvoice.read(text.encode()).number == "INV-1"


@pytest.mark.parametrize(
    "addenda",
    ['<a xmlns:b="http://example.org/a b"/>', '<a xmlns="no uri"/>', '<x:a y:b="1"/>', '<a xsi:schemaLocation="a b"/>'],
)
def test_prefixes_without_a_proper_namespace_hinder_nobody(addenda: str):
    made = PLAIN.replace("<cbc:ID>", f"<ext:UBLExtensions>{addenda}</ext:UBLExtensions><cbc:ID>", 1)
    assert einvoice.read(made.encode()) == einvoice.read(PLAIN.encode())
    assert code_of(made[:-9].encode()) == "xml_truncated"
    assert code_of(made.replace("</cbc:Note>", "</cbc:Nota>").encode()) == "xml_broken"


def test_xinclude_is_only_an_element():
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    read = einvoice.read(PLAIN.replace("Señor Ñandú", include).encode())
    assert read.notes == ()


@pytest.mark.parametrize(
    "data, code",
    [
        (PLAIN.encode() + b" " * (11 * 2**20), "too_large"),
        (ubl("<cac:Party>" * 101 + "</cac:Party>" * 101).encode(), "too_deep"),
        (ubl("<cac:Delivery>" * 100_000 + "</cac:Delivery>" * 100_000).encode(), "too_deep"),
        (b"<a>" * 3_000_000, "too_many_elements"),
        (ubl("<cbc:Note/>" * 400_001).encode(), "too_many_elements"),
        (b"<a " + b" ".join(b"a%d=''" % n for n in range(400_001)) + b"/>", "too_many_elements"),
        (b"<?p?>" * 2_000_000 + b"<a/>", "too_many_elements"),
        (
            b'<?xml version="1.0" encoding="ISO-8859-1"?>'
            + ubl(f"<cbc:ID>{'é' * 9_900_000}</cbc:ID>").encode("latin-1"),
            "too_large",  # twice as much in UTF-8
        ),
    ],
)
def test_masses(data: bytes, code: str):
    assert code_of(data) == code


def test_limits_can_be_set():
    assert code_of(PLAIN.encode(), size=100) == "too_large"
    assert code_of(PLAIN.encode(), depth=2) == "too_deep"
    assert code_of(PLAIN.encode(), elements=10) == "too_many_elements"
    assert code_of(zipped(("a", b"1"), ("b", b"2")), entries=1) == "zip_entries"


@pytest.mark.parametrize(
    "body",
    [
        "<cbc:Note>something of a length that people write in notes, and that is read</cbc:Note>" * 50_000,
        "<cac:TaxTotal><cbc:TaxAmount>1</cbc:TaxAmount><cac:TaxSubtotal/></cac:TaxTotal>" * 60_000,
        "".join(
            f"<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{n}</cbc:ID>"
            "</cac:InvoiceDocumentReference></cac:BillingReference><cac:DiscrepancyResponse>"
            f"<cbc:ReferenceID>x{n}</cbc:ReferenceID></cac:DiscrepancyResponse>"
            for n in range(30_000)
        ),
        "<a>" * 90
        + "<b>something of a length that people write, and that nobody will ever read</b>" * 50_000
        + "</a>" * 90
        + "<cbc:ID>1</cbc:ID>",
        f"<cbc:ID>{'9' * 9_900_000}</cbc:ID>",
        f"<cac:LegalMonetaryTotal><cbc:PayableAmount>{'9' * 5_000}</cbc:PayableAmount></cac:LegalMonetaryTotal>",
    ],
)
def test_what_is_large_is_read(body: str):
    assert einvoice.read(ubl(body).encode()).totals.payable is None


def test_a_pdf_is_not_seen_in_the_text_of_a_document():
    assert einvoice.read(PLAIN.replace("<cbc:ID>", "<!-- %PDF-1.7 --><cbc:ID>", 1).encode()).number == "INV-1"


# --- ZIP


def test_a_zip_is_opened_and_its_pdf_attached():
    read = einvoice.read(zipped(("picture.xml", PDF), ("dir/", b""), ("a.txt", b"hello"), ("x.pdf", PLAIN.encode())))
    assert (read.number, read.carried_by) == ("INV-1", "zip")
    assert [(one.name, one.mime, one.content) for one in read.attachments] == [("picture.xml", "application/pdf", PDF)]


def test_an_answer_beside_the_document_is_its_response():
    answer = ubl(
        "<cbc:ID>9</cbc:ID><cac:DocumentResponse><cac:Response><cbc:ResponseCode>0</cbc:ResponseCode></cac:Response>"
        "</cac:DocumentResponse>",
        "ApplicationResponse",
    )
    read = einvoice.read(zipped(("R-1.xml", answer.encode()), ("1.xml", PLAIN.encode())))
    assert read.number == "INV-1"
    assert read.response is not None and read.response.fiscal.status == "0"
    assert einvoice.read(zipped(("R-1.xml", answer.encode()))).number == "9"


def lying(data: bytes) -> bytes:
    """The same ZIP with an entry that says it is 4 GB."""
    place = data.rfind(b"PK\1\2")
    return data[: place + 24] + struct.pack("<I", 2**32 - 2) + data[place + 28 :]


def encrypted(data: bytes) -> bytes:
    place = data.rfind(b"PK\1\2")
    return data[: place + 8] + b"\1\0" + data[place + 10 :]


@pytest.mark.parametrize(
    "data, code",
    [
        (zipped(), "zip_without_document"),
        (zipped(("a.txt", b"hello"), ("b.png", b"\x89PNG")), "zip_without_document"),
        (zipped(("a.xml", b"<a/>")), "not_recognised"),
        (zipped(("a.xml", b"<a>")), "xml_truncated"),
        (zipped(("a.xml", b"<!DOCTYPE a><a/>")), "doctype"),
        (zipped(("a.xml", PLAIN.encode()), ("b.xml", PLAIN.encode())), "zip_several"),
        (zipped(("a.zip", zipped(("a.xml", PLAIN.encode())))), "zip_nested"),
        (zipped(*((f"{n}", b"1") for n in range(21))), "zip_entries"),
        (zipped(*((f"{n}", b"1") for n in range(70_000)), method=zipfile.ZIP_STORED)[-2_000_000:], "is_binary"),
        (zipped(("a.xml", b"<a>" + b" " * 10_000_000)), "zip_bomb"),
        (lying(zipped(("a.xml", PLAIN.encode()))), "zip_bomb"),
        (zipped(*((f"{n}.xml", PLAIN.encode() * 2_000) for n in range(9)), method=zipfile.ZIP_STORED), "too_large"),
        (encrypted(zipped(("a.xml", PLAIN.encode()))), "zip_encrypted"),
        (zipped(("a.xml", PLAIN.encode()), method=zipfile.ZIP_LZMA), "zip_method"),
        (zipped(("a.xml", PLAIN.encode()), method=zipfile.ZIP_BZIP2), "zip_method"),
        (zipped(("a.xml", PLAIN.encode()))[:-30], "zip_broken"),
        (zipped(("a.xml", PLAIN.encode())).replace(b"a.xml", b"\xff.xml", 1), "zip_broken"),
        (b"PK\3\4" + b"\0" * 100, "zip_broken"),
    ],
)
def test_zips_that_are_refused(data: bytes, code: str):
    assert code_of(data) == code


def test_a_zip_with_many_entries_is_not_listed():
    assert code_of(zipped(*((f"{n}", b"") for n in range(30_000)))) == "zip_entries"


def test_names_in_a_zip_are_no_paths():
    read = einvoice.read(zipped(("../../etc/passwd", PLAIN.encode()), ("/x/../y.pdf", PDF)))
    assert read.attachments[0].name == "y.pdf"


def test_every_refusal_says_what_to_do_in_three_languages():
    for code, texts in REFUSALS.items():
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts]
        assert all(texts) and fields[0] == fields[1] == fields[2], code
