"""A mail server that is away, slow or unwilling: the mail waits or says why not, and whoever acted notices nothing."""

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from atrio.core import jobs, mail
from atrio.core.actor import Actor
from atrio.core.doctypes import document_type
from atrio.core.models import Mail
from atrio.core.scope import scope
from atrio.testing.world import make

State = Mail.State


@pytest.fixture(autouse=True)
def smtp(settings, mail_server):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", mail_server.port, 20


@pytest.fixture
def queued(world) -> Mail:
    with scope(world.system()):
        return Mail.objects.create(portal_id=world.portals.acme.id, to="x@acme.example", subject="Orden", text="Hola")


def now(world, one: Mail) -> Mail:
    with scope(world.system()):
        return Mail.objects.get(pk=one.pk)


@pytest.mark.parametrize(
    ("command", "answer", "state", "words"),
    [
        ("CONNECT", "421 busy", State.FAILED, "421 busy"),
        ("CONNECT", "554 go away", State.FAILED, "554 go away"),
        ("MAIL", "530 sign in first", State.FAILED, "530 sign in first"),
        ("RCPT", "450 later", State.FAILED, "450 later"),
        ("RCPT", "550 no such person", State.REFUSED, "550 no such person"),
        ("DATA", "452 mailbox is full", State.FAILED, "452 mailbox is full"),
        ("MESSAGE", "554 looks like spam", State.REFUSED, "554 looks like spam"),
        ("DATA", "hang up", State.FAILED, "Connection unexpectedly closed"),
    ],
)
def test_what_may_work_later_is_tried_again_and_what_never_will_is_not(
    command, answer, state, words, world, queued, mail_server
):
    mail_server.answers[command] = answer
    problem = mail.send(world.system(), queued.pk)
    kept = now(world, queued)
    assert (kept.state, kept.attempts, kept.sent_at) == (state, 1, None)
    assert words in kept.error
    assert (problem is None) == (state == State.REFUSED), "only what may work later goes back to the queue"


def test_a_server_that_does_not_answer_in_time(world, queued, mail_server, settings):
    settings.EMAIL_TIMEOUT = 0.2
    mail_server.talking.clear()
    assert mail.send(world.system(), queued.pk) is not None
    assert now(world, queued).state == State.FAILED and "timed out" in now(world, queued).error


def test_no_transaction_is_open_while_a_server_thinks(world, queued, monkeypatch):
    """It would hold back the change feed, whose readers wait for the oldest transaction."""
    depths = []
    before = len(connection.savepoint_ids)
    monkeypatch.setattr(
        mail.EmailMultiAlternatives, "send", lambda message: depths.append(len(connection.savepoint_ids))
    )
    mail.send(world.system(), queued.pk)
    assert depths == [before]


def test_the_next_attempts_come_later_and_later_and_end():
    def wait(attempts: int):
        job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name="x", attempts=attempts)
        return jobs.AGAIN.get_retry_decision(exception=OSError(), job=job)

    waits = [wait(n).retry_at for n in range(len(jobs.Again.WAITS))]
    assert waits == sorted(waits) and wait(len(waits)) is None
    assert all(task.retry_strategy is jobs.AGAIN for task in (jobs.send_mail, jobs.announce))


def test_whoever_acts_notices_nothing_and_staff_see_why_and_send_again(world, as_, run_jobs, mail_server):
    mail_server.answers["RCPT"] = "451 the disk is full"
    order = make(world, document_type("purchase_orders"), "OC-7", state="draft", who="tornillos")
    assert as_("bruno").post(f"/acme/purchase_orders/{order.pk}/send/").status_code == 303
    with pytest.raises(OSError):
        run_jobs()
    ana = as_("ana")
    with scope(world.system()):
        told = Mail.objects.get(to="tornillos@acme.example")
    listed = ana.get("/acme/outbox/").content.decode()
    assert "OC-7" in listed and "tornillos@acme.example" in listed and "failed" in listed
    page = ana.get(f"/acme/outbox/{told.pk}/").content.decode()
    assert "451 the disk is full" in page and f"/acme/outbox/{told.pk}/send/" in page
    assert told.text not in page, "a mail may hold a link that is meant for one person"
    mail_server.answers.clear()
    assert ana.post(f"/acme/outbox/{told.pk}/send/").status_code == 303
    run_jobs()
    sent = now(world, told)
    assert (sent.state, sent.attempts, sent.error) == (State.SENT, 2, "")
    (arrived,) = mail_server.received
    assert arrived["To"] == "tornillos@acme.example" and arrived["Message-ID"]
    assert ana.post(f"/acme/outbox/{told.pk}/send/").status_code == 409
    assert mail.send(world.system(), told.pk) is None and len(mail_server.received) == 1


@pytest.mark.parametrize("who", ["bruno", "clara", "nadie", "tornillos", "rita"])
def test_the_outbox_is_not_for_everybody(who, world, as_, queued):
    client = as_(who)
    for address in ("", f"{queued.pk}/", "export.csv"):
        assert client.get(f"/acme/outbox/{address}").status_code in (403, 404)
    assert client.post(f"/acme/outbox/{queued.pk}/send/").status_code in (403, 404)
    assert now(world, queued).attempts == 0 and not waiting_jobs()


def waiting_jobs() -> list:
    return list(app.job_manager.list_jobs(status="todo"))


def test_a_name_cannot_add_headers(world, queued, mail_server):
    actor = Actor.system(world.portals.acme)
    with scope(actor):
        Mail.objects.filter(pk=queued.pk).update(subject="x\nBcc: evil@example.org")
    assert mail.send(actor, queued.pk) is None
    assert now(world, queued).state == State.REFUSED and not mail_server.received
