"""What a program sends in bulk, decoded and typed row by row; the load engine reads it like the rows of any file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from ..loads.joining import number_lines
from ..loads.parts import MISSING
from ..loads.rows import BadRow, Draft, Problem, Row, marker
from ..loads.schema import KEY, POSITION, Field, Schema
from ..loads.values import Plain, Reason, Refused, Remembered, _, clean, converter, plain_reader, short
from .params import DECIMAL

LINES = "lines"
DECODER = msgspec.json.Decoder(float_hook=Decimal)
REMEMBERED = {str, int}  # never true, which is as good as 1 to a dictionary
NUMBER = re.compile(DECIMAL, re.ASCII)
ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
# A number may be a text, for not every language can write a decimal exactly; a text is never a number.
KINDS: dict[str, tuple[type, ...]] = {"decimal": (str, int, Decimal), "integer": (int,), "boolean": (bool,)}
BROKEN = Reason("broken_json", _("This is not well-formed JSON."))
NO_OBJECT = Reason("not_an_object", _("Each row must be a JSON object."))
NO_LIST = Reason("no_list", _("The lines must be a list of objects."))
NO_LINES = Reason("no_lines", _("Other rows of this request have lines: send the lines of this one, too."))
UNKNOWN = Reason("unknown_field", _("There is no such field."))
WRONG_TYPE = Reason("wrong_type", _("The value is of the wrong JSON type."))


class Keyed(msgspec.Struct):
    """As much of a document as says which one it is."""

    external_id: str


KEYS = msgspec.json.Decoder(Keyed)


@dataclass(frozen=True)
class Cell:
    """How one field is read."""

    name: str
    types: tuple[type, ...]
    convert: Callable[[Any], Any]
    default: Any
    plain: Plain

    def read(self, value: Any) -> Any:
        """The typed value of one that was sent."""
        if type(value) not in self.types:
            raise Refused(WRONG_TYPE.code, WRONG_TYPE.msgid)
        cleaned = clean(value)
        return self.default if cleaned is None else self.convert(cleaned)


class Part:
    """The header of the rows, or their lines: the fields that this request uses."""

    def __init__(self, schema: Schema, used: set[str], defaults: dict):
        found = {f.name: defaults.get(f.name, f.default) for f in schema.fields}
        self.defaults = {name: value for name, value in found.items() if value is not None}
        self.known = frozenset((*schema.names(), LINES))
        self.required = tuple(f.name for f in schema.fields if f.required and f.name != POSITION)
        kept = used | set(self.defaults)
        cells = (self._cell(f) for f in schema.fields if f.name in kept)
        self.ways = [(cell.name, cell.default, cell.read, Remembered(cell.read, cell.plain)) for cell in cells]

    def _cell(self, field: Field) -> Cell:
        convert = _exactly(converter(field)) if field.kind == "decimal" else converter(field)
        default = self.defaults.get(field.name)
        return Cell(
            field.name,
            KINDS.get(field.kind, (str,)),
            convert,
            None if default is None else convert(default),
            plain_reader(field),
        )

    def read(self, raw: dict, line: int, place: str, problems: list[Problem]) -> dict:
        """The typed values of one object, and what is wrong with them."""
        out, before = {}, len(problems)
        for name, default, read, remembered in self.ways:
            value = raw.get(name)
            if value is None:
                out[name] = default
                continue
            try:
                out[name] = remembered[value] if type(value) in REMEMBERED else read(value)
            except Refused as refused:
                problems.append(Problem("", line, place + name, short(value), refused.reason))
        if not raw.keys() <= self.known:
            unknown = raw.keys() - self.known
            problems += [Problem("", line, place + str(name), "", UNKNOWN) for name in unknown]
        if len(problems) == before:
            missing = [name for name in self.required if out.get(name) is None]
            problems += [Problem("", line, place + name, "", MISSING) for name in missing]
        return out


def _exactly(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A number in a text is written as JSON writes numbers: no `1-`, no `(1)`, no thousands."""

    def read(value):
        if type(value) is str and not NUMBER.fullmatch(value):
            raise Refused("not_a_number", _("“%(value)s” is not a number."), value=short(value))
        return convert(value)

    return read


class Sent:
    """The rows of one request. All rows of a load have the same values, so the request is looked through first."""

    skipped = 0

    def __init__(self, schema: Schema, path: Path, *, array: bool, defaults: dict):
        self.path, self.array = path, array
        self.header_fields, self.line_fields = set[str](), set[str]()
        self.has_lines = False
        self.schema = schema
        for _place, text in self._texts():
            row = _object(text)
            if isinstance(row, dict):
                self._look_at(row)
        self.header = Part(schema, self.header_fields | {KEY}, defaults)
        self.line_schema = schema.lines
        self.lines = Part(schema.lines, self.line_fields, {}) if schema.lines else None

    def _look_at(self, row: dict) -> None:
        self.header_fields.update(row)
        lines = row.get(LINES)
        if lines is not None:
            self.has_lines = True
            for one in lines if isinstance(lines, list) else ():
                self.line_fields.update(one if isinstance(one, dict) else ())

    def label(self, name: str) -> str:
        """A field is called what it is called."""
        return name

    # --- decoding

    def _texts(self) -> Iterator[tuple[int, bytes]]:
        return self._of_array() if self.array else self._of_lines()

    def _of_array(self) -> Iterator[tuple[int, bytes]]:
        try:
            items = ARRAY.decode(self.path.read_bytes())
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
            raise Refused("broken_json", _("The body must be a JSON array of objects.")) from problem
        for place, item in enumerate(items, start=1):
            yield place, bytes(item)

    def _of_lines(self) -> Iterator[tuple[int, bytes]]:
        with self.path.open("rb") as file:
            for place, line in enumerate(file, start=1):
                if text := line.strip():
                    yield place, text

    # --- reading

    def drafts(self) -> Iterator[Draft | BadRow]:
        """Every document as it was sent; its place is its line, or its number in the array."""
        mark = self._marker()
        for place, text in self._texts():
            try:
                yield Draft(place, clean(KEYS.decode(text).external_id), mark(text), text)
            except (msgspec.MsgspecError, UnicodeDecodeError, Refused):
                yield Draft(place, None, b"", text)

    def _marker(self) -> Callable[[bytes], bytes]:
        meaning = sorted(self.header_fields), sorted(self.line_fields), self.has_lines, self.header.defaults
        return marker(self.schema.meaning(), *meaning)

    def read(self, draft: Draft) -> Row | BadRow:
        """A document, typed, or with all that is wrong in it."""
        place, raw = draft.line, _object(draft.given)
        if isinstance(raw, Reason):
            return BadRow(place, (Problem("", place, "", "", raw),))
        problems: list[Problem] = []
        data = self._document(raw, place, problems)
        return BadRow(place, tuple(problems)) if problems else Row(place, data)

    def _document(self, raw: dict, place: int, problems: list[Problem]) -> dict:
        data = self.header.read(raw, place, "", problems)
        if not self.has_lines:
            return data
        lines = raw.get(LINES)
        if self.lines is None:
            problems.append(Problem("", place, LINES, "", UNKNOWN))
        elif lines is None:
            problems.append(Problem("", place, LINES, "", NO_LINES))
        elif not isinstance(lines, list) or not all(isinstance(one, dict) for one in lines):
            problems.append(Problem("", place, LINES, "", NO_LIST))
        else:
            read = self.lines.read
            data[LINES] = [read(one, place, f"lines[{at}].", problems) for at, one in enumerate(lines)]
            if self.line_schema and self.line_schema.field(POSITION):
                number_lines(data[LINES])
        return data


def _object(text: bytes) -> dict | Reason:
    try:
        found = DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ArithmeticError):
        return BROKEN
    return found if isinstance(found, dict) else NO_OBJECT
