"""Lines kept by the key of their document until it comes: on disk where they are texts, for there may be millions."""

from __future__ import annotations

import tempfile
from collections.abc import Hashable, Iterator
from typing import Any, Protocol

import msgspec

Numbered = list[tuple[int, Any]]
ENCODER, DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(list[tuple[int, list[str | None]]])


class Kept(Protocol):
    """Numbered lines by key."""

    def add(self, key: Hashable, lines: Numbered) -> None:
        """Keep some more of a document's lines."""

    def take(self, key: Hashable) -> Numbered:
        """All lines of a document, once."""

    def rest(self) -> Iterator[tuple[Any, int, Any]]:
        """Those that nobody took."""


class InMemory:
    """Lines with numbers and dates in them, from files that are read whole anyway."""

    def __init__(self) -> None:
        self.lines: dict[Hashable, Numbered] = {}

    def add(self, key: Hashable, lines: Numbered) -> None:
        self.lines.setdefault(key, []).extend(lines)

    def take(self, key: Hashable) -> Numbered:
        return self.lines.pop(key, [])

    def rest(self) -> Iterator[tuple[Any, int, Any]]:
        for key, lines in self.lines.items():
            for line, record in lines:
                yield key, line, record


class OnDisk:
    """Lines of texts; in memory there is only where those of each document are."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 (it ends with this object)
        self.end = 0
        self.places: dict[Hashable, tuple[int, ...]] = {}

    def add(self, key: Hashable, lines: Numbered) -> None:
        data = ENCODER.encode(lines)
        self.file.seek(self.end)
        self.file.write(data)
        self.places[key] = (*self.places.get(key, ()), self.end, len(data))
        self.end += len(data)

    def take(self, key: Hashable) -> Numbered:
        return self._read(self.places.pop(key, ()))

    def rest(self) -> Iterator[tuple[Any, int, Any]]:
        for key, places in self.places.items():
            for line, record in self._read(places):
                yield key, line, record

    def _read(self, places: tuple[int, ...]) -> Numbered:
        found: Numbered = []
        for start, size in zip(places[::2], places[1::2], strict=True):
            self.file.seek(start)
            found += DECODER.decode(self.file.read(size))
        return found
