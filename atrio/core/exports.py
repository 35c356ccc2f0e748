"""All that is filtered, as CSV or XLSX, streamed: a list of a million rows needs no more memory than one of ten.

What is streamed is made after the request, so `reading` opens a scope of its own. When it breaks half way, the server
ends the answer as if it were whole (Granian gives a WSGI application no other way): a cut workbook or ZIP opens in no
program, and a cut CSV says so in its last line, in an open quotation that a program refuses."""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from atrio.streams.sheets import workbook

from .actor import Actor
from .cells import choices_of, sheet_value
from .formats import Formats, formats_of
from .lists import ListQuery, source_of
from .scope import bear_silence, scope

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"


@contextmanager
def reading(actor: Actor) -> Iterator[None]:
    """The actor's scope, language and time for what is streamed: all its questions see one moment of the database."""
    alone = not connection.in_atomic_block  # a test's transaction has begun already
    with translation.override(actor.language), timezone.override(actor.time_zone), transaction.atomic():
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
            bear_silence()  # also of a reader who stopped reading
        with scope(actor):
            yield


def download(pieces: Iterator[bytes], name: str, kind: str) -> StreamingHttpResponse:
    """The pieces as a file that the browser saves."""
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _headings(query: ListQuery) -> list[str]:
    found = []
    for column in query.columns:
        found += [str(column.label), _("Currency")] if column.kind == "amount" else [str(column.label)]
    return found


def _values(query: ListQuery, names: list[str], rows: Iterable[tuple]) -> Iterator[list]:
    places: list[tuple[int, dict]] = []
    for column in query.columns:
        places.append((names.index(source_of(column)), choices_of(query.kind, column)))
        if column.kind == "amount":
            places.append((names.index(column.currency), {}))
    for row in rows:
        yield [sheet_value(row[i], labels.get(row[i]) if labels else None) for i, labels in places]


def csv_lines(headings: list[str], rows: Iterable[list], formats: Formats) -> Iterator[bytes]:
    """A CSV in portions, as the person's own spreadsheet opens it: UTF-8 with a BOM, which is what it needs to read
    accents, numbers and dates in the person's format, and semicolons between them where a comma begins the decimals."""
    writer = csv.writer(_Echo(), delimiter=";" if formats.decimal_symbol == "," else ",")
    text = _text_in(formats)
    try:
        yield b"\xef\xbb\xbf" + writer.writerow(headings).encode()
        portion = []
        for values in rows:
            portion.append(writer.writerow(map(text, values)))
            if len(portion) == 500:
                yield "".join(portion).encode()
                portion = []
        yield "".join(portion).encode()
    except Exception:
        said = _("This file is incomplete: an error broke it off here.")
        yield f'\r\n"{said}'.encode()
        raise


@contextmanager
def _all(query: ListQuery) -> Iterator[tuple[list[str], Iterator[tuple]]]:
    """The rows of an open cursor, which is closed here: left to the collector it would be closed whenever that comes
    by, in the transaction of whoever has the connection then, and break it."""
    names, rows = query.export()
    cursor: Any = rows
    with closing(cursor):
        yield names, rows


def csv_rows(query: ListQuery, actor: Actor) -> Iterator[bytes]:
    with reading(actor), _all(query) as (names, rows):
        headings = _headings(query)
        yield from csv_lines(headings, _values(query, names, rows), formats_of(actor))


def xlsx_rows(query: ListQuery, actor: Actor) -> Iterator[bytes]:
    with reading(actor), _all(query) as (names, rows):
        headings = _headings(query)
        table = _values(query, names, rows)
        yield from workbook(str(query.kind.title), headings, table, formats_of(actor).date_pattern)


def _text_in(formats: Formats) -> Callable[[Any], str]:
    moment, point = f"{formats.date_pattern} %H:%M:%S", formats.decimal_symbol
    day = lru_cache(4096)(formats.date)  # the same days come in many rows
    words = {None: "", True: _("yes"), False: _("no")}

    def text(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Decimal):
            digits = f"{value:f}"
            return digits.rstrip("0").rstrip(".").replace(".", point) if "." in digits else digits
        if isinstance(value, dt.date):
            return value.strftime(moment) if isinstance(value, dt.datetime) else day(value)
        return words[value] if value is None or isinstance(value, bool) else str(value)

    return text
