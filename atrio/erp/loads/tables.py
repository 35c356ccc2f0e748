"""A document type's tables as a load fills them: which column takes which value, and what stands for none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from atrio.core.doctypes import DocumentType, LoadField, document_types

from .schema import KEY
from .types import model_field

OF_HEADER = frozenset(
    {"id", "portal_id", "source_hash", "load_id", "search", "version", "created_at", "updated_at", KEY}
)
OF_LINE = frozenset({"id", "portal_id", "document_id"})


def quoted(name: str) -> str:
    """An identifier for SQL."""
    return connection.ops.quote_name(name)


@dataclass(frozen=True)
class Target:
    """What a reference points at: a table, and the column that holds what the file calls it by."""

    table: str
    key: str = KEY
    header: str = ""  # of a line: the column that says of which document it is

    @property
    def is_record(self) -> bool:
        """Whether the ERP sends such things; if not, naming one makes it."""
        return self.key == KEY


@dataclass(frozen=True)
class Place:
    """One column that a load fills from one value of a row."""

    name: str
    column: str
    db_type: str
    empty: object = None

    @property
    def staged(self) -> str:
        """The column of the staging table that takes what the file says."""
        return self.column


@dataclass(frozen=True, kw_only=True)
class Pointer(Place):
    """A column that holds the id of what the file names by its key."""

    target: Target

    @property
    def staged(self) -> str:
        """The column of the staging table that takes the key."""
        return f"{self.name}__key"


@dataclass(frozen=True)
class Layout:
    """The columns of one table: those that a load fills, and what the others begin with."""

    table: str
    places: tuple[Place, ...]
    beginnings: dict[str, object]

    @property
    def pointers(self) -> list[Pointer]:
        """The places that point at other rows."""
        return [place for place in self.places if isinstance(place, Pointer)]

    def points_at_itself(self, place: Place) -> bool:
        """Whether a reference leads to the very table that is loaded."""
        return isinstance(place, Pointer) and place.target.table == self.table


def layout_of(model: type[models.Model], given: Iterable[LoadField], names: Iterable[str], own: frozenset) -> Layout:
    """How rows with values of those names are kept in the model's table; `own` columns a load fills by itself."""
    chosen = set(names)
    stored = [(one, model_field(model, one.name)) for one in given if one.name in chosen]
    places = [_place(one, column) for one, column in stored if column is not None]
    filled = {place.column for place in places} | own
    beginnings = {str(one.column): _beginning(one) for one in model._meta.concrete_fields if one.column not in filled}
    return Layout(model._meta.db_table, tuple(places), beginnings)


def _place(given: LoadField, stored: models.Field) -> Place:
    column, db_type = str(stored.column), str(stored.db_type(connection))
    if given.kind == "reference":
        return Pointer(given.name, column, db_type, target=_target(stored, given.refers_to))
    return Place(given.name, column, db_type, _beginning(stored))


def _target(stored: models.Field, refers_to: str) -> Target:
    related = stored.related_model
    assert related is not None and related != "self", f"{stored.name} refers to {refers_to} and is no foreign key"
    table = related._meta.db_table
    if refers_to.endswith(".lines"):
        header = document_types()[refers_to.removesuffix(".lines")].model._meta.db_table
        return Target(table, KEY, header)
    return Target(table, KEY if model_field(related, KEY) else "name")


def _beginning(stored: models.Field):
    """What a new row has where the file says nothing."""
    if stored.default is not NOT_PROVIDED:
        value = stored.get_default()
        return str(value) if isinstance(value, str) else value
    if stored.null:
        return None
    return "" if stored.empty_strings_allowed and isinstance(stored, models.CharField | models.TextField) else None


def line_model(kind: DocumentType) -> type[models.Model]:
    """The model of the type's lines."""
    return kind.model._meta.get_field("lines").related_model
