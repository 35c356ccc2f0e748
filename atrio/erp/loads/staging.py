"""The rows of a load on their way: in temporary tables, filled by COPY, checked as a set before anything is written."""

# ruff: noqa: S608 (names in statements come from models and from the catalogue, never from a file)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection

from .schema import KEY, POSITION
from .tables import Layout, Place, Pointer, quoted

HEADER, LINE = "load_header", "load_line"
XML = "xml"
PORTION = 200  # documents in one piece of COPY: the database works on one while the next is written
NULL = "\\N"
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
        own = ["row_no", "row_line", "id", "row_known", KEY, "source_hash", "row_tokens", "row_xml"]
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
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
        while text := "".join(islice(lines, PORTION)):
            copy.write(text)


def _headers(rows: list[Staged], places: tuple[Place, ...]) -> Iterator[str]:
    written = _writer(places)
    for row in rows:
        known, tokens = "t" if row.known else "f", " ".join(row.tokens)  # tokens are letters, digits and a point
        key, xml = _text(row.data[KEY]), row.data.get(XML)
        own = f"{row.number}\t{row.line}\t{row.pk}\t{known}\t{key}\t\\\\x{row.digest.hex()}\t{tokens}\t"
        yield f"{own}{NULL if xml is None else _text(xml)}{written(row.data)}\n"


def _lines(rows: list[Staged], places: tuple[Place, ...]) -> Iterator[str]:
    written = _writer(places)
    for row in rows:
        own = f"{row.number}\t{row.pk}"
        yield "".join([f"{own}{written(line)}\n" for line in row.data.get("lines", ())])


def _writer(places: tuple[Place, ...]) -> Callable[[dict], str]:
    """The function from a row's values to the fields of its columns, each after a tab."""
    names = [place.name for place in places]
    empties = [NULL if isinstance(place, Pointer) else written(place.empty) for place in places]

    def write(data: dict) -> str:
        values = zip(map(data.get, names), empties, strict=True)
        return "".join(["\t" + (empty if value is None else WRITTEN[type(value)](value)) for value, empty in values])

    return write


def _text(text: str) -> str:
    """Text with what COPY would take for the end of a field or a row."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


def written(value: Any) -> str:
    """A value as one field of COPY."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return _text(value.isoformat() if isinstance(value, date) else str(value))


WRITTEN: dict[type, Callable[[Any], str]] = defaultdict(lambda: written)
WRITTEN.update({str: _text, Decimal: str, int: str, date: date.isoformat})


def xml_bytes(text: str) -> bytes:
    """An electronic document in the encoding that it declares, as far as that encoding can say it."""
    start, mark, rest = text[:200].partition('encoding="')
    declared = rest.split('"')[0] if mark else "utf-8"
    try:
        return text.encode(declared)
    except (LookupError, UnicodeEncodeError):
        return text.replace(f'encoding="{declared}"', 'encoding="UTF-8"', 1).encode()
