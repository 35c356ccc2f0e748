"""From typed rows to the tables: staged, checked and written a portion at a time; what follows, once at the end."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection

from atrio.core import files
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.core.models import File

from . import adoption, checks, upsert
from .intake import Counts, Source
from .problems import Problems
from .rows import Problem
from .sql import rows
from .staging import DONE, HEADER, XML, Stage, Staged, xml_bytes
from .tables import OF_HEADER, OF_LINE, layout_of, line_model
from .types import rules
from .values import Refused, _

MANY = 1_000  # more rows than this may be news to the planner


class Writer:
    """What one load writes: new documents while the next ones are typed, all else in one piece at the end.

    Nobody sees new documents before the load is done, so nobody waits for them. Who wants to change a document that is
    there already, or to count on what a type's `before` takes, is to wait as short a time as can be; and a partner may
    name one that comes later in its file."""

    def __init__(
        self, kind: DocumentType, actor: Actor, run_id: int, source: Source, counts: Counts, problems: Problems
    ):
        self.kind, self.actor, self.run_id, self.source = kind, actor, run_id, source
        self.counts, self.problems = counts, problems
        self.stage: Stage | None = None
        self.waiting = False  # something is staged and not written yet
        load = rules(kind)
        self.whole = load.before is not None or bool(load.adopts)  # to be written in one piece
        self.before: Any = None

    @property
    def made(self) -> bool:
        """Whether there is anything that was new or changed."""
        return self.stage is not None

    def take(self, portion: list[Staged]) -> None:
        """Stage a portion, and check it if it is to be written next."""
        if not portion:
            return
        if self.stage is None:
            self.stage = _stage(self.kind, portion[0].data)
            upsert.make_done()
        self.whole = self.whole or self.stage.names_itself or any(row.known for row in portion)
        if not self.waiting:
            self.stage.create()
        self.stage.copy(portion)
        self.waiting = True
        if not self.whole:
            self._check(self.stage)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The database writes what may be written, while we do something else that leaves it alone."""
        if self.stage is None or not self.waiting or self.whole:
            yield
            return
        try:
            with connection.wrap_database_errors, connection.connection.pipeline():
                upsert.write(self.stage, self.kind, self.actor, self.run_id, known=False)
                yield
        except IntegrityError as problem:
            raise _conflict(problem) from problem
        _attach_xml(self.kind, self.actor)
        self.waiting = False

    def end(self) -> None:
        """Write all that is left."""
        if self.stage is None or not self.waiting:
            return
        known, load = list[int](), rules(self.kind)
        if self.whole:
            self._check(self.stage)
            known = upsert.known_ids()
            self.before = load.before(self.actor, known) if load.before else None
            adoption.rename(self.kind, self.actor)
        try:
            upsert.write(self.stage, self.kind, self.actor, self.run_id, known=bool(known))
        except IntegrityError as problem:
            raise _conflict(problem) from problem
        _attach_xml(self.kind, self.actor)

    def follow(self) -> None:
        """What is done once for all that was written: events, references, counts, the ledger."""
        ids = [row[0] for row in rows(f"select id from {DONE} order by id")]
        if len(ids) > MANY:
            upsert.analyze(self.kind, len(ids))
        upsert.record_changes(self.kind, self.actor, self.run_id)
        upsert.check_references()
        load = rules(self.kind)
        if load.after:  # from here on others may wait: a person who approves, for the ledger
            load.after(self.actor, ids, *([self.before] if load.before else []))

    def _check(self, stage: Stage) -> None:
        """Find what is wrong among the staged rows; take it out and look again, until the rest holds."""
        portal_id = self.actor.portal.id
        stage.analyze()
        checks.resolve(stage, portal_id)
        adopted = adoption.adopt(stage, self.kind, portal_id)
        self.counts.created -= adopted
        self.counts.updated += adopted
        while found := [*checks.faults(stage, portal_id), *upsert.lost_lines(stage, self.kind)]:
            by_document: dict[int, list[Problem]] = {}
            for fault in found:
                problem = Problem("", fault.line, self.source.label(fault.name), fault.value, fault.reason)
                by_document.setdefault(fault.number, []).append(problem)
            for mine in by_document.values():
                self.problems.add(mine)
            self._uncount(stage, list(by_document))

    def _uncount(self, stage: Stage, numbers: list[int]) -> None:
        known = rows(f"select row_known from {HEADER} where row_no = any(%s)", [numbers])
        updated = sum(row[0] for row in known)
        self.counts.updated -= updated
        self.counts.created -= len(known) - updated
        stage.remove(numbers)


def _stage(kind: DocumentType, data: dict) -> Stage:
    """Tables as wide as the rows of this load, which all have the same values."""
    header = layout_of(kind.model, rules(kind).fields, tuple(data), OF_HEADER)
    if data.get("lines") is None:
        return Stage(header, None)
    # A first document without lines says nothing of the others' lines: then all that may be sent is staged.
    given = tuple(data["lines"][0]) if data["lines"] else [one.name for one in rules(kind).lines]
    return Stage(header, layout_of(line_model(kind), rules(kind).lines, given, OF_LINE))


def _conflict(problem: IntegrityError) -> Refused:
    diagnosis = getattr(problem.__cause__, "diag", None)
    detail = str(diagnosis.message_detail or diagnosis.message_primary) if diagnosis else str(problem)
    return Refused("conflict", _("The database refused it: %(detail)s."), detail=detail)


def _attach_xml(kind: DocumentType, actor: Actor) -> None:
    """Keep the electronic documents that came with the rows, each in the place of the one before."""
    if not any(one.kind == XML for one in rules(kind).fields):
        return
    for pk, text in rows(f"select id, row_xml from {HEADER} where row_xml is not null"):
        doc = kind.model.objects.get(pk=pk, portal_id=actor.portal.id)
        File.objects.filter(portal_id=actor.portal.id, doctype=kind.name, document_id=pk, role=XML).delete()
        files.keep(actor, doc, f"{doc.number}.xml", xml_bytes(text), role=XML)
