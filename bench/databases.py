"""The databases that are measured: made once, as large as asked, on the server that production would have."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from atrio.config import database, embedded
from atrio.config.folders import data_folder
from atrio.testing.database import connect_as_owner, create

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def server() -> Iterator[None]:
    """PostgreSQL: the one of DATABASE_URL, or the embedded one in a folder of its own."""
    if not database.is_embedded(os.environ):
        os.environ.setdefault("SECRET_KEY", "bench")
        yield
        return
    os.environ["ATRIO_DATA"] = str(_folder())
    with embedded.running():
        os.environ["SECRET_KEY"] = embedded.secret_key()
        yield


def _folder() -> Path:
    """Beside the folder of a trial, which is never measured."""
    trial = data_folder(os.environ)
    return trial.with_name(f"{trial.name}-bench")


def ready(name: str, documents: int, portals: int) -> str:
    """A database with so many documents, made now unless it is there from before; its name."""
    full = f"{name}_{documents}"
    with connect_as_owner() as connection:
        if _exists(connection, full):
            _atrio(full, "migrate")
            return full
        making = f"{full}_making"
        sys.stderr.write(f"making {full}: {documents:,} documents in {portals} portals\n")
        create(making)
        _atrio(making, "migrate")
        _atrio(making, "bench", "seed", "--documents", str(documents), "--portals", str(portals))
        with connect_as_owner(making) as inside:
            inside.execute("vacuum analyze")
        rename = sql.SQL("alter database {} rename to {}")
        connection.execute(rename.format(sql.Identifier(making), sql.Identifier(full)))
    return full


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None


def _atrio(name: str, *words: str) -> None:
    environ = os.environ | {"ATRIO_DATABASE_NAME": name}
    command = [sys.executable, "-m", "atrio.config.cli", *words]
    subprocess.run(command, check=True, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
