"""The electronic document inside a PDF/A-3: found by pypdf, or in what is left of a damaged file."""

from __future__ import annotations

import io
import logging
import re
import struct
import time
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pypdf
from lxml import etree
from pypdf import generic

from .errors import Limits, NotRead
from .model import Attachment
from .readers import READERS, known

# As the standards name it (Factur-X 1.0, ZUGFeRD 1.0 and 2.x, XRechnung, Order-X), the likeliest first
_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cii.xml", "invoice.xml")
_SECONDS = 0.8  # for pypdf; what takes longer is not built as PDFs are
_STRUCTURE = 2**19  # bytes that one object or reference stream may unpack to
_NODES = 500  # of the tree of names
_HEAD = 2**16  # bytes within which a document's root stands
_DICTIONARY = 2000  # bytes of a stream's own dictionary
# What pypdf raises of files that are not as they should be: it checks much, but not every type of every entry
_BROKEN = (
    pypdf.errors.PyPdfError,
    pypdf.errors.DependencyError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_EMBEDDED = re.compile(rb"/EmbeddedFile\b|/Subtype[ \t\r\n]*/(?:text|application)#2[Ff]xml")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a stranger's broken file is no news for the log


class _File(NamedTuple):
    name: str | None
    mime: str | None
    description: str | None
    stream: generic.StreamObject | None
    content: bytes | None = None


class _Timed(io.BytesIO):
    """The bytes of a PDF until the time for them is over: whatever pypdf does in circles, it reads."""

    def __init__(self, data: bytes):
        super().__init__(data)
        self.until = time.monotonic() + _SECONDS

    def check(self) -> None:
        if time.monotonic() > self.until:
            raise TimeoutError

    def read(self, size: int | None = -1, /) -> bytes:
        self.check()
        return super().read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.check()
        return super().seek(offset, whence)

    def getvalue(self) -> bytes:
        self.check()
        return super().getvalue()


def xml_of(data: bytes, limits: Limits) -> tuple[bytes, tuple[Attachment, ...]]:
    """The XML of a PDF, and the other files that it carries. Raises NotRead where there is none."""
    files = _files(data, limits)
    chosen = _chosen(files)
    if chosen is None:  # damaged, or too odd: what can be found without its structure
        files = list(_remains(data, limits))
        chosen = _chosen(files)
    if chosen is not None:
        others = (file for file in files if file is not chosen and file.content is not None)
        return chosen.content or b"", tuple(
            Attachment(file.name, file.mime, file.content, description=file.description) for file in others
        )
    if b"/Encrypt" in data:
        raise NotRead("pdf_encrypted")
    if b"%%EOF" not in data[-2048:] and b"startxref" not in data:
        raise NotRead("pdf_broken")
    raise NotRead("pdf_without_xml")


def _files(data: bytes, limits: Limits) -> list[_File]:
    """The embedded files with their contents, as far as the file and the limits let them be read."""
    stream = _Timed(data)
    try:
        with pypdf.apply_configuration(
            zlib_maximum_output_length=_STRUCTURE,
            lzw_maximum_output_length=_STRUCTURE,
            run_length_maximum_output_length=_STRUCTURE,
            array_based_stream_maximum_output_length=_STRUCTURE,
            maximum_declared_stream_length=limits.size,
            zlib_maximum_recovery_input_length=_STRUCTURE,
            array_maximum_element_count=20_000,
            dictionary_maximum_element_count=20_000,
            stream_decoding_work_maximum_length=2 * limits.size,
            stream_filters_maximum_length=4,
        ):
            reader = pypdf.PdfReader(stream, root_object_recovery_limit=1000, xref_stream_maximum_entries=200_000)
            found = list(_specified(reader, stream))
        return _with_contents(found, stream, limits)
    except _BROKEN:
        return []


def _specified(reader: pypdf.PdfReader, stream: _Timed) -> Iterator[_File]:
    """File specifications of the catalog's Names/EmbeddedFiles, and of its AF, each once."""
    root = reader.root_object
    seen: set[int] = set()
    for specification in (*_named(root, stream), *_associated(root)):
        stream.check()
        file = _file(specification)
        if file is not None and id(file.stream) not in seen:
            seen.add(id(file.stream))
            yield file


def _named(root: generic.DictionaryObject, stream: _Timed) -> Iterator[object]:
    """The leaves of the name tree; a node that comes again, or one too many, ends the walk."""
    nodes = [_of(_of(root, "/Names"), "/EmbeddedFiles")]
    seen: set[int] = set()
    while nodes and len(seen) < _NODES:
        stream.check()
        node = nodes.pop(0)
        if not isinstance(node, generic.DictionaryObject) or id(node) in seen:
            continue
        seen.add(id(node))
        leaves = _of(node, "/Names")
        if isinstance(leaves, generic.ArrayObject):
            yield from (leaf.get_object() for leaf in list(leaves)[1 : 2 * _NODES : 2])
        children = _of(node, "/Kids")
        if isinstance(children, generic.ArrayObject):
            nodes += [child.get_object() for child in list(children)[:_NODES]]


def _associated(root: generic.DictionaryObject) -> Iterator[object]:
    files = _of(root, "/AF")
    if isinstance(files, generic.ArrayObject):
        yield from (file.get_object() for file in list(files)[:_NODES])


def _of(holder: object, key: str) -> object:
    """An entry of a dictionary, followed to what it refers to."""
    if not isinstance(holder, generic.DictionaryObject) or key not in holder:
        return None
    return holder[key].get_object()


def _file(specification: object) -> _File | None:
    """A file specification with an embedded stream: UF before F, as ISO 32000 has it."""
    held = _of(specification, "/EF")
    stream = _of(held, "/UF")
    if not isinstance(stream, generic.StreamObject):
        stream = _of(held, "/F")
    if not isinstance(stream, generic.StreamObject):
        return None
    name = _text(_of(specification, "/UF")) or _text(_of(specification, "/F"))
    mime = _of(stream, "/Subtype")
    return _File(
        name=name,
        mime=str(mime)[1:] if isinstance(mime, generic.NameObject) else None,
        description=_text(_of(specification, "/Desc")),
        stream=stream,
    )


def _text(value: object) -> str | None:
    return str(value).strip()[:500] or None if isinstance(value, str) else None


def _with_contents(files: list[_File], stream: _Timed, limits: Limits) -> list[_File]:
    """Likely names first; no more files and bytes than the limits, whatever the file holds."""
    left, full = limits.size, []
    for file in sorted(files, key=_likelihood)[: limits.entries]:
        stream.check()
        content = _content(file, left)
        left -= len(content or b"")
        full.append(file._replace(content=content, stream=None))
    return full


def _content(file: _File, size: int) -> bytes | None:
    """What a stream unpacks to, at most `size` bytes."""
    if file.stream is None or size <= 0:
        return None
    with pypdf.apply_configuration(
        zlib_maximum_output_length=size,
        lzw_maximum_output_length=min(size, _STRUCTURE),
        run_length_maximum_output_length=size,
        array_based_stream_maximum_output_length=size,
        zlib_maximum_recovery_input_length=_STRUCTURE,
        stream_decoding_work_maximum_length=2 * size,
        stream_filters_maximum_length=4,
    ):
        try:
            content = file.stream.get_data()
        except _BROKEN:
            return None
    return bytes(content) if len(content) <= size else None


def _likelihood(file: _File) -> int:
    name = (file.name or "").lower()
    if name in _NAMES:
        return _NAMES.index(name)
    return len(_NAMES) + (0 if name.endswith(".xml") else 1 if "xml" in (file.mime or "") else 2)


def _chosen(files: list[_File]) -> _File | None:
    """The file that a reader takes; else one that is known by name, or should be one by its own name."""
    second = third = None
    for file in sorted(files, key=_likelihood):
        if not file.content:
            continue
        root = _root(file.content)
        reader = None if root is None else next((each for each in READERS if each.recognises(root)), None)
        if reader is known:
            second = second or file
        elif reader is not None:
            return file
        elif _likelihood(file) < len(_NAMES):
            third = third or file
    return second or third


def _root(content: bytes) -> etree._Element | None:
    """The root element, without reading further than to its start tag."""
    start = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return None
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    with suppress(etree.XMLSyntaxError):  # whatever is broken later, the root may have been seen
        parser.feed(start)
    with suppress(etree.XMLSyntaxError):
        return next((element for _, element in parser.read_events()), None)
    return None


def _remains(data: bytes, limits: Limits) -> Iterator[_File]:
    """Embedded streams found by what stands before them, the last (newest) first; no other structure is asked."""
    left, seen = limits.size, set()
    for mark in reversed(deque(_EMBEDDED.finditer(data), maxlen=5 * limits.entries)):
        start = data.find(b"stream", mark.end(), mark.end() + _DICTIONARY)
        if start < 0 or start in seen or data.find(b"endobj", mark.end(), start) >= 0:
            continue
        seen.add(start)
        head = max(0, mark.start() - _DICTIONARY)
        dictionary = data[max(head, data.rfind(b"obj", head, mark.start())) : start]
        start += 8 if data[start + 6 : start + 8] == b"\r\n" else 7
        end = data.find(b"endstream", start)
        content = _unpacked(data[start : end if end >= 0 else len(data)], dictionary, left)
        if content:
            left -= len(content)
            yield _File(None, None, None, None, content)


def _unpacked(raw: bytes, dictionary: bytes, size: int) -> bytes | None:
    """Without filter, or FlateDecode, which is what such files are packed with."""
    if size <= 0:
        return None
    if b"/Filter" not in dictionary:
        return raw.rstrip(b"\r\n")[:size]
    if b"/FlateDecode" not in dictionary and b"/Fl" not in dictionary:
        return None
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(raw, size)
    except zlib.error:
        return None
    return content if len(content) < size else None
