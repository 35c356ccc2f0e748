"""Where in a UBL document each business term of EN 16931 stands."""

from __future__ import annotations

from lxml import etree

from ..model import Document, Format, Party
from ..xml import Parts, first, first_text, parts
from .ubl_names import MONETARY_TOTALS, NAMES, TYPES
from .ubl_parties import ASSIGNED, CUSTOMERS, SUPPLIERS

_HEAD = (
    ("BT-1", "cbc:ID"),
    ("BT-2", "cbc:IssueDate"),
    ("BT-5", "cbc:DocumentCurrencyCode"),
    ("BT-6", "cbc:TaxCurrencyCode"),
    ("BT-7", "cbc:TaxPointDate"),
    ("BT-8", "cac:InvoicePeriod"),
    ("BT-9", "cbc:DueDate"),
    ("BT-10", "cbc:BuyerReference"),
    ("BT-13", "cac:OrderReference"),
    ("BT-19", "cbc:AccountingCost"),
    ("BT-23", "cbc:ProfileID"),
    ("BT-24", "cbc:CustomizationID"),
    ("BG-3", "cac:BillingReference"),
    ("BG-10", "cac:PayeeParty"),
    ("BG-11", "cac:TaxRepresentativeParty"),
    ("BG-13", "cac:Delivery"),
    ("BG-14", "cac:InvoicePeriod"),
    ("BG-16", "cac:PaymentMeans"),
    ("BT-20", "cac:PaymentTerms"),
    ("BG-20", "cac:AllowanceCharge"),
    ("BG-23", "cac:TaxTotal"),
    ("BG-24", "cac:AdditionalDocumentReference"),
    ("uuid", "cbc:UUID"),
)
_TOTALS = (
    ("BT-106", "lines", "cbc:LineExtensionAmount"),
    ("BT-107", "allowances", "cbc:AllowanceTotalAmount"),
    ("BT-108", "charges", "cbc:ChargeTotalAmount"),
    ("BT-109", "net", "cbc:TaxExclusiveAmount"),
    ("BT-112", "gross", "cbc:TaxInclusiveAmount"),
    ("BT-113", "prepaid", "cbc:PrepaidAmount"),
    ("BT-114", "rounding", "cbc:PayableRoundingAmount"),
    ("BT-115", "payable", "cbc:PayableAmount"),
)
_BARE = ("ProviderParty", "SenderParty", "ReceiverParty")  # parties themselves, without a wrapper
_SELLER = ("BG-4", "BT-27", "BT-28", "BT-29", "BT-30", "BT-31", "BT-34", "BG-5", "BG-6")
_BUYER = ("BG-7", "BT-44", "BT-45", "BT-46", "BT-47", "BT-48", "BT-49", "BG-8", "BG-9")


def where(document: Document, found: Parts) -> tuple[tuple[str, str], ...]:
    root = f"/{document.doc_type}/"
    made = [(term, root + path) for term, path in _HEAD if path[4:] in found]
    form = TYPES[document.doc_type]
    if form.type_code and form.type_code in found:
        made.append(("BT-3", f"{root}cbc:{form.type_code}"))
    if form.line and form.line in found:
        made.append(("BG-25", f"{root}cac:{form.line}"))
    for name in MONETARY_TOTALS:
        if name in found:
            base = f"{root}cac:{name}"
            made.append(("BG-22", base))
            made += [(t, f"{base}/{path}") for t, term, path in _TOTALS if getattr(document.totals, term) is not None]
            break
    if document.totals.tax is not None:
        made.append(("BT-110", root + "cac:TaxTotal/cbc:TaxAmount"))
    made += _party(document.supplier, SUPPLIERS, _SELLER, root, found, document.format)
    made += _party(document.customer, CUSTOMERS, _BUYER, root, found, document.format)
    return tuple(made)


def _party(
    party: Party | None, wrappers: tuple[str, ...], terms: tuple[str, ...], root: str, found: Parts, style: Format
) -> list[tuple[str, str]]:
    wrapper = next((name for name in wrappers if name in found), None)
    if party is None or wrapper is None:
        return []
    outer = f"{root}cac:{wrapper}"
    base = outer if wrapper in _BARE else f"{outer}/cac:Party"
    assigned = party.identifiers[0].scheme if party.identifiers else None
    own = f"{outer}/cbc:{assigned}" if assigned in ASSIGNED else f"{base}/cac:PartyIdentification/cbc:ID"
    values = (
        (party, base),
        (_registered(found[wrapper][0], wrapper), f"{base}/cac:PartyLegalEntity/cbc:RegistrationName"),
        (party.trading_name, f"{base}/cac:PartyName/cbc:Name"),
        (party.identifiers, own),
        (party.legal_id, f"{base}/cac:PartyLegalEntity/cbc:CompanyID"),
        (party.tax_id, own if style is Format.SUNAT else f"{base}/cac:PartyTaxScheme/cbc:CompanyID"),
        (party.endpoint, f"{base}/cbc:EndpointID"),
        (party.address, f"{base}/cac:PostalAddress"),
        (party.contact, f"{base}/cac:Contact"),
    )
    return [(term, path) for term, (value, path) in zip(terms, values, strict=True) if value]


def _registered(wrapper: etree._Element, name: str) -> str | None:
    """BT-27, BT-44: the name as registered, which is not every name that a party may be called by."""
    inner = wrapper if name in _BARE else first(parts(wrapper, NAMES), "Party")
    return first_text(parts(first(parts(inner, NAMES), "PartyLegalEntity"), NAMES), "RegistrationName")
