"""EN 16931's rules on the categories of VAT: BR-S, Z, E, AE, IC, G, O, AF (IGIC), AG (IPSI) and B, each 01 to 14."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ..figures import ZERO, plain, rounded
from ..finding import Finding, fatal
from ..model import Adjustment, Document, Format, Line, Party, Tax, TaxId

# UNCL 5305 and what its rules are called by.
NAMES = {"S": "S", "Z": "Z", "E": "E", "AE": "AE", "K": "IC", "G": "G", "O": "O", "L": "AF", "M": "AG"}
_RATED = "SLM"  # the tax of these is summed by rate
_MAY_BE_ZERO = "LM"  # 0 % exists in the Canary Islands, Ceuta and Melilla
_ANY_TAX_ID = ("S", "Z", "E", "AE", "L", "M")  # of the seller; G and K want the one for VAT
_REASONED = ("E", "AE", "K", "G", "O")
_SYSTEMS = ("VAT", "VA")


@dataclass(slots=True)
class _Category:
    """What a document puts under one category."""

    lines: list[tuple[Line, Tax]] = field(default_factory=list)
    allowances: list[Adjustment] = field(default_factory=list)
    charges: list[Adjustment] = field(default_factory=list)
    breakdown: list[Tax] = field(default_factory=list)

    def net(self, rate: Decimal | None) -> Decimal:
        """Lines and charges less allowances, of one rate or of all."""
        amount = ZERO
        for line, tax in self.lines:
            if line.net is not None and (rate is None or tax.rate == rate):
                amount += line.net
        for sign, adjustments in ((1, self.charges), (-1, self.allowances)):
            for one in adjustments:
                if one.amount is not None and (rate is None or one.tax_rate == rate):
                    amount += sign * one.amount
        return amount


def is_vat(scheme: str | None) -> bool:
    return scheme is not None and scheme.strip().upper() in _SYSTEMS


def vat_id_of(party: Party | None) -> TaxId | None:
    """BT-31, BT-48, BT-63."""
    for tax_id in _tax_ids(party):
        if is_vat(tax_id.system):
            return tax_id
    return None


def _tax_ids(party: Party | None) -> tuple[TaxId, ...]:
    if party is None:
        return ()
    return (party.tax_id, *party.other_tax_ids) if party.tax_id else party.other_tax_ids


def check(document: Document) -> Iterator[Finding]:
    found = _gathered(document)
    for letter, category in found.items():
        if letter in NAMES:
            yield from _presence(document, letter, category)
            yield from _identifiers(document, letter, category)
            yield from _rates(document, letter, category)
            yield from _amounts(document, letter, category)
    if "K" in found and found["K"].breakdown:
        yield from _intra_community(document)
    if "O" in found and found["O"].breakdown:
        yield from _outside(document, found)
    if "B" in found:
        yield from _split_payment(document, found)


def _gathered(document: Document) -> dict[str, _Category]:
    found: dict[str, _Category] = {}
    for line in document.lines:
        for tax in line.taxes:
            if tax.category and is_vat(tax.scheme):
                found.setdefault(tax.category, _Category()).lines.append((line, tax))
    for one in document.adjustments:
        if one.tax_category and is_vat(one.tax_scheme):
            category = found.setdefault(one.tax_category, _Category())
            (category.charges if one.is_charge else category.allowances).append(one)
    for tax in document.taxes:
        if tax.category and is_vat(tax.scheme):
            found.setdefault(tax.category, _Category()).breakdown.append(tax)
    return found


def _code(letter: str, number: str) -> str:
    return f"BR-{NAMES[letter]}-{number}"


def _presence(document: Document, letter: str, category: _Category) -> Iterator[Finding]:
    """01: what lines, allowances and charges use stands in the breakdown, if rated at least once, else exactly once."""
    path = document.path_of("BG-23")
    used = bool(category.lines or category.allowances or category.charges)
    count = len(category.breakdown)
    wrong = (count == 0 if used else document.format is Format.UBL) if letter in _RATED else count != 1
    if not wrong and not used and document.format is Format.CII and letter not in _RATED:
        wrong = True
    if wrong:
        yield fatal(_code(letter, "01"), "BG-23", path, category=letter)


def _identifiers(document: Document, letter: str, category: _Category) -> Iterator[Finding]:
    """02 to 04: the seller is known to a tax office, with AE and K the buyer too; with O neither."""
    supplier, customer = document.supplier, document.customer
    seller_vat = vat_id_of(supplier) or vat_id_of(document.tax_representative)
    if letter == "O":
        right = not seller_vat and not vat_id_of(customer)
    else:
        right = bool(seller_vat or (letter in _ANY_TAX_ID and _tax_ids(supplier)))
        if letter == "K":
            right = right and bool(vat_id_of(customer))
        elif letter == "AE":
            right = right and bool(vat_id_of(customer) or (customer and customer.legal_id))
    if right:
        return
    for number, users in (("02", category.lines), ("03", category.allowances), ("04", category.charges)):
        if users:
            yield fatal(_code(letter, number), "BT-31", document.path_of("BT-31"), category=letter)


def _rates(document: Document, letter: str, category: _Category) -> Iterator[Finding]:
    """05 to 07: above zero, zero, or none at all."""
    for line, tax in category.lines:
        if not _right_rate(letter, tax.rate):
            yield fatal(_code(letter, "05"), "BT-152", line.path, category=letter, line=line.number or "-")
    for number, term, group, users in (
        ("06", "BT-96", "BG-20", category.allowances),
        ("07", "BT-103", "BG-21", category.charges),
    ):
        if any(not _right_rate(letter, one.tax_rate) for one in users):
            yield fatal(_code(letter, number), term, document.path_of(group), category=letter)


def _right_rate(letter: str, rate: Decimal | None) -> bool:
    if letter == "O":
        return rate is None
    if rate is None:
        return False
    if letter in _MAY_BE_ZERO:
        return rate >= 0
    return rate > 0 if letter == "S" else rate == 0


def _amounts(document: Document, letter: str, category: _Category) -> Iterator[Finding]:
    """08 the base, 09 the tax, 10 the reason of an exemption."""
    path = document.path_of("BG-23")
    for tax in category.breakdown:
        facts = {"category": letter, "rate": "-" if tax.rate is None else plain(tax.rate)}
        if tax.base is not None and (letter not in _RATED or tax.rate is not None):
            due = category.net(tax.rate if letter in _RATED else None)
            if not _same_base(document, letter, tax.base, due):
                yield fatal(_code(letter, "08"), "BT-116", path, **facts, written=plain(tax.base), due=plain(due))
        if tax.amount is not None and not _right_amount(letter, tax):
            due = ZERO if letter not in _RATED else rounded((tax.base or ZERO) * (tax.rate or ZERO) / 100)
            yield fatal(_code(letter, "09"), "BT-117", path, **facts, written=plain(tax.amount), due=plain(due))
        reasoned = tax.reason is not None or tax.reason_code is not None
        if reasoned is not (letter in _REASONED):
            yield fatal(_code(letter, "10"), "BT-120", path, **facts)


def _same_base(document: Document, letter: str, written: Decimal, due: Decimal) -> bool:
    """Within one unit where the artefacts of the syntax say so, else to the cent."""
    if document.format is Format.UBL:
        return abs(written - due) < 1 if letter in _RATED else written == due
    if letter in ("S", "O"):
        return written == rounded(due)
    return abs(written - due) <= 1


def _right_amount(letter: str, tax: Tax) -> bool:
    amount = tax.amount or ZERO
    if letter not in _RATED:
        return amount == 0
    return abs(abs(amount) - rounded(abs(tax.base or ZERO) * (tax.rate or ZERO) / 100)) <= 1


def _intra_community(document: Document) -> Iterator[Finding]:
    if not document.delivery_date and not any(document.period or ()):
        yield fatal("BR-IC-11", "BT-72", document.path_of("BT-72"), category="K")
    place = document.deliver_to.address if document.deliver_to else None
    if not (place and place.country):
        yield fatal("BR-IC-12", "BT-80", document.path_of("BT-80"), category="K")


def _outside(document: Document, found: dict[str, _Category]) -> Iterator[Finding]:
    """BR-O-11 to 14: outside the scope of VAT is all or nothing."""
    others = [category for letter, category in found.items() if letter != "O"]
    for number, term, mixed in (
        ("11", "BG-23", any(one.breakdown for one in others)),
        ("12", "BT-151", any(one.lines for one in others)),
        ("13", "BT-95", any(one.allowances for one in others)),
        ("14", "BT-102", any(one.charges for one in others)),
    ):
        if mixed:
            yield fatal(f"BR-O-{number}", term, document.path_of("BG-23"), category="O")


def _split_payment(document: Document, found: dict[str, _Category]) -> Iterator[Finding]:
    parties = (document.supplier, document.customer, document.deliver_to, document.tax_representative)
    countries = {party.address.country for party in parties if party and party.address and party.address.country}
    if countries - {"IT"}:
        yield fatal("BR-B-01", "BT-118", document.path_of("BG-23"), category="B")
    if "S" in found:
        yield fatal("BR-B-02", "BT-118", document.path_of("BG-23"), category="B")
