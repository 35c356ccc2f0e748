"""Every real file gives exactly the facts of expected.tsv: one test per file and fact."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

import einvoice
from einvoice.facts import facts
from einvoice.model import Document, Format, Identifier, Party
from einvoice.tests import samples

ASSIGNED = ("CustomerAssignedAccountID", "SupplierAssignedAccountID")
UBL = ("ubl-", "dian-")
REFUSED = [row["local"] for row in samples.rows() if row["doc_type"] == "-"]
CASES = [(row["local"], fact) for row in samples.rows() if row["doc_type"] != "-" for fact in samples.FACTS]
NOTES = [
    (row["local"], name)
    for row in samples.rows()
    if row["local"].split("/")[1].startswith(UBL)
    for name in samples.notes(row)
]
ROWS = {row["local"]: row for row in samples.rows()}


@cache
def document(local: str) -> Document:
    return einvoice.read((samples.DATA / local).read_bytes())


def test_the_real_files_are_there():
    if not samples.rows():
        pytest.skip(f"NO SAMPLE DATA at {samples.TABLE}: nothing of the real files was tried")
    assert len(samples.rows()) > 200


@pytest.mark.parametrize("local, fact", CASES)
def test_a_fact_is_read(local: str, fact: str):
    found = facts(document(local))[fact]
    assert ("-" if found is None else str(found)) == ROWS[local][fact]


@pytest.mark.parametrize("local", REFUSED)
def test_what_has_no_document_is_refused(local: str):
    with pytest.raises(einvoice.NotRead):
        document(local)


@pytest.mark.parametrize("local, name", NOTES)
def test_a_note_is_read(local: str, name: str):
    written = samples.notes(ROWS[local])[name]
    if name == "tax_total":
        assert ROWS[local]["tax_total"] == facts(document(local))["tax_total"]  # "sum of n TaxTotal"
        return
    found = noted(document(local), name)
    assert ("-" if found is None else found) == written


def noted(read: Document, name: str) -> str | None:
    """What the notes column of expected.tsv calls by a name of its own."""
    side, _, what = name.partition("_")
    if side in ("supplier", "customer"):
        return of_party(read.supplier if side == "supplier" else read.customer, what, read.format)
    totals = read.totals
    match name:
        case "line_total":
            return plain(totals.lines)
        case "prepaid":
            return plain(totals.prepaid)
        case "withholding":
            return plain(totals.withheld)
        case "type":
            return read.type_code
        case "buyer_ref":
            return read.buyer_reference
        case "order_ref":
            orders = [one.number for one in read.references if one.role == "order"]
            if not orders and any(one.role == "sales_order" for one in read.references):
                return "NA"  # what UBL writes beside BT-14 where there is no order; the reader does not take it for one
            return orders[0] if orders else None
        case "billing_ref":
            return next((one.number for one in read.references if one.role == "invoice"), None)
        case "billing_ref_uuid":
            return next((one.fiscal_id for one in read.references if one.role == "invoice"), None)
    raise AssertionError(f"an unknown note: {name}")


def of_party(party: Party | None, what: str, style: Format) -> str | None:
    if party is None:
        return None
    own = [one for one in party.identifiers if one.scheme not in ASSIGNED]
    assigned = [one for one in party.identifiers if one.scheme == ASSIGNED[0]]
    if what == "dv":
        return party.tax_id.check_digit if party.tax_id else None
    found: dict[str, Identifier | None] = {
        "legal": party.legal_id,
        "endpoint": party.endpoint,
        "partyid": own[0] if own else None,
        "assigned": assigned[0] if assigned else None,
    }
    identifier = found[what]
    return identifier.value if identifier else None


def plain(amount: Decimal | None) -> str | None:
    if amount is None:
        return None
    written = format(amount, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
