"""Statements written once: who sees the same and asks the same gets the same SQL, and writing it costs the most."""

from collections.abc import Callable, Hashable
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
class Statement:
    """A query as the database reads it, with the compiler that knows what its columns become."""

    sql: str
    params: tuple | None
    compiler: SQLCompiler
    converters: dict

    @classmethod
    def of(cls, rows: QuerySet) -> "Statement":
        """The statement of a queryset; one that can find nothing has no words."""
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return cls("", (), compiler, {})
        columns = [one for one, _sql, _alias in compiler.select[: compiler.col_count]]
        return cls(sql, tuple(params), compiler, compiler.get_converters(columns))

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
        return list(self.compiler.apply_converters(found, self.converters)) if self.converters else found

    def objects(self) -> list[Any]:
        """The rows as models, with those they are joined to."""
        select, info = self.compiler.select, self.compiler.klass_info
        if not self.sql or info is None:
            return []
        places = info["select_fields"]
        names = [select[place][0].target.attname for place in places]
        related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]  # the stubs are of 6.1
        found: list[Model] = []
        for row in self.tuples():
            one = info["model"].from_db(connection.alias, names, [row[place] for place in places])
            for other in related:
                other.populate(row, one)
            found.append(one)
        return found


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
