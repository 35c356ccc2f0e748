"""Electronic invoices in small: UBL 2.1 for some of what was sold, as the tax office's validator would return it."""

from xml.etree import ElementTree as ET  # noqa: S405 (it writes; nothing is parsed)

from .company import LETTERHEAD

EVERY = 5
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
KINDS = {
    "invoice": ("Invoice", "InvoiceLine", "InvoicedQuantity", "01"),
    "debit_note": ("DebitNote", "DebitNoteLine", "DebitedQuantity", "92"),
    "credit_note": ("CreditNote", "CreditNoteLine", "CreditedQuantity", "91"),
}


def attach(documents: list[dict], partners: dict[str, dict]) -> None:
    """Give every fifth document its XML."""
    for document in documents[::EVERY]:
        document["xml"] = ubl(document, partners[document["partner"]])


def ubl(document: dict, customer: dict) -> str:
    """One document as UBL 2.1."""
    root_name, line_name, quantity_name, code = KINDS[document["kind"]]
    root = ET.Element(
        root_name,
        {
            "xmlns": f"{UBL}{root_name}-2",
            "xmlns:cac": f"{UBL}CommonAggregateComponents-2",
            "xmlns:cbc": f"{UBL}CommonBasicComponents-2",
        },
    )
    _texts(root, _header(document, code))
    _party(root, "AccountingSupplierParty", LETTERHEAD["legal_name"], LETTERHEAD["tax_id"])
    _party(root, "AccountingCustomerParty", customer["legal_name"], customer["tax_id"])
    currency = document["currency"]
    _money(ET.SubElement(root, "cac:TaxTotal"), currency, TaxAmount=document["tax_total"])
    _money(
        ET.SubElement(root, "cac:LegalMonetaryTotal"),
        currency,
        LineExtensionAmount=document["net_total"],
        TaxInclusiveAmount=document["total"],
        PayableAmount=document["total"],
    )
    for one in document["lines"]:
        _line(root, line_name, quantity_name, one, currency)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _header(document: dict, code: str) -> dict[str, str]:
    found = {
        "UBLVersionID": "UBL 2.1",
        "ID": document["number"],
        "UUID": document["fiscal_id"],
        "IssueDate": document["issue_date"].isoformat(),
        "DocumentCurrencyCode": document["currency"],
    }
    if document["kind"] == "invoice":
        found["InvoiceTypeCode"] = code
    return found


def _texts(parent: ET.Element, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, f"cbc:{name}").text = text


def _party(root: ET.Element, role: str, name: str, tax_id: str) -> None:
    party = ET.SubElement(ET.SubElement(root, f"cac:{role}"), "cac:Party")
    _texts(ET.SubElement(party, "cac:PartyTaxScheme"), {"RegistrationName": name, "CompanyID": tax_id})


def _money(parent: ET.Element, currency: str, **amounts) -> None:
    for name, amount in amounts.items():
        ET.SubElement(parent, f"cbc:{name}", {"currencyID": currency}).text = f"{amount:f}"


def _line(root: ET.Element, name: str, quantity_name: str, one: dict, currency: str) -> None:
    line = ET.SubElement(root, f"cac:{name}")
    _texts(line, {"ID": str(one["position"])})
    ET.SubElement(line, f"cbc:{quantity_name}", {"unitCode": "94"}).text = f"{one['quantity']:f}"
    _money(line, currency, LineExtensionAmount=one["net"])
    item = ET.SubElement(line, "cac:Item")
    _texts(item, {"Description": one["description"]})
    _money(ET.SubElement(line, "cac:Price"), currency, PriceAmount=one["unit_price"])
