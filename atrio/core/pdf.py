"""Printed documents: plain data in, PDF/A-3 out, by Typst.

`DOCUMENT` is the common form and serves every document type, remittances and statements too (they differ in their
parts). A type that needs a form of its own has a `pdf.typ` beside its `doctype.py`, on `/core/typst/document.typ`.
The data is a dictionary of texts that are already translated and formatted for the reader; every key but `title` may
be missing. Nothing in it is ever read as Typst code.

    {
      "title": "Factura de venta", "number": "FV-1042", "state": "Abierta",
      "paper": "a4",                                    # or "us-letter"
      "portal": {"name", "legal_name", "tax_id", "address", "email", "phone", "accent": "#2f5bea"},   # the letterhead
      "facts": [[label, value], …],                     # dates, terms, references: four in a row
      "parties": [{"label": "Cliente", "name": …, "details": [line, …]}, …],
      "highlight": ["$ 1.250.000,00", "Vence el 30 de junio de 2026"],
      "parts": [part, …],
      "notes": [[heading, text], …],
      "qr": "text to encode", "qr_label": "what it opens",
      "footer": "…", "page_label": "Página {page} de {pages}",
    }

A part is a table with what belongs to it; a statement has one per currency, a remittance one for the invoices paid
and one for the withholdings:

    {
      "title": "",
      "summary": [[label, value, emphasised], …],       # a strip of figures
      "ageing": [[label, value, share], …],             # share of the whole, 0 to 1: a bar and its legend
      "columns": [{"title": …, "align": "left" | "right" | "center", "width": 1}, …],
      "lines": [[cell, …], …],                          # a cell is a text, or [text, muted second line]
      "totals": [[label, value, emphasised], …],
      "empty": "said instead of the lines when there are none",
    }

A column with a width is a share of the free space (the description); one without is as wide as its longest cell. When
none has one, the first text column grows.
"""

import io
import json
import logging
import re
import threading
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
import typst
from django.utils.functional import Promise

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "core" / "typst" / "generic.typ"
ACCENT = "#2f5bea"
LONG, KEPT_BY_TYPST = 10_000, 10  # characters of data, some eighty lines; documents
_one_long = threading.Lock()

# Only the fonts inside the wheel: the same page on every machine. Threads may share them, but not a typst.Compiler.
FONTS = typst.Fonts(include_system_fonts=False)
_PROBE = ROOT / "core" / "typst" / "probe.typ"

_PORTAL = {"name": "", "legal_name": "", "tax_id": "", "address": "", "email": "", "phone": "", "accent": ACCENT}
_DOCUMENT: dict[str, Any] = {"paper": "a4", "portal": {}, "page_label": "{page} / {pages}"}
_DOCUMENT |= dict.fromkeys(("title", "number", "state", "qr", "qr_label", "footer"), "")
_DOCUMENT |= {"facts": [], "parties": [], "highlight": [], "parts": [], "notes": []}
_PART = {"title": "", "summary": [], "ageing": [], "columns": [], "lines": [], "totals": [], "empty": ""}
_PARTY = {"label": "", "name": "", "details": []}

# What every font of ours has: Latin, typographic marks, the euro and the minus sign. For the rest the fonts are asked.
_UNUSUAL = re.compile("[^\x00-\u017f\u2010-\u2027\u2030-\u2033\u2039\u203a\u20ac\u2212]")
# Scripts whose letters change their neighbours, from Devanagari to Khmer: our fonts have pieces of them at most.
_SCRIPTS = re.compile("[\u0700-\u109f\u1700-\u1cff\ua800-\uabff]")


class Unprintable(Exception):
    """Typst refuses the document, and not for its logo or for a letter: the template or the data has a fault."""


@dataclass(frozen=True)
class Attachment:
    """A file carried inside the PDF: the invoice's XML is an alternative of it, anything else data."""

    name: str
    content: bytes
    mime: str = "text/xml"
    description: str = ""
    relationship: str = "alternative"


def render(
    template: Path,
    data: dict[str, Any],
    *,
    attachments: Iterable[Attachment] = (),
    logo: bytes | None = None,
    language: str = "es",
) -> bytes:
    """Return the PDF/A-3 of one document; the logo is PNG, JPEG, GIF, WebP or SVG."""
    document = _document(data, language)
    text = _legible(json.dumps(document, ensure_ascii=False))
    files = {"qr": _qr(document["qr"]), "attachments": _attached(attachments)}
    # An unreadable logo or a script that Typst stumbles over must not keep an invoice from its customer.
    *hopes, last = dict.fromkeys([(text, logo), (text, None), (_UNUSUAL.sub("□", text), None)])
    with _room(text):
        for hope in hopes:
            try:
                return _compile(template, files, *hope)
            except Unprintable as refusal:
                log.warning("printed again in a plainer way: %s", refusal)
        return _compile(template, files, *last)


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield a ZIP of (name, content) pairs piece by piece, so that one document at a time is in memory."""
    pipe, taken = _Pipe(), set[str]()
    with zipfile.ZipFile(pipe, "w") as archive:  # stored: a PDF is compressed already
        for name, content in files:
            archive.writestr(_file_name(name, taken), content)
            yield pipe.drain()
    yield pipe.drain()


class _Pipe(io.RawIOBase):
    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.waiting += piece
        return len(piece)

    def drain(self) -> bytes:
        piece = bytes(self.waiting)
        self.waiting.clear()
        return piece


def _compile(template: Path, files: dict[str, Any], text: str, logo: bytes | None) -> bytes:
    inputs = {"document": text, "files": json.dumps(files | {"logo": _portable(logo) if logo else None})}
    try:
        # Made for the archive (PDF/A-3) and for screen readers (PDF/UA) at once.
        return typst.compile(template, root=ROOT, font_paths=FONTS, sys_inputs=inputs, pdf_standards=["a-3b", "ua-1"])
    except RuntimeError as refusal:
        raise Unprintable(str(refusal)) from refusal
    except BaseException as panic:
        # A Rust panic comes as a BaseException that would take the worker's thread along; its class cannot be imported.
        if type(panic).__name__ != "PanicException":
            raise
        raise Unprintable(str(panic)) from panic


@contextmanager
def _room(text: str) -> Iterator[None]:
    """Long documents one at a time, each gone from memory before the next: a thousand lines take 130 MB."""
    if len(text) <= LONG:
        yield
        return
    with _one_long:
        try:
            yield
        finally:
            for _empty in range(KEPT_BY_TYPST + 1):  # it lets go of what so many later documents did not use
                typst.compile(b"", font_paths=FONTS)


def _document(data: dict[str, Any], language: str) -> dict[str, Any]:
    document = _filled(_DOCUMENT, _clean(data))
    document["portal"] = _filled(_PORTAL, document["portal"])
    if not re.fullmatch("#[0-9a-fA-F]{6}", document["portal"]["accent"]):
        document["portal"]["accent"] = ACCENT
    for key in ("title", "number", "state", "footer", "page_label"):
        document[key] = _one_line(document[key])
    document["title"] = document["title"] or document["number"] or "·"  # PDF/UA refuses a page without a title
    document["paper"] = "us-letter" if document["paper"] == "us-letter" else "a4"
    document["parties"] = [_filled(_PARTY, party) for party in document["parties"]]
    document["parts"] = [_part(part) for part in document["parts"]]
    lang, _, region = language.replace("_", "-").partition("-")
    document["language"] = {"lang": lang, "region": region.upper() if len(region) == 2 else None}
    return document


def _part(given: dict[str, Any]) -> dict[str, Any]:
    part = _filled(_PART, given)
    part["title"] = _one_line(part["title"])
    for line in part["lines"]:
        if len(line) != len(part["columns"]):
            raise ValueError(f"a line of {len(line)} cells in a table of {len(part['columns'])} columns")
    if part["columns"] and not any(column.get("width") for column in part["columns"]):
        growing = next((column for column in part["columns"] if column.get("align") != "right"), part["columns"][0])
        growing["width"] = 1
    for key in ("summary", "totals"):
        part[key] = [[*figure, False][:3] for figure in part[key]]
    return part


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _filled(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return defaults | {key: value for key, value in given.items() if value is not None}


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _letters(value)
        case Promise():
            return _clean(str(value))
        case dict():
            return {key: _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case None | bool() | int() | float():
            return value
    raise TypeError(f"a printed value is a formatted text, not {type(value).__name__}")


def _letters(text: str) -> str:
    """Leave out what is no letter by itself: controls, half characters, marks that turn the reading direction."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii() and text.isprintable():
        return text
    text = "\n".join(text.splitlines())
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter)[0] not in "MC")


def _legible(text: str) -> str:
    """Put a box in place of what no bundled font draws, because PDF/A refuses a page with such a letter."""
    text = _SCRIPTS.sub("□", text)
    missing = _missing("".join(sorted(set(_UNUSUAL.findall(text)))))
    return text.translate(dict.fromkeys(map(ord, missing), "□"))


@lru_cache(maxsize=512)
def _missing(characters: str) -> str:
    if not characters:
        return ""
    try:
        typst.compile(_PROBE, root=ROOT, font_paths=FONTS, sys_inputs={"characters": characters}, pdf_standards="a-3b")
    except typst.TypstError as refusal:
        named = "".join(re.findall('text `"(.*?)"` could not', refusal.diagnostic))
        named = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), named)
        # Should Typst ever word it otherwise, every unusual letter becomes a box: poor, but printed.
        return "".join(set(characters) & set(named)) or characters
    return ""


def _qr(content: str) -> str | None:
    if not content:
        return None
    drawing = io.BytesIO()
    try:
        segno.make(content, micro=False).save(drawing, kind="svg", border=0, dark="#1b2230")
    except segno.DataOverflowError:
        log.warning("printed without its QR code: %d characters do not fit", len(content))
        return None
    return drawing.getvalue().decode()


def _attached(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    taken = set[str]()
    return [
        {
            "name": _file_name(_letters(it.name), taken),
            "content": _portable(it.content),
            "mime": it.mime,
            "description": _letters(it.description or it.name),
            "relationship": it.relationship,
        }
        for it in attachments
    ]


def _portable(content: bytes) -> str | list[int]:
    """Typst takes its inputs as text and makes bytes of a text or of an array of numbers: no file on disk."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return list(content)


def _file_name(name: str, taken: set[str]) -> str:
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
