"""The parties of a UBL document (BG-4 to BG-13): cac:Party and what its wrapper adds."""

from __future__ import annotations

import re

from lxml import etree

from ..model import Address, Contact, Format, Identifier, Party, TaxId
from ..values import tax_id, vat_id
from ..xml import Parts, attribute, first, first_text, parts, text
from .ubl_names import NAMES

SUPPLIERS = (
    "AccountingSupplierParty",
    "SellerSupplierParty",
    "DespatchSupplierParty",
    "ProviderParty",
    "SenderParty",
)
CUSTOMERS = (
    "AccountingCustomerParty",
    "BuyerCustomerParty",
    "OriginatorCustomerParty",
    "ContractorCustomerParty",
    "DeliveryCustomerParty",
    "ReceiverParty",
)
_CONTACTS = ("AccountingContact", "SellerContact", "BuyerContact")
ASSIGNED = ("CustomerAssignedAccountID", "SupplierAssignedAccountID")
# SUNAT, catalogue 06
_SUNAT_SYSTEMS = {"1": "DNI", "4": "CE", "6": "RUC", "7": "PASAPORTE", "A": "CDI"}
# DIAN, table 13.2.1 of the technical annex: kinds of identification
_DIAN_SYSTEMS = {
    "11": "RC",
    "12": "TI",
    "13": "CC",
    "21": "TE",
    "22": "CE",
    "31": "NIT",
    "41": "PASAPORTE",
    "42": "DIE",
    "47": "PEP",
    "48": "PPT",
    "50": "NIT extranjero",
    "91": "NUIP",
}
_DIAN_FOREIGN = ("41", "42", "50")
_NIT_WITH_DIGIT = re.compile(r"([0-9.]{5,15})\s*-\s*([0-9])")


def party(found: Parts, wrappers: tuple[str, ...], style: Format) -> Party | None:
    """The first of the wrappers that the document has; what stands directly in it (UBL SenderParty) is a party too."""
    for name in wrappers:
        wrapper = first(found, name)
        if wrapper is not None:
            outer = parts(wrapper, NAMES)
            inner = first(outer, "Party")
            return _party(outer, parts(inner, NAMES) if inner is not None else outer, style)
    return None


def _party(outer: Parts, inner: Parts, style: Format) -> Party | None:
    legal = parts(first(inner, "PartyLegalEntity"), NAMES)
    registrations, registered, regime = _registrations(inner, style)
    if style is Format.SUNAT:
        registrations = _sunat_ids(outer, inner) + registrations
    chosen = _chosen(registrations)
    called = _party_name(inner)
    name = first_text(legal, "RegistrationName")
    found = Party(
        name=name or called or registered or _person(inner),
        trading_name=called if name else None,
        tax_id=chosen,
        other_tax_ids=tuple(other for other in registrations if other is not chosen),
        legal_id=identifier(first(legal, "CompanyID")),
        identifiers=_identifiers(outer, inner),
        endpoint=identifier(first(inner, "EndpointID")),
        legal_form=first_text(legal, "CompanyLegalForm"),
        tax_regime=regime,
        address=_party_address(inner, legal),
        contact=_contact(outer, inner),
    )
    return None if found == Party() else found


def identifier(element: etree._Element | None) -> Identifier | None:
    value = text(element)
    return Identifier(value, attribute(element, "schemeID")) if value else None


def _party_name(inner: Parts) -> str | None:
    for element in inner.get("PartyName", ()):
        if name := first_text(parts(element, NAMES), "Name"):
            return name
    return None


def _person(inner: Parts) -> str | None:
    person = parts(first(inner, "Person"), NAMES)
    names = [first_text(person, name) for name in ("FirstName", "MiddleName", "FamilyName")]
    return " ".join(name for name in names if name) or None


def _identifiers(outer: Parts, inner: Parts) -> tuple[Identifier, ...]:
    """cac:PartyIdentification, then the numbers that the other side assigned, their scheme being the element."""
    found: list[Identifier] = []
    for element in inner.get("PartyIdentification", ()):
        own = identifier(first(parts(element, NAMES), "ID"))
        if own is not None:
            found.append(own)
    for name in ASSIGNED:
        assigned = first_text(outer, name)
        if assigned and assigned != "-":
            found.append(Identifier(assigned, name))
    return tuple(found)


def _registrations(inner: Parts, style: Format) -> tuple[list[TaxId], str | None, str | None]:
    """cac:PartyTaxScheme: the identifiers, the name there and the regime (DIAN)."""
    found: list[TaxId] = []
    registered = regime = None
    for element in inner.get("PartyTaxScheme", ()):
        scheme = parts(element, NAMES)
        company = first(scheme, "CompanyID")
        written = text(company)
        registered = registered or first_text(scheme, "RegistrationName")
        regime = regime or first_text(scheme, "TaxLevelCode")
        if written and written != "-":
            found.append(_tax_id(company, written, scheme, style))
    return found, registered, regime


def _tax_id(company: etree._Element | None, written: str, scheme: Parts, style: Format) -> TaxId:
    if style is Format.DIAN:
        return nit(written, attribute(company, "schemeName"), attribute(company, "schemeID"))
    if style is Format.SUNAT:
        return _sunat_id(written, attribute(company, "schemeID"))
    tax = parts(first(scheme, "TaxScheme"), NAMES)
    system = first_text(tax, "ID") or first_text(tax, "Name")
    made = vat_id(written, system) if system else None
    return made or _made(written, None, system)


def _made(written: str, country: str | None, system: str | None, digit: str | None = None) -> TaxId:
    made = tax_id(written, country, system, digit)
    return made if made is not None else TaxId(written, written, country, system, digit)


def nit(written: str, kind: str | None, digit: str | None) -> TaxId:
    """CompanyID of the DIAN: schemeName is the kind of identification, schemeID the check digit."""
    system = _DIAN_SYSTEMS.get(kind or "", kind)
    country = "CO" if kind in _DIAN_SYSTEMS and kind not in _DIAN_FOREIGN else None
    digit = digit if digit and len(digit) == 1 and digit.isdigit() else None
    joined = _NIT_WITH_DIGIT.fullmatch(written) if kind in (None, "31") else None
    if joined is None:
        return _made(written, country, system, digit)
    return TaxId(written, joined[1].replace(".", ""), country, system, digit or joined[2])


def _sunat_ids(outer: Parts, inner: Parts) -> list[TaxId]:
    """UBL 2.0: CustomerAssignedAccountID of kind AdditionalAccountID; UBL 2.1: PartyIdentification/ID, schemeID."""
    written = first_text(outer, "CustomerAssignedAccountID")
    if written and written != "-":
        return [_sunat_id(written, first_text(outer, "AdditionalAccountID"))]
    for element in inner.get("PartyIdentification", ()):
        number = first(parts(element, NAMES), "ID")
        own = text(number)
        if own and own != "-":
            return [_sunat_id(own, attribute(number, "schemeID"))]
    return []


def _sunat_id(written: str, kind: str | None) -> TaxId:
    system = _SUNAT_SYSTEMS.get(kind or "", kind)
    return _made(written, "PE" if kind in ("1", "4", "6", "A") else None, system)


def _chosen(registrations: list[TaxId]) -> TaxId | None:
    """The VAT registration where there are several, else the first (BT-31, BT-48)."""
    for registration in registrations:
        if (registration.system or "").upper() == "VAT":
            return registration
    return registrations[0] if registrations else None


def _party_address(inner: Parts, legal: Parts) -> Address | None:
    for element in (
        first(inner, "PostalAddress"),
        first(parts(first(inner, "PhysicalLocation"), NAMES), "Address"),
        first(legal, "RegistrationAddress"),
        first(parts(first(inner, "PartyTaxScheme"), NAMES), "RegistrationAddress"),
    ):
        if (found := address(element)) is not None:
            return found
    return None


def address(element: etree._Element | None) -> Address | None:
    """cac:Address: BT-35, BT-36 and BT-162 first, then what UBL has more of."""
    if element is None:
        return None
    found = parts(element, NAMES)
    street, number = first_text(found, "StreetName"), first_text(found, "BuildingNumber")
    lines = [" ".join(part for part in (street, number) if part), first_text(found, "AdditionalStreetName")]
    lines += [first_text(parts(line, NAMES), "Line") for line in found.get("AddressLine", ())]
    lines += [first_text(found, name) for name in ("BuildingName", "Floor", "Room", "Postbox", "Department")]
    parts_of_city = (first_text(found, name) for name in ("CitySubdivisionName", "District"))
    lines += [part for part in parts_of_city if part != "-"]  # SUNAT's for none
    made = Address(
        lines=tuple(line for line in lines if line),
        city=first_text(found, "CityName"),
        region=first_text(found, "CountrySubentity"),
        postal_code=first_text(found, "PostalZone"),
        country=first_text(parts(first(found, "Country"), NAMES), "IdentificationCode"),
    )
    return None if made == Address() else made


def _contact(outer: Parts, inner: Parts) -> Contact | None:
    element = first(inner, "Contact")
    for name in _CONTACTS:
        element = first(outer, name) if element is None else element
    found = parts(element, NAMES)
    made = Contact(
        name=first_text(found, "Name") or _person(inner),
        phone=first_text(found, "Telephone"),
        email=first_text(found, "ElectronicMail"),
    )
    return None if made == Contact() else made


def deliver_to(found: Parts, style: Format) -> Party | None:
    """BG-13: cac:Delivery's party, location (BT-71) and address (BG-15)."""
    delivery = parts(first(found, "Delivery"), NAMES)
    if not delivery:
        return None
    location = parts(first(delivery, "DeliveryLocation"), NAMES)
    there = address(first(location, "Address")) or address(first(delivery, "DeliveryAddress"))
    place = identifier(first(location, "ID"))
    whom = first(delivery, "DeliveryParty")
    base = (_party({}, parts(whom, NAMES), style) if whom is not None else None) or Party()
    made = Party(
        name=base.name or first_text(location, "Name"),
        trading_name=base.trading_name,
        tax_id=base.tax_id,
        legal_id=base.legal_id,
        identifiers=((place,) if place else ()) + base.identifiers,
        address=there or base.address,
        contact=base.contact,
    )
    return None if made == Party() else made
