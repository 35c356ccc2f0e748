"""What is wrong with a document that was read: every check that fits its format, in a fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..finding import Finding, Severity, info
from ..model import Document, Format
from . import arithmetic, brazil, chile, colombia, en16931, mexico, profiles, tax_ids

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
MOST = 100  # findings of one code


def check(document: Document, secrets: Secrets = NONE) -> list[Finding]:
    """All findings, the worst first; an empty list means that nothing was found wrong.

    Of one code a hundred are told, and how many more there are: a mass of lines without a name has one cause."""
    met: Counter[str] = Counter()
    found = [*_european(document, met), *_first_of_each(_others(document, secrets), met)]
    found += [info("more_of_the_same", "", "", rule=code, more=n - MOST) for code, n in met.items() if n > MOST]
    order = list(Severity)
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _european(document: Document, met: Counter[str]) -> Iterator[Finding]:
    if not en16931.concerns(document):
        return
    rules = _first_of_each(_rules(profiles.counted(document)), met)
    promised = en16931.claims(document)
    for rule in rules:
        # Who promises nothing, or less, is only told: a receiver in Europe may refuse it.
        yield rule if promised and not profiles.left_out(document, rule.code) else _told(rule)


def _rules(document: Document) -> Iterator[Finding]:
    return (rule for rule in en16931.check(document) if not profiles.forgives(document, rule))


def _others(document: Document, secrets: Secrets) -> Iterator[Finding]:
    if not (en16931.concerns(document) and en16931.claims(document)):
        yield from arithmetic.check_totals(document)
    yield from arithmetic.check_lines(document)
    yield from tax_ids.check(document)
    if document.format in _COUNTRY:
        yield from _COUNTRY[document.format](document, secrets)
    for other in document.others:
        number = " ".join(filter(None, (other.doc_type, other.number)))
        for one in check(other, secrets):
            yield replace(one, path=f"{number}: {one.path}")


def _first_of_each(findings: Iterable[Finding], met: Counter[str]) -> Iterator[Finding]:
    for one in findings:
        met[one.code] += 1
        if met[one.code] <= MOST:
            yield one


def _told(rule: Finding) -> Finding:
    return replace(rule, severity=Severity.WARNING) if rule.severity is Severity.FATAL else rule


__all__ = ["Secrets", "check"]
