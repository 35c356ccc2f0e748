"""The rows of a load: each document of a foreign export checked and typed, or refused with what is wrong and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from .documents import Documents, Flat, Found, Nested, TwoFiles, WithLines
from .joining import Lookup
from .mapping import Join, Lines, Mapping, check_targets, find_file
from .parts import Part, Problem, check_key
from .reading import open_table
from .schema import KEY, Schema
from .scope import Context, Formats, Scope
from .values import Reason, Refused, _, short

__all__ = ["BadRow", "Draft", "Files", "Load", "Problem", "Repeats", "Row", "marker", "rows"]
UNMARKED = (OverflowError, TypeError, UnicodeEncodeError, RecursionError)  # what MessagePack cannot say
READING = 1  # count it up when the same values, sent in the same way, are to be understood otherwise


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


class Row(NamedTuple):
    """A document, typed: header fields, and `lines` where the mapping has lines."""

    line: int
    data: dict


@dataclass(frozen=True, slots=True)
class BadRow:
    """A document that cannot be loaded, with all that is wrong in it."""

    line: int
    problems: tuple[Problem, ...]


class Draft(NamedTuple):
    """A document as it was sent: by which key, what it is to be read from, and the mark that tells it was sent before.

    The same mark means the same values sent, and understood in the same way; without a mark a draft is always read."""

    line: int
    key: Any
    mark: bytes
    given: Any


def marker(*understood_by: object) -> Callable[[bytes], bytes]:
    """The function from what was sent to its mark, for one way of understanding it."""
    way = blake2b(repr((READING, understood_by)).encode(), digest_size=16).digest()
    return lambda sent: blake2b(sent, digest_size=16, person=way).digest()


class Repeats:
    """Notices that a key came before, in whatever line."""

    def __init__(self, label: str):
        self.label = label
        self.lines: dict[Any, int] = {}

    def checked(self, row: Row | BadRow, key: Any) -> Row | BadRow:
        """The row; if it is good and its key came before, its refusal."""
        if key not in self.lines:
            if key is not None:
                self.lines[key] = row.line
            return row
        if isinstance(row, BadRow):
            return row
        reason = Reason("repeated", _("The same key is already in line %(line)d."), {"line": self.lines[key]})
        return BadRow(row.line, (Problem("", row.line, self.label, short(key), reason),))


class Load:
    """A mapping made ready to read one set of files."""

    def __init__(self, mapping: Mapping, schema: Schema, files: Files, defaults: dict | None = None):
        check_targets(mapping, schema)
        check_key(schema)
        self.mapping, self.files, self.schema = mapping, files, schema
        self._lookups: list[Lookup] = []
        self.table = open_table(files.main, mapping.source.options)
        scope = Scope(self.table.columns, Formats.of(mapping.source, self.table))
        self._join(scope, mapping.joins)
        self.header = Part.make(schema, mapping.columns, scope, "", mapping.defaults, defaults or {})
        self.documents = self._documents(schema)
        self._bind()
        # The first binding tells which columns are numbers and dates; what those prove of themselves asks for another.
        self.header.scope.formats.prove(self.table)
        self.documents.gather()
        for lookup in self._lookups:
            lookup.formats.prove(lookup.table)
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

    def drafts(self) -> Iterator[Draft | BadRow]:
        """Every document of the files as it stands there, in the order of the main file."""
        self.header.skipped = 0
        essence, mark, key_of = self.documents.essence(), self._marker(), self._key()
        for found in self.documents:
            if found.record is None:
                yield BadRow(found.line, tuple(found.problems))
                continue
            key, sent = None, b""
            if not found.problems:
                with suppress(Refused, *UNMARKED):
                    key = key_of(found.record)
                    sent = mark(essence(found))
            yield Draft(found.line, key, sent, found)

    def _key(self) -> Callable[[Any], Any]:
        """The function from a header's record to the typed key."""
        cell, named = next(cell for cell in self.header.cells if cell.target == KEY), self.table.named
        if cell.meaning is None:
            return lambda record: cell.read(Context(named(record)))
        get, understand = self.table.getter(cell.place), cell.meaning.understand
        return lambda record: understand(get(record))

    def _marker(self) -> Callable[[bytes], bytes]:
        joined = [lookup.digest() for lookup in self._lookups]
        lines = self.lines.defaults if self.lines else None
        written = [(one.numbers, one.dates, sorted(one.null)) for one in self.documents.formats()]
        return marker(self.mapping, self.schema.meaning(), self.header.defaults, lines, written, joined)

    def rows(self) -> Iterator[Row | BadRow]:
        """Every document of the files, typed, good or bad."""
        repeats = Repeats(self.label(KEY))
        for draft in self.drafts():
            row = self.read(draft) if isinstance(draft, Draft) else draft
            if row is not None:
                known = draft.key if isinstance(draft, Draft) else None
                yield repeats.checked(row, row.data[KEY] if isinstance(row, Row) else known)

    def read(self, draft: Draft) -> Row | BadRow | None:
        """The draft typed, or refused with what is wrong with it; None where the mapping leaves it out."""
        found: Found = draft.given
        context, problems = Context(self.table.named(found.record)), found.problems
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
