"""From what was sent to rows ready for staging: what the tables have just so already is left out as early as can be."""

# ruff: noqa: S608 (names in statements come from models, never from a file)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

import msgspec
from django.core.exceptions import ValidationError

from atrio.core import files, search
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType

from . import upsert
from .problems import Problems
from .rows import BadRow, Draft, Problem, Repeats, Row
from .schema import KEY, POSITION
from .sql import rows, run
from .staging import XML, Staged, xml_bytes
from .tables import quoted
from .types import fill_amounts, model_field, rules, types_by_name
from .values import Reason, Refused, _

ENCODER = msgspec.json.Encoder(order="sorted")
HASH = 16  # bytes; a row's source_hash is the one of its values, then the mark of how they were sent


class Source(Protocol):
    """Where documents come from: files read by a mapping, or what a program sent."""

    @property
    def skipped(self) -> int:
        """How many rows were left out on purpose."""

    def drafts(self) -> Iterator[Draft | BadRow]:
        """Every document, as it was sent."""

    def read(self, draft: Draft) -> Row | BadRow | None:
        """A draft typed, all of them with the same values; or what is wrong with it; None where it is left out."""

    def label(self, name: str) -> str:
        """What the sender calls a field."""


class Counts(Protocol):
    """Where it is counted what becomes of the rows."""

    read: int
    created: int
    updated: int
    unchanged: int


class Typed(NamedTuple):
    """A good document, the mark of how it was sent, the hash of what it says and the words that find it."""

    line: int
    data: dict
    mark: bytes
    digest: bytes
    tokens: list[str]


Known = tuple[int, bytes]  # the id and the hash of a document


class Intake:
    """Takes in the documents of one load, some thousands at a time."""

    def __init__(self, kind: DocumentType, actor: Actor, source: Source, counts: Counts, problems: Problems):
        self.kind, self.actor, self.source, self.counts, self.problems = kind, actor, source, counts, problems
        self.table = quoted(kind.model._meta.db_table)
        self.sent, self.named = Repeats(source.label(KEY)), Repeats(source.label(KEY))
        self.number = 0

    def known(self, drafts: Iterable[Draft | BadRow]) -> dict[str, Known]:
        """Those of the documents that are there already."""
        return self._known(draft.key for draft in drafts if isinstance(draft, Draft))

    def typed(self, drafts: list[Draft | BadRow], known: dict[str, Known]) -> list[Typed]:
        """The good ones that were not sent just so before; the bad ones go to the problems. Asks nobody anything."""
        return list(self._typed(drafts, known))

    def staged(self, typed: list[Typed], known: dict[str, Known]) -> list[Staged]:
        """Those that are new or changed, numbered, and with what follows from them filled in."""
        known |= self._known({one.data[KEY] for one in typed} - known.keys())
        changed, again = [], dict[int, bytes]()
        for one in typed:
            pk, before = known.get(one.data[KEY], (None, b""))
            if pk is None or before[:HASH] != one.digest:
                changed.append((one, pk))
                continue
            self.counts.unchanged += 1
            if one.mark:
                again[pk] = one.digest + one.mark
        self._mark(again)
        return self._staged(changed)

    def _known(self, keys: Iterable[Any]) -> dict[str, Known]:
        """The ids and hashes of the documents that are there already."""
        asked = [key for key in keys if key is not None]
        if not asked:
            return {}
        found = rows(
            f"select external_id, id, source_hash from {self.table} where portal_id = %s and external_id = any(%s)",
            [self.actor.portal.id, asked],
        )
        return {key: (pk, bytes(digest or b"")) for key, pk, digest in found}

    def _typed(self, drafts: Iterable[Draft | BadRow], known: Mapping[str, Known]) -> Iterator[Typed]:
        """The good ones that were not sent just so before; the bad ones go to the problems."""
        for draft in drafts:
            if isinstance(draft, BadRow):
                self._refuse(draft)
                continue
            line, key, mark, _given = draft
            if mark and key in known and known[key][1][HASH:] == mark and key not in self.sent.lines:
                self.sent.lines[key] = line
                self.counts.read += 1
                self.counts.unchanged += 1
                continue
            row = self.source.read(draft)
            if row is None:
                continue
            row = self._prepared(self.sent.checked(row, row.data[KEY] if isinstance(row, Row) else key))
            if isinstance(row, BadRow):
                self._refuse(row)
                continue
            self.counts.read += 1
            yield Typed(row.line, row.data, mark, self._digest(row.data), self._tokens(row.data))

    def _refuse(self, row: BadRow) -> None:
        self.counts.read += 1
        self.problems.add(row.problems)

    def _prepared(self, row: Row | BadRow) -> Row | BadRow:
        """A good row with what follows from it; a type may give it another key."""
        if isinstance(row, BadRow):
            return row
        key = row.data[KEY]
        try:
            prepared = Row(row.line, prepare(self.kind, row.data))
        except Refused as refused:
            reason = refused.reason
        except ValidationError as refused:
            reason = Reason("refused", "%(message)s", {"message": " ".join(refused.messages)})
        else:
            found = prepared.data[KEY]
            return prepared if found == key else self.named.checked(prepared, found)
        return BadRow(row.line, (Problem("", row.line, "", "", reason),))

    def _mark(self, again: Mapping[int, bytes]) -> None:
        """What says the same in another way is known by that way from now on; nothing else of it changes."""
        if again:
            run(
                f"update {self.table} t set source_hash = g.hash "
                "from unnest(%s::bigint[], %s::bytea[]) g (id, hash) where t.id = g.id",
                [list(again), list(again.values())],
            )

    def _staged(self, changed: list[tuple[Typed, int | None]]) -> list[Staged]:
        fresh_ids = self._new_ids(sum(pk is None for _one, pk in changed))
        said = self._said(changed)
        staged = []
        for one, pk in changed:
            self.number += 1
            self.counts.updated += pk is not None
            self.counts.created += pk is None
            tokens = self._tokens(said[pk] | one.data) if pk in said else one.tokens
            mine = pk or next(fresh_ids)
            kept = one.digest + one.mark
            staged.append(Staged(self.number, one.line, mine, pk is not None, kept, tokens, one.data))
        return staged

    def _new_ids(self, count: int) -> Iterator[int]:
        """Ids are taken before anything is written, so that lines know their document."""
        statement = "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)"
        return (row[0] for row in (rows(statement, [self.kind.model._meta.db_table, count]) if count else ()))

    def _said(self, changed: list[tuple[Typed, int | None]]) -> dict[int | None, dict]:
        """What is searched for but not sent this time, of the documents that are there already."""
        searched = (*self.kind.search.numbers, *self.kind.search.texts)
        names = [n for n in searched if changed and n not in changed[0][0].data and model_field(self.kind.model, n)]
        ids = [pk for _one, pk in changed if pk is not None]
        if not names or not ids:
            return {}
        found = rows(f"select id, {', '.join(map(quoted, names))} from {self.table} where id = any(%s)", [ids])
        return {pk: dict(zip(names, values, strict=True)) for pk, *values in found}

    def _digest(self, data: dict) -> bytes:
        return blake2b(ENCODER.encode(data), digest_size=HASH, person=self.kind.name.encode()[:16]).digest()

    def _tokens(self, data: dict) -> list[str]:
        numbers, texts = self.kind.search.numbers, self.kind.search.texts
        return search.tokens(
            self.actor.portal.id,
            numbers=[str(data.get(name) or "") for name in numbers],
            texts=[str(data.get(name) or "") for name in texts],
        )


# --- what follows from a row ----------------------------------------------------------------------------------------


def prepare(kind: DocumentType, data: dict) -> dict:
    """A typed row with its amounts filled in, checked for what its table would refuse."""
    fill_amounts(kind, data)
    load = rules(kind)
    if load.prepare:
        data = load.prepare(data)
    if data.get(XML):
        files.check("invoice.xml", xml_bytes(data[XML]))
    if max((line.get(POSITION, 0) for line in data.get("lines", ())), default=0) >= upsert.ASIDE:
        raise Refused("position_too_large", _("A line's position is too large."))
    missing = [name for name in _mandatory(kind.name) if data.get(name, name) is None]
    if missing:
        raise Refused("required", _("A value is required for “%(field)s”."), field=missing[0])
    return data


@cache
def _mandatory(name: str) -> tuple[str, ...]:
    """The values without which the table would refuse a row."""
    kind = types_by_name()[name]
    stored = [(one.name, model_field(kind.model, one.name)) for one in rules(kind).fields]
    return tuple(
        name
        for name, column in stored
        if column is not None and not (column.null or column.has_default() or column.empty_strings_allowed)
    )
