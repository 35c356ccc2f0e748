"""kill -9 in the middle of everything: nothing is lost, nothing is done twice, and what is shown is true.

The middle is made certain by a lock that the test holds and the victim wants."""

import signal

import pytest

from .person import CUT, words
from .place import defer, kill, portal, queued_mail, until

COUNT = 10
HEADING = "external_id,number,partner,issue_date,due_date,currency,net_total,tax_total,total"
WRONG_BALANCES = """
select * from (select portal_id, partner_id, side, currency,
  sum(case side when 'receivable' then debit - credit else credit - debit end) as said
  from ledger_entry group by 1, 2, 3, 4) e
full join (select portal_id, partner_id, side, currency, balance from ledger_balance) b
  using (portal_id, partner_id, side, currency) where said is distinct from balance"""
UNPOSTED = """
select i.number from sales_invoice i full join (select * from ledger_entry where document_type = 'sales_invoices') e
  on e.portal_id = i.portal_id and e.external_id = 'sales_invoices:' || i.external_id
where i.total is distinct from e.debit or i.total is null"""
APPROVED = """
select i.state, i.version, (select count(*) from event where doctype = 'supplier_invoices' and document_id = i.id
    and kind = 'approve'), (select count(*) from ledger_entry where document_type = 'supplier_invoices'
    and document_id = i.id) from supplier_invoice i where i.number = %s"""


@pytest.fixture(autouse=True)
def ledger_ties(place):
    """After every test, whatever was killed in it: the balances are what their entries add up to."""
    place.do("delete from procrastinate_jobs")  # what the test before did not wait for
    yield
    assert place.ask(WRONG_BALANCES) == [] and place.ask(UNPOSTED) == []


def invoices(name: str) -> str:
    rows = [f"{name}-{n},{name}-{n},bodega,2026-01-15,2026-02-15,COP,100,19,119" for n in range(COUNT)]
    return "\n".join([HEADING, *rows, ""])


@pytest.fixture
def file(place, request):
    """A file of invoices whose numbers are this test's own."""
    name = request.node.name.upper().replace("_", "")[4:24]
    path = place.folder / f"{name}.csv"
    path.write_text(invoices(name))
    return path


def load(place, file):
    return place.start("load", "--portal", "acme", "--type", "sales_invoices", "--no-notify", str(file), log=file.stem)


def count(place, file) -> int:
    return place.one("select count(*) from sales_invoice where external_id like %s", f"{file.stem}-%")


def runs(place, file) -> list[tuple]:
    return place.ask("select state, created, unchanged from load_run where file = %s order by id", file.name)


def invoice(place, number: str) -> tuple[str, tuple]:
    """The address of a supplier's invoice, and its state, version, approvals and entries."""
    pk = place.one("select id from supplier_invoice where number = %s", number)
    return f"/acme/supplier_invoices/{pk}/", place.ask(APPROVED, number)[0]


def shown_state(ana, file) -> str:
    rows = ana.get("/acme/loads/").text.split("<tr>")
    return " ".join(words(row) for row in rows if f">{file.name}<" in row)


# --- the process that loads


def test_a_killed_load_is_undone_and_said_to_be_so_and_done_by_the_next(place, ana, file):
    with place.held("ledger"):
        process = load(place, file)
        place.wait_blocked()
        assert "Loading" in shown_state(ana, file)
        kill(process.pid)
        process.wait()
        # With the lock still held: the server itself must notice that nobody waits for the answer any more.
        until(lambda: not place.blocked(), "the dead client's statement ended")
        assert "Interrupted" in shown_state(ana, file)
    assert count(place, file) == 0 and runs(place, file) == [("running", 0, 0)]
    assert load(place, file).wait() == 0, place.log(file.stem)
    assert count(place, file) == COUNT
    assert runs(place, file) == [("interrupted", 0, 0), ("done", COUNT, 0)]
    assert load(place, file).wait() == 0
    assert runs(place, file)[-1] == ("done", 0, COUNT)


def test_the_database_dies_in_the_middle_of_a_load(place, file):
    with place.held("ledger"):
        process = load(place, file)
        place.wait_blocked()
        place.kill_database()
    assert process.wait() == 1
    assert "The database does not answer" in place.log(file.stem) and "Traceback" not in place.log(file.stem)
    place.start_database()
    assert count(place, file) == 0
    assert load(place, file).wait() == 0, place.log(file.stem)
    assert count(place, file) == COUNT and [state for state, *_rest in runs(place, file)] == ["interrupted", "done"]


# --- the worker


def upload(place, ana, file) -> str:
    """Send a file by the web and have it loaded; the address of its page."""
    answer = ana.post("/acme/loads/", {"kind": "sales_invoices"}, {"file": (file.name, file.read_text())})
    assert answer.status == 303, words(answer.text)
    assert ana.post(f"{answer.headers['Location']}start/").status == 303
    return answer.headers["Location"]


def test_the_worker_dies_in_the_middle_of_an_uploaded_load(place, ana, file):
    with place.held("ledger"):
        page = upload(place, ana, file)
        assert "Waiting" in words(ana.get(page).text)
        with place.worker() as process:
            place.wait_blocked()
            assert "Loading" in words(ana.get(page).text)
            kill(process.pid)
        until(lambda: not place.blocked(), "the dead worker's statement ended")
        assert count(place, file) == 0 and "Waiting" in words(ana.get(page).text), "its job is still in the queue"
    with place.worker():
        until(lambda: runs(place, file) == [("done", COUNT, 0)], place.log("worker"))
    assert count(place, file) == COUNT
    assert not place.ask("select * from procrastinate_jobs where task_name like '%%run_load'"), "done jobs are removed"


def test_a_load_whose_job_is_gone_is_interrupted_and_can_be_started_again(place, ana, file):
    page = upload(place, ana, file)
    place.do("delete from procrastinate_jobs where task_name like '%%run_load'")
    shown = ana.get(page)
    assert "Interrupted" in words(shown.text) and f"{page}start/" in shown.text
    assert ana.post(f"{page}start/").status == 303
    assert ana.post(f"{page}start/").status == 409, "twice is refused in words"
    with place.worker():
        until(lambda: runs(place, file) == [("done", COUNT, 0)], place.log("worker"))


def test_the_worker_dies_while_the_mail_server_thinks(place, mail_server, mail_environ):
    mail = queued_mail(place)
    defer(place, "atrio.core.jobs.send_mail", "mail", {"portal_id": portal(place), "mail_id": mail})
    mail_server.talking.clear()
    state = "select state, attempts from mail where id = %s"
    with place.worker(**mail_environ) as process:
        assert mail_server.seen.acquire(timeout=60)
        assert place.ask(state, mail) == [("sending", 1)]
        kill(process.pid)
    mail_server.talking.set()
    with place.worker(**mail_environ):
        until(lambda: place.ask(state, mail) == [("sent", 2)], place.log("worker"))
    first, second = mail_server.received
    assert first["Message-ID"] == second["Message-ID"] and "@acme.example>" in first["Message-ID"]


def test_the_worker_dies_while_it_seals_and_its_successor_waits_already(place, ana, file):
    """A stalled job whose twin is queued must not keep the other stalled jobs from being handed on."""
    seals = "select count(*), count(distinct number), coalesce(sum(events), 0) from seal where portal_id = %s"
    before = place.ask(seals, portal(place))[0]
    place.do(
        "insert into event (portal_id, doctype, document_id, kind, facts, internal, actor_name, origin, at)"
        " select id, 'catalog', 1, 'changed', '{}', false, 'ERP', '', now() from portal where slug = 'acme'"
    )
    defer(place, "atrio.core.jobs.seal_events", "default", {"timestamp": 1}, "seal")
    with place.held("seal"), place.held("ledger"):
        upload(place, ana, file)
        with place.worker() as process:
            until(lambda: len(place.blocked()) == 2, "the seal and the load wait")
            kill(process.pid)
        defer(place, "atrio.core.jobs.seal_events", "default", {"timestamp": 2}, "seal", wait="1h")
    with place.worker():
        until(lambda: runs(place, file) == [("done", COUNT, 0)], "the load was handed on")
        place.do("update procrastinate_jobs set scheduled_at = null where queueing_lock = 'seal' and status = 'todo'")
        until(lambda: place.ask(seals, portal(place))[0][0] > before[0], "the seal was made")
        until(
            lambda: not place.ask("select 1 from procrastinate_jobs where status in ('todo', 'doing')"), "all is done"
        )
    rows, numbers, events = place.ask(seals, portal(place))[0]
    sealed = "select count(*) from event where portal_id = %s and transaction_id < (select max(before) from seal)"
    assert rows == numbers and events == place.one(sealed, portal(place)), "each event in one seal"


def test_a_job_is_not_seen_before_what_it_is_about(place, ana):
    """A job that queues a job does so in its own transaction: a mail is not looked for before its row is there."""
    address, _before = invoice(place, "F-8")
    watched = "select count(*) from procrastinate_jobs where task_name like '%%send_mail'"
    with place.worker(), place.connect() as other:
        with other.transaction():
            # The announcement's commit has to look at the account that is told, and waits for us.
            other.execute("select 1 from account where email = 'tornillos@acme.example' for update")
            assert ana.post(f"{address}approve/").status == 303
            until(lambda: any("commit" in query.lower() for _pid, query in place.blocked()), "the job commits")
            assert place.one(watched) == 0
        until(
            lambda: place.one("select count(*) from mail where state = 'sent' and subject like '%%F-8%%'"), "it is sent"
        )


# --- the web server


def test_the_web_server_dies_in_the_middle_of_an_action(place, ana):
    address, before = invoice(place, "F-1")
    assert before == ("sent", 1, 0, 0)
    with place.held("ledger"):
        waiting = answering(lambda: ana.post(f"{address}approve/"))
        place.wait_blocked()
        killed = place.web_worker()
        kill(killed)
        assert isinstance(waiting(), CUT)
    place.wait_quiet()
    assert invoice(place, "F-1")[1] == before, "not at all"
    until(lambda: place.web_worker() not in (0, killed), "another process answers")
    place.serve()
    assert ana.post(f"{address}approve/").status == 303
    assert invoice(place, "F-1")[1] == ("approved", 2, 1, 1), "wholly"
    again = ana.post(f"{address}approve/")
    assert again.status == 409 and "no longer possible" in words(again.text)


def test_an_idempotency_key_outlives_the_web_server(place, program):
    row = {"external_id": "IK-1", "number": "IK-1", "partner": "bodega", "issue_date": "2026-01-15"}
    rows = [row | {"due_date": "2026-02-15", "currency": "COP", "net_total": "100", "tax_total": "19", "total": "119"}]

    def send():
        return program.post("sales_invoices/bulk", rows, Idempotency_Key="once")

    with place.held("ledger"):
        waiting = answering(send)
        place.wait_blocked()
        kill(place.web_worker())
        assert isinstance(waiting(), CUT)
    place.wait_quiet()
    first = until(lambda: place.serve() or tried(send))
    assert (first.status, first.json()["created"]) == (200, 1)
    second = send()
    assert second.json() == first.json() and second.headers["Idempotent-Replayed"] == "true"
    assert place.one("select count(*) from sales_invoice where external_id = 'IK-1'") == 1
    assert place.one("select count(*) from load_run where file = 'sales_invoices.bulk.json'") == 1


def tried(work):
    """What it gave, or None while nobody answers."""
    try:
        return work()
    except CUT:
        return None


def answering(work):
    """Begin a request that will not be answered yet; call what is given to have its answer, or what went wrong."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1)
    running = pool.submit(work)
    return lambda: running.exception(timeout=60) or running.result()


# --- the database


def test_the_database_dies_under_web_and_worker_and_they_find_it_again(place, ana, program, file):
    address, before = invoice(place, "F-2")
    ana.post("/profile/preferences/", {"language": "pt-br", "next": "/"})
    ana.get("/acme/")  # the browser learns the language
    assert ana.post(f"{invoice(place, 'F-3')[0]}approve/").status == 303
    heard = until(lambda: feed(program))
    program.post("feed/ack", {"cursor": heard[-1]["cursor"]})
    with place.worker() as worker:
        until(lambda: place.ask("select 1 from procrastinate_workers"))
        with place.held("ledger"):
            page = upload(place, ana, file)
            until(lambda: len(place.blocked()) == 1, "the load waits")
            waiting = answering(lambda: ana.post(f"{address}approve/"))
            until(lambda: len(place.blocked()) == 2, "the action waits")
            web = place.web_worker()
            place.kill_database()
        refused(waiting(), '<html lang="pt-br"')
        refused(ana.get("/acme/"), '<html lang="pt-br"')
        envelope = program.get("me")
        assert (envelope.status, envelope.json()["error"]["code"]) == (503, "unavailable")
        assert (ana.get("/readyz").status, ana.get("/healthz").status) == (503, 200)
        place.start_database()
        until(lambda: ana.get("/acme/").status == 200, "the pages are back")
        assert place.web_worker() == web and worker.poll() is None, "by the same processes"
        assert invoice(place, "F-2")[1] == before
        assert ana.post(f"{address}approve/").status == 303
        assert invoice(place, "F-2")[1] == ("approved", 2, 1, 1)
        until(lambda: runs(place, file) == [("done", COUNT, 0)], place.log("worker"))
        assert "Loaded" in words(ana.get(page).text) or "Carregad" in words(ana.get(page).text)
        until(lambda: ana.get("/readyz").status == 200, "ready again")
    assert worker.returncode in (0, -signal.SIGTERM)
    news = feed(program)
    assert [event["kind"] for event in news if event["number"] == "F-2"] == ["approve"], "neither missed nor repeated"
    assert not {event["cursor"] for event in news} & {event["cursor"] for event in heard}


def feed(program) -> list[dict]:
    """All that the program has not acknowledged yet."""
    events, after = [], ""
    while True:
        page = program.get(f"feed?limit=100{after}").json()
        events += page["events"]
        if not page["more"]:
            return events
        after = f"&after={page['next']}"


def refused(answer, language: str) -> None:
    assert answer.status == 503 and answer.headers["Retry-After"]
    assert language in answer.text and "Traceback" not in answer.text and 'class="errorpage"' in answer.text
