"""The profiles of Factur-X: what each has no place for is taken out of what is written, and named."""

from __future__ import annotations

from lxml import etree

PROFILES = {
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "basicwl": "urn:factur-x.eu:1p0:basicwl",
    "basic": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "en16931": "urn:cen.eu:en16931:2017",
    "extended": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    "xrechnung": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
_ANYWHERE, _SUMS = ".//", "SpecifiedTradeSettlementHeaderMonetarySummation"
_MEANS = "SpecifiedTradeSettlementPaymentMeans"
_NOT_IN_BASIC = (
    *(f"{party}TradeParty/DefinedTradeContact" for party in ("Seller", "Buyer", "Payee", "SellerTaxRepresentative")),
    *(f"{party}TradeParty/Description" for party in ("Seller", "Buyer", "Payee", "SellerTaxRepresentative", "ShipTo")),
    "ShipToTradeParty/DefinedTradeContact",
    "ApplicableHeaderTradeAgreement/SellerOrderReferencedDocument",
    "ApplicableHeaderTradeAgreement/AdditionalReferencedDocument",
    "ApplicableHeaderTradeAgreement/SpecifiedProcuringProject",
    "ApplicableHeaderTradeDelivery/ReceivingAdviceReferencedDocument",
    "ApplicableHeaderTradeSettlement/ApplicableTradeTax/TaxPointDate",
    f"{_SUMS}/RoundingAmount",
    f"{_MEANS}/ApplicableTradeSettlementFinancialCard",
    f"{_MEANS}/Information",
    f"{_MEANS}/PayeePartyCreditorFinancialAccount/AccountName",
    f"{_MEANS}/PayeeSpecifiedCreditorFinancialInstitution",
    "SpecifiedLineTradeAgreement/BuyerOrderReferencedDocument",
    "SpecifiedLineTradeSettlement/AdditionalReferencedDocument",
    "SpecifiedLineTradeSettlement/ReceivableSpecifiedTradeAccountingAccount",
    *(
        f"SpecifiedTradeProduct/{name}"
        for name in (
            "ApplicableProductCharacteristic",
            "BuyerAssignedID",
            "Description",
            "DesignatedProductClassification",
            "OriginTradeCountry",
            "SellerAssignedID",
        )
    ),
)
_NOT_IN_MINIMUM = (
    "IncludedNote",
    *(f"{party}TradeParty/{name}" for party in ("Seller", "Buyer") for name in ("ID", "GlobalID")),
    *(f"{party}TradeParty/URIUniversalCommunication" for party in ("Seller", "Buyer")),
    "SpecifiedLegalOrganization/TradingBusinessName",
    *(
        f"PostalTradeAddress/{name}"
        for name in ("PostcodeCode", "LineOne", "LineTwo", "LineThree", "CityName", "CountrySubDivisionName")
    ),
    "SellerTaxRepresentativeTradeParty",
    "ContractReferencedDocument",
    "DespatchAdviceReferencedDocument",
    "ShipToTradeParty",
    "ActualDeliverySupplyChainEvent",
    *(
        f"ApplicableHeaderTradeSettlement/{name}"
        for name in (
            "CreditorReferenceID",
            "PaymentReference",
            "TaxCurrencyCode",
            "PayeeTradeParty",
            _MEANS,
            "ApplicableTradeTax",
            "BillingSpecifiedPeriod",
            "SpecifiedTradeAllowanceCharge",
            "SpecifiedTradePaymentTerms",
            "InvoiceReferencedDocument",
            "ReceivableSpecifiedTradeAccountingAccount",
        )
    ),
    *(
        f"{_SUMS}/{name}"
        for name in ("LineTotalAmount", "ChargeTotalAmount", "AllowanceTotalAmount", "TotalPrepaidAmount")
    ),
)
_LINES = ("IncludedSupplyChainTradeLineItem",)
# What goes out of each, the largest first: what stands within is lost with it
_WITHOUT = {
    "basic": _NOT_IN_BASIC,
    "basicwl": (*_LINES, *_NOT_IN_BASIC),
    "minimum": (*_LINES, *_NOT_IN_MINIMUM, *_NOT_IN_BASIC),
}
_STAYS = "ApplicableHeaderTradeDelivery"  # asked for even where it says nothing


def narrow(root: etree._Element, profile: str, space: str) -> tuple[str, ...]:
    """Takes out what the profile has no place for; the names of it, each once."""
    lost = []
    for path in _WITHOUT.get(profile, ()):
        found = root.findall(_ANYWHERE + "/".join(f"{{{space}}}{name}" for name in path.split("/")))
        for element in found:
            _remove(element)
        if found:
            lost.append(path)
    return tuple(lost)


def _remove(element: etree._Element) -> None:
    """With whatever has nothing in it any more."""
    parent = element.getparent()
    if parent is None:
        return
    parent.remove(element)
    if not len(parent) and not parent.tag.endswith(_STAYS):
        _remove(parent)
