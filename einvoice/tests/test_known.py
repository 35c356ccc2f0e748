"""What these families have besides invoices is refused by its name, in every language."""

from __future__ import annotations

import pytest

import einvoice
from einvoice.texts import sentence

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
        ("FatturaElettronica", "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2", "FatturaPA"),
        ("Facturae", "http://www.facturae.gob.es/formato/Versiones/Facturaev3_2_2.xml", "Facturae"),
    ],
)
def test_refused_by_name(root: str, space: str, called: str):
    with pytest.raises(einvoice.NotRead) as refusal:
        einvoice.read(f'<p:{root} xmlns:p="{space}"/>'.encode() if space else f"<{root}/>".encode())
    assert refusal.value.code == "recognised_not_read"
    for language in ("en", "es", "pt_BR"):
        assert called in sentence(refusal.value.code, refusal.value.facts, language)
