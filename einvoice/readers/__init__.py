"""The readers, one per family of formats; the first that recognises a root element reads it."""

from __future__ import annotations

from typing import Protocol

from lxml import etree

from ..errors import Limits
from ..model import Document
from . import cfdi, cii, dte, known, nfe, ubl


class Reader(Protocol):
    def recognises(self, root: etree._Element) -> bool: ...

    def read(self, root: etree._Element, limits: Limits) -> Document: ...


READERS: tuple[Reader, ...] = (ubl, cii, cfdi, nfe, dte, known)  # `known` last: it refuses by name what no other reads
