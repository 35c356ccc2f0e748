"""From a document to its printed form: the type's own columns, in the reader's language and formats."""

import re

from django.core.files.storage import default_storage
from django.utils import translation
from django.utils.translation import gettext as _

from . import files, pdf
from .actor import Actor
from .cells import text_writer
from .doctypes import DocumentType
from .documents import facts_of, read_lines, tells, value_at
from .formats import Formats, formats_of


def file_name(kind: DocumentType, doc) -> str:
    return re.sub(r"[^\w.-]+", "_", f"{kind.name}-{doc.number}", flags=re.ASCII)[:80] + ".pdf"


def letterhead(actor: Actor) -> dict:
    portal = actor.portal
    return {
        "name": portal.name,
        "legal_name": portal.legal_name,
        "tax_id": portal.tax_id,
        "address": portal.address,
        "email": portal.email,
        "phone": portal.phone,
        "accent": portal.accent or pdf.ACCENT,
    }


def logo_of(actor: Actor) -> bytes | None:
    """The picture that heads what is printed; a portal whose picture is lost prints its name."""
    name = actor.portal.logo
    if not name:
        return None
    try:
        with default_storage.open(name) as stream:
            return stream.read()
    except OSError:
        return None


def party_of(partner, label: str) -> dict:
    details = [partner.tax_id, partner.address, " ".join(filter(None, [partner.postal_code, partner.city]))]
    return {"label": label, "name": partner.name, "details": [line for line in [*details, partner.email] if line]}


def lines_part(kind: DocumentType, doc, actor: Actor, formats: Formats) -> dict:
    """The document's lines and totals as one printed table."""
    columns = (
        [c for c in kind.lines.columns if c.seen_by(actor) and c.printed and c.kind != "state"] if kind.lines else []
    )
    cells, currency = [], getattr(doc, "currency", "")
    if kind.lines:
        rows = read_lines(kind, kind.lines, doc, actor, columns)
        writers = [(_printed(c, formats), c.source) for c in columns]
        cells = [[write(value_at(row, path), currency) for write, path in writers] for row in rows]
        kept = [i for i, column in enumerate(columns) if not rows or tells(column, i, rows, cells, doc)]
        columns, cells = [columns[i] for i in kept], [[row[i] for i in kept] for row in cells]
        columns, cells = _codes_beneath(columns, cells)
    totals = facts_of(kind, doc, kind.amounts, actor, formats)
    return {
        "columns": [
            {"title": str(c.label), "align": "right" if c.align == "end" else "left"}
            | ({"width": 1} if c.name == "description" else {})
            for c in columns
        ],
        "lines": cells,
        "totals": [[t["label"], t["value"], i == len(totals) - 1] for i, t in enumerate(totals)],
    }


def _codes_beneath(columns: list, cells: list[list]) -> tuple[list, list[list]]:
    """A product's code stands under its description: paper is narrow."""
    names = [c.name for c in columns]
    if not {"product_code", "description"} <= set(names):
        return columns, cells
    code, description = names.index("product_code"), names.index("description")
    for row in cells:
        if row[code]:
            row[description] = [row[description], row[code]] if row[description] else row[code]
    return columns[:code] + columns[code + 1 :], [row[:code] + row[code + 1 :] for row in cells]


def _printed(column, formats: Formats):
    if column.kind == "amount":
        return lambda value, currency: formats.amount(value, currency)
    return text_writer(column, formats)


def data_of(kind: DocumentType, doc, actor: Actor) -> dict:
    formats = formats_of(actor)
    partner = getattr(doc, "partner", None)
    data = {
        "title": str(kind.noun),
        "number": doc.number,
        "state": str(doc.get_state_display()),
        "portal": letterhead(actor),
        "facts": [[f["label"], f["value"]] for f in facts_of(kind, doc, kind.facts, actor, formats)],
        "parties": [party_of(partner, str(kind.partner_label))] if partner else [],
        "parts": [lines_part(kind, doc, actor, formats)],
        "footer": _("Printed from the portal of %(name)s on %(date)s.")
        % {"name": actor.portal.name, "date": formats.date(formats.today())},
        "page_label": _("Page {page} of {pages}"),
    }
    return kind.printed(actor, doc, data) if kind.printed else data


def pdf_of(kind: DocumentType, doc, actor: Actor) -> bytes:
    """The document as PDF/A-3; its XML travels inside where there is one."""
    attached = []
    for file in files.of_document(actor, doc, role="xml"):
        with files.open_file(file) as stream:
            attached.append(pdf.Attachment(file.name, stream.read(), file.content_type, str(kind.noun)))
    language = translation.get_language() or actor.language
    data = data_of(kind, doc, actor)
    return pdf.render(pdf.DOCUMENT, data, attachments=attached, logo=logo_of(actor), language=language)
