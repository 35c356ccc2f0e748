"""Mexico's CFDI 3.3 and 4.0 (SAT, Anexo 20), with the complements that say what a document is or what it pays.

As EN 16931 has it, the amount of a line is after its discount, so `Totals.lines` and `Totals.net` are SubTotal less
Descuento; both stand as written in `Fiscal.facts`. What follows cfdi:Addenda is the parties' own and not read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from ..errors import Limits, NotRead
from ..model import (
    Address,
    Adjustment,
    Document,
    Fiscal,
    Format,
    Identifier,
    Kind,
    Line,
    Note,
    Party,
    Payment,
    PaymentMeans,
    Reference,
    Tax,
    TaxId,
    Totals,
)
from ..values import day, decimal, moment, tax_id, time_of
from .parts import Parts, attribute, every, first, local, namespace, parts, text

_NAMESPACES = {"http://www.sat.gob.mx/cfd/3": "3.3", "http://www.sat.gob.mx/cfd/4": "4.0"}
_OLDER = "http://www.sat.gob.mx/cfd/2"
_KINDS = {
    "I": Kind.INVOICE,
    "E": Kind.CREDIT_NOTE,
    "T": Kind.TRANSFER,
    "P": Kind.PAYMENT_RECEIPT,
    "N": Kind.PAYROLL,
}
_TAXES = {"001": "ISR", "002": "IVA", "003": "IEPS"}  # c_Impuesto
_DEBIT_NOTE = "02"  # c_TipoRelacion: nota de débito de los documentos relacionados
# Header attributes that checks, pages and accountants ask for under the SAT's own names
_FACTS = [
    "Serie",
    "Folio",
    "SubTotal",
    "Descuento",
    "Total",
    "TipoCambio",
    "FormaPago",
    "MetodoPago",
    "CondicionesDePago",
    "LugarExpedicion",
    "Exportacion",
    "Confirmacion",
    "NoCertificado",
    "Certificado",
    "Sello",
]
_STAMP = ("Version", "RfcProvCertif", "Leyenda", "NoCertificadoSAT", "SelloCFD", "SelloSAT")
_GLOBAL = ("Periodicidad", "Meses", "Año")
_LOCAL_TOTALS = ("TotaldeTraslados", "TotaldeRetenciones")
_LOCAL = {
    "TrasladosLocales": ("ImpLocTrasladado", "TasadeTraslado"),
    "RetencionesLocales": ("ImpLocRetenido", "TasadeRetencion"),
}
_PATHS = {
    "BT-1": "@Folio",
    "BT-2": "@Fecha",
    "BT-3": "@TipoDeComprobante",
    "BT-5": "@Moneda",
    "BT-20": "@CondicionesDePago",
    "BT-23": "Receptor/@UsoCFDI",
    "BT-81": "@FormaPago",
    "BT-109": "@SubTotal",
    "BT-106": "@SubTotal",
    "BT-107": "@Descuento",
    "BT-110": "Impuestos/@TotalImpuestosTrasladados",
    "BT-112": "@Total",
    "BT-115": "@Total",
    "BG-3": "CfdiRelacionados",
    "BG-4": "Emisor",
    "BT-27": "Emisor/@Nombre",
    "BT-31": "Emisor/@Rfc",
    "BG-7": "Receptor",
    "BT-44": "Receptor/@Nombre",
    "BT-48": "Receptor/@Rfc",
    "BT-53": "Receptor/@DomicilioFiscalReceptor",
    "BG-23": "Impuestos",
    "BG-25": "Conceptos/Concepto",
    "uuid": "Complemento/TimbreFiscalDigital/@UUID",
    "SelloCFD": "Complemento/TimbreFiscalDigital/@SelloCFD",
    "SelloSAT": "Complemento/TimbreFiscalDigital/@SelloSAT",
    "NoCertificadoSAT": "Complemento/TimbreFiscalDigital/@NoCertificadoSAT",
    "Sello": "@Sello",
    "NoCertificado": "@NoCertificado",
    "MetodoPago": "@MetodoPago",
    "FormaPago": "@FormaPago",
    "payments": "Complemento/Pagos",
    "withheld": "Impuestos/@TotalImpuestosRetenidos",
}
_WHERE = tuple((term, f"Comprobante/{path}") for term, path in _PATHS.items())


def recognises(root: etree._Element) -> bool:
    space = namespace(root)
    return local(root) == "Comprobante" and (space in _NAMESPACES or space == _OLDER)


def read(root: etree._Element, limits: Limits) -> Document:
    """cfdi:Comprobante."""
    version = attribute(root, "Version")
    if version not in _NAMESPACES.values():
        raise NotRead("version_not_read", found=f"CFDI {version or attribute(root, 'version') or ''}".strip())
    found = parts(root)
    complements = dict(_complements(found))
    letter = attribute(root, "TipoDeComprobante")
    currency = attribute(root, "Moneda")
    series, folio = attribute(root, "Serie"), attribute(root, "Folio")
    relations = tuple(_relations(found))
    means = PaymentMeans(code=attribute(root, "FormaPago"))
    issued = attribute(root, "Fecha")
    withholdings = (*_taxes(found, "Retenciones", currency), *_local(complements, "RetencionesLocales", currency))
    return Document(
        format=Format.CFDI,
        kind=_kind(letter, relations, complements),
        doc_type=f"CFDI {version} {letter}" if letter else f"CFDI {version}",
        version=version,
        process=attribute(first(found, "Receptor"), "UsoCFDI"),
        number=f"{series or ''}{folio or ''}" or None,
        series=series,
        type_code=letter,
        issue_date=day(issued),
        issue_time=time_of(issued),
        currency=currency,
        exchange_rate=decimal(attribute(root, "TipoCambio")),
        notes=_legends(complements),
        supplier=_issuer(first(found, "Emisor"), attribute(root, "LugarExpedicion")),
        customer=_receiver(first(found, "Receptor")),
        lines=_lines(found),
        taxes=(*_taxes(found, "Traslados", currency), *_local(complements, "TrasladosLocales", currency)),
        withholdings=withholdings,
        totals=_totals(root, found),
        references=relations,
        payment_means=() if means == PaymentMeans() else (means,),
        payment_terms=attribute(root, "CondicionesDePago"),
        payments=tuple(_payments(complements)),
        fiscal=_fiscal(root, found, complements),
        signed=bool(attribute(root, "Sello")),
        where=_WHERE,
    )


def _complements(found: Parts) -> Iterator[tuple[str, etree._Element]]:
    """What stands in cfdi:Complemento, by name; the first of each (a second stamp is none of the SAT's)."""
    seen = set()
    for complement in every(found, "Complemento"):
        for element in complement.iterchildren("*"):
            name = local(element)
            if name not in seen:
                seen.add(name)
                yield name, element


def _kind(letter: str | None, relations: tuple[Reference, ...], complements: dict[str, etree._Element]) -> Kind:
    """TipoDeComprobante; income that is related as 02 is a debit note of what it names."""
    if letter == "I" and any(relation.type_code == _DEBIT_NOTE for relation in relations):
        return Kind.DEBIT_NOTE
    if letter in _KINDS:
        return _KINDS[letter]
    if "Pagos" in complements:
        return Kind.PAYMENT_RECEIPT
    return Kind.PAYROLL if "Nomina" in complements else Kind.INVOICE


def _relations(found: Parts) -> Iterator[Reference]:
    """cfdi:CfdiRelacionados/cfdi:CfdiRelacionado (4.0 has several groups); TipoRelacion is their type code."""
    for group in every(found, "CfdiRelacionados"):
        relation = attribute(group, "TipoRelacion")
        for element in every(parts(group), "CfdiRelacionado"):
            if uuid := attribute(element, "UUID"):
                yield Reference("invoice", None, fiscal_id=uuid, type_code=relation)


def _rfc(written: str | None) -> TaxId | None:
    return tax_id(written, "MX", "RFC")


def _issuer(element: etree._Element | None, place: str | None) -> Party | None:
    """cfdi:Emisor; LugarExpedicion is the postal code that it issues from."""
    if element is None:
        return None
    return Party(
        name=attribute(element, "Nombre"),
        tax_id=_rfc(attribute(element, "Rfc")),
        tax_regime=attribute(element, "RegimenFiscal"),
        address=Address(postal_code=place) if place else None,
    )


def _receiver(element: etree._Element | None) -> Party | None:
    """cfdi:Receptor; who lives abroad has NumRegIdTrib beside the general RFC."""
    if element is None:
        return None
    country = attribute(element, "ResidenciaFiscal")
    abroad = tax_id(attribute(element, "NumRegIdTrib"), None, "NumRegIdTrib")
    address = Address(postal_code=attribute(element, "DomicilioFiscalReceptor"), country=country)
    return Party(
        name=attribute(element, "Nombre"),
        tax_id=_rfc(attribute(element, "Rfc")),
        other_tax_ids=(abroad,) if abroad else (),
        tax_regime=attribute(element, "RegimenFiscalReceptor"),
        address=None if address == Address() else address,
    )


def _lines(found: Parts) -> tuple[Line, ...]:
    """cfdi:Conceptos/cfdi:Concepto."""
    concepts = every(parts(first(found, "Conceptos")), "Concepto")
    return tuple(_line(concept, place) for place, concept in enumerate(concepts, 1))


def _line(element: etree._Element, place: int) -> Line:
    found = parts(element)
    discount = decimal(attribute(element, "Descuento"))
    return Line(
        number=None,
        description=attribute(element, "Descripcion"),
        name=attribute(element, "Descripcion"),
        quantity=decimal(attribute(element, "Cantidad")),
        unit=attribute(element, "ClaveUnidad"),
        price=decimal(attribute(element, "ValorUnitario")),
        net=_less(decimal(attribute(element, "Importe")), discount),
        seller_code=attribute(element, "NoIdentificacion"),
        classifications=_classified(attribute(element, "ClaveProdServ")),
        adjustments=(Adjustment(is_charge=False, amount=discount),) if discount else (),
        taxes=tuple(_taxes(found, "Traslados")),
        withholdings=tuple(_taxes(found, "Retenciones")),
        attributes=tuple(_attributes(element, found)),
        path=f"Comprobante/Conceptos/Concepto[{place}]",
    )


def _classified(key: str | None) -> tuple[Identifier, ...]:
    return (Identifier(key, "ClaveProdServ"),) if key else ()


def _attributes(element: etree._Element, found: Parts) -> Iterator[tuple[str, str]]:
    """What else a concept says: its unit in words, what it is to the tax, customs entries, property accounts."""
    for name in ("Unidad", "ObjetoImp"):
        if value := attribute(element, name):
            yield name, value
    for child, name in (
        ("InformacionAduanera", "NumeroPedimento"),
        ("CuentaPredial", "Numero"),
        ("ACuentaTerceros", "RfcACuentaTerceros"),
    ):
        for part in every(found, child):
            if value := attribute(part, name):
                yield name, value


def _less(amount: Decimal | None, discount: Decimal | None) -> Decimal | None:
    return amount if amount is None or discount is None else amount - discount


def _taxes(found: Parts, group: str, currency: str | None = None) -> Iterator[Tax]:
    """cfdi:Impuestos/cfdi:Traslados or cfdi:Retenciones, of the document and of a concept alike."""
    for taxes in every(found, "Impuestos"):
        for kind in every(parts(taxes), group):
            for element in kind.iterchildren("*"):
                yield _tax(element, currency)


def _tax(element: etree._Element, currency: str | None) -> Tax:
    """TasaOCuota is a part of one where TipoFactor is Tasa, and an amount of each unit where it is Cuota."""
    factor, code = attribute(element, "TipoFactor"), attribute(element, "Impuesto")
    rate = decimal(attribute(element, "TasaOCuota"))
    return Tax(
        scheme=_TAXES.get(code or "", code),
        amount=decimal(attribute(element, "Importe")),
        category=factor,
        rate=rate * 100 if rate is not None and factor != "Cuota" else None,
        base=decimal(attribute(element, "Base")),
        currency=currency,
        per_unit=rate if factor == "Cuota" else None,
    )


def _local(complements: dict[str, etree._Element], group: str, currency: str | None) -> Iterator[Tax]:
    """implocal:ImpuestosLocales/TrasladosLocales and RetencionesLocales: taxes of a state or city, in percent."""
    name, rate = _LOCAL[group]
    for element in every(parts(complements.get("ImpuestosLocales")), group):
        yield Tax(
            scheme=attribute(element, name),
            amount=decimal(attribute(element, "Importe")),
            category="implocal",
            rate=decimal(attribute(element, rate)),
            currency=currency,
        )


def _totals(root: etree._Element, found: Parts) -> Totals:
    """SubTotal and Descuento, cfdi:Impuestos/@TotalImpuestosTrasladados and @TotalImpuestosRetenidos, Total."""
    net = _less(decimal(attribute(root, "SubTotal")), decimal(attribute(root, "Descuento")))
    taxes = first(found, "Impuestos")
    total = decimal(attribute(root, "Total"))
    return Totals(
        lines=net,
        net=net,
        tax=decimal(attribute(taxes, "TotalImpuestosTrasladados")),
        gross=total,
        payable=total,
        withheld=decimal(attribute(taxes, "TotalImpuestosRetenidos")),
    )


def _payments(complements: dict[str, etree._Element]) -> Iterator[Payment]:
    """pago10:Pagos/pago10:Pago and pago20:Pagos/pago20:Pago."""
    for element in every(parts(complements.get("Pagos")), "Pago"):
        yield Payment(
            date=day(attribute(element, "FechaPago")),
            amount=decimal(attribute(element, "Monto")),
            currency=attribute(element, "MonedaP"),
            means=attribute(element, "FormaDePagoP"),
            documents=tuple(_paid(document) for document in every(parts(element), "DoctoRelacionado")),
            exchange_rate=decimal(attribute(element, "TipoCambioP")),
            reference=attribute(element, "NumOperacion"),
        )


def _paid(element: etree._Element) -> Reference:
    """DoctoRelacionado: the invoice, what of it was paid and what stays."""
    number = f"{attribute(element, 'Serie') or ''}{attribute(element, 'Folio') or ''}"
    return Reference(
        role="invoice",
        number=number or None,
        fiscal_id=attribute(element, "IdDocumento"),
        amount=decimal(attribute(element, "ImpPagado")),
        currency=attribute(element, "MonedaDR"),
        instalment=attribute(element, "NumParcialidad"),
        balance_before=decimal(attribute(element, "ImpSaldoAnt")),
        balance=decimal(attribute(element, "ImpSaldoInsoluto")),
    )


def _legends(complements: dict[str, etree._Element]) -> tuple[Note, ...]:
    """leyendasFisc:LeyendasFiscales/Leyenda/@textoLeyenda."""
    legends = every(parts(complements.get("LeyendasFiscales")), "Leyenda")
    found = (attribute(legend, "textoLeyenda") or text(legend) for legend in legends)
    return tuple(Note(legend) for legend in found if legend)


def _fiscal(root: etree._Element, found: Parts, complements: dict[str, etree._Element]) -> Fiscal:
    """tfd:TimbreFiscalDigital: the SAT's stamp, and the seals as written."""
    stamp = complements.get("TimbreFiscalDigital")
    facts = [(name, attribute(root, name)) for name in _FACTS]
    facts += [(f"TimbreFiscalDigital/{name}", attribute(stamp, name)) for name in _STAMP]
    local_taxes = complements.get("ImpuestosLocales")
    facts += [(f"ImpuestosLocales/{name}", attribute(local_taxes, name)) for name in _LOCAL_TOTALS]
    of_many = first(found, "InformacionGlobal")
    facts += [(f"InformacionGlobal/{name}", attribute(of_many, name)) for name in _GLOBAL]
    paid = first(parts(complements.get("Pagos")), "Totales")
    facts.append(("Pagos/MontoTotalPagos", attribute(paid, "MontoTotalPagos")))
    names = " ".join(name for name in complements if name != "TimbreFiscalDigital")
    facts += [("Complemento", names or None)]
    uuid = attribute(stamp, "UUID")
    return Fiscal(
        id=uuid,
        id_scheme="TimbreFiscalDigital" if uuid else None,
        authorised_at=moment(attribute(stamp, "FechaTimbrado")),
        protocol=attribute(stamp, "NoCertificadoSAT"),
        facts=tuple((name, value) for name, value in facts if value),
    )
