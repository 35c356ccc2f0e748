"""What is wrong with a document that was read: every check that fits its format, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..finding import Finding, Severity
from ..model import Document, Format
from . import arithmetic, brazil, chile, colombia, en16931, mexico, tax_ids

_COUNTRY = {
    Format.DIAN: colombia.check,
    Format.CFDI: mexico.check,
    Format.NFE: brazil.check,
    Format.DTE: chile.check,
}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is not in a document but needed to recompute its fiscal id."""

    technical_key: str | None = None  # DIAN, of the numbering range: for the CUFE
    software_pin: str | None = None  # DIAN, of the software: for the CUDE and the CUDS


NONE = Secrets()


def check(document: Document, secrets: Secrets = NONE) -> list[Finding]:
    """All findings, the worst first; an empty list means that nothing was found wrong."""
    found: list[Finding] = []
    if en16931.concerns(document):
        rules = list(en16931.check(document))
        # Who promises nothing is only told: a receiver in Europe would refuse it.
        found += rules if en16931.claims(document) else [_told(rule) for rule in rules]
    if not (en16931.concerns(document) and en16931.claims(document)):
        found += arithmetic.check_totals(document)
    found += arithmetic.check_lines(document)
    found += tax_ids.check(document)
    if document.format in _COUNTRY:
        found += _COUNTRY[document.format](document, secrets)
    order = list(Severity)
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _told(rule: Finding) -> Finding:
    return replace(rule, severity=Severity.WARNING) if rule.severity is Severity.FATAL else rule


__all__ = ["Secrets", "check"]
