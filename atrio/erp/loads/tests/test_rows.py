import json
from datetime import date
from decimal import Decimal

import pytest

from ..mapping import parse_mapping
from ..rows import BadRow, Files, Load, Row
from ..schema import Field, Schema
from ..types import schema_of, types_by_name
from ..values import Refused

KEY = Field("external_id", required=True)
ORDERS = Schema(
    "orders",
    (
        KEY,
        Field("number"),
        Field("day", "date"),
        Field("due", "date"),
        Field("partner", "reference", refers_to="partners"),
        Field("total", "decimal", digits=2),
        Field("state", "choice", choices=("open", "closed"), default="open"),
        Field("count", "integer"),
        Field("note"),
    ),
    Schema(
        "lines",
        (
            Field("position", "integer", required=True),
            Field("code"),
            Field("quantity", "decimal", required=True, digits=3),
            Field("net", "decimal", digits=2),
            Field("currency"),
        ),
    ),
)


class Folder:
    """A folder of source files and a mapping, loaded."""

    def __init__(self, path):
        self.path = path

    def write(self, name, content):
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def load(self, mapping, main="main.csv", schema=ORDERS, lines=None, defaults=None):
        files = Files(self.path / main, self.path / lines if lines else None)
        return Load(parse_mapping(mapping), schema, files, defaults)

    def rows(self, *args, **kwargs):
        return list(self.load(*args, **kwargs).rows())

    def data(self, *args, **kwargs):
        found = self.rows(*args, **kwargs)
        assert all(isinstance(row, Row) for row in found), found
        return [row.data for row in found]

    def column(self, spec, header, *values, kind="text"):
        """The values of one field read from one column."""
        schema = Schema("things", (KEY, Field("x", kind, digits=2 if kind == "decimal" else None)))
        self.write("main.csv", f"id;{header}\n" + "".join(f"{n};{value}\n" for n, value in enumerate(values)))
        return [row["x"] for row in self.data(f'[columns]\nexternal_id = "id"\nx = {spec}', schema=schema)]

    def refusal(self, *args, **kwargs):
        with pytest.raises(Refused) as caught:
            self.rows(*args, **kwargs)
        return caught.value.reason


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def codes(row):
    assert isinstance(row, BadRow)
    return [(problem.line, problem.column, problem.value, problem.reason.code) for problem in row.problems]


BASIC = '[columns]\nexternal_id = "id"\n'


# --- columns


@pytest.mark.parametrize(
    ("spec", "raw", "result"),
    [
        ('"a"', " x ", "x"),
        ('{constant = "k"}', "x", "k"),
        ('{template = "F-{a}"}', "7", "F-7"),
        ('{template = "F-{a}"}', "", None),
        ('{template = "F-{a}", integer_text = true}', "7.0", "F-7"),
        ('{concat = ["a", "id"], separator = "/"}', "x", "x/0"),
        ('{concat = ["a", "id"], separator = "/"}', "", "0"),
        ('{first_of = ["a", "id"]}', "", "0"),
        ('{from = "a", default = "d"}', "", "d"),
        ('{from = "a", nullif = ["-", 0]}', "-", None),
        ('{from = "a", nullif = ["-", 0]}', "0.00", None),
        ('{from = "a", nullif = ["-", 0], default = "d"}', "0", "d"),
        ('{from = "a", values = {A = "active", "*" = "other"}}', "A", "active"),
        ('{from = "a", values = {A = "active", "*" = "other"}}', "B", "other"),
        ('{from = "a", integer_text = true}', "7290.0", "7290"),
        ('{from = "a", integer_text = true}', "-5.0", "-5"),
        ('{from = "a", integer_text = true}', "A.0", "A.0"),
        ('{from = "a", strip_zeros = true}', "000120", "120"),
        ('{from = "a", strip_zeros = true}', "000", "0"),
        ('{from = "a", pad = 5}', "12", "00012"),
        ('{from = "a", upper = true}', "ñu", "ÑU"),
        ('{from = "a", lower = true}', "ÑU", "ñu"),
        ('{from = "a", remove = ["R$", " "]}', "R$ 1 2", "12"),
        ('{from = "a", before = "-"}', "A - 1", "A"),
        ('{from = "a", after = "-"}', "A - 1", "1"),
        ('{from = "a", truncate = 3}', "abcdef", "abc"),
        ('{constant = "k", when = {a = "x"}, otherwise = "o"}', "x", "k"),
        ('{constant = "k", when = {a = "x"}, otherwise = "o"}', "y", "o"),
        ('{constant = "k", when = {a = "x"}, otherwise = {from = "id"}}', "y", "0"),
        ('{constant = "k", when = {a = "x"}}', "y", None),
    ],
)
def test_a_text_column(folder, spec, raw, result):
    assert folder.column(spec, "a", raw) == [result]


@pytest.mark.parametrize(
    ("spec", "raw", "result"),
    [
        ('{from = "a", decimal = ","}', "1.234,50", "1234.50"),
        ('{from = "a", decimal = ",", thousands = " "}', "1 234,5", "1234.50"),
        ('{from = "a", negate = true}', "12", "-12.00"),
        ('{from = "a", negate = true}', "0", "0.00"),
        ('{from = "a", absolute = true}', "-12", "12.00"),
        ('{from = "a", scale = 0.01}', "1250", "12.50"),
        ('{from = "a", part = "positive"}', "-3", "0.00"),
        ('{from = "a", part = "negative"}', "-3", "3.00"),
        ('{from = "a", decimal = ".", round = 2}', "1.005", "1.01"),
        ('{from = "a", remove = "%"}', "15 %", "15.00"),
        ('{expr = "a * 2 + 1"}', "3", "7.00"),
        ('{expr = "a * 2"}', "", None),
        ('{expr = "a + 2", empty_as = 0}', "", "2.00"),
        ('{expr = "a * 0.335", round = 2}', "1", "0.34"),
        ('{from = "a", default = "0"}', "", "0.00"),
        ('{from = "a", values = {A = 1.5}}', "A", "1.50"),
    ],
)
def test_a_number_column(folder, spec, raw, result):
    found = folder.column(spec, "a", raw, kind="decimal")[0]
    assert (found if found is None else str(found)) == result


@pytest.mark.parametrize(
    ("spec", "raw", "result"),
    [
        ('{from = "a", format = "%d/%m/%Y"}', "03/04/2024", date(2024, 4, 3)),
        ('{from = "a", format = ["%d/%m/%y", "%d.%m.%Y"]}', "03.04.2024", date(2024, 4, 3)),
        ('{from = "a", add_days = 30}', "2024-01-31", date(2024, 3, 1)),
        ('{from = "a", add_days = "id"}', "2024-01-31", date(2024, 1, 31)),
        ('{from = "a", nullif = ["00000000"]}', "00000000", None),
        ("{constant = 2024-01-31}", "", date(2024, 1, 31)),
    ],
)
def test_a_date_column(folder, spec, raw, result):
    assert folder.column(spec, "a", raw, kind="date") == [result]


def test_an_unknown_code_is_refused(folder):
    folder.write("main.csv", "id,a\n1,Z\n")
    (row,) = folder.rows(BASIC + 'note = {from = "a", values = {A = "x"}}')
    assert codes(row) == [(2, "a", "Z", "unknown_code")]


def test_column_names_are_matched_forgivingly_but_never_doubtfully(folder):
    folder.write("main.csv", "ID ;Razón Social;a b;A-B\n1;x;y;z\n")
    assert folder.data('[columns]\nexternal_id = "id"\nnote = "razon social"')[0]["note"] == "x"
    assert folder.refusal(BASIC + 'note = "ab"').code == "no_column"
    reason = folder.refusal(BASIC + 'note = "nombre"')
    assert "nombre" in reason.sentence() and "Razón Social" in reason.sentence()


def test_fields_made_of_fields(folder):
    folder.write("main.csv", "id,a\n1,2\n")
    mapping = BASIC + 'total = {expr = "out.count + 1"}\ncount = "a"'
    assert folder.data(mapping)[0]["total"] == Decimal("3.00")
    assert folder.refusal(BASIC + 'total = {expr = "out.count"}\ncount = {expr = "out.total"}').code == "column_cycle"


# --- numbers and dates that no mapping explains


def test_formats_are_proved_by_the_whole_file(folder):
    folder.write("main.csv", "id;t;d\n1;1.234;03/04/2024\n2;5,50;25/04/2024\n")
    first, second = folder.data(BASIC + 'total = "t"\nday = "d"')
    assert (first["total"], first["day"]) == (Decimal("1234.00"), date(2024, 4, 3))
    assert second["total"] == Decimal("5.50")


def test_what_the_file_does_not_prove_is_refused(folder):
    folder.write("main.csv", "id;t;d\n1;1.234;03/04/2024\n2;15;2024-04-03\n")
    bad, good = folder.rows(BASIC + 'total = "t"\nday = "d"')
    assert codes(bad) == [(2, "t", "1.234", "ambiguous_number"), (2, "d", "03/04/2024", "ambiguous_date")]
    assert good.data["total"] == 15


def test_a_column_that_is_no_number_proves_nothing(folder):
    folder.write("main.csv", "id;t;note\n1;1.234;7,5\n")
    (row,) = folder.rows(BASIC + 'total = "t"\nnote = "note"')
    assert codes(row) == [(2, "t", "1.234", "ambiguous_number")]


# --- filters


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("a = 1", ["1", "2"]),
        ('a = "1"', ["1"]),
        ("a = [1, 5]", ["1", "2", "3"]),
        ("a = {not = 1}", ["3", "4", "5"]),
        ("a = {not_in = [1, 5]}", ["4", "5"]),
        ("a = {empty = true}", ["4"]),
        ("a = {empty = false}", ["1", "2", "3", "5"]),
        ("a = {greater = 1, at_most = 5}", ["3"]),
        ("d = {at_least = 2024-02-01}", ["3", "4", "5"]),
        ("d = {less = 2024-02-01}", ["1", "2"]),
        ('n = {starts = ["al", "be"]}', ["1", "2"]),
        ('n = {contains = "a"}', ["1", "2", "3", "4"]),
        ("f = true", ["1", "5"]),
        ('a = 1\nn = "beta"', ["2"]),
    ],
)
def test_where_chooses_rows(folder, where, ids):
    rows = "1,1,2024-01-01,alfa,si\n2,1.0,2024-01-02,beta,no\n3,5,2024-03-01,gamma,0\n4,,2024-04-01,delta,\n"
    folder.write("main.csv", f"id,a,d,n,f\n{rows}5,90,2024-05-01,x,yes\n")
    load = folder.load(f"[file]\ndecimal = '.'\n[where]\n{where}\n{BASIC}")
    assert [row.data["external_id"] for row in load.rows()] == ids
    assert load.skipped == 5 - len(ids)


def test_where_with_alternatives(folder):
    folder.write("main.csv", "id,a\n1,x\n2,y\n3,z\n")
    found = folder.data(f'[[where]]\na = "x"\n[[where]]\na = "z"\n{BASIC}')
    assert [row["external_id"] for row in found] == ["1", "3"]


def test_a_comparison_with_what_is_no_number_makes_a_bad_row(folder):
    folder.write("main.csv", "id,a\n1,x\n")
    (row,) = folder.rows(f"[where]\na = {{greater = 1}}\n{BASIC}")
    assert codes(row)[0][3] == "not_a_number"


# --- joins

CITY = '[join.city]\nfile = "cities.csv"\nkey = "CityID"\nfrom = "city"\n'


def test_a_code_table_is_looked_up(folder):
    folder.write("cities.csv", "CityID;Name;State\n7;Lima;1\n8;Quito;2\n")
    folder.write("states.csv", "ID,Name\n1,LIM\n")
    folder.write("main.csv", "id,city\n1,7.0\n2,8\n3,9\n4,\n")
    state = '[join.state]\nfile = "states.csv"\nkey = "ID"\nfrom = "city.State"\n'
    found = folder.data(CITY + state + BASIC + 'note = "city.Name"\nnumber = "state.Name"')
    assert [(row["note"], row["number"]) for row in found] == [
        ("Lima", "LIM"),
        ("Quito", None),
        (None, None),
        (None, None),
    ]


def test_a_required_join_refuses_what_is_not_there(folder):
    folder.write("cities.csv", "CityID;Name\n7;Lima\n")
    folder.write("main.csv", "id,city\n1,9\n")
    (row,) = folder.rows(CITY + "required = true\n" + BASIC + 'note = "city.Name"')
    assert codes(row) == [(2, "Name", "", "no_match")]


def test_a_code_table_with_a_key_twice_is_refused_unless_told_which(folder):
    folder.write("cities.csv", "CityID;Name\n7;Lima\n7;Callao\n")
    folder.write("main.csv", "id,city\n1,7\n")
    assert folder.refusal(CITY + BASIC + 'note = "city.Name"').code == "repeated_key"
    assert folder.data(CITY + 'pick = "last"\n' + BASIC + 'note = "city.Name"')[0]["note"] == "Callao"
    assert folder.data(CITY + 'pick = "first"\n' + BASIC + 'note = "city.Name"')[0]["note"] == "Lima"
    only = 'where = {Name = "Callao"}\n'
    assert folder.data(CITY + only + BASIC + 'note = "city.Name"')[0]["note"] == "Callao"


def test_joins_that_need_each_other_are_refused(folder):
    folder.write("cities.csv", "CityID;Name\n7;Lima\n")
    folder.write("main.csv", "id,city\n1,7\n")
    loop = '[join.a]\nfile = "cities.csv"\nkey = "CityID"\nfrom = "b.Name"\n'
    loop += '[join.b]\nfile = "cities.csv"\nkey = "CityID"\nfrom = "a.Name"\n'
    assert folder.refusal(loop + BASIC + 'note = "a.Name"').code == "join_cycle"


def test_a_join_has_its_own_number_format(folder):
    folder.write("cities.csv", "CityID;Rate\n7;1,5\n")
    folder.write("main.csv", "id,city,t\n1,7,2.25\n")
    assert folder.data(CITY + BASIC + 'total = {expr = "t * city.Rate", round = 2}')[0]["total"] == Decimal("3.38")


def test_a_file_outside_is_refused(folder):
    folder.write("main.csv", "id,city\n1,7\n")
    assert folder.refusal(CITY.replace("cities", "../cities") + BASIC).code == "file_outside"
    assert folder.refusal(CITY + BASIC).code == "no_file"


# --- lines

SECOND = (
    '[lines]\nfile = "lines.csv"\nkey = "order"\nheader_key = "id"\n{}\n[lines.columns]\ncode = "code"\n'
    'quantity = "q"\nnet = {{expr = "round(q * p, 2)"}}\ncurrency = "header.cur"\n'
)


def test_lines_in_a_second_file(folder):
    folder.write("main.csv", "id,cur\nA,PEN\nB,USD\n")
    folder.write("lines.csv", "n;order;code;q;p\n10;A;x;2;1,50\n2;A;y;1;0,25\n1;B;z;3;1\n")
    mapping = (
        BASIC
        + 'total = {of_lines = "sum", from = "out.net"}\ncount = {of_lines = "count"}\n'
        + SECOND.format('sort = "n"')
    )
    first, second = folder.data(mapping)
    assert [(line["position"], line["code"], line["net"]) for line in first["lines"]] == [
        (1, "y", Decimal("0.25")),
        (2, "x", Decimal("3.00")),
    ]
    assert (first["total"], first["count"]) == (Decimal("3.25"), 2)
    assert second["lines"][0]["currency"] == "USD"


def test_the_lines_file_may_be_told_apart(folder):
    folder.write("main.csv", "id,cur\nA,PEN\n")
    folder.write("other.csv", "order,code,q,p\nA,x,2,1\n")
    found = folder.data(BASIC + SECOND.format("").replace('file = "lines.csv"', ""), lines="other.csv")
    assert found[0]["lines"][0]["quantity"] == 2
    assert folder.refusal(BASIC + SECOND.format("").replace('file = "lines.csv"', "")).code == "no_file"


def test_a_bad_line_refuses_its_document_with_the_line_of_its_file(folder):
    folder.write("main.csv", "id,cur\nA,PEN\nB,PEN\n")
    folder.write("lines.csv", "order,code,q,p\nA,x,two,1.5\nA,y,,1\nB,z,1,1\n")
    bad, good = folder.rows(BASIC + SECOND.format(""))
    assert [(problem.file, problem.line, problem.column) for problem in bad.problems][0] == ("lines.csv", 2, "q")
    assert {problem.reason.code for problem in bad.problems} == {"not_a_number", "required"}
    assert good.data["external_id"] == "B"


def test_lines_without_a_document_are_refused_unless_told(folder):
    folder.write("main.csv", "id,cur\nA,PEN\nB,PEN\n")
    folder.write("lines.csv", "order,code,q,p\nA,x,1,1\nB,x,1,1\nC,y,1,1\n,z,1,1\n")
    mapping = BASIC + '[where]\nid = "A"\n' + SECOND.format("")
    good, *bad = folder.rows(mapping)
    assert good.data["external_id"] == "A"
    assert [codes(row) for row in bad] == [[(4, "order", "C", "no_header")], [(5, "order", "", "no_header")]]
    assert len(folder.rows(BASIC + '[where]\nid = "A"\n' + SECOND.format('orphans = "ignore"'))) == 1


@pytest.mark.parametrize(("empty", "count", "code"), [("keep", 2, None), ("skip", 1, None), ("refuse", 2, "no_lines")])
def test_a_document_without_lines(folder, empty, count, code):
    folder.write("main.csv", "id,cur\nA,PEN\nB,PEN\n")
    folder.write("lines.csv", "order,code,q,p\nA,x,1,1\n")
    found = folder.rows(BASIC + SECOND.format(f'empty = "{empty}"'))
    assert len(found) == count
    if code:
        assert codes(found[1])[0][3] == code


def test_aggregates_of_lines(folder):
    folder.write("main.csv", "id,cur\nA,PEN\n")
    folder.write("lines.csv", "order,code,q,p,d\nA,x,1,1,2024-05-01\nA,y,1,1,2024-05-09\nA,z,1,1,\n")
    fields = 'day = {of_lines = "max", from = "d"}\ndue = {of_lines = "min", from = "d"}\n'
    fields += 'note = {of_lines = "first", from = "code"}\nnumber = {of_lines = "last", from = "code"}\n'
    (row,) = folder.data(BASIC + fields + SECOND.format(""))
    assert (row["day"], row["due"]) == (date(2024, 5, 9), date(2024, 5, 1))
    assert (row["note"], row["number"]) == ("x", "z")


def test_nested_lines(folder):
    orders = [
        {"id": 1, "who": {"code": "C1"}, "cur": "PEN", "items": [{"sku": "x", "q": 1.5}, {"sku": "y", "q": 2}]},
        {"id": 2, "items": []},
        {"id": 3},
        {"id": 4, "items": "none"},
    ]
    folder.write("main.json", json.dumps(orders))
    mapping = BASIC + 'partner = "who.code"\n[lines]\nnested = "items"\n[lines.columns]\ncode = "sku"\nquantity = "q"\n'
    first, second, third, bad = folder.rows(mapping + 'currency = "header.cur"', main="main.json")
    assert first.data["partner"] == "C1"
    assert first.data["lines"][0] == {"position": 1, "code": "x", "quantity": Decimal("1.500"), "currency": "PEN"}
    assert second.data["lines"] == third.data["lines"] == []
    assert codes(bad)[0][3] == "no_list"


def test_flat_rows_are_grouped_wherever_they_stand(folder):
    folder.write("main.csv", "id,day,code,q\nA,2024-01-01,x,1\nB,2024-01-02,y,2\nA,2024-01-01,z,3\n")
    mapping = BASIC + 'day = "day"\ncount = {of_lines = "count"}\n[lines]\ngroup_by = "id"\n'
    first, second = folder.data(mapping + '[lines.columns]\ncode = "code"\nquantity = "q"')
    assert [line["code"] for line in first["lines"]] == ["x", "z"]
    assert (first["count"], second["external_id"]) == (2, "B")


def test_flat_rows_whose_headers_differ_are_refused(folder):
    folder.write("main.csv", "id,day,code,q\nA,2024-01-01,x,1\nA,2024-01-09,z,3\n,2024-01-01,x,1\n")
    mapping = BASIC + 'day = "day"\n[lines]\ngroup_by = "id"\n[lines.columns]\ncode = "code"\nquantity = "q"'
    differs, without = folder.rows(mapping)
    assert codes(differs) == [(3, "day", "2024-01-09", "header_differs")]
    assert codes(without)[0] == (4, "id", "", "required")


def test_a_filter_on_flat_rows_is_no_part_of_the_header(folder):
    folder.write("main.csv", "id,k,q,t\nA,1,1,1.5\nA,2,3,1.5\nA,9,3,1.5\n")
    mapping = BASIC + 'total = "t"\n[where]\nk = {less = 9}\n[lines]\ngroup_by = "id"\n[lines.columns]\nquantity = "q"'
    (row,) = folder.data(mapping)
    assert [line["quantity"] for line in row["lines"]] == [1, 3]


# --- whole rows


def test_all_that_is_wrong_in_a_row_is_told(folder):
    folder.write("main.csv", "id,t,d,s\n1,abc,2024-13-01,lost\n2,1.5,2024-12-01,OPEN\n")
    bad, good = folder.rows(BASIC + 'total = "t"\nday = "d"\nstate = "s"')
    assert codes(bad) == [
        (2, "t", "abc", "not_a_number"),
        (2, "d", "2024-13-01", "not_a_date"),
        (2, "s", "lost", "not_a_choice"),
    ]
    assert good.data["state"] == "open"


def test_a_repeated_key_is_refused_where_it_comes_again(folder):
    folder.write("main.csv", "id\n1\n2\n1.0\n1\n")
    found = folder.rows(BASIC)
    assert [type(row) for row in found] == [Row, Row, Row, BadRow]
    assert codes(found[3]) == [(5, "id", "1", "repeated")]


def test_a_missing_key_is_refused(folder):
    folder.write("main.csv", "id,a\n,x\n1,y\n")
    bad, good = folder.rows(BASIC)
    assert codes(bad) == [(2, "id", "", "required")]
    assert good.line == 3


def test_rows_that_cannot_be_read_are_bad_rows(folder):
    folder.write("main.csv", "id,a\n1,2,3\n2,x\n")
    bad, good = folder.rows(BASIC)
    assert codes(bad)[0][3] == "ragged_row"
    assert good.data["external_id"] == "2"


def test_defaults_of_field_portal_and_mapping(folder):
    folder.write("main.csv", "id,s\n1,\n2,closed\n")
    first, second = folder.data(BASIC + 'state = "s"')
    assert (first["state"], second["state"]) == ("open", "closed")
    assert folder.data(BASIC, defaults={"note": "portal"})[0]["note"] == "portal"
    told = BASIC + '[defaults]\nnote = "mapping"'
    assert folder.data(told, defaults={"note": "portal"})[0]["note"] == "mapping"


def test_only_filled_fields_are_in_a_row(folder):
    folder.write("main.csv", "id,a,b\n1,x,y\n")
    load = folder.load(BASIC + 'note = "a"')
    assert load.targets == ("external_id", "state", "note")
    assert load.unused == ("b",)
    assert [row.data for row in load.rows()] == [{"external_id": "1", "state": "open", "note": "x"}]


def test_a_required_field_that_nothing_fills_is_refused_at_once(folder):
    folder.write("main.csv", "id,a\n1,x\n")
    reason = folder.refusal('[columns]\nexternal_id = "id"\ncode = "a"', schema=schema_of(types_by_name()["products"]))
    assert (reason.code, reason.params["field"]) == ("not_filled", "name")


def test_null_words_and_foreign_headers(folder):
    folder.write(
        "main.csv", "Belnr;Betrag;Soll/Haben;Datum;Kunde\n0090;1.250,00;H;20240331;NULL\n91;5,5-;S;20240401;K1\n"
    )
    mapping = """
        [file]
        decimal = ","
        null = ["NULL"]
        [columns]
        external_id = { from = "Belnr", strip_zeros = true }
        partner = { from = "Kunde", default = "unknown" }
        side = { constant = "receivable" }
        date = "Datum"
        due_date = "Datum"
        debit = { from = "Betrag", when = { "Soll/Haben" = "S" }, otherwise = 0 }
        credit = { from = "Betrag", when = { "Soll/Haben" = "H" }, otherwise = 0 }
        [defaults]
        currency = "EUR"
    """
    first, second = folder.data(mapping, schema=schema_of(types_by_name()["ledger_entries"]))
    assert (first["external_id"], first["partner"], first["credit"]) == ("90", "unknown", Decimal("1250.00"))
    assert (second["debit"], second["credit"], second["date"]) == (Decimal("-5.50"), 0, date(2024, 4, 1))
