"""The header of a document, or its lines: which fields it has, and the readers that fill them from a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from .columns import Cell, compile_column
from .conditions import compile_where
from .mapping import Column, Where
from .schema import KEY, POSITION, Field, Schema
from .scope import Context, Scope
from .values import Reason, Refused, Remembered, _, converter, short

MISSING = Reason("required", _("A value is required here."))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a source file: where, in which of its columns, with what value, and why."""

    file: str
    line: int
    column: str
    value: str
    reason: Reason


@dataclass
class Part:
    """What is read of one row of a file."""

    schema: Schema
    columns: tuple[Column, ...]
    scope: Scope
    file: str
    defaults: dict[str, object]
    cells: list[Cell] = field(default_factory=list)
    direct: list[tuple[str, str, Remembered, bool]] = field(default_factory=list)
    derived: list[Cell] = field(default_factory=list)
    test: Callable[[Context], bool] | None = None
    required: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()  # the columns that the fields are read from, those of the filter apart
    skipped: int = 0

    @classmethod
    def make(cls, schema: Schema, columns: tuple[Column, ...], scope: Scope, file: str, *defaults: dict) -> Part:
        """A part whose fields begin with the first of the defaults that has them; one that nothing fills is refused."""
        found: dict[str, object] = {}
        for item in schema.fields:
            value = next((given[item.name] for given in defaults if item.name in given), item.default)
            if value is not None:
                found[item.name] = converter(item)(value)
        filled = {column.target for column in columns} | set(found) | {POSITION}
        for item in schema.fields:
            if item.required and item.name not in filled:
                raise Refused("not_filled", _("The mapping does not fill “%(field)s”."), field=item.name)
        return cls(schema, columns, scope, file, found)

    def bind(self, where: Where, line_scope: Scope | None = None) -> None:
        """Make the readers, in the order in which they need each other's results."""
        fields = {item.name: item for item in self.schema.fields}
        self.cells = [compile_column(one, fields[one.target], self.scope, line_scope) for one in by_need(self.columns)]
        direct = [one for one in self.cells if one.meaning is not None]
        self.direct = [(one.target, one.place, one.meaning, one.target in self.defaults) for one in direct]
        self.derived = [one for one in self.cells if one.meaning is None]
        self.required = tuple(item.name for item in self.schema.fields if item.required and item.name != POSITION)
        self.own = self.own or frozenset(self.scope.used)
        self.test = compile_where(where, self.scope)

    def passes(self, context: Context, line: int, problems: list[Problem]) -> bool:
        """Whether the row is meant; one that cannot be compared is a problem."""
        try:
            passes = self.test is None or self.test(context)
        except Refused as refused:
            problems.append(Problem(self.file, line, "", "", refused.reason))
            return False
        self.skipped += not passes
        return passes

    def read(self, context: Context, line: int, problems: list[Problem]) -> dict:
        """The typed fields of one row; what is wrong with them is added to the problems."""
        out, get, defaults = context.out, context.row.get, self.defaults
        out.update(defaults)
        try:
            for target, place, meaning, begun in self.direct:  # most columns of most files
                sent = get(place)
                value = meaning[sent] if isinstance(sent, str) else meaning.understand(sent)
                if value is not None or not begun:
                    out[target] = value
            for cell in self.derived:
                value = cell.read(context)
                if value is not None or cell.target not in defaults:
                    out[cell.target] = value
        except Refused:
            self._read_on(context, line, problems)
        for name in self.required:
            if out.get(name) is None and not any(problem.line == line for problem in problems):
                problems.append(Problem(self.file, line, self.label(name), "", MISSING))
        return out

    def at_once(self, names: tuple[str, ...]) -> Callable[[Sequence[str]], dict | None] | None:
        """The short way for records of texts, where nothing is derived; None for one that is to be looked at."""
        if self.derived or self.test is not None or len(self.direct) < 2:
            return None
        pick = itemgetter(*(names.index(place) for _target, place, _meaning, _begun in self.direct))
        targets, meanings = [one[0] for one in self.direct], [one[2] for one in self.direct]
        defaults, required = list(self.defaults.items()), self.required

        def read(record: Sequence[str]) -> dict | None:
            try:
                values = [meaning[cell] for meaning, cell in zip(meanings, pick(record), strict=True)]
            except Refused:
                return None
            out = dict(zip(targets, values, strict=True))
            for name, value in defaults:
                if out.get(name) is None:
                    out[name] = value
            return None if any(out.get(name) is None for name in required) else out

        return read

    def _read_on(self, context: Context, line: int, problems: list[Problem]) -> None:
        """All of it once more, taking down each refusal: something in this row is wrong."""
        for cell in self.cells:
            try:
                value = cell.read(context)
            except Refused as refused:
                problems.append(Problem(self.file, line, cell.label, _shown(cell, context), refused.reason))
                continue
            if value is not None or cell.target not in self.defaults:
                context.out[cell.target] = value

    def label(self, name: str) -> str:
        """The source column of a field."""
        return next((cell.label for cell in self.cells if cell.target == name), name)

    @property
    def targets(self) -> tuple[str, ...]:
        """The fields that every row has."""
        filled = {cell.target for cell in self.cells} | set(self.defaults)
        if self.schema.field(POSITION) and self.schema.field(KEY) is None:
            filled.add(POSITION)
        return tuple(name for name in self.schema.names() if name in filled)


def _shown(cell: Cell, context: Context) -> str:
    try:
        value = cell.raw(context)
    except Refused:
        return ""
    return "" if value is None else short(value)


def by_need(columns: tuple[Column, ...]) -> list[Column]:
    """The columns so that one that uses `out.x` comes after x."""
    by_target = {column.target: column for column in columns}
    ordered: list[Column] = []
    begun: list[str] = []

    def place(column: Column) -> None:
        if column in ordered:
            return
        if column.target in begun:
            raise Refused("column_cycle", _("The field “%(field)s” needs itself."), field=column.target)
        begun.append(column.target)
        for name in _needs(column):
            if name in by_target:
                place(by_target[name])
        begun.remove(column.target)
        ordered.append(column)

    for column in columns:
        place(column)
    return ordered


def _needs(column: Column) -> list[str]:
    if column.of_lines:
        return []
    texts = [str(column.value), str(column.add_days or "")]
    texts += [condition.column for group in column.when for condition in group]
    found = re.findall(r"\bout\.(\w+)", " ".join(texts))
    return found + (_needs(column.otherwise) if column.otherwise else [])


def check_key(schema: Schema) -> None:
    """A type that is loaded is known by its key."""
    key: Field | None = schema.field(KEY)
    if key is None or not key.required:
        raise ValueError(f"{schema.type}: the schema must have the required field {KEY}")
