from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..schema import Field, Schema
from ..values import (
    DAY_FIRST,
    MONTH_FIRST,
    YEAR_FIRST,
    NumberFormat,
    Refused,
    clean,
    converter,
    guess_dates,
    guess_numbers,
    to_boolean,
    to_date,
    to_datetime,
    to_decimal,
)

COMMA = NumberFormat(",", ".")
POINT = NumberFormat(".", ",")


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.reason.code


@pytest.mark.parametrize(
    ("text", "numbers", "number"),
    [
        ("1.234.567,89", COMMA, "1234567.89"),
        ("1234567,89", COMMA, "1234567.89"),
        ("1,234,567.89", POINT, "1234567.89"),
        ("1 234,5", NumberFormat(",", " "), "1234.5"),
        ("1\u202f234,5", NumberFormat(",", " "), "1234.5"),
        ("1’234.50", NumberFormat(".", "'"), "1234.50"),
        ("-12,5", COMMA, "-12.5"),
        ("12,5-", COMMA, "-12.5"),
        ("(12.50)", POINT, "-12.50"),
        ("\u221212.5", POINT, "-12.5"),
        ("+7", POINT, "7"),
        (".5", POINT, "0.5"),
        ("-0.00", POINT, "0"),
        ("42", None, "42"),
    ],
)
def test_numbers_are_read_by_their_format(text, numbers, number):
    assert to_decimal(text, numbers) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "numbers", "code"),
    [
        ("1.234", None, "ambiguous_number"),
        ("1,5", None, "ambiguous_number"),
        ("1.23.4", COMMA, "not_a_number"),
        ("12.34,5", COMMA, "not_a_number"),
        ("1,234", NumberFormat(".", ""), "not_a_number"),
        ("1e5", POINT, "not_a_number"),
        ("NaN", POINT, "not_a_number"),
        ("Infinity", POINT, "not_a_number"),
        ("0x10", POINT, "not_a_number"),
        ("1_000", POINT, "not_a_number"),
        ("١٢", POINT, "not_a_number"),
        ("--1", POINT, "not_a_number"),
        ("R$ 10", POINT, "not_a_number"),
        ("", POINT, "not_a_number"),
        ("9" * 16, POINT, "number_too_large"),
        (True, POINT, "not_a_number"),
        (Decimal("NaN"), POINT, "not_a_number"),
        (Decimal("1E+400"), POINT, "number_too_large"),
        (1e17, POINT, "inexact"),
    ],
)
def test_what_is_no_certain_number_is_refused(text, numbers, code):
    assert refusal(to_decimal, text, numbers) == code


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_a_number_survives_every_way_of_writing_it(number):
    english = f"{number:,.2f}"
    latin = english.translate(str.maketrans(",.", ".,"))
    assert to_decimal(english, POINT) == number
    assert to_decimal(latin, COMMA) == number
    assert to_decimal(f"{number:f}", POINT) == number
    assert to_decimal(number) == number


@given(st.lists(st.decimals(places=2, min_value=0, max_value=10**9), min_size=1, max_size=30), st.booleans())
def test_a_guessed_format_never_misreads_a_file(numbers, latin):
    texts = [f"{number:,.2f}" for number in numbers]
    if latin:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    assert [to_decimal(text, guess_numbers(texts)) for text in texts] == numbers


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234", "5,5"], ","),
        (["1.234", "1.234.567"], ","),
        (["1,234", "0.125"], "."),
        (["1234.567"], "."),
        (["1.234,50"], ","),
        (["1.234", "2.345"], None),
        (["12", "7"], None),
        (["1,5", "1.5"], None),
    ],
)
def test_a_format_is_guessed_only_from_proof(texts, mark):
    guessed = guess_numbers(texts)
    assert (guessed and guessed.decimal) == mark


def test_money_is_not_rounded_in_silence():
    amount = converter(Field("total", "decimal", digits=2))
    assert amount("12.50") == Decimal("12.50")
    assert str(amount(7)) == "7.00"
    assert refusal(amount, "12.505") == "too_many_decimals"


@pytest.mark.parametrize(
    ("value", "formats", "day"),
    [
        ("2024-02-29", YEAR_FIRST, date(2024, 2, 29)),
        ("20240229", YEAR_FIRST, date(2024, 2, 29)),
        ("2024-02-29 10:11:12.1234567", YEAR_FIRST, date(2024, 2, 29)),
        ("9999-12-31T23:59:59.9999999", YEAR_FIRST, date(9999, 12, 31)),
        ("03/04/2024", DAY_FIRST, date(2024, 4, 3)),
        ("3.4.2024", DAY_FIRST, date(2024, 4, 3)),
        ("03/04/2024", MONTH_FIRST, date(2024, 3, 4)),
        ("29-FEB-24", ("%d-%b-%y",), date(2024, 2, 29)),
        (45351, ("excel",), date(2024, 2, 29)),
        ("1709164800", ("unix",), date(2024, 2, 29)),
        (datetime(2024, 2, 29, 23), YEAR_FIRST, date(2024, 2, 29)),
        (date(2024, 2, 29), YEAR_FIRST, date(2024, 2, 29)),
    ],
)
def test_dates_are_read_by_their_format(value, formats, day):
    assert to_date(value, formats) == day


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("03/04/2024", "ambiguous_date"),
        ("2023-02-29", "not_a_date"),
        ("2024-W09-4", "not_a_date"),
        ("0000-00-00", "not_a_date"),
        ("00010101", "not_a_date"),
        ("tomorrow", "not_a_date"),
        (12.5, "not_a_date"),
        (True, "not_a_date"),
    ],
)
def test_what_is_no_certain_date_is_refused(value, code):
    assert refusal(to_date, value) == code


def test_a_zone_in_the_file_is_kept():
    assert to_datetime("2024-02-29T10:00:00-03:00").utcoffset().total_seconds() == -3 * 3600


def test_date_order_is_guessed_only_from_proof():
    assert guess_dates(["03/04/2024", "25/04/2024"]) == DAY_FIRST
    assert guess_dates(["03/04/2024", "04/25/2024"]) == MONTH_FIRST
    assert guess_dates(["03/04/2024"]) == YEAR_FIRST
    assert guess_dates(["25/04/2024", "04/25/2024"]) == YEAR_FIRST


@pytest.mark.parametrize("word", ["Sí", "SIM", "yes", "1", "Verdadero", "x", True, 1])
def test_yes_is_understood(word):
    assert to_boolean(word) is True


@pytest.mark.parametrize("word", ["No", "NÃO", "n", "0", "Falso", False, 0])
def test_no_is_understood(word):
    assert to_boolean(word) is False


def test_other_words_are_no_answer():
    assert refusal(to_boolean, "perhaps") == "not_a_boolean"


def test_cells_are_cleaned():
    assert clean("  Peña\x0bNieto\xa0 ") == "Peña Nieto"
    assert clean("   ") is None
    assert clean("n\u0303") == "ñ"
    assert refusal(clean, "a\0b") == "nul"


def test_a_code_that_a_spreadsheet_broke_is_refused():
    number = converter(Field("fiscal_id"))
    assert number("35240312345678000190550010000000011000000010").startswith("3524")
    assert refusal(number, "3,52403E+43") == "spreadsheet_number"
    assert refusal(number, 3.52403e43) == "inexact"
    assert number("1E10") == "1E10"


def test_lengths_choices_and_whole_numbers_are_checked():
    assert refusal(converter(Field("code", max_length=3)), "ABCD") == "too_long"
    assert converter(Field("state", "choice", choices=("open", "paid")))("PAID") == "paid"
    assert refusal(converter(Field("state", "choice", choices=("open",))), "lost") == "not_a_choice"
    assert converter(Field("days", "integer"))("30.0") == 30
    assert refusal(converter(Field("days", "integer")), "30.5") == "not_an_integer"
    assert refusal(converter(Field("name")), {"a": 1}) == "not_a_value"


def test_xml_is_well_formed_and_has_no_entities():
    xml = converter(Field("xml", "xml"))
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>ñ</a>'
    assert xml(text) == text
    assert refusal(xml, "<a>") == "not_xml"
    bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    assert refusal(xml, bomb) == "xml_doctype"


def test_a_reason_is_a_translatable_sentence():
    with pytest.raises(Refused) as caught:
        to_decimal("abc", POINT)
    assert caught.value.reason.sentence() == "“abc” is not a number."
    assert caught.value.reason.sentence(lambda msgid: "„%(value)s“") == "„abc“"


def test_fields_and_schemas_are_checked():
    for wrong in ({"kind": "money"}, {"kind": "choice"}, {"kind": "reference"}, {"choices": ("a",)}):
        with pytest.raises(ValueError, match="x:"):
            Field("x", **wrong)
    assert Schema("notes", (Field("external_id"),)).field("other") is None
