"""`atrio restore`: the portal as a backup has it, or as it was; never something in between.

Everything is made ready beside what there is. For the embedded database the one moment is the transaction that
exchanges the names of the two databases: whoever dies before it leaves all as it was; after it, the next start brings
the files in."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners
import psycopg
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from psycopg.rows import scalar_row

from atrio.config import backup, embedded
from atrio.config.problem import Problem
from atrio.erp.moving.archive import Damaged, Reader, release, settle

READY, FORMER = "atrio_restored", "atrio_former"  # databases that exist only while a restore is under way
JOURNAL = "restore.json"
# In the storage itself, so that a file changes place by a mere rename.
COMING, ARRIVED, LEAVING = ".restore-coming", ".restore-arrived", ".restore-leaving"


def restore(source: Path, *, replace: bool = False) -> dict:
    """Put a backup in the place of what there is; what the backup says of itself."""
    try:
        with Reader(source) as archive:
            _check(archive)
            if embedded_here():
                with _alone():
                    _replace(archive, replace)
            else:
                _fill_empty(archive, replace)
            return archive.manifest
    except Damaged as damage:
        raise Problem(str(damage)) from damage
    except FileNotFoundError as error:
        raise Problem(f"There is no file {error.filename}.") from error


def recover(data: Path) -> None:
    """Finish or undo a restore that was killed; does nothing when there was none."""
    if not (data / JOURNAL).is_file():
        return
    with fasteners.InterProcessLock(data / "restore.lock"):
        if not (data / JOURNAL).is_file():
            return
        storage = Path(json.loads((data / JOURNAL).read_text())["storage"])
        with _server(data) as server:
            if _has(server, READY):  # the names were not exchanged: all is as it was
                _discard(server, storage)
            else:
                _bring_in(storage)
                _drop(server, FORMER)
        (data / JOURNAL).unlink()


def embedded_here() -> bool:
    from atrio.config.database import is_embedded

    return is_embedded(os.environ)


def _check(archive: Reader) -> None:
    said = archive.manifest
    if said.get("format") != backup.FORMAT:
        raise Problem("The file is no backup of Atrio.")
    if said.get("version") != backup.VERSION or backup.DUMP not in archive.entries:
        raise Problem(f"The backup has a form that this Atrio ({release()}) does not know.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(said.get("migrations", ())) - known):
        raise Problem(
            f"The backup was made by another Atrio ({said.get('atrio')}), whose tables this one "
            f"({release()}) does not know ({newer[0]}): restore it with that one or a newer one."
        )
    if stray := [name for name in archive.entries if name != backup.DUMP and not name.startswith(f"{backup.FILES}/")]:
        raise Problem(f"The backup holds what no backup of Atrio holds: {stray[0]}.")


# The embedded database


@contextmanager
def _alone() -> Iterator[None]:
    lock = fasteners.InterProcessLock(settings.DATA / "restore.lock")
    if not lock.acquire(blocking=False):
        raise Problem("Another restore is under way.")
    try:
        yield
    finally:
        lock.release()


def _replace(archive: Reader, replace: bool) -> None:
    data, storage = settings.DATA, Path(settings.MEDIA_ROOT)
    connection.close()
    with _server(data) as server:
        _refuse_users(server)
        if portals := _portals():
            if not replace:
                raise Problem(f"There are {portals} portals here: --replace puts the backup in their place.")
            _keep_former(data)
        storage.mkdir(parents=True, exist_ok=True)
        _discard(server, storage)
        try:
            _make_ready(archive, server, storage)
            _write_journal(data, storage)
            _exchange(server)
        except BaseException:
            if _has(server, READY):
                _discard(server, storage)
                (data / JOURNAL).unlink(missing_ok=True)
            raise
        _bring_in(storage)
        _drop(server, FORMER)
        (data / JOURNAL).unlink()


def _keep_former(data: Path) -> None:
    folder = data / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    path, _missing = backup.make(folder / f"before-restore-{os.urandom(4).hex()}.backup")
    sys.stdout.write(f"What there was is kept in {path}\n")


def _make_ready(archive: Reader, server: psycopg.Connection, storage: Path) -> None:
    server.execute(sql.SQL("create database {}").format(sql.Identifier(READY)))
    _fill(archive, READY)
    _migrate(READY)
    (storage / COMING).mkdir()
    for name in _files(archive):
        target = storage / COMING / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            for chunk in archive.chunks(f"{backup.FILES}/{name}"):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())


def _exchange(server: psycopg.Connection) -> None:
    """The one moment: before it the portal is the former one, after it the restored one."""
    try:
        with server.transaction():
            for name, becomes in ((embedded.DATABASE, FORMER), (READY, embedded.DATABASE)):
                rename = sql.SQL("alter database {} rename to {}")
                server.execute(rename.format(sql.Identifier(name), sql.Identifier(becomes)))
    except psycopg.errors.ObjectInUse:
        raise Problem("Atrio was started meanwhile: stop it first. Everything is as it was.") from None


def _bring_in(storage: Path) -> None:
    """Exchange the files; begun again after a death at any point, it goes on where it was."""
    if (storage / COMING).is_dir():
        (storage / LEAVING).mkdir(exist_ok=True)
        for path in list(storage.iterdir()):
            if path.name not in (COMING, LEAVING):
                path.rename(storage / LEAVING / path.name)
        (storage / COMING).rename(storage / ARRIVED)
    if (storage / ARRIVED).is_dir():
        for path in list((storage / ARRIVED).iterdir()):
            path.rename(storage / path.name)
        (storage / ARRIVED).rmdir()
    settle(storage)
    shutil.rmtree(storage / LEAVING, ignore_errors=True)


def _discard(server: psycopg.Connection, storage: Path) -> None:
    """Clear away what an attempt left that never came to its moment; last the database that says it did not."""
    for name in (COMING, LEAVING):
        shutil.rmtree(storage / name, ignore_errors=True)
    _drop(server, READY)


def _write_journal(data: Path, storage: Path) -> None:
    unfinished = data / f"{JOURNAL}.new"
    with unfinished.open("w") as file:
        json.dump({"storage": str(storage)}, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(data / JOURNAL)
    settle(data)


@contextmanager
def _server(data: Path) -> Iterator[psycopg.Connection]:
    with embedded.address(data).connect(embedded.OWNER, "postgres") as server:
        yield server


def _has(server: psycopg.Connection, name: str) -> bool:
    return server.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _refuse_users(server: psycopg.Connection) -> None:
    asked = "select 1 from pg_stat_activity where datname = %s and usename in (%s, %s)"
    if server.execute(asked, [embedded.DATABASE, embedded.OWNER, embedded.RUNTIME]).fetchone():
        raise Problem("Atrio is running with this data: stop it first (Ctrl-C where it runs).")


# A database of one's own


def _fill_empty(archive: Reader, replace: bool) -> None:
    if replace:
        raise Problem("--replace is for the embedded database: give DATABASE_URL a new, empty database instead.")
    with backup.connect() as database:
        if database.execute("select 1 from pg_class where relnamespace = 'public'::regnamespace limit 1").fetchone():
            raise Problem("The database of DATABASE_URL is not empty: a backup is restored into a new one.")
    # First the files: without rows they are nobody's, and a second attempt finds them there.
    for name in _files(archive):
        with tempfile.TemporaryFile() as file:
            for chunk in archive.chunks(f"{backup.FILES}/{name}"):
                file.write(chunk)
            file.seek(0)
            default_storage.delete(name)
            default_storage.save(name, File(file))
    _fill(archive, None)
    _migrate(None)


# Both


def _portals() -> int:
    with backup.connect(embedded.DATABASE) as database:
        cursor = database.cursor(row_factory=scalar_row)
        if cursor.execute("select to_regclass('portal') is null").fetchone():
            return 0
        return cursor.execute("select count(*) from portal").fetchone() or 0


def _files(archive: Reader) -> list[str]:
    prefix = f"{backup.FILES}/"
    return [name.removeprefix(prefix) for name in archive.entries if name.startswith(prefix)]


def _fill(archive: Reader, name: str | None) -> None:
    """Have pg_restore make everything in one transaction, and compare what came with what was counted."""
    conninfo, environ = backup.address(name)
    words = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--dbname={conninfo}"]
    with tempfile.TemporaryFile() as told:
        running = subprocess.Popen(  # noqa: S603 (our own program)
            [backup.program("pg_restore"), *words], env=environ, stdin=subprocess.PIPE, stdout=told, stderr=told
        )
        try:
            _feed(archive, running)
        except BaseException:
            running.kill()  # it would commit what it has when its input ends
            raise
        finally:
            code = running.wait()
        backup.refuse_failure("pg_restore", code, told)
    with backup.connect(name) as database:
        if backup.counted(database) != archive.manifest.get("rows"):
            raise Problem("What came out of the backup is not what went in: nothing was restored.")


def _feed(archive: Reader, running: subprocess.Popen) -> None:
    assert running.stdin is not None
    try:
        for chunk in archive.chunks(backup.DUMP):
            running.stdin.write(chunk)
        running.stdin.close()
    except BrokenPipeError:
        return  # its own words say why it read no further


def _migrate(name: str | None) -> None:
    """An older backup comes up to date, and grants, which no backup holds, are given anew."""
    environ = os.environ | ({"ATRIO_DATABASE_NAME": name} if name else {})
    command = [sys.executable, "-m", "atrio.config.cli", "migrate"]
    done = subprocess.run(command, env=environ, stdout=subprocess.DEVNULL)  # noqa: S603
    if done.returncode:
        raise Problem("The restored tables could not be brought up to date; the words are above.")
