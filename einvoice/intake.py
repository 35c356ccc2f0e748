"""What a supplier sends, told apart by content: XML, a PDF with XML inside, a ZIP; all else is refused by name."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from . import xml
from .errors import DEFAULT, Limits, NotRead
from .model import Attachment, Document, Kind
from .readers import READERS

_ZIP = (b"PK\3\4", b"PK\5\6")
_PDF = b"%PDF-"
_ENCRYPTED = 0x1
_RATIO = 200  # deflate reaches 1000 on zeros alone; documents stay under 50
_SMALL = 65_536  # below that, no ratio is a bomb
_PRINTS = 3  # PDFs that are looked into where a ZIP has no XML: each may take its second
_END_OF_DIRECTORY = b"PK\5\6"
_DIRECTORY_ENTRY = 4096  # bytes: 46, its name, extra and comment
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|div|table|p)(?=[\s>/])", re.IGNORECASE
)  # a prefix may be p


def read(data: bytes, limits: Limits = DEFAULT) -> Document:
    """The document that a file holds. Raises NotRead, and nothing else, whatever the file is."""
    _refuse_size(data, limits)
    if data.startswith(_ZIP):
        return _of_zip(data, limits)
    return _of_single(data, limits)


def _refuse_size(data: bytes, limits: Limits) -> None:
    if not data.strip():
        raise NotRead("empty")
    if len(data) > limits.size:
        raise NotRead("too_large", limit=limits.size // 2**20)


def _of_single(data: bytes, limits: Limits) -> Document:
    if _is_pdf(data):
        return _of_pdf(data, limits)
    if not looks_like_xml(data):
        _refuse_by_name(data)
    if _HTML.match(data.lstrip(b"\xef\xbb\xbf \t\r\n")):
        raise NotRead("is_html")
    return _of_xml(data, limits)


def _of_xml(data: bytes, limits: Limits) -> Document:
    root = xml.parse(data, limits)
    for reader in READERS:
        if reader.recognises(root):
            return reader.read(root, limits)
    if xml.local(root).lower() == "html":
        raise NotRead("is_html")
    raise NotRead("not_recognised", found=_name_of(root))


def _name_of(root: xml.etree._Element) -> str:
    space = xml.namespace(root)
    return f"{xml.local(root)}, {space}" if space else xml.local(root)


def _of_pdf(data: bytes, limits: Limits) -> Document:
    from . import pdf  # brings pypdf along, which most files do not need

    content, attachments = pdf.xml_of(data, limits)
    _refuse_size(content, limits)
    document = _of_xml(content, limits)
    return replace(document, carried_by=document.carried_by or "pdf", attachments=(*document.attachments, *attachments))


def _is_pdf(data: bytes) -> bool:
    """ISO 32000-1, annex H: the header may stand anywhere in the first 1024 bytes."""
    return data.startswith(_PDF) or (_PDF in data[:1024] and not looks_like_xml(data))


def looks_like_xml(data: bytes) -> bool:
    """Whether the first character, after a mark and blanks, opens a tag; in UTF-16 too."""
    start = data[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start.startswith(b"<")


def _refuse_by_name(data: bytes) -> NoReturn:
    start = data[:4096]
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        raise NotRead("is_json")
    if b"\0" in start or sum(byte < 9 or 13 < byte < 32 for byte in start) > 2:
        raise NotRead("is_binary")
    raise NotRead("is_text")


# --- ZIP


def _of_zip(data: bytes, limits: Limits) -> Document:
    """One document among the entries; a PDF beside an XML becomes an attachment. Names decide nothing."""
    entries = _entries(data, limits)
    documents, pictures, refusals = _documents(entries, limits)
    if not documents:
        raise _worst(refusals, [content for _, content in entries])
    main, answers = _main(documents)
    response = main.response or (answers[0] if answers and main is not answers[0] else None)
    return replace(
        main,
        carried_by=main.carried_by or "zip",
        response=response,
        attachments=(*main.attachments, *pictures),
    )


def _documents(
    entries: list[tuple[str, bytes]], limits: Limits
) -> tuple[list[Document], list[Attachment], list[NotRead]]:
    """What of the entries could be read: XML first, and PDFs only where no XML could."""
    documents: list[Document] = []
    refusals: list[NotRead] = []
    prints = [(name, content) for name, content in entries if _is_pdf(content)]
    for _, content in entries:
        if looks_like_xml(content):
            _try(_of_single, content, limits, documents, refusals)
    if documents:
        pictures = [Attachment(name.rpartition("/")[2] or None, "application/pdf", content) for name, content in prints]
        return documents, pictures, refusals
    for _, content in prints[:_PRINTS]:
        _try(_of_pdf, content, limits, documents, refusals)
    return documents, [], refusals


def _try(
    how: Callable[[bytes, Limits], Document],
    content: bytes,
    limits: Limits,
    documents: list[Document],
    refusals: list[NotRead],
) -> None:
    try:
        documents.append(how(content, limits))
    except NotRead as refusal:
        refusals.append(refusal)


def _main(documents: list[Document]) -> tuple[Document, list[Document]]:
    """The one document of a ZIP, and the tax office's answers beside it (SUNAT's CDR, the DIAN's)."""
    answers = [document for document in documents if document.kind is Kind.APPLICATION_RESPONSE]
    others = [document for document in documents if document.kind is not Kind.APPLICATION_RESPONSE]
    if len(others) > 1 or (not others and len(answers) > 1):
        raise NotRead("zip_several", count=len(others or answers))
    return (others[0] if others else answers[0]), answers


def _worst(refusals: list[NotRead], contents: list[bytes]) -> NotRead:
    """Why a ZIP is refused: what was wrong with the document in it, rather than with what lay beside."""
    for refusal in refusals:
        if refusal.code not in ("not_recognised", "is_html", "pdf_without_xml"):
            return refusal
    if refusals:
        return refusals[0]
    if any(content.startswith(_ZIP) for content in contents):
        return NotRead("zip_nested")
    return NotRead("zip_without_document", count=len(contents))


def _entries(data: bytes, limits: Limits) -> list[tuple[str, bytes]]:
    _refuse_directory(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _refuse_bomb(infos, limits)
            return [(info.filename, archive.read(info)) for info in infos if info.file_size]
    # what zipfile raises of broken files: wrong records, wrong sums, ends too soon, names that are no text
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise NotRead("zip_broken", problem=str(error)) from None


def _refuse_directory(data: bytes, limits: Limits) -> None:
    """The directory is counted before it is read: 10 MB of it would be 200,000 objects."""
    end = data.rfind(_END_OF_DIRECTORY)
    if end < 0 or len(data) - end < 22:
        raise NotRead("zip_broken", problem="no central directory")
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if count > limits.entries or size > limits.entries * _DIRECTORY_ENTRY:
        raise NotRead("zip_entries", limit=limits.entries)


def _refuse_bomb(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Sizes as the directory says; zipfile reads no byte more than they say."""
    if len(infos) > limits.entries:
        raise NotRead("zip_entries", limit=limits.entries)
    if any(info.flag_bits & _ENCRYPTED for info in infos):
        raise NotRead("zip_encrypted")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        raise NotRead("zip_method")
    if any(info.file_size > max(_SMALL, _RATIO * info.compress_size) for info in infos):
        raise NotRead("zip_bomb")
    if sum(info.file_size for info in infos) > limits.size:
        raise NotRead("too_large", limit=limits.size // 2**20)
