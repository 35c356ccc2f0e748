"""Mexico, SAT's Anexo 20: stamp and seals of a CFDI, its totals, and the payment complement that is owed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ..figures import ZERO, total
from ..finding import Finding, fatal, info, warning
from ..model import Document, Kind, Tax
from .arithmetic import LOCAL, differs
from .fiscal import is_seal, named

if TYPE_CHECKING:
    from . import Secrets

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_CERTIFICATE = re.compile(r"[0-9]{20}")
_TO_DEFINE = "99"  # FormaPago "por definir"


def check(document: Document, _secrets: Secrets) -> Iterator[Finding]:
    facts = named(document)
    yield from _stamp(document)
    yield from _seals(document, facts)
    if document.kind is Kind.PAYMENT_RECEIPT:
        if not document.payments:
            yield fatal("cfdi_no_payments", "Pagos", document.path_of("payments"))
    elif document.is_payable_invoice:
        yield from _total(document)
        yield from _method(document, facts)


def _stamp(document: Document) -> Iterator[Finding]:
    path = document.path_of("uuid")
    if not document.fiscal.id:
        yield fatal("cfdi_not_stamped", "TimbreFiscalDigital", path)
    elif not _UUID.fullmatch(document.fiscal.id.strip()):
        yield fatal("cfdi_uuid", "UUID", path, id=document.fiscal.id)


def _seals(document: Document, facts: dict[str, str]) -> Iterator[Finding]:
    for name in ("Sello", "SelloCFD", "SelloSAT"):
        if name in facts and not is_seal(facts[name]):
            yield fatal("cfdi_seal", name, document.path_of(name), name=name)
    if "Sello" in facts and "SelloCFD" in facts and facts["Sello"] != facts["SelloCFD"]:
        yield fatal("cfdi_seal_other", "SelloCFD", document.path_of("SelloCFD"))
    for name in ("NoCertificado", "NoCertificadoSAT"):
        if name in facts and not _CERTIFICATE.fullmatch(facts[name]):
            yield fatal("cfdi_certificate", name, document.path_of(name), name=name)


def _total(document: Document) -> Iterator[Finding]:
    """Total = SubTotal − Descuento + transferred − withheld taxes, the local ones among them."""
    totals = document.totals
    local = _local(document.taxes) - _local(document.withholdings)
    withheld = -(totals.withheld or ZERO)
    yield from differs(document, "payable_total", "Total", totals.payable, (totals.net, totals.tax, withheld, local))


def _local(taxes: tuple[Tax, ...]) -> Decimal:
    """Taxes of a state or city (complement implocal) are not in the totals of the federal ones."""
    return total(tax.amount for tax in taxes if tax.category == LOCAL)


def _method(document: Document, facts: dict[str, str]) -> Iterator[Finding]:
    """PPD is paid later: each payment then owes a receipt with the payment complement."""
    means = document.payment_means[0].code if document.payment_means else None
    method, path = facts.get("MetodoPago"), document.path_of("MetodoPago")
    if method == "PPD":
        if document.kind is Kind.INVOICE:
            yield info("cfdi_complement_owed", "MetodoPago", path)
        if means is not None and means != _TO_DEFINE:
            yield warning("cfdi_ppd_means", "FormaPago", path, means=means)
    elif method == "PUE" and means == _TO_DEFINE:
        yield warning("cfdi_pue_means", "FormaPago", path)
