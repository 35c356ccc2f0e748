"""Numbers of documents born in the portal: one series per portal and document type, without gaps."""

from django.db import connection


def next_number(portal_id: int, series: str, pattern: str = "{:06d}") -> str:
    """The series' next number; two writers at once wait for each other, and a rollback gives its number back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into sequence (portal_id, name, last) values (%s, %s, 1)
               on conflict (portal_id, name) do update set last = sequence.last + 1 returning last""",
            [portal_id, series],
        )
        return pattern.format(cursor.fetchone()[0])
