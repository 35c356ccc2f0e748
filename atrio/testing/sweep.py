"""Every address of the site, filled in from what exists: made from the URL table, with nothing listed by hand."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from atrio.core.doctypes import DocumentType


@dataclass(frozen=True)
class Address:
    route: str
    kind: DocumentType | None
    methods: dict = field(default_factory=dict)  # of the API: method to operation
    view: Callable | None = None

    @property
    def holes(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    def filled(self, values: dict) -> str:
        """The address with its holes filled; a hole that nothing fills is an address that nobody sweeps."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda hole: str(values[hole[1]]), self.route)


def addresses(patterns=None, prefix: str = "") -> Iterator[Address]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            given = pattern.default_args or {}
            yield Address(route, given.get("kind"), given.get("methods", {}), pattern.callback)


def readable(response) -> str:
    """Everything that a response lets a person read, whatever its format."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    found = [str(sorted(response.headers.items())), text_of(content)]
    return "\n".join(found)


def text_of(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if not content.startswith(b"PK\x03\x04"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" in archive.namelist():
            return str(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python())
        return "\n".join(f"{name}\n{text_of(archive.read(name))}" for name in archive.namelist())
