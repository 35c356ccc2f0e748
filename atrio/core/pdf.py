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
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from pathlib import Path
from typing import Any

import segno
import typst
from django.utils.functional import Promise

from atrio.streams.typeset import FONTS, TooLong, Unprintable, typeset, typeset_apart
from atrio.streams.zips import file_name

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "core" / "typst" / "generic.typ"
ACCENT = "#2f5bea"
LONG = 100  # lines: from here on a process of its own costs less than what Typst would keep
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
    files = json.dumps({"qr": _qr(document["qr"]), "attachments": _attached(attachments)})
    press = typeset_apart if sum(len(part["lines"]) for part in document["parts"]) > LONG else typeset
    # An unreadable logo or a script that Typst stumbles over must not keep an invoice from its customer.
    *hopes, last = dict.fromkeys([(text, logo), (text, None), (_UNUSUAL.sub("□", text), None)])
    for told, picture in hopes:
        try:
            return press(template, ROOT, {"document": told, "files": files, "logo": _picture(picture)})
        except TooLong:
            raise
        except Unprintable as refusal:
            log.warning("printed again in a plainer way: %s", refusal)
    return press(template, ROOT, {"document": last[0], "files": files, "logo": ""})


@lru_cache(maxsize=32)
def _picture(logo: bytes | None) -> str:
    """A portal's logo as Typst reads it: the same text each time, so that Typst, too, makes a picture of it once."""
    return json.dumps(_portable(logo)) if logo else ""


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
    for place, column in enumerate(part["columns"]):
        column["widest"] = _widest(line[place] for line in part["lines"])
    # A line longer than a page would be cut off, were it kept whole.
    texts = (text for line in part["lines"] for cell in line for text in _texts(cell))
    part["endless"] = any(len(text) > 1500 or "\n" in text for text in texts)
    for key in ("summary", "totals"):
        part[key] = [[*figure, False][:3] for figure in part[key]]
    return part


def _widest(cells: Iterable[Any]) -> list[str]:
    """What a column without a width is made for; here, because Typst takes long to look through thousands."""
    texts = (" ".join(_texts(cell)) for cell in cells)
    return [text[:200] for text in nlargest(3, texts, key=len)]


def _texts(cell: str | list[str]) -> list[str]:
    return [cell] if isinstance(cell, str) else cell


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
        # Every mask reads well; segno would draw all eight to choose one, which takes as long as half the page.
        segno.make(content, micro=False, mask=3).save(drawing, kind="svg", border=0, dark="#1b2230")
    except segno.DataOverflowError:
        log.warning("printed without its QR code: %d characters do not fit", len(content))
        return None
    return drawing.getvalue().decode()


def _attached(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    taken = set[str]()
    return [
        {
            "name": file_name(_letters(it.name), taken),
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
