"""A workbook that goes out row by row: XlsxWriter makes all that stands around the rows, the rows never wait.

XlsxWriter itself builds a file before the first byte can leave, so only the rows are written here: each cell by its
type, dates as the day numbers that sheets count, texts inline and escaped."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import IO, Any, cast
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from .zips import Pipe

MOST_ROWS = 1_048_575  # what a sheet holds below its heading; the rest goes to a second one
MOST_LETTERS = 32_767  # what a cell holds, counted as UTF-16
PORTION = 500  # rows that are compressed and sent together
DAY_ZERO, FIRST_DAY = dt.date(1899, 12, 30), dt.date(1900, 3, 1)  # before that, programs count days differently
# No XML can hold these; sheets write them as _x0000_, and so also what only looks like it.
_CODED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def workbook(title: str, headings: list[str], rows: Iterable[list], date_pattern: str = "%Y-%m-%d") -> Iterator[bytes]:
    """Yield an XLSX of one table, piece by piece, in as many sheets as it needs; dates look as the pattern says."""
    pipe, left, sheets = Pipe(), iter(rows), 0
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        around = Around(title, headings, 1, date_pattern)
        more: list[list] = []
        while not sheets or more:
            sheets += 1
            with book.open(around.place(sheets), "w") as sheet:
                yield pipe.drain()
                sheet.write(around.head if sheets == 1 else around.head.replace(b' tabSelected="1"', b""))
                for portion in _portions(chain(more, islice(left, MOST_ROWS - len(more))), around):
                    sheet.write(portion)
                    if piece := pipe.drain():
                        yield piece
                sheet.write(around.foot)
            more = list(islice(left, 1))
        for name, part in Around(title, headings, sheets, date_pattern).parts.items():
            if "/worksheets/" not in name:
                book.writestr(name, part)
    yield pipe.drain()


class Around:
    """The parts of a workbook that has no rows yet, and a sheet of it as what stands before and after its rows."""

    def __init__(self, title: str, headings: list[str], sheets: int, date_pattern: str):
        self.columns = [xl_col_to_name(place) for place in range(len(headings))]
        with zipfile.ZipFile(_empty(title, headings, sheets, date_pattern)) as made:
            self.parts = {name: made.read(name) for name in made.namelist()}
        sheet = re.sub(rb"<dimension [^>]*/>", b"", self.parts[self.place(1)])
        self.head, samples, self.foot = re.split(rb'(?s)(<row r="2".*?</row>)', sheet)
        self.date, self.datetime, self.number = (style.decode() for style in re.findall(rb' s="(\d+)"', samples))

    @staticmethod
    def place(sheet: int) -> str:
        return f"xl/worksheets/sheet{sheet}.xml"


def _empty(title: str, headings: list[str], sheets: int, date_pattern: str) -> BytesIO:
    """Headings that stay in sight, and beneath them a cell of each look that rows may have."""
    target = BytesIO()
    date = date_pattern.replace("%Y", "yyyy").replace("%m", "mm").replace("%d", "dd")
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        looks = [book.add_format({"num_format": f}) for f in (date, f"{date} hh:mm:ss", "#,##0.00####")]
        plain = "".join(letter for letter in title if letter not in "[]:*?/\\").strip("' ") or "1"
        for number in range(1, sheets + 1):
            sheet = book.add_worksheet(plain[:31] if number == 1 else f"{plain[:25]} {number}")
            sheet.freeze_panes(1, 0)
            for place, heading in enumerate(headings):
                sheet.set_column(place, place, max(12, min(len(heading) + 4, 40)))
                sheet.write_string(0, place, heading, bold)
            for place, look in enumerate(looks):
                sheet.write_blank(1, place, None, look)
    return target


def _portions(rows: Iterable[list], around: Around) -> Iterator[bytes]:
    portion = []
    for number, values in enumerate(rows, start=2):
        cells = zip(around.columns, values, strict=True)
        written = "".join([_cell(f"{column}{number}", v, around) for column, v in cells if v is not None])
        portion.append(f'<row r="{number}">{written}</row>')
        if len(portion) == PORTION:
            yield "".join(portion).encode()
            portion = []
    yield "".join(portion).encode()


def _cell(place: str, value: Any, around: Around) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite()):
        digits = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return f'<c r="{place}" s="{around.number}"><v>{digits}</v></c>'
    day = value.date() if isinstance(value, dt.datetime) else value
    if not isinstance(day, dt.date) or day < FIRST_DAY:
        return _cell(place, str(value), around)
    if day is value:
        return f'<c r="{place}" s="{around.date}"><v>{(day - DAY_ZERO).days}</v></c>'
    seconds = (value - dt.datetime.combine(day, dt.time())).total_seconds()
    return f'<c r="{place}" s="{around.datetime}"><v>{(day - DAY_ZERO).days + seconds / 86_400!r}</v></c>'


def _text(text: str) -> str:
    if len(text) * 2 > MOST_LETTERS:  # each letter counts once or twice
        units = text.encode("utf-16-le", "surrogatepass")
        if len(units) > 2 * MOST_LETTERS:  # a program would refuse the whole file
            text = units[: 2 * (MOST_LETTERS - 1)].decode("utf-16-le", "ignore") + "…"
    return escape(_CODED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
