"""The comparison itself, over whatever numbers there are."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from atrio.core.formats import Formats

from ..matching import Billed, Ordered, Why, in_words, match

D = Decimal
quantities = st.decimals("0.001", "100000", places=3)
prices = st.decimals("0", "100000", places=2)
rates = st.sampled_from([D(0), D(5), D(19)])
tolerances = st.decimals("0", "50", places=1)
orders = st.builds(Ordered, quantities, prices, rates, st.decimals("0", "1000", places=3))
bills = st.builds(Billed, st.just(1), quantities, prices, rates)


def whys(line) -> set[Why]:
    return {d.why for d in line.differences}


@given(orders, tolerances)
def test_what_is_left_at_the_ordered_price_matches(ordered, tolerance):
    if not ordered.left:
        return
    billed = Billed(1, ordered.left, ordered.price, ordered.tax_rate)
    (line,) = match([billed], {1: ordered}, {1: ordered.quantity}, tolerance)
    assert line.ok and not line.differences


@given(bills, orders, quantities, tolerances, tolerances)
def test_more_tolerance_never_finds_more(billed, ordered, received, one, other):
    low, high = sorted([one, other])
    (strict,) = match([billed], {1: ordered}, {1: received}, low)
    (mild,) = match([billed], {1: ordered}, {1: received}, high)
    assert whys(strict) == whys(mild), "what differs does not depend on what is tolerated"
    assert mild.ok or not strict.ok


@given(bills, orders, quantities)
def test_without_tolerance_any_difference_counts(billed, ordered, received):
    (line,) = match([billed], {1: ordered}, {1: received}, D(0))
    in_all = ordered.invoiced_before + billed.quantity
    expected = {
        Why.OVER_ORDER: in_all > ordered.quantity,
        Why.OVER_RECEIVED: in_all > received,
        Why.PRICE: billed.price != ordered.price,
        Why.TAX: billed.tax_rate != ordered.tax_rate,
    }
    assert whys(line) == {why for why, is_so in expected.items() if is_so}
    assert line.ok == (not line.differences)


@given(st.lists(quantities, min_size=2, max_size=6), orders)
def test_lines_of_one_position_count_together(parts, ordered):
    found = match([Billed(1, q, ordered.price, ordered.tax_rate) for q in parts], {1: ordered}, None, D(0))
    whole = ordered.invoiced_before + sum(parts)
    assert any(Why.OVER_ORDER in whys(line) for line in found) == (whole > ordered.quantity)


def test_what_has_not_arrived_is_said_only_where_receipts_count():
    ordered, billed = Ordered(D(10), D(100), D(19)), Billed(1, D(4), D(100), D(19))
    (line,) = match([billed], {1: ordered}, {}, D(10))
    assert not line.ok and whys(line) == {Why.OVER_RECEIVED}
    (line,) = match([billed], {1: ordered}, None, D(10))
    assert line.ok


def test_a_line_without_an_order_never_matches():
    for key in (None, 7):
        (line,) = match([Billed(key, D(1), D(1))], {1: Ordered(D(1), D(1))}, None, D(100))
        assert whys(line) == {Why.NOT_ORDERED} and not line.ok


def test_reasons_are_plain_words_in_the_readers_format():
    formats = Formats("es_CO", "America/Bogota")
    billed = Billed(1, D("12.5"), D(102), D(19))
    (line,) = match([billed], {1: Ordered(D(10), D(100), D(19), D(2))}, {1: D(8)}, D(5))
    said = [in_words(d, formats) for d in line.differences]
    assert "12,5" in said[0] and " 8 " in said[0]
    assert " 6 " in said[1]
    assert "102" in said[2] and "100" in said[2]
    assert [d.tolerated for d in line.differences] == [False, False, True]
