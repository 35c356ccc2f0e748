from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..expressions import compile_expression
from ..values import Refused

ROW = {"Quantity": Decimal(3), "Price": Decimal("10.335"), "Unit price": Decimal(2), "city.rate": Decimal(15)}


def value(text, row=ROW):
    return compile_expression(text, lambda name: lambda given: given[name])(row)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Quantity * Price", "31.005"),
        ("round(Quantity * Price, 2)", "31.01"),
        ("round(-Quantity * Price, 2)", "-31.01"),
        ("round(Quantity * Price)", None),
        ("{Unit price} * (Quantity - 1)", "4"),
        ("{Unit price}*{Unit price}+{city.rate}", "19"),
        ("Quantity * city.rate * 0.01", "0.45"),
        ("-Quantity + +2", "-1"),
        ("0.1 + 0.2", "0.3"),
    ],
)
def test_arithmetic_is_exact(text, result):
    if result is None:
        with pytest.raises(Refused):
            value(text)
        return
    assert value(text) == Decimal(result)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 / 2",
        "2 ** 9",
        "Quantity if 1 else 2",
        "__import__('os')",
        "Quantity.__class__()",
        "(lambda: 1)()",
        "[1][0]",
        "'a' * 3",
        "True + 1",
        "round(Quantity, -1)",
        "round(Quantity, Price)",
        "Quantity; Price",
        "Quantity := 2",
        "1e400",
        "(" * 240 + "1" + ")" * 240,
        "1+" * 300 + "1",
    ],
)
def test_nothing_else_is_an_expression(text):
    with pytest.raises(Refused):
        value(text)


def test_an_empty_column_makes_an_empty_result():
    assert value("Quantity * Price", {"Quantity": None, "Price": Decimal(2)}) is None
    assert value("round(-Quantity, 2)", {"Quantity": None}) is None


def test_what_does_not_fit_exactly_is_refused():
    small = Decimal("1.23456789012345678901")
    with pytest.raises(Refused) as caught:
        value("a * a * a * a", {"a": small})
    assert caught.value.reason.code == "number_too_large"


@given(st.integers(0, 10**6), st.decimals(places=4, min_value=0, max_value=10**6))
def test_rounding_is_commercial(quantity, price):
    row = {"Quantity": Decimal(quantity), "Price": price}
    assert value("round(Quantity * Price, 2)", row) == (quantity * price * 100 + Decimal("0.5")) // 1 / 100
