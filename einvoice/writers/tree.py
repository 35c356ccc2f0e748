"""An XML tree that is put together top down: what a document does not say gets no element."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from lxml import etree

Value = str | Decimal | dt.date | bool | None
# What XML 1.0 has no way to write: control characters, halves of surrogate pairs, two noncharacters.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, dt.date):
        return value.isoformat()
    return _UNWRITABLE.sub("", value) or None


def put(parent: etree._Element, tag: str, value: Value, **attributes: str | None) -> None:
    """An element with a text, if there is one."""
    text = written(value)
    if text is None:
        return
    element = etree.SubElement(parent, tag)
    element.text = text
    for name, content in attributes.items():
        if content := written(content):
            element.set(name, content)


class Branch:
    """An element that is part of the document only if something was put into it."""

    def __init__(self, parent: etree._Element, tag: str):
        self.parent, self.element = parent, etree.Element(tag)

    def __enter__(self) -> etree._Element:
        return self.element

    def __exit__(self, *_trouble: object) -> None:
        if len(self.element):
            self.parent.append(self.element)


def serialised(root: etree._Element) -> bytes:
    etree.cleanup_namespaces(root, keep_ns_prefixes=["cac", "cbc", "rsm", "ram", "udt", "qdt"])
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
