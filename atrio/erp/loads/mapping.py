"""A mapping: in TOML, how the columns of a foreign export become the fields of a document type."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import Any

from .reading import FORMATS, ReadOptions
from .schema import Schema
from .values import NumberFormat, Refused, _

TEXTS = (str, list)
SCALAR = (str, int, Decimal, bool, date, datetime)
FILE_KEYS = {
    "format": str,
    "delimiter": str,
    "encoding": str,
    "quote": str,
    "escape": str,
    "header": bool,
    "header_row": int,
    "names": list,
    "sheet": (str, int),
    "path": str,
    "ragged": bool,
    "decimal": str,
    "thousands": str,
    "dates": TEXTS,
    "null": list,
}
COLUMN_KEYS = {
    "from": str,
    "constant": SCALAR,
    "template": str,
    "expr": str,
    "first_of": list,
    "concat": list,
    "separator": str,
    "of_lines": str,
    "when": (dict, list),
    "otherwise": (*SCALAR, dict),
    "default": SCALAR,
    "trim": bool,
    "nullif": list,
    "remove": TEXTS,
    "before": str,
    "after": str,
    "integer_text": bool,
    "strip_zeros": bool,
    "values": dict,
    "pad": int,
    "upper": bool,
    "lower": bool,
    "truncate": int,
    "decimal": str,
    "thousands": str,
    "format": TEXTS,
    "add_days": (str, int),
    "empty_as": (int, Decimal),
    "scale": (str, int, Decimal),
    "absolute": bool,
    "part": str,
    "negate": bool,
    "round": int,
}
SOURCES = ("from", "constant", "template", "expr", "first_of", "concat")
AS_WRITTEN = (
    *("separator", "trim", "before", "after", "integer_text", "strip_zeros", "values", "pad", "upper", "lower"),
    *("truncate", "default", "add_days", "empty_as", "absolute", "negate", "round"),
)
OPERATORS = {
    "equals": SCALAR,
    "not": SCALAR,
    "in": list,
    "not_in": list,
    "empty": bool,
    "greater": SCALAR,
    "at_least": SCALAR,
    "less": SCALAR,
    "at_most": SCALAR,
    "starts": TEXTS,
    "contains": TEXTS,
}
AGGREGATES = ("sum", "min", "max", "first", "last", "count")
JOIN_KEYS = {"file": str, "key": TEXTS, "from": TEXTS, "where": (dict, list), "required": bool, "pick": str}
LINES_KEYS = {
    "file": str,
    "nested": str,
    "group_by": TEXTS,
    "key": TEXTS,
    "header_key": TEXTS,
    "sort": TEXTS,
    "where": (dict, list),
    "empty": str,
    "orphans": str,
    "columns": dict,
    "defaults": dict,
    "join": dict,
}
TOP_KEYS = {
    "name": str,
    "type": str,
    "file": dict,
    "where": (dict, list),
    "join": dict,
    "columns": dict,
    "defaults": dict,
    "lines": dict,
}


@dataclass(frozen=True)
class Condition:
    """One test on one column."""

    column: str
    operator: str
    value: Any


Where = tuple[tuple[Condition, ...], ...]  # any of the groups, all of a group; no group at all lets every row through


@dataclass(frozen=True)
class Source:
    """How to read a file and the numbers, dates and empty values in it."""

    options: ReadOptions = ReadOptions()
    numbers: NumberFormat | None = None
    dates: tuple[str, ...] = ()
    null: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """Where one field's value comes from and what is done to it on the way, in the order of these attributes."""

    target: str
    source: str
    value: Any
    separator: str = " "
    of_lines: str = ""
    when: Where = ()
    otherwise: Column | None = None
    default: object = None
    trim: bool = True
    nullif: tuple = ()
    remove: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    integer_text: bool = False
    strip_zeros: bool = False
    values: dict[str, object] = field(default_factory=dict)
    pad: int = 0
    upper: bool = False
    lower: bool = False
    truncate: int = 0
    numbers: NumberFormat | None = None
    dates: tuple[str, ...] = ()
    add_days: str | int | None = None
    empty_as: Decimal | int | None = None
    scale: Decimal | None = None
    absolute: bool = False
    part: str = ""
    negate: bool = False
    round: int | None = None


@dataclass(frozen=True)
class Join:
    """Another file whose row is looked up by key for each row."""

    name: str
    file: str
    key: tuple[str, ...]
    from_: tuple[str, ...]
    source: Source = Source()
    where: Where = ()
    required: bool = False
    pick: str = ""


@dataclass(frozen=True)
class Lines:
    """Where a document's lines are: in a second file, nested in its row, or in its own file, the header repeated."""

    columns: tuple[Column, ...]
    file: str = ""
    nested: str = ""
    group_by: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    header_key: tuple[str, ...] = ()
    source: Source = Source()
    where: Where = ()
    sort: tuple[str, ...] = ()
    empty: str = "keep"
    orphans: str = "refuse"
    joins: tuple[Join, ...] = ()
    defaults: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """All that a foreign export needs to be read as rows of one document type."""

    columns: tuple[Column, ...]
    type: str = ""
    name: str = ""
    source: Source = Source()
    where: Where = ()
    joins: tuple[Join, ...] = ()
    defaults: dict[str, object] = field(default_factory=dict)
    lines: Lines | None = None


def load_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file."""
    try:
        return parse_mapping(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as problem:
        raise Refused("no_file", _("The file “%(name)s” cannot be read."), name=path.name) from problem


def parse_mapping(text: str) -> Mapping:
    """The mapping that a TOML text says; an unknown key or a wrong kind of value is refused by name."""
    try:
        top = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise Refused(
            "broken_toml", _("The mapping is not well-formed TOML: %(problem)s."), problem=str(problem)
        ) from problem
    _check(top, TOP_KEYS, "")
    if not top.get("columns"):
        raise _bad("columns", _("The mapping names no columns (%(key)s)."))
    return Mapping(
        columns=_columns(top["columns"], "columns"),
        type=top.get("type", ""),
        name=top.get("name", ""),
        source=_source(top.get("file", {}), "file"),
        where=_where(top.get("where"), "where"),
        joins=_joins(top.get("join", {}), "join"),
        defaults=_defaults(top.get("defaults", {}), "defaults"),
        lines=_lines(top["lines"]) if "lines" in top else None,
    )


def check_targets(mapping: Mapping, schema: Schema) -> None:
    """Refuse a mapping that is for another type, or that fills fields which the type has not."""
    if mapping.type and mapping.type != schema.type:
        raise Refused(
            "other_type",
            _("The mapping is for %(mapped)s, not for %(wanted)s."),
            mapped=mapping.type,
            wanted=schema.type,
        )
    _check_names((*(column.target for column in mapping.columns), *mapping.defaults), schema)
    if mapping.lines is None:
        return
    if schema.lines is None:
        raise _bad("lines", _("This type has no lines (%(key)s)."))
    _check_names((*(column.target for column in mapping.lines.columns), *mapping.lines.defaults), schema.lines)


def _check_names(targets: tuple[str, ...], schema: Schema) -> None:
    for target in targets:
        if schema.field(target) is None:
            raise Refused(
                "unknown_field",
                _("There is no field “%(field)s”; there are: %(fields)s."),
                field=target,
                fields=", ".join(schema.names()),
            )


def find_file(base: Path, name: str) -> Path:
    """A file named in a mapping: beside or below the main file, never elsewhere."""
    windows = PureWindowsPath(name)
    if windows.drive or windows.root or ".." in windows.parts or "\0" in name:
        raise Refused("file_outside", _("The mapping may not name the file “%(name)s”: it is outside."), name=name)
    path = (base / Path(*windows.parts)).resolve()
    if not path.is_relative_to(base.resolve()):
        raise Refused("file_outside", _("The mapping may not name the file “%(name)s”: it is outside."), name=name)
    return path


# --- from TOML -----------------------------------------------------------------------------------------------------


def _bad(key: str, msgid: str, **params) -> Refused:
    return Refused("bad_mapping", msgid, key=key, **params)


def _check(table: dict, allowed: dict, where: str) -> None:
    for key, value in table.items():
        name = f"{where}.{key}" if where else key
        if key not in allowed:
            msgid = _("The mapping has an unknown key “%(key)s”; here may be: %(keys)s.")
            raise _bad(name, msgid, keys=", ".join(allowed))
        kinds = allowed[key] if isinstance(allowed[key], tuple) else (allowed[key],)
        # TOML's true and false are numbers to Python, and are not meant where a number is
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _bad(name, _("The value of “%(key)s” in the mapping is of the wrong kind."))


def _texts(value, key: str) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value or ())
    if not all(isinstance(text, str) for text in texts):
        raise _bad(key, _("The value of “%(key)s” in the mapping is of the wrong kind."))
    return texts


def _one_of(value: str, allowed: tuple[str, ...], key: str) -> str:
    if value not in allowed:
        raise _bad(key, _("“%(key)s” in the mapping must be one of: %(values)s."), values=", ".join(allowed))
    return value


def _numbers(table: dict, key: str) -> NumberFormat | None:
    if "decimal" not in table:
        if "thousands" in table:
            raise _bad(f"{key}.thousands", _("“%(key)s” in the mapping needs “decimal” beside it."))
        return None
    mark = _one_of(table["decimal"], (".", ","), f"{key}.decimal")
    thousands = table.get("thousands", "," if mark == "." else ".")
    if thousands == mark:
        raise _bad(f"{key}.thousands", _("“%(key)s” in the mapping must differ from “decimal”."))
    return NumberFormat(mark, _one_of(thousands, ("", ".", ",", " ", "'"), f"{key}.thousands"))


def _source(table: dict, key: str, *, check: bool = True) -> Source:
    if check:
        _check(table, FILE_KEYS, key)
    if "format" in table:
        _one_of(table["format"], FORMATS, f"{key}.format")
    known = {item.name for item in fields(ReadOptions)}
    options = {name: value for name, value in table.items() if name in known}
    options["names"] = _texts(table.get("names"), f"{key}.names")
    for name in ("delimiter", "quote", "escape"):
        if len(options.get(name, "")) > 1:
            raise _bad(f"{key}.{name}", _("“%(key)s” in the mapping must be one character."))
    return Source(
        options=ReadOptions(**options),
        numbers=_numbers(table, key),
        dates=_texts(table.get("dates"), f"{key}.dates"),
        null=_texts(table.get("null"), f"{key}.null"),
    )


def _where(value, key: str) -> Where:
    if not value:
        return ()
    groups = value if isinstance(value, list) else [value]
    if not all(isinstance(group, dict) and group for group in groups):
        raise _bad(key, _("The value of “%(key)s” in the mapping is of the wrong kind."))
    return tuple(
        tuple(condition for column, test in group.items() for condition in _conditions(column, test, f"{key}.{column}"))
        for group in groups
    )


def _conditions(column: str, test, key: str) -> list[Condition]:
    if isinstance(test, list):
        test = {"in": test}
    elif not isinstance(test, dict):
        test = {"equals": test}
    _check(test, OPERATORS, key)
    if not test:
        raise _bad(key, _("The value of “%(key)s” in the mapping is of the wrong kind."))
    return [Condition(column, operator, value) for operator, value in test.items()]


def _columns(table: dict, key: str) -> tuple[Column, ...]:
    return tuple(_column(target, spec, f"{key}.{target}") for target, spec in table.items())


def _column(target: str, spec, key: str) -> Column:
    if isinstance(spec, str):
        spec = {"from": spec}
    elif not isinstance(spec, dict):
        spec = {"constant": spec}
    _check(spec, COLUMN_KEYS, key)
    source, value = _column_source(spec, key)
    if "otherwise" in spec and "when" not in spec:
        raise _bad(f"{key}.otherwise", _("“%(key)s” in the mapping needs “when” beside it."))
    return Column(
        target=target,
        source=source,
        value=value,
        of_lines=_one_of(spec.get("of_lines", ""), ("", *AGGREGATES), f"{key}.of_lines"),
        when=_where(spec.get("when"), f"{key}.when"),
        otherwise=_otherwise(target, spec["otherwise"], f"{key}.otherwise") if "otherwise" in spec else None,
        nullif=tuple(spec.get("nullif", ())),
        remove=_texts(spec.get("remove"), f"{key}.remove"),
        numbers=_numbers(spec, key),
        dates=_texts(spec.get("format"), f"{key}.format"),
        scale=_scale(spec["scale"], f"{key}.scale") if "scale" in spec else None,
        part=_one_of(spec.get("part", ""), ("", "positive", "negative"), f"{key}.part"),
        **{name: spec[name] for name in AS_WRITTEN if name in spec},
    )


def _column_source(spec: dict, key: str) -> tuple[str, object]:
    named = [name for name in SOURCES if name in spec]
    if not named and spec.get("of_lines") == "count":
        return "constant", 1
    if len(named) != 1:
        raise _bad(key, _("“%(key)s” in the mapping needs exactly one of: %(values)s."), values=", ".join(SOURCES))
    value = spec[named[0]]
    return named[0], _texts(value, f"{key}.{named[0]}") if isinstance(value, list) else value


def _scale(value, key: str) -> Decimal:
    try:
        number = Decimal(value)
    except ArithmeticError as problem:
        raise _bad(key, _("The value of “%(key)s” in the mapping is of the wrong kind.")) from problem
    if not number.is_finite() or not number:
        raise _bad(key, _("The value of “%(key)s” in the mapping is of the wrong kind."))
    return number


def _otherwise(target: str, value, key: str) -> Column:
    return _column(target, value if isinstance(value, dict) else {"constant": value}, key)


def _defaults(table: dict, key: str) -> dict[str, object]:
    for name, value in table.items():
        if not isinstance(value, SCALAR):
            raise _bad(f"{key}.{name}", _("The value of “%(key)s” in the mapping is of the wrong kind."))
    return dict(table)


def _joins(table: dict, key: str) -> tuple[Join, ...]:
    return tuple(_join(name, spec, f"{key}.{name}") for name, spec in table.items())


def _join(name: str, spec, key: str) -> Join:
    if not isinstance(spec, dict) or name in ("header", "out") or "." in name:
        raise _bad(key, _("“%(key)s” cannot be the name of a join."))
    _check(spec, {**FILE_KEYS, **JOIN_KEYS}, key)
    columns, wanted = _texts(spec.get("key"), f"{key}.key"), _texts(spec.get("from"), f"{key}.from")
    if not spec.get("file") or not columns or len(columns) != len(wanted or columns):
        raise _bad(key, _("“%(key)s” in the mapping needs a file, its key and as many columns to look up from."))
    return Join(
        name=name,
        file=spec["file"],
        key=columns,
        from_=wanted or columns,
        source=_source(spec, key, check=False),
        where=_where(spec.get("where"), f"{key}.where"),
        required=spec.get("required", False),
        pick=_one_of(spec["pick"], ("first", "last"), f"{key}.pick") if "pick" in spec else "",
    )


def _lines(table: dict) -> Lines:
    _check(table, {**FILE_KEYS, **LINES_KEYS}, "lines")
    key, group_by = _texts(table.get("key"), "lines.key"), _texts(table.get("group_by"), "lines.group_by")
    header_key = _texts(table.get("header_key"), "lines.header_key") or key
    if sum((bool(key), bool(group_by), bool(table.get("nested")))) != 1 or len(key) != len(header_key):
        raise _bad("lines", _("“%(key)s” in the mapping needs one of: key (of a second file), nested, group_by."))
    if table.get("file") and not key:
        raise _bad("lines.file", _("“%(key)s” in the mapping needs “key” beside it."))
    if not table.get("columns"):
        raise _bad("lines.columns", _("The mapping names no columns (%(key)s)."))
    return Lines(
        columns=_columns(table["columns"], "lines.columns"),
        file=table.get("file", ""),
        nested=table.get("nested", ""),
        group_by=group_by,
        key=key,
        header_key=header_key,
        source=_source(table, "lines", check=False),
        where=_where(table.get("where"), "lines.where"),
        sort=_texts(table.get("sort"), "lines.sort"),
        empty=_one_of(table.get("empty", "keep"), ("keep", "skip", "refuse"), "lines.empty"),
        orphans=_one_of(table.get("orphans", "refuse"), ("refuse", "ignore"), "lines.orphans"),
        joins=_joins(table.get("join", {}), "lines.join"),
        defaults=_defaults(table.get("defaults", {}), "lines.defaults"),
    )
