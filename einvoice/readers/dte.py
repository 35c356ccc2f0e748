"""Chile's DTE (SII), alone or in an EnvioDTE or EnvioBOLETA: types 33, 34, 39, 41, 43, 46, 52, 56, 61, 110 to 112.

Of a purchase invoice (46) the Emisor is who buys; it stands as the supplier here too, as the document has it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from ..errors import Limits, NotRead
from ..model import (
    Address,
    Adjustment,
    Contact,
    Document,
    Fiscal,
    Format,
    Identifier,
    Instalment,
    Kind,
    Line,
    Party,
    PaymentMeans,
    Reference,
    Tax,
    Totals,
)
from ..values import day, decimal, moment, tax_id
from .parts import Parts, attribute, down, enclosed, every, first, local, namespace, parts, said, text

_NAMESPACES = ("http://www.sii.cl/SiiDte", "")  # many drop the namespace when they hand a DTE on
_BODIES = ("Documento", "Exportaciones", "Liquidacion")
_ENVELOPES = frozenset(("EnvioDTE", "EnvioBOLETA", "SetDTE"))
_KINDS = {
    "52": Kind.DISPATCH_ADVICE,
    "56": Kind.DEBIT_NOTE,
    "61": Kind.CREDIT_NOTE,
    "111": Kind.DEBIT_NOTE,
    "112": Kind.CREDIT_NOTE,
}
# TpoDocRef: what is named; the SII's own documents are invoices and notes
_ROLES = {"801": "order", "803": "contract", "805": "tender", "HES": "receipt", "50": "dispatch", "52": "dispatch"}
_INVOICES = frozenset(
    [
        "30",
        "32",
        "33",
        "34",
        "35",
        "38",
        "39",
        "40",
        "41",
        "43",
        "45",
        "46",
        "55",
        "56",
        "60",
        "61",
        "101",
        "104",
        "106",
        "110",
        "111",
        "112",
    ]
)
# TipoImp of Totales/ImptoReten that the buyer keeps back; the others are added to the price
_WITHHELD = frozenset(
    [
        "15",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "37",
        "38",
        "39",
        "41",
        "46",
        "47",
        "48",
        "49",
        "301",
        "321",
        "331",
        "341",
        "361",
        "371",
        "481",
    ]
)
# TpoMoneda is in words (Aduana's table); what has no certain code stays in Fiscal.facts alone
_CURRENCIES = {
    "DOLAR USA": "USD",
    "EURO": "EUR",
    "PESO CL": "CLP",
    "LIBRA EST": "GBP",
    "YEN": "JPY",
    "RENMINBI": "CNY",
    "PESO MEX": "MXN",
    "PESO COL": "COP",
    "PESO URUG": "UYU",
    "NUEVO SOL": "PEN",
    "BOLIVIANO": "BOB",
    "GUARANI": "PYG",
    "DOLAR CAN": "CAD",
    "DOLAR AUST": "AUD",
    "DOLAR HK": "HKD",
    "DOLAR NZ": "NZD",
    "DOLAR SIN": "SGD",
    "FRANCO SZ": "CHF",
    "CORONA DIN": "DKK",
    "CORONA NOR": "NOK",
    "CORONA SC": "SEK",
    "RUPIA": "INR",
    "RAND": "ZAR",
}
_FACTS = [
    "FmaPago",
    "FmaPagExp",
    "MedioPago",
    "IndTraslado",
    "TipoDespacho",
    "IndServicio",
    "IndNoRebaja",
    "MntBruto",
    "TpoTranCompra",
]
_STAMP = ["RE", "TD", "F", "FE", "RR", "MNT", "TSTED", "IT1"]
_PATHS = {
    "BT-1": "Encabezado/IdDoc/Folio",
    "BT-2": "Encabezado/IdDoc/FchEmis",
    "BT-3": "Encabezado/IdDoc/TipoDTE",
    "BT-5": "Encabezado/Totales/TpoMoneda",
    "BT-9": "Encabezado/IdDoc/FchVenc",
    "BT-20": "Encabezado/IdDoc/TermPagoGlosa",
    "BG-3": "Referencia",
    "BT-13": "Referencia/FolioRef",
    "BG-4": "Encabezado/Emisor",
    "BT-27": "Encabezado/Emisor/RznSoc",
    "BT-31": "Encabezado/Emisor/RUTEmisor",
    "BG-7": "Encabezado/Receptor",
    "BT-44": "Encabezado/Receptor/RznSocRecep",
    "BT-48": "Encabezado/Receptor/RUTRecep",
    "BG-14": "Encabezado/IdDoc/PeriodoDesde",
    "BG-20": "DscRcgGlobal",
    "BG-21": "DscRcgGlobal",
    "BG-22": "Encabezado/Totales",
    "BG-23": "Encabezado/Totales",
    "BT-109": "Encabezado/Totales/MntNeto",
    "BT-110": "Encabezado/Totales/IVA",
    "BT-112": "Encabezado/Totales/MntTotal",
    "BT-115": "Encabezado/Totales/MntTotal",
    "BG-25": "Detalle",
    "withheld": "Encabezado/Totales/ImptoReten",
    "TED": "TED",
    "CAF": "TED/DD/CAF",
}
_WHERE = (*((term, f"DTE/Documento/{path}") for term, path in _PATHS.items()), ("Signature", "DTE/Signature"))


def recognises(root: etree._Element) -> bool:
    name = local(root)
    return (name == "DTE" or name in _ENVELOPES) and namespace(root) in _NAMESPACES


def read(root: etree._Element, limits: Limits) -> Document:
    """DTE, or an envelope of several: the first is the document and the rest its others."""
    name = local(root)
    if name == "DTE":
        return _document(root, None)
    top = parts(root)
    letters = parts(first(top, "SetDTE")) if "SetDTE" in top else top
    head, *rest = [_document(each, name) for each in enclosed(root, letters, "DTE", limits)]
    return dataclasses.replace(head, others=tuple(rest)) if rest else head


def _document(dte: etree._Element, carried: str | None) -> Document:
    """DTE/Documento, DTE/Exportaciones or DTE/Liquidacion."""
    envelope = parts(dte)
    body = first(envelope, *_BODIES)
    if body is None:
        raise NotRead("without_document", found="DTE")
    found = parts(body)
    header = down(found, "Encabezado")
    about, sums = down(header, "IdDoc"), down(header, "Totales")
    code = said(about, "TipoDTE")
    currency = _currency(sums)
    means = PaymentMeans(
        said(about, "MedioPago"), account=said(about, "NumCtaPago"), bank=said(about, "BcoPago"), reference=None
    )
    return Document(
        format=Format.DTE,
        kind=_KINDS.get(code or "", Kind.INVOICE),
        doc_type=f"DTE {code}" if code else "DTE",
        version=attribute(dte, "version"),
        number=said(about, "Folio"),
        type_code=code,
        issue_date=day(said(about, "FchEmis")),
        due_date=day(said(about, "FchVenc")),
        period=_period(about),
        currency=currency,
        exchange_rate=decimal(said(down(header, "OtraMoneda"), "TpoCambio")),
        supplier=_issuer(first(header, "Emisor")),
        customer=_receiver(first(header, "Receptor")),
        deliver_to=_destination(down(header, "Transporte")),
        lines=tuple(_line(element, place, body) for place, element in enumerate(every(found, "Detalle"), 1)),
        adjustments=tuple(_adjustment(parts(element)) for element in every(found, "DscRcgGlobal")),
        taxes=tuple(_taxes(sums, currency)),
        withholdings=tuple(_retained(sums, currency, withheld=True)),
        totals=_totals(sums),
        references=tuple(_reference(parts(element)) for element in every(found, "Referencia")),
        payment_means=() if means == PaymentMeans() else (means,),
        payment_terms=said(about, "TermPagoGlosa"),
        instalments=tuple(_instalment(parts(element)) for element in every(about, "MntPagos")),
        fiscal=_fiscal(about, sums, found),
        signed="Signature" in envelope,
        carried_by=carried,
        where=_WHERE,
    )


def _currency(sums: Parts) -> str | None:
    """Pesos, unless Totales/TpoMoneda (of exports) says another one."""
    written = said(sums, "TpoMoneda")
    if written is None:
        return "CLP"
    return _CURRENCIES.get(" ".join(written.upper().split()))


def _period(about: Parts) -> tuple[dt.date | None, dt.date | None] | None:
    period = (day(said(about, "PeriodoDesde")), day(said(about, "PeriodoHasta")))
    return None if period == (None, None) else period


def _issuer(element: etree._Element | None) -> Party | None:
    """Emisor; in receipts (39, 41) the names end otherwise."""
    if element is None:
        return None
    found = parts(element)
    contact = Contact(phone=said(found, "Telefono"), email=said(found, "CorreoEmisor"))
    return Party(
        name=said(found, "RznSoc", "RznSocEmisor"),
        tax_id=tax_id(said(found, "RUTEmisor"), "CL", "RUT"),
        legal_form=said(found, "GiroEmis", "GiroEmisor"),
        address=_address(found, "Origen"),
        contact=None if contact == Contact() else contact,
    )


def _receiver(element: etree._Element | None) -> Party | None:
    """Receptor; who lives abroad has Extranjero/NumId beside the general RUT."""
    if element is None:
        return None
    found = parts(element)
    inside = said(found, "CdgIntRecep")
    abroad = tax_id(said(down(found, "Extranjero"), "NumId"), None, "NumId")
    contact = Contact(name=said(found, "Contacto"), email=said(found, "CorreoRecep"))
    return Party(
        name=said(found, "RznSocRecep"),
        tax_id=tax_id(said(found, "RUTRecep"), "CL", "RUT"),
        other_tax_ids=(abroad,) if abroad else (),
        identifiers=(Identifier(inside, "CdgIntRecep"),) if inside else (),
        legal_form=said(found, "GiroRecep"),
        address=_address(found, "Recep"),
        contact=None if contact == Contact() else contact,
    )


def _address(found: Parts, ending: str) -> Address | None:
    """Dir…, Cmna… (comuna) and Ciudad…; a comuna may be a part of the city or all there is."""
    street, district, city = (said(found, f"{name}{ending}") for name in ("Dir", "Cmna", "Ciudad"))
    if not (street or district or city):
        return None
    lines = (street, district if city and district != city else None)
    return Address(lines=tuple(line for line in lines if line), city=city or district)


def _destination(found: Parts) -> Party | None:
    """Transporte/DirDest, CmnaDest, CiudadDest."""
    address = _address(found, "Dest")
    return Party(address=address) if address else None


def _line(element: etree._Element, place: int, body: etree._Element) -> Line:
    """Detalle; MontoItem is after discount and surcharge."""
    found = parts(element)
    codes = [parts(each) for each in every(found, "CdgItem")]
    standard = next(
        (each for each in codes if (said(each, "TpoCodigo") or "").upper() in ("EAN13", "EAN8", "GTIN")), None
    )
    own = next((each for each in codes if each is not standard), {})
    exempt = said(found, "IndExe")
    return Line(
        number=said(found, "NroLinDet"),
        name=said(found, "NmbItem"),
        description=said(found, "DscItem"),
        quantity=decimal(said(found, "QtyItem")),
        unit=said(found, "UnmdItem"),
        price=decimal(said(found, "PrcItem")),
        net=decimal(said(found, "MontoItem")),
        seller_code=said(own, "VlrCodigo"),
        standard_code=_standard(standard),
        adjustments=tuple(_line_adjustments(found)),
        taxes=(Tax("IVA", None, category=f"IndExe {exempt}"),) if exempt else (),
        attributes=tuple(("CodImpAdic", code) for each in every(found, "CodImpAdic") if (code := text(each))),
        path=f"DTE/{local(body)}/Detalle[{place}]",
    )


def _standard(code: Parts | None) -> Identifier | None:
    value = said(code, "VlrCodigo") if code else None
    return Identifier(value, said(code or {}, "TpoCodigo")) if value else None


def _line_adjustments(found: Parts) -> Iterator[Adjustment]:
    for name, is_charge in (("Descuento", False), ("Recargo", True)):
        amount = decimal(said(found, f"{name}Monto"))
        if amount:
            yield Adjustment(is_charge, amount, percent=decimal(said(found, f"{name}Pct")))


def _adjustment(found: Parts) -> Adjustment:
    """DscRcgGlobal: TpoMov D or R, ValorDR in percent or in money; IndExeDR says that it is of the exempt part."""
    value, of_percent = decimal(said(found, "ValorDR")), said(found, "TpoValor") == "%"
    exempt = said(found, "IndExeDR")
    return Adjustment(
        is_charge=said(found, "TpoMov") == "R",
        amount=None if of_percent else value,
        percent=value if of_percent else None,
        reason=said(found, "GlosaDR"),
        tax_category=f"IndExeDR {exempt}" if exempt else None,
    )


def _taxes(sums: Parts, currency: str | None) -> Iterator[Tax]:
    """Totales: IVA on MntNeto, MntExe without it, and the additional taxes of ImptoReten."""
    net, amount = decimal(said(sums, "MntNeto")), decimal(said(sums, "IVA"))
    if amount is not None:
        yield Tax("IVA", amount, rate=decimal(said(sums, "TasaIVA")), base=net, currency=currency)
    if exempt := decimal(said(sums, "MntExe")):
        yield Tax("IVA", None, category="exento", base=exempt, currency=currency)
    yield from _retained(sums, currency, withheld=False)


def _retained(sums: Parts, currency: str | None, *, withheld: bool) -> Iterator[Tax]:
    """Totales/ImptoReten: the SII keeps additional taxes and those that the buyer withholds in one list."""
    for element in every(sums, "ImptoReten"):
        found = parts(element)
        code = said(found, "TipoImp")
        if (code in _WITHHELD) is withheld:
            scheme = "IVA retenido" if code in _WITHHELD else "impuesto adicional"
            amount, rate = decimal(said(found, "MontoImp")), decimal(said(found, "TasaImp"))
            yield Tax(scheme, amount, category=code, rate=rate, currency=currency)


def _totals(sums: Parts) -> Totals:
    """Totales; what is to be paid is MntTotal: VlrPagar has balances of other documents in it (Fiscal.facts)."""
    total = decimal(said(sums, "MntTotal"))
    kept = [tax.amount for tax in _retained(sums, None, withheld=True) if tax.amount is not None]
    return Totals(
        net=decimal(said(sums, "MntNeto")),
        tax=decimal(said(sums, "IVA")),
        gross=total,
        payable=total,
        withheld=sum(kept, Decimal(0)) if kept else None,
    )


def _reference(found: Parts) -> Reference:
    """Referencia; CodRef: 1 cancels, 2 corrects texts, 3 corrects amounts."""
    code = said(found, "TpoDocRef")
    role = _ROLES.get(code or "") or ("invoice" if code in _INVOICES else "additional")
    reason = ": ".join(filter(None, (said(found, "CodRef"), said(found, "RazonRef"))))
    return Reference(
        role, said(found, "FolioRef"), date=day(said(found, "FchRef")), type_code=code, reason=reason or None
    )


def _instalment(found: Parts) -> Instalment:
    """IdDoc/MntPagos."""
    return Instalment(day(said(found, "FchPago")), decimal(said(found, "MntPago")), note=said(found, "GlosaPagos"))


def _fiscal(about: Parts, sums: Parts, found: Parts) -> Fiscal:
    """TED: the electronic stamp, its DD as written and the range of folios (CAF) that the SII authorised."""
    stamp = down(found, "TED")
    content = down(stamp, "DD")
    caf = down(content, "CAF")
    authority = down(caf, "DA")
    folios = down(authority, "RNG")
    facts = [(name, said(about, name)) for name in _FACTS]
    facts += [(f"Totales/{name}", text(elements[0])) for name, elements in sums.items() if not len(elements[0])]
    # checks ask by the last part of a name, and the last of that name wins: the stamp's own after those of its CAF
    facts += [(f"CAF/{name}", said(authority, name)) for name in ("RE", "TD", "FA", "IDK")]
    facts += [("CAF/D", said(folios, "D")), ("CAF/H", said(folios, "H")), ("CAF/FRMA", said(caf, "FRMA"))]
    facts += [(f"TED/{name}", said(content, name)) for name in _STAMP]
    facts.append(("TED/FRMT", said(stamp, "FRMT")))
    first_folio, last_folio = said(folios, "D"), said(folios, "H")
    return Fiscal(
        authorised_at=moment(said(content, "TSTED")),
        authorisation=f"{first_folio}-{last_folio}" if first_folio and last_folio else None,
        facts=tuple((name, value) for name, value in facts if value),
    )
