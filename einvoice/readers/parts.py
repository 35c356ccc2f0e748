"""Elements asked by their local names, for the families whose every namespace is of one mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from .. import xml
from ..errors import Limits, NotRead
from ..xml import attribute, local, namespace, text

__all__ = ["Parts", "attribute", "down", "enclosed", "every", "first", "local", "namespace", "parts", "said", "text"]

Parts = Mapping[str, Sequence[etree._Element]]
_NONE: Sequence[etree._Element] = ()


class _Local(xml.Names):
    """Qualified tag → local name, of whatever namespace."""

    def _named(self, space: str, name: str) -> str:
        return name


_LOCAL = _Local(())


def parts(element: etree._Element | None, names: xml.Names = _LOCAL) -> Parts:
    """The child elements by local name (or what `names` calls them)."""
    return xml.parts(element, names)


def first(among: Parts, *names: str) -> etree._Element | None:
    """The first child with the first of these names that is there."""
    for name in names:
        if name in among:
            return among[name][0]
    return None


def every(among: Parts, name: str) -> Sequence[etree._Element]:
    return among.get(name, _NONE)


def down(among: Parts, *names: str) -> Parts:
    """The parts of the child with the first of these names that is there."""
    return parts(first(among, *names))


def said(among: Parts, *names: str) -> str | None:
    """The text of the first of these children that has one."""
    for name in names:
        for element in among.get(name, _NONE):
            value = text(element)
            if value is not None:
                return value
    return None


def enclosed(root: etree._Element, among: Parts, name: str, limits: Limits) -> Sequence[etree._Element]:
    """The documents of an envelope."""
    found = every(among, name)
    if not found:
        raise NotRead("without_document", found=local(root))
    if len(found) > limits.documents:
        raise NotRead("too_many_documents", count=len(found), limit=limits.documents)
    return found
