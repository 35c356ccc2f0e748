"""CII as the samples do not have it: other prefixes and directories, missing parts, wrong values, orders and notes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import einvoice
from einvoice.model import Adjustment, Document, Format, Identifier, Instalment, Kind, Reference

D16B = (
    'xmlns:a="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
    ' xmlns="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
    ' xmlns:u="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)


def cii(header: str = "", agreement: str = "", delivery: str = "", settlement: str = "", lines: str = "") -> Document:
    """An invoice of its parts, with prefixes that nobody uses and lines behind the rest."""
    return einvoice.read(
        f"<a:CrossIndustryInvoice {D16B}><a:ExchangedDocument>{header}</a:ExchangedDocument>"
        f"<a:SupplyChainTradeTransaction><ApplicableHeaderTradeSettlement>{settlement}"
        f"</ApplicableHeaderTradeSettlement><ApplicableHeaderTradeAgreement>{agreement}"
        f"</ApplicableHeaderTradeAgreement><ApplicableHeaderTradeDelivery>{delivery}</ApplicableHeaderTradeDelivery>"
        f"{lines}</a:SupplyChainTradeTransaction></a:CrossIndustryInvoice>".encode()
    )


def test_prefixes_and_orders_do_not_matter():
    read = cii(
        "<TypeCode> 380 </TypeCode><ID>\n A-1 </ID>", settlement="<InvoiceCurrencyCode> EUR</InvoiceCurrencyCode>"
    )
    assert (read.format, read.number, read.type_code, read.currency) == (Format.CII, "A-1", "380", "EUR")
    assert read.supplier is None and read.lines == () and read.totals.payable is None


@pytest.mark.parametrize(
    "code, kind",
    [
        ("380", Kind.INVOICE),
        ("384", Kind.INVOICE),
        ("389", Kind.INVOICE),
        ("381", Kind.CREDIT_NOTE),
        ("261", Kind.CREDIT_NOTE),
        ("396", Kind.CREDIT_NOTE),
        ("383", Kind.DEBIT_NOTE),
        ("", Kind.INVOICE),
    ],
)
def test_what_kind_of_invoice(code: str, kind: Kind):
    assert cii(f"<TypeCode>{code}</TypeCode>").kind is kind


@pytest.mark.parametrize(
    "written, day",
    [
        ('<u:DateTimeString format="102">20240229</u:DateTimeString>', dt.date(2024, 2, 29)),
        ('<u:DateTimeString format="203">202402291530</u:DateTimeString>', dt.date(2024, 2, 29)),
        ('<u:DateTimeString format="204">20240229153059</u:DateTimeString>', dt.date(2024, 2, 29)),
        ('<u:DateTimeString format="102"> 2024-02-29 </u:DateTimeString>', dt.date(2024, 2, 29)),
        ("<u:DateTimeString>20240229</u:DateTimeString>", dt.date(2024, 2, 29)),
        ("<u:DateTime>2024-02-29T23:59:59+01:00</u:DateTime>", dt.date(2024, 2, 29)),
        ("2024-02-29T00:00:00", dt.date(2024, 2, 29)),
        ('<u:DateTimeString format="102">20230229</u:DateTimeString>', None),
        ('<u:DateTimeString format="102">20139102</u:DateTimeString>', None),
        ('<u:DateTimeString format="616">202409</u:DateTimeString>', None),
        ('<u:DateTimeString format="610">202409</u:DateTimeString>', None),
        ('<u:DateTimeString format="102"/>', None),
        ("", None),
    ],
)
def test_days_by_their_format(written: str, day: dt.date | None):
    assert cii(f"<IssueDateTime>{written}</IssueDateTime>").issue_date == day


@pytest.mark.parametrize("written", ["1e999", "NaN", "9" * 5000, "1,5", "--1", "", "0x1F", "٣"])
def test_what_is_no_amount_is_none(written: str):
    total = f"<DuePayableAmount>{written}</DuePayableAmount>"
    summation = "SpecifiedTradeSettlementHeaderMonetarySummation"
    assert cii(settlement=f"<{summation}>{total}</{summation}>").totals.payable is None


def test_registrations_by_their_scheme():
    party = (
        "<SellerTradeParty><ID>77</ID><GlobalID schemeID='0088'>401</GlobalID><Name>Verkäufer</Name>"
        "<SpecifiedLegalOrganization><ID schemeID='0002'>123</ID><TradingBusinessName>V</TradingBusinessName>"
        "</SpecifiedLegalOrganization><SpecifiedTaxRegistration><ID schemeID='FC'>201/113</ID></SpecifiedTaxRegistration>"
        "<SpecifiedTaxRegistration><ID schemeID='VA'> EL 123 456 789 </ID></SpecifiedTaxRegistration>"
        "<URIUniversalCommunication><URIID schemeID='EM'>v@example.org</URIID></URIUniversalCommunication>"
        "</SellerTradeParty>"
    )
    seller = cii(agreement=party, settlement="<CreditorReferenceID>DE98ZZZ</CreditorReferenceID>").supplier
    assert seller is not None and seller.tax_id is not None
    assert (seller.tax_id.written, seller.tax_id.normalised, seller.tax_id.country) == (
        "EL 123 456 789",
        "EL123456789",
        "GR",
    )
    assert [(one.written, one.system) for one in seller.other_tax_ids] == [("201/113", "FC")]
    assert seller.identifiers == (Identifier("77"), Identifier("401", "0088"), Identifier("DE98ZZZ", "SEPA"))
    assert seller.legal_id == Identifier("123", "0002") and seller.trading_name == "V"
    assert seller.endpoint == Identifier("v@example.org", "EM")


def test_totals_of_two_currencies():
    summation = (
        "<SpecifiedTradeSettlementHeaderMonetarySummation><TaxTotalAmount currencyID='PLN'>430.5</TaxTotalAmount>"
        "<TaxTotalAmount currencyID='EUR'>100</TaxTotalAmount><GrandTotalAmount currencyID='PLN'>1</GrandTotalAmount>"
        "<GrandTotalAmount currencyID='EUR'>600</GrandTotalAmount><RoundingAmount>-0.01</RoundingAmount>"
        "</SpecifiedTradeSettlementHeaderMonetarySummation>"
    )
    head = "<TaxCurrencyCode>PLN</TaxCurrencyCode><InvoiceCurrencyCode>EUR</InvoiceCurrencyCode>"
    totals = cii(settlement=head + summation).totals
    assert (totals.tax, totals.tax_accounting, totals.gross) == (Decimal(100), Decimal("430.5"), Decimal(600))
    assert totals.rounding == Decimal("-0.01")


def test_allowances_charges_and_freight():
    settlement = (
        "<SpecifiedTradeAllowanceCharge><ChargeIndicator><u:Indicator>true</u:Indicator></ChargeIndicator>"
        "<CalculationPercent>10</CalculationPercent><BasisAmount>100</BasisAmount><ActualAmount>10.00</ActualAmount>"
        "<ReasonCode>FC</ReasonCode><Reason>Freight</Reason><CategoryTradeTax><TypeCode>VAT</TypeCode>"
        "<CategoryCode>S</CategoryCode><RateApplicablePercent>19</RateApplicablePercent></CategoryTradeTax>"
        "</SpecifiedTradeAllowanceCharge><SpecifiedTradeAllowanceCharge><ActualAmount>2</ActualAmount>"
        "</SpecifiedTradeAllowanceCharge><SpecifiedLogisticsServiceCharge><Description>Versand</Description>"
        "<AppliedAmount>5.80</AppliedAmount><AppliedTradeTax><TypeCode>VAT</TypeCode><CategoryCode>S</CategoryCode>"
        "<RateApplicablePercent>7</RateApplicablePercent></AppliedTradeTax></SpecifiedLogisticsServiceCharge>"
    )
    charge, allowance, freight = cii(settlement=settlement).adjustments
    assert charge == Adjustment(True, Decimal(10), Decimal(100), Decimal(10), "Freight", "FC", "S", Decimal(19), "VAT")
    assert allowance == Adjustment(False, Decimal(2))
    assert (freight.is_charge, freight.amount, freight.tax_rate) == (True, Decimal("5.80"), Decimal(7))


def test_references_with_their_roles_and_files():
    date = "<FormattedIssueDateTime><q:DateTimeString xmlns:q='urn:q' format='102'>20240110</q:DateTimeString></FormattedIssueDateTime>"
    agreement = (
        "<BuyerOrderReferencedDocument><IssuerAssignedID>PO-1</IssuerAssignedID></BuyerOrderReferencedDocument>"
        "<AdditionalReferencedDocument><IssuerAssignedID>L-7</IssuerAssignedID><TypeCode>50</TypeCode>"
        "</AdditionalReferencedDocument><AdditionalReferencedDocument><IssuerAssignedID>T1</IssuerAssignedID>"
        "<TypeCode>916</TypeCode><Name>Hours</Name><AttachmentBinaryObject mimeCode='text/csv' filename='h.csv'>"
        "YTti\nCg==</AttachmentBinaryObject></AdditionalReferencedDocument><AdditionalReferencedDocument>"
        "<IssuerAssignedID>T2</IssuerAssignedID><URIID>https://example.org/t2</URIID><TypeCode>916</TypeCode>"
        "<AttachmentBinaryObject>###</AttachmentBinaryObject></AdditionalReferencedDocument>"
        "<SpecifiedProcuringProject><ID>P9</ID></SpecifiedProcuringProject>"
    )
    settlement = (
        f"<InvoiceReferencedDocument><IssuerAssignedID>R-1</IssuerAssignedID>{date}</InvoiceReferencedDocument>"
        "<InvoiceReferencedDocument><IssuerAssignedID>R-2</IssuerAssignedID></InvoiceReferencedDocument>"
    )
    read = cii(agreement=agreement, settlement=settlement)
    assert [(one.role, one.number) for one in read.references] == [
        ("order", "PO-1"),
        ("tender", "L-7"),
        ("additional", "T1"),
        ("additional", "T2"),
        ("project", "P9"),
        ("invoice", "R-1"),
        ("invoice", "R-2"),
    ]
    assert read.references[5] == Reference("invoice", "R-1", dt.date(2024, 1, 10))
    first, second = read.attachments
    assert (first.name, first.mime, first.content, first.description) == ("h.csv", "text/csv", b"a;b\n", "Hours")
    assert (second.name, second.uri, second.content) == ("T2", "https://example.org/t2", None)


def test_means_terms_and_instalments():
    day = "<DueDateDateTime><u:DateTimeString format='102'>{}</u:DateTimeString></DueDateDateTime>"
    settlement = (
        "<PaymentReference>RF18</PaymentReference><SpecifiedTradeSettlementPaymentMeans><TypeCode>59</TypeCode>"
        "<PayerPartyDebtorFinancialAccount><IBANID>DE02</IBANID></PayerPartyDebtorFinancialAccount>"
        "<PayeePartyCreditorFinancialAccount><IBANID>DE01</IBANID><AccountName>V</AccountName>"
        "</PayeePartyCreditorFinancialAccount></SpecifiedTradeSettlementPaymentMeans><SpecifiedTradePaymentTerms>"
        "<Description>two parts</Description><DirectDebitMandateID>M-1</DirectDebitMandateID></SpecifiedTradePaymentTerms>"
        f"<SpecifiedTradePaymentTerms>{day.format('20240301')}<PartialPaymentAmount>40</PartialPaymentAmount>"
        f"</SpecifiedTradePaymentTerms><SpecifiedTradePaymentTerms>{day.format('20240401')}"
        "<PartialPaymentAmount>60</PartialPaymentAmount></SpecifiedTradePaymentTerms>"
    )
    read = cii(settlement=settlement)
    (means,) = read.payment_means
    assert (means.code, means.account, means.debited_account) == ("59", "DE01", "DE02")
    assert (means.reference, means.mandate) == ("RF18", "M-1")
    assert read.due_date == dt.date(2024, 3, 1) and read.payment_terms == "two parts"
    assert read.instalments[1:] == (
        Instalment(dt.date(2024, 3, 1), Decimal(40)),
        Instalment(dt.date(2024, 4, 1), Decimal(60)),
    )


def test_zugferd_one_has_other_names():
    read = einvoice.read(
        b"<r:CrossIndustryDocument xmlns:r='urn:ferd:CrossIndustryDocument:invoice:1p0' xmlns='urn:x'>"
        b"<r:HeaderExchangedDocument><ID>Z1</ID><TypeCode>380</TypeCode></r:HeaderExchangedDocument>"
        b"<r:SpecifiedSupplyChainTradeTransaction><ApplicableSupplyChainTradeAgreement><ContractReferencedDocument>"
        b"<IssueDateTime>2013-04-01T00:00:00</IssueDateTime><ID>V8</ID></ContractReferencedDocument>"
        b"</ApplicableSupplyChainTradeAgreement><ApplicableSupplyChainTradeSettlement>"
        b"<SpecifiedTradeSettlementMonetarySummation><GrandTotalAmount>9.52</GrandTotalAmount>"
        b"</SpecifiedTradeSettlementMonetarySummation></ApplicableSupplyChainTradeSettlement>"
        b"<IncludedSupplyChainTradeLineItem><SpecifiedSupplyChainTradeSettlement><ApplicableTradeTax>"
        b"<ApplicablePercent>19.00</ApplicablePercent></ApplicableTradeTax></SpecifiedSupplyChainTradeSettlement>"
        b"</IncludedSupplyChainTradeLineItem></r:SpecifiedSupplyChainTradeTransaction></r:CrossIndustryDocument>"
    )
    assert (read.format, read.number, read.totals.gross) == (Format.ZUGFERD, "Z1", Decimal("9.52"))
    assert read.references == (Reference("contract", "V8", dt.date(2013, 4, 1)),)
    assert read.lines[0].taxes[0].rate == Decimal(19)
    assert read.path_of("BT-112").endswith("SpecifiedTradeSettlementMonetarySummation/GrandTotalAmount")
    assert read.lines[0].path == (
        "CrossIndustryDocument/SpecifiedSupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem[1]"
    )


def test_the_directory_of_2010():
    read = einvoice.read(
        b"<r:CrossIndustryInvoice xmlns:r='urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:2' xmlns='urn:x'>"
        b"<r:CIIHExchangedDocument><ID>7</ID></r:CIIHExchangedDocument><r:CIIHSupplyChainTradeTransaction>"
        b"<ApplicableCIIHSupplyChainTradeAgreement><SellerCITradeParty><Name>S</Name>"
        b"<SpecifiedCITaxRegistration><ID schemeID='VA'>NL1</ID></SpecifiedCITaxRegistration></SellerCITradeParty>"
        b"<BuyerOrderReferencedCIReferencedDocument><IssuerAssignedID>B</IssuerAssignedID>"
        b"</BuyerOrderReferencedCIReferencedDocument></ApplicableCIIHSupplyChainTradeAgreement>"
        b"<ApplicableCIIHSupplyChainTradeSettlement><SpecifiedCIIHTradeSettlementMonetarySummation>"
        b"<GrandTotalAmount>5</GrandTotalAmount></SpecifiedCIIHTradeSettlementMonetarySummation>"
        b"</ApplicableCIIHSupplyChainTradeSettlement><IncludedCIILSupplyChainTradeLineItem>"
        b"<SpecifiedCIILSupplyChainTradeDelivery><BilledQuantity unitCode='C62'>3</BilledQuantity>"
        b"</SpecifiedCIILSupplyChainTradeDelivery></IncludedCIILSupplyChainTradeLineItem>"
        b"</r:CIIHSupplyChainTradeTransaction></r:CrossIndustryInvoice>"
    )
    assert read.number == "7" and read.totals.gross == Decimal(5)
    assert read.supplier is not None and read.supplier.tax_id is not None and read.supplier.tax_id.written == "NL1"
    assert read.references[0].number == "B"
    assert (read.lines[0].quantity, read.lines[0].unit) == (Decimal(3), "C62")


@pytest.mark.parametrize("code, kind", [("220", Kind.ORDER), ("230", Kind.ORDER_CHANGE), ("231", Kind.ORDER_RESPONSE)])
def test_orders_of_order_x(code: str, kind: Kind):
    root = "SCRDMCCBDACIOMessageStructure"
    read = einvoice.read(
        f"<o:{root} xmlns:o='urn:un:unece:uncefact:data:{root}:100' xmlns='urn:x'><o:ExchangedDocument>"
        f"<TypeCode>{code}</TypeCode></o:ExchangedDocument><o:SupplyChainTradeTransaction>"
        "<IncludedSupplyChainTradeLineItem><SpecifiedLineTradeDelivery><RequestedQuantity unitCode='KGM'>2"
        "</RequestedQuantity></SpecifiedLineTradeDelivery></IncludedSupplyChainTradeLineItem>"
        f"</o:SupplyChainTradeTransaction></o:{root}>".encode()
    )
    assert read.kind is kind and not read.is_payable_invoice
    assert read.lines[0].quantity == Decimal(2)


def test_a_line_with_all_its_parts():
    lines = (
        "<IncludedSupplyChainTradeLineItem><AssociatedDocumentLineDocument><LineID>10</LineID><IncludedNote>"
        "<Content>one</Content></IncludedNote><IncludedNote><Content>two</Content></IncludedNote>"
        "</AssociatedDocumentLineDocument><SpecifiedTradeProduct><GlobalID schemeID='0160'>400</GlobalID>"
        "<SellerAssignedID>S</SellerAssignedID><BuyerAssignedID>B</BuyerAssignedID><Name>N</Name>"
        "<Description>D</Description><ApplicableProductCharacteristic><Description>Colour</Description>"
        "<Value>red</Value></ApplicableProductCharacteristic><DesignatedProductClassification>"
        "<ClassCode listID='STI'>43</ClassCode></DesignatedProductClassification><OriginTradeCountry><ID>FR</ID>"
        "</OriginTradeCountry></SpecifiedTradeProduct><SpecifiedLineTradeAgreement><BuyerOrderReferencedDocument>"
        "<IssuerAssignedID>PO</IssuerAssignedID><LineID>4</LineID></BuyerOrderReferencedDocument>"
        "<GrossPriceProductTradePrice><ChargeAmount>11</ChargeAmount><BasisQuantity>10</BasisQuantity>"
        "</GrossPriceProductTradePrice><NetPriceProductTradePrice><ChargeAmount>10.5</ChargeAmount>"
        "</NetPriceProductTradePrice></SpecifiedLineTradeAgreement><SpecifiedLineTradeDelivery>"
        "<BilledQuantity unitCode='C62'>20</BilledQuantity></SpecifiedLineTradeDelivery>"
        "<SpecifiedLineTradeSettlement><AdditionalReferencedDocument><IssuerAssignedID>OBJ</IssuerAssignedID>"
        "<TypeCode>130</TypeCode></AdditionalReferencedDocument><ReceivableSpecifiedTradeAccountingAccount><ID>CC</ID>"
        "</ReceivableSpecifiedTradeAccountingAccount><SpecifiedTradeSettlementLineMonetarySummation>"
        "<LineTotalAmount>21.00</LineTotalAmount></SpecifiedTradeSettlementLineMonetarySummation>"
        "</SpecifiedLineTradeSettlement></IncludedSupplyChainTradeLineItem>"
    )
    (line,) = cii(lines=lines).lines
    assert (line.number, line.name, line.description, line.note) == ("10", "N", "D", "one\ntwo")
    assert (line.price, line.price_base, line.gross_price, line.net) == tuple(
        Decimal(value) for value in ("10.5", "10", "11", "21")
    )
    assert (line.seller_code, line.buyer_code, line.standard_code) == ("S", "B", Identifier("400", "0160"))
    assert (line.order_number, line.order_line, line.object_id, line.cost_center) == ("PO", "4", "OBJ", "CC")
    assert line.classifications == (Identifier("43", "STI"),) and line.attributes == (("Colour", "red"),)


def test_the_same_names_elsewhere_are_refused():
    with pytest.raises(einvoice.NotRead) as refusal:
        einvoice.read(b"<CrossIndustryInvoice xmlns='urn:example'/>")
    assert refusal.value.code == "not_recognised"
