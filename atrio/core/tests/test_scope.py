"""What a transaction holds is taken back from whoever falls silent in it."""

import os
import time
from types import SimpleNamespace

import pytest
from django.db import InternalError, connection

from atrio.core import exports
from atrio.core import scope as scopes
from atrio.core.scope import SILENCE, bear_silence, scope
from atrio.erp.loads import running
from atrio.testing import world as worlds
from atrio.testing.race import arena


def borne() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"select current_setting('{SILENCE}')")
        return cursor.fetchone()[0]


@pytest.fixture
def ring(django_db_setup, django_db_blocker):
    """A scope of a test is within the test's own transaction: here one is the outermost."""
    with django_db_blocker.unblock(), arena(f"atrio_race_silence_{os.getpid()}") as found:
        yield found


def test_a_reader_who_stops_reading_is_ended_by_the_database(ring, monkeypatch):
    monkeypatch.setattr(scopes.bear_silence, "__defaults__", (1,))
    ana = ring.do(worlds.known).actor("ana")

    def stop_reading() -> None:
        with exports.reading(ana):
            time.sleep(1.5)
            connection.cursor().execute("select 1")

    with pytest.raises(InternalError, match="idle-in-transaction timeout"):
        ring.do(stop_reading)


def test_requests_bear_two_minutes_and_loads_any_time(ring, monkeypatch):
    ana = ring.do(worlds.known).actor("ana")

    def of_a_request() -> tuple[str, str]:
        with scope(ana):
            first = borne()
            bear_silence(0)
            with scope(ana):  # within, nothing is changed
                return first, borne()

    assert ring.do(of_a_request) == ("2min", "0")
    heard = []

    class Heard(Exception):
        pass

    def hold(record) -> None:
        heard.append(borne())
        raise Heard

    monkeypatch.setattr(running, "hold", hold)
    with pytest.raises(Heard):
        ring.do(lambda: running._run(ana, SimpleNamespace(), SimpleNamespace(), lambda counts: None))
    assert heard == ["0"]
