"""A ZIP that goes out while it is made: one member at a time is in memory, and no disk is needed.

Whoever stops half way leaves a ZIP without its directory, which no program opens: a cut file never passes for whole."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, cast


class Pipe(list[bytes]):
    """Where a ZIP is written, and taken from piece by piece; it cannot go back, so sizes follow each member."""

    def write(self, piece: bytes) -> int:
        self.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing to do: what is written waits to be drained."""

    def drain(self) -> bytes:
        piece = b"".join(self)
        self.clear()
        return piece


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield a ZIP of (name, content) pairs piece by piece, so that one document at a time is in memory."""
    pipe, taken = Pipe(), set[str]()
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w") as archive:  # stored: a PDF is compressed already
        for name, content in files:
            archive.writestr(file_name(name, taken), content)
            yield pipe.drain()
    yield pipe.drain()


def file_name(name: str, taken: set[str]) -> str:
    """A plain file name, without folders, that the ZIP or PDF does not hold yet."""
    steps = [step for step in re.split(r"[\\/]", name) if step.strip(" .")]
    plain = re.sub(r'[\x00-\x1f<>:"|?*]', "-", "-".join(steps)).strip(" .") or "document"
    stem, dot, ending = plain.rpartition(".")
    number, free = 1, plain
    while free.lower() in taken:
        number += 1
        free = f"{stem} ({number}){dot}{ending}" if stem else f"{plain} ({number})"
    taken.add(free.lower())
    return free
