"""Documents of these families that are no invoice, and invoices of other families: refused by their names."""

from __future__ import annotations

from typing import NoReturn

from lxml import etree

from ..errors import Limits, NotRead
from .parts import local, namespace
from .ubl_names import DOCUMENT

_NFE = "http://www.portalfiscal.inf.br/nfe"
_CTE = "http://www.portalfiscal.inf.br/cte"
_MDFE = "http://www.portalfiscal.inf.br/mdfe"
_SII = "http://www.sii.cl/SiiDte"
_NATIONAL = "http://www.sped.fazenda.gov.br/nfse"

_COSTA_RICA = "https://cdn.comprobanteselectronicos.go.cr/"
_SUNAT = "urn:sunat:names:specification:ubl:peru:schema:xsd:"

# root and namespace → what it is called
_BY_NAME = {
    ("procEventoNFe", _NFE): "evento de NF-e",
    ("evento", _NFE): "evento de NF-e",
    ("envEvento", _NFE): "evento de NF-e",
    ("retEnvEvento", _NFE): "evento de NF-e",
    ("retEvento", _NFE): "evento de NF-e",
    ("resNFe", _NFE): "resumo de NF-e",
    ("resEvento", _NFE): "resumo de evento de NF-e",
    ("retDistDFeInt", _NFE): "distribuição de DF-e",
    ("retConsSitNFe", _NFE): "consulta de NF-e",
    ("retConsReciNFe", _NFE): "recibo de lote de NF-e",
    ("retEnviNFe", _NFE): "recibo de lote de NF-e",
    ("protNFe", _NFE): "protocolo de NF-e sem a nota",
    ("inutNFe", _NFE): "inutilização de numeração de NF-e",
    ("procInutNFe", _NFE): "inutilização de numeração de NF-e",
    ("ProcInutNFe", _NFE): "inutilização de numeração de NF-e",
    ("retInutNFe", _NFE): "inutilização de numeração de NF-e",
    ("NFSe", _NATIONAL): "NFS-e",
    ("DPS", _NATIONAL): "DPS de NFS-e",
    ("Retenciones", "http://www.sat.gob.mx/esquemas/retencionpago/1"): "CFDI de retenciones 1.0",
    ("Retenciones", "http://www.sat.gob.mx/esquemas/retencionpago/2"): "CFDI de retenciones 2.0",
    ("Acuse", "http://cancelacfd.sat.gob.mx"): "acuse de cancelación de CFDI",
    ("TimbreFiscalDigital", "http://www.sat.gob.mx/TimbreFiscalDigital"): "timbre fiscal digital sin su CFDI",
    ("RespuestaDTE", _SII): "respuesta de intercambio de DTE",
    ("EnvioRecibos", _SII): "recibo de mercaderías de DTE",
    ("ResultadoEnvioDTE", _SII): "resultado de envío de DTE",
    ("AEC", _SII): "cesión de DTE (AEC)",
    ("LibroCompraVenta", _SII): "libro de compras y ventas",
    ("LibroGuia", _SII): "libro de guías de despacho",
    ("ConsumoFolios", _SII): "consumo de folios",
}
# Every document of these namespaces
_BY_NAMESPACE = {
    _CTE: "CT-e",
    _MDFE: "MDF-e",
    "http://www.portalfiscal.inf.br/bpe": "BP-e",
    "http://www.portalfiscal.inf.br/nf3e": "NF3e",
    "http://www.portalfiscal.inf.br/nfcom": "NFCom",
    _NATIONAL: "NFS-e",
    "http://ekuatia.set.gov.py/sifen/xsd": "documento electrónico de Paraguay",
    "http://cfe.dgi.gub.uy": "CFE de Uruguay",
    "http://dgi-fep.mef.gob.pa": "factura electrónica de Panamá",
    "http://schemas.xmlsoap.org/soap/envelope/": "SOAP",
    "http://www.w3.org/2003/05/soap-envelope": "SOAP",
}
# What many municipalities and countries have in namespaces of many versions
_BY_BEGINNING = (
    ("FatturaElettronica", "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/", "FatturaPA"),
    ("FatturaElettronica", "http://www.fatturapa.gov.it/", "FatturaPA"),
    ("FatturaElettronicaSemplificata", "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/", "FatturaPA"),
    ("Facturae", "http://www.facturae.es/", "Facturae"),
    ("Facturae", "http://www.facturae.gob.es/", "Facturae"),
    ("Invoice", "http://www.ebinterface.at/", "ebInterface"),
    ("Faktura", "http://crd.gov.pl/", "FA (KSeF)"),
    ("Finvoice", "", "Finvoice"),
    ("FacturaElectronica", _COSTA_RICA, "factura electrónica de Costa Rica"),
    ("NotaCreditoElectronica", _COSTA_RICA, "nota de crédito de Costa Rica"),
    ("NotaDebitoElectronica", _COSTA_RICA, "nota de débito de Costa Rica"),
    ("TiqueteElectronico", _COSTA_RICA, "tiquete electrónico de Costa Rica"),
    ("NominaIndividual", "dian:gov:co:facturaelectronica:NominaIndividual", "nómina electrónica de la DIAN"),
    (
        "NominaIndividualDeAjuste",
        "dian:gov:co:facturaelectronica:NominaIndividualDeAjuste",
        "ajuste de nómina electrónica de la DIAN",
    ),
    ("Retention", _SUNAT, "comprobante de retención de la SUNAT"),
    ("Perception", _SUNAT, "comprobante de percepción de la SUNAT"),
    ("SummaryDocuments", _SUNAT, "resumen diario de la SUNAT"),
    ("VoidedDocuments", _SUNAT, "comunicación de baja de la SUNAT"),
    ("GTDocumento", "http://www.sat.gob.gt/", "FEL de Guatemala"),
    ("factura", "", "factura electrónica del SRI"),
    ("notaCredito", "", "nota de crédito del SRI"),
    ("autorizacion", "", "autorización del SRI"),
    ("ECF", "", "e-CF de la DGII"),
    ("NFe", "http://www.prefeitura.sp.gov.br/", "NFS-e"),
    ("CompNfse", "", "NFS-e"),
    ("Nfse", "", "NFS-e"),
    ("NFSe", "", "NFS-e"),
    ("ConsultarNfseResposta", "", "NFS-e"),
    ("ConsultarNfseRpsResposta", "", "NFS-e"),
    ("GerarNfseResposta", "", "NFS-e"),
    ("EnviarLoteRpsEnvio", "", "RPS de NFS-e"),
    ("EnviarLoteRpsSincronoEnvio", "", "RPS de NFS-e"),
    ("ListaNfse", "", "NFS-e"),
)


def recognises(root: etree._Element) -> bool:
    return _name_of(root) is not None


def read(root: etree._Element, limits: Limits) -> NoReturn:
    raise NotRead("recognised_not_read", found=_name_of(root) or local(root))


def _name_of(root: etree._Element) -> str | None:
    name, space = local(root), namespace(root)
    known = _BY_NAME.get((name, space)) or _BY_NAMESPACE.get(space)
    if known:
        return known
    said = next((said for one, start, said in _BY_BEGINNING if name == one and space.startswith(start)), None)
    return said or (f"UBL {name}" if space == f"{DOCUMENT}{name}-2" else None)
