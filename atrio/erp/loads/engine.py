"""A load from beginning to end: read, check, stage, check again, write, tell; in one transaction or not at all."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from itertools import islice
from typing import Protocol

import msgspec
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models.functions import Now
from procrastinate.types import JSONDict

from atrio.core import files, jobs, search
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.core.models import AsOf, File

from . import checks, upsert
from .mapping import Mapping
from .matching import default_mapping
from .problems import Problems
from .rows import BadRow, Files, Load, Problem, Row
from .schema import KEY, POSITION
from .staging import HEADER, XML, Stage, Staged
from .tables import OF_HEADER, OF_LINE, layout_of, line_model, quoted
from .types import fill_amounts, labels, model_field, rules, schema_of, types_by_name
from .values import Reason, Refused, _

BATCH = 5_000
MANY = 1_000  # more new documents than this are a migration, and nobody is told of each
ENCODER = msgspec.json.Encoder(order="sorted")


class Source(Protocol):
    """Where typed rows come from: files read by a mapping, or what a program sent."""

    @property
    def skipped(self) -> int:
        """How many rows were left out on purpose."""

    def rows(self) -> Iterator[Row | BadRow]:
        """Every document, good or bad; all of them with the same values."""

    def label(self, name: str) -> str:
        """What the sender calls a field."""


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
    prepared = _prepared(order.kind, source.rows(), counts, problems)
    stage, names, number = None, None, 0
    while batch := list(islice(prepared, BATCH)):
        if names is None:
            names = _names(batch[0][1])
        fresh = []
        for line, data, known, digest, tokens in _changed(order.kind, actor, batch, counts):
            number += 1
            fresh.append(Staged(number, line, known, digest, tokens, data))
        if fresh:
            stage = stage or _make_stage(order.kind, names)
            stage.copy(fresh)
        progress(counts)
    counts.skipped = source.skipped
    counts.rejected = problems.documents
    if stage is not None:
        stage.analyze()
    return stage


def _prepared(
    kind: DocumentType, rows: Iterable[Row | BadRow], counts: Counts, problems: Problems
) -> Iterator[tuple[int, dict]]:
    """Good rows with what follows from them filled in; bad ones go to the problems."""
    for row in rows:
        counts.read += 1
        if isinstance(row, BadRow):
            problems.add(row.problems)
            continue
        try:
            yield row.line, _prepare(kind, row.data)
        except Refused as refused:
            problems.add([Problem("", row.line, "", "", refused.reason)])
        except ValidationError as refused:
            reason = Reason("refused", "%(message)s", {"message": " ".join(refused.messages)})
            problems.add([Problem("", row.line, "", "", reason)])


def _prepare(kind: DocumentType, data: dict) -> dict:
    fill_amounts(kind, data)
    if rules(kind).prepare:
        data = rules(kind).prepare(data)
    if data.get(XML):
        files.check("invoice.xml", _xml_bytes(data[XML]))
    if any(line.get(POSITION, 0) >= upsert.ASIDE for line in data.get("lines", ())):
        raise Refused("position_too_large", _("A line's position is too large."))
    for name in _mandatory(kind.name):
        if data.get(name, name) is None:
            raise Refused("required", _("A value is required for “%(field)s”."), field=name)
    return data


@cache
def _mandatory(name: str) -> tuple[str, ...]:
    """The values without which the table would refuse a row."""
    kind = types_by_name()[name]
    stored = [(one.name, model_field(kind.model, one.name)) for one in rules(kind).fields]
    return tuple(
        name
        for name, column in stored
        if column is not None and not (column.null or column.has_default() or column.empty_strings_allowed)
    )


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


def _changed(kind: DocumentType, actor: Actor, batch: list[tuple[int, dict]], counts: Counts) -> Iterator[tuple]:
    """The rows of a batch that the tables do not have just so already."""
    numbers, texts = kind.search.numbers, kind.search.texts
    absent = [name for name in (*numbers, *texts) if name not in batch[0][1] and model_field(kind.model, name)]
    known = _known(kind, actor, [data[KEY] for _line, data in batch], absent)
    for line, data in batch:
        digest = blake2b(ENCODER.encode(data), digest_size=16, person=kind.name.encode()[:16]).digest()
        before = known.get(data[KEY])
        if before and before[0] is not None and bytes(before[0]) == digest:
            counts.unchanged += 1
            continue
        counts.updated += before is not None
        counts.created += before is None
        said = data if not absent else dict(zip(absent, before[1:] if before else (), strict=False)) | data
        tokens = search.tokens(
            actor.portal.id,
            numbers=[str(said.get(name) or "") for name in numbers],
            texts=[str(said.get(name) or "") for name in texts],
        )
        yield line, data, before is not None, digest, tokens


def _known(kind: DocumentType, actor: Actor, keys: list[str], names: list[str]) -> dict[str, tuple]:
    columns = "".join(f", {quoted(name)}" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select external_id, source_hash{columns} from {quoted(kind.model._meta.db_table)} "
            "where portal_id = %s and external_id = any(%s)",
            [actor.portal.id, keys],
        )
        return {row[0]: row[1:] for row in cursor}


# --- checking and writing -------------------------------------------------------------------------------------------


def _check(stage: Stage, order: Order, actor: Actor, source: Source, counts: Counts, problems: Problems) -> None:
    """Find what is wrong among the staged rows; take it out and look again, until the rest holds."""
    portal_id = actor.portal.id
    checks.resolve(stage, portal_id)
    while True:
        found = list(checks.faults(stage, portal_id))
        found += [
            checks.Fault(number, line, POSITION, value, reason)
            for number, line, value, reason in upsert.lost_lines(stage, order.kind, portal_id)
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
    try:
        ids = upsert.write(stage, kind, actor, run_id)
    except IntegrityError as problem:
        raise Refused("conflict", _("The database refused it: %(detail)s."), detail=_detail(problem)) from problem
    if len(ids) > MANY:
        upsert.analyze(kind)
    _attach_xml(kind, actor)
    upsert.record_changes(kind, actor, run_id)
    if ids and rules(kind).after:
        rules(kind).after(actor, ids)
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
        files.keep(actor, doc, f"{doc.number}.xml", _xml_bytes(text), role=XML)


def _xml_bytes(text: str) -> bytes:
    """The document in the encoding that it declares, as far as that encoding can say it."""
    start, mark, rest = text[:200].partition('encoding="')
    declared = rest.split('"')[0] if mark else "utf-8"
    try:
        return text.encode(declared)
    except (LookupError, UnicodeEncodeError):
        return text.replace(f'encoding="{declared}"', 'encoding="UTF-8"', 1).encode()


def _mark_known_until_now(actor: Actor, kind: DocumentType) -> None:
    AsOf.objects.update_or_create(portal_id=actor.portal.id, doctype=kind.name, defaults={"at": Now()})
