"""The mapping of a file that needs none: its columns are named as the fields are, or as they are labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from .mapping import Column, Lines, Mapping
from .reading import DECODER, ReadOptions, Table, open_table
from .rows import Files
from .schema import KEY, Field, Schema
from .scope import fold
from .values import Refused, _

LINES = frozenset(("lines", "lineas", "linhas", "items", "itens", "detalle", "detalles", "detalhes"))
LINE_PREFIXES = ("lines", "line", "lineas", "linea", "linhas", "linha", "item")
DOCUMENT = frozenset(("document", "documento", "documentexternalid", "header", "parent"))
Names = Callable[[Field], Iterable[str]]


def label_of(field: Field) -> tuple[str, ...]:
    """The names of a field without a translator: its label as written."""
    return (str(field.label),) if field.label else ()


def default_mapping(schema: Schema, files: Files, names: Names = label_of) -> Mapping:
    """The mapping that the column names themselves say; `names` gives what else a field is called."""
    table = open_table(files.main, ReadOptions())
    keys = _keys(table)
    columns = match_columns(schema, keys, names)
    if KEY not in {column.target for column in columns}:
        raise Refused(
            "not_recognised",
            _("No column is named “%(field)s”; the file has: %(columns)s. A mapping can say which one it is."),
            field=KEY,
            columns=", ".join(keys[:60]),
        )
    return Mapping(columns=columns, type=schema.type, lines=_lines(schema, files, table, keys, names))


def match_columns(schema: Schema, keys: Iterable[str], names: Names, prefix: str = "") -> tuple[Column, ...]:
    """The columns whose name is that of a field, case, accents and punctuation apart; two for one field are refused."""
    by_name = {fold(prefix + field.name): field.name for field in schema.fields}
    for field in schema.fields:
        for name in names(field):
            by_name.setdefault(fold(prefix + name), field.name)
    found: dict[str, str] = {}
    for key in keys:
        target = by_name.get(fold(key))
        if target is None:
            continue
        if target in found:
            raise Refused(
                "two_columns",
                _("Both “%(first)s” and “%(second)s” are named as the field “%(field)s”."),
                first=found[target],
                second=key,
                field=target,
            )
        found[target] = key
    return tuple(Column(target, "from", key) for target, key in found.items())


def _lines(schema: Schema, files: Files, table: Table, keys: tuple[str, ...], names: Names) -> Lines | None:
    if schema.lines is None:
        return None
    if files.lines:
        return _second_file(schema.lines, files.lines, names, _source_of(KEY, match_columns(schema, keys, names)))
    nested = next((key for key in keys if fold(key) in LINES), None)
    if nested:
        columns = match_columns(schema.lines, _nested_keys(table, nested), names)
        return Lines(columns=columns, nested=nested) if columns else None
    for prefix in LINE_PREFIXES:
        columns = match_columns(schema.lines, keys, names, prefix + " ")
        if columns:
            return Lines(columns=columns, group_by=(_source_of(KEY, match_columns(schema, keys, names)),))
    return None


def _second_file(schema: Schema, lines: Path, names: Names, header_key: str) -> Lines:
    keys = _keys(open_table(lines, ReadOptions()))
    columns = match_columns(schema, keys, names)
    key = next((name for name in keys if fold(name) in DOCUMENT), None)
    if key is None and schema.field(KEY) is None:
        key = next((name for name in keys if fold(name) in (fold(KEY), fold(header_key))), None)
    if key is None:
        raise Refused(
            "not_recognised",
            _("No column is named “%(field)s”; the file has: %(columns)s. A mapping can say which one it is."),
            field="document",
            columns=", ".join(keys[:60]),
        )
    return Lines(columns=columns, key=(key,), header_key=(header_key,))


def _source_of(target: str, columns: tuple[Column, ...]) -> str:
    return next(str(column.value) for column in columns if column.target == target)


def _keys(table: Table) -> tuple[str, ...]:
    """The column names, which JSON shows only row by row."""
    if table.columns is not None:
        return table.columns
    found = dict.fromkeys(key for _line, row in islice(table.rows(), 200) if isinstance(row, dict) for key in row)
    return tuple(found)


def _nested_keys(table: Table, nested: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for _line, row in islice(table.rows(), 200):
        lines = row.get(nested) if isinstance(row, dict) else None
        if isinstance(lines, str) and lines.startswith("["):
            lines = DECODER.decode(lines)
        for line in lines if isinstance(lines, list) else ():
            found.update(dict.fromkeys(line if isinstance(line, dict) else ()))
    return tuple(found)
