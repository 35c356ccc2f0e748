"""What a person reads of a response, text by text, and which of it is still in the language of the source."""

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from babel.messages.catalog import Catalog
from python_calamine import CalamineWorkbook

from .sweep import text_of

SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-label", "data-offline", "data-failed", "data-copied"}
SPOKEN |= {"data-saved", "data-unsaved"}
HOLE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
PARTS = re.compile(r" · |: |, |\n")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A name of a language is written in that language.
        self.inside = "other" if tag != "html" and "lang" in dict(attrs) else tag
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style", "other"):
            self.found.append(data)


def texts_of_page(html: str) -> list[str]:
    parser = _Texts()
    parser.feed(html)
    return parser.found


def texts_of(response) -> list[str]:
    """The texts of a page, the cells of a sheet, the lines of a PDF."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html"):
        return texts_of_page(content.decode())
    if kind.startswith("text/csv"):
        return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    if "spreadsheet" in kind:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row] + book.sheet_names
    return text_of(content).splitlines() if kind == "application/pdf" else []


def _each(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (text,)


class English:
    """The texts of the source that a language says otherwise, to be found where they should not be."""

    def __init__(self, catalog: Catalog):
        self.words: set[str] = set()
        holes: list[str] = []
        said = {text.casefold() for message in catalog for text in _each(message.string)}
        for message in catalog:
            for text in _each(message.id):
                if not text or text.casefold() in said:
                    continue
                if HOLE.search(text):
                    holes.append(".+?".join(map(re.escape, HOLE.split(text.replace("%%", "%")))))
                else:
                    self.words.add(text.casefold())
        self.words -= said
        self.sentences = re.compile("|".join(holes), re.IGNORECASE | re.DOTALL)

    def in_(self, texts: list[str]) -> Iterator[str]:
        """Whatever nobody translated, whole or as a part of what stands together, and values never filled in."""
        for text in dict.fromkeys(t.strip(" \n()") for t in texts):
            if "%(" in text or self.sentences.fullmatch(text):
                yield text
            yield from (p for p in {text, *PARTS.split(text)} if p.strip(" .:").casefold() in self.words)
