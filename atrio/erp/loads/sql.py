"""Statements of a load: run, or run and read."""

from django.db import connection


def run(statement: str, values: list | None = None) -> None:
    """Do it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def rows(statement: str, values: list | None = None) -> list[tuple]:
    """Do it and read all that comes back."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()
