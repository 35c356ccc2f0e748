from decimal import Decimal

import pytest

from ..mapping import check_targets, find_file, load_mapping, parse_mapping
from ..types import schema_of, types_by_name
from ..values import NumberFormat, Refused


def refused(text):
    with pytest.raises(Refused) as caught:
        parse_mapping(text)
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('colums = {a = "b"}', "colums"),
        ('[columns]\na = {fron = "b"}', "columns.a.fron"),
        ('[file]\ndelimeter = ";"\n[columns]\na = "b"', "file.delimeter"),
        ('[columns]\na = "b"\n[where]\nx = {equal = 1}', "where.x.equal"),
        ('[columns]\na = "b"\n[join.c]\nfile = "f"\nkey = "k"\nkeys = "k"', "join.c.keys"),
        ('[columns]\na = "b"\n[lines]\nkey = "k"\nfil = "f"\n[lines.columns]\na = "b"', "lines.fil"),
    ],
)
def test_an_unknown_key_is_refused_by_name(text, key):
    reason = refused(text)
    assert reason.params["key"] == key
    assert key in reason.sentence()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[columns]",
        "[columns",
        "columns = 3",
        '[columns]\na = {from = "b", constant = 1}',
        '[columns]\na = {trim = true, default = "x"}',
        '[columns]\na = {from = "b", scale = "many"}',
        '[columns]\na = {from = "b", scale = 0}',
        '[columns]\na = {from = "b", part = "half"}',
        '[columns]\na = {from = "b", negate = 1}',
        '[columns]\na = {from = "b", round = true}',
        '[columns]\na = {from = "b", otherwise = 1}',
        '[columns]\na = {from = "b", of_lines = "average"}',
        '[columns]\na = {first_of = ["b", 1]}',
        '[columns]\na = {from = "b", thousands = "."}',
        '[columns]\na = {from = "b", decimal = ",", thousands = ","}',
        '[columns]\na = {from = "b", decimal = ";"}',
        '[file]\ndelimiter = ";;"\n[columns]\na = "b"',
        '[file]\nformat = "pdf"\n[columns]\na = "b"',
        '[columns]\na = "b"\n[where]\nx = {}',
        '[columns]\na = "b"\n[join.c]\nfile = "f"',
        '[columns]\na = "b"\n[join.c]\nfile = "f"\nkey = ["a", "b"]\nfrom = "a"',
        '[columns]\na = "b"\n[join.out]\nfile = "f"\nkey = "k"',
        '[columns]\na = "b"\n[lines]\n[lines.columns]\na = "b"',
        '[columns]\na = "b"\n[lines]\nkey = "k"\nnested = "l"\n[lines.columns]\na = "b"',
        '[columns]\na = "b"\n[lines]\nkey = "k"',
        '[columns]\na = "b"\n[lines]\nnested = "l"\nfile = "f"\n[lines.columns]\na = "b"',
        "[defaults]\na = [1]\n[columns]\na = 1",
    ],
)
def test_a_contradictory_mapping_is_refused(text):
    assert refused(text).code in ("bad_mapping", "broken_toml")


def test_numbers_in_a_mapping_are_exact():
    mapping = parse_mapping('[columns]\na = 0.1\nb = {from = "x", scale = 0.01}\nc = {from = "x", scale = "0.001"}')
    assert mapping.columns[0].value == Decimal("0.1")
    assert mapping.columns[1].scale == Decimal("0.01")
    assert mapping.columns[2].scale == Decimal("0.001")


def test_the_other_mark_parts_the_thousands_unless_told():
    assert parse_mapping('[file]\ndecimal = ","\n[columns]\na = "b"').source.numbers == NumberFormat(",", ".")
    told = parse_mapping('[file]\ndecimal = ","\nthousands = ""\n[columns]\na = "b"')
    assert told.source.numbers == NumberFormat(",", "")


def test_targets_are_checked_against_the_type():
    products, sales_invoices = (schema_of(types_by_name()[name]) for name in ("products", "sales_invoices"))

    def code(text, schema):
        with pytest.raises(Refused) as caught:
            check_targets(parse_mapping(text), schema)
        return caught.value.reason.code

    assert code('type = "partners"\n[columns]\nexternal_id = "a"', products) == "other_type"
    assert code('[columns]\nprise = "a"', products) == "unknown_field"
    assert code('[columns]\nprice = "a"\n[defaults]\nprise = 1', products) == "unknown_field"
    lines = '[columns]\nnumber = "a"\n[lines]\nnested = "l"\n[lines.columns]\n{} = "b"'
    assert code(lines.format("price"), sales_invoices) == "unknown_field"
    assert code(lines.format("net"), products) == "unknown_field"
    assert code(lines.format("net").replace("number", "code"), products) == "bad_mapping"
    check_targets(parse_mapping(lines.format("net")), sales_invoices)


@pytest.mark.parametrize(
    "name", ["../x.csv", "a/../../x.csv", "/etc/passwd", "C:\\x.csv", "\\\\host\\x", "a\\..\\x", "link", "x\0y"]
)
def test_a_named_file_never_leads_out_of_the_folder(tmp_path, name):
    base = tmp_path / "base"
    base.mkdir()
    (base / "link").symlink_to(tmp_path)
    with pytest.raises(Refused) as caught:
        find_file(base, name)
    assert caught.value.reason.code == "file_outside"


def test_a_named_file_may_be_below_the_folder(tmp_path):
    assert find_file(tmp_path, "csv/a.csv") == (tmp_path / "csv" / "a.csv").resolve()


def test_a_mapping_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "m.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("m.toml", "none.toml"):
        with pytest.raises(Refused) as caught:
            load_mapping(tmp_path / name)
        assert caught.value.reason.code == "no_file"
