"""A load from beginning to end: read, check, stage, check again, write, tell; in one transaction or not at all."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db import connection
from django.db.models.functions import Now
from procrastinate.types import JSONDict

from atrio.core import jobs
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.core.models import AsOf

from . import upsert
from .intake import Intake, Source
from .mapping import Mapping
from .matching import default_mapping
from .problems import Problems
from .rows import Files, Load
from .staging import DONE
from .types import labels, schema_of, types_by_name
from .writing import Writer

PORTION = 4_000  # documents that are typed and written at once
MANY = 1_000  # more new documents than this are a migration, and nobody is told of each


@dataclass(frozen=True)
class Order:
    """What is to be loaded, and how strictly."""

    kind: DocumentType
    files: Files
    mapping: Mapping | None = None
    dry_run: bool = False
    skip_bad: bool = False
    notify: bool | None = None  # None: unless they are many
    source: Source | None = None  # what was typed already needs no mapping


@dataclass
class Counts:
    """What became of the rows."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return round(time.monotonic() - self.started, 3)


class NotLoaded(Exception):
    """Some rows are bad, and none was to be left out; or it was only tried."""


def reader(order: Order, actor: Actor) -> Load:
    """The order's files, opened and understood by a mapping."""
    schema = schema_of(order.kind)
    mapping = order.mapping or default_mapping(schema, order.files, labels)
    if mapping.type in types_by_name():
        mapping = replace(mapping, type=types_by_name()[mapping.type].name)
    return Load(mapping, schema, order.files, {"currency": actor.portal.currency})


def load(actor: Actor, order: Order, run_id: int, counts: Counts, problems: Problems, progress: Callable) -> None:
    """Do the load in the transaction at hand; NotLoaded asks the caller to undo it."""
    with connection.cursor() as cursor:
        # Two loads of one type would overtake each other's rows; those of other types go on beside this one.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", [f"load {order.kind.name}", actor.portal.id])
    source = order.source or reader(order, actor)
    writer = Writer(order.kind, actor, run_id, source, counts, problems)
    _take_in(source, writer, Intake(order.kind, actor, source, counts, problems), lambda: progress(counts))
    counts.skipped, counts.rejected = source.skipped, problems.documents
    if problems.documents and not order.skip_bad:
        raise NotLoaded
    if writer.made:
        writer.follow()
        _announce(order, actor, run_id)
    _mark_known_until_now(actor, order.kind)
    if order.dry_run:
        raise NotLoaded


def _take_in(source: Source, writer: Writer, intake: Intake, progress: Callable[[], None]) -> None:
    """Portion after portion: while the database writes one, the next is typed."""
    drafts = source.drafts()
    while portion := list(islice(drafts, PORTION)):
        known = intake.known(portion)
        with writer.at_work():
            typed = intake.typed(portion, known)
        writer.take(intake.staged(typed, known))
        progress()
    writer.end()


def _announce(order: Order, actor: Actor, run_id: int) -> None:
    """Tell those concerned of new documents, unless they are so many that the past is being loaded."""
    told = order.kind.notifies.get("created")
    if not told or order.notify is False or order.dry_run:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {DONE} where not row_known")
        count = cursor.fetchone()[0]
    if not count or (count > MANY and not order.notify):
        return
    events = upsert.record_creations(order.kind, actor, run_id)
    asked: list[JSONDict] = [{"portal_id": actor.portal.id, "event_id": event} for event in events]
    jobs.announce.batch_defer(*asked)


def _mark_known_until_now(actor: Actor, kind: DocumentType) -> None:
    AsOf.objects.update_or_create(portal_id=actor.portal.id, doctype=kind.name, defaults={"at": Now()})
