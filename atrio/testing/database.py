"""Databases for tests: one template, migrated and peopled once; every worker and every race gets a clone of it."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from atrio.config.database import databases

PACKAGE = Path(__file__).resolve().parents[1]
MAKES_THE_TEMPLATE = (
    "**/migrations/*.py",
    "**/models.py",
    "**/*.sql",
    "**/doctype.py",
    "**/actions.py",
    "core/policies.py",
    "core/management/commands/secure.py",
    "people/*.py",
    "testing/*.py",
)


def fingerprint() -> str:
    """Changes with anything that the template is made from."""
    digest = hashlib.sha256()
    for pattern in MAKES_THE_TEMPLATE:
        for path in sorted(PACKAGE.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _owner() -> dict:
    return databases(os.environ | {"ATRIO_DATABASE_ROLE": "owner"})["default"]


def connect_as_owner(name: str = "postgres") -> psycopg.Connection:
    """A connection with the rights that the application never has."""
    owner = _owner()
    return psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"] or None,
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        dbname=name,
        autocommit=True,
    )


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None


def create(name: str, template: str = "template0") -> None:
    drop(name)
    with connect_as_owner() as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def drop(name: str) -> None:
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    for _attempt in range(50):
        with connect_as_owner() as connection, suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
            return
        time.sleep(0.1)  # autovacuum, the server's own, was there: nobody else may end it, and it is soon done
    raise RuntimeError(f"{name} is still in use")


def _run(name: str, *words: str, role: str) -> None:
    environ = os.environ | {"ATRIO_DATABASE_NAME": name, "ATRIO_DATABASE_ROLE": role}
    subprocess.run([sys.executable, "-m", *words], check=True, env=environ, cwd=PACKAGE.parent)  # noqa: S603


def template() -> str:
    """The template's name; built when nothing has built it since the code changed. One process at a time."""
    name = f"atrio_template_{fingerprint()}"
    with connect_as_owner() as connection:
        connection.execute("select pg_advisory_lock(hashtext('atrio template'))")
        if not _exists(connection, name):
            building = f"{name}_b"
            create(building)
            _run(building, "django", "migrate", "-v0", role="owner")
            _run(building, "django", "secure", "-v0", role="owner")
            _run(building, "atrio.testing.build", role="app")
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(building), sql.Identifier(name))
            )
    return name


@contextmanager
def clone(name: str) -> Iterator[str]:
    create(name, template())
    try:
        yield name
    finally:
        drop(name)
