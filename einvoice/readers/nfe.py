"""Brazil's NF-e and NFC-e (models 55 and 65), layouts 3.10 and 4.00, with or without the SEFAZ's protocol.

As EN 16931 has it, the amount of a line is after its discount and with its freight, insurance and other charges; vProd
and every other total stand as written in `Fiscal.facts`. ICMS, PIS, COFINS and the ISSQN
are within the prices; ST, IPI and II come on top of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
    Note,
    Party,
    PaymentMeans,
    Reference,
    Tax,
    TaxId,
    Totals,
)
from ..values import day, decimal, moment, tax_id, time_of
from .parts import Parts, attribute, down, enclosed, every, first, local, namespace, parts, said, text

_NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
_ROOTS = frozenset(("nfeProc", "NFe", "enviNFe", "procNFe"))
_KINDS = {"4": Kind.CREDIT_NOTE, "5": Kind.CREDIT_NOTE, "6": Kind.DEBIT_NOTE}  # finNFe: return, credit, debit
_IDE = [
    "cUF",
    "cNF",
    "mod",
    "serie",
    "nNF",
    "natOp",
    "tpNF",
    "tpEmis",
    "cDV",
    "finNFe",
    "indFinal",
    "indPres",
    "idDest",
    "dhSaiEnt",
    "dSaiEnt",
    "dhCont",
    "xJust",
]

# Of the whole document (total/ICMSTot): tax, amount, base
_TOTALS = (
    ("ICMS", "vICMS", "vBC"),
    ("FCP", "vFCP", None),
    ("ICMSUFDest", "vICMSUFDest", None),
    ("FCPUFDest", "vFCPUFDest", None),
    ("ST", "vST", "vBCST"),
    ("FCPST", "vFCPST", None),
    ("II", "vII", None),
    ("IPI", "vIPI", None),
    ("PIS", "vPIS", None),
    ("COFINS", "vCOFINS", None),
)
_WITHHELD = (
    ("PIS", "vRetPIS", None),
    ("COFINS", "vRetCOFINS", None),
    ("CSLL", "vRetCSLL", None),
    ("IRRF", "vIRRF", "vBCIRRF"),
    ("INSS", "vRetPrev", "vBCRetPrev"),
)
# Of a line: within its group of det/imposto: tax, amount, base, rate, amount of each unit
_ICMS = (
    ("ICMS", "vICMS", "vBC", "pICMS", "adRemICMS"),
    ("FCP", "vFCP", "vBCFCP", "pFCP", None),
    ("ST", "vICMSST", "vBCST", "pICMSST", None),
    ("FCPST", "vFCPST", "vBCFCPST", "pFCPST", None),
)
_GROUPS = {
    "ICMS": _ICMS,
    "ICMSUFDest": (("ICMSUFDest", "vICMSUFDest", "vBCUFDest", "pICMSUFDest", None),),
    "IPI": (("IPI", "vIPI", "vBC", "pIPI", "vUnid"),),
    "II": (("II", "vII", "vBC", None, None),),
    "PIS": (("PIS", "vPIS", "vBC", "pPIS", "vAliqProd"),),
    "PISST": (("PISST", "vPIS", "vBC", "pPIS", "vAliqProd"),),
    "COFINS": (("COFINS", "vCOFINS", "vBC", "pCOFINS", "vAliqProd"),),
    "COFINSST": (("COFINSST", "vCOFINS", "vBC", "pCOFINS", "vAliqProd"),),
    "ISSQN": (("ISSQN", "vISSQN", "vBC", "vAliq", None),),
    "IS": (("IS", "vIS", "vBCIS", "pIS", "pISEspec"),),
}
_REFORM = (("gIBSUF", "IBSUF"), ("gIBSMun", "IBSMun"), ("gCBS", "CBS"))  # IBS of state and city, CBS: LC 214/2025
_CHARGES = (("vFrete", "frete"), ("vSeg", "seguro"), ("vOutro", "outras despesas"))
_PATHS = {
    "BT-1": "ide/nNF",
    "BT-2": "ide/dhEmi",
    "BT-3": "ide/finNFe",
    "BT-9": "cobr/dup/dVenc",
    "BT-12": "compra/xCont",
    "BT-13": "compra/xPed",
    "BT-23": "ide/natOp",
    "BT-72": "ide/dhSaiEnt",
    "BG-1": "infAdic/infCpl",
    "BG-3": "ide/NFref",
    "BG-4": "emit",
    "BT-27": "emit/xNome",
    "BT-31": "emit/CNPJ",
    "BT-32": "emit/IE",
    "BG-5": "emit/enderEmit",
    "BG-7": "dest",
    "BT-44": "dest/xNome",
    "BT-48": "dest/CNPJ",
    "BG-8": "dest/enderDest",
    "BG-13": "entrega",
    "BG-16": "pag/detPag",
    "BG-22": "total/ICMSTot",
    "BG-23": "total/ICMSTot",
    "BG-25": "det",
    "BT-106": "total/ICMSTot/vProd",
    "BT-107": "total/ICMSTot/vDesc",
    "BT-112": "total/ICMSTot/vNF",
    "BT-115": "total/ICMSTot/vNF",
    "withheld": "total/retTrib",
    "uuid": "@Id",
    "environment": "ide/tpAmb",
}
_WHERE = tuple((term, f"NFe/infNFe/{path}") for term, path in _PATHS.items()) + (
    ("protocol", "nfeProc/protNFe/infProt"),
    ("qr", "NFe/infNFeSupl/qrCode"),
    ("Signature", "NFe/Signature"),
)


def recognises(root: etree._Element) -> bool:
    return local(root) in _ROOTS and namespace(root) == _NAMESPACE


def read(root: etree._Element, limits: Limits) -> Document:
    """NFe, nfeProc (NFe with protNFe) or enviNFe: a lot, of which the first is the document and the rest its others."""
    if local(root) == "NFe":
        return _document(root, None, None)
    found = parts(root)
    protocol = first(found, "protNFe")
    carried = "enviNFe" if local(root) == "enviNFe" else None
    head, *rest = [_document(each, protocol, carried) for each in enclosed(root, found, "NFe", limits)]
    return replace(head, others=tuple(rest)) if rest else head


def _document(nfe: etree._Element, protocol: etree._Element | None, carried: str | None) -> Document:
    """NFe/infNFe."""
    envelope = parts(nfe)
    body = first(envelope, "infNFe")
    if body is None:
        raise NotRead("without_document", found="NFe")
    found = parts(body)
    ide = down(found, "ide")
    total = down(found, "total")
    sums = down(total, "ICMSTot")
    instalments = _instalments(down(found, "cobr"))
    issued = said(ide, "dhEmi", "dEmi")
    purpose, model, version = said(ide, "finNFe"), said(ide, "mod"), attribute(body, "versao")
    amount = decimal(said(sums, "vNF"))
    return Document(
        format=Format.NFE,
        kind=_KINDS.get(purpose or "", Kind.INVOICE),
        doc_type=f"NFe mod {model or '?'} v{version or '?'}",
        version=version,
        process=said(ide, "natOp"),
        number=said(ide, "nNF"),
        series=said(ide, "serie"),
        type_code=purpose,
        issue_date=day(issued),
        issue_time=time_of(issued),
        due_date=instalments[0].due_date if len(instalments) == 1 else None,
        delivery_date=day(said(ide, "dhSaiEnt", "dSaiEnt")),
        currency="BRL",
        notes=_notes(down(found, "infAdic")),
        supplier=_party(first(found, "emit"), "enderEmit"),
        customer=_party(first(found, "dest"), "enderDest"),
        deliver_to=_place(first(found, "entrega")),
        lines=tuple(_line(element, place) for place, element in enumerate(every(found, "det"), 1)),
        taxes=tuple(_taxes(total)),
        withholdings=tuple(_withholdings(total)),
        totals=Totals(lines=_lines_total(sums), gross=amount, payable=amount),
        references=(*_references(ide), *_purchase(down(found, "compra"))),
        payment_means=tuple(_means(found)),
        instalments=instalments,
        fiscal=_fiscal(body, found, envelope, protocol),
        signed="Signature" in envelope,
        carried_by=carried,
        where=_WHERE,
    )


def _notes(found: Parts) -> tuple[Note, ...]:
    """infAdic: infCpl of the issuer, infAdFisco for the tax office, obsCont with a name of its own."""
    notes = [said(found, "infCpl"), said(found, "infAdFisco")]
    for element in every(found, "obsCont"):
        name, value = attribute(element, "xCampo"), said(parts(element), "xTexto")
        notes.append(f"{name}: {value}" if name and value else value)
    return tuple(Note(note) for note in notes if note)


def _tax_id(found: Parts) -> TaxId | None:
    """CNPJ, CPF or idEstrangeiro, whichever is filled."""
    for name in ("CNPJ", "CPF"):
        if written := said(found, name):
            return tax_id(written, "BR", name)
    return tax_id(said(found, "idEstrangeiro"), None, "idEstrangeiro")


def _party(element: etree._Element | None, address: str) -> Party | None:
    """emit and dest."""
    if element is None:
        return None
    found = parts(element)
    where = down(found, address)
    registrations = (tax_id(said(found, name), "BR", name) for name in ("IE", "IEST", "IM", "ISUF"))
    contact = Contact(phone=said(where, "fone"), email=said(found, "email"))
    return Party(
        name=said(found, "xNome"),
        trading_name=said(found, "xFant"),
        tax_id=_tax_id(found),
        other_tax_ids=tuple(each for each in registrations if each),
        tax_regime=said(found, "CRT"),
        address=_address(where) if where else None,
        contact=None if contact == Contact() else contact,
    )


def _place(element: etree._Element | None) -> Party | None:
    """entrega: where the goods go, when not to the customer's address."""
    if element is None:
        return None
    found = parts(element)
    return Party(name=said(found, "xNome"), tax_id=_tax_id(found), address=_address(found))


def _address(found: Parts) -> Address:
    """cPais is the code of the Banco Central: 1058 is Brazil, where UF names a state."""
    street = " ".join(filter(None, (said(found, "xLgr"), said(found, "nro"))))
    lines = (street, said(found, "xCpl"), said(found, "xBairro"))
    state, code = said(found, "UF"), said(found, "cPais")
    inland = code == "1058" or (code is None and state not in (None, "EX"))
    return Address(
        lines=tuple(line for line in lines if line),
        city=said(found, "xMun"),
        region=state,
        postal_code=said(found, "CEP"),
        country="BR" if inland else None,
    )


def _line(element: etree._Element, place: int) -> Line:
    """det: prod and imposto."""
    found = parts(element)
    product = down(found, "prod")
    adjustments = tuple(_adjustments(product))
    return Line(
        number=attribute(element, "nItem"),
        name=said(product, "xProd"),
        description=said(product, "xProd"),
        note=said(found, "infAdProd"),
        quantity=decimal(said(product, "qCom")),
        unit=said(product, "uCom"),
        price=decimal(said(product, "vUnCom")),
        net=_with(decimal(said(product, "vProd")), adjustments),
        seller_code=said(product, "cProd"),
        standard_code=_gtin(said(product, "cEAN")),
        classifications=tuple(
            Identifier(code, name) for name in ("NCM", "CEST", "NBS") if (code := said(product, name))
        ),
        order_number=said(product, "xPed"),
        order_line=said(product, "nItemPed"),
        adjustments=adjustments,
        taxes=tuple(_line_taxes(down(found, "imposto"))),
        withholdings=tuple(_withheld_service_tax(down(found, "imposto"))),
        attributes=tuple((name, value) for name in ("CFOP", "indTot", "xMunic") if (value := said(product, name))),
        path=f"NFe/infNFe/det[{place}]",
    )


def _gtin(code: str | None) -> Identifier | None:
    return Identifier(code, "GTIN") if code and code.upper() != "SEM GTIN" else None


def _adjustments(product: Parts) -> Iterator[Adjustment]:
    """vDesc; vFrete, vSeg, vOutro."""
    if discount := decimal(said(product, "vDesc")):
        yield Adjustment(is_charge=False, amount=discount)
    for name, reason in _CHARGES:
        if amount := decimal(said(product, name)):
            yield Adjustment(is_charge=True, amount=amount, reason=reason, reason_code=name)


def _with(amount: Decimal | None, adjustments: tuple[Adjustment, ...]) -> Decimal | None:
    if amount is None:
        return None
    return sum((_signed(each) for each in adjustments), amount)


def _signed(adjustment: Adjustment) -> Decimal:
    amount = adjustment.amount or Decimal(0)
    return amount if adjustment.is_charge else -amount


def _lines_total(sums: Parts) -> Decimal | None:
    """What the lines come to: vProd − vDesc + vFrete + vSeg + vOutro."""
    return _with(decimal(said(sums, "vProd")), tuple(_adjustments(sums)))


def _line_taxes(taxes: Parts) -> Iterator[Tax]:
    """det/imposto: of each group (ICMS00, IPITrib, PISAliq, COFINSOutr…) the taxes that have an amount or a CST."""
    for name, rows in _GROUPS.items():
        for element in every(taxes, name):
            found = _flat(element)
            code = said(found, "CST", "CSOSN", "CSTIS", "cSitTrib")
            for scheme, amount, base, rate, each in rows:
                tax = _tax(found, scheme, amount, base, rate, each, code)
                if tax.amount is not None or (scheme == name and code):
                    yield tax
    yield from _reform(down(taxes, "IBSCBS"))


def _flat(element: etree._Element) -> Parts:
    """A group's parts with those of the variant within it (ICMS/ICMS00, IPI/IPITrib)."""
    found = parts(element)
    inner = next((child for children in found.values() for child in children if len(child)), None)
    return found if inner is None else {**found, **parts(inner)}


def _tax(
    found: Parts, scheme: str, amount: str, base: str | None, rate: str | None, each: str | None, code: str | None
) -> Tax:
    return Tax(
        scheme=scheme,
        amount=decimal(said(found, amount)),
        category=code,
        rate=decimal(said(found, rate)) if rate else None,
        base=decimal(said(found, base)) if base else None,
        currency="BRL",
        per_unit=decimal(said(found, each)) if each else None,
    )


def _reform(group: Parts) -> Iterator[Tax]:
    """IBSCBS of the 2026 reform: gIBSCBS/gIBSUF, gIBSMun, gCBS."""
    found = down(group, "gIBSCBS")
    base, code = decimal(said(found, "vBC")), said(group, "CST")
    for name, scheme in _REFORM:
        part = down(found, name)
        if not part:
            continue
        rate, amount = decimal(said(part, f"p{scheme}")), decimal(said(part, f"v{scheme}"))
        yield Tax(scheme, amount, code, rate, base, "BRL", reason_code=said(group, "cClassTrib"))


def _withheld_service_tax(taxes: Parts) -> Iterator[Tax]:
    amount = decimal(said(down(taxes, "ISSQN"), "vISSRet"))
    if amount:
        yield Tax("ISSQN", amount, currency="BRL")


def _taxes(total: Parts) -> Iterator[Tax]:
    """total: ICMSTot, ISSQNtot, ISTot, IBSCBSTot; what is zero there is not charged."""
    yield from _nonzero(down(total, "ICMSTot"), _TOTALS)
    yield from _nonzero(down(total, "ISSQNtot"), (("ISSQN", "vISS", "vBC"),))
    yield from _nonzero(down(total, "ISTot"), (("IS", "vIS", None),))
    reform = down(total, "IBSCBSTot")
    base = decimal(said(reform, "vBCIBSCBS"))
    ibs = down(reform, "gIBS")
    for scheme, found in (
        ("IBSUF", down(ibs, "gIBSUF")),
        ("IBSMun", down(ibs, "gIBSMun")),
        ("CBS", down(reform, "gCBS")),
    ):
        if amount := decimal(said(found, f"v{scheme}")):
            yield Tax(scheme, amount, base=base, currency="BRL")


def _withholdings(total: Parts) -> Iterator[Tax]:
    """total/retTrib, total/ISSQNtot/vISSRet."""
    yield from _nonzero(down(total, "retTrib"), _WITHHELD)
    yield from _nonzero(down(total, "ISSQNtot"), (("ISSQN", "vISSRet", None),))


def _nonzero(found: Parts, rows: tuple[tuple[str, str, str | None], ...]) -> Iterator[Tax]:
    for scheme, name, base in rows:
        if amount := decimal(said(found, name)):
            yield Tax(scheme, amount, base=decimal(said(found, base)) if base else None, currency="BRL")


def _references(ide: Parts) -> Iterator[Reference]:
    """ide/NFref: access key of an NF-e, a paper note by its number, a CT-e, a coupon of an ECF."""
    for element in every(ide, "NFref"):
        found = parts(element)
        if key := said(found, "refNFe", "refNFeSig"):
            yield Reference("invoice", None, fiscal_id=key, type_code="NFe")
        elif key := said(found, "refCTe"):
            yield Reference("additional", None, fiscal_id=key, type_code="CTe")
        for name, number in (("refNF", "nNF"), ("refNFP", "nNF"), ("refECF", "nCOO")):
            for each in every(found, name):
                inner = parts(each)
                yield Reference("invoice", said(inner, number), type_code=said(inner, "mod"))


def _purchase(found: Parts) -> Iterator[Reference]:
    """compra: order (xPed), contract (xCont), public commitment (xNEmp)."""
    for name, role in (("xPed", "order"), ("xCont", "contract"), ("xNEmp", "additional")):
        if number := said(found, name):
            yield Reference(role, number, type_code=name if role == "additional" else None)


def _instalments(charge: Parts) -> tuple[Instalment, ...]:
    """cobr/dup."""
    return tuple(
        Instalment(day(said(found, "dVenc")), decimal(said(found, "vDup")), said(found, "nDup"))
        for found in map(parts, every(charge, "dup"))
    )


def _means(found: Parts) -> Iterator[PaymentMeans]:
    """pag/detPag; in 3.10 every pag is one means itself."""
    for element in every(found, "pag"):
        within = parts(element)
        for means in map(parts, every(within, "detPag")) if "detPag" in within else (within,):
            if code := said(means, "tPag"):
                yield PaymentMeans(code=code, name=said(means, "xPag"))


def _fiscal(body: etree._Element, found: Parts, envelope: Parts, protocol: etree._Element | None) -> Fiscal:
    """infNFe/@Id without its "NFe", protNFe/infProt, infNFeSupl/qrCode."""
    ide, answer = down(found, "ide"), down(parts(protocol), "infProt")
    key = (attribute(body, "Id") or "").removeprefix("NFe") or said(answer, "chNFe")
    fat = down(down(found, "cobr"), "fat")
    # checks ask by the last part of a name, and the last of that name wins: what matters most comes last
    facts = [(f"cobr/fat/{name}", said(fat, name)) for name in ("nFat", "vOrig", "vDesc", "vLiq")]
    facts += _written(down(found, "total"))
    facts += [(name, said(ide, name)) for name in _IDE]
    facts += [(name, said(answer, name)) for name in ("chNFe", "digVal", "verAplic")]
    facts += [(f"transp/{name}", said(down(found, "transp"), name)) for name in ("modFrete",)]
    return Fiscal(
        id=key,
        id_scheme="chave de acesso" if key else None,
        authorised_at=moment(said(answer, "dhRecbto")),
        protocol=said(answer, "nProt"),
        status=said(answer, "cStat"),
        status_text=said(answer, "xMotivo"),
        environment=said(ide, "tpAmb"),
        qr=said(down(envelope, "infNFeSupl"), "qrCode"),
        software=said(ide, "verProc"),
        facts=tuple((name, value) for name, value in facts if value),
    )


def _written(total: Parts) -> Iterator[tuple[str, str | None]]:
    """Every total as written: those of ICMSTot by their bare names, the others with the name of their group."""
    for group in ("ISTot", "retTrib", "ISSQNtot", "ICMSTot"):
        prefix = "" if group == "ICMSTot" else f"{group}/"
        for name, elements in down(total, group).items():
            yield prefix + name, text(elements[0])
    yield "vNFTot", said(total, "vNFTot")
