"""With real connections: the feed beside its writers, the same request twice at once, a bucket that many draw from."""

import os
import time

from django.test import Client

from atrio.core import events
from atrio.core.actor import Actor
from atrio.core.doctypes import document_type
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.erp.api.scopes import offered
from atrio.erp.models import LoadRun
from atrio.testing import world as worlds
from atrio.testing.race import arena

from .conftest import Program

WRITERS, EACH = 4, 12


def acme() -> Actor:
    return Actor.system(worlds.portal("acme"))


def new_key(**options) -> str:
    actor = acme()
    with scope(actor):
        return keys.make(actor, "ERP", offered(), **options)[1]


def test_the_feed_skips_no_late_commit_and_repeats_nothing_once_acknowledged(django_db_setup, django_db_blocker):
    """Writers whose transactions overlap in every way, while a reader reads and acknowledges all the time."""
    with django_db_blocker.unblock(), arena(f"atrio_api_feed_{os.getpid()}") as ring:
        text = ring.do(lambda: new_key(rate=1_000_000))
        doc = ring.do(lambda: worlds.make(worlds.known(), document_type("sales_invoices"), "F-1"))
        wanted = sorted(f"{writer}-{n}" for writer in range(WRITERS) for n in range(EACH))

        def writer(number: int):
            def write():
                actor = acme()
                for n in range(EACH):
                    with scope(actor):
                        events.record(actor, doc, "note", {"text": f"{number}-{n}"})
                        time.sleep(0.02 * ((number + n) % 4))  # the transaction stays open, others overtake it

            return write

        read = ring.race(*(writer(number) for number in range(WRITERS)), lambda: read_all(text, len(wanted)))[-1]
    assert sorted(read) == wanted, "none skipped, none told twice"


def read_all(text: str, count: int) -> list[str]:
    """What a program hears that acknowledges each page (other databases of the server may hold the feed back)."""
    program, heard, end = Program(text), [], time.monotonic() + 60
    while len(heard) < count and time.monotonic() < end:
        page = program.get("feed?limit=5").json()
        heard += [event["facts"]["text"] for event in page["events"]]
        if page["events"]:
            assert program.post("feed/ack", {"cursor": page["next"]}).status_code == 200
        else:
            time.sleep(0.05)
    heard += [event["facts"]["text"] for event in program.get("feed").json()["events"]]
    return heard


def test_the_same_request_twice_at_once_is_done_once(django_db_setup, django_db_blocker):
    row = {"external_id": "T-1", "code": "T-1", "name": "Tornillo"}
    with django_db_blocker.unblock(), arena(f"atrio_api_twice_{os.getpid()}") as ring:
        text = ring.do(new_key)

        def send():
            return Program(text).post("catalog/bulk", [row], Idempotency_Key="same")

        answers = ring.race(send, send, send)
        runs = ring.do(lambda: in_scope(LoadRun.objects.count))
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert len({one.content for one in answers}) == 1 and runs == 1
    assert sorted(one.headers.get("Idempotent-Replayed", "") for one in answers) == ["", "true", "true"]


def in_scope(work):
    with scope(acme()):
        return work()


def test_a_bucket_that_many_draw_from_gives_no_more_than_it_holds(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_api_rate_{os.getpid()}") as ring:
        text = ring.do(lambda: new_key(rate=3))
        headers = {"Authorization": f"Bearer {text}"}

        def ask():
            return Client().get("/acme/api/v1/me", headers=headers).status_code

        given = ring.race(*[ask] * 8)
    assert given.count(429) >= 4 and 3 <= given.count(200) <= 4, given
