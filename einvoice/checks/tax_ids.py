"""Check digits of tax identifiers, by the country that gives them (python-stdnum)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from stdnum.exceptions import ValidationError

from ..finding import Finding, warning
from ..model import Document, Format, Party, TaxId

# The module of python-stdnum for a country's main tax number; a VAT number of the EU is looked up by its prefix.
_NATIONAL = {
    "AR": "ar.cuit",
    "CL": "cl.rut",
    "CO": "co.nit",
    "CR": "cr.cpj",
    "DO": "do.rnc",
    "EC": "ec.ruc",
    "GT": "gt.nit",
    "MX": "mx.rfc",
    "PE": "pe.ruc",
    "PY": "py.ruc",
    "SV": "sv.nit",
    "UY": "uy.rut",
    "VE": "ve.rif",
}
_BY_SYSTEM = {"CNPJ": "br.cnpj", "CPF": "br.cpf", "RFC": "mx.rfc", "RUT": "cl.rut", "RUC": "pe.ruc", "DNI": None}
_VAT = {"GB": "gb.vat", "XI": "gb.vat", "CH": "ch.vat", "NO": "no.orgnr", "IS": "is_.vsk", "TR": "tr.vkn"}
_EUROPEAN = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
# Who has no number of its own: SAT's two generic RFC, the DIAN's final consumer.
_GENERIC = frozenset({"XAXX010101000", "XEXX010101000", "222222222222", "222222222"})


def check(document: Document) -> Iterator[Finding]:
    parties = (("BT-31", document.supplier), ("BT-48", document.customer), ("BT-63", document.tax_representative))
    for term, party in parties:
        if party and party.tax_id:
            yield from _checked(document, term, party, party.tax_id)


def _checked(document: Document, term: str, party: Party, tax_id: TaxId) -> Iterator[Finding]:
    if not tax_id.normalised or tax_id.normalised in _GENERIC:
        return
    facts = {"id": tax_id.written, "name": party.name or party.trading_name or "-"}
    if tax_id.check_digit is not None:
        due = nit_check_digit(tax_id.normalised)
        if due is not None and due != tax_id.check_digit.strip():
            path = document.path_of(term)
            yield warning("nit_check_digit", term, path, **facts, written=tax_id.check_digit, due=due)
        return
    name = _module_name(document.format, tax_id)
    if name and not holds(name, tax_id.normalised):
        yield warning("tax_id_invalid", term, document.path_of(term), **facts)


def _module_name(syntax: Format, tax_id: TaxId) -> str | None:
    system, country = (tax_id.system or "").upper(), (tax_id.country or "").upper()
    if system in _BY_SYSTEM:
        return _BY_SYSTEM[system]
    if system == "NIT" or country == "CO":
        return None  # its check digit is written apart, or not at all
    if system in ("VAT", "VA") and syntax in (Format.UBL, Format.CII, Format.ZUGFERD):
        prefix = tax_id.normalised[:2]
        return "eu.vat" if prefix in _EUROPEAN else _VAT.get(prefix)
    return _NATIONAL.get(country)


@lru_cache(maxsize=4096)
def holds(module: str, number: str) -> bool:
    """Whether python-stdnum finds the number valid; what it cannot look up is not held against anybody."""
    checker = _module(module)
    if checker is None:
        return True
    if module == "no.orgnr":  # for VAT its holders write NO before it and MVA behind it
        number = number.removeprefix("NO").removesuffix("MVA")
    try:
        if module == "mx.rfc":
            checker.validate(number, validate_check_digits=False)
        else:
            checker.validate(number)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=64)
def _module(name: str) -> ModuleType | None:
    try:
        return import_module(f"stdnum.{name}")
    except ImportError:
        return None


def nit_check_digit(number: str) -> str | None:
    """The digit of a Colombian NIT (DIAN, modulus 11 with prime weights)."""
    if not (number.isascii() and number.isdigit() and len(number) <= 15):
        return None
    weights = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
    rest = sum(int(digit) * weight for digit, weight in zip(reversed(number), weights, strict=False)) % 11
    return str(rest if rest < 2 else 11 - rest)
