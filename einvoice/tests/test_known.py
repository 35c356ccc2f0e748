"""What these families have besides invoices is refused by its name, in every language."""

from __future__ import annotations

import pytest

import einvoice
from einvoice.texts import sentence

ITALY = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/"
NFE = "http://www.portalfiscal.inf.br/nfe"


@pytest.mark.parametrize(
    "root, space, called",
    [
        ("cteProc", "http://www.portalfiscal.inf.br/cte", "CT-e"),
        ("CTe", "http://www.portalfiscal.inf.br/cte", "CT-e"),
        ("mdfeProc", "http://www.portalfiscal.inf.br/mdfe", "MDF-e"),
        ("procEventoNFe", NFE, "evento de NF-e"),
        ("resNFe", NFE, "resumo de NF-e"),
        ("procInutNFe", NFE, "inutilização"),
        ("NFSe", "http://www.sped.fazenda.gov.br/nfse", "NFS-e"),
        ("CompNfse", "http://www.abrasf.org.br/nfse.xsd", "NFS-e"),
        ("CompNfse", "", "NFS-e"),
        ("Retenciones", "http://www.sat.gob.mx/esquemas/retencionpago/2", "retenciones"),
        ("RespuestaDTE", "http://www.sii.cl/SiiDte", "respuesta"),
        ("AEC", "http://www.sii.cl/SiiDte", "AEC"),
        ("FatturaElettronica", f"{ITALY}v1.2", "FatturaPA"),
        (
            "FatturaElettronicaSemplificata",
            "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0",
            "FatturaPA",
        ),
        ("NF3e", "http://www.portalfiscal.inf.br/nf3e", "NF3e"),
        ("nfcomProc", "http://www.portalfiscal.inf.br/nfcom", "NFCom"),
        ("pedRegEvento", "http://www.sped.fazenda.gov.br/nfse", "NFS-e"),
        ("Envelope", "http://www.w3.org/2003/05/soap-envelope", "SOAP"),
        ("NominaIndividual", "dian:gov:co:facturaelectronica:NominaIndividual", "nómina"),
        ("Retention", "urn:sunat:names:specification:ubl:peru:schema:xsd:Retention-1", "retención"),
        ("VoidedDocuments", "urn:sunat:names:specification:ubl:peru:schema:xsd:VoidedDocuments-1", "baja"),
        ("rDE", "http://ekuatia.set.gov.py/sifen/xsd", "Paraguay"),
        ("TiqueteElectronico", "https://cdn.comprobanteselectronicos.go.cr/xml-schemas/v4.4/x", "Costa Rica"),
        ("factura", "", "SRI"),
        ("Waybill", "urn:oasis:names:specification:ubl:schema:xsd:Waybill-2", "UBL Waybill"),
        ("Facturae", "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml", "Facturae"),
    ],
)
def test_refused_by_name(root: str, space: str, called: str):
    with pytest.raises(einvoice.NotRead) as refusal:
        einvoice.read(f'<p:{root} xmlns:p="{space}"/>'.encode() if space else f"<{root}/>".encode())
    assert refusal.value.code == "recognised_not_read"
    for language in ("en", "es", "pt_BR"):
        assert called in sentence(refusal.value.code, refusal.value.facts, language)
