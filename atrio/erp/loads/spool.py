"""Lines kept by the key of their document until it comes: on disk where they are texts, for there may be millions."""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from .reading import Table

ENCODE, DECODE = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(list[list[str]]).decode
Lines = Iterable[tuple[int, Any]]


class Kept(Protocol):
    """Numbered lines by key."""

    def add(self, key: Hashable, lines: list[tuple[int, Any]]) -> None:
        """Keep some more of a document's lines."""

    def take(self, key: Hashable) -> Lines:
        """All lines of a document, once."""

    def rest(self) -> Iterator[tuple[Any, int, Any]]:
        """Those that nobody took."""

    def named(self, record: Any) -> dict:
        """A record as it is kept, with the names of its values."""


class InMemory:
    """Lines with numbers and dates in them, from files that are read whole anyway."""

    def __init__(self, table: Table) -> None:
        self.named = table.named
        self.lines: dict[Hashable, list[tuple[int, Any]]] = {}

    def add(self, key: Hashable, lines: list[tuple[int, Any]]) -> None:
        self.lines.setdefault(key, []).extend(lines)

    def take(self, key: Hashable) -> Lines:
        return self.lines.pop(key, [])

    def rest(self) -> Iterator[tuple[Any, int, Any]]:
        for key, lines in self.lines.items():
            for line, record in lines:
                yield key, line, record


class Stored:
    """The lines of one document as they lie on disk."""

    __slots__ = ("data", "runs")

    def __init__(self) -> None:
        self.data = b""
        self.runs: list[tuple[int, bytes]] = []

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        for first, data in self.runs:
            yield from enumerate(DECODE(data), start=first)


class OnDisk:
    """Lines of texts, as far as they are wanted; in memory there is only where those of each document lie."""

    def __init__(self, table: Table, wanted: Iterable[str]) -> None:
        self.names, self.pick = table.ordered(wanted), table.picker(wanted)
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 (it ends with this object)
        self.end = 0
        self.places: dict[Hashable, tuple[int, ...]] = {}

    def named(self, record: Any) -> dict:
        return dict(zip(self.names, record, strict=True))

    def add(self, key: Hashable, lines: list[tuple[int, Any]]) -> None:
        first = lines[0][0]
        if lines[-1][0] - first >= len(lines):  # there are others, or broken lines, between them
            for one in lines:
                self.add(key, [one])
            return
        data = ENCODE([self.pick(record) for _line, record in lines])
        self.file.write(data)
        self.places[key] = (*self.places.get(key, ()), first, self.end, len(data))
        self.end += len(data)

    def take(self, key: Hashable) -> Lines:
        return self._read(self.places.pop(key, ()))

    def rest(self) -> Iterator[tuple[Any, int, Any]]:
        for key, places in self.places.items():
            for line, record in self._read(places):
                yield key, line, record

    def _read(self, places: tuple[int, ...]) -> Stored:
        found = Stored()
        for first, start, size in zip(places[::3], places[1::3], places[2::3], strict=True):
            self.file.seek(start)
            data = self.file.read(size)
            found.runs.append((first, data))
            found.data += data
        return found
