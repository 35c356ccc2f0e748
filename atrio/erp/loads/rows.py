"""The rows of a load: each document of a foreign export checked and typed, or refused with what is wrong and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .columns import Cell, compile_column
from .conditions import compile_where
from .joining import LineIndex, Lookup, number_lines, sort_lines
from .mapping import Column, Join, Mapping, check_targets, find_file
from .reading import DECODER, Table, open_table
from .schema import KEY, POSITION, Field, Schema
from .scope import Context, Formats, Reference, Scope, key_getter, key_text
from .values import Reason, Refused, _, converter, short


@dataclass(frozen=True)
class Files:
    """The files of a load: the main one, its lines where told apart, and the folder of those that the mapping names."""

    main: Path
    lines: Path | None = None
    base: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder that the mapping's file names start from."""
        return self.base or self.main.parent


@dataclass(frozen=True, slots=True)
class Row:
    """A document, typed: header fields, and `lines` where the mapping has lines."""

    line: int
    data: dict


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a source file: where, in which of its columns, with what value, and why."""

    file: str
    line: int
    column: str
    value: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class BadRow:
    """A document that cannot be loaded, with all that is wrong in it."""

    line: int
    problems: tuple[Problem, ...]


@dataclass
class _Part:
    """The header or the lines of a document: the schema, the scope of its names, and its readers."""

    schema: Schema
    columns: tuple[Column, ...]
    scope: Scope
    file: str
    defaults: dict[str, object]
    cells: list[Cell] = field(default_factory=list)
    test: Callable[[Context], bool] | None = None
    required: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()  # the columns that the fields are read from, those of the filter apart

    def bind(self, where, line_scope: Scope | None = None) -> None:
        """Make the readers, in the order in which they need each other's results."""
        ordered = _by_need(self.columns)
        self.cells = [compile_column(item, self.schema.field(item.target), self.scope, line_scope) for item in ordered]
        self.required = tuple(item.name for item in self.schema.fields if item.required and item.name != POSITION)
        self.own = self.own or frozenset(self.scope.used)
        self.test = compile_where(where, self.scope)

    def read(self, context: Context, line: int, problems: list[Problem]) -> dict:
        """The typed fields of one row; what is wrong with them is added to the problems."""
        out = context.out
        out.update(self.defaults)
        for cell in self.cells:
            try:
                value = cell.read(context)
            except Refused as refused:
                problems.append(Problem(self.file, line, cell.label, _shown(cell, context), refused.reason))
                continue
            if value is not None or cell.target not in self.defaults:
                out[cell.target] = value
        for name in self.required:
            if out.get(name) is None and not any(problem.line == line for problem in problems):
                problems.append(Problem(self.file, line, self.label(name), "", MISSING))
        return out

    def label(self, name: str) -> str:
        """The source column of a field."""
        return next((cell.label for cell in self.cells if cell.target == name), name)


MISSING = Reason("required", _("A value is required here."))


class Load:
    """A mapping made ready to read one set of files."""

    def __init__(self, mapping: Mapping, schema: Schema, files: Files, defaults: dict | None = None):
        check_targets(mapping, schema)
        _check_key(schema)
        self.mapping, self.schema, self.files = mapping, schema, files
        self.skipped = 0  # rows that the mapping's `where` leaves out
        self._defaults = defaults or {}
        self._lookups: list[Lookup] = []
        self.table = open_table(files.main, mapping.source.options)
        scope = Scope(self.table.columns, Formats.of(mapping.source, self.table))
        self._join(scope, mapping.joins)
        self.header = self._part(schema, mapping.columns, mapping.defaults, scope, "")
        self.lines_table: Table | None = None
        self.lines = self._lines_part() if mapping.lines else None
        self._bind()
        if self._prove():
            self._bind()
        for lookup in self._lookups:
            lookup.load()

    # --- making ready

    def _join(self, scope: Scope, joins: tuple[Join, ...]) -> None:
        for join in joins:
            lookup = Lookup(join, self.files.folder, scope)
            scope.joins[join.name] = lookup
            self._lookups.append(lookup)

    def _part(self, schema: Schema, columns: tuple, mapped: dict, scope: Scope, file: str) -> _Part:
        defaults = {}
        for item in schema.fields:
            value = mapped.get(item.name, self._defaults.get(item.name, item.default))
            if value is not None:
                defaults[item.name] = _default(item, value)
        filled = {column.target for column in columns} | set(defaults) | {POSITION}
        for item in schema.fields:
            if item.required and item.name not in filled:
                raise Refused("not_filled", _("The mapping does not fill “%(field)s”."), field=item.name)
        return _Part(schema, columns, scope, file, defaults)

    def _lines_part(self) -> _Part:
        lines, outer = self.mapping.lines, self.header.scope
        if lines.nested:
            outer.find(lines.nested)
            scope, file = Scope(None, outer.formats, outer), ""
        elif lines.group_by:
            scope, file = Scope(self.table.columns, outer.formats, outer), ""
        else:
            path = self.files.lines or find_file(self.files.folder, lines.file or "?")
            self.lines_table = open_table(path, lines.source.options)
            scope, file = Scope(self.lines_table.columns, Formats.of(lines.source, self.lines_table), outer), path.name
        self._join(scope, lines.joins)
        return self._part(self.schema.lines, lines.columns, lines.defaults, scope, file)

    def _bind(self) -> None:
        lines = self.mapping.lines
        if self.lines:
            self.lines.bind(lines.where)
            self._sort = tuple(self.lines.scope.find(name) for name in lines.sort)
            self._line_key = self._keys(lines.key, self.lines.scope)
            self._group_key = self._keys(lines.group_by, self.header.scope)
            self._header_key = self._keys(lines.header_key, self.header.scope)
            self._nested = self.header.scope.find(lines.nested) if lines.nested else None
        self.header.bind(self.mapping.where, self.lines.scope if self.lines else None)

    def _keys(self, names: tuple[str, ...], scope: Scope) -> Callable | None:
        return key_getter(tuple(scope.find(name) for name in names)) if names else None

    def _prove(self) -> bool:
        """Find out from the files themselves the number and date formats that the mapping does not tell."""
        parts = [(self.header.scope.formats, self.table)]
        if self.lines_table:
            parts.append((self.lines.scope.formats, self.lines_table))
        parts += [(lookup.formats, lookup.table) for lookup in self._lookups]
        return sum(formats.prove(table) for formats, table in parts) > 0

    # --- what is known before reading

    @property
    def targets(self) -> tuple[str, ...]:
        """The header fields that every row has."""
        return _targets(self.header)

    @property
    def line_targets(self) -> tuple[str, ...]:
        """The fields that every line has; none where the mapping has no lines."""
        return _targets(self.lines) if self.lines else ()

    def label(self, name: str) -> str:
        """The source column that a field of the header or of the lines is read from; without one its own name."""
        label = self.header.label(name)
        return self.lines.label(name) if label == name and self.lines else label

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns of the main file that the mapping does not use."""
        used = self.header.scope.used | (self.lines.scope.used if self.mapping_is_flat else set())
        return tuple(name for name in self.table.columns or () if name not in used)

    @property
    def mapping_is_flat(self) -> bool:
        """Whether headers are repeated beside their lines in one file."""
        return bool(self.mapping.lines and self.mapping.lines.group_by)

    # --- reading

    def rows(self) -> Iterator[Row | BadRow]:
        """Every document of the files, good or bad, in the order of the main file."""
        self.skipped = 0
        seen: dict[str, int] = {}
        documents = self._flat_documents() if self.mapping_is_flat else self._documents()
        for line, context, lines, problems in documents:
            row = self._document(line, context, lines, problems)
            if row is None:
                continue
            key = context.out.get(KEY)
            if isinstance(row, Row) and key in seen:
                reason = Reason("repeated", _("The same key is already in line %(line)d."), {"line": seen[key]})
                yield BadRow(line, (Problem("", line, self.header.label(KEY), short(key), reason),))
                continue
            if key is not None:
                seen.setdefault(key, line)
            yield row

    def _document(self, line: int, context: Context, lines: list, problems: list[Problem]) -> Row | BadRow | None:
        if lines is not None:
            kept = self._read_lines(context, lines, problems)
            if not kept and not problems and self.mapping.lines.empty == "skip":
                self.skipped += 1
                return None
            if not kept and not problems and self.mapping.lines.empty == "refuse":
                reason = Reason("no_lines", _("The document has no lines."))
                problems.append(Problem("", line, self.header.label(KEY), "", reason))
        if context.row:
            self.header.read(context, line, problems)
        if problems:
            return BadRow(line, tuple(problems))
        if lines is not None:
            context.out["lines"] = kept
        return Row(line, context.out)

    def _read_lines(self, header: Context, lines: list[tuple[int, dict]], problems: list[Problem]) -> list[dict]:
        found = []
        for line, row in lines:
            context = Context(row, header)
            if self.lines.test is None or self.lines.test(context):
                found.append((line, context))
        found = sort_lines(found, self._sort)
        header.lines = [context for _line, context in found]
        kept = [self.lines.read(context, line, problems) for line, context in found]
        if self.schema.lines.field(POSITION):
            number_lines(kept)
        return kept

    def _documents(self) -> Iterator[tuple]:
        index = self._index() if self._reads_second_file else None
        left_out = set()
        for line, row in self.table.rows(self.header.scope.wanted()):
            if isinstance(row, Reason):
                yield line, Context({}), None, [Problem("", line, "", "", row)]
                continue
            context, problems = Context(row), []
            if not self._passes(context, line, problems):
                if index:
                    left_out.add(self._header_key(context))
                if problems:
                    yield line, Context({}), None, problems
                continue
            yield line, context, self._lines_of(context, line, index, problems), problems
        if index:
            yield from self._orphans(index, left_out)

    @property
    def _reads_second_file(self) -> bool:
        return self.lines_table is not None

    def _passes(self, context: Context, line: int, problems: list[Problem]) -> bool:
        try:
            passes = self.header.test is None or self.header.test(context)
        except Refused as refused:
            problems.append(Problem("", line, "", "", refused.reason))
            return False
        self.skipped += not passes
        return passes

    def _lines_of(self, context: Context, line: int, index: LineIndex | None, problems: list[Problem]) -> list | None:
        if index:
            return index.take(self._header_key(context))
        if not self.lines:
            return None
        nested = self._nested.get(context)
        if isinstance(nested, str) and nested.lstrip().startswith("["):
            nested = _decoded(nested)
        if nested in (None, ""):
            return []
        if not isinstance(nested, list) or not all(isinstance(item, dict) for item in nested):
            reason = Reason("no_list", _("The lines must be a list of objects."))
            problems.append(Problem("", line, self.mapping.lines.nested, "", reason))
            return []
        return [(line, item) for item in nested]

    def _index(self) -> LineIndex:
        return LineIndex(self.lines_table, self.lines.scope, self._line_key)

    def _orphans(self, index: LineIndex, left_out: set) -> Iterator[tuple]:
        for line, reason in index.bad:
            yield line, Context({}), None, [Problem(self.lines.file, line, "", "", reason)]
        if self.mapping.lines.orphans == "ignore":
            return
        reason = Reason("no_header", _("The line belongs to no document of the main file."))
        for key, line, row in index.rest():
            context = Context(row)
            if key in left_out and key is not None or self.lines.test and not self.lines.test(context):
                continue
            shown = " / ".join(key) if isinstance(key, tuple) else key or ""
            names = " / ".join(self.mapping.lines.key)
            yield line, Context({}), None, [Problem(self.lines.file, line, names, short(shown), reason)]

    def _flat_documents(self) -> Iterator[tuple]:
        """The documents of a file that repeats the header beside each line, wherever their lines stand."""
        wanted = self.header.scope.wanted() | self.lines.scope.wanted()
        groups: dict = {}
        for line, row in self.table.rows(wanted):
            if isinstance(row, Reason):
                yield line, Context({}), None, [Problem("", line, "", "", row)]
                continue
            context, problems = Context(row), []
            if not self._passes(context, line, problems):
                if problems:
                    yield line, Context({}), None, problems
                continue
            groups.setdefault(self._group_key(context), []).append((line, row))
        for key, lines in groups.items():
            first, row = lines[0]
            problems = self._header_differences(lines)
            if key is None:
                names = " / ".join(self.mapping.lines.group_by)
                problems = [Problem("", line, names, "", MISSING) for line, _row in lines]
            yield first, Context(row), lines, problems

    def _header_differences(self, lines: list[tuple[int, dict]]) -> list[Problem]:
        """Where the header is not the same beside each line: which of them would be true, nobody can tell."""
        (first, head), *others = lines
        reason = Reason("header_differs", _("This differs from line %(line)d of the same document."), {"line": first})
        return [
            Problem("", line, name, short(row.get(name)), reason)
            for line, row in others
            for name in sorted(self.header.own)
            if row.get(name) != head.get(name)
        ]


def rows(mapping: Mapping, schema: Schema, files: Files, defaults: dict | None = None) -> Iterator[Row | BadRow]:
    """Every document that the mapping reads from the files, typed, or refused with its reasons."""
    return Load(mapping, schema, files, defaults).rows()


def _check_key(schema: Schema) -> None:
    key = schema.field(KEY)
    if key is None or not key.required:
        raise ValueError(f"{schema.type}: the schema must have the required field {KEY}")


def _default(target: Field, value: object):
    return converter(target)(value)


def _targets(part: _Part) -> tuple[str, ...]:
    filled = {cell.target for cell in part.cells} | set(part.defaults)
    if part.schema.field(POSITION) and part.schema.field(KEY) is None or POSITION in filled:
        filled.add(POSITION)
    return tuple(name for name in part.schema.names() if name in filled)


def _shown(cell: Cell, context: Context) -> str:
    try:
        value = cell.raw(context)
    except Refused:
        return ""
    return "" if value is None else short(value)


def _decoded(text: str):
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        return text


def _by_need(columns: tuple[Column, ...]) -> list[Column]:
    """The columns so that one that uses `out.x` comes after x."""
    by_target = {column.target: column for column in columns}
    ordered: list[Column] = []
    open_: list[str] = []

    def place(column: Column) -> None:
        if column in ordered:
            return
        if column.target in open_:
            raise Refused("column_cycle", _("The field “%(field)s” needs itself."), field=column.target)
        open_.append(column.target)
        for name in _needs(column):
            if name in by_target:
                place(by_target[name])
        open_.remove(column.target)
        ordered.append(column)

    for column in columns:
        place(column)
    return ordered


def _needs(column: Column) -> list[str]:
    if column.of_lines:
        return []
    texts = [str(column.value), str(column.add_days or "")]
    texts += [condition.column for group in column.when for condition in group]
    found = re.findall(r"\bout\.(\w+)", " ".join(texts))
    return found + (_needs(column.otherwise) if column.otherwise else [])


__all__ = ["BadRow", "Files", "Load", "Problem", "Reference", "Row", "key_text", "rows"]
