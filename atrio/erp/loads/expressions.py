"""Exact arithmetic between columns: + - * ( ) round(x, n), names and numbers; nothing else parses."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact

from .values import Refused, _, bounded, round_half_up

MAX_LENGTH = 500
# What does not fit in these digits is refused: money is never rounded in silence.
EXACT = Context(prec=60, traps=[Inexact])
OPERATIONS = {ast.Add: EXACT.add, ast.Sub: EXACT.subtract, ast.Mult: EXACT.multiply}
Number = Callable[[object], Decimal | None]


def compile_expression(text: str, number_of: Callable[[str], Number]) -> Number:
    """A function from a row to the expression's value, or None where a column in it is empty.

    `number_of` gives the reader of a column by its name; a name that is no identifier is written in braces.
    """
    if len(text) > MAX_LENGTH:
        raise _refused(text)
    names: list[str] = []

    def keep(match: re.Match) -> str:
        names.append(match[1].strip())
        return f" _{len(names) - 1}_ "

    try:
        tree = ast.parse(re.sub(r"\{([^{}]*)\}", keep, text).strip(), mode="eval")
        return _compile(tree.body, text, lambda name: number_of(_unbraced(name, names)))
    except (SyntaxError, RecursionError, MemoryError, ValueError) as problem:
        if isinstance(problem, Refused):
            raise
        raise _refused(text) from problem


def _unbraced(name: str, names: list[str]) -> str:
    match = re.fullmatch(r"_(\d{1,3})_", name)
    return names[int(match[1])] if match and int(match[1]) < len(names) else name


def _refused(text: str) -> Refused:
    return Refused(
        "bad_expression",
        _("“%(text)s” is not an expression of columns, numbers, + - * ( ) and round(x, n)."),
        text=text[:80],
    )


def _compile(node: ast.expr, text: str, number_of: Callable[[str], Number]) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            # the shortest text that reads as this float is the text that was written
            exact = bounded(Decimal(repr(value)))
            return lambda _row: exact
        case ast.Name() | ast.Attribute():
            return number_of(_dotted(node, text))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            inner = _compile(operand, text, number_of)
            return _negated(inner) if isinstance(sign, ast.USub) else inner
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATIONS:
            return _binary(
                OPERATIONS[type(operator)], _compile(left, text, number_of), _compile(right, text, number_of)
            )
        case ast.Call(func=ast.Name(id="round"), args=[inner, ast.Constant(value=int() as places)], keywords=[]):
            if not isinstance(places, bool) and 0 <= places <= 10:
                return _rounded(_compile(inner, text, number_of), places)
    raise _refused(text)


def _dotted(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, text)}.{node.attr}"
    raise _refused(text)


def _binary(operation: Callable, left: Number, right: Number) -> Number:
    def value(row):
        first, second = left(row), right(row)
        if first is None or second is None:
            return None
        try:
            return operation(first, second)
        except Inexact as problem:
            raise Refused("number_too_large", _("The calculation has too many digits.")) from problem

    return value


def _negated(inner: Number) -> Number:
    def value(row):
        number = inner(row)
        return None if number is None else -number

    return value


def _rounded(inner: Number, places: int) -> Number:
    def value(row):
        number = inner(row)
        return None if number is None else round_half_up(number, places)

    return value
