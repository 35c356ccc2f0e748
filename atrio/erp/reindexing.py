"""Search words written anew where a row has lost them: a portion at a time, while people and loads work on."""

# ruff: noqa: S608 (names in statements come from models)

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from django.db import connection

from atrio.core import search
from atrio.core.actor import Actor, PortalFacts
from atrio.core.doctypes import DocumentType, document_types
from atrio.core.scope import again, scope

PORTION = 1000
CHANCES = 5


class Row(NamedTuple):
    """A row as it was read: `seen` is its version in the database, so that nobody's later change is written over."""

    pk: int
    seen: str
    loaded: bool
    has: list[str]
    values: list[str | None]


class Done(NamedTuple):
    """How many rows were looked at, how many got their words, and how many somebody was changing each time."""

    looked: int = 0
    written: int = 0
    left: int = 0


def searched() -> list[DocumentType]:
    """The types whose rows are found by typing."""
    return [kind for kind in document_types().values() if kind.search.numbers or kind.search.texts]


def reindex(portal: PortalFacts, kind: DocumentType) -> Iterator[Done]:
    """What was done so far, after each portion. Killed, it may begin again: what is right is only read."""
    actor, last, done = Actor.system(portal), 0, Done()
    while True:
        ids, written, left = again(partial(_portion, actor, kind, last))
        if not ids:
            return
        for _chance in range(CHANCES):
            if not left:
                break
            _ids, more, left = again(partial(_portion, actor, kind, last, left))
            written += more
        last, done = ids[-1], Done(done.looked + len(ids), done.written + written, done.left + len(left))
        yield done


def _portion(actor: Actor, kind: DocumentType, last: int, only: list[int] | None = None) -> tuple[list, int, list]:
    """The ids that were read, how many of them were written, and those that somebody changed meanwhile."""
    with scope(actor):
        rows = _read(actor, kind, last, only)
        broken = {row.pk: (row.seen, words) for row in rows if not set(words := _words(actor, kind, row)) <= {*row.has}}
        done = _write(actor, kind, broken) if broken else set()
    return [row.pk for row in rows], len(done), sorted(set(broken) - done)


def _read(actor: Actor, kind: DocumentType, last: int, only: list[int] | None) -> list[Row]:
    names = ", ".join(f'"{name}"::text' for name in (*kind.search.numbers, *kind.search.texts))
    columns = f"id, xmin::text || ctid::text, source_hash is not null, tsvector_to_array(search), array[{names}]"
    statement = f"""select {columns} from "{kind.model._meta.db_table}"
      where portal_id = %s and id > %s and (%s::bigint[] is null or id = any (%s)) order by id limit {PORTION}"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [actor.portal.id, last, only, only])
        return [Row(*row) for row in cursor.fetchall()]


def _words(actor: Actor, kind: DocumentType, row: Row) -> list[str]:
    """What its type says that it is found by; an ERP id only where an ERP gave it."""
    numbers, texts = kind.search.numbers, kind.search.texts
    said = {name: value or "" for name, value in zip((*numbers, *texts), row.values, strict=True)}
    if not row.loaded:
        said["external_id"] = ""
    return search.tokens(actor.portal.id, numbers=[said[n] for n in numbers], texts=[said[n] for n in texts])


def _write(actor: Actor, kind: DocumentType, broken: dict[int, tuple[str, list[str]]]) -> set[int]:
    """Words are letters, digits and a point, so that a space parts them."""
    statement = f"""update "{kind.model._meta.db_table}" t
      set search = array_to_tsvector(array_remove(string_to_array(g.words, ' '), ''))
      from unnest(%s::bigint[], %s::text[], %s::text[]) g (id, seen, words)
      where t.portal_id = %s and t.id = g.id and t.xmin::text || t.ctid::text = g.seen returning t.id"""
    seen, words = [one for one, _words in broken.values()], [" ".join(one) for _seen, one in broken.values()]
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(broken), seen, words, actor.portal.id])
        return {pk for (pk,) in cursor.fetchall()}
