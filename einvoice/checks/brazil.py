"""Brazil, SEFAZ's Manual de Orientação do Contribuinte: the access key, the protocol, the total of an NF-e."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ..figures import ZERO, plain, total
from ..finding import Finding, fatal, warning
from ..model import Document
from ..values import decimal
from .fiscal import named, test_system

if TYPE_CHECKING:
    from . import Secrets

# cUF, AAMM, CNPJ (with letters from July 2026) or CPF, mod, serie, nNF, tpEmis, cNF, cDV.
_KEY = re.compile(
    r"(?P<cUF>[0-9]{2})(?P<AAMM>[0-9]{4})(?P<CNPJ>[0-9A-Z]{12}[0-9]{2})(?P<mod>[0-9]{2})(?P<serie>[0-9]{3})"
    r"(?P<nNF>[0-9]{9})(?P<tpEmis>[0-9])(?P<cNF>[0-9]{8})(?P<cDV>[0-9])"
)
_ADDED = ("vProd", "vST", "vFCPST", "vICMSMonoReten", "vFrete", "vSeg", "vOutro", "vII", "vIPI", "vIPIDevol", "vServ")
_DEDUCTED = ("vDesc",)
_CENTS = Decimal("0.02")
_AUTHORISED = ("100", "150")  # in time, and out of time


def check(document: Document, _secrets: Secrets) -> Iterator[Finding]:
    yield from test_system(document)
    yield from _key(document)
    yield from _protocol(document)
    yield from _total(document)


def _key(document: Document) -> Iterator[Finding]:
    key, path = (document.fiscal.id or "").strip(), document.path_of("uuid")
    parts = _KEY.fullmatch(key)
    if parts is None:
        yield fatal("nfe_key_form", "chNFe", path, length=len(key))
        return
    if key_check_digit(key[:43]) != parts["cDV"]:
        yield fatal("nfe_key_digit", "chNFe", path, written=parts["cDV"], due=key_check_digit(key[:43]))
    for name, written in _said(document):
        if written and _bare(written) != _bare(parts[name]):
            yield fatal("nfe_key_differs", "chNFe", path, name=name, key=parts[name], written=written)


def key_check_digit(digits: str) -> str:
    """Modulus 11 with weights 2 to 9 from the right; a letter counts as its ASCII code less 48."""
    weighted = sum((ord(one) - 48) * (2 + place % 8) for place, one in enumerate(reversed(digits)))
    rest = weighted % 11
    return "0" if rest < 2 else str(11 - rest)


def _said(document: Document) -> Iterator[tuple[str, str | None]]:
    """What the document itself says of each part of its key."""
    facts, day = named(document), document.issue_date
    supplier = document.supplier.tax_id if document.supplier else None
    yield "AAMM", f"{day:%y%m}" if day else None
    yield "CNPJ", supplier.normalised if supplier else None
    yield "serie", document.series or facts.get("serie")
    yield "nNF", facts.get("nNF") or document.number
    for name in ("cUF", "mod", "tpEmis", "cNF"):
        yield name, facts.get(name)


def _bare(text: str) -> str:
    """Keys are filled with zeros on the left; a CPF is, too."""
    return text.strip().lstrip("0") or "0"


def _total(document: Document) -> Iterator[Finding]:
    """vNF by rule W16-10; what is relieved of ICMS is deducted or not, as the state has it, and imports are exempt."""
    sums, written = named(document), document.totals.payable
    if written is None or "vProd" not in sums or decimal(sums.get("vII")):
        return
    due = total(decimal(sums.get(name)) for name in _ADDED) - total(decimal(sums.get(name)) for name in _DEDUCTED)
    relieved = decimal(sums.get("vICMSDeson")) or ZERO
    if abs(due - written) > _CENTS and abs(due - relieved - written) > _CENTS:
        yield warning("payable_total", "vNF", document.path_of("BT-115"), written=plain(written), due=plain(due))


def _protocol(document: Document) -> Iterator[Finding]:
    fiscal, path = document.fiscal, document.path_of("protocol")
    if not fiscal.protocol and not fiscal.status:
        yield warning("nfe_no_protocol", "protNFe", path)
        return
    if fiscal.status not in _AUTHORISED:
        text = fiscal.status_text or "-"
        yield fatal("nfe_not_authorised", "cStat", path, status=fiscal.status or "-", text=text)
    confirmed = named(document).get("chNFe")
    if confirmed and fiscal.id and confirmed != fiscal.id:
        yield fatal("nfe_other_protocol", "chNFe", path)
