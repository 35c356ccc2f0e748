"""Rows of other files by key: code tables looked up for a row, and the lines of a document."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from hashlib import file_digest
from itertools import groupby, islice
from pathlib import Path

from .conditions import compile_where
from .mapping import Join, find_file
from .reading import Table, open_table
from .schema import POSITION
from .scope import Context, Formats, Getter, Reference, Scope, key_getter, key_text, record_key
from .spool import InMemory, Kept, Lines, OnDisk
from .values import Reason, Refused, _, short

BATCH = 1_000


class Lookup:
    """A joined file: for a row of the owner, the one row of that file with its key."""

    def __init__(self, join: Join, base: Path, owner: Scope):
        self.join = join
        self.owner = owner
        self.path = find_file(base, join.file)
        self.table = open_table(self.path, join.source.options)
        self.formats = Formats.of(join.source, self.table)
        self.scope = Scope(self.table.columns, self.formats)
        self.rows: dict = {}
        self._key: Callable | None = None
        self._resolving = False

    def find(self, name: str) -> Reference:
        """A column of the joined file, as seen from a row of the owner."""
        if self._key is None:
            self._bind_key()
        inner = self.scope.find(name)
        return Reference(self._through(inner.get), inner.formats, inner.name)

    def _bind_key(self) -> None:
        # What is looked up may itself come from another join, but not from this one.
        if self._resolving:
            raise Refused("join_cycle", _("The join “%(name)s” needs itself."), name=self.join.name)
        self._resolving = True
        self._key = key_getter(tuple(self.owner.find(name) for name in self.join.from_))
        self._resolving = False
        for name in self.join.key:
            self.scope.find(name)

    def _through(self, get: Getter) -> Getter:
        name = self.join.name

        def through(context: Context):
            if context.joined is None:
                context.joined = {}
            if name not in context.joined:
                context.joined[name] = self._row(context)
            found = context.joined[name]
            return None if found is None else get(found)

        return through

    def _row(self, context: Context) -> Context | None:
        key = self._key(context)
        row = self.rows.get(key) if key is not None else None
        if row is not None:
            return Context(row)
        if self.join.required:
            raise Refused(
                "no_match",
                _("“%(file)s” has no row with the key “%(key)s”."),
                file=self.join.file,
                key=short(key or ""),
            )
        return None

    def digest(self) -> bytes:
        """What tells one state of the joined file from another."""
        with self.path.open("rb") as file:
            return file_digest(file, "sha256").digest()

    def load(self) -> None:
        """Read the joined file; a key that occurs twice is refused unless the mapping says which row to pick."""
        test = compile_where(self.join.where, self.scope)
        key_of = key_getter(tuple(self.scope.find(name) for name in self.join.key))
        self.rows = {}
        for line, row in self.table.rows(self.scope.wanted()):
            if isinstance(row, Reason):
                raise Refused(row.code, row.msgid, **row.params)
            context = Context(row)
            if test and not test(context):
                continue
            key = key_of(context)
            if key in self.rows and not self.join.pick:
                raise Refused(
                    "repeated_key",
                    _("“%(file)s” has the key “%(key)s” more than once (line %(line)d)."),
                    file=self.join.file,
                    key=short(key),
                    line=line,
                )
            if key is not None and (key not in self.rows or self.join.pick == "last"):
                self.rows[key] = row


class LineIndex:
    """The lines in a second file by the key of their document; gathering them proves how their numbers are written."""

    def __init__(self, table: Table, scope: Scope, references: tuple[Reference, ...]):
        self.bad: list[tuple[int, Reason]] = []
        self.key_of = record_key(table, references)
        # A run of lines of one document has one key, if nothing but their own cells decides it.
        own = table.in_cells and all(reference.own for reference in references)
        self.pick = table.picker({reference.name for reference in references}) if own else id
        self.kept: Kept = OnDisk(table, scope.used) if table.of_texts else InMemory(table)
        evidence = scope.formats.evidence(table)
        lines = table.records(scope.wanted())
        while batch := list(islice(lines, BATCH)):
            good = [one for one in batch if type(one[1]) is not Reason]
            if len(good) < len(batch):
                self.bad += [one for one in batch if type(one[1]) is Reason]
            evidence.look([record for _line, record in good])
            for _cells, run in groupby(good, lambda one: self.pick(one[1])):
                mine = list(run)
                self.kept.add(self.key_of(mine[0][1]), mine)
        evidence.conclude()

    def take(self, key) -> Lines:
        """The lines of a document, once: what is left at the end has no document."""
        return self.kept.take(key) if key is not None else []


def sort_lines(lines: list[tuple[int, Context]], references: tuple[Reference, ...]) -> list[tuple[int, Context]]:
    """The lines in the order of those columns, numbers as numbers."""
    if not references:
        return lines
    return sorted(lines, key=lambda item: [_sort_key(reference.get(item[1])) for reference in references])


def _sort_key(value) -> tuple[int, Decimal | int, str]:
    if type(value) is int:
        return 1, value, ""
    if isinstance(value, dict | list):
        return 2, Decimal(0), ""
    text = key_text(value)
    if text is None:
        return 0, Decimal(0), ""
    if text.isascii() and text.isdigit() and len(text) < 20:
        return 1, Decimal(text), ""
    return 2, Decimal(0), text


def number_lines(lines: list[dict]) -> None:
    """Give each line its place, where the mapping does not."""
    for place, line in enumerate(lines, start=1):
        if line.get(POSITION) is None:
            line[POSITION] = place
