import os
import subprocess
import sys
import time

import psycopg
import pytest

from atrio.core import events
from atrio.core.doctypes import document_type
from atrio.core.models import Event, Seal
from atrio.core.scope import scope
from atrio.testing import database
from atrio.testing.world import make


@pytest.fixture
def told(world):
    """Three events of one document."""
    doc = make(world, document_type("sales_invoices"), "E-1")
    with scope(world.system()):
        for text in "abc":
            events.record(world.system(), doc, "note", {"text": text})
    return doc


def settle(monkeypatch) -> None:
    """Inside one test transaction nothing is older than itself: pretend that it had ended."""
    monkeypatch.setattr(events, "horizon", lambda: 2**62)


def test_a_running_transaction_is_held_back(world, told):
    with scope(world.system()):
        assert events.feed(world.system()) == []


def test_the_feed_is_read_in_portions_without_loss_or_repeat(world, told, monkeypatch):
    settle(monkeypatch)
    with scope(world.system()):
        first = events.feed(world.system(), limit=2)
        place = events.Cursor(first[-1].transaction_id, first[-1].pk)
        rest = events.feed(world.system(), events.Cursor.parse(str(place)))
    assert [e.facts["text"] for e in first + rest] == ["a", "b", "c"]


def test_the_feed_is_the_portal_s_own(world, told, monkeypatch):
    settle(monkeypatch)
    with scope(world.system("rival")):
        assert events.feed(world.system("rival")) == []


@pytest.mark.parametrize("damage", ["update event set actor_name = 'z'", "delete from event"])
def test_a_seal_notices_a_cut_and_an_edit(damage):
    """By the owner's rights: the application itself may do neither."""
    with database.clone(f"atrio_seal_{damage[:6]}_{os.getpid()}") as name:
        for text in "abc":
            with _connect(name) as writer:
                _write(writer, text)
        run_in(name, SEAL)
        assert run_in(name, BROKEN) == "[]"
        with database.connect_as_owner(name) as owner:
            owner.execute(f"{damage} where id = (select max(id) from event)")
        assert run_in(name, BROKEN) != "[]"


PRELUDE = """import django; django.setup()
from atrio.core import events; from atrio.core.scope import scope; from atrio.testing.world import portal
from atrio.core.actor import Actor
actor = Actor.system(portal("acme"))
"""
# Transactions of other databases on the server count as running too, so that a seal may have to wait for them.
SEAL = (
    PRELUDE
    + """
import time
sealed, end = 0, time.monotonic() + 60
while sealed < 3 and time.monotonic() < end:
    with scope(actor):
        one = events.seal(actor)
    sealed += one.events if one else 0
    time.sleep(0 if one else 0.2)
assert sealed == 3, sealed
"""
)
BROKEN = (
    PRELUDE
    + """
with scope(actor):
    print([s.number for s in events.broken_seals(actor)])
"""
)


def run_in(name: str, script: str) -> str:
    """What a process of its own prints that works on another database."""
    environ = os.environ | {"ATRIO_DATABASE_NAME": name}
    return subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, check=True, text=True
    ).stdout.strip()


def test_seals_are_a_chain(world, told, monkeypatch):
    settle(monkeypatch)
    with scope(world.system()):
        events.seal(world.system())
        assert events.seal(world.system()) is None, "nothing new, no seal"
        assert Seal.objects.count() == 1 and Event.objects.count() == 3


def test_a_late_commit_is_never_missed():
    """Two writers: the one that began first commits last; the reader waits for it and then gets both, in order."""
    with database.clone("atrio_feed_race") as name:
        reader = _Reader(name)
        slow, fast = _Writer(name), _Writer(name)
        slow.write("slow")
        fast.write("fast")
        fast.commit()
        assert reader.read() == [], "an older transaction is still running"
        slow.commit()
        assert reader.wait(2) == ["slow", "fast"]
        assert reader.read() == []
        for one in (reader, slow, fast):
            one.close()


def _connect(name: str) -> psycopg.Connection:
    from django.conf import settings

    facts = settings.DATABASES["default"]
    options = facts["OPTIONS"].get("options")
    return psycopg.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"] or None,
        dbname=name,
        **({"options": options} if options else {}),
    )


SCOPE = """select set_config('atrio.portal', p.id::text, true), set_config('atrio.partners', '*', true)
           from atrio_portal_by_slug('acme') p"""


def _write(connection: psycopg.Connection, kind: str) -> None:
    connection.execute(SCOPE)
    connection.execute(
        "insert into event (portal_id, doctype, document_id, kind, facts, internal, actor_name, origin, at)"
        " values (atrio_portal(), 'x', 1, %s, '{}', false, 'x', '', now())",
        [kind],
    )


class _Writer:
    def __init__(self, name: str):
        self.connection = _connect(name)

    def write(self, kind: str) -> None:
        _write(self.connection, kind)

    def commit(self) -> None:
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()


class _Reader(_Writer):
    place = (0, 0)

    def read(self) -> list[str]:
        self.connection.execute(SCOPE)
        rows = self.connection.execute(
            """select transaction_id, id, kind from event where portal_id = atrio_portal()
               and transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
               and (transaction_id, id) > (%s, %s) order by transaction_id, id""",
            self.place,
        ).fetchall()
        self.connection.commit()
        if rows:
            self.place = rows[-1][:2]
        return [row[2] for row in rows]

    def wait(self, count: int) -> list[str]:
        """What comes once every older transaction of the server has ended."""
        found, end = [], time.monotonic() + 60
        while len(found) < count and time.monotonic() < end:
            found += self.read()
            time.sleep(0.05)
        return found
