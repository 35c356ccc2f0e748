"""From staged rows to the tables: one statement for all headers, a few for all lines, none per row."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from collections.abc import Iterator

from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType
from atrio.core.models import Document

from .checks import Fault
from .schema import KEY, POSITION
from .sql import rows, run
from .staging import DONE, HEADER, LINE, Stage
from .tables import Layout, line_model, quoted
from .values import Reason, _

ASIDE = 1_000_000  # lines are moved past this place while others take theirs


def make_done() -> None:
    """The table of what this load has written."""
    run(f"drop table if exists {DONE}")
    run(f"create temp table {DONE} (id bigint, row_known bool) on commit drop")


def write(stage: Stage, kind: DocumentType, actor: Actor, load_id: int, *, known: bool) -> None:
    """Create what is staged, change what of it is known, and have the foreign keys checked.

    No statement gives anything back: they may be sent one after the other without a look at their results."""
    if known:
        _change_headers(stage.header, born_here=issubclass(kind.model, Document))
    _new_headers(stage.header, actor.portal.id, load_id)
    _self_references(stage.header, actor.portal.id)
    if stage.lines and known:
        _change_lines(stage.lines)
    if stage.lines:
        _new_lines(stage.lines, actor.portal.id)
    if stage.lines and known:
        _drop_lines(stage.lines)
    run(f"insert into {DONE} select id, row_known from {HEADER}")
    check_references()


def known_ids() -> list[int]:
    """The documents that are about to change."""
    return [row[0] for row in rows(f"select id from {HEADER} where row_known order by id")]


def _filled(layout: Layout) -> list[str]:
    return [place.column for place in layout.places if not layout.points_at_itself(place)]


def _change_headers(layout: Layout, *, born_here: bool) -> None:
    """Only what was sent: columns that the file does not have stay as they are. What was born here the ERP has now."""
    changes = [f"{quoted(column)} = s.{quoted(column)}" for column in (KEY, "source_hash", *_filled(layout))]
    if born_here:
        changes.append("erp_state = case t.erp_state when 'none' then 'none' else 'acknowledged' end")
    run(
        f"update {quoted(layout.table)} t set {', '.join(changes)}, search = s.row_tokens, version = t.version + 1, "
        f"updated_at = now() from {HEADER} s where s.row_known and t.id = s.id"
    )


def _new_headers(layout: Layout, portal_id: int, load_id: int) -> None:
    filled = _filled(layout)
    begun = [place.column for place in layout.places if layout.points_at_itself(place)]
    own = ["id", "portal_id", KEY, "source_hash", "search", "load_id", "version", "created_at", "updated_at"]
    values = ["s.id", "%s", "s.external_id", "s.source_hash", "s.row_tokens", "%s", "1", "now()", "now()"]
    columns = own + filled + list(layout.beginnings) + begun
    values += [f"s.{quoted(column)}" for column in filled] + ["%s"] * len(layout.beginnings) + ["null"] * len(begun)
    run(
        f"insert into {quoted(layout.table)} ({', '.join(map(quoted, columns))}) "
        f"select {', '.join(values)} from {HEADER} s where not s.row_known",
        [portal_id, load_id, *layout.beginnings.values()],
    )


def _self_references(layout: Layout, portal_id: int) -> None:
    table = quoted(layout.table)
    for place in layout.pointers:
        if layout.points_at_itself(place):
            run(
                f"update {table} t set {quoted(place.column)} = (select other.id from {table} other "
                f"where other.portal_id = %s and other.external_id = s.{quoted(place.staged)}) "
                f"from {HEADER} s where t.id = s.id",
                [portal_id],
            )


def _change_lines(layout: Layout) -> None:
    """Lines keep their rows, for other documents point at them: matched by their key, else by their place."""
    table = quoted(layout.table)
    run(
        f"update {table} l set position = l.position + {ASIDE} from {HEADER} s "
        "where s.row_known and l.document_id = s.id"
    )
    for test in _matches(layout):
        run(
            f"update {LINE} x set id = l.id from {table} l where x.id is null and l.document_id = x.document_id "
            f"and {test} and not exists (select 1 from {LINE} taken where taken.id = l.id)"
        )
    changes = ", ".join(f"{quoted(place.column)} = x.{quoted(place.column)}" for place in layout.places)
    run(f"update {table} l set {changes} from {LINE} x where x.id = l.id")


def _new_lines(layout: Layout, portal_id: int) -> None:
    columns = [place.column for place in layout.places]
    names = ["portal_id", "document_id", *columns, *layout.beginnings]
    values = ["%s", "x.document_id", *(f"x.{quoted(column)}" for column in columns), *["%s"] * len(layout.beginnings)]
    run(
        f"insert into {quoted(layout.table)} ({', '.join(map(quoted, names))}) select {', '.join(values)} "
        f"from {LINE} x where x.id is null",
        [portal_id, *layout.beginnings.values()],
    )


def _drop_lines(layout: Layout) -> None:
    """What the documents do not have any more."""
    run(
        f"delete from {quoted(layout.table)} l using {HEADER} s "
        f"where s.row_known and l.document_id = s.id and l.position >= {ASIDE}"
    )


def _matches(layout: Layout) -> list[str]:
    by_place = f"l.position = x.{POSITION} + {ASIDE}"
    if not any(place.name == KEY for place in layout.places):
        return [by_place]
    return [
        "x.external_id <> '' and l.external_id = x.external_id",
        f"(x.external_id = '' or l.external_id = '') and {by_place}",
    ]


def lost_lines(stage: Stage, kind: DocumentType) -> Iterator[Fault]:
    """Documents whose lines would go although others point at them: what was received cannot be un-ordered."""
    if stage.lines is None:
        return
    table, keyed = quoted(stage.lines.table), any(place.name == KEY for place in stage.lines.places)
    kept = "x.position = l.position" + (" or (x.external_id <> '' and x.external_id = l.external_id)" if keyed else "")
    reason = Reason("line_in_use", _("This line is missing now, but other documents refer to it."))
    for relation in line_model(kind)._meta.related_objects:
        pointing, column = relation.related_model._meta.db_table, relation.field.column
        lost = rows(
            f"select s.row_no, s.row_line, l.position::text from {HEADER} s "
            f"join {table} l on l.document_id = s.id where s.row_known "
            f"and not exists (select 1 from {LINE} x where x.row_no = s.row_no and ({kept})) "
            f"and exists (select 1 from {quoted(str(pointing))} p where p.{quoted(str(column))} = l.id)"
        )
        for number, line, position in lost:
            yield Fault(number, line, POSITION, position, reason)


def record_changes(kind: DocumentType, actor: Actor, load_id: int) -> None:
    """One event for each document that was changed, all in one statement."""
    table = quoted(kind.model._meta.db_table)
    partner = "t.partner_id" if any(f.column == "partner_id" for f in kind.model._meta.concrete_fields) else "null"
    run(
        "insert into event (portal_id, doctype, document_id, partner_id, kind, facts, internal, user_id, actor_name, "
        f"origin, at) select %s, %s, t.id, {partner}, 'changed', jsonb_build_object('load', %s::bigint), false, %s, "
        f"%s, %s, now() from {DONE} s join {table} t on t.id = s.id where s.row_known order by t.id",
        [actor.portal.id, kind.name, load_id, actor.user_id, actor.name[:120], actor.origin],
    )


def record_creations(kind: DocumentType, actor: Actor, load_id: int) -> list[int]:
    """One event for each document that is new, where somebody is to be told; the events' ids."""
    table = quoted(kind.model._meta.db_table)
    made = rows(
        "insert into event (portal_id, doctype, document_id, partner_id, kind, facts, internal, user_id, actor_name, "
        "origin, at) select %s, %s, t.id, t.partner_id, 'created', jsonb_build_object('load', %s::bigint), false, %s, "
        f"%s, %s, now() from {DONE} s join {table} t on t.id = s.id where not s.row_known order by t.id returning id",
        [actor.portal.id, kind.name, load_id, actor.user_id, actor.name[:120], actor.origin],
    )
    return [row[0] for row in made]


def analyze(kind: DocumentType, count: int) -> None:
    """Tell the planner what the tables hold now, if so many new rows are news to it, before anything reads them."""
    tables = [kind.model._meta.db_table] + ([line_model(kind)._meta.db_table] if kind.lines else [])
    run(
        "select atrio_analyze(array_agg(relname::text)) from pg_class "
        "where oid = any(%s::regclass[]) and %s > reltuples / 10",
        [tables, count],
    )


def check_references() -> None:
    """Let the foreign keys that wait for the commit be checked now: where a refusal can still be told, and before
    anything is held that others wait for."""
    run("set constraints all immediate")
    run("set constraints all deferred")
