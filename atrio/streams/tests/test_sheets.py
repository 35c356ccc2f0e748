"""A workbook that goes out row by row says, read back, what went in; a cut one says nothing."""

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from atrio.streams import sheets
from atrio.streams.sheets import workbook

NOON = dt.datetime(2026, 3, 1, 12, 30, 15)
SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def made(rows, headings=("Número",), title="Facturas") -> bytes:
    return b"".join(workbook(title, list(headings), rows))


def read(content: bytes, place: int = 0) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(place).to_python()


def part(content: bytes, name: str = "xl/worksheets/sheet1.xml"):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        return ElementTree.fromstring(book.read(name))


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (None, ""),
        ("Ñandú & Cía. <S.A.S.> 'x' \"y\"", "Ñandú & Cía. <S.A.S.> 'x' \"y\""),
        ("  two\n lines\t", "  two\n lines\t"),
        ("漢 👨‍👩‍👧", "漢 👨‍👩‍👧"),
        ("007", "007"),
        ("", ""),
        (True, True),
        (False, False),
        (7, 7),
        (-3, -3),
        (Decimal("0.00"), 0),
        (Decimal("1234567.89"), 1234567.89),
        (Decimal("1E+3"), 1000),
        (Decimal("-0.000001"), -0.000001),
        (Decimal("NaN"), "NaN"),
        (dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (dt.date(1900, 3, 1), dt.date(1900, 3, 1)),
        (dt.date(1899, 12, 31), "1899-12-31"),
        (NOON, NOON),
        (dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1)),
        (dt.datetime(1800, 1, 1), "1800-01-01 00:00:00"),
    ],
    ids=str,
)
def test_a_value_comes_back_as_what_it_is(value, back):
    (row,) = read(made([[value, "end"]], ("One", "Two")))[1:]
    if type(back) is dt.datetime and row[0] == back.date():
        row[0] = dt.datetime.combine(row[0], dt.time())  # the reader takes midnight for a whole day
    assert row == [back, "end"] and (type(row[0]) is bool) == (type(back) is bool)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "=HYPERLINK(1)", "{=1}", "http://example.org/a b"])
def test_no_text_becomes_a_formula_or_a_link(text):
    content = made([[text]])
    sheet = part(content)
    assert read(content)[1] == [text]
    assert not sheet.findall(".//m:f", SPACE) and not sheet.findall(".//m:hyperlink", SPACE)
    assert [cell.get("t") for cell in sheet.findall(".//m:row[@r='2']/m:c", SPACE)] == ["inlineStr"]


@pytest.mark.parametrize(
    "text", ["a\x00b", "\x1b[1m", "line\r\nline", "\ud800", "\ufffe\uffff", "_x0041_", "_x0041", "_"]
)
def test_what_xml_cannot_hold_is_coded_as_sheets_code_it(text):
    (cell,) = part(made([[text]])).findall(".//m:row[@r='2']//m:t", SPACE)
    coded = cell.text or ""
    assert re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), coded) == text


def test_a_text_too_long_for_a_cell_is_cut_where_one_sees_it():
    for text in ("x" * 40_000, "👨" * 20_000, "x" * 32_766 + "👨"):
        (cell,) = read(made([[text]]))[1]
        assert cell.endswith("…") and text.startswith(cell[:-1])
        assert len(cell.encode("utf-16-le")) // 2 in (32_766, 32_767)
    for text in ("x" * 32_767, "👨" * 16_383):
        assert read(made([[text]]))[1] == [text]


def test_the_headings_stay_in_sight_bold_and_as_wide_as_their_words():
    content = made([["x"] * 3], ("No.", "Valor unitario antes de impuestos", "Fecha"))
    sheet = part(content)
    (pane,) = sheet.findall(".//m:pane", SPACE)
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
    widths = [float(column.get("width")) for column in sheet.findall(".//m:col", SPACE) for _ in _span(column)]
    assert widths[1] > 35 > 13 > widths[0] == widths[2] > 12
    styles = part(content, "xl/styles.xml")
    looks = styles.findall("m:cellXfs/m:xf", SPACE)
    fonts = styles.findall("m:fonts/m:font", SPACE)
    heads = sheet.findall(".//m:row[@r='1']/m:c", SPACE)
    assert [fonts[int(looks[int(c.get("s"))].get("fontId"))].find("m:b", SPACE) is not None for c in heads] == [
        True
    ] * 3


def _span(column) -> range:
    return range(int(column.get("min")), int(column.get("max")) + 1)


def test_numbers_and_dates_look_like_what_they_are():
    content = made([[Decimal(5), dt.date(2026, 1, 1), NOON]], ("N", "D", "T"))
    styles = part(content, "xl/styles.xml")
    formats = {f.get("numFmtId"): f.get("formatCode") for f in styles.findall(".//m:numFmt", SPACE)}
    looks = [formats.get(xf.get("numFmtId")) for xf in styles.findall("m:cellXfs/m:xf", SPACE)]
    cells = part(content).findall(".//m:row[@r='2']/m:c", SPACE)
    assert [looks[int(c.get("s"))] for c in cells] == ["#,##0.00####", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]


def test_nothing_is_left_out_when_a_sheet_is_full(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    for count, names in ((0, 1), (3, 1), (4, 2), (6, 2), (7, 3)):
        content = made([[n] for n in range(count)], title="Facturas: de venta [2026]")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert len(book.sheet_names) == names
        assert book.sheet_names[0] == "Facturas de venta 2026"
        found = [read(content, place) for place in range(names)]
        assert all(rows[0] == ["Número"] for rows in found)
        assert [value for rows in found for (value,) in rows[1:]] == list(range(count))


def test_rows_go_out_while_others_are_still_to_come():
    asked = []

    def rows():
        for n in range(5000):
            asked.append(n)
            yield [f"FV-{n}", Decimal(n * 7919)]

    pieces = workbook("x", ["A", "B"], rows())
    assert next(pieces).startswith(b"PK\x03\x04") and not asked
    next(pieces)
    assert 0 < len(asked) <= 2500


def test_a_row_must_fill_its_columns():
    with pytest.raises(ValueError, match="shorter"):
        made([["only one"]], ("A", "B"))


def test_a_workbook_that_breaks_off_opens_nowhere():
    def rows():
        yield from ([n] for n in range(5000))
        raise OSError("the database went away")

    sent = b""
    with pytest.raises(OSError, match="went away"):
        for piece in workbook("x", ["A"], rows()):
            sent += piece
    assert sent and not zipfile.is_zipfile(io.BytesIO(sent))
