"""Chilean documents as the samples do not have them: envelopes, namespaces, exports, receipts, withheld and exempt."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import einvoice
from einvoice.model import Document, Identifier, Kind, Reference

SPACE = ' xmlns="http://www.sii.cl/SiiDte"'


def letter(
    about: str = "", parties: str = "", sums: str = "", rest: str = "", body: str = "Documento", space: str = ""
) -> str:
    return (
        f'<DTE{space} version="1.0"><{body} ID="T"><Encabezado><IdDoc>{about}</IdDoc>{parties}<Totales>{sums}</Totales>'
        f"</Encabezado>{rest}</{body}></DTE>"
    )


def dte(**parts: str) -> Document:
    return einvoice.read(letter(**parts).encode())


@pytest.mark.parametrize(
    "code, body, kind, payable",
    [
        ("33", "Documento", Kind.INVOICE, True),
        ("34", "Documento", Kind.INVOICE, True),
        ("39", "Documento", Kind.INVOICE, True),
        ("43", "Liquidacion", Kind.INVOICE, True),
        ("46", "Documento", Kind.INVOICE, True),
        ("52", "Documento", Kind.DISPATCH_ADVICE, False),
        ("56", "Documento", Kind.DEBIT_NOTE, True),
        ("61", "Documento", Kind.CREDIT_NOTE, True),
        ("110", "Exportaciones", Kind.INVOICE, True),
        ("111", "Exportaciones", Kind.DEBIT_NOTE, True),
        ("112", "Exportaciones", Kind.CREDIT_NOTE, True),
    ],
)
def test_what_kind(code: str, body: str, kind: Kind, payable: bool):
    read = dte(about=f"<TipoDTE>{code}</TipoDTE><Folio>1</Folio>", body=body, space=SPACE)
    assert (read.kind, read.is_payable_invoice, read.doc_type, read.number) == (kind, payable, f"DTE {code}", "1")


def test_an_envelope_of_several():
    letters = "".join(letter(about=f"<TipoDTE>33</TipoDTE><Folio>{folio}</Folio>") for folio in (5, 6, 7))
    read = einvoice.read(f'<EnvioDTE{SPACE}><SetDTE ID="S"><Caratula/>{letters}</SetDTE></EnvioDTE>'.encode())
    assert read.number == "5" and [other.number for other in read.others] == ["6", "7"]
    assert read.carried_by == "EnvioDTE" and read.others[0].carried_by == "EnvioDTE"


@pytest.mark.parametrize("empty", [f"<EnvioDTE{SPACE}><SetDTE/></EnvioDTE>", "<DTE/>", f"<EnvioBOLETA{SPACE}/>"])
def test_an_envelope_of_nothing(empty: str):
    with pytest.raises(einvoice.NotRead) as refusal:
        einvoice.read(empty.encode())
    assert refusal.value.code == "without_document"


def test_parties_in_latin_1():
    parties = (
        "<Emisor><RUTEmisor> 60910000-1 </RUTEmisor><RznSoc>Ñuñoa S.A.</RznSoc><GiroEmis>Comercio</GiroEmis>"
        "<DirOrigen>Calle 1</DirOrigen><CmnaOrigen>Ñuñoa</CmnaOrigen><CiudadOrigen>Santiago</CiudadOrigen></Emisor>"
        "<Receptor><RUTRecep>55555555-5</RUTRecep><Extranjero><NumId>US1</NumId></Extranjero>"
        "<CdgIntRecep>C9</CdgIntRecep><RznSocRecep>X</RznSocRecep><CmnaRecep>Lima</CmnaRecep></Receptor>"
    )
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + letter(parties=parties)
    read = einvoice.read(text.encode("latin-1"))
    supplier, customer = read.supplier, read.customer
    assert supplier is not None and supplier.tax_id is not None and supplier.address is not None
    assert (supplier.name, supplier.tax_id.written, supplier.tax_id.normalised) == (
        "Ñuñoa S.A.",
        "60910000-1",
        "609100001",
    )
    assert (supplier.address.lines, supplier.address.city) == (("Calle 1", "Ñuñoa"), "Santiago")
    assert customer is not None and customer.address is not None
    assert customer.other_tax_ids[0].written == "US1" and customer.address.city == "Lima"
    assert customer.identifiers == (Identifier("C9", "CdgIntRecep"),)


def test_exempt_additional_and_withheld():
    sums = (
        "<MntNeto>1000</MntNeto><MntExe>50</MntExe><TasaIVA>19</TasaIVA><IVA>190</IVA><ImptoReten><TipoImp>15</TipoImp>"
        "<TasaImp>19</TasaImp><MontoImp>190</MontoImp></ImptoReten><ImptoReten><TipoImp>24</TipoImp><TasaImp>31.5</TasaImp>"
        "<MontoImp>315</MontoImp></ImptoReten><MntTotal>1365</MntTotal><VlrPagar>2000</VlrPagar>"
    )
    read = dte(sums=sums)
    assert [(tax.scheme, tax.category, tax.amount) for tax in read.taxes] == [
        ("IVA", None, Decimal(190)),
        ("IVA", "exento", None),
        ("impuesto adicional", "24", Decimal(315)),
    ]
    assert [(tax.category, tax.amount) for tax in read.withholdings] == [("15", Decimal(190))]
    totals = read.totals
    assert (totals.net, totals.tax, totals.gross, totals.withheld) == tuple(map(Decimal, (1000, 190, 1365, 190)))
    assert totals.payable == Decimal(1365) and dict(read.fiscal.facts)["Totales/VlrPagar"] == "2000"


def test_an_additional_tax_is_no_part_of_the_iva():
    sums = (
        "<MntNeto>1000</MntNeto><TasaIVA>19</TasaIVA><IVA>190</IVA><ImptoReten><TipoImp>24</TipoImp>"
        "<TasaImp>31.5</TasaImp><MontoImp>315</MontoImp></ImptoReten><MntTotal>1505</MntTotal>"
    )
    codes = {finding.code for finding in einvoice.check(dte(about="<TipoDTE>33</TipoDTE>", sums=sums))}
    assert not codes & {"tax_sum", "gross_total", "dte_vat"}


@pytest.mark.parametrize(
    "written, currency",
    [(None, "CLP"), ("DOLAR USA", "USD"), (" euro ", "EUR"), ("OTRAS MONEDAS", None), ("PESO", None)],
)
def test_the_currency_of_exports(written: str | None, currency: str | None):
    assert dte(sums=f"<TpoMoneda>{written}</TpoMoneda>" if written else "").currency == currency


def test_lines_discounts_and_references():
    rest = (
        "<Detalle><NroLinDet>1</NroLinDet><CdgItem><TpoCodigo>INT1</TpoCodigo><VlrCodigo>A1</VlrCodigo></CdgItem><CdgItem>"
        "<TpoCodigo>EAN13</TpoCodigo><VlrCodigo>780</VlrCodigo></CdgItem><IndExe>1</IndExe><NmbItem>Café</NmbItem>"
        "<QtyItem>2.5</QtyItem><UnmdItem>KG</UnmdItem><PrcItem>100</PrcItem><DescuentoPct>10</DescuentoPct>"
        "<DescuentoMonto>25</DescuentoMonto><MontoItem>225</MontoItem></Detalle>"
        "<DscRcgGlobal><TpoMov>D</TpoMov><GlosaDR>promo</GlosaDR><TpoValor>%</TpoValor><ValorDR>5</ValorDR></DscRcgGlobal>"
        "<DscRcgGlobal><TpoMov>R</TpoMov><TpoValor>$</TpoValor><ValorDR>300</ValorDR><IndExeDR>1</IndExeDR></DscRcgGlobal>"
        "<Referencia><TpoDocRef>801</TpoDocRef><FolioRef>OC-1</FolioRef><FchRef>2024-01-02</FchRef></Referencia>"
        "<Referencia><TpoDocRef>33</TpoDocRef><FolioRef>9</FolioRef><CodRef>1</CodRef><RazonRef>anula</RazonRef></Referencia>"
        "<Referencia><TpoDocRef>SET</TpoDocRef></Referencia>"
    )
    read = dte(rest=rest)
    (line,) = read.lines
    assert (line.seller_code, line.standard_code) == ("A1", Identifier("780", "EAN13"))
    assert (line.quantity, line.unit, line.net) == (Decimal("2.5"), "KG", Decimal(225))
    assert line.adjustments[0].percent == Decimal(10) and line.taxes[0].category == "IndExe 1"
    discount, surcharge = read.adjustments
    assert (discount.is_charge, discount.percent, discount.amount, discount.reason) == (
        False,
        Decimal(5),
        None,
        "promo",
    )
    assert (surcharge.is_charge, surcharge.amount, surcharge.tax_category) == (True, Decimal(300), "IndExeDR 1")
    assert read.references == (
        Reference("order", "OC-1", dt.date(2024, 1, 2), type_code="801"),
        Reference("invoice", "9", type_code="33", reason="1: anula"),
        Reference("additional", None, type_code="SET"),
    )


def test_the_stamp_before_its_authorisation():
    rest = (
        "<TED><DD><RE>1-9</RE><TD>33</TD><F>5</F><MNT>10</MNT><CAF><DA><RE>2-7</RE><TD>33</TD><RNG><D>1</D><H>50</H></RNG>"
        "<FA>2024-01-01</FA><IDK>100</IDK></DA><FRMA>x</FRMA></CAF><TSTED>2024-02-03T04:05:06</TSTED></DD><FRMT>y</FRMT></TED>"
    )
    fiscal = dte(rest=rest).fiscal
    assert fiscal.authorisation == "1-50" and fiscal.authorised_at == dt.datetime(2024, 2, 3, 4, 5, 6)
    names = [name for name, _ in fiscal.facts]
    assert names.index("CAF/RE") < names.index("TED/RE")  # the stamp's own is what is found by its short name
    assert dict(fiscal.facts)["TED/FRMT"] == "y" and fiscal.id is None


def test_payments_in_parts():
    about = "<FchVenc>2024-03-01</FchVenc><MntPagos><FchPago>2024-02-01</FchPago><MntPago>7</MntPago></MntPagos>"
    read = dte(about=about)
    assert read.due_date == dt.date(2024, 3, 1) and read.instalments[0].amount == Decimal(7)
