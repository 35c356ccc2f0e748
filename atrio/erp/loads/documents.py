"""How rows become documents: one row each, lines nested in it, lines in a second file, or lines beside their header."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .joining import LineIndex, number_lines, sort_lines
from .mapping import Lines
from .parts import MISSING, Part, Problem
from .reading import DECODER, Table
from .schema import POSITION
from .scope import Context, Formats, record_key
from .spool import ENCODE, OnDisk, Stored
from .spool import Lines as Kept
from .values import Reason, Refused, _, short


@dataclass(slots=True)
class Found:
    """A document as it stands in the files: its header's record, those of its lines, and what is wrong already."""

    line: int
    record: Any  # None where it cannot be read
    lines: Kept | None = None
    problems: list[Problem] = field(default_factory=list)


class Documents:
    """Every row is a document, without lines."""

    def __init__(self, header: Part, table: Table):
        self.header, self.table = header, table

    def formats(self) -> list[Formats]:
        """How the files write numbers and dates."""
        return [self.header.scope.formats]

    def bind(self) -> None:
        """Make ready what depends on the formats."""

    def gather(self) -> None:
        """Read once what must be known before the first document can be."""

    def lines_of(self, record: Any, line: int, problems: list[Problem]) -> Kept | None:
        """The records of a document's lines; None where the mapping has none."""
        return None

    def left_out(self, record: Any) -> None:
        """Take note of a document that the filter leaves out."""

    def read_lines(self, header: Context, lines: Kept, problems: list[Problem]) -> list[dict]:
        """The typed lines of a document."""
        return []

    def essence(self) -> Callable[[Found], bytes]:
        """The function from a document to all that it is read from, and nothing else of its file."""
        pick = self.table.picker(self.header.scope.wanted())
        return lambda found: ENCODE(pick(found.record))

    def passes(self, record: Any, line: int, problems: list[Problem]) -> bool:
        """Whether the filter lets a header through."""
        header = self.header
        return header.test is None or header.passes(Context(self.table.named(record)), line, problems)

    def __iter__(self) -> Iterator[Found]:
        for line, record in self.table.records(self.header.scope.wanted()):
            if type(record) is Reason:
                yield Found(line, None, problems=[Problem("", line, "", "", record)])
                continue
            problems: list[Problem] = []
            if self.passes(record, line, problems):
                yield Found(line, record, self.lines_of(record, line, problems), problems)
                continue
            self.left_out(record)
            if problems:
                yield Found(line, None, problems=problems)


class WithLines(Documents):
    """What documents with lines have in common."""

    def __init__(self, header: Part, table: Table, lines: Part, spec: Lines):
        super().__init__(header, table)
        self.lines, self.spec = lines, spec

    def essence(self) -> Callable[[Found], bytes]:
        header, line = super().essence(), self.table.picker(self.lines.scope.wanted())
        return lambda found: header(found) + ENCODE([line(record) for _line, record in found.lines or ()])

    def bind(self) -> None:
        self.lines.bind(self.spec.where)
        self.order = tuple(self.lines.scope.find(name) for name in self.spec.sort)

    def read_lines(self, header: Context, lines: Kept, problems: list[Problem]) -> list[dict]:
        found = []
        for line, record in lines:
            context = Context(self.named_line(record), header)
            if self.lines.passes(context, line, problems):
                found.append((line, context))
        found = sort_lines(found, self.order)
        header.lines = [context for _line, context in found]
        kept = [self.lines.read(context, line, problems) for line, context in found]
        if self.lines.schema.field(POSITION):
            number_lines(kept)
        return kept

    def named_line(self, record: Any) -> dict:
        """The record of a line as a row."""
        return self.table.named(record)


class Nested(WithLines):
    """Lines are a list inside their document's row."""

    def essence(self) -> Callable[[Found], bytes]:
        return Documents.essence(self)

    def named_line(self, record: Any) -> dict:
        return record

    def bind(self) -> None:
        super().bind()
        self.list = self.header.scope.find(self.spec.nested)

    def lines_of(self, record: Any, line: int, problems: list[Problem]) -> Kept:
        items = self.list.get(Context(self.table.named(record)))
        if isinstance(items, str) and items.lstrip().startswith("["):
            items = _decoded(items)
        if items in (None, ""):
            return []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            reason = Reason("no_list", _("The lines must be a list of objects."))
            problems.append(Problem("", line, self.spec.nested, "", reason))
            return []
        return [(line, item) for item in items]


class TwoFiles(WithLines):
    """Lines are in a second file, and name their document by its key."""

    def __init__(self, header: Part, table: Table, lines: Part, spec: Lines, lines_table: Table):
        super().__init__(header, table, lines, spec)
        self.lines_table = lines_table
        self.index: LineIndex

    def gather(self) -> None:
        self.index = LineIndex(self.lines_table, self.lines.scope, self.line_key)

    def formats(self) -> list[Formats]:
        return [*super().formats(), self.lines.scope.formats]

    def bind(self) -> None:
        super().bind()
        self.line_key = tuple(self.lines.scope.find(name) for name in self.spec.key)
        self.header_key = record_key(self.table, tuple(self.header.scope.find(name) for name in self.spec.header_key))

    def essence(self) -> Callable[[Found], bytes]:
        if not self.lines_table.of_texts:
            header, line = Documents.essence(self), self.lines_table.picker(self.lines.scope.wanted())
            return lambda found: header(found) + ENCODE([line(record) for _line, record in found.lines or ()])
        header = Documents.essence(self)
        return lambda found: header(found) + (found.lines.data if isinstance(found.lines, Stored) else b"")

    def named_line(self, record: Any) -> dict:
        return self.index.kept.named(record)

    def lines_of(self, record: Any, line: int, problems: list[Problem]) -> Kept:
        return self.index.take(self.header_key(record))

    def left_out(self, record: Any) -> None:
        self.absent.add(self.header_key(record))

    def read_lines(self, header: Context, lines: Kept, problems: list[Problem]) -> list[dict]:
        found = [self.at_once(record) for _line, record in lines] if self.at_once else [None]
        if None in found:
            return super().read_lines(header, lines, problems)
        kept = [line for line in found if line is not None]
        if self.lines.schema.field(POSITION):
            number_lines(kept)
        return kept

    def __iter__(self) -> Iterator[Found]:
        self.absent: set = set()
        kept, plain = self.index.kept, not self.order and not self.header.derived
        self.at_once = self.lines.at_once(kept.names) if plain and isinstance(kept, OnDisk) else None
        yield from super().__iter__()
        for line, reason in self.index.bad:
            yield Found(line, None, problems=[Problem(self.lines.file, line, "", "", reason)])
        if self.spec.orphans == "refuse":
            yield from self._orphans()

    def _orphans(self) -> Iterator[Found]:
        """Lines of no document: money that would vanish, unless it was left out on purpose."""
        reason = Reason("no_header", _("The line belongs to no document of the main file."))
        names = " / ".join(self.spec.key)
        for key, line, record in self.index.kept.rest():
            problems: list[Problem] = []
            meant = self.lines.passes(Context(self.named_line(record)), line, problems)
            if meant and (key is None or key not in self.absent):
                shown = " / ".join(key) if isinstance(key, tuple) else key or ""
                problems.append(Problem(self.lines.file, line, names, short(shown), reason))
            if problems:
                yield Found(line, None, problems=problems)


class Flat(WithLines):
    """Lines are in the one file, each beside the header of its document, wherever they stand."""

    def bind(self) -> None:
        super().bind()
        self.group_key = record_key(self.table, tuple(self.header.scope.find(name) for name in self.spec.group_by))

    def __iter__(self) -> Iterator[Found]:
        groups: dict[object, list[tuple[int, Any]]] = {}
        for line, record in self.table.records(self._wanted()):
            if type(record) is Reason:
                yield Found(line, None, problems=[Problem("", line, "", "", record)])
                continue
            problems: list[Problem] = []
            if self.passes(record, line, problems):
                groups.setdefault(self.group_key(record), []).append((line, record))
            elif problems:
                yield Found(line, None, problems=problems)
        for key, lines in groups.items():
            yield self._document(key, lines)

    def _wanted(self) -> frozenset[str]:
        return frozenset(self.header.scope.used | self.lines.scope.used)

    def _document(self, key: object, lines: list[tuple[int, Any]]) -> Found:
        first, record = lines[0]
        if key is None:
            names = " / ".join(self.spec.group_by)
            return Found(first, None, problems=[Problem("", line, names, "", MISSING) for line, _record in lines])
        return Found(first, record, lines, self._differences(lines))

    def _differences(self, lines: list[tuple[int, Any]]) -> list[Problem]:
        """Where the header is not the same beside each line: which of them would be true, nobody can tell."""
        pick = self.table.picker(self.header.own)
        (first, record), *others = lines
        different = [(line, other) for line, other in others if pick(other) != pick(record)]
        reason = Reason("header_differs", _("This differs from line %(line)d of the same document."), {"line": first})
        head = self.table.named(record)
        return [
            Problem("", line, name, short(row.get(name)), reason)
            for line, row in ((line, self.table.named(other)) for line, other in different)
            for name in sorted(self.header.own)
            if row.get(name) != head.get(name)
        ]


def _decoded(text: str):
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError, Refused):
        return text
