"""A stranger asks for access: the same answer for everybody, one request at most, and staff decide."""

import pytest
from django.test import Client

from atrio.core.crossing import portal_by_slug
from atrio.core.models import Notification, Portal
from atrio.core.scope import scope
from atrio.people.door.tests.solving import answered, solved

from ..joining import FROM_ONE_ADDRESS, OF_ONE_EMAIL, looks_right
from ..models import Kind, Registration, State
from .conftest import ASKED

THANKS = "/acme/join/?sent"


def test_a_request_is_kept_told_to_staff_and_acknowledged(world, ask, letters, requests):
    assert ask()["Location"] == THANKS
    sent = letters()
    (doc,) = requests()
    assert (doc.kind, doc.state, doc.email) == (Kind.REQUEST, State.PENDING, "nora@andina.example")
    assert (doc.company, doc.tax_id, doc.side) == ("Tornillería Andina S.A.S.", "860.003.020-1", "supplier")
    assert doc.phone == "+57 601 3394949" and doc.origin == "127.0.0.1" and doc.partner_id is None
    assert [one.to for one in sent if "nora" in one.to[0]] == [["nora@andina.example"]]
    told = {one.to[0] for one in sent} - {"nora@andina.example"}
    assert told == {"ana@acme.example"}, "those who may decide, and not everybody who may read"
    with scope(world.system()):
        assert Notification.objects.filter(doctype="access_requests").count() == 1
        assert Registration.objects.get().facts == {}, "what the job has read is not kept twice"


def test_the_letter_to_a_stranger_says_nothing_that_was_typed(ask, letters):
    """Else anybody could write anything to anybody in the portal's name."""
    ask(name="Buy at evil.example", company="Evil & Co", message="Click evil.example")
    (letter,) = [one for one in letters() if one.to == ["nora@andina.example"]]
    assert "evil" not in (letter.subject + letter.body + letter.alternatives[0][0]).lower()


@pytest.mark.parametrize(
    "email",
    ["nora@andina.example", "ana@acme.example", "ANA@acme.example", "rita@rival.example", "tornillos@acme.example"],
)
def test_whoever_asks_reads_the_same(email, ask, letters, requests):
    """Also the second time, whether the address has an account here, elsewhere, or none."""
    ask(email="nora@andina.example")
    letters()
    before = len(requests())
    answer = ask(email=email)
    assert (answer.status_code, answer["Location"], answer.content) == (303, THANKS, b"")
    sent = letters()
    assert len(requests()) == before + (email == "rita@rival.example"), "a person of another portal is a stranger here"
    mine = [one for one in sent if one.to[0].lower() == email.lower()]
    assert len(mine) == (0 if email == "nora@andina.example" else 1)
    if "@acme" in email:
        assert "already have access" in mine[0].subject


def test_the_same_work_is_done_for_everybody(ask, django_assert_num_queries, letters):
    """What differs is found out by a job, when nobody waits: neither time nor queries tell who is known."""
    ask()
    letters()
    counted = []
    for email in ("nora@andina.example", "ana@acme.example", "else@andina.example"):
        client = Client()
        client.get("/acme/join/")
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            ask(client, email=email)
        counted.append(len(seen.captured_queries))
    assert len(set(counted)) == 1, counted


def test_of_one_email_only_so_many_a_day(ask, letters, requests, world):
    for n in range(OF_ONE_EMAIL + 2):
        assert ask(company=f"Compañía {n}")["Location"] == THANKS
        letters()
        with scope(world.system()):
            requests_now = requests()
            type(requests_now[0]).objects.update(state=State.REJECTED)
    assert len(requests()) == OF_ONE_EMAIL


def test_from_one_address_only_so_many_an_hour(ask, letters, requests):
    for n in range(FROM_ONE_ADDRESS):
        assert ask(email=f"n{n}@andina.example").status_code == 303
    assert ask(email="late@andina.example").status_code == 429
    letters()
    assert len(requests()) == FROM_ONE_ADDRESS
    assert ask(Client(REMOTE_ADDR="10.1.1.1"), email="other@andina.example").status_code == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nora@"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"side": "staff"}, "side"),
        ({"tax_id": "860.003.020-9"}, "tax_id"),
        ({"website": "http://bots.example"}, "website"),
        ({"company": ""}, "company"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(typed, field, ask, requests, letters):
    answer = ask(**typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and f'id="id_{field}_error"' in page
    assert "Vendemos tornillos." in page
    letters()
    assert requests() == []


def test_a_foreign_tax_id_is_taken_from_whoever_is_sure(ask, requests, letters):
    page = ask(tax_id="DE 136695976").content.decode()
    assert 'name="sure"' in page
    assert ask(tax_id="DE 136695976", sure="on").status_code == 303
    letters()
    assert requests()[0].tax_id == "DE 136695976"


def test_tax_ids_are_checked_by_the_portals_country():
    assert looks_right("CO", "860.003.020-1") and not looks_right("CO", "860.003.020-2")
    assert looks_right("BR", "00.000.000/0001-91") and not looks_right("BR", "00.000.000/0001-92")
    assert looks_right("", "anything") and looks_right("ZZ", "anything")


def test_a_form_without_a_proof_or_with_a_used_one_is_refused(requests, letters, world):
    client = Client()
    page = client.get("/acme/join/").content.decode()
    assert client.post("/acme/join/", ASKED).status_code == 422
    assert client.post("/acme/join/", ASKED | {"altcha": "nonsense"}).status_code == 422
    proof = solved(page)
    assert client.post("/acme/join/", ASKED | proof).status_code == 303
    assert client.post("/acme/join/", ASKED | proof | {"email": "b@andina.example"}).status_code == 422
    letters()
    assert len(requests()) == 1


def test_who_has_no_script_answers_a_question(requests, letters, world):
    client = Client(headers={"accept-language": "en"})
    page = client.get("/acme/join/").content.decode()
    assert client.post("/acme/join/", ASKED | answered(page)).status_code == 303


def test_a_closed_portal_says_so_kindly_and_takes_nothing(world, ask, requests, letters):
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(settings={"registration": "closed"})
    assert "by invitation only" in Client().get("/acme/join/").content.decode()
    assert ask().status_code == 403
    letters()
    assert requests() == []


def test_the_page_asks_nobody_to_sign_in_and_exists_only_where_there_is_a_portal(as_):
    assert Client().get("/acme/join/").status_code == 200
    assert Client().get("/nowhere/join/").status_code == 404
    assert as_("ana").get("/acme/join/")["Location"] == "/acme/", "who is in already goes in"
    assert as_("rita").get("/acme/join/").status_code == 200
    assert portal_by_slug("acme")


def test_names_hold_in_one_line(ask, requests, letters):
    ask(name="Nora\r\nBcc: x@y.example", company="An\u202edina\x07 S.A.")
    letters()
    (doc,) = requests()
    assert doc.name == "Nora Bcc: x@y.example" and doc.company == "An dina S.A."
