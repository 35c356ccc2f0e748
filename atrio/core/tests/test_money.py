from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrio.core.money import line_amounts, percent_apart, rounded, sum_of, unit_of

CURRENCIES = st.sampled_from(["COP", "USD", "BRL", "MXN", "CLP", "PYG", "JPY", "KWD"])
QUANTITIES = st.decimals(0, 10**6, places=3, allow_nan=False)
PRICES = st.decimals(0, 10**6, places=4, allow_nan=False)
RATES = st.sampled_from([Decimal(r) for r in ("0", "5", "8", "10.5", "16", "19", "21", "27")])


@given(st.lists(st.tuples(QUANTITIES, PRICES, RATES), max_size=20), CURRENCIES)
def test_a_document_is_the_sum_of_its_lines_to_the_cent(lines, currency):
    amounts = [line_amounts(q, p, currency, tax_rate=r) for q, p, r in lines]
    whole = sum_of(amounts)
    assert whole.net + whole.tax == whole.total
    assert whole.total == sum((a.total for a in amounts), Decimal(0))
    for amount in (whole.net, whole.tax):
        assert amount == rounded(amount, currency)


@given(QUANTITIES, PRICES, CURRENCIES)
def test_rounding_moves_less_than_half_a_unit(quantity, price, currency):
    exact = quantity * price
    assert abs(line_amounts(quantity, price, currency).net - exact) <= unit_of(currency) / 2


@pytest.mark.parametrize(
    "amount, currency, expected",
    [("2.345", "USD", "2.35"), ("2.5", "CLP", "3"), ("-2.345", "USD", "-2.35"), ("1.0005", "KWD", "1.001")],
)
def test_half_goes_up_away_from_zero(amount, currency, expected):
    assert rounded(Decimal(amount), currency) == Decimal(expected)


def test_a_float_is_no_amount():
    with pytest.raises(TypeError):
        rounded(0.1, "USD")


def test_a_discount_is_taken_before_tax():
    amounts = line_amounts(Decimal(3), Decimal("9.99"), "USD", discount_percent=Decimal(10), tax_rate=Decimal(19))
    assert (amounts.net, amounts.tax, amounts.total) == (Decimal("26.97"), Decimal("5.12"), Decimal("32.09"))


@pytest.mark.parametrize(
    "value, reference, percent", [("110", "100", "10"), ("90", "100", "-10"), ("5", "0", "100"), ("0", "0", "0")]
)
def test_how_far_apart(value, reference, percent):
    assert percent_apart(Decimal(value), Decimal(reference)) == Decimal(percent)
