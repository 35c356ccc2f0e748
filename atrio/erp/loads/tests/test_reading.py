import csv
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .. import reading
from ..reading import ReadOptions, open_table, read
from ..values import Reason, Refused


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(file, **options):
    return list(read(file, ReadOptions(**options)))


def refusal(file, **options):
    with pytest.raises(Refused) as caught:
        rows(file, **options)
    return caught.value.reason.code


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, mark):
    text = f"id{mark}name\n1{mark}a b\n2{mark}c, d; e\n" if mark not in ",;" else f"id{mark}name\n1{mark}x\n2{mark}y\n"
    found = rows(write(tmp_path, "a.csv", text))
    assert [row["id"] for _line, row in found] == ["1", "2"]


def test_decimal_commas_do_not_pass_for_the_delimiter(tmp_path):
    text = "id;price;total\n1;10,50;21,00\n2;3,10;6,20\n"
    assert rows(write(tmp_path, "a.csv", text))[0] == (2, {"id": "1", "price": "10,50", "total": "21,00"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encoding_is_found(tmp_path, encoding):
    path = write(tmp_path, "a.csv", "código;razón\n1;Peña & Ñandú\n".encode(encoding))
    assert rows(path) == [(2, {"código": "1", "razón": "Peña & Ñandú"})]


def test_a_told_encoding_is_obeyed_or_refused(tmp_path):
    path = write(tmp_path, "a.csv", "a,b\n1,ñ\n".encode("cp850"))
    assert rows(path, encoding="cp850")[0][1]["b"] == "ñ"
    assert refusal(path, encoding="utf-8") == "wrong_encoding"
    assert refusal(path, encoding="no-such") == "unknown_encoding"
    assert refusal(path, encoding="rot13") == "unknown_encoding"


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path):
    path = write(tmp_path, "a.csv", 'a,b\r\n1,"two\r\nlines"\r\n\r\n3,x\r\n')
    assert [line for line, _row in rows(path)] == [2, 5]


def test_headers_without_a_name_or_repeated_are_named(tmp_path):
    path = write(tmp_path, "a.csv", ",Total,Total\n0,1,2\n")
    assert rows(path) == [(2, {"#1": "0", "Total": "1", "Total (2)": "2"})]


def test_a_file_without_header(tmp_path):
    path = write(tmp_path, "a.txt", "1;x\n2;y\n")
    assert rows(path, header=False, names=("id", "name"))[1] == (2, {"id": "2", "name": "y"})
    assert rows(path, header=False)[0] == (1, {"#1": "1", "#2": "x"})


def test_a_header_further_down(tmp_path):
    path = write(tmp_path, "a.csv", "ACME report\n\nid;name\n1;x\n")
    assert rows(path, header_row=2, delimiter=";", ragged=True) == [(4, {"id": "1", "name": "x"})]


def test_a_row_of_another_width_is_a_reason_not_a_guess(tmp_path):
    path = write(tmp_path, "a.csv", "a,b\n1,2,3\n4,5,\n6\n7,8\n")
    found = dict(rows(path))
    assert isinstance(found[2], Reason) and found[2].code == "ragged_row"
    assert found[3] == {"a": "4", "b": "5"}
    assert found[4].code == "ragged_row"
    assert found[5] == {"a": "7", "b": "8"}
    assert dict(rows(path, ragged=True))[4] == {"a": "6"}


def test_broken_quotes_are_refused_with_the_line(tmp_path):
    assert refusal(write(tmp_path, "a.csv", 'a,b\n1,"x"y\n')) == "broken_csv"
    assert refusal(write(tmp_path, "a.csv", 'a,b\n1,"never closed\n')) == "broken_csv"
    assert rows(write(tmp_path, "a.csv", 'a,b\n1,"x"y\n'), quote="")[0][1]["b"] == '"x"y'
    assert rows(write(tmp_path, "a.csv", 'a,b\n1,"x \\" y"\n'), escape="\\")[0][1]["b"] == 'x " y'


def test_empty_missing_and_large_files_are_refused(tmp_path):
    assert refusal(write(tmp_path, "a.csv", " \n")) == "empty_file"
    assert refusal(tmp_path / "none.csv") == "no_file"
    assert refusal(tmp_path) == "no_file"
    assert refusal(write(tmp_path, "b.csv", "a,b\n1,2\n"), max_bytes=5) == "file_too_large"
    assert rows(write(tmp_path, "c.csv", "a,b\n")) == []


# No lone surrogates: they are not text in any encoding. No other line ends: csv reads them as it should.
CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(table=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), mark=st.sampled_from(",;\t|"))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path, table, mark):
    path = tmp_path / "round.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=mark, quoting=csv.QUOTE_ALL)
        writer.writerow(["a", "b", "c"])
        writer.writerows(table)
    found = [tuple(row.values()) for _line, row in rows(path, delimiter=mark, encoding="utf-8")]
    assert found == [row for row in table if any(row)]


def sheet(path, cells, name="Datos"):
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Portada")
    page = book.add_worksheet(name)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            if isinstance(value, date):
                page.write_datetime(row, column, value, day)
            elif value is not None:
                page.write(row, column, value)
    book.close()
    return path


def test_a_sheet_gives_typed_values(tmp_path):
    cells = [
        [],
        ["id", "price", "day", "ok"],
        [7290, 0.1 + 0.2, datetime(2024, 2, 29), True],
        [3.5e43, "x", None, None],
    ]
    path = sheet(tmp_path / "a.xlsx", cells)
    first, second = rows(path, sheet="Datos")
    assert first == (3, {"id": 7290, "price": Decimal("0.3"), "day": date(2024, 2, 29), "ok": True})
    assert isinstance(second[1]["id"], float)
    assert rows(path, sheet=1) == [first, second]
    assert refusal(path, sheet="Otra") == "no_sheet"
    assert refusal(path, sheet=7) == "no_sheet"
    assert refusal(path) == "no_header"


def test_a_damaged_or_swollen_sheet_is_refused(tmp_path, monkeypatch):
    assert refusal(write(tmp_path, "a.xlsx", b"PK\x03\x04 and nothing")) == "broken_sheet"
    path = sheet(tmp_path / "b.xlsx", [["id"], [1]])
    monkeypatch.setattr(reading, "MAX_SHEET_BYTES", 100)
    assert refusal(path) == "file_too_large"


def test_json_rows_and_their_lines(tmp_path):
    path = write(tmp_path, "a.json", '[\n {"id": 1, "t": 10.50, "e": 1e2},\n\n {"id": 2, "lines": [{"q": 0.1}]}\n]\n')
    (first_line, first), (second_line, second) = rows(path)
    assert (first_line, second_line) == (2, 4)
    assert first == {"id": 1, "t": Decimal("10.50"), "e": Decimal(100)}
    assert second["lines"] == [{"q": Decimal("0.1")}]


def test_json_inside_an_object(tmp_path):
    path = write(tmp_path, "a.json", json.dumps({"meta": {}, "data": {"items": [{"id": 1}]}}))
    assert rows(path, path="data.items") == [(1, {"id": 1})]
    assert refusal(path, path="data.rows") == "no_list"
    assert refusal(path) == "no_list"
    assert rows(write(tmp_path, "b.json", '{"page": 1, "rows": [{"id": 3}]}')) == [(1, {"id": 3})]


@pytest.mark.parametrize(
    "text", ['[{"a": NaN}]', '[{"a": Infinity}]', '[{"a": 1},]', "[1", '[{"a": 1}] x', "[" * 90000]
)
def test_json_that_is_not_json_is_refused(tmp_path, text):
    assert refusal(write(tmp_path, "a.json", text)) in ("broken_json", "not_a_number")


def test_ndjson_refuses_a_line_and_goes_on(tmp_path):
    path = write(tmp_path, "a.ndjson", '{"id": 1}\n\nnot json\n[1]\n{"id": NaN}\n{"id": 2}\n')
    found = dict(rows(path))
    assert found[1] == {"id": 1} and found[6] == {"id": 2}
    assert [found[line].code for line in (3, 4, 5)] == ["broken_json", "not_an_object", "not_a_number"]


def test_formats_are_recognised_by_content(tmp_path):
    assert rows(write(tmp_path, "export", '{"id": 1}\n{"id": 2}\n')) == [(1, {"id": 1}), (2, {"id": 2})]
    assert rows(write(tmp_path, "export", '[{"id": 1}]')) == [(1, {"id": 1})]
    assert rows(write(tmp_path, "export", "id;x\n1;2\n")) == [(2, {"id": "1", "x": "2"})]
    path = sheet(tmp_path / "a.csv", [["id"], [1]])
    assert rows(path, sheet="Datos") == [(2, {"id": 1})]


def test_parquet_values_are_exact(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.table(
        {
            "id": pa.array([1, 2]),
            "price": pa.array([360.53, None]),
            "code": pa.array([7290.0, float("nan")]),
            "small": pa.array([0.1, 2.5], pa.float32()),
            "exact": pa.array([Decimal("1.10"), None], pa.decimal128(9, 2)),
            "at": pa.array([1704067200000000001, None], pa.timestamp("ns")),
            "lines": pa.array([[{"q": 1.5}], []]),
        }
    )
    parquet.write_table(table, tmp_path / "a.bin")
    (_one, first), (_two, second) = rows(tmp_path / "a.bin")
    assert first == {
        "id": 1,
        "price": Decimal("360.53"),
        "code": 7290,
        "small": Decimal("0.1"),
        "exact": Decimal("1.10"),
        "at": datetime(2024, 1, 1),
        "lines": [{"q": Decimal("1.5")}],
    }
    assert second["code"] is None and second["price"] is None
    assert list(open_table(tmp_path / "a.bin").rows(frozenset({"id"}))) == [(1, {"id": 1}), (2, {"id": 2})]
    assert refusal(write(tmp_path, "b.parquet", b"PAR1 and nothing")) == "broken_parquet"


def test_without_pyarrow_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert refusal(write(tmp_path, "a.parquet", b"PAR1")) == "no_parquet"
