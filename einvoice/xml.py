"""XML from strangers: decoded, bounded before a tree exists, walked once."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from lxml import etree

from .errors import Limits, NotRead

Parts = Mapping[str, Sequence[etree._Element]]
_NOTHING: Parts = {}  # what an element that is not there has; nobody writes into parts

_DECLARATION = re.compile(rb"<\?xml[ \t\r\n][^>]{0,400}?\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*(?:"([A-Za-z0-9._:-]{1,40})"|'([A-Za-z0-9._:-]{1,40})')""")
_BLANKS = b" \t\r\n"
# What a tree costs: real documents have 33 bytes and more for each element and its text, CFDI (which has
# little else) 16 for each attribute; of less, tree and model are twenty times their file
_BYTES_OF_ELEMENT, _BYTES_OF_ATTRIBUTE = 24, 14
_FEW = 8_000  # elements: what costs three megabytes is taken whatever its density
_BYTES_OF_CHILD = 75  # of each of very many under one element: a line, a note, a tax; real ones have 150 and more
_CHILDREN = (2_000, 60_000)  # of one element: so many always, so many at most
# The longer mark first: that of UTF-32 begins as that of UTF-16 does
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BAD_NAMES = ("WAR_NS_URI", "NS_ERR_UNDEFINED_NAMESPACE")  # well-formed in XML 1.0; nothing of a document is lost
_SINGLE_BYTE = re.compile(r"iso8859-([1-9]|1[0-6])|cp125[0-8]|cp(437|850|858)|koi8-[ru]|mac-roman")


def parse(data: bytes, limits: Limits) -> etree._Element:
    """The root element of a document; everything that a tree could cost is bounded before one is built."""
    return _tree(as_utf8(data), limits)


def parse_text(text: str, limits: Limits) -> etree._Element:
    """The root element of a document inside another (CDATA): its characters are known, whatever it declares."""
    data = text.strip().removeprefix("\ufeff").encode("utf-8")
    if len(data) > limits.size:
        raise NotRead("too_large", limit=limits.size // 2**20)
    return _tree(_without_declaration(data), limits)


def as_utf8(data: bytes) -> bytes:
    """The document in UTF-8 and, where it was written otherwise, without its XML declaration.

    A byte order mark says the encoding for sure; without one it is what is declared, and that has to be true."""
    marked, body = _mark(data)
    if marked is not None:
        return _transcoded(body, marked, marked)
    declared = _declared(body)
    codec = _codec(declared)
    if codec.startswith("utf-16"):  # without mark it would have been seen by its zero bytes
        raise NotRead("encoding_wrong", declared=declared)
    if codec in ("utf-8", "ascii"):
        return _checked(body, codec, declared)
    return _transcoded(body, codec, declared)


def _mark(data: bytes) -> tuple[str | None, bytes]:
    """The encoding that the first bytes prove, and what follows the mark."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return codec, data[len(mark) :]
    if data.startswith(b"<\0"):
        return "utf-16-le", data
    if data.startswith(b"\0<"):
        return "utf-16-be", data
    return None, data.lstrip(_BLANKS)


def _declared(body: bytes) -> str:
    declaration = _DECLARATION.match(body)
    found = _ENCODING.search(declaration[0]) if declaration else None
    return (found[1] or found[2]).decode("ascii") if found else "UTF-8"


def _codec(declared: str) -> str:
    """Python's name of a declared encoding, of those that documents are written in."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise NotRead("encoding_unknown", declared=declared) from None
    if name in ("utf-8", "ascii", "utf-16", "utf-16-le", "utf-16-be") or _SINGLE_BYTE.fullmatch(name):
        return name
    raise NotRead("encoding_unknown", declared=declared)


def _checked(body: bytes, codec: str, declared: str) -> bytes:
    """UTF-8 stays as it is: no second copy is kept, and the parser does not guess."""
    try:
        codecs.lookup(codec).decode(body)
    except UnicodeDecodeError:
        raise NotRead("encoding_wrong", declared=declared) from None
    return body


def _transcoded(body: bytes, codec: str, declared: str) -> bytes:
    if codec == "utf-32":
        raise NotRead("encoding_unknown", declared="UTF-32")
    try:
        text = body.decode(codec).lstrip("\ufeff \t\r\n").encode("utf-8")
    except UnicodeError:
        raise NotRead("encoding_wrong", declared=declared) from None
    return _without_declaration(text)


def _without_declaration(data: bytes) -> bytes:
    declaration = _DECLARATION.match(data)
    return data[declaration.end() :].lstrip(_BLANKS) if declaration else data


def _tree(data: bytes, limits: Limits) -> etree._Element:
    elements = _refuse_masses(data, limits)
    refuse_document_type(data)
    root = _built(data)
    if _deeper_than(limits.depth)(root):
        raise NotRead("too_deep", limit=limits.depth)
    _refuse_crowds(root, len(data), elements)
    return root


def _built(data: bytes) -> etree._Element:
    """The tree; what names a namespace badly is read: such prefixes stand in addenda that tax offices let pass."""
    parser = _parser(recover=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        worse = [one for one in parser.error_log if one.type_name not in _BAD_NAMES]
        if worse or not parser.error_log:
            raise _broken(worse, data) from None
    return etree.fromstring(data, _parser(recover=True))


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        recover=recover,
    )


def refuse_document_type(data: bytes) -> None:
    """A document type brings entities and files from elsewhere; it can only stand before the root."""
    place = 0
    while True:
        place = data.find(b"<", place)
        if place < 0 or data[place + 1 : place + 2] not in (b"!", b"?"):
            return
        if data.startswith(b"<!--", place):
            place = data.find(b"-->", place)
        elif data.startswith(b"<?", place):
            place = data.find(b"?>", place)
        else:
            raise NotRead("doctype")
        if place < 0:
            return


def _refuse_masses(data: bytes, limits: Limits) -> int:
    """What the tree may cost: each element needs a < that no / follows, each attribute two quotation marks."""
    elements = data.count(b"<") - data.count(b"</")
    attributes = (data.count(b'"') + data.count(b"'")) // 2
    size = elements * _BYTES_OF_ELEMENT + attributes * _BYTES_OF_ATTRIBUTE
    if elements + attributes > limits.elements or size > max(len(data), _FEW * _BYTES_OF_ELEMENT):
        raise NotRead("too_many_elements", limit=min(limits.elements, max(_FEW, len(data) // _BYTES_OF_ELEMENT)))
    return elements


def _refuse_crowds(root: etree._Element, size: int, elements: int) -> None:
    """Each line becomes something that weighs more than its element."""
    least, most = _CHILDREN
    allowed = min(most, max(least, size // _BYTES_OF_CHILD))
    if elements > allowed and _child_at(root, place=allowed + 1):
        raise NotRead("too_many_elements", limit=allowed)


_child_at = etree.XPath("boolean(//*/*[position() = $place])")


@lru_cache(maxsize=8)
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath("boolean(" + "/*" * (depth + 1) + ")")


def _broken(errors: list[etree._LogEntry], data: bytes) -> NotRead:
    """What libxml2 found first, under a code of ours."""
    message, line, column = (errors[0].message, errors[0].line, errors[0].column) if errors else ("", 1, 0)
    if "too long" in message or "Resource limit" in message:  # one text of more than 10 MB
        return NotRead("too_large", limit=10)
    if "xcessive depth" in message:
        return NotRead("too_deep", limit=256)
    if _at_the_end(data, line, column):
        return NotRead("xml_truncated", line=line)
    return NotRead("xml_broken", line=line, problem=message)


def _at_the_end(data: bytes, line: int, column: int) -> bool:
    """Whether all was well until there was no more; libxml2 counts lines and characters from 1."""
    start = data.rfind(b"\n") + 1
    if line <= data.count(b"\n"):
        return False
    return column > len(data[start:].decode("utf-8", "replace"))


# --- walking


def local(element: etree._Element) -> str:
    """The name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: etree._Element) -> str:
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def text(element: etree._Element | None) -> str | None:
    """The characters of an element without outer blanks; None where there are none."""
    if element is None:
        return None
    written = element.text
    return (written.strip() or None) if written else None


def attribute(element: etree._Element | None, name: str) -> str | None:
    if element is None:
        return None
    written = element.get(name)
    return (written.strip() or None) if written else None


class Names(dict[str, str]):
    """Qualified tag → local name for the namespaces of one family, empty for others; kept small whatever comes."""

    KEPT = 4000

    def __init__(self, namespaces: Iterable[str]):
        super().__init__()
        self._namespaces = frozenset(namespaces)

    def __missing__(self, tag: object) -> str:
        if not isinstance(tag, str):  # comments and processing instructions
            return ""
        space, _, name = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        found = self._named(space, name)
        if len(self) < self.KEPT:
            self[tag] = found
        return found

    def _named(self, space: str, name: str) -> str:
        return name if space in self._namespaces else ""


def parts(element: etree._Element | None, names: Names) -> Parts:
    """The children of an element by their local names: one walk, whatever their order."""
    if element is None:
        return _NOTHING
    found: dict[str, list[etree._Element]] = {}
    for child in element:
        name = names[child.tag]
        if name in found:
            found[name].append(child)
        else:
            found[name] = [child]
    return found


def first(found: Parts, name: str) -> etree._Element | None:
    elements = found.get(name)
    return elements[0] if elements else None


def first_text(found: Parts, name: str) -> str | None:
    """The characters of the first child of that name that has some."""
    elements = found.get(name)
    if elements is None:
        return None
    for element in elements:
        written = element.text
        if written and (written := written.strip()):
            return written
    return None
