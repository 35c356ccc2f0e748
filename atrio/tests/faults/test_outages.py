"""A database that is full, closed or out of connections: said in words, to people and programs, and nothing is lost."""

import contextlib
from collections.abc import Iterator

import pytest

from .person import words
from .place import defer, portal, queued_mail, until

FULL = """
create function disk_is_full() returns trigger language plpgsql as $$ begin
  raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100'; end $$;
create trigger full_now before insert on {table} for each row execute function disk_is_full()"""
CSV = "external_id,code,name,price\n{0}1,{0}-1,Tornillo,10.50\n"


@contextlib.contextmanager
def full(place, table: str) -> Iterator[None]:
    place.do(FULL.format(table=table))
    try:
        yield
    finally:
        place.do("drop function disk_is_full cascade")


def supplier_invoice(place) -> str:
    return f"/acme/supplier_invoices/{place.one('select min(id) from supplier_invoice')}/"


def test_a_full_disk_of_the_database(place, ana, program):
    address = supplier_invoice(place)
    row = [{"external_id": "DF-1", "code": "DF-1", "name": "x"}]
    with full(place, "note"):
        refused = ana.post(f"{address}notes/", {"text": 'Hola "<b>"'})
        assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
        assert 'value="Hola &#34;&lt;b&gt;&#34;"' in refused.text, "what was typed can be sent again"
        assert "Not available just now" in words(refused.text) and "53100" not in refused.text
        assert ana.get(address).status == 200, "what can be done is done"
    with full(place, "product"):
        answer = program.post("catalog/bulk", row, Idempotency_Key="full")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert answer.json()["error"]["code"] == "unavailable"
    assert program.post("catalog/bulk", row, Idempotency_Key="full").json()["created"] == 1
    assert ana.post(f"{address}notes/", {"text": "Hola"}).status == 303
    assert place.one("select count(*) from note where text = 'Hola'") == 1


def test_a_load_by_command_on_a_full_disk_says_so(place):
    file = place.folder / "full.csv"
    file.write_text(CSV.format("FC"))

    def load() -> int:
        return place.start("load", "--portal", "acme", "--type", "products", str(file), log="full").wait()

    with full(place, "product"):
        assert load() == 1
    assert "The disk of the database is full." in place.log("full") and "Traceback" not in place.log("full")
    assert load() == 0
    assert place.ask("select state from load_run where file = 'full.csv' order by id") == [("interrupted",), ("done",)]


def test_an_uploaded_load_waits_for_room_and_then_goes_on_by_itself(place, ana):
    answer = ana.post("/acme/loads/", {"kind": "catalog"}, {"file": ("room.csv", CSV.format("R"))})
    page = answer.headers["Location"]
    ana.post(f"{page}start/")
    with place.worker():
        with full(place, "product"):
            why = until(lambda: place.one("select problem from load_run where file = 'room.csv'"), "the reason")
            shown = words(ana.get(page).text)
            assert "Waiting" in shown and why in shown
        until(lambda: place.one("select state from load_run where file = 'room.csv'") == "done", place.log("worker"))
    assert place.one("select count(*) from product where external_id = 'R1'") == 1
    assert place.one("select problem from load_run where file = 'room.csv'") == ""


def test_no_connection_is_left(place, ana, program):
    """As when `max_connections` is used up: nobody new is let in."""
    place.rule("alter role atrio_app connection limit 0")
    try:
        place.rule("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'atrio_app'")
        refused = ana.get("/acme/")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
        assert program.get("me").json()["error"]["code"] == "unavailable"
    finally:
        place.rule("alter role atrio_app connection limit -1")
    until(lambda: ana.get("/acme/").status == 200, "let in again")


def test_after_a_restart_one_page_at_most_meets_a_dead_connection(place, ana):
    """Not one for each connection that the pool had."""
    ana.get("/acme/")
    place.rule("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'atrio_app'")
    statuses = [ana.get("/acme/").status for _page in range(6)]
    assert statuses[1:] == [200] * 5 and statuses[0] in (200, 503), statuses


def test_after_a_restart_a_worker_that_noticed_nothing_does_its_jobs(place):
    """Its threads keep no dead connection: the jobs after the one that met it go on."""

    def mail() -> int:
        pk = queued_mail(place)
        defer(place, "atrio.core.jobs.send_mail", "mail", {"portal_id": portal(place), "mail_id": pk})
        return pk

    state = "select state from mail where id = %s"
    with place.worker("--concurrency", "1") as worker:  # one thread for all jobs
        first = mail()
        until(lambda: place.one(state, first) == "sent", "the worker works")
        place.rule("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'atrio_app'")
        for pk in (mail(), mail()):
            until(lambda pk=pk: place.one(state, pk) == "sent", "and goes on")
        assert worker.poll() is None


@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_the_page_is_in_the_language_of_whoever_reads_it(place, ana, language):
    ana.post("/acme/profile/preferences/", {"language": language, "next": "/"})
    ana.cookies.clear("127.0.0.1", "/", "django_language")  # a browser that comes for the first time
    assert ana.get("/acme/").status == 200
    place.rule("alter role atrio_app connection limit 0")
    try:
        place.rule("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'atrio_app'")
        refused = ana.get("/acme/")
        assert refused.status == 503 and f'<html lang="{language}"' in refused.text
    finally:
        place.rule("alter role atrio_app connection limit -1")
        until(lambda: ana.get("/acme/").status == 200, "let in again")
