"""The rows of a load on their way: in temporary tables, filled by COPY, checked as a set before anything is written."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from .schema import KEY
from .tables import Layout, Place, Pointer, quoted

HEADER, LINE, DONE = "load_header", "load_line", "load_done"
XML = "xml"


@dataclass(frozen=True)
class Staged:
    """A row ready for its table: its number in this load, its line in the file, its key, hash, tokens and values."""

    number: int
    line: int
    known: bool
    digest: bytes
    tokens: list[str]
    data: dict

    @property
    def own(self) -> tuple:
        """What is not of the file itself."""
        return self.number, self.line, self.known, self.data[KEY], self.digest, self.tokens


class Stage:
    """Temporary tables of the transaction, as wide as the rows of this load."""

    def __init__(self, header: Layout, lines: Layout | None):
        self.header, self.lines = header, lines

    def create(self) -> None:
        """Make the tables empty; they vanish with the transaction."""
        own = "row_no int, row_line int, row_known bool, row_tokens text[], row_xml text"
        own += ", external_id text, source_hash bytea"
        with connection.cursor() as cursor:
            cursor.execute(f"drop table if exists {HEADER}, {LINE}, {DONE}")
            cursor.execute(f"create temp table {HEADER} ({own}, id bigint{_columns(self.header)}) on commit drop")
            cursor.execute(f"create temp table {DONE} (id bigint, external_id text) on commit drop")
            if self.lines:
                narrow = "row_no int, id bigint, document_id bigint"
                cursor.execute(f"create temp table {LINE} ({narrow}{_columns(self.lines)}) on commit drop")

    def copy(self, rows: list[Staged]) -> None:
        """Add rows."""
        places = self.header.places
        own = ["row_no", "row_line", "row_known", KEY, "source_hash", "row_tokens", "row_xml"]
        values = ((*row.own, row.data.get(XML), *_values(row.data, places)) for row in rows)
        _copy(HEADER, own + [place.staged for place in places], values)
        if self.lines:
            values = (
                (row.number, *_values(line, self.lines.places)) for row in rows for line in row.data.get("lines", ())
            )
            _copy(LINE, ["row_no"] + [place.staged for place in self.lines.places], values)

    def analyze(self) -> None:
        """Tell the planner what is in them."""
        with connection.cursor() as cursor:
            cursor.execute(f"create index on {HEADER} (external_id)")
            cursor.execute(f"create unique index on {HEADER} (row_no)")
            cursor.execute(f"analyze {HEADER}")
            if self.lines:
                cursor.execute(f"create index on {LINE} (row_no)")
                cursor.execute(f"analyze {LINE}")

    def remove(self, numbers: Iterable[int]) -> None:
        """Take documents out."""
        chosen = list(numbers)
        with connection.cursor() as cursor:
            cursor.execute(f"delete from {HEADER} where row_no = any(%s)", [chosen])
            if self.lines:
                cursor.execute(f"delete from {LINE} where row_no = any(%s)", [chosen])


def _columns(layout: Layout) -> str:
    found = []
    for place in layout.places:
        if isinstance(place, Pointer):
            found.append(f"{quoted(place.staged)} text")
            found.append(f"{quoted(place.column)} bigint")
        else:
            found.append(f"{quoted(place.column)} {place.db_type.split(' CHECK')[0]}")
    return "".join(f", {column}" for column in found)


def _values(data: dict, places: tuple[Place, ...]) -> list:
    found = []
    for place in places:
        value = data.get(place.name)
        found.append(place.empty if value is None and not isinstance(place, Pointer) else value)
    return found


def _copy(table: str, columns: list[str], values: Iterable[tuple]) -> None:
    names = ", ".join(map(quoted, columns))
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
        for row in values:
            copy.write_row(row)
