"""EN 16931's rules on code lists (BR-CL): a code stands in the list that the standard names for its term."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding, fatal
from ..model import Document, Format, Kind, Line, Party, Tax
from .codelists import codes

_CATEGORIES = frozenset({"AE", "L", "M", "E", "S", "Z", "G", "O", "K", "B"})
_TAX_DATES = frozenset({"3", "35", "432"})
_ICD, _COUNTRY, _UNIT = "ISO 6523 ICD", "ISO 3166-1 country", "UN/ECE Recommendation 20 and 21 unit"
_MIMES = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)


def VAT_PREFIXES() -> frozenset[str]:  # noqa: N802 - a constant that is read from a file when first asked
    return codes("VAT prefix")


def check(document: Document) -> Iterator[Finding]:
    for code, term, value, known in _header(document):
        if value and value not in known:
            yield fatal(code, term, document.path_of(term), code=value)
    for line in document.lines:
        yield from _line(line)


def _header(document: Document) -> Iterator[tuple[str, str, str | None, frozenset[str]]]:
    yield "BR-CL-01", "BT-3", document.type_code, _types(document)
    yield "BR-CL-04", "BT-5", document.currency, codes("ISO 4217 currency")
    yield "BR-CL-05", "BT-6", document.tax_currency, codes("ISO 4217 currency")
    yield "BR-CL-06", "BT-8", document.tax_date_code, _TAX_DATES
    yield from _party(document.supplier, "BT-29", "BT-30", "BT-34", "BT-40")
    yield from _party(document.customer, "", "BT-47", "BT-49", "BT-55")
    yield from _party(document.payee, "BT-60", "BT-61", "", "")
    yield from _party(document.tax_representative, "", "", "", "BT-69")
    yield from _party(document.deliver_to, "", "", "", "BT-80")
    for means in document.payment_means:
        yield "BR-CL-16", "BT-81", means.code, codes("UNTDID 4461 payment means")
    for tax in document.taxes:
        yield "BR-CL-03", "BT-117", tax.currency, codes("ISO 4217 currency")
        yield "BR-CL-17", "BT-118", tax.category, _CATEGORIES
        yield "BR-CL-22", "BT-121", _upper(tax), codes("VATEX exemption reason")
    for one in document.adjustments:
        yield "BR-CL-17", "BT-102" if one.is_charge else "BT-95", one.tax_category, _CATEGORIES
        yield _reason(one.is_charge, one.reason_code, ("BT-105", "BT-98"))
    for file in document.attachments:
        if file.content is not None:
            yield "BR-CL-24", "BT-125", file.mime, _MIMES


def _types(document: Document) -> frozenset[str]:
    if document.format is Format.CII:
        return codes("UNTDID 1001 CII")
    # What a UBL root may carry depends on the root; read as one of the two, a self-billed note is still a note.
    return codes("UNTDID 1001 credit note" if document.kind is Kind.CREDIT_NOTE else "UNTDID 1001 invoice") | (
        codes("UNTDID 1001 invoice") if document.doc_type == "Invoice" else frozenset()
    )


def _upper(tax: Tax) -> str | None:
    return tax.reason_code.upper() if tax.reason_code else None


def _reason(is_charge: bool, code: str | None, terms: tuple[str, str]) -> tuple[str, str, str | None, frozenset[str]]:
    if is_charge:
        return "BR-CL-20", terms[0], code, codes("UNTDID 7161 charge reason")
    return "BR-CL-19", terms[1], code, codes("UNTDID 5189 allowance reason")


def _party(
    party: Party | None, own: str, legal: str, endpoint: str, country: str
) -> Iterator[tuple[str, str, str | None, frozenset[str]]]:
    """The terms under which a party's schemes and country are found; an empty one is not asked."""
    if party is None:
        return
    if own:
        for one in party.identifiers:
            yield "BR-CL-10", own, None if one.scheme == "SEPA" else one.scheme, codes(_ICD)
    if legal and party.legal_id:
        yield "BR-CL-11", legal, party.legal_id.scheme, codes(_ICD)
    if endpoint and party.endpoint:
        yield "BR-CL-25", endpoint, party.endpoint.scheme, codes("EAS endpoint scheme")
    if country and party.address:
        yield "BR-CL-14", country, party.address.country, codes(_COUNTRY)


def _line(line: Line) -> Iterator[Finding]:
    if line.unit and line.unit not in codes(_UNIT):
        yield fatal("BR-CL-23", "BT-130", line.path, code=line.unit)
    for tax in line.taxes:
        if tax.category and tax.category not in _CATEGORIES:
            yield fatal("BR-CL-18", "BT-151", line.path, code=tax.category)
    for one in line.adjustments:
        code, term, value, known = _reason(one.is_charge, one.reason_code, ("BT-145", "BT-140"))
        if value and value not in known:
            yield fatal(code, term, line.path, code=value)
    if line.country and line.country not in codes(_COUNTRY):
        yield fatal("BR-CL-15", "BT-159", line.path, code=line.country)
    if line.standard_code and line.standard_code.scheme and line.standard_code.scheme not in codes(_ICD):
        yield fatal("BR-CL-21", "BT-157", line.path, code=line.standard_code.scheme)
    for group in line.classifications:
        if group.scheme and group.scheme not in codes("UNTDID 7143 item classification"):
            yield fatal("BR-CL-13", "BT-158", line.path, code=group.scheme)
