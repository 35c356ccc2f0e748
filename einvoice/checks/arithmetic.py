"""Whether the amounts of a document agree: lines, sums, taxes by rate, totals, and the currency's digits.

What claims EN 16931 has the standard's own rules for its totals (en16931); here are its lines and all other formats.
Tolerances are those of the tax offices: two pesos of the DIAN, a whole peso in Chile, else two cents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ..figures import ZERO, decimals, digits_of, plain, rounded, total
from ..finding import Finding, fatal, warning
from ..model import Document, Format, Line, Tax

LOCAL = "implocal"  # category of taxes that a CFDI has beside its own totals
_CENT = Decimal("0.01")
_TOLERANCES = {Format.DIAN: Decimal(2), Format.DTE: Decimal(1)}
_USUAL = Decimal("0.02")
# ISO 4217 gives these hundredths that nobody uses: lines are rounded to whole ones.
_WHOLE = ("COP", "HUF", "IDR", "TWD")
# Here the line's amount is before its discount, which the format keeps beside it.
_BEFORE_DISCOUNT = (Format.CFDI, Format.NFE)


def tolerance_of(document: Document) -> Decimal:
    return max(_TOLERANCES.get(document.format, _USUAL), Decimal(1).scaleb(-digits_of(document.currency)))


def check_lines(document: Document) -> Iterator[Finding]:
    """Line amount = quantity × price / base quantity, more its charges and less its allowances."""
    slack, lenient = tolerance_of(document), document.format in _BEFORE_DISCOUNT
    if document.currency in _WHOLE:
        slack = max(slack, Decimal(1))
    for line in document.lines:
        due = _line_due(line)
        if due is None or line.net is None or line.status in ("GROUP", "INFORMATION"):
            continue
        adjusted = due + total(one.amount if one.is_charge else -(one.amount or ZERO) for one in line.adjustments)
        allowed = max(slack, _price_slack(line))
        if abs(adjusted - line.net) <= allowed or (lenient and abs(due - line.net) <= allowed):
            continue
        facts = {"line": line.number or "-", "written": plain(line.net), "due": plain(rounded(adjusted))}
        yield warning("line_amount", "BT-131", line.path, **facts)


def _line_due(line: Line) -> Decimal | None:
    if line.quantity is None or line.price is None:
        return None
    if not line.price_base:
        return line.quantity * line.price
    return line.quantity * line.price / line.price_base


def _price_slack(line: Line) -> Decimal:
    """A price that was rounded when it was written moves the amount by that much times the quantity."""
    if line.quantity is None or line.price is None:
        return ZERO
    step = Decimal(5).scaleb(-max(2, decimals(line.price)) - 1)
    return abs(line.quantity) * step / (abs(line.price_base) if line.price_base else 1) + _CENT


def check_totals(document: Document) -> Iterator[Finding]:
    """Sums of lines, allowances and taxes, then net, gross and payable, each where its parts are written."""
    if not document.is_payable_invoice:
        return
    yield from _sums(document)
    yield from _taxes(document)
    if document.format in (Format.UBL, Format.CII, Format.ZUGFERD):
        yield from _european(document)
    elif document.format is Format.DIAN:
        yield from _colombian(document)
    yield from _digits(document)


def _differs(
    document: Document, code: str, term: str, written: Decimal | None, due: Decimal | None
) -> Iterator[Finding]:
    if written is None or due is None or abs(written - due) <= tolerance_of(document):
        return
    shown = rounded(due, max(2, decimals(written)))
    yield fatal(code, term, document.path_of(term), written=plain(written), due=plain(shown))


def _sums(document: Document) -> Iterator[Finding]:
    totals = document.totals
    nets = [line.net for line in document.lines]
    if nets and None not in nets and document.format not in _BEFORE_DISCOUNT:
        yield from _differs(document, "line_sum", "BT-106", totals.lines, total(nets))
    for code, term, is_charge, written in (
        ("allowance_sum", "BT-107", False, totals.allowances),
        ("charge_sum", "BT-108", True, totals.charges),
    ):
        parts = [one.amount for one in document.adjustments if one.is_charge is is_charge]
        due = total(parts)
        if document.format is Format.ZUGFERD and written == -due:
            continue  # ZUGFeRD 1.0 does not say which sign an allowance has in a credit note
        if parts:
            yield from _differs(document, code, term, written, due)


def _taxes(document: Document) -> Iterator[Finding]:
    slack = max(tolerance_of(document), _CENT * len(document.lines))
    path = document.path_of("BG-23")
    for tax in document.taxes:
        due = _tax_due(tax)
        if due is not None and tax.amount is not None and abs(tax.amount - due) > slack:
            facts = {"tax": tax.scheme or tax.category or "-", "rate": plain(tax.rate or ZERO)}
            shown = plain(rounded(due))
            yield warning("tax_amount", "BT-117", path, **facts, written=plain(tax.amount), due=shown)
    counted = [tax for tax in document.taxes if tax.category != LOCAL]
    same = all(tax.currency in (None, document.currency) for tax in counted)
    if counted and same and document.format not in (Format.SUNAT, Format.DTE):  # a DTE's total is of the IVA alone
        yield from _differs(document, "tax_sum", "BT-110", document.totals.tax, total(tax.amount for tax in counted))


def _tax_due(tax: Tax) -> Decimal | None:
    if tax.base is None or tax.rate is None:
        return None
    return tax.base * tax.rate / 100


def _european(document: Document) -> Iterator[Finding]:
    totals = document.totals
    if totals.lines is not None:
        due = totals.lines - (totals.allowances or ZERO) + (totals.charges or ZERO)
        yield from _differs(document, "net_total", "BT-109", totals.net, due)
    if totals.net is not None and totals.tax is not None:
        # UBL before EN 16931 counts the rounding into the total with tax; either is taken.
        exact = totals.net + totals.tax
        with_rounding = exact + (totals.rounding or ZERO)
        near = with_rounding if totals.gross == with_rounding else exact
        yield from _differs(document, "gross_total", "BT-112", totals.gross, near)
    if totals.gross is not None:
        if document.format is Format.ZUGFERD and totals.gross < 0 and totals.payable == 0:
            return  # nothing is due of a credit note
        exact = totals.gross - (totals.prepaid or ZERO)
        with_rounding = exact + (totals.rounding or ZERO)
        near = exact if totals.payable == exact else with_rounding
        yield from _differs(document, "payable_total", "BT-115", totals.payable, near)


def _colombian(document: Document) -> Iterator[Finding]:
    """DIAN annex: the taxable base stands in TaxExclusiveAmount, so gross is built on the lines."""
    totals = document.totals
    if totals.lines is not None and totals.tax is not None:
        yield from _differs(document, "gross_total", "BT-112", totals.gross, totals.lines + totals.tax)
    if totals.gross is not None:
        due = totals.gross - (totals.allowances or ZERO) + (totals.charges or ZERO)
        due += (totals.rounding or ZERO) - (totals.prepaid or ZERO)
        yield from _differs(document, "payable_total", "BT-115", totals.payable, due)


def _digits(document: Document) -> Iterator[Finding]:
    """What is to be paid is written in the smallest coin of its currency or above."""
    currency, payable = document.currency, document.totals.payable
    if currency is None or payable is None:
        return
    if rounded(payable, digits_of(currency)) != payable:
        facts = {"amount": plain(payable), "currency": currency, "digits": digits_of(currency)}
        yield warning("too_many_decimals", "BT-115", document.path_of("BT-115"), **facts)


def differs(document: Document, code: str, term: str, written: Decimal | None, parts: Iterable[Decimal | None]):
    """For the checks of one format: a total against the sum of parts of which none need be there."""
    yield from _differs(document, code, term, written, total(parts))
