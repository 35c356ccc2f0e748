"""A portal from an archive, under new ids: all of it in one transaction, through the same policies as any other write.

The rows are staged as they are, every one gets its new id, and then each table is filled by one statement that looks up
the new id of whatever its rows name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Field, Model
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from atrio.core import events, files
from atrio.core.actor import Actor, PortalFacts
from atrio.core.models import Event, File, Mail, Portal, TokensField
from atrio.core.scope import scope
from atrio.ledger.actions import rebalance
from atrio.ledger.models import Balance
from atrio.people.accounts import with_email
from atrio.people.models import User
from atrio.people.portals import logo
from atrio.people.roles import make_built_in

from .. import portals
from ..models import LoadRun, State
from . import plan, seals
from .archive import Damaged, Reader
from .exporting import FILES, FORMAT, LOGO, PEOPLE, VERSION


def bring_in(path: Path, slug: str = "") -> tuple[PortalFacts, dict]:
    """Import the archive; the new portal, and what became of its people."""
    try:
        with Reader(path) as archive, _new_files() as stored:
            _check(archive)
            with transaction.atomic():
                portal = _open(archive, slug)
                actor = Actor.system(portal)
                with scope(actor):
                    people = _fill(archive, actor)
                    _store_files(archive, actor, stored)
                    _tell(archive, actor)
            with scope(actor):
                events.seal(actor)
            return portals.known(portal.slug), people
    except (DataError, IntegrityError) as error:
        raise Damaged(f"The archive has rows that no portal can have: {str(error).splitlines()[0]}") from error


def _check(archive: Reader) -> None:
    said = archive.manifest
    if said.get("format") != FORMAT:
        raise Damaged("The file is no portal of Atrio.")
    if said.get("version") != VERSION or sorted(said.get("schema") or ()) != plan.schema():
        raise Damaged(
            f"The archive was made by another release ({said.get('atrio')}), whose tables differ: "
            "bring both installations to the same release, and export again."
        )
    wanted = {table.entry for table in plan.tables()} | {PEOPLE}
    found = set(archive.entries)
    stray = [name for name in found - wanted if name != LOGO and not name.startswith(f"{FILES}/")]
    if stray or wanted - found or not isinstance(said.get("portal"), dict):
        raise Damaged(
            f"The archive does not hold what a portal has: {', '.join(sorted(stray) or sorted(wanted - found))}."
        )


def _open(archive: Reader, slug: str) -> PortalFacts:
    """The portal's own row, without the roles that a new one is given: they come with the rest."""
    said = dict(archive.manifest["portal"])
    given = {name: said.pop(name, "") for name in ("slug", "id", "logo")}
    names = {f.column for f in Portal._meta.concrete_fields} - set(plan.PORTAL_LEFT_OUT)
    if set(said) != names or not all(isinstance(value, str) for name, value in said.items() if name != "settings"):
        raise Damaged("The archive does not say of its portal what one must know.")
    first = {name: said[name] for name in ("name", "currency", "country", "language", "time_zone")}
    portal = portals.open_portal(slug or str(given["slug"]), **first)
    with scope(Actor.system(portal)):
        row = Portal.objects.get(pk=portal.id)
        for name, value in said.items():
            setattr(row, name, value)
        _valid(row, exclude=["slug"])
        row.save()
    return portals.known(portal.slug)


# Rows


def _fill(archive: Reader, actor: Actor) -> dict:
    taken = [table for table in plan.tables() if not table.only_shown]
    for table in taken:
        _stage(archive, table)
    people = _people(archive)
    with connection.cursor() as cursor:
        _run(
            cursor,
            "create temp table moving_portal on commit drop as select %s::bigint as id, %s::bigint as fresh",
            [_portal_id(archive), actor.portal.id],
        )
        for table in taken:
            _compare(cursor, table)
            _write(cursor, table, actor, people["ids"])
        _run(cursor, "select atrio_analyze(%s)", [[table.name for table in taken]])
    _settle(actor)
    return people


def _stage(archive: Reader, table: plan.Table) -> None:
    """The rows as they are, in the order of the archive, each with its old and its new id."""
    with connection.cursor() as cursor:
        count = _copy(archive, table.entry)
        if count != archive.manifest.get("rows", {}).get(table.name):
            raise Damaged(f"{table.entry} has not as many rows as the manifest says.")
        columns = [*sorted(table.columns)]
        _run(
            cursor,
            "select count(*) from moving where jsonb_typeof(row) <> 'object' "
            'or (select array_agg(k order by k collate "C") from jsonb_object_keys(row) k) <> %s',
            [columns],
        )
        if cursor.fetchone()[0]:
            raise Damaged(f"{table.entry} has rows with other columns than {table.name} has.")
        _run(
            cursor,
            f"""create temp table "moving_{table.name}" on commit drop as
            select (row->>'id')::bigint as id, nextval(pg_get_serial_sequence(%s, 'id')) as fresh, row
            from (select row from moving order by n) ordered""",
            [f'"{table.name}"'],
        )
        _run(cursor, f'create unique index on "moving_{table.name}" (id)')
        _run(cursor, f'analyze "moving_{table.name}"')
        _run(cursor, "drop table moving")


def _copy(archive: Reader, entry: str) -> int:
    count = 0
    with connection.cursor() as cursor:
        _run(cursor, "create temp table moving (n bigserial, row jsonb not null) on commit drop")
        with cursor.copy("copy moving (row) from stdin") as copy:
            for line in archive.lines(entry):
                copy.write_row((line.decode(errors="replace"),))
                count += 1
    return count


def _compare(cursor: Any, table: plan.Table) -> None:
    """Refuse rows that name what the archive does not have, and words that a field does not know."""
    for field in table.taken:
        target = plan.Table.points_at(table, field)
        if target and not field.primary_key and field.column != "load_id":
            missing = f"""select count(*) from "moving_{table.name}" s where s.row->>'{field.column}' is not null
              and not exists (select 1 from "{_stage_of(target)}" m where m.id = (s.row->>'{field.column}')::bigint)"""
            _run(cursor, missing)
            if cursor.fetchone()[0]:
                raise Damaged(f"{table.entry}: {field.column} names rows that the archive does not have.")
        if field.choices:
            _run(
                cursor,
                f"""select count(*) from "moving_{table.name}" where row->>'{field.column}' <> all (%s)""",
                [[str(value) for value, _label in field.flatchoices] + ([""] if field.blank else [])],
            )
            if cursor.fetchone()[0]:
                raise Damaged(f"{table.entry}: {field.column} has a value that it cannot have.")


def _write(cursor: Any, table: plan.Table, actor: Actor, people: list[int]) -> None:
    for one in table.actors(actor, people):
        with scope(one):
            asked = {"portal": actor.portal.id, "prefix": f"{actor.portal.id}.", "person": one.user_id}
            _run(cursor, _insert(table), asked)


def _insert(table: plan.Table) -> str:
    """One statement: each old id is looked up in the stage of the table whose rows it names."""
    joins: list[str] = []
    values = [_value(table, field, joins) for field in table.taken]
    names = ", ".join(f'"{field.column}"' for field in table.taken)
    owner = next((n for f, n in zip(table.taken, values, strict=True) if f.column == "user_id"), "")
    whose = f"where {owner} = %(person)s" if table.personal else ""
    return f"""insert into "{table.name}" (portal_id, {names})
      select %(portal)s, {", ".join(values)} from "moving_{table.name}" s
      cross join lateral jsonb_populate_record(null::"{table.name}", s.row - 'search') r {" ".join(joins)}
      {whose} order by s.fresh"""


def _value(table: plan.Table, field: Field, joins: list[str]) -> str:
    column, alias = f'r."{field.column}"', f"m{len(joins)}"
    if field.primary_key:
        return "s.fresh"
    if isinstance(field, TokensField):
        words = f"""jsonb_array_elements_text(s.row->'{field.column}') t"""
        return f"array_to_tsvector(array(select %(prefix)s || t from {words}))"
    if kind := table.typed_by(field):
        stages = " union all ".join(
            f"""select '{name}' as kind, id, fresh from "{_stage_of(model)}" """
            for name, model in plan.documents().items()
        )
        joins.append(f"left join ({stages}) {alias} on {alias}.kind = r.{kind} and {alias}.id = {column}")
        # What is gone there is gone here: it must not become some other document.
        return f"coalesce({alias}.fresh, -abs({column}))"
    if target := table.points_at(field):
        joins.append(f'left join "{_stage_of(target)}" {alias} on {alias}.id = {column}')
        return f"{alias}.fresh"
    return column


def _stage_of(model: type[Model]) -> str:
    return f"moving_{model._meta.db_table}"


def _portal_id(archive: Reader) -> int:
    found = archive.manifest["portal"].get("id")
    if not isinstance(found, int):
        raise Damaged("The manifest does not name its portal.")
    return found


def _run(cursor: Any, statement: str, values: Any = None) -> None:
    cursor.execute(statement, values)


# People


def _people(archive: Reader) -> dict:
    """Whoever has an account under the same e-mail is that person; the others get one without a password."""
    known: list[str] = []
    fresh: list[str] = []
    ids: list[tuple[int, int]] = []
    for line in archive.lines(PEOPLE):
        row = _read_person(line)
        user = with_email(row["email"])
        (known if user else fresh).append(row["email"])
        ids.append((row["id"], (user or _person(row)).pk))
    if len(ids) != archive.manifest.get("rows", {}).get("account"):
        raise Damaged(f"{PEOPLE} has not as many rows as the manifest says.")
    with connection.cursor() as cursor:
        _run(cursor, "create temp table moving_account (id bigint primary key, fresh bigint not null) on commit drop")
        cursor.executemany("insert into moving_account values (%s, %s)", ids)
    return {"known": known, "new": fresh, "ids": sorted({fresh_id for _old, fresh_id in ids})}


def _read_person(line: bytes) -> dict:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or set(row) != {"id", *plan.PERSON} or not isinstance(row["id"], int):
        raise Damaged(f"{PEOPLE} has rows with other columns than a person has.")
    if any(value is not None and not isinstance(value, str) for name, value in row.items() if name != "id"):
        raise Damaged(f"{PEOPLE} says what cannot be of a person.")
    return row


def _person(row: dict) -> User:
    facts = {name: row[name] for name in plan.PERSON}
    if facts["username"] and User.objects.filter(username__iexact=facts["username"]).exists():
        facts["username"] = None  # somebody here has it already
    user = User(**facts | {"email": str(facts["email"]).lower()})
    user.set_unusable_password()
    _valid(user, exclude=["password"])
    user.save()
    return user


def _valid(row: Model, exclude: list[str]) -> None:
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as problem:
        raise Damaged(
            f"The archive says what cannot be of a {row._meta.model_name}: {problem.messages[0]}"
        ) from problem


# Afterwards


def _settle(actor: Actor) -> None:
    """What was under way there is not under way here; and what adds up there must add up here."""
    portal_id = actor.portal.id
    with translation.override(actor.language):
        Mail.objects.filter(portal_id=portal_id, state=Mail.State.QUEUED).update(
            state=Mail.State.FAILED, error=_("The portal was moved before this was sent.")
        )
        runs = LoadRun.objects.filter(portal_id=portal_id)
        runs.exclude(state__in=(State.DONE, State.FAILED)).update(
            state=State.FAILED,
            problem=_("The portal was moved before this was loaded: load the file again."),
            finished_at=timezone.now(),
        )
        runs.update(errors_file="")
    make_built_in(portal_id)
    before = _balances(portal_id)
    rebalance(portal_id)
    if _balances(portal_id) != before:
        raise Damaged("The balances are not what the ledger adds up to.")


def _balances(portal_id: int) -> list[tuple]:
    return list(
        Balance.objects.filter(portal_id=portal_id)
        .values_list("partner", "side", "currency", "balance", "open_total", "credit_total", "entries", "last_date")
        .order_by("partner", "side", "currency")
    )


@contextmanager
def _new_files() -> Iterator[list[str]]:
    """Files are no part of the transaction: what was stored for a portal that does not come to be is taken away."""
    stored: list[str] = []
    try:
        yield stored
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise


def _store_files(archive: Reader, actor: Actor, stored: list[str]) -> None:
    portal_id, missing = actor.portal.id, len(archive.manifest.get("missing_files", ()))
    rows = File.objects.filter(portal_id=portal_id).order_by("sha256", "pk")
    wanted = {one.sha256: one for one in rows.distinct("sha256")}
    brought = {name.removeprefix(f"{FILES}/") for name in archive.entries if name.startswith(f"{FILES}/")}
    if brought - set(wanted) or len(set(wanted) - brought) > missing:
        raise Damaged("The archive's files are not those that its documents name.")
    for sha256 in sorted(brought):
        data = _whole(archive, f"{FILES}/{sha256}")
        one = wanted[sha256]
        if hashlib.sha256(data).hexdigest() != sha256 or _sniffed(one.name, data) != one.content_type:
            raise Damaged(f"The file {one.name!r} is not what its document says.")
        name = files.path_of(portal_id, sha256)
        stored.append(name)
        default_storage.save(name, ContentFile(data))
    _check_names(portal_id)
    _store_logo(archive, actor, stored)


def _check_names(portal_id: int) -> None:
    """Every row of a file: what is served under a name and a type must be what was looked at."""
    differing = File.objects.filter(portal_id=portal_id).values_list("sha256", "content_type", "size").distinct()
    if len({sha256 for sha256, *_rest in differing}) != len(differing):
        raise Damaged("The same file is said to be of two kinds.")


def _store_logo(archive: Reader, actor: Actor, stored: list[str]) -> None:
    """Written anew as pixels, as a logo that somebody uploads: everybody is shown it."""
    if LOGO not in archive.entries:
        return
    if archive.entries[LOGO]["size"] > logo.LARGEST_FILE:
        raise Damaged("The logo is too large.")
    try:
        name = logo.keep(actor.portal.id, logo.cleaned(_whole(archive, LOGO)))
    except ValidationError as problem:
        raise Damaged("The logo is no picture.") from problem
    stored.append(name)
    Portal.objects.filter(pk=actor.portal.id).update(logo=name)


def _whole(archive: Reader, entry: str) -> bytes:
    return b"".join(archive.chunks(entry))


def _sniffed(name: str, data: bytes) -> str:
    try:
        return files.check(name, data)
    except ValidationError as problem:
        raise Damaged(f"The file {name!r} is refused: {problem.messages[0]}") from problem


def _tell(archive: Reader, actor: Actor) -> None:
    """The history goes on with where it came from: the seal that whoever kept the old portal can compare."""
    said = archive.manifest
    facts = {"from": said["portal"].get("slug"), "made_at": said.get("made_at"), "broken": said.get("broken_seals", [])}
    Event.objects.create(
        portal_id=actor.portal.id,
        doctype=plan.PORTAL,
        document_id=actor.portal.id,
        kind="imported",
        facts=facts | _sealed(archive),
        actor_name=actor.name,
        origin="command",
    )


def _sealed(archive: Reader) -> dict:
    try:
        return seals.verify(archive)
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged("The archive's seals cannot be read.") from error
