"""Colombia, DIAN's technical annex 1.9: CUFE, CUDE and CUDS recomputed, the QR code, the DIAN's answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha384
from typing import TYPE_CHECKING

from ..figures import ZERO, rounded
from ..finding import Finding, fatal, info, warning
from ..model import Document, Kind, Party
from ..values import decimal
from .fiscal import named, test_system

if TYPE_CHECKING:
    from . import Secrets

_HEX96 = re.compile(r"[0-9a-f]{96}")
_KEY_IN_QR = re.compile(r"(?:documentkey|cufe|cude|cuds)\s*[=:]\s*([0-9a-f]+)", re.IGNORECASE)
_NUMBER_IN_QR = re.compile(r"(?:NumFac|NroFactura|NumDS)\s*[=:]\s*([^\s&]+)", re.IGNORECASE)
# The taxes of the CUFE in the order of the annex, as the file and as people call them.
_TAXES = (("01", "IVA"), ("04", "INC"), ("03", "ICA"))
_SUPPORT = ("05", "95")  # documento soporte and its note: from somebody who need not invoice
_VALIDATED, _REJECTED = ("02", "00"), ("04", "01", "90", "99")


def check(document: Document, secrets: Secrets) -> Iterator[Finding]:
    yield from test_system(document)
    if document.is_payable_invoice:
        yield from _fiscal_id(document, secrets)
        yield from _answer(document)
    elif document.fiscal.id and not _HEX96.fullmatch(document.fiscal.id.strip().lower()):
        # An event of RADIAN, or the DIAN's own answer.
        yield fatal("cufe_form", "cbc:UUID", document.path_of("uuid"), name="CUDE", length=len(document.fiscal.id))


def _fiscal_id(document: Document, secrets: Secrets) -> Iterator[Finding]:
    written = (document.fiscal.id or "").strip().lower()
    path, name = document.path_of("uuid"), name_of(document)
    if not written:
        yield fatal("cufe_missing", "cbc:UUID", path, name=name)
        return
    if not _HEX96.fullmatch(written):
        yield fatal("cufe_form", "cbc:UUID", path, name=name, length=len(written))
        return
    secret = secrets.technical_key if name == "CUFE" else secrets.software_pin
    due = fiscal_id(document, secret) if secret else None
    if due is None:
        yield info("cufe_not_checked", "cbc:UUID", path, name=name)
    elif due != written:
        yield fatal("cufe_wrong", "cbc:UUID", path, name=name)
    yield from _qr(document, written, name)


def name_of(document: Document) -> str:
    """Which of the three codes a document bears: its scheme says so, else its type."""
    scheme = (document.fiscal.id_scheme or "").upper()
    for name in ("CUFE", "CUDE", "CUDS"):
        if scheme.startswith(name):
            return name
    if document.type_code in _SUPPORT:
        return "CUDS"
    return "CUFE" if document.kind is Kind.INVOICE else "CUDE"


def fiscal_id(document: Document, secret: str) -> str | None:
    """SHA-384 of number, date, time, values, taxes, total, both tax ids, the secret and the environment."""
    facts = named(document)
    day = document.issue_date.isoformat() if document.issue_date else None
    number, time = facts.get("NumFac", document.number), facts.get("HorFac", document.issue_time)
    environment = facts.get("TipoAmb", document.fiscal.environment)
    if not (number and day and time and environment):
        return None
    parts = [number, day, time, _money(document.totals.lines)]
    for code, name in _TAXES[:1] if name_of(document) == "CUDS" else _TAXES:
        amounts = [tax.amount for tax in document.taxes if tax.amount and (tax.scheme or "").upper() in (code, name)]
        parts += [code, _money(decimal(facts.get(f"ValImp{code}")) or sum(amounts, ZERO))]
    seller, buyer = facts.get("NitOFE", _id(document.supplier)), facts.get("NumAdq", _id(document.customer))
    parts += [_money(document.totals.payable), seller, buyer, secret, environment]
    return sha384("".join(parts).encode()).hexdigest()


def _money(amount: Decimal | None) -> str:
    return format(rounded(amount or ZERO), ".2f")


def _id(party: Party | None) -> str:
    return party.tax_id.written if party and party.tax_id else ""


def _qr(document: Document, written: str, name: str) -> Iterator[Finding]:
    text, path = document.fiscal.qr or "", document.path_of("qr")
    if not text:
        yield warning("qr_missing", "sts:QRCode", path)
        return
    key = _KEY_IN_QR.search(text)
    if key is None or key[1].lower() != written:
        yield warning("qr_other_id", "sts:QRCode", path, name=name)
    number = _NUMBER_IN_QR.search(text)
    if number and document.number and number[1] != document.number:
        yield warning("qr_other_number", "sts:QRCode", path, found=number[1], number=document.number)


def _answer(document: Document) -> Iterator[Finding]:
    """The DIAN's ApplicationResponse that came along in the AttachedDocument."""
    answer = document.response
    if answer is None:
        if document.carried_by == "AttachedDocument":
            yield warning("dian_answer_missing", "ApplicationResponse", document.path_of("response"))
        return
    path = document.path_of("response")
    status = (answer.fiscal.status or "").strip()
    if status in _REJECTED or (status and status not in _VALIDATED):
        text = answer.fiscal.status_text or "-"
        yield fatal("dian_rejected", "ApplicationResponse", path, status=status, text=text)
    ids = {one.fiscal_id.lower() for one in answer.references if one.fiscal_id}
    if ids and document.fiscal.id and document.fiscal.id.lower() not in ids:
        yield fatal("dian_answer_other", "ApplicationResponse", path)
