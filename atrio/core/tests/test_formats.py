import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from atrio.core.formats import formats_for

ES, PT, EN, MX, CH = (formats_for(one, "America/Bogota") for one in ("es_CO", "pt_BR", "en_US", "es_MX", "fr_CH"))


@pytest.mark.parametrize(
    "formats, text", [(ES, "1.234.567,50"), (PT, "1.234.567,50"), (EN, "1,234,567.50"), (MX, "1,234,567.50")]
)
def test_amounts_are_written_as_the_person_reads(formats, text):
    assert formats.amount(Decimal("1234567.5"), "USD") == text


def test_an_amount_has_the_digits_of_its_currency():
    assert ES.money(Decimal("1234.5000"), "CLP") == "CLP\u00a01.234"
    assert ES.money(Decimal("1234.5000"), "USD") == "USD\u00a01.234,50"


@given(st.decimals(-(10**12), 10**12, places=4, allow_nan=False), st.sampled_from([ES, PT, EN, MX, CH]))
def test_what_is_written_reads_back(value, formats):
    assert formats.parse_decimal(formats.number(value, 4)) == value


@pytest.mark.parametrize(
    "typed", ["1.5", "1.2345", "12.34.567", "1,2,3", "", "abc", "1e5", "NaN", "Infinity", "١٢", "--1", "1 2 3,4,5"]
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(typed):
    with pytest.raises(ValidationError):
        ES.parse_decimal(typed)


@pytest.mark.parametrize(
    "typed, value", [("1.500", "1500"), ("1500", "1500"), ("1500,5", "1500.5"), ("-3", "-3"), (" 2.000,25 ", "2000.25")]
)
def test_numbers_are_read_in_the_person_s_format(typed, value):
    assert ES.parse_decimal(typed) == Decimal(value)


def test_dates_follow_style_and_zone():
    late = dt.datetime(2026, 3, 1, 3, 30, tzinfo=dt.UTC)
    assert ES.datetime(late) == "28/02/2026 22:30"
    assert EN.date(dt.date(2026, 2, 28)) == "02/28/2026"
    assert formats_for("es_CO", "UTC", "iso").date(dt.date(2026, 2, 28)) == "2026-02-28"


def test_an_unknown_locale_falls_back():
    assert formats_for("xx_YY", "UTC").locale == "es"
