"""What Colombia's DIAN adds to UBL 2.1 (technical annex 1.9): extension, parts of CUFE and CUDE, AttachedDocument.

`Fiscal.facts` has, by the annex's names and as they are written: NumFac, FecFac, HorFac, ValFac, ValImp01 (IVA),
ValImp04 (INC), ValImp03 (ICA), ValTot, NitOFE, NumAdq and TipoAmb, of which CUFE, CUDE and CUDS are made together with
a key that no document has; and the elements of sts:DianExtensions that a check needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lxml import etree

from ..errors import Limits, NotRead
from ..model import Document, Fiscal, Kind
from ..values import moment
from ..xml import Names, Parts, attribute, first, first_text, local, parse_text, parts
from .ubl_amounts import amount, total
from .ubl_names import CAC, CBC, MONETARY_TOTALS, NAMES

CONTAINER = "AttachedDocument"
_STS = (
    "dian:gov:co:facturaelectronica:Structures-2-1",
    "http://www.dian.gov.co/contratos/facturaelectronica/v1/Structures",
)
_NAMES = Names((*_STS, CBC, CAC))
_CODES = ("CUFE", "CUDE", "CUDS")
_TAXES = ("01", "04", "03")  # in the order in which CUFE has them


def speaks(found: Parts) -> bool:
    """By what the document says of itself: its profile, the kind of its UUID, the DIAN's extension."""
    if "DIAN" in (first_text(found, "ProfileID") or "").upper():
        return True
    if (attribute(first(found, "UUID"), "schemeName") or "").upper().startswith(_CODES):
        return True
    return _extension(found) is not None


def contents(extensions: etree._Element) -> Iterator[etree._Element]:
    """What stands in ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent."""
    for extension in parts(extensions, NAMES).get("UBLExtension", ()):
        for content in parts(extension, NAMES).get("ExtensionContent", ()):
            yield from content


def _extension(found: Parts) -> etree._Element | None:
    for extensions in found.get("UBLExtensions", ()):
        for content in contents(extensions):
            if local(content) == "DianExtensions" and _NAMES[content.tag]:
                return content
    return None


def completed(document: Document, found: Parts) -> Document:
    """The document with sts:DianExtensions and the parts of its fiscal code."""
    extension = parts(_extension(found), _NAMES)
    control = parts(first(extension, "InvoiceControl"), _NAMES)
    software = parts(first(extension, "SoftwareProvider"), _NAMES)
    environment = first_text(found, "ProfileExecutionID") or attribute(first(found, "UUID"), "schemeID")
    facts = [*_code_parts(document, found, environment), *_extension_facts(extension, control, software)]
    facts += [("operation", document.profile), ("PaymentMeans/ID", _payment_form(found)), *_correction(found)]
    fiscal = replace(
        document.fiscal,
        environment=environment,
        qr=first_text(extension, "QRCode"),
        software=first_text(software, "SoftwareID"),
        authorisation=first_text(control, "InvoiceAuthorization"),
        facts=tuple((name, value) for name, value in facts if value),
    )
    return replace(document, fiscal=fiscal)


def _code_parts(document: Document, found: Parts, environment: str | None) -> list[tuple[str, str | None]]:
    monetary: Parts = {}
    for name in MONETARY_TOTALS:
        if name in found:
            monetary = parts(first(found, name), NAMES)
            break
    supplier, customer = document.supplier, document.customer
    return [
        ("NumFac", document.number),
        ("FecFac", first_text(found, "IssueDate")),
        ("HorFac", document.issue_time),
        ("ValFac", first_text(monetary, "LineExtensionAmount")),
        *((f"ValImp{code}", _tax_of(found, code)) for code in _TAXES),
        ("ValTot", first_text(monetary, "PayableAmount")),
        ("NitOFE", supplier.tax_id.normalised if supplier and supplier.tax_id else None),
        ("NumAdq", customer.tax_id.normalised if customer and customer.tax_id else None),
        ("TipoAmb", environment),
    ]


def _tax_of(found: Parts, code: str) -> str | None:
    """The TaxAmount of the cac:TaxTotal of one tax, as it is written where there is one."""
    own = [one for one in (parts(element, NAMES) for element in found.get("TaxTotal", ())) if _code(one) == code]
    if len(own) == 1:
        return first_text(own[0], "TaxAmount")
    added = total(amount(one, "TaxAmount") for one in own)
    return None if added is None else format(added, "f")


def _code(tax_total: Parts) -> str | None:
    category = parts(first(parts(first(tax_total, "TaxSubtotal"), NAMES), "TaxCategory"), NAMES)
    return first_text(parts(first(category, "TaxScheme"), NAMES), "ID")


def _extension_facts(extension: Parts, control: Parts, software: Parts) -> list[tuple[str, str | None]]:
    period = parts(first(control, "AuthorizationPeriod"), _NAMES)
    numbers = parts(first(control, "AuthorizedInvoices"), _NAMES)
    return [
        ("AuthorizationPeriod/StartDate", first_text(period, "StartDate")),
        ("AuthorizationPeriod/EndDate", first_text(period, "EndDate")),
        ("AuthorizedInvoices/Prefix", first_text(numbers, "Prefix")),
        ("AuthorizedInvoices/From", first_text(numbers, "From")),
        ("AuthorizedInvoices/To", first_text(numbers, "To")),
        ("SoftwareProvider/ProviderID", first_text(software, "ProviderID")),
        ("SoftwareSecurityCode", first_text(extension, "SoftwareSecurityCode")),
    ]


def _payment_form(found: Parts) -> str | None:
    """1: paid at once, 2: on credit (table 13.3.4.1); RADIAN is about those on credit."""
    return first_text(parts(first(found, "PaymentMeans"), NAMES), "ID")


def _correction(found: Parts) -> list[tuple[str, str | None]]:
    answer = parts(first(found, "DiscrepancyResponse"), NAMES)
    return [("DiscrepancyResponse/ResponseCode", first_text(answer, "ResponseCode"))]


# --- AttachedDocument


def unpacked(
    root: etree._Element,
    limits: Limits,
    recognises: Callable[[etree._Element], bool],
    read: Callable[[etree._Element], Document],
) -> Document:
    """The document inside a cac:Attachment, with the DIAN's answer of cac:ParentDocumentLineReference."""
    found = parts(root, NAMES)
    inner = _inside(first(found, "Attachment"), limits)
    if inner is None:
        raise NotRead("attached_empty")
    if local(inner) == CONTAINER or not recognises(inner):
        raise NotRead("not_recognised", found=f"{CONTAINER}: {local(inner)}")
    document = replace(read(inner), carried_by=CONTAINER)
    answer, result = _answer(found, limits)
    response = read(answer) if answer is not None and local(answer) != CONTAINER and recognises(answer) else None
    if response is not None and response.kind is not Kind.APPLICATION_RESPONSE:
        response = None
    return replace(document, response=response, fiscal=_validated(document.fiscal, response, result))


def _inside(attachment: etree._Element | None, limits: Limits) -> etree._Element | None:
    """The XML that stands as text in cac:ExternalReference/cbc:Description."""
    external = parts(first(parts(attachment, NAMES), "ExternalReference"), NAMES)
    written = first_text(external, "Description")
    return parse_text(written, limits) if written else None


def _answer(found: Parts, limits: Limits) -> tuple[etree._Element | None, Parts]:
    """What the DIAN said; the attached invoice is none the worse where its answer cannot be read."""
    for element in found.get("ParentDocumentLineReference", ()):
        named = parts(first(parts(element, NAMES), "DocumentReference"), NAMES)
        result = parts(first(named, "ResultOfVerification"), NAMES)
        try:
            answer = _inside(first(named, "Attachment"), limits)
        except NotRead:
            answer = None
        if answer is not None or result:
            return answer, result
    return None, {}


def _validated(fiscal: Fiscal, response: Document | None, result: Parts) -> Fiscal:
    date, time = first_text(result, "ValidationDate"), first_text(result, "ValidationTime")
    return replace(
        fiscal,
        authorised_at=moment(f"{date}T{time}") if date and time else None,
        protocol=response.fiscal.id if response else None,
        status=(response.fiscal.status if response else None) or first_text(result, "ValidationResultCode"),
        status_text=response.fiscal.status_text if response else None,
    )
