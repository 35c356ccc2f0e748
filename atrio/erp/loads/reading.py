"""Foreign files of any common format as numbered rows of named values, read as a stream where the format allows."""

from __future__ import annotations

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from .values import Reason, Refused, _, short

MAX_BYTES = 2_000_000_000
MAX_SHEET_BYTES = 500_000_000  # what an XLSX or ODS may unpack to: it is held in memory
MAX_CELL = 20_000_000
MAX_COLUMNS = 4_000
FORMATS = ("csv", "sheet", "json", "ndjson", "parquet")
DELIMITERS = ",;\t|"
MAGIC = {b"PK\x03\x04": "sheet", b"\xd0\xcf\x11\xe0": "sheet", b"PAR1": "parquet"}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}


@dataclass(frozen=True)
class ReadOptions:
    """What must be known of a file that its own bytes may not say; what is empty is found out."""

    format: str = ""
    delimiter: str = ""
    encoding: str = ""
    quote: str = '"'
    escape: str = ""
    header: bool = True
    header_row: int = 1
    names: tuple[str, ...] = ()
    sheet: str | int = 0
    path: str = ""
    ragged: bool = False
    max_bytes: int = MAX_BYTES


@dataclass(frozen=True)
class Table:
    """An opened file: its columns (None where each row names its own), whether numbers are text, and its rows."""

    columns: tuple[str, ...] | None
    textual: bool
    iterate: Callable[[frozenset[str] | None], Iterator[tuple[int, Any]]] = field(repr=False)
    in_cells: bool = False  # its records are cells in the order of the columns, to be named when they are looked into
    of_texts: bool = False  # all cells are texts

    def records(self, wanted: frozenset[str] | None = None) -> Iterator[tuple[int, Any]]:
        """Line number and record of each, with at least the `wanted` columns; one that cannot be read is its Reason."""
        return self.iterate(wanted)

    def named(self, record: Any) -> dict:
        """A record as a row: its values under the names of their columns."""
        return dict(zip(self.columns or (), record, strict=False)) if self.in_cells else record

    def rows(self, wanted: frozenset[str] | None = None) -> Iterator[tuple[int, dict | Reason]]:
        """Line number and row of each; a row that cannot be read is its Reason."""
        for line, record in self.iterate(wanted):
            yield line, record if isinstance(record, Reason) else self.named(record)

    def getter(self, name: str) -> Callable[[Any], Any]:
        """The function from a record to its value in one column."""
        return itemgetter((self.columns or ()).index(name)) if self.in_cells else lambda record: record.get(name)

    def ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the columns, in their own order."""
        chosen = set(names)
        return tuple(name for name in self.columns or () if name in chosen)

    def picker(self, names: Iterable[str] | None) -> Callable[[Any], Any]:
        """The function from a record to its values in those columns, in their order; to all of it without cells."""
        if not self.in_cells or names is None:
            return lambda record: record
        places = [(self.columns or ()).index(name) for name in self.ordered(names)]
        if len(places) < 2:  # a slice is a list, too
            return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
        return itemgetter(*places)


def read(path: Path, options: ReadOptions | None = None) -> Iterator[tuple[int, dict | Reason]]:
    """The rows of a file with their line numbers."""
    return open_table(path, options).rows()


def open_table(path: Path, options: ReadOptions | None = None) -> Table:
    """Recognise the file and read its header, not yet its rows."""
    options = options or ReadOptions()
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(65536)
    except OSError as problem:
        raise Refused("no_file", _("The file “%(name)s” cannot be read."), name=path.name) from problem
    if size > options.max_bytes:
        raise Refused(
            "file_too_large",
            _("The file has %(size)d bytes; at most %(limit)d are accepted."),
            size=size,
            limit=options.max_bytes,
        )
    if not head.strip():
        raise Refused("empty_file", _("The file “%(name)s” is empty."), name=path.name)
    opener = {"csv": _csv, "sheet": _sheet, "json": _json, "ndjson": _ndjson, "parquet": _parquet}
    return opener[options.format or recognise(path, head)](path, options, head)


def recognise(path: Path, head: bytes) -> str:
    """The format of a file by its first bytes, and by its name where they do not tell."""
    for magic, form in MAGIC.items():
        if head.startswith(magic):
            return form
    by_name = SUFFIXES.get(path.suffix.lower(), "")
    if by_name:
        return by_name
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"["):
        return "json"
    if start.startswith(b"{"):
        return "ndjson" if _is_object(start.split(b"\n", 1)[0]) else "json"
    return "csv"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


# --- text ----------------------------------------------------------------------------------------------------------


def find_encoding(path: Path, head: bytes, told: str = "") -> str:
    """The encoding of a text file: told, by its mark, UTF-8 if all of it is, else the Western one of Windows."""
    if told:
        return _codec_name(told)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    sample = head[:1000]
    if sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) // 4:
        return "utf-16-be"
    return next(name for name in ("utf-8", "cp1252", "latin-1") if _decodes(path, name))


def _codec_name(told: str) -> str:
    try:
        codec = codecs.lookup(told)
        "a".encode(told)
    except (LookupError, TypeError, UnicodeError) as problem:
        raise Refused("unknown_encoding", _("The encoding “%(name)s” is not known."), name=short(told)) from problem
    return "utf-8-sig" if codec.name == "utf-8" else told


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def find_delimiter(sample: str, quote: str) -> str:
    """The delimiter that parts the first lines most alike; a single column has none, and any will do."""
    best, best_score = ",", 0.0
    for mark in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=mark, quotechar=quote or None)
        try:
            widths = [len(row) for row in reader if row][:50]
        except csv.Error:
            continue
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        score = widths.count(usual) / len(widths) * min(usual, 30) if usual > 1 else 0
        if score > best_score:
            best, best_score = mark, score
    return best


def _csv(path: Path, options: ReadOptions, head: bytes) -> Table:
    csv.field_size_limit(MAX_CELL)
    encoding = find_encoding(path, head, options.encoding)
    sample = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    delimiter = options.delimiter or find_delimiter(_whole_lines(sample), options.quote)
    dialect = {
        "delimiter": delimiter,
        "quotechar": options.quote or None,
        "quoting": csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
        "escapechar": options.escape or None,
        "strict": True,
    }

    def records() -> Iterator[tuple[int, list]]:
        with path.open(encoding=encoding, newline="") as file:
            yield from _csv_records(file, dialect)

    return replace(_grid(records, options, textual=True), of_texts=not options.ragged)


def _whole_lines(sample: str) -> str:
    cut = sample.rfind("\n")
    return sample[: cut + 1] if cut > 0 else sample


def _csv_records(file, dialect: dict) -> Iterator[tuple[int, list]]:
    line = 0
    try:
        reader = csv.reader(file, **dialect)
        for record in reader:
            yield line + 1, record
            line = reader.line_num
    except csv.Error as problem:
        raise Refused(
            "broken_csv",
            _("Line %(line)d is not well-formed CSV: %(problem)s."),
            line=line + 1,
            problem=str(problem),
        ) from problem
    except UnicodeError as problem:
        raise Refused(
            "wrong_encoding", _("After line %(line)d the text is not in the stated encoding."), line=line
        ) from problem
    except TypeError as problem:
        raise Refused("bad_delimiter", _("The delimiter and the quote must be one character each.")) from problem


# --- tables of cells -----------------------------------------------------------------------------------------------


def _grid(records: Callable[[], Iterator[tuple[int, list]]], options: ReadOptions, textual: bool) -> Table:
    """A table made of records of cells, the header being one of them or told."""
    columns, skip = options.names, 0
    if options.header:
        skip, first = _header(records(), options.header_row)
        columns = options.names or _unique(first)
    elif not columns:
        columns = tuple(f"#{number}" for number in range(1, _width(records()) + 1))

    def iterate(_wanted) -> Iterator[tuple[int, Any]]:
        width = len(columns)
        for line, cells in islice(records(), skip, None):
            if not any(cells) and all(cell in ("", None) for cell in cells):
                continue
            if len(cells) != width and not (options.ragged or _only_empty_beyond(cells, width)):
                yield line, _ragged(len(cells), width)
                continue
            yield line, dict(zip(columns, cells, strict=False)) if options.ragged else cells

    return Table(columns, textual, iterate, in_cells=not options.ragged)


def _header(records: Iterator[tuple[int, list]], wanted: int) -> tuple[int, list]:
    """The number of records up to the header, and its cells; leading blank lines do not count."""
    seen = 0
    for number, (_line, cells) in enumerate(records, start=1):
        if any(str(cell or "").strip() for cell in cells):
            seen += 1
        if seen == max(wanted, 1):
            return number, cells
    raise Refused("no_header", _("The file has no header in row %(row)d."), row=wanted)


def _width(records: Iterator[tuple[int, list]]) -> int:
    return next((len(cells) for _line, cells in records if cells), 0)


def _unique(cells: Iterable) -> tuple[str, ...]:
    """Header cells as column names: one without a name is `#3` by its place, a repeated one becomes `Name (2)`."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells, start=1):
        name = " ".join(str("" if cell is None else cell).split()) or f"#{number}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    if len(names) > MAX_COLUMNS:
        raise Refused("too_many_columns", _("The file has %(count)d columns."), count=len(names))
    return tuple(names)


def _only_empty_beyond(cells: list, width: int) -> bool:
    """A delimiter at the end of each line is harmless; a missing or an extra value is not."""
    return len(cells) > width and not any(cell not in ("", None) for cell in cells[width:])


def _ragged(count: int, width: int) -> Reason:
    return Reason(
        "ragged_row",
        _("The row has %(count)d values, and the header has %(width)d: a delimiter or a quote is out of place."),
        {"count": count, "width": width},
    )


# --- sheets --------------------------------------------------------------------------------------------------------


def _sheet(path: Path, options: ReadOptions, _head: bytes) -> Table:
    _check_unpacked_size(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if isinstance(options.sheet, int):
            name = names[options.sheet] if 0 <= options.sheet < len(names) else None
        else:
            name = next((name for name in names if name.strip() == options.sheet.strip()), None)
        if name is None:
            raise Refused(
                "no_sheet",
                _("The workbook has no sheet “%(sheet)s”; it has: %(names)s."),
                sheet=options.sheet,
                names=", ".join(names),
            )
        sheet = book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as problem:
        if isinstance(problem, Refused):
            raise
        raise Refused("broken_sheet", _("The workbook cannot be read: it is damaged or has a password.")) from problem

    def records() -> Iterator[tuple[int, list]]:
        for line, cells in enumerate(sheet.iter_rows(), start=1):
            yield line, [_cell(cell) for cell in cells]

    return _grid(records, options, textual=True)


def _check_unpacked_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        return  # an XLS is not a ZIP; a damaged XLSX is refused by its reader
    if size > MAX_SHEET_BYTES:
        raise Refused(
            "file_too_large",
            _("The file has %(size)d bytes; at most %(limit)d are accepted."),
            size=size,
            limit=MAX_SHEET_BYTES,
        )


def _cell(cell):
    if isinstance(cell, float):
        return exact(float(f"{cell:.15g}"))  # spreadsheets themselves keep 15 digits: 0.1 + 0.2 is 0.3 there
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell


def exact(number: float) -> int | Decimal | float | None:
    """The number that the float was written from; NaN is no value, one past its precision stays an untrusted float."""
    if number != number:
        return None
    if abs(number) >= 2**53:
        return number
    return int(number) if number == int(number) else Decimal(repr(number))


# --- JSON ----------------------------------------------------------------------------------------------------------


def _no_constant(name: str):
    raise Refused("not_a_number", _("“%(value)s” is not a number."), value=name)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as problem:
        raise Refused("not_a_number", _("“%(value)s” is not a number."), value=short(text)) from problem


DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_no_constant)


def _json(path: Path, options: ReadOptions, head: bytes) -> Table:
    encoding = find_encoding(path, head, options.encoding)

    def iterate(_wanted) -> Iterator[tuple[int, dict | Reason]]:
        try:
            text = path.read_text(encoding=encoding)
            yield from _json_at(text, options.path) if options.path else _json_array(text)
        except (json.JSONDecodeError, UnicodeError, RecursionError, ValueError) as problem:
            if isinstance(problem, Refused):
                raise
            raise _broken_json(problem) from problem

    return Table(None, False, iterate)


def _broken_json(problem: Exception) -> Refused:
    line = getattr(problem, "lineno", 1)
    return Refused("broken_json", _("The file is not well-formed JSON (line %(line)d)."), line=line)


def _json_array(text: str) -> Iterator[tuple[int, dict | Reason]]:
    """The objects of a top-level array, one at a time, with the line each begins in."""
    at, line, counted = _skip_space(text, 0), 1, 0
    if text[at : at + 1] != "[":
        yield from _json_at(text, "")
        return
    at = _skip_space(text, at + 1)
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        item, at = DECODER.raw_decode(text, at)
        yield line, _object(item)
        at = _skip_space(text, at)
        if text[at : at + 1] == ",":
            at = _skip_space(text, at + 1)
            if text[at : at + 1] == "]":
                raise json.JSONDecodeError("Illegal trailing comma", text, at)
        elif text[at : at + 1] != "]":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    if text[at + 1 :].strip():
        raise json.JSONDecodeError("Extra data", text, at + 1)


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\n", "\r", "\t"):
        at += 1
    return at


def _json_at(text: str, path: str) -> Iterator[tuple[int, dict | Reason]]:
    found = DECODER.decode(text)
    for part in path.split(".") if path else ():
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, dict) and not path:
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else None
    if not isinstance(found, list):
        raise Refused("no_list", _("The JSON has no list of rows at “%(path)s”."), path=path or ".")
    for number, item in enumerate(found, start=1):
        yield number, _object(item)


def _object(item) -> dict | Reason:
    if isinstance(item, dict):
        return item
    return Reason("not_an_object", _("Each row must be a JSON object."))


def _ndjson(path: Path, options: ReadOptions, head: bytes) -> Table:
    encoding = find_encoding(path, head, options.encoding)

    def iterate(_wanted) -> Iterator[tuple[int, dict | Reason]]:
        with path.open(encoding=encoding) as file:
            try:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield number, _ndjson_row(line)
            except UnicodeError as problem:
                raise Refused(
                    "wrong_encoding", _("After line %(line)d the text is not in the stated encoding."), line=number
                ) from problem

    return Table(None, False, iterate)


def _ndjson_row(line: str) -> dict | Reason:
    try:
        return _object(DECODER.decode(line))
    except Refused as refused:
        return refused.reason
    except (ValueError, RecursionError):
        return Reason("broken_json", _("This line is not well-formed JSON."))


# --- Parquet -------------------------------------------------------------------------------------------------------


def _parquet(path: Path, _options: ReadOptions, _head: bytes) -> Table:
    try:
        from pyarrow import ArrowInvalid, parquet  # an optional extra: most portals never see a Parquet file
    except ImportError as problem:
        raise Refused("no_parquet", _("To read Parquet files, install the extra “atrio[parquet]”.")) from problem
    try:
        columns = tuple(parquet.ParquetFile(path).schema_arrow.names)
    except (ArrowInvalid, OSError) as problem:
        raise Refused("broken_parquet", _("The Parquet file is damaged.")) from problem

    def iterate(wanted) -> Iterator[tuple[int, dict | Reason]]:
        chosen = list(columns) if wanted is None else [name for name in columns if name in wanted]
        number = 0
        try:
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=8192, columns=chosen):
                    lists = [_plain_values(column) for column in batch.columns]
                    for values in zip(*lists, strict=True) if lists else ((),) * batch.num_rows:
                        number += 1
                        yield number, dict(zip(chosen, values, strict=True))
        except (ArrowInvalid, OSError) as problem:
            raise Refused("broken_parquet", _("The Parquet file is damaged.")) from problem

    return Table(columns, False, iterate)


def _plain_values(column) -> list:
    """The values of a column as exact Python values: no float that was a number, no nanoseconds, no bytes."""
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", tz=kind.tz), safe=False)
    if pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind):
        return [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
    values = column.to_pylist()
    if pyarrow.types.is_floating(kind):
        if kind.bit_width == 32:
            return [None if value is None else exact(_shortest(value)) for value in values]
        return [None if value is None else exact(value) for value in values]
    if pyarrow.types.is_nested(kind):
        return [_plain_nested(value) for value in values]
    if pyarrow.types.is_time(kind):
        return [None if value is None else str(value) for value in values]
    return values


def _plain_nested(value):
    if isinstance(value, dict):
        return {name: _plain_nested(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain_nested(item) for item in value]
    return exact(value) if isinstance(value, float) else value


def _shortest(number: float) -> float:
    """A 32-bit float read at its own precision, so that 0.1 is not 0.10000000149."""
    return float(f"{number:.7g}")
