"""Why a file is refused: the only exceptions that leave this package."""

from __future__ import annotations

from dataclasses import dataclass


class NotRead(Exception):
    """The file is refused; `code` is stable and `facts` fill the sentence of that code (texts.py)."""

    def __init__(self, code: str, **facts: object):
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        from .texts import sentence

        return sentence(self.code, self.facts, "en")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost before it is refused."""

    size: int = 10 * 2**20  # bytes, packed and unpacked
    depth: int = 100
    elements: int = 400_000
    entries: int = 20  # files of a ZIP, attachments of a PDF
    documents: int = 2_000  # of one envelope: the SII takes 2,000 DTE, the SEFAZ 50 NF-e


DEFAULT = Limits()
