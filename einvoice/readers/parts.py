"""The children of an element by their local names: read once, asked by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from lxml import etree

Parts = Mapping[str, Sequence[etree._Element]]
NOTHING: Parts = {}
NONE: Sequence[etree._Element] = ()


@lru_cache(maxsize=4096)
def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag[:1] == "{" else ""


def parts(element: etree._Element | None, name_of: Callable[[str], str] = local) -> Parts:
    """The child elements by local name (or what `name_of` makes of their tags); comments and instructions are none."""
    if element is None:
        return NOTHING
    found: dict[str, list[etree._Element]] = {}
    for child in element.iterchildren("*"):
        name = name_of(child.tag)
        if name in found:
            found[name].append(child)
        else:
            found[name] = [child]
    return found


def first(among: Parts, *names: str) -> etree._Element | None:
    """The first child with the first of these names that is there."""
    for name in names:
        if name in among:
            return among[name][0]
    return None


def every(among: Parts, name: str) -> Sequence[etree._Element]:
    return among.get(name, NONE)


def down(among: Parts, *names: str) -> Parts:
    """The parts of the child with the first of these names that is there."""
    return parts(first(among, *names))


def text(element: etree._Element | None) -> str | None:
    """What an element says itself, outer blanks cut; nothing is None."""
    if element is None:
        return None
    value = element.text
    if len(element):  # a comment may stand within the text
        value = (value or "") + "".join(child.tail or "" for child in element)
    return (value.strip() or None) if value else None


def said(among: Parts, *names: str) -> str | None:
    """The text of the first of these children that has one."""
    for name in names:
        for element in among.get(name, NONE):
            value = text(element)
            if value is not None:
                return value
    return None


def attribute(element: etree._Element | None, name: str) -> str | None:
    if element is None:
        return None
    value = element.get(name)
    return (value.strip() or None) if value else None
