"""Guessing: counted by account and by place in the database, the same for who does not exist, and told to who does."""

import datetime as dt

import pytest
from django.contrib.auth import hashers
from django.core import mail
from django.test import Client
from django.utils import timezone

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.door import attempts, tries
from atrio.people.door.models import Tries
from atrio.people.models import User
from atrio.testing.world import PASSWORD

from .solving import answered, solved

LOGIN = "/accounts/login/"
CHANGE = "/accounts/password/change/"


def sign_in(client, page: str = "", **data):
    return client.post(LOGIN, {"login": "ana@acme.example", "password": PASSWORD} | solved(page) | data)


def guess(client, times: int, **data) -> list[int]:
    """So many wrong passwords, each with the work that is asked for by then."""
    codes, page = [], client.get(LOGIN).content.decode()
    for _n in range(times):
        response = sign_in(client, page, **({"password": "wrong"} | data))
        codes, page = [*codes, response.status_code], response.content.decode()
    return codes


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


def wait_over() -> None:
    Tries.objects.update(locked_until=timezone.now() - dt.timedelta(seconds=1))


def seconds_locked(who: str) -> float:
    row = Tries.objects.get(key=tries.key_of(tries.ACCOUNT, who))
    return (row.locked_until - timezone.now()).total_seconds()


@pytest.mark.parametrize("login", ["ana@acme.example", "nobody@acme.example"])
def test_after_five_failures_even_the_right_password_waits(login, world):
    """From any browser and process; the words and the status are the same for an account that does not exist."""
    client = Client()
    assert guess(client, 6, login=login) == [422] * 5 + [429]
    other = Client()
    response = sign_in(other, other.get(LOGIN).content.decode(), login=login)
    assert response.status_code == 429 and not is_in(other)
    assert "Too many attempts. Wait 1 min and try again." in response.content.decode()


def test_the_wait_doubles_and_is_an_hour_at_most(world):
    client, who, waits = Client(), f"account {world.people['ana'].pk}", []
    guess(client, 4)
    for _n in range(9):
        guess(client, 1)
        waits.append(round(seconds_locked(who) / 60))
        wait_over()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_success_forgets_the_failures_of_the_account_and_not_those_of_the_place(world):
    client = Client()
    guess(client, 4)
    page = client.get(LOGIN).content.decode()
    assert sign_in(client, page).status_code == 302 and is_in(client)
    assert tries.number(tries.ACCOUNT, f"account {world.people['ana'].pk}") == 0
    assert tries.number(tries.ADDRESS, "127.0.0.1") == 4


def test_one_account_by_two_names_is_counted_once(world):
    User.objects.filter(pk=world.people["ana"].pk).update(username="ana.admin")
    client = Client()
    assert guess(client, 3) + guess(client, 3, login="Ana.Admin") == [422] * 5 + [429]


def test_stuffing_many_accounts_from_one_place_is_stopped(world):
    client = Client()
    codes = [guess(client, 1, login=f"p{n}@x.example")[0] for n in range(31)]
    assert codes == [422] * 30 + [429]
    assert sign_in(client, client.get(LOGIN).content.decode()).status_code == 429 and not is_in(client)
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert sign_in(elsewhere).status_code == 302


def test_nobody_gets_around_it_by_a_cookie_or_another_address_of_his_own_network(world):
    for n in range(5):
        guess(Client(REMOTE_ADDR=f"2001:db8::{n}", headers={"cookie": "atrio_browser=made-up"}), 1)
    late = Client(REMOTE_ADDR="2001:db8::ffff")
    assert sign_in(late, late.get(LOGIN).content.decode()).status_code == 429
    assert tries.number(tries.ADDRESS, tries.place_of("2001:db8::1")) == 6, "the late one counts"


def test_a_known_browser_is_not_locked_out_by_strangers(world):
    own = Client()
    sign_in(own)
    own.post("/accounts/logout/")
    guess(Client(REMOTE_ADDR="203.0.113.9"), 6)
    assert sign_in(own).status_code == 302 and is_in(own)


def test_the_owner_is_told_once_and_a_stranger_gets_the_same_work(world, run_jobs, django_assert_num_queries):
    guess(Client(), 5)
    assert run_jobs() >= 1
    wait_over()
    guess(Client(), 1)
    run_jobs()
    (told,) = mail.outbox
    assert told.to == ["ana@acme.example"] and "127.0.0.1" in told.body
    with scope(world.system()):
        assert Event.objects.filter(doctype="people", kind="locked_out").count() == 1


def asked_by(login: str, count) -> int:
    client = Client()
    page = client.get(LOGIN).content.decode()
    with count() as seen:
        sign_in(client, page, login=login, password="wrong")
    return len(seen.captured_queries)


@pytest.mark.parametrize("before", [0, 4], ids=["first", "the one that locks"])
def test_the_same_work_is_done_whether_the_account_exists(before, world, monkeypatch, run_jobs):
    """Counted, not timed: hashes of passwords, and questions to the database."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    hashed = []
    hasher = hashers.get_hasher()
    real = type(hasher).encode
    monkeypatch.setattr(
        type(hasher), "encode", lambda self, *args, **more: hashed.append(1) or real(self, *args, **more)
    )
    work = []
    for login in ("ana@acme.example", "nobody@acme.example", "ana.admin", "x" * 200):
        User.objects.filter(pk=world.people["ana"].pk).update(username="ana.admin")
        Tries.objects.all().delete()
        guess(Client(), before, login=login)
        hashed.clear()
        queries = asked_by(login, lambda: CaptureQueriesContext(connection))
        work.append((len(hashed), queries))
    assert len(set(work)) == 1 and work[0][0] == 1, work


def test_an_operator_unlocks(world):
    guess(Client(), 6)
    attempts.unlock(world.people["ana"])
    client = Client()
    assert sign_in(client, client.get(LOGIN).content.decode()).status_code == 302


def test_the_present_password_cannot_be_tried_for_ever(world, as_):
    ana, new = as_("ana"), "Otra-clave-nueva-2"
    wrong = {"oldpassword": "no", "password1": new, "password2": new}
    assert [ana.post(CHANGE, wrong).status_code for _n in range(6)] == [422] * 5 + [429]
    assert ana.post(CHANGE, wrong | {"oldpassword": PASSWORD}).status_code == 429
    assert User.objects.get(pk=world.people["ana"].pk).check_password(PASSWORD)


def test_neither_names_nor_places_are_kept(world):
    guess(Client(), 1)
    assert "ana" not in str(list(Tries.objects.values())) and "127.0" not in str(list(Tries.objects.values()))
    Tries.objects.update(last_at=timezone.now() - dt.timedelta(days=3))
    assert tries.forget_old() == 2 and not Tries.objects.exists()


# --- proof of work


def test_after_three_failures_no_password_is_looked_at_without_work(world):
    client = Client()
    assert "data-challenge" not in client.get(LOGIN).content.decode()
    guess(client, 3)
    assert "data-challenge" in client.get(LOGIN).content.decode()
    response = sign_in(client)
    assert response.status_code == 422 and not is_in(client)
    assert 'value="ana@acme.example"' in response.content.decode(), "what was typed is kept"
    assert 'id="id_answer_error"' in response.content.decode()
    assert tries.number(tries.ACCOUNT, f"account {world.people['ana'].pk}") == 3, "it was no try"
    assert sign_in(client, response.content.decode()).status_code == 302


def test_without_a_script_a_question_is_answered(world):
    client = Client()
    guess(client, 3)
    page = client.get(LOGIN).content.decode()
    wrong = answered(page) | {"answer": "99"}
    assert sign_in(client, **wrong).status_code == 422
    assert sign_in(client, **answered(client.get(LOGIN).content.decode())).status_code == 302


def test_work_and_answers_count_once(world):
    for proof in (solved, answered):
        Tries.objects.all().delete()
        guess(Client(), 3)
        client = Client()
        sent = proof(client.get(LOGIN).content.decode())
        assert sign_in(client, password="wrong", **sent).status_code == 422
        again = Client()
        assert sign_in(again, **sent).status_code == 422 and not is_in(again)


def test_questions_are_answered_seldom(world):
    guess(Client(), 3)
    for _n in range(6):
        sign_in(Client(), answer="1", question=answered(Client().get(LOGIN).content.decode())["question"])
    late = Client()
    assert sign_in(late, **answered(late.get(LOGIN).content.decode())).status_code == 422 and not is_in(late)
    assert sign_in(late, late.get(LOGIN).content.decode()).status_code == 302, "work still counts"


@pytest.mark.parametrize("sent", ["", "x", "e30=", "W10=", "bnVsbA==", "A" * 3000, "\x00", "eyJhbGdvcml0aG0iOjF9"])
def test_nonsense_is_no_proof(sent, world):
    guess(Client(), 3)
    client = Client()
    data = {"altcha": sent, "question": sent, "answer": "²"}
    assert sign_in(client, **data).status_code in (400, 422) and not is_in(client)


def test_work_ends_and_is_ours(world, monkeypatch):
    from atrio.people.door import challenges

    guess(Client(), 3)
    client = Client()
    monkeypatch.setattr(challenges, "LASTS", dt.timedelta(seconds=-5))
    assert sign_in(client, client.get(LOGIN).content.decode()).status_code == 422
    monkeypatch.undo()
    page = client.get(LOGIN).content.decode()
    monkeypatch.setattr(challenges, "_key", lambda: "forged")
    forged = solved(client.get(LOGIN).content.decode())
    monkeypatch.undo()
    assert sign_in(client, **forged).status_code == 422 and not is_in(client)
    assert sign_in(client, page).status_code == 302
