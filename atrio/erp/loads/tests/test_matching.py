import pytest

from ..matching import default_mapping
from ..rows import Files, Load, Row
from ..values import Refused
from .test_rows import ORDERS

LABELS = {
    "external_id": ("Código del ERP", "Código no ERP"),
    "number": ("Número",),
    "total": ("Total a pagar",),
    "quantity": ("Cantidad", "Quantidade"),
    "code": ("Código",),
}


def names(field):
    return LABELS.get(field.name, ())


def data(files):
    mapping = default_mapping(ORDERS, files, names)
    found = list(Load(mapping, ORDERS, files).rows())
    assert all(isinstance(row, Row) for row in found), found
    return [row.data for row in found]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_named_as_fields_or_labels(tmp_path):
    main = write(tmp_path / "a.csv", "CODIGO DEL ERP;Numero;total_a_pagar;otro\nA;F-1;12,50;x\n")
    assert data(Files(main)) == [{"state": "open", "external_id": "A", "number": "F-1", "total": pytest.approx(12.5)}]


def test_lines_beside_their_header(tmp_path):
    main = write(tmp_path / "a.csv", "external_id;number;line_code;line_quantity\nA;1;x;2\nA;1;y;3\nB;2;z;1\n")
    first, second = data(Files(main))
    assert [line["code"] for line in first["lines"]] == ["x", "y"]
    assert second["number"] == "2"


def test_lines_inside_their_header(tmp_path):
    main = write(tmp_path / "a.json", '[{"external_id": "A"}, {"external_id": "B", "Líneas": [{"Cantidad": 2}]}]')
    assert [len(row["lines"]) for row in data(Files(main))] == [0, 1]


def test_lines_in_a_second_file(tmp_path):
    main = write(tmp_path / "a.csv", "external_id,number\nA,1\n")
    lines = write(tmp_path / "b.csv", "documento,cantidad\nA,2\n")
    assert data(Files(main, lines))[0]["lines"][0]["quantity"] == 2
    wrong = write(tmp_path / "c.csv", "x,cantidad\nA,2\n")
    with pytest.raises(Refused) as caught:
        default_mapping(ORDERS, Files(main, wrong), names)
    assert caught.value.reason.code == "not_recognised"


def test_what_is_not_recognised_or_in_doubt_is_refused(tmp_path):
    with pytest.raises(Refused) as caught:
        default_mapping(ORDERS, Files(write(tmp_path / "a.csv", "id,number\n1,2\n")), names)
    assert caught.value.reason.code == "not_recognised"
    with pytest.raises(Refused) as caught:
        default_mapping(ORDERS, Files(write(tmp_path / "b.csv", "external_id,Número,number\n1,2,3\n")), names)
    assert caught.value.reason.code == "two_columns"
