"""One file that holds many: a ZIP that anybody can open, ending with the hash of all that stands before it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

MANIFEST = "manifest.json"
CHUNK = 2**20
SEAL = b"sha256:"
DIGITS = 64
MANIFEST_LIMIT = 256 * 2**20
LONGEST_LINE = 64 * 2**20
# What text shrinks to is rarely less than a thirtieth; a bomb is a thousandth.
RATIO, FREE = 200, 16 * 2**20
NAME = re.compile(r"""[^\x00-\x1f\x7f\\/:*?"<>|]+(?:/[^\x00-\x1f\x7f\\/:*?"<>|]+)*""")


class Damaged(Exception):
    """The file is not what it was when it was made, or it was never made by us; said in one sentence."""


class Writer:
    """Writes one archive: under its name it exists whole or not at all, and only its owner can read it."""

    def __init__(self, path: Path):
        self.path = path
        self.entries: dict[str, dict] = {}

    def __enter__(self) -> Writer:
        if self.path.exists():
            raise FileExistsError(f"{self.path} exists already: it is not overwritten.")
        handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)  # readable by us alone
        self._unfinished = Path(name)
        self._stream = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._stream, "w", allowZip64=True)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError, ValueError):
            self._zip.close()  # unless it is finished it goes away at once, whatever could still be written
        self._stream.close()
        self._unfinished.unlink(missing_ok=True)

    def add(self, name: str, chunks: Iterable[bytes], *, compressed: bool = False) -> dict:
        """Write one file into the archive as it comes; what is known of it."""
        info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for chunk in chunks:
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.entries[name] = {"size": size, "sha256": digest.hexdigest()}
        return self.entries[name]

    def finish(self, manifest: dict) -> None:
        """Close it with the list of what is inside, and give it its name."""
        written = manifest | {"entries": self.entries}
        self.add(MANIFEST, [json.dumps(written, ensure_ascii=False, indent=1, default=str).encode()], compressed=True)
        self._zip.comment = SEAL + b"0" * DIGITS
        self._zip.close()
        digest = _hash_of_all(self._stream)
        self._stream.seek(-DIGITS, os.SEEK_END)
        self._stream.write(digest)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._unfinished.rename(self.path)
        settle(self.path.parent)


class Reader:
    """An archive that was verified before anything is taken out of it."""

    def __init__(self, path: Path):
        self._stream = path.open("rb")
        try:
            _check_seal(self._stream)
            self._zip = zipfile.ZipFile(self._stream)
            self.manifest = self._read_manifest()
            self.entries: dict[str, dict] = self.manifest["entries"]
            self._check_entries(path.stat().st_size)
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            self._stream.close()
            raise Damaged("The file is damaged: it cannot be read as a ZIP.") from error
        except Damaged:
            self._stream.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close()

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one file; whether they are its own is known at the end, so use nothing before."""
        with self._verified(name) as read:
            while chunk := read(CHUNK):
                yield chunk

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of one file, each of a bounded length."""
        rest = b""
        for chunk in self.chunks(name):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > LONGEST_LINE:
                raise Damaged(f"{name} has a line that is too long.")
        if rest:
            yield rest

    @contextmanager
    def _verified(self, name: str):
        known, digest, size = self.entries[name], hashlib.sha256(), 0

        def read(wanted: int) -> bytes:
            nonlocal size
            chunk = entry.read(wanted)
            size += len(chunk)
            if size > known["size"]:
                raise Damaged(f"{name} is larger than its archive says.")
            digest.update(chunk)
            return chunk

        try:
            with self._zip.open(name) as entry:
                yield read
        except (zipfile.BadZipFile, EOFError) as error:
            raise Damaged(f"{name} is damaged.") from error
        if (size, digest.hexdigest()) != (known["size"], known["sha256"]):
            raise Damaged(f"{name} is not what its archive says.")

    def _read_manifest(self) -> dict:
        try:
            with self._zip.open(MANIFEST) as entry:
                text = entry.read(MANIFEST_LIMIT + 1)
        except KeyError:
            raise Damaged("The file is a ZIP of something else: it has no manifest.json.") from None
        if len(text) > MANIFEST_LIMIT:
            raise Damaged("The manifest is too large.")
        try:
            manifest = json.loads(text)
        except ValueError:
            raise Damaged("The manifest cannot be read.") from None
        if not isinstance(manifest, dict) or not _is_list_of_entries(manifest.get("entries")):
            raise Damaged("The manifest cannot be read.")
        return manifest

    def _check_entries(self, size: int) -> None:
        infos = [info for info in self._zip.infolist() if info.filename != MANIFEST]
        names = [info.filename for info in infos]
        if len(infos) + 1 != len(self._zip.infolist()) or sorted(names) != sorted(self.entries):
            raise Damaged("The archive does not hold what its manifest lists.")
        for info in infos:
            _check_entry(info, self.entries[info.filename]["size"])
        if sum(info.file_size for info in infos) > size * RATIO + FREE:
            raise Damaged("The archive would unpack to far more than a real one does.")


def release() -> str:
    """The release of Atrio that runs here."""
    try:
        return version("atrio")
    except PackageNotFoundError:
        return "a checkout"


def settle(folder: Path) -> None:
    """Make names in a folder outlive a power cut, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_list_of_entries(found: object) -> bool:
    return isinstance(found, dict) and all(
        isinstance(one, dict) and isinstance(one.get("size"), int) and isinstance(one.get("sha256"), str)
        for one in found.values()
    )


def _check_entry(info: zipfile.ZipInfo, size: int) -> None:
    name = info.filename
    if not NAME.fullmatch(name) or len(name) > 400 or {".", ".."} & set(name.split("/")):
        raise Damaged(f"The archive has a name that leads elsewhere: {name[:80]!r}.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        raise Damaged(f"{name} is no ordinary file.")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Damaged(f"{name} is packed in a way that no archive of ours is.")
    if info.file_size != size:
        raise Damaged(f"{name} is not as large as its archive says.")


def _check_seal(stream: BinaryIO) -> None:
    size = stream.seek(0, os.SEEK_END)
    if size < len(SEAL) + DIGITS:
        raise Damaged("The file is damaged: it is cut short.")
    stream.seek(-len(SEAL) - DIGITS, os.SEEK_END)
    found = stream.read()
    if not found.startswith(SEAL):
        raise Damaged("The file is damaged or cut short, or it is no archive of Atrio.")
    if found.removeprefix(SEAL) != _hash_of_all(stream):
        raise Damaged("The file is damaged: its bytes are not those that were written.")
    stream.seek(0)


def _hash_of_all(stream: BinaryIO) -> bytes:
    """Of everything but the hash itself, which comes last."""
    left = stream.seek(0, os.SEEK_END) - DIGITS
    stream.seek(0)
    digest = hashlib.sha256()
    while left > 0:
        chunk = stream.read(min(CHUNK, left))
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()
