"""What a profile changes of EN 16931's rules: those of Factur-X that leave content out, and two that add to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from ..figures import ZERO, total
from ..finding import Finding
from ..model import Document, Format

# MINIMUM and BASIC WL have no lines, and MINIMUM not even taxes: by themselves they are no invoices of the standard.
_LEFT_OUT = {
    "basicwl": ("BR-16", "BR-CO-10"),
    "minimum": ("BR-10", "BR-12", "BR-16", "BR-CO-10", "BR-CO-16", "BR-CO-18"),
}
_BASE = "-08"  # the base of a VAT category is the sum of its lines
# Factur-X EXTENDED (BR-FXEXT-…): lines of these kinds are headings or remarks, and a cent of each amount is forgiven.
_EXTENDED = ":extended"
_NOT_COUNTED = ("GROUP", "INFORMATION")
_FORGIVEN = ("BR-CO-10", "BR-CO-11", "BR-CO-12", "BR-CO-13", "BR-CO-15")
_CENT = Decimal("0.01")
# XRechnung Extension: schemes of the German health insurances, and what the supplier collects for others (BG-DEX-09)
_XRECHNUNG = "extension:xrechnung"
_SCHEMES = ("XR01", "XR02", "XR03")


def left_out(document: Document, code: str) -> bool:
    """Whether the rule is broken only because the profile has no place for what it asks for."""
    for name, codes in _LEFT_OUT.items():
        if _profile(document).endswith(f":{name}"):
            return code in codes or (code.endswith(_BASE) and not document.lines)
    return False


def counted(document: Document) -> Document:
    """The document with the lines that its rules are about."""
    if not is_extended(document) or all(line.status not in _NOT_COUNTED for line in document.lines):
        return document
    return replace(document, lines=tuple(line for line in document.lines if line.status not in _NOT_COUNTED))


def is_extended(document: Document) -> bool:
    return document.format is Format.CII and _profile(document).endswith(_EXTENDED)


def forgives(document: Document, finding: Finding) -> bool:
    """Whether the profile's own rule takes what the standard's rule does not."""
    facts = dict(finding.facts)
    if is_extended(document):
        if finding.code == "BR-CO-17":
            return True
        if finding.code in _FORGIVEN or finding.code.endswith(_BASE):
            allowed = _CENT * (len(document.lines) + len(document.adjustments))
            return _apart(facts.get("written"), facts.get("due")) <= allowed
    return finding.code.startswith("BR-CL-") and _XRECHNUNG in _profile(document) and facts.get("code") in _SCHEMES


def third_parties(document: Document) -> Decimal:
    """BT-DEX-002, which the amount due has on top."""
    if _XRECHNUNG not in _profile(document) or document.format is not Format.UBL:
        return ZERO
    return total(payment.amount for payment in document.payments)


def _profile(document: Document) -> str:
    return (document.profile or "").lower()


def _apart(written: object, due: object) -> Decimal:
    try:
        return abs(Decimal(str(written)) - Decimal(str(due)))
    except InvalidOperation:  # a total that is not there is written as a dash
        return Decimal("Infinity")
