"""What a column name in a mapping means: a cell of the row, its header or a joined file, or a field just filled."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from .mapping import Source
from .reading import Table
from .values import (
    PLAIN,
    YEAR_FIRST,
    NumberFormat,
    Reason,
    Refused,
    _,
    add_number_evidence,
    clean,
    date_evidence,
    guess_dates,
    guess_numbers,
    to_text,
)


class Context:
    """One row while it is read: its cells, its header's context, the fields filled so far, its lines."""

    __slots__ = ("row", "parent", "out", "joined", "lines")

    def __init__(self, row: dict, parent: Context | None = None):
        self.row = row
        self.parent = parent
        self.out: dict = {}
        self.joined: dict | None = None  # until something is looked up
        self.lines: Sequence[Context] = ()


Getter = Callable[[Context], object]


@dataclass
class Formats:
    """How numbers and dates are written in one file: told, or proved by the file itself."""

    numbers: NumberFormat | None = PLAIN
    dates: tuple[str, ...] = YEAR_FIRST
    null: frozenset[str] = frozenset()
    numeric: set[str] = field(default_factory=set)
    dated: set[str] = field(default_factory=set)
    guess_numbers: bool = False
    guess_dates: bool = False

    @classmethod
    def of(cls, source: Source, table: Table) -> Formats:
        """The formats told for a file; those that were not are to be proved where numbers are text."""
        return cls(
            numbers=source.numbers or (None if table.textual else PLAIN),
            dates=("iso", *source.dates) if source.dates else YEAR_FIRST,
            null=frozenset(source.null),
            guess_numbers=table.textual and source.numbers is None,
            guess_dates=table.textual and not source.dates,
        )

    def evidence(self, table: Table) -> Evidence:
        """What is to be found out by reading the file once."""
        numeric = self.numeric if self.guess_numbers else ()
        dated = self.dated if self.guess_dates else ()
        return Evidence(self, list(map(table.getter, numeric)), list(map(table.getter, dated)))

    def prove(self, table: Table) -> None:
        """Read the file once for what its own values prove, unless there is nothing to find out."""
        evidence = self.evidence(table)
        if not evidence.numeric and not evidence.dated:
            return
        records = (record for _line, record in table.records() if not isinstance(record, Reason))
        while batch := list(islice(records, 5_000)):
            evidence.look(batch)
        evidence.conclude()


class Evidence:
    """What the values of a file prove of how its numbers and dates are written."""

    def __init__(self, formats: Formats, numeric: list[Callable[[Any], Any]], dated: list[Callable[[Any], Any]]):
        self.formats, self.numeric, self.dated = formats, numeric, dated
        self.marks: dict[str, str] = {}
        self.firsts: set[str] = set()

    def look(self, batch: list) -> None:
        """Take in some records."""
        for get in self.numeric:
            add_number_evidence(self.marks, _texts(batch, get))
        for get in self.dated:
            self.firsts.update(filter(date_evidence, map(str.strip, _texts(batch, get))))

    def conclude(self) -> None:
        """Settle the formats."""
        if self.numeric:
            self.formats.numbers = guess_numbers(self.marks.values())
        if self.dated:
            self.formats.dates = guess_dates(self.firsts)


def _texts(batch: list, get: Callable[[Any], Any]) -> list[str]:
    """The different texts in one column."""
    return [cell for cell in set(map(get, batch)) if type(cell) is str]


@dataclass(frozen=True)
class Reference:
    """A column found: how to get its cell, in which file's formats it is written, and its name there."""

    get: Getter
    formats: Formats
    name: str
    own: bool = False  # it is a cell of the row itself


class Joined(Protocol):
    """Another file, as seen from the rows that look things up in it."""

    def find(self, name: str) -> Reference:
        """A column of it."""


class Scope:
    """The names that a set of columns may use."""

    def __init__(self, columns: tuple[str, ...] | None, formats: Formats, parent: Scope | None = None):
        self.columns = columns
        self.formats = formats
        self.parent = parent
        self.joins: dict[str, Joined] = {}
        self.used: set[str] = set()
        self.whole = False  # nested lines are anywhere in the row, so that all of it is wanted

    def find(self, name: str) -> Reference:
        """The column of that name; refused where the file has none."""
        prefix, _dot, rest = name.partition(".")
        if rest and not (self.columns and name in self.columns):
            if prefix == "out":
                return Reference(lambda context: context.out.get(rest), Formats(), rest)
            if prefix == "header" and self.parent:
                outer = self.parent.find(rest)
                return Reference(_outer_getter(outer.get), outer.formats, outer.name)
            if prefix in self.joins:
                return self.joins[prefix].find(rest)
        found = match_name(name, self.columns)
        self.used.add(found.partition(".")[0] if self.columns is None else found)
        if self.columns is None and "." in found:
            return Reference(_path_getter(found), self.formats, found)
        return Reference(lambda context: context.row.get(found), self.formats, found, own=True)

    def wanted(self) -> frozenset[str] | None:
        """The columns that are read from the file; None for all."""
        return None if self.whole else frozenset(self.used)


def _outer_getter(get: Getter) -> Getter:
    return lambda context: get(context.parent) if context.parent else None


def fold(text: str) -> str:
    """A name without case, accents, spaces or punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def match_name(name: str, columns: tuple[str, ...] | None) -> str:
    """The file's own spelling of a column name; a name that fits none or several is refused."""
    if columns is None or name in columns:
        return name
    alike = [column for column in columns if fold(column) == fold(name)]
    if len(alike) == 1:
        return alike[0]
    raise Refused(
        "no_column",
        _("The file has no column “%(column)s”; it has: %(columns)s."),
        column=name,
        columns=", ".join(columns[:60]),
    )


def _path_getter(path: str) -> Getter:
    """A value inside nested objects, unless the row has a key of just that name."""
    parts = path.split(".")

    def get(context: Context):
        if path in context.row:
            return context.row[path]
        value: object = context.row
        for part in parts:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    return get


def key_text(value) -> str | None:
    """A key as it is compared between files: `7`, `7.0` and the number 7 are one key."""
    if type(value) is int:
        return str(value)
    value = clean(value)
    if value is None:
        return None
    text = to_text(value)
    whole, point, rest = text.partition(".")
    return whole if point and rest.strip("0") == "" and whole.isascii() and whole.isdigit() else text


def key_getter(references: tuple[Reference, ...]) -> Callable[[Context], object]:
    """The function from a row to its key: text for one column, a tuple for several, None where one is empty."""
    if len(references) == 1:
        get, null = references[0].get, references[0].formats.null

        def single(context: Context):
            text = key_text(get(context))
            return None if text in null else text

        return single

    def several(context: Context):
        texts = tuple(key_text(reference.get(context)) for reference in references)
        return None if None in texts else texts

    return several


def record_key(table: Table, references: tuple[Reference, ...]) -> Callable[[Any], object]:
    """The function from a record of that table to its key."""
    if len(references) == 1 and references[0].own:
        get, null = table.getter(references[0].name), references[0].formats.null

        def own(record):
            text = key_text(get(record))
            return None if text in null else text

        return own
    key_of = key_getter(references)
    return lambda record: key_of(Context(table.named(record)))
