"""The rows of a load on their way: in temporary tables, filled by COPY, checked as a set before anything is written."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from django.db import connection

from .schema import KEY, POSITION
from .tables import Layout, Place, Pointer, quoted

HEADER, LINE, DONE = "load_header", "load_line", "load_done"
XML = "xml"
PORTION = 200  # documents in one piece of COPY: the database works on one while the next is written
NULL = "\x01"  # in no text, for what is read is cleaned of it
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Staged(NamedTuple):
    """A document ready for its table: its number in this load, its line in the file, its id, what is kept of it."""

    number: int
    line: int
    pk: int
    known: bool
    digest: bytes
    tokens: list[str]
    data: dict


class Stage:
    """Temporary tables of the transaction, as wide as the rows of this load."""

    def __init__(self, header: Layout, lines: Layout | None):
        self.header, self.lines = header, lines
        self.names_itself = any(header.points_at_itself(place) for place in header.places)

    def create(self) -> None:
        """Make the tables empty; they vanish with the transaction."""
        own = "row_no int, row_line int, id bigint, row_known bool, external_id text, source_hash bytea"
        own += ", row_tokens tsvector, row_xml text"
        with connection.cursor() as cursor:
            cursor.execute(f"drop table if exists {HEADER}, {LINE}")
            cursor.execute(f"create temp table {HEADER} ({own}{_columns(self.header)}) on commit drop")
            if self.lines:
                narrow = "row_no int, document_id bigint, id bigint"
                cursor.execute(f"create temp table {LINE} ({narrow}{_columns(self.lines)}) on commit drop")

    def copy(self, rows: list[Staged]) -> None:
        """Add rows."""
        own = ["source_hash", "row_no", "row_line", "id", "row_known", KEY, "row_tokens", "row_xml"]
        _copy(HEADER, own + [place.staged for place in self.header.places], _headers(rows, self.header.places))
        if self.lines:
            own = ["row_no", "document_id"]
            _copy(LINE, own + [place.staged for place in self.lines.places], _lines(rows, self.lines.places))

    def analyze(self) -> None:
        """Tell the planner what is in them, as far as it is joined by it."""
        joined = ", ".join(quoted(place.staged) for place in self.header.pointers)
        with connection.cursor() as cursor:
            cursor.execute(f"create index on {HEADER} (external_id)")
            cursor.execute(f"create unique index on {HEADER} (row_no)")
            cursor.execute(f"analyze {HEADER} (row_no, id, row_known, external_id{', ' if joined else ''}{joined})")
            if self.lines:
                cursor.execute(f"create index on {LINE} (row_no)")
                cursor.execute(f"analyze {LINE} (row_no, document_id, {POSITION})")

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


# --- rows as COPY reads them ----------------------------------------------------------------------------------------


def _copy(table: str, columns: list[str], lines: Iterator[str]) -> None:
    """By text of our own: asking an adapter for each value would take longer than the database needs for the row."""
    names = ", ".join(map(quoted, columns))
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin (null '{NULL}')") as copy:
        while text := "".join(islice(lines, PORTION)):
            copy.write(text)


def _headers(rows: list[Staged], places: tuple[Place, ...]) -> Iterator[str]:
    values_of = _values(places)
    for row in rows:
        tokens = " ".join(row.tokens)  # which are letters, digits and a point, so that a space parts them
        own = [row.number, row.line, row.pk, row.known, row.data[KEY], tokens, row.data.get(XML) or NULL]
        # A hash has a backslash of its own, which is not to be escaped.
        yield f"\\\\x{row.digest.hex()}\t{_text(own + values_of(row.data))}"


def _lines(rows: list[Staged], places: tuple[Place, ...]) -> Iterator[str]:
    values_of = _values(places)
    for row in rows:
        own = [row.number, row.pk]
        yield "".join([_text(own + values_of(line)) for line in row.data.get("lines", ())])


def _values(places: tuple[Place, ...]) -> Callable[[dict], list]:
    """The function from a row's data to the values of its columns."""
    names = [place.name for place in places]
    empties = [NULL if isinstance(place, Pointer) or place.empty is None else place.empty for place in places]

    def values(data: dict) -> list:
        found = zip(map(data.get, names), empties, strict=True)
        return [empty if value is None else value for value, empty in found]

    return values


def _text(values: list) -> str:
    """A row as COPY reads it. The database understands what Python writes of numbers, dates, yes and no."""
    text = "\t".join(map(str, values))
    if "\\" in text or "\n" in text or "\r" in text or text.count("\t") >= len(values):
        text = "\t".join([str(value).translate(ESCAPES) for value in values])
    return text + "\n"


def xml_bytes(text: str) -> bytes:
    """An electronic document in the encoding that it declares, as far as that encoding can say it."""
    start, mark, rest = text[:200].partition('encoding="')
    declared = rest.split('"')[0] if mark else "utf-8"
    try:
        return text.encode(declared)
    except (LookupError, UnicodeEncodeError):
        return text.replace(f'encoding="{declared}"', 'encoding="UTF-8"', 1).encode()
