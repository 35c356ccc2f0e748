"""Chile, SII's formato DTE: the electronic stamp (TED) and its agreement with the document, and the IVA of 19 %."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ..figures import ZERO, plain, rounded
from ..finding import Finding, fatal, warning
from ..model import Document, TaxId
from .arithmetic import differs
from .fiscal import is_seal, named

if TYPE_CHECKING:
    from . import Secrets

_IVA = Decimal(19)
_EXEMPT_OR_EXPORT = ("34", "41", "110", "111", "112")
_WITH_TAX_INSIDE = ("39",)  # boleta: its lines are with IVA


def check(document: Document, _secrets: Secrets) -> Iterator[Finding]:
    yield from _stamp(document, named(document, "TED/"))
    yield from _vat(document)
    yield from _total(document)
    if not document.signed:
        yield warning("dte_not_signed", "Signature", document.path_of("Signature"))


def _stamp(document: Document, facts: dict[str, str]) -> Iterator[Finding]:
    path = document.path_of("TED")
    if not {"RE", "TD", "F"} & facts.keys():
        yield fatal("dte_no_stamp", "TED", path)
        return
    said = {
        "RE": _rut(document.supplier.tax_id if document.supplier else None),
        "RR": _rut(document.customer.tax_id if document.customer else None),
        "TD": document.type_code,
        "F": document.number,
        "FE": document.issue_date.isoformat() if document.issue_date else None,
        "MNT": plain(document.totals.gross) if document.totals.gross is not None else None,
    }
    for name, written in said.items():
        stamped = facts.get(name)
        if stamped and written and _bare(stamped) != _bare(written):
            yield fatal("dte_stamp_differs", f"TED/DD/{name}", path, name=name, stamp=stamped, written=written)
    if "FRMT" in facts and not _is_stamp(facts["FRMT"]):
        yield warning("dte_stamp_form", "TED/FRMT", path)


def _is_stamp(text: str) -> bool:
    """The SII's own keys of the CAF are short: 512 bits in most."""
    return is_seal(text) or bool(re.fullmatch(r"[A-Za-z0-9+/\s]{40,}={0,2}\s*", text))


def _rut(tax_id: TaxId | None) -> str | None:
    return tax_id.written if tax_id else None


def _bare(text: str) -> str:
    return re.sub(r"[\s.\-]", "", text).lstrip("0").upper()


def _vat(document: Document) -> Iterator[Finding]:
    totals = document.totals
    if document.type_code in _EXEMPT_OR_EXPORT or not totals.net or totals.tax is None:
        return
    due = rounded(totals.net * _IVA / 100, 0)
    iva = next((tax.amount for tax in document.taxes if (tax.scheme or "").upper() == "IVA"), totals.tax)
    if iva is not None and abs(iva - due) > 1:
        path = document.path_of("BT-110")
        yield warning("dte_vat", "IVA", path, written=plain(iva), due=plain(due), net=plain(totals.net))


def _total(document: Document) -> Iterator[Finding]:
    totals = document.totals
    if document.type_code in _WITH_TAX_INSIDE or (totals.net is None and totals.tax is None):
        return
    written = named(document, "Totales/").get("MntExe", "")
    exempt = Decimal(written) if re.fullmatch(r"[0-9]{1,18}", written) else ZERO
    other = sum((t.amount or ZERO for t in document.taxes if (t.scheme or "").upper() != "IVA"), ZERO)
    parts = (totals.net, totals.tax, exempt, other, -(totals.withheld or ZERO))
    yield from differs(document, "gross_total", "MntTotal", totals.gross, parts)
