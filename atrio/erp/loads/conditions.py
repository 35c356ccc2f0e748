"""Tests on a row: which rows of a file are meant, and when a column has its value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from .mapping import Condition, Where
from .scope import Context, Formats, Scope
from .values import Refused, clean, to_boolean, to_date, to_decimal, to_text

Test = Callable[[Context], bool]
ORDER = {
    "greater": lambda left, right: left > right,
    "at_least": lambda left, right: left >= right,
    "less": lambda left, right: left < right,
    "at_most": lambda left, right: left <= right,
}


def compile_where(where: Where, scope: Scope) -> Test | None:
    """The test of a whole `where`: any of its groups, all of a group; None where there is nothing to test."""
    if not where:
        return None
    groups = [[compile_condition(condition, scope) for condition in group] for group in where]
    if len(groups) == 1:
        return lambda context: all(test(context) for test in groups[0])
    return lambda context: any(all(test(context) for test in group) for group in groups)


def compile_condition(condition: Condition, scope: Scope) -> Test:
    """The test of one column."""
    reference = scope.find(condition.column)
    value, null = condition.value, reference.formats.null
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        reference.formats.numeric.add(reference.name)

    def cell(context: Context):
        found = clean(reference.get(context))
        return None if isinstance(found, str) and found in null else found

    match condition.operator:
        case "empty":
            return lambda context: (cell(context) is None) == value
        case "equals" | "in":
            wanted = _equal_to_any(value, reference.formats)
            return lambda context: wanted(cell(context))
        case "not" | "not_in":
            unwanted = _equal_to_any(value, reference.formats)
            return lambda context: not unwanted(cell(context))
        case "starts":
            starts = (value,) if isinstance(value, str) else tuple(value)
            return lambda context: _text(cell(context)).startswith(starts)
        case "contains":
            parts = (value,) if isinstance(value, str) else tuple(value)
            return lambda context: any(part in _text(cell(context)) for part in parts)
    return _ordered(cell, ORDER[condition.operator], value, reference.formats)


def _text(value) -> str:
    return "" if value is None else to_text(value)


def _equal_to_any(value, formats: Formats) -> Callable[[object], bool]:
    tests = [equal_to(item, formats) for item in (value if isinstance(value, list) else [value])]
    return lambda found: any(test(found) for test in tests)


def equal_to(expected, formats: Formats) -> Callable[[object], bool]:
    """The test whether a cell says what a mapping says: a number as a number, a date as a date, a text as a text."""
    if isinstance(expected, str):
        return lambda found: _text(found) == expected
    if isinstance(expected, bool):
        return lambda found: _as(found, to_boolean) is expected
    if isinstance(expected, date):
        day = expected.date() if isinstance(expected, datetime) else expected
        return lambda found: _as(found, to_date, formats.dates) == day
    return lambda found: _as(found, to_decimal, formats.numbers) == expected


def _as(found, read: Callable, *formats):
    if found is None:
        return None
    try:
        return read(found, *formats)
    except Refused:
        return None  # what is no number does not equal one; that is no error of the row


def _ordered(cell: Callable, compare: Callable, value, formats: Formats) -> Test:
    def test(context: Context) -> bool:
        found = cell(context)
        if found is None:
            return False
        if isinstance(value, date):
            day = value.date() if isinstance(value, datetime) else value
            return compare(to_date(found, formats.dates), day)
        if isinstance(value, str):
            return compare(to_text(found), value)
        return compare(to_decimal(found, formats.numbers), value)

    return test
