"""From a mapping's columns to functions that read one field of a row, made once for a load."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .conditions import compile_where, equal_to
from .expressions import compile_expression
from .mapping import Column
from .schema import Field
from .scope import Context, Formats, Getter, Reference, Scope
from .values import (
    MAX_WHOLE_DIGITS,
    Plain,
    Refused,
    Remembered,
    _,
    clean,
    converter,
    plain_reader,
    round_half_up,
    short,
    to_date,
    to_datetime,
    to_decimal,
    to_integer,
    to_text,
)

Step = Callable[[object], object]
NUMERIC = ("decimal", "integer")
DATED = ("date", "datetime")


@dataclass(frozen=True)
class Cell:
    """One field of a row: how to read it, and how to name it and its value to a person where it is refused."""

    target: str
    read: Getter
    label: str
    raw: Getter
    place: str = ""  # of the one cell of the row that it is read from
    meaning: Remembered | None = None  # what the texts in that cell mean


def compile_column(column: Column, target: Field, scope: Scope, line_scope: Scope | None = None) -> Cell:
    """The reader of one field by one column of the mapping."""
    if column.of_lines and line_scope is None:
        raise Refused("no_lines", _("“%(field)s” is made of lines, and the mapping has none."), field=column.target)
    get, formats, label = _source(column, line_scope if column.of_lines and line_scope else scope, target)
    default = None if column.default is None else converter(target)(column.default)
    if column.of_lines:
        read = _of_lines(column, target, formats, get, default)
    elif column.add_days is not None:
        read = _days_later(column, target, formats, get, scope, default)
    elif column.source == "from" and not column.when and scope.find(column.value).own:
        understand = _understood(column, formats, _finish(column, target, formats), default)
        meaning = Remembered(understand, _short_way(column, target, formats))
        return Cell(column.target, _reader(get, understand), label, get, label, meaning)
    else:
        understand = _understood(column, formats, _finish(column, target, formats), default)
        read = _reader(get, understand)
    if column.source == "constant" and not column.of_lines and column.add_days is None:
        read = _constant(read(Context({})))
    if column.when:
        read = _conditional(column, target, read, scope, line_scope)
    return Cell(column.target, read, label, (lambda _context: None) if column.of_lines else get)


def _reader(get: Getter, understand: Step) -> Getter:
    return lambda context: understand(get(context))


def _constant(value: object) -> Getter:
    return lambda _context: value


def _understood(column: Column, formats: Formats, finish: Step, default: object = None) -> Step:
    """From a cell to a value: clean it, do the steps, give it its kind."""
    steps, null, trim = _text_steps(column, formats), formats.null, column.trim

    def understand(value):
        if type(value) is str:
            value = clean(value, trim)
            if value in null:
                return default
        for step in steps:
            if value is None:
                break
            value = step(value)
        return default if value is None or value == "" else finish(value)

    return understand


def _short_way(column: Column, target: Field, formats: Formats) -> Plain:
    """How most amounts are read, where nothing is to be done to them on the way."""
    if formats.null or _text_steps(column, formats) or _is_number(column):
        return lambda _text: None
    return plain_reader(target, column.numbers or formats.numbers)


def _conditional(column: Column, target: Field, read: Getter, scope: Scope, line_scope: Scope | None) -> Getter:
    test = compile_where(column.when, scope)
    if column.otherwise:
        other = compile_column(column.otherwise, target, scope, line_scope).read
        return lambda context: read(context) if test(context) else other(context)
    default = None if column.default is None else converter(target)(column.default)
    return lambda context: read(context) if test(context) else default


# --- where the value comes from -------------------------------------------------------------------------------------


def _source(column: Column, scope: Scope, target: Field) -> tuple[Getter, Formats, str]:
    value = column.value
    match column.source:
        case "from":
            reference = _find(column, scope, target, value)
            return reference.get, reference.formats, reference.name
        case "first_of":
            references = [_find(column, scope, target, name) for name in value]
            return _first_of(references), references[0].formats, " / ".join(value)
        case "constant":
            return (lambda _context: value), Formats(), column.target
        case "expr":
            return _expression(column, scope), Formats(), str(value)
        case "template":
            return _template(value, scope, column.integer_text), Formats(), str(value)
    return _concat(value, column.separator, scope), Formats(), ", ".join(value)


def _find(column: Column, scope: Scope, target: Field, name: str) -> Reference:
    reference = scope.find(name)
    compared = any(isinstance(item, int | Decimal) for item in column.nullif)
    if (target.kind in NUMERIC or _is_number(column) or compared) and column.numbers is None:
        reference.formats.numeric.add(reference.name)
    if target.kind in DATED and not column.dates:
        reference.formats.dated.add(reference.name)
    return reference


def _first_of(references: list[Reference]) -> Getter:
    def get(context: Context):
        for reference in references:
            value = clean(reference.get(context))
            if value is not None and not (isinstance(value, str) and value in reference.formats.null):
                return value
        return None

    return get


def _expression(column: Column, scope: Scope) -> Getter:
    nothing = None if column.empty_as is None else Decimal(column.empty_as)

    def number_of(name: str):
        reference = scope.find(name)
        formats = reference.formats
        if column.numbers is None:
            formats.numeric.add(reference.name)
        numbers = column.numbers or formats.numbers

        def number(context: Context):
            value = clean(reference.get(context))
            if value is None or (isinstance(value, str) and value in formats.null):
                return nothing
            return to_decimal(value, numbers)

        return number

    return compile_expression(column.value, number_of)


def _template(text: str, scope: Scope, integer_text: bool) -> Getter:
    """Text with `{Column}` in it; where one of them is empty there is no value at all."""
    pieces = re.split(r"\{([^{}]+)\}", text)
    parts = [scope.find(piece.strip()) if odd % 2 else piece for odd, piece in enumerate(pieces)]

    def get(context: Context):
        made = []
        for part in parts:
            value = part if isinstance(part, str) else clean(part.get(context))
            if value is None:
                return None
            if not isinstance(part, str) and integer_text:
                value = _integer_text(value)
            made.append(value if isinstance(value, str) else to_text(value))
        return "".join(made)

    return get


def _concat(names: tuple[str, ...], separator: str, scope: Scope) -> Getter:
    references = [scope.find(name) for name in names]

    def get(context: Context):
        values = (clean(reference.get(context)) for reference in references)
        return separator.join(to_text(value) for value in values if value is not None)

    return get


# --- what is done to it ---------------------------------------------------------------------------------------------


def _is_number(column: Column) -> bool:
    return bool(column.absolute or column.part or column.negate or column.scale or column.round is not None)


def _text_steps(column: Column, formats: Formats) -> list[Step]:
    """The steps before a value has its kind, in the order of the attributes of a column."""
    steps: list[Step] = []
    if column.nullif:
        tests = [equal_to(item, formats) for item in column.nullif]
        steps.append(lambda value: None if any(test(value) for test in tests) else value)
    if column.remove:
        steps.append(lambda value: _remove(to_text(value), column.remove))
    if column.before:
        steps.append(lambda value: to_text(value).partition(column.before)[0].strip())
    if column.after:
        steps.append(lambda value: to_text(value).partition(column.after)[2].strip())
    if column.integer_text:
        steps.append(_integer_text)
    if column.strip_zeros:
        steps.append(lambda value: to_text(value).lstrip("0") or "0")
    if column.values:
        steps.append(_value_table(column.values))
    if column.pad:
        steps.append(lambda value: to_text(value).zfill(column.pad))
    if column.upper:
        steps.append(lambda value: to_text(value).upper())
    if column.lower:
        steps.append(lambda value: to_text(value).lower())
    if column.truncate:
        steps.append(lambda value: to_text(value)[: column.truncate].rstrip())
    return steps


def _remove(text: str, parts: tuple[str, ...]) -> str | None:
    for part in parts:
        text = text.replace(part, "")
    return text.strip() or None


def _integer_text(value) -> str:
    """`7290.0` as "7290"; `7290.5` is refused, and what is no number at all stays as it is."""
    text = to_text(value)
    whole, point, rest = text.partition(".")
    if not point or not (whole.lstrip("-") + rest).isdigit() or len(whole) > MAX_WHOLE_DIGITS:
        return text
    if rest.strip("0"):
        raise Refused("not_an_integer", _("“%(value)s” is not a whole number."), value=short(text))
    return whole


def _value_table(table: dict[str, object]) -> Step:
    """The value that stands for a code; `*` is for all other codes, and without it they are refused."""

    def look_up(value):
        text = to_text(value)
        if text in table:
            return table[text]
        if "*" in table:
            return table["*"]
        raise Refused("unknown_code", _("The mapping has no value for the code “%(value)s”."), value=short(text))

    return look_up


def _finish(column: Column, target: Field, formats: Formats) -> Step:
    numbers = column.numbers or formats.numbers
    convert = converter(target, numbers, _dates(column, formats))
    if not _is_number(column):
        return convert
    return lambda value: convert(_arithmetic(to_decimal(value, numbers), column))


def _dates(column: Column, formats: Formats) -> tuple[str, ...]:
    return ("iso", *column.dates) if column.dates else formats.dates


def _arithmetic(number: Decimal, column: Column) -> Decimal:
    if column.scale is not None:
        number = number * column.scale
    if column.absolute:
        number = abs(number)
    if column.part == "positive":
        number = max(number, Decimal(0))
    if column.part == "negative":
        number = max(-number, Decimal(0))
    if column.negate and number:
        number = -number
    return number if column.round is None else round_half_up(number, column.round)


def _days_later(column: Column, target: Field, formats: Formats, get: Getter, scope: Scope, default: object) -> Getter:
    """A date so many days after another: terms of payment."""
    days, dates = column.add_days, _dates(column, formats)
    reference = scope.find(days) if isinstance(days, str) else None
    first_day = _understood(column, formats, lambda value: to_datetime(value, dates))
    convert = converter(target)

    def read(context: Context):
        start: Any = first_day(get(context))
        count = clean(reference.get(context)) if reference else days
        if start is None or count is None:
            return default
        try:
            return convert(start + timedelta(days=to_integer(count)))
        except OverflowError as problem:
            raise Refused("not_a_date", _("The date would be out of range.")) from problem

    return read


# --- of lines into the header ---------------------------------------------------------------------------------------


def _of_lines(column: Column, target: Field, formats: Formats, get: Getter, default: object) -> Getter:
    """A field made of the same thing in each line."""
    understand = _understood(column, formats, _kind_reader(column, target, formats))
    finish = _finish(column, target, Formats())

    def read(context: Context):
        if column.of_lines == "count":
            return finish(len(context.lines))
        values: list[Any] = [value for line in context.lines if (value := understand(get(line))) is not None]
        if column.of_lines == "sum":
            return finish(sum(values, Decimal(0)))
        return finish(_pick(column.of_lines, values)) if values else default

    return read


def _kind_reader(column: Column, target: Field, formats: Formats) -> Step:
    numbers, dates = column.numbers or formats.numbers, _dates(column, formats)
    if column.of_lines == "sum" or target.kind in NUMERIC or _is_number(column):
        return lambda value: to_decimal(value, numbers)
    if target.kind in DATED:
        reader = to_date if target.kind == "date" else to_datetime
        return lambda value: reader(value, dates)
    return to_text


def _pick(how: str, values: list):
    if how == "min":
        return min(values)
    if how == "max":
        return max(values)
    return values[0] if how == "first" else values[-1]
