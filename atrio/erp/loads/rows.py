"""The rows of a load: each document of a foreign export checked and typed, or refused with what is wrong and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .documents import Documents, Flat, Found, Nested, TwoFiles, WithLines
from .joining import Lookup
from .mapping import Join, Lines, Mapping, check_targets, find_file
from .parts import Part, Problem, check_key
from .reading import open_table
from .schema import KEY, Schema
from .scope import Formats, Scope
from .values import Reason, _, short

__all__ = ["BadRow", "Files", "Load", "Problem", "Row", "rows"]


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
class BadRow:
    """A document that cannot be loaded, with all that is wrong in it."""

    line: int
    problems: tuple[Problem, ...]


class Load:
    """A mapping made ready to read one set of files."""

    def __init__(self, mapping: Mapping, schema: Schema, files: Files, defaults: dict | None = None):
        check_targets(mapping, schema)
        check_key(schema)
        self.mapping, self.files = mapping, files
        self._lookups: list[Lookup] = []
        self.table = open_table(files.main, mapping.source.options)
        scope = Scope(self.table.columns, Formats.of(mapping.source, self.table))
        self._join(scope, mapping.joins)
        self.header = Part.make(schema, mapping.columns, scope, "", mapping.defaults, defaults or {})
        self.documents = self._documents(schema)
        self._bind()
        # The first binding tells which columns are numbers and dates; what those prove of themselves asks for another.
        tables = [*self.documents.tables(), *((lookup.formats, lookup.table) for lookup in self._lookups)]
        if sum(formats.prove(table) for formats, table in tables):
            self._bind()
        for lookup in self._lookups:
            lookup.load()

    def _join(self, scope: Scope, joins: tuple[Join, ...]) -> None:
        for join in joins:
            lookup = Lookup(join, self.files.folder, scope)
            scope.joins[join.name] = lookup
            self._lookups.append(lookup)

    def _documents(self, schema: Schema) -> Documents:
        spec, outer = self.mapping.lines, self.header.scope
        if spec is None or schema.lines is None:
            return Documents(self.header, self.table)
        if spec.nested:
            part = self._lines_part(schema.lines, spec, Scope(None, outer.formats, outer), "")
            return Nested(self.header, self.table, part, spec)
        if spec.group_by:
            part = self._lines_part(schema.lines, spec, Scope(self.table.columns, outer.formats, outer), "")
            return Flat(self.header, self.table, part, spec)
        path = self.files.lines or find_file(self.files.folder, spec.file or "?")
        table = open_table(path, spec.source.options)
        scope = Scope(table.columns, Formats.of(spec.source, table), outer)
        part = self._lines_part(schema.lines, spec, scope, path.name)
        return TwoFiles(self.header, self.table, part, spec, table)

    def _lines_part(self, schema: Schema, spec: Lines, scope: Scope, file: str) -> Part:
        self._join(scope, spec.joins)
        return Part.make(schema, spec.columns, scope, file, spec.defaults)

    def _bind(self) -> None:
        self.documents.bind()
        self.header.bind(self.mapping.where, self.lines.scope if self.lines else None)

    # --- what is known before reading

    @property
    def lines(self) -> Part | None:
        """The part that reads lines, where the mapping has lines."""
        return self.documents.lines if isinstance(self.documents, WithLines) else None

    @property
    def targets(self) -> tuple[str, ...]:
        """The header fields that every row has."""
        return self.header.targets

    @property
    def line_targets(self) -> tuple[str, ...]:
        """The fields that every line has; none where the mapping has no lines."""
        return self.lines.targets if self.lines else ()

    def label(self, name: str) -> str:
        """The source column that a field of the header or of the lines is read from; without one its own name."""
        label = self.header.label(name)
        return self.lines.label(name) if label == name and self.lines else label

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns of the main file that the mapping does not use."""
        used = set(self.header.scope.used)
        if isinstance(self.documents, Flat):
            used |= self.documents.lines.scope.used
        return tuple(name for name in self.table.columns or () if name not in used)

    @property
    def skipped(self) -> int:
        """How many rows of the main file the mapping leaves out."""
        return self.header.skipped

    # --- reading

    def rows(self) -> Iterator[Row | BadRow]:
        """Every document of the files, good or bad, in the order of the main file."""
        self.header.skipped = 0
        seen: dict[str, int] = {}
        for found in self.documents:
            row = self._document(found)
            if row is None:
                continue
            key = found.context.out.get(KEY) if found.context else None
            if isinstance(row, Row) and key in seen:
                reason = Reason("repeated", _("The same key is already in line %(line)d."), {"line": seen[key]})
                yield BadRow(row.line, (Problem("", row.line, self.header.label(KEY), short(key), reason),))
                continue
            if key is not None:
                seen.setdefault(key, row.line)
            yield row

    def _document(self, found: Found) -> Row | BadRow | None:
        context, problems = found.context, found.problems
        if context is None:
            return BadRow(found.line, tuple(problems))
        lines = None
        if found.lines is not None:
            lines = self.documents.read_lines(context, found.lines, problems)
            if not lines and not problems and not self._may_be_empty(found, problems):
                return None
        self.header.read(context, found.line, problems)
        if problems:
            return BadRow(found.line, tuple(problems))
        if lines is not None:
            context.out["lines"] = lines
        return Row(found.line, context.out)

    def _may_be_empty(self, found: Found, problems: list[Problem]) -> bool:
        """Whether a document without lines goes on; where the mapping refuses it, it goes on to be refused."""
        rule = self.mapping.lines.empty if self.mapping.lines else "keep"
        if rule == "skip":
            self.header.skipped += 1
        if rule == "refuse":
            problems.append(
                Problem("", found.line, self.header.label(KEY), "", Reason("no_lines", _("The document has no lines.")))
            )
        return rule != "skip"


def rows(mapping: Mapping, schema: Schema, files: Files, defaults: dict | None = None) -> Iterator[Row | BadRow]:
    """Every document that the mapping reads from the files, typed, or refused with its reasons."""
    return Load(mapping, schema, files, defaults).rows()
