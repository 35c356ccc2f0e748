"""Whether anything changed: all that the application can read of every table, boiled down to a mark for each."""

from collections.abc import Iterable
from functools import lru_cache

from django.db import connection

from atrio.core.actor import Actor
from atrio.core.scope import scope

# What moves without anybody changing anything: sessions, what is typed and not sent, when a key was last used.
RESTLESS = ("session", "django_session", "form_draft", "api_key", "shared_cache", "door_tries")


@lru_cache(maxsize=1)
def _asked() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(relname) from pg_class join pg_namespace n on n.oid = relnamespace where relkind = 'r' "
            "and nspname = 'public' and not relname = any(%s) and has_table_privilege(pg_class.oid, 'select') "
            "order by 1",
            [list(RESTLESS)],
        )
        tables = [row[0] for row in cursor.fetchall()]
    # The sum of the rows' hashes: no sort, and rows may stand in any order.
    return " union all ".join(
        f"select '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {name} t"
        for name in tables
    )


def marks(*actors: Actor) -> dict[tuple[str, str], tuple]:
    """By who looks and table: how many rows there are, and a mark that changes with any of their values."""
    found: dict[tuple[str, str], tuple] = {}
    for actor in actors:
        with scope(actor), connection.cursor() as cursor:
            cursor.execute(_asked())
            found |= {(f"{actor.portal.slug} {actor.name}", name): tuple(rest) for name, *rest in cursor.fetchall()}
    return found


def changed(before: dict, after: dict, but: Iterable[str] = ()) -> list[str]:
    """The tables that are not what they were."""
    return sorted({table for who, table in before if table not in but and before[who, table] != after[who, table]})
