"""The short version of bench/einvoice_hostile.py: what a file that was made to be dear may cost."""

from __future__ import annotations

import pytest

import einvoice
from bench.einvoice_hostile import CASES, TIMES, cost, ubl
from einvoice import Limits, NotRead, checks

SIZE = 3 * 2**20
# Of each kind of trouble the dearest that is read, in each family and container
READ = (
    "tiny elements, as dense as is taken",
    "attributes of elements",
    "names of all kinds",
    "namespaces of one element",
    "empty lines, UBL",
    "lines with masses within, UBL",
    "taxes without end, UBL",
    "lines, CII",
    "taxes of lines, CFDI",
    "lines, NF-e",
    "lines, DTE",
    "one character of four bytes in ASCII",
    "base64 in pieces of two letters",
    "within AttachedDocument",
    "within a PDF",
    "within a ZIP",
)
REFUSED = {
    "tiny elements": "too_many_elements",
    "notes of one letter": "too_many_elements",
    "attributes of tiny elements": "too_many_elements",
    "attributes of one element": "too_many_elements",
    "small lines, UBL": "too_many_elements",
    "comments": "too_many_elements",
    "instructions": "too_many_elements",
    "tags that never end": "too_many_elements",
    "deep": "too_many_elements",
    "entities that nobody declared": "xml_broken",
    "a name without end": "too_large",
    "blanks": "is_text",
    "documents of an envelope, DTE": "too_many_documents",
    "documents of a lot, NF-e": "too_many_documents",
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_costs_a_bounded_multiple_of_itself(name: str):
    found = cost(CASES[name](SIZE), use=True)
    assert found.outcome == "read"
    assert found.times < TIMES, found


@pytest.mark.parametrize("name", REFUSED)
def test_masses_are_refused_by_name(name: str):
    with pytest.raises(NotRead) as refusal:
        einvoice.read(CASES[name](SIZE))
    assert refusal.value.code == REFUSED[name]


def test_very_many_children_of_one_element_are_refused():
    assert len(einvoice.read(ubl("<c:InvoiceLine/>" * 1_999)).lines) == 1_999  # and an ID
    for body in ("<c:InvoiceLine/>" * 9_000, "<c:InvoiceLine>12345678901234567890</c:InvoiceLine>" * 2_001):
        with pytest.raises(NotRead) as refusal:
            einvoice.read(ubl(body))
        assert refusal.value.code == "too_many_elements"


def test_what_honest_documents_have_is_not_taken_for_masses():
    line = '<c:InvoiceLine><b:ID>1</b:ID><b:InvoicedQuantity unitCode="C62">1</b:InvoicedQuantity></c:InvoiceLine>'
    assert len(einvoice.read(CASES["empty lines, UBL"](10_000)).lines) > 100
    assert len(einvoice.read(CASES["empty lines, UBL"](4_000_000)).lines) > 50_000
    assert len(einvoice.read(ubl(line * 30_000)).lines) == 30_000


def test_of_one_code_a_hundred_findings_are_told_and_how_many_more():
    document = einvoice.read(CASES["empty lines, UBL"](100_000))
    found = [one for one in einvoice.check(document) if one.code == "BR-21"]
    rest = [dict(one.facts) for one in einvoice.check(document) if one.code == "more_of_the_same"]
    assert len(found) == checks.MOST
    assert {"rule": "BR-21", "more": len(document.lines) - checks.MOST} in rest


def test_the_documents_of_an_envelope_are_counted():
    made = b"<SetDTE>" + b"<DTE><Documento/></DTE>" * 3 + b"</SetDTE>"
    assert len(einvoice.read(made, Limits(documents=3)).others) == 2
    with pytest.raises(NotRead) as refusal:
        einvoice.read(made, Limits(documents=2))
    assert refusal.value.code == "too_many_documents"
