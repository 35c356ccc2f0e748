"""CFDI as the samples do not have it: local taxes, several payments, notes, other versions, foreign receivers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import einvoice
from einvoice.model import Document, Kind, Note, Reference, Tax


def cfdi(attributes: str = "", body: str = "", version: str = "4.0") -> Document:
    space = f"http://www.sat.gob.mx/cfd/{version[0]}"
    return einvoice.read(
        f'<x:Comprobante xmlns:x="{space}" Version="{version}" {attributes}>{body}</x:Comprobante>'.encode()
    )


@pytest.mark.parametrize(
    "letter, kind, payable",
    [
        ("I", Kind.INVOICE, True),
        ("E", Kind.CREDIT_NOTE, True),
        ("T", Kind.TRANSFER, False),
        ("P", Kind.PAYMENT_RECEIPT, False),
        ("N", Kind.PAYROLL, False),
    ],
)
def test_what_kind(letter: str, kind: Kind, payable: bool):
    read = cfdi(f'TipoDeComprobante="{letter}"')
    assert (read.kind, read.is_payable_invoice, read.doc_type) == (kind, payable, f"CFDI 4.0 {letter}")


def test_without_its_letter_the_complement_says_what_it_is():
    payroll = '<x:Complemento><n:Nomina xmlns:n="http://www.sat.gob.mx/nomina12"/></x:Complemento>'
    assert cfdi(body=payroll).kind is Kind.PAYROLL
    assert cfdi(body='<x:Complemento><p:Pagos xmlns:p="urn:p"/></x:Complemento>').kind is Kind.PAYMENT_RECEIPT


def test_income_related_as_a_debit_note():
    body = '<x:CfdiRelacionados TipoRelacion="02"><x:CfdiRelacionado UUID=" A-1 "/></x:CfdiRelacionados>'
    read = cfdi('TipoDeComprobante="I"', body)
    assert read.kind is Kind.DEBIT_NOTE
    assert read.references == (Reference("invoice", None, fiscal_id="A-1", type_code="02"),)


def test_number_series_and_terms():
    read = cfdi('Serie=" B " Folio="0012" Fecha="2024-05-06T07:08:09" CondicionesDePago="30 días" TipoCambio="17.05"')
    assert (read.number, read.series, read.issue_time) == ("B0012", "B", "07:08:09")
    assert (read.payment_terms, read.exchange_rate) == ("30 días", Decimal("17.05"))
    assert cfdi('Serie="B"').number == "B" and cfdi().number is None


def test_what_is_left_of_the_discount():
    read = cfdi('SubTotal="100.00" Descuento="10.00" Total="104.40"')
    assert (read.totals.net, read.totals.gross, read.totals.tax) == (Decimal(90), Decimal("104.40"), None)
    written = dict(read.fiscal.facts)
    assert (written["SubTotal"], written["Descuento"]) == ("100.00", "10.00")


def test_taxes_withholdings_and_local_taxes():
    body = (
        '<x:Impuestos TotalImpuestosTrasladados="16.00" TotalImpuestosRetenidos="10.67"><x:Traslados>'
        '<x:Traslado Base="100" Impuesto="002" TipoFactor="Tasa" TasaOCuota="0.160000" Importe="16.00"/>'
        '<x:Traslado Base="5" Impuesto="003" TipoFactor="Cuota" TasaOCuota="6.1752" Importe="30.88"/>'
        '<x:Traslado Base="50" Impuesto="002" TipoFactor="Exento"/></x:Traslados><x:Retenciones>'
        '<x:Retencion Impuesto="001" Importe="10.67"/></x:Retenciones></x:Impuestos><x:Complemento>'
        '<l:ImpuestosLocales xmlns:l="http://www.sat.gob.mx/implocal" TotaldeTraslados="3" TotaldeRetenciones="0.5">'
        '<l:TrasladosLocales ImpLocTrasladado="ISH" TasadeTraslado="3.00" Importe="3.00"/>'
        '<l:RetencionesLocales ImpLocRetenido="5 al millar" TasadeRetencion="0.50" Importe="0.50"/>'
        "</l:ImpuestosLocales></x:Complemento>"
    )
    read = cfdi('Moneda="MXN"', body)
    vat, excise, exempt, lodging = read.taxes
    assert vat == Tax("IVA", Decimal(16), "Tasa", Decimal(16), Decimal(100), "MXN")
    assert (excise.scheme, excise.rate, excise.per_unit) == ("IEPS", None, Decimal("6.1752"))
    assert (exempt.category, exempt.amount) == ("Exento", None)
    assert (lodging.scheme, lodging.rate, lodging.amount) == ("ISH", Decimal(3), Decimal(3))
    assert [(tax.scheme, tax.amount) for tax in read.withholdings] == [
        ("ISR", Decimal("10.67")),
        ("5 al millar", Decimal("0.50")),
    ]
    assert (read.totals.tax, read.totals.withheld) == (Decimal(16), Decimal("10.67"))


def test_a_concept():
    body = (
        '<x:Conceptos><x:Concepto ClaveProdServ="50211502" NoIdentificacion="N1" Cantidad="3" ClaveUnidad="H87"'
        ' Unidad="Pieza" Descripcion="Tela" ValorUnitario="10.005" Importe="30.02" Descuento="0.02" ObjetoImp="02">'
        '<x:Impuestos><x:Traslados><x:Traslado Base="30" Impuesto="002" TipoFactor="Tasa" TasaOCuota="0.080000"'
        ' Importe="2.40"/></x:Traslados><x:Retenciones><x:Retencion Base="30" Impuesto="001" TipoFactor="Tasa"'
        ' TasaOCuota="0.012500" Importe="0.38"/></x:Retenciones></x:Impuestos>'
        '<x:InformacionAduanera NumeroPedimento="15  48"/></x:Concepto></x:Conceptos>'
    )
    (line,) = cfdi(body=body).lines
    assert (line.name, line.quantity, line.unit, line.net) == ("Tela", Decimal(3), "H87", Decimal(30))
    assert line.adjustments[0].amount == Decimal("0.02") and line.classifications[0].value == "50211502"
    assert (line.taxes[0].rate, line.withholdings[0].rate) == (Decimal(8), Decimal("1.25"))
    assert ("Unidad", "Pieza") in line.attributes and ("NumeroPedimento", "15  48") in line.attributes
    assert line.path == "Comprobante/Conceptos/Concepto[1]"


def test_a_receiver_abroad():
    body = (
        '<x:Receptor Rfc="XEXX010101000" Nombre="Ñandú &amp; Co" ResidenciaFiscal="USA" NumRegIdTrib="12-345"'
        ' DomicilioFiscalReceptor="26015" RegimenFiscalReceptor="616" UsoCFDI="S01"/>'
    )
    customer = cfdi(body=body).customer
    assert customer is not None and customer.tax_id is not None and customer.address is not None
    assert (customer.name, customer.tax_id.written, customer.tax_regime) == ("Ñandú & Co", "XEXX010101000", "616")
    assert customer.other_tax_ids[0].written == "12-345" and customer.address.country == "USA"


@pytest.mark.parametrize("space", ["http://www.sat.gob.mx/Pagos20", "http://www.sat.gob.mx/Pagos"])
def test_payments_and_what_they_pay(space: str):
    body = (
        f'<x:Complemento><p:Pagos xmlns:p="{space}" Version="2.0"><p:Totales MontoTotalPagos="60.00"/>'
        '<p:Pago FechaPago="2024-01-02T12:00:00" FormaDePagoP="03" MonedaP="USD" TipoCambioP="17" Monto="50.00"'
        ' NumOperacion="77"><p:DoctoRelacionado IdDocumento="U-1" Serie="A" Folio="9" MonedaDR="USD"'
        ' NumParcialidad="2" ImpSaldoAnt="80.00" ImpPagado="50.00" ImpSaldoInsoluto="30.00"/></p:Pago>'
        '<p:Pago FechaPago="?" Monto="10"/></p:Pagos></x:Complemento>'
    )
    read = cfdi('TipoDeComprobante="P" Moneda="XXX" SubTotal="0" Total="0"', body)
    first, second = read.payments
    assert (first.date, first.amount, first.currency, first.means) == (dt.date(2024, 1, 2), Decimal(50), "USD", "03")
    assert (first.exchange_rate, first.reference) == (Decimal(17), "77")
    (paid,) = first.documents
    assert (paid.number, paid.fiscal_id, paid.instalment, paid.currency) == ("A9", "U-1", "2", "USD")
    assert (paid.balance_before, paid.amount, paid.balance) == (Decimal(80), Decimal(50), Decimal(30))
    assert (second.date, second.documents) == (None, ())
    assert dict(read.fiscal.facts)["Pagos/MontoTotalPagos"] == "60.00"


def test_the_stamp():
    body = (
        '<x:Complemento><t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" Version="1.1"'
        ' UUID="ce4-1" FechaTimbrado="2024-01-02T03:04:05" NoCertificadoSAT="0001" SelloCFD="YQ==" SelloSAT="Yg=="'
        ' RfcProvCertif="AAA010101AAA"/></x:Complemento><x:Complemento><t:TimbreFiscalDigital'
        ' xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="another"/></x:Complemento>'
    )
    fiscal = cfdi('Sello="YQ=="', body).fiscal
    assert (fiscal.id, fiscal.protocol, fiscal.id_scheme) == ("ce4-1", "0001", "TimbreFiscalDigital")
    assert fiscal.authorised_at == dt.datetime(2024, 1, 2, 3, 4, 5)
    facts = dict(fiscal.facts)
    assert (facts["TimbreFiscalDigital/SelloSAT"], facts["TimbreFiscalDigital/RfcProvCertif"]) == (
        "Yg==",
        "AAA010101AAA",
    )
    assert cfdi().fiscal.id is None and not cfdi().signed


def test_an_invoice_of_many_and_legends():
    body = (
        '<x:InformacionGlobal Periodicidad="04" Meses="03" Año="2025"/><x:Complemento><f:LeyendasFiscales'
        ' xmlns:f="http://www.sat.gob.mx/leyendasFiscales"><f:Leyenda textoLeyenda="Texto"/></f:LeyendasFiscales>'
        "</x:Complemento>"
    )
    read = cfdi(body=body)
    assert dict(read.fiscal.facts)["InformacionGlobal/Año"] == "2025" and read.notes == (Note("Texto"),)


def test_what_the_parties_add_is_not_content():
    addenda = (
        '<x:Addenda><x:Complemento><t:TimbreFiscalDigital xmlns:t="http://www.sat.gob.mx/TimbreFiscalDigital"'
        ' UUID="fake"/></x:Complemento><x:Emisor Rfc="FAKE"/>'
        '<x:Conceptos><x:Concepto Importe="1"/></x:Conceptos></x:Addenda>'
    )
    read = cfdi(body=addenda)
    assert read.fiscal.id is None and read.supplier is None and read.lines == ()


@pytest.mark.parametrize(
    "written, said",
    [
        (b'<Comprobante xmlns="http://www.sat.gob.mx/cfd/3" version="3.2"/>', "CFDI 3.2"),
        (b'<Comprobante xmlns="http://www.sat.gob.mx/cfd/2" version="2.2"/>', "CFDI 2.2"),
        (b'<Comprobante xmlns="http://www.sat.gob.mx/cfd/4"/>', "CFDI"),
    ],
)
def test_versions_that_are_over_are_refused_by_name(written: bytes, said: str):
    with pytest.raises(einvoice.NotRead) as refusal:
        einvoice.read(written)
    assert refusal.value.code == "version_not_read" and said in str(refusal.value)
