"""NF-e and NFC-e as the samples do not have them: 3.10, services, returns, lots, the reform, refused protocols."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import einvoice
from einvoice.model import Adjustment, Document, Kind, Reference

SPACE = "http://www.portalfiscal.inf.br/nfe"
KEY = "35200159594315000157550010000000012062777161"


def note(inner: str, version: str = "4.00", behind: str = "") -> str:
    return f'<n:NFe><n:infNFe versao="{version}" Id="NFe{KEY}">{inner}</n:infNFe>{behind}</n:NFe>'


def nfe(inner: str, version: str = "4.00", behind: str = "", protocol: str = "") -> Document:
    return einvoice.read(
        f'<n:nfeProc xmlns:n="{SPACE}" versao="{version}">{note(inner, version, behind)}{protocol}</n:nfeProc>'.encode()
    )


def test_a_bare_note_of_3_10_with_its_own_means():
    inner = (
        "<n:ide><n:mod>55</n:mod><n:serie>1</n:serie><n:nNF>7</n:nNF><n:dhEmi>2016-02-03T10:11:12-02:00</n:dhEmi>"
        "<n:finNFe>1</n:finNFe><n:tpAmb>2</n:tpAmb></n:ide><n:pag><n:tPag>01</n:tPag><n:vPag>5.00</n:vPag></n:pag>"
        "<n:pag><n:tPag>03</n:tPag></n:pag>"
    )
    root = note(inner, "3.10").replace("<n:NFe>", f'<n:NFe xmlns:n="{SPACE}">')
    read = einvoice.read(root.encode())
    assert (read.doc_type, read.number, read.series) == ("NFe mod 55 v3.10", "7", "1")
    assert (read.issue_date, read.issue_time) == (dt.date(2016, 2, 3), "10:11:12-02:00")
    assert [means.code for means in read.payment_means] == ["01", "03"]
    assert (read.fiscal.id, read.fiscal.protocol, read.fiscal.environment) == (KEY, None, "2")
    assert read.customer is None and not read.signed


def test_a_consumer_note_with_its_qr_code():
    behind = "<n:infNFeSupl><n:qrCode><![CDATA[https://sefaz/qr?p=1|2]]></n:qrCode></n:infNFeSupl>"
    read = nfe("<n:ide><n:mod>65</n:mod></n:ide><n:pag><n:detPag><n:tPag>17</n:tPag></n:detPag></n:pag>", behind=behind)
    assert read.doc_type == "NFe mod 65 v4.00" and read.fiscal.qr == "https://sefaz/qr?p=1|2"
    assert read.payment_means[0].code == "17"


@pytest.mark.parametrize(
    "purpose, kind",
    [
        ("1", Kind.INVOICE),
        ("2", Kind.INVOICE),
        ("4", Kind.CREDIT_NOTE),
        ("5", Kind.CREDIT_NOTE),
        ("6", Kind.DEBIT_NOTE),
        ("", Kind.INVOICE),
    ],
)
def test_what_kind(purpose: str, kind: Kind):
    read = nfe(f"<n:ide><n:finNFe>{purpose}</n:finNFe><n:tpNF>0</n:tpNF></n:ide>")
    assert read.kind is kind and dict(read.fiscal.facts)["tpNF"] == "0"


def test_what_it_refers_to():
    inner = (
        f"<n:ide><n:NFref><n:refNFe>{KEY}</n:refNFe></n:NFref><n:NFref><n:refNF><n:mod>01</n:mod><n:nNF>88</n:nNF>"
        "</n:refNF></n:NFref><n:NFref><n:refCTe>99</n:refCTe></n:NFref></n:ide>"
        "<n:compra><n:xNEmp>E1</n:xNEmp><n:xPed>P1</n:xPed><n:xCont>C1</n:xCont></n:compra>"
    )
    assert nfe(inner).references == (
        Reference("invoice", None, fiscal_id=KEY, type_code="NFe"),
        Reference("invoice", "88", type_code="01"),
        Reference("additional", None, fiscal_id="99", type_code="CTe"),
        Reference("order", "P1"),
        Reference("contract", "C1"),
        Reference("additional", "E1", type_code="xNEmp"),
    )


def test_one_instalment_is_the_due_date_and_several_are_none():
    part = "<n:dup><n:nDup>{0}</n:nDup><n:dVenc>2024-0{0}-10</n:dVenc><n:vDup>5.00</n:vDup></n:dup>"
    one = nfe(f"<n:cobr>{part.format(1)}</n:cobr>")
    assert one.due_date == dt.date(2024, 1, 10)
    two = nfe(f"<n:cobr>{part.format(1)}{part.format(2)}</n:cobr>")
    assert two.due_date is None and [one.due_date for one in two.instalments] == [
        dt.date(2024, 1, 10),
        dt.date(2024, 2, 10),
    ]
    assert two.instalments[1].amount == Decimal(5) and two.instalments[1].number == "2"


def test_an_item_with_its_taxes():
    inner = (
        '<n:det nItem="3"><n:prod><n:cProd>A</n:cProd><n:cEAN>SEM GTIN</n:cEAN><n:xProd>Peça</n:xProd><n:NCM>85</n:NCM>'
        "<n:CFOP>5102</n:CFOP><n:uCom>UN</n:uCom><n:qCom>2.0000</n:qCom><n:vUnCom>10.00</n:vUnCom><n:vProd>20.00</n:vProd>"
        "<n:vFrete>3.00</n:vFrete><n:vDesc>1.00</n:vDesc><n:xPed>P</n:xPed><n:nItemPed>4</n:nItemPed></n:prod><n:imposto>"
        "<n:ICMS><n:ICMS10><n:orig>0</n:orig><n:CST>10</n:CST><n:vBC>19</n:vBC><n:pICMS>18.00</n:pICMS><n:vICMS>3.42</n:vICMS>"
        "<n:vBCST>30</n:vBCST><n:pICMSST>18</n:pICMSST><n:vICMSST>1.98</n:vICMSST></n:ICMS10></n:ICMS>"
        "<n:IPI><n:cEnq>999</n:cEnq><n:IPITrib><n:CST>50</n:CST><n:vBC>20</n:vBC><n:pIPI>5</n:pIPI><n:vIPI>1</n:vIPI>"
        "</n:IPITrib></n:IPI><n:PIS><n:PISQtde><n:CST>03</n:CST><n:vAliqProd>0.5</n:vAliqProd><n:vPIS>1</n:vPIS></n:PISQtde>"
        "</n:PIS><n:COFINS><n:COFINSNT><n:CST>08</n:CST></n:COFINSNT></n:COFINS><n:IBSCBS><n:CST>000</n:CST>"
        "<n:cClassTrib>000001</n:cClassTrib><n:gIBSCBS><n:vBC>19</n:vBC><n:gIBSUF><n:pIBSUF>0.1</n:pIBSUF>"
        "<n:vIBSUF>0.02</n:vIBSUF></n:gIBSUF><n:gCBS><n:pCBS>0.9</n:pCBS><n:vCBS>0.17</n:vCBS></n:gCBS></n:gIBSCBS>"
        "</n:IBSCBS></n:imposto><n:infAdProd>frágil</n:infAdProd></n:det>"
    )
    (line,) = nfe(inner).lines
    assert (line.number, line.name, line.note, line.net) == ("3", "Peça", "frágil", Decimal(22))
    assert (line.order_number, line.order_line, line.standard_code) == ("P", "4", None)
    assert line.adjustments == (
        Adjustment(False, Decimal(1)),
        Adjustment(True, Decimal(3), reason="frete", reason_code="vFrete"),
    )
    found = {tax.scheme: tax for tax in line.taxes}
    assert (found["ICMS"].amount, found["ICMS"].rate, found["ICMS"].category) == (Decimal("3.42"), Decimal(18), "10")
    assert (found["ST"].amount, found["ST"].base) == (Decimal("1.98"), Decimal(30))
    assert found["IPI"].amount == Decimal(1) and found["PIS"].per_unit == Decimal("0.5")
    assert (found["COFINS"].amount, found["COFINS"].category) == (None, "08")
    assert (found["IBSUF"].amount, found["CBS"].rate) == (Decimal("0.02"), Decimal("0.9"))
    assert line.path == "NFe/infNFe/det[1]"


def test_totals_services_and_what_is_withheld():
    inner = (
        "<n:total><n:ICMSTot><n:vProd>20.00</n:vProd><n:vFrete>3</n:vFrete><n:vDesc>1</n:vDesc><n:vICMS>0.00</n:vICMS>"
        "<n:vST>1.98</n:vST><n:vBCST>30</n:vBCST><n:vNF>23.98</n:vNF></n:ICMSTot><n:ISSQNtot><n:vServ>10</n:vServ>"
        "<n:vBC>10</n:vBC><n:vISS>0.50</n:vISS><n:vISSRet>0.50</n:vISSRet></n:ISSQNtot><n:retTrib><n:vRetPIS>0.10</n:vRetPIS>"
        "<n:vBCIRRF>10</n:vBCIRRF><n:vIRRF>0.15</n:vIRRF></n:retTrib><n:vNFTot>24</n:vNFTot></n:total>"
    )
    read = nfe(inner)
    assert (read.totals.lines, read.totals.gross, read.totals.payable) == (
        Decimal(22),
        Decimal("23.98"),
        Decimal("23.98"),
    )
    assert read.totals.net is None and read.totals.tax is None
    assert [(tax.scheme, tax.amount) for tax in read.taxes] == [("ST", Decimal("1.98")), ("ISSQN", Decimal("0.50"))]
    assert [(tax.scheme, tax.amount) for tax in read.withholdings] == [
        ("PIS", Decimal("0.10")),
        ("IRRF", Decimal("0.15")),
        ("ISSQN", Decimal("0.50")),
    ]
    written = dict(read.fiscal.facts)
    assert (written["vProd"], written["ISSQNtot/vServ"], written["vNFTot"]) == ("20.00", "10", "24")


def test_parties_by_whatever_number_they_have():
    inner = (
        "<n:emit><n:CPF>68161525650</n:CPF><n:xNome>Sítio</n:xNome><n:enderEmit><n:xLgr>Rua</n:xLgr><n:nro>1</n:nro>"
        "<n:xMun>Belém</n:xMun><n:UF>PA</n:UF><n:cPais>1058</n:cPais></n:enderEmit><n:IE>15</n:IE><n:CRT>1</n:CRT></n:emit>"
        "<n:dest><n:idEstrangeiro/><n:xNome>Abroad</n:xNome><n:enderDest><n:UF>EX</n:UF><n:cPais>2496</n:cPais>"
        "</n:enderDest></n:dest><n:entrega><n:CNPJ>37148260000119</n:CNPJ><n:xMun>Recife</n:xMun></n:entrega>"
    )
    read = nfe(inner)
    supplier, customer, place = read.supplier, read.customer, read.deliver_to
    assert supplier is not None and supplier.tax_id is not None and supplier.address is not None
    assert (supplier.tax_id.written, supplier.tax_id.system, supplier.address.lines) == (
        "68161525650",
        "CPF",
        ("Rua 1",),
    )
    assert supplier.address.country == "BR" and supplier.other_tax_ids[0].system == "IE" and supplier.tax_regime == "1"
    assert customer is not None and customer.tax_id is None
    assert customer.address is not None and customer.address.country is None
    assert place is not None and place.tax_id is not None and place.address is not None
    assert (place.tax_id.written, place.address.city) == ("37148260000119", "Recife")


def test_what_the_sefaz_answered():
    protocol = (
        "<n:protNFe><n:infProt><n:tpAmb>1</n:tpAmb><n:chNFe>1</n:chNFe><n:dhRecbto>2024-01-02T03:04:05-03:00</n:dhRecbto>"
        "<n:nProt>135</n:nProt><n:cStat>302</n:cStat><n:xMotivo>Uso Denegado</n:xMotivo></n:infProt></n:protNFe>"
    )
    fiscal = nfe("", protocol=protocol).fiscal
    assert (fiscal.status, fiscal.status_text, fiscal.protocol) == ("302", "Uso Denegado", "135")
    assert fiscal.authorised_at is not None and fiscal.authorised_at.utcoffset() == dt.timedelta(hours=-3)
    assert fiscal.id == KEY and dict(fiscal.facts)["chNFe"] == "1"


def test_a_lot_has_its_first_note_and_others():
    notes = "".join(note(f"<n:ide><n:nNF>{number}</n:nNF></n:ide>") for number in (1, 2, 3))
    read = einvoice.read(f'<n:enviNFe xmlns:n="{SPACE}"><n:idLote>1</n:idLote>{notes}</n:enviNFe>'.encode())
    assert read.number == "1" and [other.number for other in read.others] == ["2", "3"]
    assert read.carried_by == "enviNFe"


@pytest.mark.parametrize("empty", [f'<nfeProc xmlns="{SPACE}"/>', f'<NFe xmlns="{SPACE}"><infNFeSupl/></NFe>'])
def test_an_envelope_without_a_note(empty: str):
    with pytest.raises(einvoice.NotRead) as refusal:
        einvoice.read(empty.encode())
    assert refusal.value.code == "without_document"
