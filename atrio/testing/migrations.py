"""Whether a migration can run under a portal in use: its SQL is read by squawk, its data changes by us."""

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader

# What existed before the first release: nobody has rows in these tables that could wait.
BASELINE = {("receipts", "0002_dispatch_advice")}
# Of taste, or kept by `atrio migrate` itself for every migration (lock_timeout).
LEFT_OUT = (
    "adding-required-field",  # said as adding-not-nullable-field below, of existing tables only
    "ban-char-field",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamptz",
    "require-lock-timeout",
    "require-statement-timeout",
    "require-timeout-settings",
    "transaction-nesting",
)
REQUIRED = re.compile(r'ALTER TABLE "(\w+)" ADD COLUMN "(\w+)" [^;]*NOT NULL', re.IGNORECASE)
HAS_DEFAULT = re.compile(r"\bDEFAULT\b|\bGENERATED\b", re.IGNORECASE)
CREATED = re.compile(r'CREATE TABLE "(\w+)"', re.IGNORECASE)
# A new column without values has nothing to check: its foreign key only needs the other table for a moment.
EMPTY_KEY = re.compile(r'ADD COLUMN "\w+" \w+ NULL CONSTRAINT "\w+" REFERENCES', re.IGNORECASE)
WHOLE_TABLE = re.compile(
    r"^\s*(?:update|delete|insert\s+into[^;]*\bselect\b)", re.IGNORECASE | re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Danger:
    """One reason why a migration would make people wait, or break the release that still runs."""

    rule: str
    told: str


def unreleased() -> Iterator[Migration]:
    """Our migrations that change tables which may have rows."""
    for key, migration in sorted(MigrationLoader(None).graph.nodes.items()):
        if (
            migration
            and type(migration).__module__.startswith("atrio.")
            and key not in BASELINE
            and not _first(migration)
        ):
            yield migration


def _first(migration: Migration) -> bool:
    return bool(migration.initial) and migration.name.endswith("_initial")


def dangers(migration: Migration, statements: str) -> list[Danger]:
    """What is dangerous in it, without what it says is known: `SAFE = {rule: reason}` in its class."""
    found = [*_of_sql(migration, statements), *_required_columns(statements), *_of_data(migration, statements)]
    known = {rule for rule, reason in getattr(migration, "SAFE", {}).items() if len(reason.split()) >= 3}
    return [one for one in found if one.rule not in known]


def sql_of(migration: Migration) -> str:
    """What the migration would run, in the words of PostgreSQL."""
    apart = connection.copy()  # outside of a test's transaction, for an index that is made concurrently
    try:
        return "\n".join(MigrationLoader(apart).collect_sql([(migration, False)]))
    finally:
        apart.close()


def _of_sql(migration: Migration, statements: str) -> Iterator[Danger]:
    program = str(Path(sysconfig.get_path("scripts")) / "squawk")
    words = ["--reporter", "json", "--pg-version", "16", *(f"--exclude={rule}" for rule in LEFT_OUT)]
    if migration.atomic:
        words.append("--assume-in-transaction")
    done = subprocess.run([program, *words], input=statements, capture_output=True, text=True)  # noqa: S603
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    lines = statements.splitlines()
    for one in json.loads(done.stdout or "[]"):
        if one["rule_name"] == "adding-foreign-key-constraint" and EMPTY_KEY.search(lines[one["line"]]):
            continue
        yield Danger(one["rule_name"], f"{one['message']} {lines[one['line']].strip()[:120]}")


def _required_columns(statements: str) -> Iterator[Danger]:
    """The release that still runs does not know the column: it must have a default in the database."""
    made = set(CREATED.findall(statements))
    for line in statements.split(";"):
        match = REQUIRED.search(line)
        if match and match[1] not in made and not HAS_DEFAULT.search(line):
            yield Danger("adding-not-nullable-field", f"{match[1]}.{match[2]} needs a db_default.")


def _of_data(migration: Migration, statements: str) -> Iterator[Danger]:
    if any(isinstance(operation, RunPython) for operation in migration.operations):
        yield Danger("data-migration", "Rows are changed by batches, outside of the transaction that changes tables.")
    if match := WHOLE_TABLE.search(statements):
        yield Danger("whole-table", f"It writes all rows at once: {match[0].strip()[:80]}")
