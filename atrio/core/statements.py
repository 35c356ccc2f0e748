"""Statements written once: who sees the same and asks the same gets the same SQL, and writing it costs the most."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from .actor import Actor
from .formats import formats_of

MANY = 2048  # kept by each process, a few kilobytes each


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as the database reads it, and what makes Python's values of the columns that need it."""

    sql: str
    params: tuple
    converters: dict

    @classmethod
    def of(cls, rows: QuerySet) -> "Statement":
        """The statement of a queryset of tuples; one that can find nothing is empty."""
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return cls("", (), {})
        columns = [one for one, _sql, _alias in compiler.select] if not rows.query.combinator else []
        return cls(sql, params, compiler.get_converters(columns))

    def fetch(self, wrapped: str = "{}") -> list[tuple]:
        """The rows, or those of a statement around it."""
        if not self.sql:
            return []
        with connection.cursor() as cursor:
            cursor.execute(wrapped.replace("{}", self.sql), self.params)
            return self._converted(cursor.fetchall())

    def _converted(self, rows: list[tuple]) -> list[tuple]:
        if not self.converters:
            return rows
        found = [list(row) for row in rows]
        for place, (convert, expression) in self.converters.items():
            for row in found:
                for one in convert:
                    row[place] = one(row[place], expression, connection)
        return [tuple(row) for row in found]


_kept: dict[Hashable, Statement] = {}


def statement(actor: Actor, asked: Hashable, rows: Callable[[], QuerySet[Any, Any]]) -> Statement:
    """The statement for what is asked, from before if this actor's equal asked it today."""
    key = (actor.sight, formats_of(actor).today(), asked)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MANY:
            _kept.clear()
        found = _kept[key] = Statement.of(rows())
    return found
