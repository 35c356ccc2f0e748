"""A load from beginning to end: read, check, stage, check again, write, tell; in one transaction or not at all."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db import IntegrityError, connection
from django.db.models.functions import Now
from procrastinate.types import JSONDict

from atrio.core import files, jobs
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.core.models import AsOf, File

from . import adoption, checks, upsert
from .intake import Intake, Source
from .mapping import Mapping
from .matching import default_mapping
from .problems import Problems
from .rows import Files, Load, Problem
from .schema import POSITION
from .staging import HEADER, XML, Stage, xml_bytes
from .tables import OF_HEADER, OF_LINE, layout_of, line_model
from .types import labels, rules, schema_of, types_by_name
from .values import Refused, _

BATCH = 1_000
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
    stage = _stage(actor, order, source, counts, problems, progress)
    if stage is not None:
        _check(stage, order, actor, source, counts, problems)
        counts.rejected = problems.documents
    if problems.documents and not order.skip_bad:
        raise NotLoaded
    if stage is not None:
        _write(stage, order, actor, run_id)
    _mark_known_until_now(actor, order.kind)
    if order.dry_run:
        raise NotLoaded


# --- reading and staging --------------------------------------------------------------------------------------------


def _stage(
    actor: Actor, order: Order, source: Source, counts: Counts, problems: Problems, progress: Callable
) -> Stage | None:
    """Put what is new or changed into the staging tables; None when nothing is."""
    drafts, stage = source.drafts(), None
    intake = Intake(order.kind, actor, source, counts, problems)
    while batch := list(islice(drafts, BATCH)):
        fresh = intake.fresh(batch)
        if fresh:
            stage = stage or _make_stage(order.kind, _names(fresh[0].data))
            stage.copy(fresh)
        progress(counts)
    counts.skipped = source.skipped
    counts.rejected = problems.documents
    if stage is not None:
        stage.analyze()
    return stage


def _names(data: dict) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The values that every row of this load has, and every line."""
    lines = data.get("lines")
    if lines is None:
        return tuple(data), None
    return tuple(data), tuple(lines[0]) if lines else ()


def _make_stage(kind: DocumentType, names: tuple) -> Stage:
    header = layout_of(kind.model, rules(kind).fields, names[0], OF_HEADER)
    lines = None
    if names[1] is not None:
        # A first document without lines says nothing of the others' lines: then all that may be sent is staged.
        given = names[1] or [one.name for one in rules(kind).lines]
        lines = layout_of(line_model(kind), rules(kind).lines, given, OF_LINE)
    stage = Stage(header, lines)
    stage.create()
    return stage


# --- checking and writing -------------------------------------------------------------------------------------------


def _check(stage: Stage, order: Order, actor: Actor, source: Source, counts: Counts, problems: Problems) -> None:
    """Find what is wrong among the staged rows; take it out and look again, until the rest holds."""
    portal_id = actor.portal.id
    checks.resolve(stage, portal_id)
    adopted = adoption.adopt(stage, order.kind, portal_id)
    counts.created -= adopted
    counts.updated += adopted
    while True:
        found = list(checks.faults(stage, portal_id))
        found += [
            checks.Fault(number, line, POSITION, value, reason)
            for number, line, value, reason in upsert.lost_lines(stage, order.kind)
        ]
        if not found:
            return
        by_document: dict[int, list[Problem]] = {}
        for fault in found:
            problem = Problem("", fault.line, source.label(fault.name), fault.value, fault.reason)
            by_document.setdefault(fault.number, []).append(problem)
        for mine in by_document.values():
            problems.add(mine)
        _uncount(stage, set(by_document), counts)


def _uncount(stage: Stage, numbers: set[int], counts: Counts) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) filter (where row_known), count(*) filter (where not row_known) from {HEADER} "
            "where row_no = any(%s)",
            [list(numbers)],
        )
        updated, created = cursor.fetchone()
    counts.updated -= updated
    counts.created -= created
    stage.remove(numbers)


def _write(stage: Stage, order: Order, actor: Actor, run_id: int) -> None:
    kind = order.kind
    load = rules(kind)
    before = load.before(actor, upsert.known_ids()) if load.before else None
    adoption.rename(kind, actor)
    try:
        ids = upsert.write(stage, kind, actor, run_id)
    except IntegrityError as problem:
        raise Refused("conflict", _("The database refused it: %(detail)s."), detail=_detail(problem)) from problem
    if len(ids) > MANY:
        upsert.analyze(kind, len(ids))
    _attach_xml(kind, actor)
    upsert.record_changes(kind, actor, run_id)
    upsert.check_references()
    if load.after:  # from here on others may wait: a person who approves, for the ledger
        load.after(actor, ids, *([before] if load.before else []))
    _announce(order, actor, run_id)


def _detail(problem: IntegrityError) -> str:
    diagnosis = getattr(problem.__cause__, "diag", None)
    return str(diagnosis.message_detail or diagnosis.message_primary) if diagnosis else str(problem)


def _announce(order: Order, actor: Actor, run_id: int) -> None:
    """Tell those concerned of new documents, unless they are so many that the past is being loaded."""
    told = order.kind.notifies.get("created")
    if not told or order.notify is False or order.dry_run:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {HEADER} where not row_known")
        count = cursor.fetchone()[0]
    if not count or (count > MANY and not order.notify):
        return
    events = upsert.record_creations(order.kind, actor, run_id)
    asked: list[JSONDict] = [{"portal_id": actor.portal.id, "event_id": event} for event in events]
    jobs.announce.batch_defer(*asked)


def _attach_xml(kind: DocumentType, actor: Actor) -> None:
    """Keep the electronic documents that came with the rows, each in the place of the one before."""
    if not any(one.kind == XML for one in rules(kind).fields):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"select id, row_xml from {HEADER} where row_xml is not null")
        given = cursor.fetchall()
    for pk, text in given:
        doc = kind.model.objects.get(pk=pk, portal_id=actor.portal.id)
        File.objects.filter(portal_id=actor.portal.id, doctype=kind.name, document_id=pk, role=XML).delete()
        files.keep(actor, doc, f"{doc.number}.xml", xml_bytes(text), role=XML)


def _mark_known_until_now(actor: Actor, kind: DocumentType) -> None:
    AsOf.objects.update_or_create(portal_id=actor.portal.id, doctype=kind.name, defaults={"at": Now()})
