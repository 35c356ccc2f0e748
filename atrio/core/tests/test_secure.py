"""`atrio secure` disturbs nobody when nothing changed, and mends what somebody changed by hand."""

import os
import subprocess
import sys

import pytest

from atrio.core import events
from atrio.core.doctypes import document_types
from atrio.core.management.commands.secure import guarded
from atrio.core.scope import scope
from atrio.testing import database
from atrio.testing.race import arena
from atrio.testing.world import make

NAME = f"atrio_secure_{os.getpid()}"
STANDING = """select pg_get_expr(polqual, polrelid), obj_description(oid, 'pg_policy') from pg_policy
              where polrelid = 'note'::regclass"""
GRANTED = """select string_agg(privilege_type, ',' order by 1) from information_schema.role_table_grants
             where table_name = 'note' and grantee = 'atrio_app'"""


@pytest.fixture(scope="module")
def place(django_db_setup):
    with arena(NAME) as made:
        yield made


def secure(**environ: str) -> subprocess.CompletedProcess:
    given = {"ATRIO_DATABASE_ROLE": "owner", "ATRIO_DATABASE_NAME": NAME, "PGOPTIONS": "-c lock_timeout=300ms"}
    return subprocess.run(
        [sys.executable, "-m", "django", "secure"], env=os.environ | given | environ, capture_output=True, text=True
    )


def test_a_long_reader_does_not_hold_it_up_when_nothing_changed(place):
    tables = ", ".join(f'"{model._meta.db_table}"' for model in guarded())
    with database.connect_as_owner(NAME) as reader, reader.transaction():
        reader.execute(f"lock table {tables} in access share mode")
        done = secure()
    assert done.returncode == 0, done.stderr
    assert "renewed" not in done.stdout


@pytest.mark.parametrize(
    "meddling",
    [
        "alter policy atrio on note using (true)",
        "drop policy atrio on note",
        "alter table note disable row level security",
        "grant update, delete, truncate on note to atrio_app",
        "revoke insert on note from atrio_app",
    ],
)
def test_what_was_changed_by_hand_is_mended(meddling, place):
    with database.connect_as_owner(NAME) as owner:
        before = owner.execute(STANDING).fetchone(), owner.execute(GRANTED).fetchone()
        owner.execute(meddling)
        done = secure()
        assert "renewed: note" in done.stdout, done.stderr
        assert (owner.execute(STANDING).fetchone(), owner.execute(GRANTED).fetchone()) == before
        assert owner.execute("select relrowsecurity from pg_class where relname = 'note'").fetchone() == (True,)


def test_after_a_restore_the_feed_and_the_seals_go_on(place, _known, monkeypatch):
    """A restored database counts transactions from the beginning; its events remember those of the old one."""
    world, kind, far = _known, document_types()["sales_invoices"], 2**40

    def happen(number: str) -> int:
        doc = make(world, kind, number)
        with scope(world.system()):
            return events.record(world.system(), doc, "note", {"text": number}).pk

    def look() -> tuple[list[int], list, int]:
        with scope(world.system()):
            actor = world.system()
            sealed = events.seal(actor)
            told = [event.pk for event in events.feed(actor)]
            after = events.feed(actor, events.Cursor(far, old))
            return told, [event.pk for event in after], len(list(events.broken_seals(actor))) if sealed else -1

    old = place.do(lambda: happen("OLD-1"))
    with database.connect_as_owner(NAME) as owner:
        owner.execute("update event set transaction_id = %s where id = %s", [far, old])
    assert secure().returncode == 0
    new = place.do(lambda: happen("NEW-1"))
    assert place.do(events.horizon) > far
    # Nor must it wait here for what other tests have under way on the same server.
    monkeypatch.setattr(events, "horizon", lambda: 2**62)
    assert place.do(look) == ([old, new], [new], 0)
