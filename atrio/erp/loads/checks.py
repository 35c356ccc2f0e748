"""What only the database knows of staged rows: whether what they name exists, whether they tie or collide."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .sql import rows, run
from .staging import HEADER, LINE, Stage
from .tables import Layout, Pointer, quoted
from .values import Reason, _, short


@dataclass(frozen=True)
class Fault:
    """What is wrong with one staged document."""

    number: int
    line: int
    name: str
    value: str
    reason: Reason


def resolve(stage: Stage, portal_id: int) -> None:
    """Put ids in the place of the keys that the file names."""
    for place in stage.header.pointers:
        if not place.target.is_record:
            _make_named(place, portal_id)
        if not stage.header.points_at_itself(place):
            _resolve_records(HEADER, place, portal_id)
    for place in stage.lines.pointers if stage.lines else ():
        if place.target.header:
            _resolve_lines(stage, place)
        else:
            _resolve_records(LINE, place, portal_id)


def _make_named(place: Pointer, portal_id: int) -> None:
    """A group is made by naming it: it has no other facts."""
    key, staged = quoted(place.target.key), quoted(place.staged)
    run(
        f"insert into {quoted(place.target.table)} (portal_id, {key}) "
        f"select distinct %s, {staged} from {HEADER} where {staged} is not null on conflict do nothing",
        [portal_id],
    )


def _resolve_records(table: str, place: Pointer, portal_id: int) -> None:
    run(
        f"update {table} s set {quoted(place.column)} = t.id from {quoted(place.target.table)} t "
        f"where t.portal_id = %s and t.{quoted(place.target.key)} = s.{quoted(place.staged)}",
        [portal_id],
    )


def _resolve_lines(stage: Stage, place: Pointer) -> None:
    """A line of another document: by its own key, or by its place, within the document that the header names."""
    owner = next(
        (one for one in stage.header.pointers if one.target.table == place.target.header),
        None,
    )
    if owner is None:
        return
    key = f"s.{quoted(place.staged)}"
    for test in (f"t.external_id = {key}", f"t.position::text = ltrim({key}, '0')"):
        run(
            f"update {LINE} s set {quoted(place.column)} = t.id from {HEADER} h, {quoted(place.target.table)} t "
            f"where h.row_no = s.row_no and t.document_id = h.{quoted(owner.column)} "
            f"and s.{quoted(place.column)} is null and {test}",
        )


def faults(stage: Stage, portal_id: int) -> Iterator[Fault]:
    """All that is wrong with what is staged now."""
    for place in stage.header.pointers:
        if stage.header.points_at_itself(place):
            yield from _missing_self(stage.header, place, portal_id)
        else:
            yield from _missing(HEADER, place)
    yield from _untied(stage.header, HEADER)
    yield from _collisions(stage.header, portal_id)
    if stage.lines:
        for place in stage.lines.pointers:
            yield from _missing(LINE, place)
        yield from _untied(stage.lines, LINE)


def _missing(table: str, place: Pointer) -> Iterator[Fault]:
    key, column = quoted(place.staged), quoted(place.column)
    found = rows(
        f"select h.row_no, h.row_line, s.{key} from {table} s join {HEADER} h using (row_no) "
        f"where s.{key} is not null and s.{column} is null order by h.row_line"
    )
    for number, line, value in found:
        yield Fault(number, line, place.name, short(value), _unknown(value))


def _missing_self(layout: Layout, place: Pointer, portal_id: int) -> Iterator[Fault]:
    """A partner may name one that comes in the same file, before or after it."""
    key = f"s.{quoted(place.staged)}"
    found = rows(
        f"select s.row_no, s.row_line, {key} from {HEADER} s where {key} is not null "
        f"and not exists (select 1 from {HEADER} other where other.external_id = {key}) "
        f"and not exists (select 1 from {quoted(layout.table)} t where t.portal_id = %s and t.external_id = {key})",
        [portal_id],
    )
    for number, line, value in found:
        yield Fault(number, line, place.name, short(value), _unknown(value))


def _unknown(value: str) -> Reason:
    return Reason("unknown_reference", _("“%(value)s” is not known here: load it first."), {"value": short(value)})


def _untied(layout: Layout, table: str) -> Iterator[Fault]:
    """Rows that break one of the table's own check constraints, told before the table would refuse them all."""
    staged = {place.column for place in layout.places}
    rules = rows(
        "select pg_get_expr(c.conbin, c.conrelid), array(select a.attname::text from pg_attribute a "
        "where a.attrelid = c.conrelid and a.attnum = any(c.conkey)) "
        "from pg_constraint c where c.contype = 'c' and c.conrelid = %s::regclass",
        [layout.table],
    )
    for rule, columns in rules:
        if not set(columns) <= staged:
            continue
        found = rows(
            f"select h.row_no, h.row_line, {', '.join(f's.{quoted(column)}::text' for column in columns)} "
            f"from (select * from {table} where not {rule}) s join {HEADER} h using (row_no) order by h.row_line"
        )
        reason = Reason("untied", _("The values contradict each other: %(rule)s."), {"rule": rule.strip("()")})
        for number, line, *values in found:
            yield Fault(number, line, ", ".join(columns), " / ".join(str(value) for value in values), reason)


def _collisions(layout: Layout, portal_id: int) -> Iterator[Fault]:
    """Rows that would take what the table lets only one have: a code, a number of one supplier."""
    staged = {place.column for place in layout.places}
    for columns, condition in unique_sets(layout.table):
        free = [column for column in columns if column != "portal_id"]
        if not free or not set(free) <= staged:
            continue
        names = ", ".join(f"s.{quoted(column)}" for column in free)
        same = " and ".join(f"t.{quoted(column)} = s.{quoted(column)}" for column in free)
        table, kept = quoted(layout.table), "where " + condition.replace("%", "%%") if condition else ""
        found = rows(
            f"select s.row_no, s.row_line, concat_ws(' / ', {names}) from (select * from {HEADER} {kept}) s "
            f"where exists (select 1 from (select * from {HEADER} {kept}) t where {same} and t.row_no < s.row_no) "
            f"or exists (select 1 from (select * from {table} {kept}) t where t.portal_id = %s and {same} "
            f"and not exists (select 1 from {HEADER} own where own.id = t.id)) order by s.row_line",
            [portal_id],
        )
        for number, line, value in found:
            reason = Reason("taken", _("“%(value)s” is already taken by another."), {"value": short(value)})
            yield Fault(number, line, ", ".join(free), short(value), reason)


def unique_sets(table: str) -> list[tuple[list[str], str]]:
    """The sets of columns that the table keeps unique, with the condition under which it does."""
    found = rows(
        "select array(select a.attname::text from pg_attribute a where a.attrelid = i.indrelid "
        "and a.attnum = any(i.indkey)), coalesce(pg_get_expr(i.indpred, i.indrelid), ''), 0 = any(i.indkey) "
        "from pg_index i where i.indisunique and not i.indisprimary and i.indrelid = %s::regclass",
        [table],
    )
    return [(columns, condition) for columns, condition, has_expression in found if not has_expression]
