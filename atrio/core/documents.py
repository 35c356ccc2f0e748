"""What a document says, read by its type's columns: for its page and for print."""

from django.db.models import QuerySet

from .actor import Actor
from .cells import html_writer, text_writer, web_address
from .doctypes import Column, DocumentType, Lines
from .formats import Formats
from .statements import ANY_ID, statement


def value_at(row, path: str):
    for part in path.split("__"):
        row = getattr(row, part, None)
    return row() if callable(row) else row


def facts_of(kind: DocumentType, doc, columns: tuple[Column, ...], actor: Actor, formats: Formats) -> list[dict]:
    found = []
    for column in columns:
        if not column.seen_by(actor):
            continue
        value = value_at(doc, f"{column.source}__name" if column.kind == "partner" else column.source)
        text = text_writer(column, formats, kind)(value, getattr(doc, "currency", ""))
        if text and (value or not column.if_any):
            found.append({"label": str(column.label), "value": text, "url": _url(column, text)})
    return found


def _url(column: Column, text: str) -> str:
    return web_address(text) if column.kind == "link" else ""


def lines_of(kind: DocumentType, doc, actor: Actor, formats: Formats) -> dict | None:
    if kind.lines is None:
        return None
    columns = [c for c in kind.lines.columns if c.seen_by(actor)]
    writers = [(_line_writer(c, formats), c.source) for c in columns]
    currency = getattr(doc, "currency", "")
    read = read_lines(kind, kind.lines, doc, actor, columns)
    cells = [[write(value_at(row, path), currency) for write, path in writers] for row in read]
    kept = [i for i, column in enumerate(columns) if tells(column, i, read, cells, doc)]
    return {
        "columns": [
            {"title": str(columns[i].label), "align": columns[i].align, "kind": _look(columns[i])} for i in kept
        ],
        "rows": [[row[i] for i in kept] for row in cells],
        "foot": [],
    }


def read_lines(kind: DocumentType, lines: Lines, doc, actor: Actor, columns: list[Column]) -> list:
    """The lines of a document, kept with it: panels read them again for nothing."""
    names = [*(c.source.split("__")[0] for c in columns if "__" in c.source), *lines.joined]
    field = lines.model._meta.get_field("document")

    def of_any() -> QuerySet:
        rows = lines.model._base_manager.filter(document=ANY_ID).order_by("position")
        return rows.select_related(*names) if names else rows  # without a name all that there is would be joined

    found = statement(actor, ("lines", kind.name, *names), of_any).about(doc.pk).objects()
    for one in found:
        field.set_cached_value(one, doc)
    kept = getattr(doc, lines.related).all()
    kept._result_cache, kept._prefetch_done = found, True
    doc._prefetched_objects_cache = getattr(doc, "_prefetched_objects_cache", {}) | {lines.related: kept}
    return found


def tells(column: Column, place: int, rows, cells: list[list], doc) -> bool:
    """Whether a column of the lines says anything that the page does not say already: else it only takes room."""
    if not any(row[place] for row in cells):
        return False
    values = [value_at(row, column.source) for row in rows]
    if column.kind == "date":
        return any(value != getattr(doc, column.source, None) for value in values)
    return any(values) or not column.if_any


def _line_writer(column: Column, formats: Formats):
    if column.kind == "amount":
        return lambda value, currency: formats.amount(value, currency)
    return html_writer(column, formats)


def _look(column: Column) -> str:
    """How a cell behaves when there is little room: texts wrap, codes and numbers do not."""
    return "text" if column.name == "description" else "code" if column.kind == "text" else column.kind
