"""What Peru's SUNAT adds to UBL 2.0 (extension sac:) and 2.1 (codes of its catalogues).

`Fiscal.facts` has the amounts of sac:AdditionalMonetaryTotal under "total 1001" (catalogue 14) and the texts of
sac:AdditionalProperty under "property 1000" (catalogue 15)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from ..model import Adjustment, Document, Tax
from ..values import decimal
from ..xml import Names, Parts, attribute, first, first_text, parts, text
from .ubl_amounts import amount, total
from .ubl_dian import contents
from .ubl_names import CAC, CBC, NAMES

SAC = "urn:sunat:names:specification:ubl:peru:schema:xsd:SunatAggregateComponents-1"
_NAMES = Names((SAC, CBC, CAC))
_NUMBER = re.compile(r"[A-Z0-9]{4}-[0-9]{1,8}")  # four characters of the series, and the correlative
_VERSIONS = ("1.0", "2.0")
_AGENCY = ("schemeAgencyName", "listAgencyName")
_DETRACTION = "2003"  # catalogue 14
_RETENTION = "62"  # catalogue 53: of IGV, written as an allowance


def speaks(root: etree._Element, found: Parts) -> bool:
    """By the extension, by the agency of its codes, or by version and number of SUNAT's own form."""
    if _informations(found):
        return True
    for name in ("InvoiceTypeCode", "DocumentCurrencyCode", "CustomizationID", "ProfileID"):
        element = first(found, name)
        if element is not None and any("SUNAT" in (element.get(agency) or "") for agency in _AGENCY):
            return True
    if first_text(found, "CustomizationID") not in _VERSIONS:
        return False
    return _NUMBER.fullmatch(first_text(found, "ID") or "") is not None or SAC in root.nsmap.values()


def _informations(found: Parts) -> list[Parts]:
    """sac:AdditionalInformation, wherever in the extensions it is."""
    made = []
    for extensions in found.get("UBLExtensions", ()):
        for content in contents(extensions):
            if content.tag == f"{{{SAC}}}AdditionalInformation":
                made.append(parts(content, _NAMES))
    return made


def completed(document: Document, found: Parts) -> Document:
    informations = _informations(found)
    kept = tuple(one for one in document.adjustments if not _is_retention(one))
    retained = [
        Tax("Retención IGV", one.amount, rate=one.percent, base=one.base, reason_code=one.reason_code)
        for one in document.adjustments
        if _is_retention(one)
    ]
    withholdings = (*document.withholdings, *retained, *_extended(informations), *_detractions(found))
    withheld = total(one.amount for one in withholdings) if withholdings else document.totals.withheld
    return replace(
        document,
        adjustments=kept,
        withholdings=withholdings,
        totals=replace(document.totals, withheld=withheld),
        fiscal=replace(document.fiscal, facts=tuple(_facts(informations, found))),
    )


def _is_retention(adjustment: Adjustment) -> bool:
    return adjustment.reason_code == _RETENTION and not adjustment.is_charge


def _extended(informations: list[Parts]) -> Iterator[Tax]:
    """UBL 2.0: the detracción among the additional totals; what a percepción adds is no withholding."""
    for information in informations:
        for element in information.get("AdditionalMonetaryTotal", ()):
            one = parts(element, _NAMES)
            if first_text(one, "ID") == _DETRACTION:
                payable = first(one, "PayableAmount")
                yield Tax(
                    "Detracción",
                    decimal(text(payable)),
                    rate=amount(one, "Percent"),
                    base=amount(one, "ReferenceAmount"),
                    currency=attribute(payable, "currencyID"),
                )


def _detractions(found: Parts) -> Iterator[Tax]:
    """UBL 2.1: cac:PaymentTerms with the ID Detraccion; its PaymentMeansID is the good or service (catalogue 54)."""
    for element in found.get("PaymentTerms", ()):
        terms = parts(element, NAMES)
        if (first_text(terms, "ID") or "").lower() in ("detraccion", "detracción"):
            paid = first(terms, "Amount")
            yield Tax(
                "Detracción",
                decimal(text(paid)),
                rate=amount(terms, "PaymentPercent"),
                currency=attribute(paid, "currencyID"),
                reason_code=first_text(terms, "PaymentMeansID"),
            )


def _facts(informations: list[Parts], found: Parts) -> Iterator[tuple[str, str]]:
    for information in informations:
        for element in information.get("AdditionalMonetaryTotal", ()):
            one = parts(element, _NAMES)
            code, written = first_text(one, "ID"), first_text(one, "PayableAmount")
            if code and written:
                yield f"total {code}", written
        for element in information.get("AdditionalProperty", ()):
            one = parts(element, _NAMES)
            code, written = first_text(one, "ID"), first_text(one, "Value")
            if code and written:
                yield f"property {code}", written
    answer = first_text(parts(first(found, "DiscrepancyResponse"), NAMES), "ResponseCode")
    if answer:
        yield "DiscrepancyResponse/ResponseCode", answer
