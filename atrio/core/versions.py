"""Snapshots of a document, and what differs between two of them."""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .actor import Actor
from .cells import text_writer
from .doctypes import NUMERIC, Column, DocumentType
from .formats import Formats
from .models import Version

LINES = "lines"


def _plain(value):
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, dt.date) else value


def snapshot(doc, header: Iterable[str], line: Iterable[str]) -> dict:
    """The named fields of a document and its lines as data: labels and formats are the reader's, not the writer's."""
    lines = {str(one.position): {name: _plain(getattr(one, name)) for name in line} for one in doc.lines.all()}
    return {name: _plain(getattr(doc, name)) for name in header} | {LINES: lines}


def take(actor: Actor, doc, snapshot: dict, reason: str) -> None:
    """Keep what the document says now as its next version."""
    take_all(actor, [doc], lambda one: snapshot, reason)


def take_all(actor: Actor, docs: Iterable, snapshot: Callable[..., dict], reason: str) -> list[Version]:
    """Keep what many documents of one type say; those that say what they said before get no version."""
    docs = list(docs)
    if not docs:
        return []
    about = {"portal_id": actor.portal.id, "doctype": docs[0]._meta.app_label}
    known = Version.objects.filter(**about, document_id__in=[doc.pk for doc in docs])
    last = {v.document_id: v for v in known.order_by("document_id", "-number").distinct("document_id")}
    taken = []
    for doc in docs:
        said, before = snapshot(doc), last.get(doc.pk)
        if before is None or before.snapshot != said:
            number = before.number + 1 if before else 1
            more = {"partner_id": doc.partner_id, "reason": reason, "actor_name": actor.name}
            taken.append(Version(**about, **more, document_id=doc.pk, number=number, snapshot=said))
    return Version.objects.bulk_create(taken, batch_size=1000)


def differences(
    before: dict, after: dict, prefix: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], object, object]]:
    """Paths whose value differs, in the order of `after`; a missing side is None."""
    found = []
    for key in [*after, *(k for k in before if k not in after)]:
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, (*prefix, key))
        elif old != new:
            found.append(((*prefix, key), old, new))
    return found


class _Reader:
    """Says a snapshot's values with the columns of its document type."""

    def __init__(self, kind: DocumentType, formats: Formats, currency: str):
        self.kind, self.formats, self.currency = kind, formats, currency
        self.header = self._columns(kind.model, (*kind.facts, *kind.amounts))
        self.line = self._columns(kind.lines.model, kind.lines.columns) if kind.lines else {}

    @staticmethod
    def _columns(model: Any, columns: Iterable[Column]) -> dict[str, Column]:
        named = {c.name: c for c in columns}
        return named | {f.name: Column(f.name, f.verbose_name) for f in model._meta.fields if f.name not in named}

    def column(self, path: tuple[str, ...]) -> Column:
        known = self.line if path[0] == LINES else self.header
        return known.get(path[-1]) or Column(path[-1], path[-1])

    def place(self, path: tuple[str, ...]) -> tuple:
        """Header before lines, lines by position, fields as the page shows them (JSON keeps no order)."""
        inside = path[0] == LINES and len(path) > 1
        order = list(self.line if inside else self.header)
        number = int(path[1]) if inside and path[1].isdigit() else 0
        return inside, number, order.index(path[-1]) if path[-1] in order else len(order), path

    def label(self, path: tuple[str, ...]) -> str:
        if path[0] != LINES or len(path) < 2:
            return capfirst(str(self.column(path).label))
        line = _("Line %(number)s") % {"number": path[1]}
        return f"{line} · {capfirst(str(self.column(path).label))}" if len(path) > 2 else line

    def say(self, path: tuple[str, ...], value) -> str:
        if isinstance(value, dict):
            said = [
                self.say((*path, name), one)
                for name, one in sorted(value.items(), key=lambda v: self.place((*path, v[0])))
            ]
            return " · ".join(text for text in said if text)
        column = self.column(path)
        if value in (None, ""):
            return ""
        if column.kind == "date":
            value = dt.date.fromisoformat(value)
        elif column.kind in NUMERIC:
            value = Decimal(value)
        return text_writer(column, self.formats, self.kind)(value, self.currency)


def changes(kind: DocumentType, before: dict, after: dict, formats: Formats) -> list[dict]:
    """What differs between two snapshots, in the reader's words and formats."""
    reader = _Reader(kind, formats, after.get("currency", ""))
    found = sorted(differences(before, after), key=lambda one: reader.place(one[0]))
    return [
        {"label": reader.label(path), "before": reader.say(path, old), "after": reader.say(path, new)}
        for path, old, new in found
    ]
