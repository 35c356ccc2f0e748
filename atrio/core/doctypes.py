"""A document type as data: how it is listed, found, shown, acted upon, printed and loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from .actions import Action
from .actor import Actor, Audience

ALL = frozenset(Audience)
NUMERIC = frozenset({"amount", "quantity", "number", "percent"})


@dataclass(frozen=True)
class Column:
    """One value of a row: where it is read, how it is written, and who sees it.

    Kinds: text, date, datetime, amount (in `currency`), quantity, number, percent, state, choice, check, partner, link
    (an address on the web, of facts only)."""

    name: str
    label: Any
    kind: str = "text"
    path: str = ""
    currency: str = "currency"
    expression: Any = None
    choices: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None
    sort: bool = True
    shown: bool = True
    if_any: bool = False  # a zero is not worth its room: lists leave it blank, documents do not mention it
    printed: bool = True  # among the lines of the printed form; what goes on changing is not
    only: frozenset[Audience] = ALL

    @property
    def source(self) -> str:
        return self.path or self.name

    @property
    def align(self) -> str:
        return "end" if self.kind in NUMERIC else "start"

    def seen_by(self, actor: Actor) -> bool:
        return bool(self.only & actor.audiences)


@dataclass(frozen=True)
class Filter:
    """A narrowing of a list. Kinds: choice, dates, amounts, numbers, text, partner, check.

    A check with `widen` instead adds rows to the type's `base`."""

    name: str
    label: Any
    kind: str = "choice"
    path: str = ""
    choices: Callable[[], list[tuple[str, Any]]] | None = None
    narrow: Callable[..., Any] | None = None
    widen: Callable[[Actor], Any] | None = None
    only: frozenset[Audience] = ALL

    @property
    def source(self) -> str:
        return self.path or self.name

    def seen_by(self, actor: Actor) -> bool:
        return bool(self.only & actor.audiences)


@dataclass(frozen=True)
class Search:
    """Which fields typed text finds: numbers also by their parts, texts by their words."""

    numbers: tuple[str, ...] = ("number", "external_id")
    texts: tuple[str, ...] = ()
    by_partner: bool = True


@dataclass(frozen=True)
class Lines:
    model: Any
    columns: tuple[Column, ...]
    related: str = "lines"
    joined: tuple[str, ...] = ()  # what the type's panels need of each line


@dataclass(frozen=True)
class Editor:
    """How a document born in the portal is typed in: its form, its lines, and the actions that keep them."""

    form: type
    create: Callable
    label: Any
    by: Mapping[Audience, str]
    line_form: type | None = None
    source: Callable | None = None
    initial: Callable | None = None
    about: Callable | None = None
    totals: Callable | None = None
    update: Action | None = None
    fixed_lines: bool = False
    max_lines: int = 500
    icon: str = "plus"

    def permitted(self, actor: Actor) -> bool:
        return any(actor.may(self.by[a]) for a in actor.audiences if a in self.by)


@dataclass(frozen=True)
class Bulk:
    """What staff with the permission do with the ticked rows of a list, by a page of the type's own."""

    name: str
    label: Any
    icon: str
    to: str
    permission: str


@dataclass(frozen=True)
class LoadField:
    """A value that the ERP may send. Kinds: text, date, datetime, decimal, integer, boolean, choice, reference, xml."""

    name: str
    kind: str = "text"
    required: bool = False
    column: str = ""
    refers_to: str = ""
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    digits: int | None = None
    default: Any = None
    label: Any = ""


# What an ERP may send of a line with its price (core.models.PricedLine).
PRICED_LINE = (
    LoadField("position", "integer"),
    LoadField("external_id", max_length=80),
    LoadField("product_code", max_length=60),
    LoadField("description", max_length=500),
    LoadField("quantity", "decimal", required=True),
    LoadField("unit", max_length=20),
    LoadField("unit_price", "decimal", default=0),
    LoadField("discount_percent", "decimal", default=0),
    LoadField("tax_rate", "decimal", default=0),
    LoadField("net", "decimal"),
    LoadField("tax", "decimal", default=0),
    LoadField("total", "decimal"),
)


@dataclass(frozen=True)
class Load:
    """How rows of the ERP become documents; `before` and `after` run once for all that a load writes.

    `before` takes what other writers take first; what it finds about the documents that are about to change is handed
    to `after`. `adopts` are the columns by which a document born here is known when the ERP sends it under an id of its
    own."""

    fields: tuple[LoadField, ...]
    lines: tuple[LoadField, ...] = ()
    before: Callable | None = None
    after: Callable | None = None
    adopts: tuple[str, ...] = ()
    prepare: Callable[[dict], dict] | None = None


@dataclass(frozen=True, kw_only=True)
class DocumentType:
    """Everything the shared pages, exports, loads and programs need to know of one kind of document."""

    model: Any
    title: Any
    noun: Any
    icon: str
    area: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    base: Callable[[Actor], Any] | None = None  # what a list starts from, within SIGHT; checks that widen add to it
    search: Search = field(default_factory=Search)
    sort: str = "-issue_date"
    totals: tuple[str, ...] = ()
    signs: Any = None
    states: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[Column, ...] = ()
    amounts: tuple[Column, ...] = ()
    lines: Lines | None = None
    actions: tuple[Action, ...] = ()
    editor: Editor | None = None
    leads: tuple[Callable, ...] = ()  # panels above all else: what waits for an answer
    panels: tuple[Callable, ...] = ()
    links: tuple[Callable, ...] = ()
    bulk: tuple[Bulk, ...] = ()
    pdf: bool = False
    printed: Callable | None = None
    partner_label: Any = ""
    credit_noun: Any = ""  # what one is called that takes from an account instead of adding to it
    offered: frozenset[Audience] = ALL  # whose menu and search name the list
    seen_with: Mapping[Audience, str] = field(default_factory=dict)  # without which an audience does not know of it
    notifies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # audiences, or whoever has a permission
    tells: Mapping[str, Any] = field(default_factory=dict)
    load: Load | None = None
    snapshot: Callable | None = None
    urls: tuple = ()
    heading: Callable[[Any], str] = str
    document: bool = True

    word: str = ""

    @property
    def name(self) -> str:
        """The one word of this type: its address, permission prefix and template folder."""
        return self.word or self.model._meta.app_label

    @cached_property
    def permissions(self) -> dict[Audience, frozenset[str]]:
        """What each audience can be allowed here, gathered from the actions and the editor."""
        found: dict[Audience, set[str]] = {a: {f"{self.name}.view"} for a in self.model.SIGHT}
        if self.load and Audience.STAFF in found:
            found[Audience.STAFF].add(f"{self.name}.load")
        for by in [a.by for a in self.actions] + ([self.editor.by] if self.editor else []):
            for audience, permission in by.items():
                found.setdefault(audience, set()).add(permission)
        return {audience: frozenset(names) for audience, names in found.items()}

    @cached_property
    def joined(self) -> list[str]:
        """Rows that the page of one document shows a name of, read with it."""
        named = {c.source.split("__")[0] for c in self.facts if "__" in c.source or c.kind == "partner"}
        own = {f.name for f in self.model._meta.fields}
        return sorted(named | ({"partner"} & own))

    def action(self, name: str) -> Action | None:
        return next((a for a in self.actions if a.name == name), None)

    def columns_for(self, actor: Actor) -> list[Column]:
        return [c for c in self.columns if c.seen_by(actor)]

    def shown_to(self, actor: Actor) -> bool:
        """Whether this type exists for the actor at all."""
        needed = {f"{self.name}.view", *(p for audience, p in self.seen_with.items() if audience in actor.audiences)}
        return bool(set(self.model.SIGHT) & actor.audiences) and all(map(actor.may, needed))

    def offered_to(self, actor: Actor) -> bool:
        """Whether the menu and the search name it."""
        return bool(self.offered & actor.audiences) and self.shown_to(actor)


def link(actor: Actor, to: str, title, icon: str, *, primary: bool = False) -> dict:
    """A button that leads from a document's page to another page of the portal."""
    url = f"/{actor.portal.slug}/{to}"
    return {"title": str(title), "icon": icon, "url": url, "primary": primary, "danger": False, "dialog": False}


@lru_cache(maxsize=1)
def document_types() -> dict[str, DocumentType]:
    """All document types by name, in menu order. Nothing is discovered: what settings do not list does not exist."""
    found = [import_string(path) for path in settings.DOCUMENT_TYPES]
    return {one.name: one for one in found}


def document_type(name: str) -> DocumentType:
    return document_types()[name]
