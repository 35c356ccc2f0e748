"""All that is filtered, as CSV or XLSX, streamed: a list of a million rows needs no more memory than one of ten."""

import csv
import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from decimal import Decimal

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _

from .actor import Actor
from .cells import choices_of, sheet_value
from .lists import ListQuery, source_of
from .scope import scope

MOST_ROWS = 1_048_575  # what an XLSX sheet holds below its heading


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


def csv_lines(headings: list[str], rows: Iterable[list]) -> Iterator[bytes]:
    """A CSV in portions; UTF-8 with a BOM, which is what spreadsheets need to read accents."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + writer.writerow(headings).encode()
    portion = []
    for values in rows:
        portion.append(writer.writerow(_text(v) for v in values))
        if len(portion) == 500:
            yield "".join(portion).encode()
            portion = []
    yield "".join(portion).encode()


def csv_rows(query: ListQuery, actor: Actor) -> Iterator[bytes]:
    """All that is filtered; opens its own scope and language: it runs after the request."""
    with translation.override(actor.language), scope(actor):
        headings = _headings(query)
        names, rows = query.export()
        yield from csv_lines(headings, _values(query, names, rows))


def _text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)


def _write_cell(sheet, row: int, place: int, value, styles: dict) -> None:
    if value is None:
        return
    if isinstance(value, dt.datetime):
        sheet.write_datetime(row, place, value, styles["datetime"])
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, place, dt.datetime.combine(value, dt.time()), styles["date"])
    elif isinstance(value, (Decimal, int)) and not isinstance(value, bool):
        sheet.write_number(row, place, value, styles["number"])
    else:
        sheet.write_string(row, place, str(value))  # never write(): it would take "=…" for a formula


def xlsx_file(title: str, headings: list[str], rows: Iterable[list]) -> "tempfile._TemporaryFileWrapper":
    """A workbook on disk, rows written as they come; the caller reads and closes it."""
    target = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the response closes it)
    book = xlsxwriter.Workbook(target.name, {"constant_memory": True, "strings_to_urls": False})
    sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "1")
    bold = book.add_format({"bold": True, "bottom": 1})
    styles = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "number": book.add_format({"num_format": "#,##0.00####"}),
    }
    sheet.freeze_panes(1, 0)
    for place, heading in enumerate(headings):
        sheet.set_column(place, place, max(12, min(len(heading) + 4, 40)))
        sheet.write_string(0, place, heading, bold)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            break
        for place, value in enumerate(row):
            _write_cell(sheet, number, place, value, styles)
    book.close()
    return target


def xlsx_of(query: ListQuery) -> "tempfile._TemporaryFileWrapper":
    names, rows = query.export()
    return xlsx_file(str(query.kind.title), _headings(query), _values(query, names, rows))
