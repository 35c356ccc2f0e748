"""The rules of EN 16931-1 that concern what a document says (BR-01 to BR-65, BR-CO, BR-DEC), by their official ids.

Tolerances are those of the standard's own validation artefacts (1.3.16). Rules on VAT categories are in en16931_vat,
code lists in en16931_codes. Rules that only a wrong schema or two equal elements could break are left to the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from ..figures import ZERO, decimals, plain, rounded, total
from ..finding import Finding, fatal, warning
from ..model import Adjustment, Document, Format, Kind, Line, Party, PaymentMeans, Tax, TaxId
from . import en16931_codes, en16931_vat, profiles

# BT-24 of whoever promises the European standard, in the words of its CIUS and of Factur-X.
_CLAIMS = (
    "urn:cen.eu:en16931",
    "urn:factur-x.eu",
    "urn:zugferd.de:2",
    "urn:fdc:peppol.eu",
    "xrechnung",
    "cpro.gouv.fr",
)
_CREDIT_TRANSFERS = ("30", "58")


def claims(document: Document) -> bool:
    """Whether the document itself says (BT-24) that it follows EN 16931."""
    profile = (document.profile or "").lower()
    return any(claim in profile for claim in _CLAIMS)


def concerns(document: Document) -> bool:
    """Whether it is an invoice or a note in one of the two syntaxes of the standard."""
    return document.format in (Format.UBL, Format.CII) and document.is_payable_invoice


def check(document: Document) -> Iterator[Finding]:
    """Every broken rule, each once for each place where it is broken."""
    yield from _header(document)
    yield from _parties(document)
    yield from _references(document)
    yield from _totals(document)
    yield from _decimals(document)
    for adjustment in document.adjustments:
        yield from _adjustment(document, adjustment)
    for line in document.lines:
        yield from _line(line)
    for tax in document.taxes:
        yield from _breakdown(document, tax)
    yield from _payment(document)
    yield from en16931_vat.check(document)
    yield from en16931_codes.check(document)


def _missing(document: Document, rules: Iterable[tuple[str, str, object]]) -> Iterator[Finding]:
    for code, term, value in rules:
        if value is None or value == "" or value == ():
            yield fatal(code, term, document.path_of(term))


def _header(document: Document) -> Iterator[Finding]:
    totals, supplier, customer = document.totals, document.supplier, document.customer
    yield from _missing(
        document,
        (
            ("BR-01", "BT-24", document.profile),
            ("BR-02", "BT-1", document.number),
            ("BR-03", "BT-2", document.issue_date),
            # A debit note of UBL has no type code of its own: what it is, its root says.
            ("BR-04", "BT-3", document.type_code or (document.kind is Kind.DEBIT_NOTE or None)),
            ("BR-05", "BT-5", document.currency),
            ("BR-06", "BT-27", _registered_name(document, "BT-27", supplier)),
            ("BR-07", "BT-44", _registered_name(document, "BT-44", customer)),
            ("BR-08", "BG-5", supplier and supplier.address),
            ("BR-10", "BG-8", customer and customer.address),
            ("BR-12", "BT-106", totals.lines),
            ("BR-13", "BT-109", totals.net),
            ("BR-14", "BT-112", totals.gross),
            ("BR-15", "BT-115", totals.payable),
            ("BR-16", "BG-25", document.lines),
            ("BR-CO-18", "BG-23", document.taxes),
        ),
    )
    if document.tax_date and document.tax_date_code:
        yield fatal("BR-CO-03", "BT-8", document.path_of("BT-8"), code=document.tax_date_code)
    start, end = document.period or (None, None)
    if start and end and end < start:
        yield fatal("BR-29", "BT-74", document.path_of("BG-14"))
    if document.tax_currency and document.tax_currency != document.currency and document.totals.tax_accounting is None:
        yield fatal("BR-53", "BT-111", document.path_of("BT-6"), currency=document.tax_currency)


def _registered_name(document: Document, term: str, party: Party | None) -> str | None:
    """UBL readers call a party by its trading name where it has no other; then the source has no place for the term."""
    name = party.name if party else None
    return name if document.format is Format.CII or not document.where or document.path_of(term) else None


def _parties(document: Document) -> Iterator[Finding]:
    supplier, customer = document.supplier, document.customer
    yield from _country(document, "BR-09", "BT-40", supplier)
    yield from _country(document, "BR-11", "BT-55", customer)
    yield from _country(document, "BR-57", "BT-80", document.deliver_to)
    for code, term, party in (("BR-62", "BT-34", supplier), ("BR-63", "BT-49", customer)):
        if party and party.endpoint and not party.endpoint.scheme:
            yield fatal(code, term, document.path_of(term))
    if supplier and not _identified(supplier):
        yield fatal("BR-CO-26", "BT-29", document.path_of("BG-4"))
    yield from _payee(document)
    yield from _representative(document)
    for term, vat_id in vat_ids(document):
        if vat_id.written[:2] not in en16931_codes.VAT_PREFIXES():
            yield fatal("BR-CO-09", term, document.path_of(term), id=vat_id.written)


def _country(document: Document, code: str, term: str, party: Party | None) -> Iterator[Finding]:
    if party and party.address and not party.address.country:
        yield fatal(code, term, document.path_of(term))


def _identified(supplier: Party) -> bool:
    """BT-29, BT-30 or BT-31; a creditor's number for SEPA identifies no seller."""
    known = any(one.scheme != "SEPA" for one in supplier.identifiers)
    return known or supplier.legal_id is not None or en16931_vat.vat_id_of(supplier) is not None


def _payee(document: Document) -> Iterator[Finding]:
    payee, supplier = document.payee, document.supplier or Party()
    if payee is None:
        return
    same_name = supplier.trading_name if document.format is Format.UBL else supplier.name
    shared = {one.value for one in payee.identifiers} & {one.value for one in supplier.identifiers}
    if not (payee.name or payee.trading_name) or payee.name == same_name or shared:
        yield fatal("BR-17", "BT-59", document.path_of("BG-10"))


def _representative(document: Document) -> Iterator[Finding]:
    party = document.tax_representative
    if party is None:
        return
    rules = (
        ("BR-18", "BT-62", party.name or party.trading_name),
        ("BR-19", "BG-12", party.address),
        ("BR-56", "BT-63", en16931_vat.vat_id_of(party)),
    )
    yield from _missing(document, rules)
    yield from _country(document, "BR-20", "BT-69", party)


def vat_ids(document: Document) -> Iterator[tuple[str, TaxId]]:
    """Every identifier that is called one for VAT, with its business term."""
    parties = (("BT-31", document.supplier), ("BT-48", document.customer), ("BT-63", document.tax_representative))
    for term, party in parties:
        vat_id = en16931_vat.vat_id_of(party) if party else None
        if vat_id:
            yield term, vat_id


def _references(document: Document) -> Iterator[Finding]:
    for reference in document.references:
        if reference.role == "invoice" and not reference.number:
            yield fatal("BR-55", "BT-25", document.path_of("BG-3"))
        elif reference.role == "additional" and not reference.number:
            yield fatal("BR-52", "BT-122", document.path_of("BG-24"))


# --- sums -----------------------------------------------------------------------------------------------------------


def _sum(code: str, term: str, document: Document, written: Decimal | None, due: Decimal) -> Iterator[Finding]:
    """A total that is written, compared to the cent with what it must be."""
    if written is None or written == rounded(due):
        return
    yield fatal(code, term, document.path_of(term), written=plain(written), due=plain(rounded(due)))


def _totals(document: Document) -> Iterator[Finding]:
    totals = document.totals
    yield from _sum("BR-CO-10", "BT-106", document, totals.lines, total(line.net for line in document.lines))
    for code, term, is_charge, written in (
        ("BR-CO-11", "BT-107", False, totals.allowances),
        ("BR-CO-12", "BT-108", True, totals.charges),
    ):
        parts = [one.amount for one in document.adjustments if one.is_charge is is_charge]
        if written is None and parts:
            yield fatal(code, term, document.path_of(term), written="-", due=plain(rounded(total(parts))))
        yield from _sum(code, term, document, written, total(parts))
    if totals.lines is not None:
        due = totals.lines - (totals.allowances or ZERO) + (totals.charges or ZERO)
        yield from _sum("BR-CO-13", "BT-109", document, totals.net, due)
    if document.taxes and totals.tax is not None:
        yield from _sum("BR-CO-14", "BT-110", document, totals.tax, total(tax.amount for tax in document.taxes))
    yield from _gross(document)
    if totals.gross is not None:
        due = totals.gross - (totals.prepaid or ZERO) + (totals.rounding or ZERO) + profiles.third_parties(document)
        yield from _sum("BR-CO-16", "BT-115", document, totals.payable, due)


def _gross(document: Document) -> Iterator[Finding]:
    """BR-CO-15; CII may leave the tax out where there is none, UBL may not."""
    totals = document.totals
    if totals.gross is None or totals.net is None:
        return
    foreign = document.taxes and all(tax.currency not in (None, document.currency) for tax in document.taxes)
    if totals.tax is not None and not (foreign and document.format is Format.UBL):
        yield from _sum("BR-CO-15", "BT-112", document, totals.gross, totals.net + totals.tax)
    elif document.format is Format.UBL or totals.gross != totals.net:
        due = plain(totals.net)
        yield fatal("BR-CO-15", "BT-110", document.path_of("BT-110"), written=plain(totals.gross), due=due)


def _breakdown(document: Document, tax: Tax) -> Iterator[Finding]:
    is_vat = en16931_vat.is_vat(tax.scheme)
    path, category = document.path_of("BG-23"), tax.category or "-"
    if tax.base is None:
        yield fatal("BR-45", "BT-116", path, category=category)
    if tax.amount is None:
        yield fatal("BR-46", "BT-117", path, category=category)
    if not (is_vat and tax.category):
        yield fatal("BR-47", "BT-118", path)
    if not is_vat or (tax.rate is None and tax.category != "O"):
        yield fatal("BR-48", "BT-119", path, category=category)
    if tax.amount is not None and not _fits(document.format, tax, is_vat):
        due = plain(rounded((tax.base or ZERO) * (tax.rate or ZERO) / 100))
        yield fatal("BR-CO-17", "BT-117", path, category=category, written=plain(tax.amount), due=due)


def _fits(syntax: Format, tax: Tax, is_vat: bool) -> bool:
    """BR-CO-17: base × rate, within one unit of the currency, which lets line by line rounding pass."""
    rate = tax.rate if is_vat else None
    amount = tax.amount or ZERO
    if rate is None or rounded(rate, 0) == 0:
        return rounded(amount, 0) == 0
    apart = abs(abs(amount) - rounded(abs(tax.base or ZERO) * rate / 100))
    return apart < 1 or (syntax is Format.CII and apart == 1)


# --- lines, allowances and charges ----------------------------------------------------------------------------------


def _line(line: Line) -> Iterator[Finding]:
    name, path = line.number or "-", line.path
    rules = (
        ("BR-21", "BT-126", line.number),
        ("BR-22", "BT-129", line.quantity),
        ("BR-23", "BT-130", line.unit),
        ("BR-24", "BT-131", line.net),
        ("BR-25", "BT-153", line.name),
        ("BR-26", "BT-146", line.price),
    )
    for code, term, value in rules:
        if value is None or value == "":
            yield fatal(code, term, path, line=name)
    if line.price is not None and line.price < 0:
        yield fatal("BR-27", "BT-146", path, line=name)
    if line.gross_price is not None and line.gross_price < 0:
        yield fatal("BR-28", "BT-148", path, line=name)
    if not any(tax.category and en16931_vat.is_vat(tax.scheme) for tax in line.taxes):
        yield fatal("BR-CO-04", "BT-151", path, line=name)
    if line.net is not None and decimals(line.net) > 2:
        yield fatal("BR-DEC-23", "BT-131", path, amount=plain(line.net))
    if line.period or line.standard_code or line.classifications or line.attributes:
        yield from _details(line, name)
    for one in line.adjustments:
        yield from _line_adjustment(line, one, name)


def _details(line: Line, name: str) -> Iterator[Finding]:
    start, end = line.period or (None, None)
    if start and end and end < start:
        yield fatal("BR-30", "BT-135", line.path, line=name)
    if line.standard_code and not line.standard_code.scheme:
        yield fatal("BR-64", "BT-157", line.path, line=name)
    if any(not one.scheme for one in line.classifications):
        yield fatal("BR-65", "BT-158", line.path, line=name)
    if any(not key or not value for key, value in line.attributes):
        yield fatal("BR-54", "BG-32", line.path, line=name)


def _line_adjustment(line: Line, one: Adjustment, name: str) -> Iterator[Finding]:
    amount_code, reason_code = ("BR-43", "BR-44") if one.is_charge else ("BR-41", "BR-42")
    if one.amount is None:
        yield fatal(amount_code, "BT-141" if one.is_charge else "BT-136", line.path, line=name)
    if one.reason is None and one.reason_code is None:
        term = "BT-144" if one.is_charge else "BT-139"
        yield fatal(reason_code, term, line.path, line=name)
        yield fatal("BR-CO-24" if one.is_charge else "BR-CO-23", term, line.path, line=name)
    codes = ("BR-DEC-27", "BR-DEC-28") if one.is_charge else ("BR-DEC-24", "BR-DEC-25")
    terms = ("BT-141", "BT-142") if one.is_charge else ("BT-136", "BT-137")
    for code, term, amount in zip(codes, terms, (one.amount, one.base), strict=True):
        if amount is not None and decimals(amount) > 2:
            yield fatal(code, term, line.path, amount=plain(amount))


def _adjustment(document: Document, one: Adjustment) -> Iterator[Finding]:
    charge = one.is_charge
    path = document.path_of("BG-21" if charge else "BG-20")
    if one.amount is None:
        yield fatal("BR-36" if charge else "BR-31", "BT-99" if charge else "BT-92", path)
    if not (one.tax_category and en16931_vat.is_vat(one.tax_scheme)):
        yield fatal("BR-37" if charge else "BR-32", "BT-102" if charge else "BT-95", path)
    if one.reason is None and one.reason_code is None:
        term = "BT-104" if charge else "BT-97"
        yield fatal("BR-38" if charge else "BR-33", term, path)
        yield fatal("BR-CO-22" if charge else "BR-CO-21", term, path)
    codes = ("BR-DEC-05", "BR-DEC-06") if charge else ("BR-DEC-01", "BR-DEC-02")
    terms = ("BT-99", "BT-100") if charge else ("BT-92", "BT-93")
    for code, term, amount in zip(codes, terms, (one.amount, one.base), strict=True):
        if amount is not None and decimals(amount) > 2:
            yield fatal(code, term, path, amount=plain(amount))


def _decimals(document: Document) -> Iterator[Finding]:
    totals = document.totals
    amounts = [
        ("BR-DEC-09", "BT-106", totals.lines),
        ("BR-DEC-10", "BT-107", totals.allowances),
        ("BR-DEC-11", "BT-108", totals.charges),
        ("BR-DEC-12", "BT-109", totals.net),
        ("BR-DEC-13", "BT-110", totals.tax),
        ("BR-DEC-14", "BT-112", totals.gross),
        ("BR-DEC-15", "BT-111", totals.tax_accounting),
        ("BR-DEC-16", "BT-113", totals.prepaid),
        ("BR-DEC-17", "BT-114", totals.rounding),
        ("BR-DEC-18", "BT-115", totals.payable),
    ]
    amounts += [("BR-DEC-19", "BT-116", tax.base) for tax in document.taxes]
    amounts += [("BR-DEC-20", "BT-117", tax.amount) for tax in document.taxes]
    for code, term, amount in amounts:
        if amount is not None and decimals(amount) > 2:
            yield fatal(code, term, document.path_of(term), amount=plain(amount))


def _payment(document: Document) -> Iterator[Finding]:
    path = document.path_of("BG-16")
    for means in document.payment_means:
        if not means.code and not _only_reference(document.format, means):
            yield fatal("BR-49", "BT-81", path)
        elif means.code in _CREDIT_TRANSFERS and not means.account:
            # CII asks for the number only where an account is begun.
            if document.format is Format.UBL:
                yield fatal("BR-61", "BT-84", path)
            elif means.account_name or means.bank:
                yield fatal("BR-50", "BT-84", path)
        if means.card and len(means.card) > 10:
            yield warning("BR-51", "BT-87", path)
    if (document.totals.payable or ZERO) > 0 and not _when(document) and document.kind is Kind.INVOICE:
        yield warning("BR-CO-25", "BT-9", document.path_of("BT-9"))


def _only_reference(syntax: Format, means: PaymentMeans) -> bool:
    """CII has the reference and the mandate outside of the means of payment: there may be none."""
    named = replace(means, reference=None, mandate=None)
    return syntax is Format.CII and named == PaymentMeans()


def _when(document: Document) -> bool:
    return bool(document.due_date or document.payment_terms or document.instalments)
