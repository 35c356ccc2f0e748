"""What is wrong with a document, or worth knowing of it: a stable code, how bad it is, where, and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .finding_texts import FINDINGS
from .texts import said


class Severity(StrEnum):
    FATAL = "fatal"  # a receiver or a tax office refuses the document
    WARNING = "warning"  # it may be taken, but somebody should look
    INFO = "info"  # nothing is wrong; something is owed, or could not be checked


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; the facts fill the sentence of its code (finding_texts.py)."""

    code: str
    severity: Severity
    term: str = ""  # EN 16931 business term (BT-112, BG-25), or the format's own name where it has none
    path: str = ""  # where it stands in the source
    facts: tuple[tuple[str, object], ...] = ()

    @property
    def where(self) -> str:
        return " ".join(filter(None, (self.term, self.path)))

    def message(self, language: str = "en") -> str:
        return said(FINDINGS[self.code], dict(self.facts), language)


def fatal(code: str, term: str = "", path: str = "", /, **facts: object) -> Finding:
    return Finding(code, Severity.FATAL, term, path, tuple(facts.items()))


def warning(code: str, term: str = "", path: str = "", /, **facts: object) -> Finding:
    return Finding(code, Severity.WARNING, term, path, tuple(facts.items()))


def info(code: str, term: str = "", path: str = "", /, **facts: object) -> Finding:
    return Finding(code, Severity.INFO, term, path, tuple(facts.items()))
