"""Statements written once: who sees the same and asks the same gets the same SQL, and writing it costs the most."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

from .actor import Actor
from .formats import formats_of

MANY = 2048  # kept by each process, a few kilobytes each
# Where a statement is written for every document or word, these stand for the one that is asked for.
ANY_ID, ANY_TEXT = -(2**62), "\0any"


@dataclass(frozen=True, slots=True)
class Models:
    """How rows become models: which, from which columns, joined to which others."""

    model: type[Model]
    names: list[str]
    places: list[int]
    related: list[Any]

    @classmethod
    def of(cls, compiler: SQLCompiler) -> "Models | None":
        """What the compiler of a queryset of models found; None where it is one of tuples."""
        info, select = compiler.klass_info, compiler.select
        if info is None:
            return None
        names = [select[place][0].target.attname for place in info["select_fields"]]
        related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]  # the stubs are of 6.1
        return cls(info["model"], names, info["select_fields"], related)

    def made(self, row: Sequence) -> Model:
        one = self.model.from_db(connection.alias, self.names, [row[place] for place in self.places])
        for other in self.related:
            other.populate(row, one)
        return one


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as the database reads it, and what its columns become; not the queryset, which is large."""

    sql: str
    params: tuple | None = ()
    converters: tuple = ()
    models: Models | None = None

    @classmethod
    def of(cls, rows: QuerySet) -> "Statement":
        """The statement of a queryset; one that can find nothing has no words."""
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return cls("")
        found = compiler.get_converters([one for one, _sql, _alias in compiler.select[: compiler.col_count]])
        converters = tuple((place, *how) for place, how in found.items())
        return cls(sql, tuple(params), converters, Models.of(compiler))

    def filled(self) -> "Statement":
        """With its values written in, which are otherwise written in each time it is asked."""
        if not self.sql or any(_is(p, place) for p in self.params or () for place in (ANY_ID, ANY_TEXT)):
            return self
        with connection.cursor() as cursor:
            return replace(self, sql=cursor.mogrify(self.sql, self.params), params=None)

    def about(self, value: Any, place: Any = ANY_ID) -> "Statement":
        """The same statement, asked of one document, or with one person's words."""
        if self.params is None:
            return self
        return replace(self, params=tuple(value if _is(p, place) else p for p in self.params))

    def rows(self, wrapped: str = "{}") -> list[tuple]:
        """What it finds, or what a statement around it finds."""
        if not self.sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(wrapped.replace("{}", self.sql), self.params)
            return cursor.fetchall()

    def tuples(self, wrapped: str = "{}") -> list:
        """The rows with the values that a queryset gives."""
        found = self.rows(wrapped)
        return [self._converted(row) for row in found] if self.converters else found

    def _converted(self, row: tuple) -> list:
        values = list(row)
        for place, functions, column in self.converters:
            for function in functions:
                values[place] = function(values[place], column, connection)
        return values

    def objects(self) -> list[Any]:
        """The rows as models, with those they are joined to."""
        return [self.models.made(row) for row in self.tuples()] if self.models else []


def _is(param: Any, place: Any) -> bool:
    return type(param) is type(place) and param == place


_kept: dict[Hashable, Statement] = {}


def statement(actor: Actor, asked: Hashable, rows: Callable[[], QuerySet[Any, Any]]) -> Statement:
    """The statement for what is asked, from before if this actor's equal asked it today."""
    key = (actor.sight, formats_of(actor).today(), asked)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MANY:
            _kept.clear()
        found = _kept[key] = Statement.of(rows()).filled()
    return found
