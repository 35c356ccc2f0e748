"""Any read document as people read it: an HTML fragment for a page, or a PDF."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, overload

from .errors import NotRead
from .finding import Finding
from .model import Document
from .rendering.html import fragment, whole
from .rendering.page import Page

_TEMPLATE = Path(__file__).parent / "rendering" / "document.typ"
_MOST_LINES = 1500  # of a PDF: some sixty pages; the HTML has them all
_MOST_LETTERS = 2000  # of one text on paper


@overload
def render(
    document: Document, language: str = "en", kind: Literal["html", "page"] = "html", findings: Sequence[Finding] = ()
) -> str: ...
@overload
def render(document: Document, language: str, kind: Literal["pdf"], findings: Sequence[Finding] = ()) -> bytes: ...
@overload
def render(document: Document, language: str, kind: str, findings: Sequence[Finding] = ()) -> str | bytes: ...
def render(
    document: Document, language: str = "en", kind: str = "html", findings: Sequence[Finding] = ()
) -> str | bytes:
    """In English, Spanish or Brazilian Portuguese, with the findings that are given.

    "html" is a fragment for a page that has its own head and look, "page" a page of its own, "pdf" bytes."""
    page = Page(document, language, findings)
    if kind == "pdf":
        return _pdf(page.content(_MOST_LINES))
    return whole(page.content()) if kind == "page" else fragment(page.content())


def _pdf(page: dict[str, Any]) -> bytes:
    import typst  # reason: a large library that whoever only reads has no use for

    told = json.dumps(_printable(page), ensure_ascii=False)
    try:
        return typst.compile(_TEMPLATE, root=_TEMPLATE.parent, font_paths=_fonts(), sys_inputs={"page": told})
    except RuntimeError as refusal:
        raise NotRead("not_printed", reason=str(refusal)) from refusal


def _printable(part: Any) -> Any:
    """Texts of a bounded length without control characters."""
    if isinstance(part, str):
        kept = "".join(
            one if one == "\n" or unicodedata.category(one)[0] != "C" else " " for one in part[:_MOST_LETTERS]
        )
        return kept + ("…" if len(part) > _MOST_LETTERS else "")
    if isinstance(part, list):
        return [_printable(one) for one in part]
    if isinstance(part, dict):
        return {name: _printable(one) for name, one in part.items()}
    return part


@cache
def _fonts() -> Any:
    """Fira Sans of its package; without it the serif that Typst brings."""
    import typst  # reason: as above

    found = find_spec("fontpkg_fira_sans")
    folders = [Path(place) / "files" for place in found.submodule_search_locations or ()] if found else []
    return typst.Fonts(include_system_fonts=False, font_paths=folders)
