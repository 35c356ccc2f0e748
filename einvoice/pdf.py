"""The XML inside a PDF/A-3; until helper ereadrest's is merged, no PDF has one."""

from __future__ import annotations

from .errors import Limits, NotRead
from .model import Attachment


def xml_of(data: bytes, limits: Limits) -> tuple[bytes, tuple[Attachment, ...]]:
    raise NotRead("pdf_without_xml")
