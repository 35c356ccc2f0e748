"""UBL as the standards say it, where the real files have no example."""

# ruff: noqa: E501 - XML as it comes

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import einvoice
from einvoice import NotRead
from einvoice.model import Document, Format, Kind, Note

from .making import PLAIN, ubl

SELLER = """<cac:AccountingSupplierParty><cac:Party>
<cbc:EndpointID schemeID="0088">7300010000001</cbc:EndpointID>
<cac:PartyIdentification><cbc:ID schemeID="0088">99887766</cbc:ID></cac:PartyIdentification>
<cac:PartyName><cbc:Name>Trading</cbc:Name></cac:PartyName>
<cac:PostalAddress><cbc:StreetName>Main 1</cbc:StreetName><cbc:AdditionalStreetName>Box 2</cbc:AdditionalStreetName>
<cbc:CityName>Bonn</cbc:CityName><cbc:PostalZone>53111</cbc:PostalZone><cbc:CountrySubentity>NW</cbc:CountrySubentity>
<cac:AddressLine><cbc:Line>Third</cbc:Line></cac:AddressLine>
<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>201/113/40209</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyTaxScheme><cbc:CompanyID> de 111.111.125 </cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Seller GmbH</cbc:RegistrationName><cbc:CompanyID schemeID="0204">HRB 1</cbc:CompanyID>
<cbc:CompanyLegalForm>GmbH</cbc:CompanyLegalForm></cac:PartyLegalEntity>
<cac:Contact><cbc:Name>Ana</cbc:Name><cbc:Telephone>1</cbc:Telephone><cbc:ElectronicMail>a@b.de</cbc:ElectronicMail></cac:Contact>
</cac:Party></cac:AccountingSupplierParty>"""

FULL = f"""<cbc:UBLVersionID>2.1</cbc:UBLVersionID>
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ProfileID>p1</cbc:ProfileID>
<cbc:ID> F-1 </cbc:ID><cbc:IssueDate>2026-02-28</cbc:IssueDate><cbc:DueDate>2026-03-30</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:Note>one</cbc:Note><cbc:Note>two</cbc:Note>
<cbc:TaxPointDate>2026-02-27</cbc:TaxPointDate>
<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>
<cbc:AccountingCost>4711</cbc:AccountingCost><cbc:BuyerReference>BR</cbc:BuyerReference>
<cac:InvoicePeriod><cbc:StartDate>2026-02-01</cbc:StartDate><cbc:EndDate>2026-02-28</cbc:EndDate></cac:InvoicePeriod>
<cac:OrderReference><cbc:ID>PO</cbc:ID><cbc:SalesOrderID>SO</cbc:SalesOrderID></cac:OrderReference>
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-0</cbc:ID><cbc:IssueDate>2026-01-01</cbc:IssueDate></cac:InvoiceDocumentReference></cac:BillingReference>
<cac:DespatchDocumentReference><cbc:ID>D</cbc:ID></cac:DespatchDocumentReference>
<cac:ReceiptDocumentReference><cbc:ID>R</cbc:ID></cac:ReceiptDocumentReference>
<cac:OriginatorDocumentReference><cbc:ID>T</cbc:ID></cac:OriginatorDocumentReference>
<cac:ContractDocumentReference><cbc:ID>C</cbc:ID></cac:ContractDocumentReference>
<cac:AdditionalDocumentReference><cbc:ID>O</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:AdditionalDocumentReference>
<cac:AdditionalDocumentReference><cbc:ID>A</cbc:ID><cbc:DocumentDescription>hours</cbc:DocumentDescription><cac:Attachment>
<cbc:EmbeddedDocumentBinaryObject mimeCode="text/csv" filename="h.csv">YSxi
Yw==</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>
<cac:AdditionalDocumentReference><cbc:ID>B</cbc:ID><cac:Attachment><cac:ExternalReference><cbc:URI>https://x.test/b</cbc:URI></cac:ExternalReference></cac:Attachment></cac:AdditionalDocumentReference>
<cac:ProjectReference><cbc:ID>P</cbc:ID></cac:ProjectReference>
{SELLER}
<cac:PayeeParty><cac:PartyIdentification><cbc:ID>77</cbc:ID></cac:PartyIdentification><cac:PartyName><cbc:Name>Bank</cbc:Name></cac:PartyName></cac:PayeeParty>
<cac:TaxRepresentativeParty><cac:PartyName><cbc:Name>Rep</cbc:Name></cac:PartyName><cac:PartyTaxScheme><cbc:CompanyID>EL123456789</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:TaxRepresentativeParty>
<cac:Delivery><cbc:ActualDeliveryDate>2026-02-20</cbc:ActualDeliveryDate><cac:DeliveryLocation><cbc:ID schemeID="0088">6754238987648</cbc:ID><cac:Address><cbc:CityName>Lund</cbc:CityName><cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:Address></cac:DeliveryLocation><cac:DeliveryParty><cac:PartyName><cbc:Name>Depot</cbc:Name></cac:PartyName></cac:DeliveryParty></cac:Delivery>
<cac:PaymentMeans><cbc:PaymentMeansCode name="Credit transfer">30</cbc:PaymentMeansCode><cbc:PaymentID>REF</cbc:PaymentID>
<cac:CardAccount><cbc:PrimaryAccountNumberID>1234</cbc:PrimaryAccountNumberID></cac:CardAccount>
<cac:PayeeFinancialAccount><cbc:ID>SE35</cbc:ID><cbc:Name>Acc</cbc:Name><cac:FinancialInstitutionBranch><cbc:ID>BIC</cbc:ID></cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount>
<cac:PaymentMandate><cbc:ID>M</cbc:ID><cac:PayerFinancialAccount><cbc:ID>SE99</cbc:ID></cac:PayerFinancialAccount></cac:PaymentMandate></cac:PaymentMeans>
<cac:PaymentTerms><cbc:Note>30 days</cbc:Note></cac:PaymentTerms>
<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:AllowanceChargeReasonCode>FC</cbc:AllowanceChargeReasonCode><cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason><cbc:MultiplierFactorNumeric>10</cbc:MultiplierFactorNumeric><cbc:Amount currencyID="SEK">10</cbc:Amount><cbc:BaseAmount currencyID="SEK">100</cbc:BaseAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">2.30</cbc:TaxAmount></cac:TaxTotal>
<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">25.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="SEK">100</cbc:TaxableAmount><cbc:TaxAmount currencyID="SEK">25.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>E</cbc:ID><cbc:Percent>0</cbc:Percent><cbc:TaxExemptionReasonCode>VATEX-EU-F</cbc:TaxExemptionReasonCode><cbc:TaxExemptionReason>Exempt</cbc:TaxExemptionReason><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="SEK">90</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="SEK">100</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="SEK">125</cbc:TaxInclusiveAmount><cbc:AllowanceTotalAmount currencyID="SEK">0</cbc:AllowanceTotalAmount><cbc:ChargeTotalAmount currencyID="SEK">10</cbc:ChargeTotalAmount><cbc:PrepaidAmount currencyID="SEK">20</cbc:PrepaidAmount><cbc:PayableRoundingAmount currencyID="SEK">0.50</cbc:PayableRoundingAmount><cbc:PayableAmount currencyID="SEK">105.50</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:Note>n</cbc:Note><cbc:InvoicedQuantity unitCode="KGM">2.5</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="SEK">90</cbc:LineExtensionAmount><cbc:AccountingCost>CC</cbc:AccountingCost><cac:InvoicePeriod><cbc:StartDate>2026-02-01</cbc:StartDate></cac:InvoicePeriod><cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference><cac:DocumentReference><cbc:ID>OBJ</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode></cac:DocumentReference>
<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="SEK">10</cbc:Amount></cac:AllowanceCharge>
<cac:Item><cbc:Description>D</cbc:Description><cbc:Name>N</cbc:Name><cac:BuyersItemIdentification><cbc:ID>BI</cbc:ID></cac:BuyersItemIdentification><cac:SellersItemIdentification><cbc:ID>SI</cbc:ID></cac:SellersItemIdentification><cac:StandardItemIdentification><cbc:ID schemeID="0160">GTIN</cbc:ID></cac:StandardItemIdentification><cac:OriginCountry><cbc:IdentificationCode>CN</cbc:IdentificationCode></cac:OriginCountry><cac:CommodityClassification><cbc:ItemClassificationCode listID="STI">09348023</cbc:ItemClassificationCode></cac:CommodityClassification><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory><cac:AdditionalItemProperty><cbc:Name>Colour</cbc:Name><cbc:Value>red</cbc:Value></cac:AdditionalItemProperty></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="SEK">40</cbc:PriceAmount><cbc:BaseQuantity unitCode="KGM">1</cbc:BaseQuantity><cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="SEK">5</cbc:Amount><cbc:BaseAmount currencyID="SEK">45</cbc:BaseAmount></cac:AllowanceCharge></cac:Price></cac:InvoiceLine>"""  # fmt: skip  # noqa: E501


def read(text: str) -> Document:
    return einvoice.read(text.encode())


@pytest.fixture(scope="module")
def full() -> Document:
    return read(ubl(FULL))


def test_notes_have_their_subject_and_lines_their_parts():
    text = (
        "<cbc:ID>1</cbc:ID><cbc:Note>#ADU#Terms # and more</cbc:Note><cbc:Note>#1 of all</cbc:Note>"
        "<cac:InvoicePeriod><cbc:DescriptionCode>35</cbc:DescriptionCode></cac:InvoicePeriod>"
        "<cac:InvoiceLine><cbc:ID>1</cbc:ID><cac:SubInvoiceLine><cbc:ID>1.1</cbc:ID><cac:SubInvoiceLine>"
        "<cbc:ID>1.1.1</cbc:ID></cac:SubInvoiceLine></cac:SubInvoiceLine></cac:InvoiceLine>"
    )
    found = einvoice.read(ubl(text).encode())
    assert found.notes == (Note("Terms # and more", "ADU"), Note("#1 of all"))
    assert (found.tax_date_code, found.period) == ("35", None)
    (part,) = found.lines[0].parts
    assert (part.number, part.parts[0].number) == ("1.1", "1.1.1")
    assert part.path == "/Invoice/cac:InvoiceLine[1]/cac:SubInvoiceLine[1]"


def test_the_header(full: Document):
    assert (full.format, full.kind, full.doc_type, full.number) == (Format.UBL, Kind.INVOICE, "Invoice", "F-1")
    assert (full.version, full.profile, full.process, full.type_code) == ("2.1", "urn:cen.eu:en16931:2017", "p1", "380")
    assert (full.issue_date, full.due_date) == (dt.date(2026, 2, 28), dt.date(2026, 3, 30))
    assert (full.tax_date, full.delivery_date) == (dt.date(2026, 2, 27), dt.date(2026, 2, 20))
    assert full.period == (dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert (full.currency, full.tax_currency) == ("SEK", "EUR")
    assert (full.buyer_reference, full.accounting_reference, full.notes) == ("BR", "4711", (Note("one"), Note("two")))


def test_the_parties(full: Document):
    seller = full.supplier
    assert seller is not None and seller.tax_id is not None and seller.address is not None
    assert (seller.name, seller.trading_name, seller.legal_form) == ("Seller GmbH", "Trading", "GmbH")
    assert (seller.tax_id.written, seller.tax_id.normalised, seller.tax_id.country) == (
        "de 111.111.125",
        "DE111111125",
        "DE",
    )
    assert [(one.written, one.system) for one in seller.other_tax_ids] == [("201/113/40209", "FC")]
    assert (seller.legal_id.value, seller.legal_id.scheme) == ("HRB 1", "0204")
    assert (seller.endpoint.value, seller.endpoint.scheme) == ("7300010000001", "0088")
    assert seller.address.lines == ("Main 1", "Box 2", "Third")
    assert (seller.address.city, seller.address.postal_code, seller.address.region) == ("Bonn", "53111", "NW")
    assert (seller.contact.name, seller.contact.phone, seller.contact.email) == ("Ana", "1", "a@b.de")
    assert (full.payee.name, full.payee.identifiers[0].value) == ("Bank", "77")
    assert (full.tax_representative.name, full.tax_representative.tax_id.country) == ("Rep", "GR")
    assert (full.deliver_to.name, full.deliver_to.address.city) == ("Depot", "Lund")
    assert full.deliver_to.identifiers[0].value == "6754238987648"
    assert full.customer is None


def test_the_references(full: Document):
    named = {(one.role, one.number) for one in full.references}
    assert named == {
        ("order", "PO"),
        ("sales_order", "SO"),
        ("invoice", "F-0"),
        ("dispatch", "D"),
        ("receipt", "R"),
        ("tender", "T"),
        ("contract", "C"),
        ("object", "O"),
        ("additional", "A"),
        ("additional", "B"),
        ("project", "P"),
    }
    inside, elsewhere = full.attachments
    assert (inside.name, inside.mime, inside.content, inside.description) == ("h.csv", "text/csv", b"a,bc", "hours")
    assert (elsewhere.uri, elsewhere.content) == ("https://x.test/b", None)


def test_the_amounts(full: Document):
    totals = full.totals
    assert (totals.lines, totals.net, totals.gross, totals.payable) == (90, 100, 125, Decimal("105.5"))
    assert (totals.allowances, totals.charges, totals.prepaid, totals.rounding) == (0, 10, 20, Decimal("0.5"))
    assert (totals.tax, totals.tax_accounting, totals.withheld) == (25, Decimal("2.3"), None)
    (tax,) = full.taxes
    assert (tax.scheme, tax.category, tax.rate, tax.base) == ("VAT", "E", 0, 100)
    assert (tax.reason, tax.reason_code) == ("Exempt", "VATEX-EU-F")
    (charge,) = full.adjustments
    assert (charge.is_charge, charge.amount, charge.percent, charge.base) == (True, 10, 10, 100)
    assert (charge.tax_category, charge.tax_rate, charge.tax_scheme) == ("S", 25, "VAT")
    assert (charge.reason, charge.reason_code) == ("Freight", "FC")
    (means,) = full.payment_means
    assert (means.code, means.name, means.reference, means.account) == ("30", "Credit transfer", "REF", "SE35")
    assert (means.account_name, means.bank, means.card) == ("Acc", "BIC", "1234")
    assert (means.mandate, means.debited_account, full.payment_terms) == ("M", "SE99", "30 days")


def test_the_lines(full: Document):
    (line,) = full.lines
    assert (line.number, line.name, line.description, line.note) == ("1", "N", "D", "n")
    assert (line.quantity, line.unit, line.net) == (Decimal("2.5"), "KGM", 90)
    assert (line.price, line.price_base, line.gross_price) == (40, 1, 45)
    assert (line.seller_code, line.buyer_code, line.standard_code.value) == ("SI", "BI", "GTIN")
    assert (line.classifications[0].value, line.classifications[0].scheme) == ("09348023", "STI")
    assert (line.country, line.order_line, line.object_id, line.cost_center) == ("CN", "7", "OBJ", "CC")
    assert line.period == (dt.date(2026, 2, 1), None)
    assert [(one.is_charge, one.amount) for one in line.adjustments] == [(False, 10)]
    assert [(one.scheme, one.category, one.rate, one.amount) for one in line.taxes] == [("VAT", "S", 25, None)]
    assert (line.attributes, line.path) == ((("Colour", "red"),), "/Invoice/cac:InvoiceLine[1]")


def test_where_things_are(full: Document):
    assert full.path_of("BT-1") == "/Invoice/cbc:ID"
    assert full.path_of("BT-115") == "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"
    assert full.path_of("BT-31") == "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"
    assert full.path_of("BT-48") == ""


@pytest.mark.parametrize("a, b, root", [("x", "y", ""), ("ns2", "ns3", "ns1"), ("cbc", "cac", "i"), ("A", "B-b.", "_")])
def test_any_prefix(full: Document, a: str, b: str, root: str):
    assert read(ubl(FULL, a=a, b=b, root=root)) == full


def test_namespaces_declared_where_they_are_used():
    text = (
        '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
        '<ID xmlns="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">\n 7\t</ID>'
        '<ID xmlns="urn:other">8</ID></Invoice>'
    )
    assert read(text).number == "7"


def test_the_order_of_elements_does_not_matter():
    body = "<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine><cbc:IssueDate>2026-01-02</cbc:IssueDate><cbc:ID>9</cbc:ID>"
    found = read(ubl(body))
    assert (found.number, found.issue_date, len(found.lines)) == ("9", dt.date(2026, 1, 2), 1)


@pytest.mark.parametrize("name", ["Invoice", "CreditNote", "DebitNote", "Order", "Catalogue", "ApplicationResponse"])
def test_a_document_with_next_to_nothing(name: str):
    found = read(ubl("<cbc:ID/>", name))
    assert (found.doc_type, found.number, found.supplier, found.lines, found.totals.payable) == (
        name,
        None,
        None,
        (),
        None,
    )


ABSURD = ["1e999", "NaN", "Infinity", "-", "", "1,5", "1.000,00", "9" * 5000, "١٢", "0x10", "1 000", "--1"]


@pytest.mark.parametrize("written", ABSURD)
def test_absurd_amounts_are_none(written: str):
    text = PLAIN.replace("119.00", written).replace("100.00", written).replace('"C62">1<', f'"C62">{written}<')
    found = read(text)
    assert (found.totals.payable, found.lines[0].net, found.lines[0].quantity) == (None, None, None)


@pytest.mark.parametrize(
    "written, amount",
    [(" 119.00 ", "119.00"), ("+1", "1"), (".5", "0.5"), ("5.", "5"), ("-0.00", "0.00"), ("\n1\n", "1"), ("007", "7")],
)
def test_amounts_as_xs_decimal_allows(written: str, amount: str):
    payable = read(PLAIN.replace("119.00", written)).totals.payable
    assert payable == Decimal(amount)
    assert "E" not in str(payable)


@pytest.mark.parametrize("written", ["2026-02-30", "0000-01-01", "99999-01-01", "01/02/2026", "today", "", "2026-2-3"])
def test_absurd_dates_are_none(written: str):
    assert read(PLAIN.replace("2026-03-01", written)).issue_date is None


@pytest.mark.parametrize("written", ["2026-03-01Z", "2026-03-01-05:00", " 2026-03-01 ", "2026-03-01+14:00"])
def test_dates_with_a_time_zone(written: str):
    assert read(PLAIN.replace("2026-03-01", written)).issue_date == dt.date(2026, 3, 1)


def test_the_tax_of_a_document_is_that_of_its_currency():
    def tax(*totals: str, head: str = "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>") -> Decimal | None:
        return read(ubl(head + "".join(totals))).totals.tax

    def one(amount: str, currency: str, sub: bool) -> str:
        inside = "<cac:TaxSubtotal/>" if sub else ""
        return f'<cac:TaxTotal><cbc:TaxAmount currencyID="{currency}">{amount}</cbc:TaxAmount>{inside}</cac:TaxTotal>'

    assert tax(one("1", "EUR", True), one("7", "USD", False)) == 1
    assert tax(one("7", "USD", False), one("1", "EUR", True)) == 1
    assert tax(one("1", "EUR", True), one("2", "EUR", True)) == 3
    assert tax(one("1", "EUR", True), one("2", "EUR", False)) == 1
    assert tax(one("5", "USD", True)) == 5  # the document's currency is wrong, not its taxes
    assert tax(one("5", "USD", True), head="<cbc:ID>1</cbc:ID>") == 5
    assert tax() is None


# --- Colombia


def dian(body: str = "", name: str = "Invoice", code: str = "CUFE-SHA384") -> str:
    return ubl(
        f"""<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><sts:DianExtensions>
<sts:InvoiceControl><sts:InvoiceAuthorization>18760000001</sts:InvoiceAuthorization></sts:InvoiceControl>
<sts:SoftwareProvider><sts:SoftwareID>soft</sts:SoftwareID></sts:SoftwareProvider>
<sts:QRCode>https://catalogo-vpfe.dian.gov.co/?documentkey=abc</sts:QRCode></sts:DianExtensions>
</ext:ExtensionContent></ext:UBLExtension><ext:UBLExtension><ext:ExtensionContent>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>
<cbc:ProfileID>DIAN 2.1: Factura Electrónica de Venta</cbc:ProfileID><cbc:ProfileExecutionID>1</cbc:ProfileExecutionID>
<cbc:ID>SETT1</cbc:ID><cbc:UUID schemeID="1" schemeName="{code}">abc</cbc:UUID>
<cbc:IssueDate>2026-01-02</cbc:IssueDate><cbc:IssueTime>10:00:00-05:00</cbc:IssueTime>
<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme>
<cbc:CompanyID schemeID="4" schemeName="31">800197268</cbc:CompanyID><cbc:TaxLevelCode>O-13</cbc:TaxLevelCode>
<cac:TaxScheme><cbc:ID>01</cbc:ID><cbc:Name>IVA</cbc:Name></cac:TaxScheme></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID schemeName="13">1020304050</cbc:CompanyID>
</cac:PartyTaxScheme></cac:Party></cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="COP">19.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxAmount currencyID="COP">19.00</cbc:TaxAmount>
<cac:TaxCategory><cbc:Percent>19.00</cbc:Percent><cac:TaxScheme><cbc:ID>01</cbc:ID><cbc:Name>IVA</cbc:Name></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:WithholdingTaxTotal><cbc:TaxAmount currencyID="COP">2.50</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxAmount currencyID="COP">2.50</cbc:TaxAmount>
<cac:TaxCategory><cbc:Percent>2.50</cbc:Percent><cac:TaxScheme><cbc:ID>06</cbc:ID><cbc:Name>ReteRenta</cbc:Name></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:WithholdingTaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="COP">100.00</cbc:LineExtensionAmount><cbc:PayableAmount currencyID="COP">119.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
{body}""",
        name,
    )


def test_colombia():
    found = read(dian())
    assert (found.format, found.currency, found.signed) == (Format.DIAN, "COP", True)
    nit = found.supplier.tax_id
    assert (nit.written, nit.normalised, nit.country, nit.system, nit.check_digit) == (
        "800197268",
        "800197268",
        "CO",
        "NIT",
        "4",
    )
    assert (found.customer.tax_id.system, found.customer.tax_id.check_digit) == ("CC", None)
    assert found.supplier.tax_regime == "O-13"
    assert [(one.scheme, one.amount) for one in found.taxes] == [("IVA", 19)]
    assert [(one.scheme, one.rate) for one in found.withholdings] == [("ReteRenta", Decimal("2.5"))]
    assert (found.totals.tax, found.totals.withheld) == (19, Decimal("2.5"))
    fiscal = found.fiscal
    assert (fiscal.id, fiscal.id_scheme, fiscal.environment, fiscal.software) == ("abc", "CUFE-SHA384", "1", "soft")
    assert (fiscal.authorisation, fiscal.qr) == ("18760000001", "https://catalogo-vpfe.dian.gov.co/?documentkey=abc")
    facts = dict(fiscal.facts)
    assert [facts[name] for name in ("NumFac", "FecFac", "HorFac", "ValFac", "ValImp01", "ValTot")] == [
        "SETT1",
        "2026-01-02",
        "10:00:00-05:00",
        "100.00",
        "19.00",
        "119.00",
    ]
    assert (facts["NitOFE"], facts["NumAdq"], facts["TipoAmb"]) == ("800197268", "1020304050", "1")
    assert "ValImp04" not in facts


def test_a_nit_with_its_digit_joined():
    found = read(dian().replace('schemeID="4" schemeName="31">800197268', 'schemeName="31">800.197.268-4'))
    assert (found.supplier.tax_id.normalised, found.supplier.tax_id.check_digit) == ("800197268", "4")


ANSWER = ubl(
    """<cbc:ProfileID>DIAN 2.1</cbc:ProfileID><cbc:ID>77</cbc:ID><cbc:UUID schemeName="CUDE-SHA384">def</cbc:UUID>
<cac:SenderParty><cac:PartyTaxScheme><cbc:CompanyID schemeName="31" schemeID="4">800197268</cbc:CompanyID></cac:PartyTaxScheme></cac:SenderParty>
<cac:ReceiverParty><cac:PartyTaxScheme><cbc:CompanyID schemeName="31" schemeID="3">900108281</cbc:CompanyID></cac:PartyTaxScheme></cac:ReceiverParty>
<cac:DocumentResponse><cac:Response><cbc:ResponseCode>02</cbc:ResponseCode><cbc:Description>Documento validado por la DIAN</cbc:Description></cac:Response>
<cac:DocumentReference><cbc:ID>SETT1</cbc:ID><cbc:UUID schemeName="CUFE-SHA384">abc</cbc:UUID><cbc:DocumentTypeCode>01</cbc:DocumentTypeCode></cac:DocumentReference>
<cac:LineResponse><cac:Response><cbc:ResponseCode>FAJ43b</cbc:ResponseCode><cbc:Description>Nombre informado</cbc:Description></cac:Response></cac:LineResponse>
</cac:DocumentResponse>""",
    "ApplicationResponse",
)


def attached(inner: str, answer: str = ANSWER) -> str:
    return ubl(
        f"""<cbc:ID>1</cbc:ID><cac:Attachment><cac:ExternalReference><cbc:MimeCode>text/xml</cbc:MimeCode>
<cbc:Description><![CDATA[{inner}]]></cbc:Description></cac:ExternalReference></cac:Attachment>
<cac:ParentDocumentLineReference><cbc:LineID>1</cbc:LineID><cac:DocumentReference><cbc:ID>SETT1</cbc:ID><cac:Attachment><cac:ExternalReference>
<cbc:Description><![CDATA[{answer}]]></cbc:Description></cac:ExternalReference></cac:Attachment>
<cac:ResultOfVerification><cbc:ValidatorID>DIAN</cbc:ValidatorID><cbc:ValidationResultCode>02</cbc:ValidationResultCode>
<cbc:ValidationDate>2026-01-02</cbc:ValidationDate><cbc:ValidationTime>10:01:02-05:00</cbc:ValidationTime></cac:ResultOfVerification>
</cac:DocumentReference></cac:ParentDocumentLineReference>""",
        "AttachedDocument",
    )


@pytest.mark.parametrize(
    "declaration", ["", '<?xml version="1.0" encoding="UTF-8"?>\n', '\ufeff<?xml version="1.0" encoding="ISO-8859-1"?>']
)
def test_an_attached_document(declaration: str):
    found = read(attached(declaration + dian()))
    assert (found.number, found.doc_type, found.carried_by) == ("SETT1", "Invoice", "AttachedDocument")
    assert found.is_payable_invoice and found.process == "DIAN 2.1: Factura Electrónica de Venta"
    assert found.response is not None and found.response.kind is Kind.APPLICATION_RESPONSE
    assert (found.fiscal.id, found.fiscal.status, found.fiscal.protocol) == ("abc", "02", "def")
    assert found.fiscal.status_text == "Documento validado por la DIAN"
    when = dt.datetime(2026, 1, 2, 10, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    assert found.fiscal.authorised_at == when


def test_an_attached_document_whose_answer_cannot_be_read():
    found = read(attached(dian(), "<a"))
    assert (found.number, found.response, found.fiscal.status) == ("SETT1", None, "02")


@pytest.mark.parametrize(
    "inner, code",
    [
        ("", "attached_empty"),
        ("<a>", "xml_truncated"),
        ("hello", "xml_broken"),
        ("<a/>", "not_recognised"),
        ("<!DOCTYPE a><a/>", "doctype"),
        ("<a>" * 200 + "</a>" * 200, "too_deep"),
        (attached("", "").replace("<![CDATA[", "").replace("]]>", ""), "not_recognised"),
    ],
)
def test_attached_documents_that_are_refused(inner: str, code: str):
    with pytest.raises(NotRead) as refusal:
        read(attached(inner))
    assert refusal.value.code == code


def test_an_escaped_attached_document():
    inner = dian().replace("&", "&amp;").replace("<", "&lt;")
    found = read(attached("x").replace("<![CDATA[x]]>", inner))
    assert found.number == "SETT1"


def test_a_radian_event():
    event = ANSWER.replace("<cbc:ResponseCode>02<", "<cbc:ResponseCode>030<").replace(
        "Documento validado por la DIAN", "Acuse de recibo de Factura Electrónica de Venta"
    )
    found = read(event)
    assert (found.format, found.kind, found.is_payable_invoice) == (Format.DIAN, Kind.APPLICATION_RESPONSE, False)
    assert found.fiscal.status == "030"
    (about,) = found.references
    assert (about.role, about.number, about.fiscal_id, about.type_code) == ("response", "SETT1", "abc", "01")
    assert (found.supplier.tax_id.written, found.customer.tax_id.written) == ("800197268", "900108281")
    assert found.notes == (Note("FAJ43b: Nombre informado"),)


# --- Peru

PERU = ubl(
    """<cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:CustomizationID>2.0</cbc:CustomizationID><cbc:ID>F001-123</cbc:ID>
<cbc:IssueDate>2026-01-02</cbc:IssueDate><cbc:InvoiceTypeCode listID="1001">01</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>PEN</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyIdentification><cbc:ID schemeID="6">20100070970</cbc:ID></cac:PartyIdentification>
<cac:PartyLegalEntity><cbc:RegistrationName>EMPRESA SAC</cbc:RegistrationName><cac:RegistrationAddress><cbc:ID>150101</cbc:ID>
<cac:AddressLine><cbc:Line>Av. 1</cbc:Line></cac:AddressLine></cac:RegistrationAddress></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID schemeID="1">45678901</cbc:ID></cac:PartyIdentification></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentTerms><cbc:ID>Detraccion</cbc:ID><cbc:PaymentMeansID>037</cbc:PaymentMeansID><cbc:PaymentPercent>12.00</cbc:PaymentPercent><cbc:Amount currencyID="PEN">141.60</cbc:Amount></cac:PaymentTerms>
<cac:PaymentTerms><cbc:ID>FormaPago</cbc:ID><cbc:PaymentMeansID>Credito</cbc:PaymentMeansID><cbc:Amount currencyID="PEN">1038.40</cbc:Amount></cac:PaymentTerms>
<cac:PaymentTerms><cbc:ID>FormaPago</cbc:ID><cbc:PaymentMeansID>Cuota001</cbc:PaymentMeansID><cbc:Amount currencyID="PEN">1038.40</cbc:Amount><cbc:PaymentDueDate>2026-02-01</cbc:PaymentDueDate></cac:PaymentTerms>
<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:AllowanceChargeReasonCode>62</cbc:AllowanceChargeReasonCode><cbc:MultiplierFactorNumeric>0.03</cbc:MultiplierFactorNumeric><cbc:Amount currencyID="PEN">35.40</cbc:Amount><cbc:BaseAmount currencyID="PEN">1180.00</cbc:BaseAmount></cac:AllowanceCharge>
<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:AllowanceChargeReasonCode>02</cbc:AllowanceChargeReasonCode><cbc:MultiplierFactorNumeric>0.05</cbc:MultiplierFactorNumeric><cbc:Amount currencyID="PEN">50.00</cbc:Amount></cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="PEN">180.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="PEN">1000.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="PEN">180.00</cbc:TaxAmount><cac:TaxCategory><cac:TaxScheme><cbc:ID>1000</cbc:ID><cbc:Name>IGV</cbc:Name><cbc:TaxTypeCode>VAT</cbc:TaxTypeCode></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="PEN">1000.00</cbc:LineExtensionAmount><cbc:TaxInclusiveAmount currencyID="PEN">1180.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="PEN">1180.00</cbc:PayableAmount></cac:LegalMonetaryTotal>"""
)


def test_peru_in_ubl_2_1():
    found = read(PERU)
    ruc, dni = found.supplier.tax_id, found.customer.tax_id
    assert (found.format, found.number, found.type_code) == (Format.SUNAT, "F001-123", "01")
    assert (ruc.written, ruc.system, ruc.country, dni.system) == ("20100070970", "RUC", "PE", "DNI")
    assert found.supplier.address.lines == ("Av. 1",)
    assert [(one.scheme, one.base, one.amount) for one in found.taxes] == [("IGV", 1000, 180)]
    assert [(one.scheme, one.amount, one.rate, one.reason_code) for one in found.withholdings] == [
        ("Retención IGV", Decimal("35.40"), 3, "62"),
        ("Detracción", Decimal("141.60"), 12, "037"),
    ]
    assert [(one.amount, one.percent) for one in found.adjustments] == [(50, 5)]
    assert [(one.number, one.amount, one.due_date) for one in found.instalments] == [
        ("Cuota001", Decimal("1038.40"), dt.date(2026, 2, 1))
    ]
    assert found.due_date is None


def test_a_european_invoice_is_not_taken_for_a_peruvian_one():
    text = PERU.replace("<cbc:CustomizationID>2.0<", "<cbc:CustomizationID>urn:cen.eu:en16931:2017<")
    assert read(text).format is Format.UBL


def test_a_note_has_its_reason():
    body = """<cbc:ProfileID>DIAN 2.1</cbc:ProfileID><cac:DiscrepancyResponse><cbc:ReferenceID>F1</cbc:ReferenceID><cbc:ResponseCode>2</cbc:ResponseCode>
<cbc:Description>Anulación</cbc:Description></cac:DiscrepancyResponse>
<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F1</cbc:ID><cbc:UUID>abc</cbc:UUID></cac:InvoiceDocumentReference></cac:BillingReference>"""
    found = read(ubl(body, "CreditNote"))
    assert [(one.number, one.fiscal_id, one.reason) for one in found.references] == [("F1", "abc", "Anulación")]
    assert dict(found.fiscal.facts)["DiscrepancyResponse/ResponseCode"] == "2"
    alone = read(ubl(body.partition("<cac:BillingReference>")[0], "DebitNote"))
    assert [(one.role, one.number) for one in alone.references] == [("invoice", "F1")]


# --- other kinds


def test_a_remittance_advice_says_what_is_paid():
    body = """<cbc:ID>1</cbc:ID><cbc:TotalPaymentAmount currencyID="GBP">107.50</cbc:TotalPaymentAmount>
<cbc:PaymentDate>2026-01-05</cbc:PaymentDate><cac:RemittanceAdviceLine><cbc:ID>1</cbc:ID>
<cbc:BalanceAmount currencyID="GBP">107.50</cbc:BalanceAmount><cac:BillingReference><cac:InvoiceDocumentReference>
<cbc:ID>A1</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference></cac:RemittanceAdviceLine>"""
    (payment,) = read(ubl(body, "RemittanceAdvice")).payments
    assert (payment.date, payment.amount, payment.currency) == (dt.date(2026, 1, 5), Decimal("107.5"), "GBP")
    assert [(one.number, one.amount) for one in payment.documents] == [("A1", Decimal("107.5"))]


@pytest.mark.parametrize(
    "name, kind, payable",
    [
        ("SelfBilledInvoice", Kind.INVOICE, True),
        ("SelfBilledCreditNote", Kind.CREDIT_NOTE, True),
        ("DebitNote", Kind.DEBIT_NOTE, True),
        ("OrderResponseSimple", Kind.ORDER_RESPONSE, False),
        ("DespatchAdvice", Kind.DISPATCH_ADVICE, False),
    ],
)
def test_kinds(name: str, kind: Kind, payable: bool):
    found = read(ubl("<cbc:ID>1</cbc:ID>", name))
    assert (found.kind, found.is_payable_invoice) == (kind, payable)


def test_an_invoice_with_the_code_of_a_credit_note():
    body = "<cbc:ID>1</cbc:ID><cbc:InvoiceTypeCode>381</cbc:InvoiceTypeCode>"
    assert read(ubl(body)).kind is Kind.CREDIT_NOTE


def test_a_dispatch_advice_names_its_order():
    body = """<cbc:ID>1</cbc:ID><cac:DespatchLine><cbc:ID>1</cbc:ID><cbc:DeliveredQuantity unitCode="EA">3</cbc:DeliveredQuantity>
<cac:OrderLineReference><cbc:LineID>4</cbc:LineID><cac:OrderReference><cbc:ID>PO</cbc:ID></cac:OrderReference></cac:OrderLineReference>
<cac:Item><cbc:Name>N</cbc:Name></cac:Item></cac:DespatchLine>"""
    (line,) = read(ubl(body, "DespatchAdvice")).lines
    assert (line.quantity, line.unit, line.order_line, line.order_number, line.name) == (3, "EA", "4", "PO", "N")
