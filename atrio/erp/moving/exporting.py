"""One portal whole, as the database shows it at one moment, into one file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection, transaction

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts
from atrio.core.files import path_of
from atrio.core.models import File, Portal
from atrio.core.scope import scope
from atrio.people.models import Membership

from . import plan
from .archive import CHUNK, Writer, release

FORMAT, VERSION = "atrio portal", 1
PEOPLE, LOGO, FILES = "rows/account.ndjson", "logo", "files"


def export(portal: PortalFacts, path: Path) -> dict:
    """Write the archive; its manifest."""
    actor = Actor.system(portal)
    with Writer(path) as archive, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        with scope(actor):
            people = _members(portal.id)
            counts = {}
            for table in plan.tables():
                actors = table.actors(actor, people)
                counts[table.name] = _rows(archive, table.entry, _select(table, portal.id), actors)
            counts["account"] = _rows(archive, PEOPLE, _people(portal.id), [actor])
            row = dict(Portal.objects.filter(pk=portal.id).values().get())
            missing = list(_files(archive, portal.id, str(row["logo"])))
            manifest = _manifest(actor, row) | {"rows": counts, "missing_files": missing}
        archive.finish(manifest)
    return manifest


def _manifest(actor: Actor, row: dict) -> dict:
    kept = {name: value for name, value in row.items() if name == "slug" or name not in plan.PORTAL_LEFT_OUT}
    return {
        "format": FORMAT,
        "version": VERSION,
        "atrio": release(),
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "schema": plan.schema(),
        "left_out": plan.LEFT_OUT,
        "portal": kept | {"id": actor.portal.id, "logo": Path(str(row["logo"])).name},
        "broken_seals": [seal.number for seal in events.broken_seals(actor)],
    }


def _select(table: plan.Table, portal_id: int) -> str:
    columns = ", ".join(table.written(field) for field in table.fields)
    return f'select {columns} from "{table.name}" where portal_id = {int(portal_id)} order by {table.order}'


def _people(portal_id: int) -> str:
    """Whoever has a place in the portal, or did something in it."""
    named = [
        f'select "{column}" from "{table.name}" where portal_id = {int(portal_id)}'
        for table in plan.tables()
        for column in plan.person_columns(table)
    ]
    return f"select id, {', '.join(plan.PERSON)} from account where id in ({' union '.join(named)}) order by id"


def _members(portal_id: int) -> list[int]:
    return sorted(set(Membership.objects.filter(portal_id=portal_id).values_list("user_id", flat=True)))


def _rows(archive: Writer, entry: str, query: str, actors: list[Actor]) -> int:
    """One line of JSON for each row that the actors see; how many."""
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for actor in actors:
            with (
                scope(actor),
                connection.cursor() as cursor,
                cursor.copy(f"copy (select row_to_json(r) from ({query}) r) to stdout") as copy,
            ):
                copy.set_types(["text"])
                for (line,) in copy.rows():
                    count += 1
                    yield line.encode() + b"\n"

    archive.add(entry, _joined(lines()), compressed=True)
    return count


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Few large pieces instead of many small ones."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _files(archive: Writer, portal_id: int, logo: str) -> Iterator[str]:
    """Write the files, each once; the names of those that documents name and the storage does not have."""
    known = File.objects.filter(portal_id=portal_id).values_list("sha256", flat=True).distinct().order_by("sha256")
    wanted = [(f"{FILES}/{sha256}", path_of(portal_id, sha256)) for sha256 in known]
    if logo:
        wanted.append((LOGO, logo))
    for entry, name in wanted:
        if default_storage.exists(name):
            archive.add(entry, _read(name))
        else:
            yield name


def _read(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as file:
        while chunk := file.read(CHUNK):
            yield chunk
