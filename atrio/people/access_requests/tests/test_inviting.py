"""Who may invite whom, and what becomes of people whose place is closed."""

from dataclasses import replace

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from atrio.core import mail
from atrio.core.actions import NotNow
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.people.access import enter
from atrio.people.models import Membership, Role, Session, User

from .. import actions
from ..models import AccessRequest, State
from .conftest import INVITED, NEW, link_in

HERE = "/acme/access_requests/"


def test_a_companys_administrator_invites_into_it_and_sees_it(world, as_, letters, requests):
    answer = as_("tornillos").post(f"{HERE}new/", INVITED | {"role": "partner:reader"})
    assert answer.status_code == 303
    (letter,) = letters()
    assert "Tornillos Ñandú" in letter.body
    (doc,) = requests()
    assert (doc.state, doc.partner_id) == (State.INVITED, world.partners.tornillos.pk)
    assert doc.number in as_("tornillos").get(HERE).content.decode()
    assert "<dd>Español</dd>" in as_("tornillos").get(f"{HERE}{doc.pk}/").content.decode(), "not “es”"
    assert Client().post(link_in(letter), NEW).status_code == 303
    with scope(world.system()):
        place = Membership.objects.select_related("role").get(user__email="nora@andina.example")
    assert (place.partner_id, place.role.name) == (world.partners.tornillos.pk, "reader")
    for who in ("aceros", "bodega", "mixta", "rita"):
        assert as_(who).get(f"{HERE}{doc.pk}/").status_code == 404, who


@pytest.mark.parametrize("into", ["aceros", "tornillos, aceros", "bodega"])
def test_nobody_invites_into_another_company(into, world, as_, requests, letters):
    """What they send of companies is not even read: it is their own, or nothing."""
    as_("tornillos").post(f"{HERE}new/", INVITED | {"role": "partner:reader", "partners": into})
    with scope(world.system()):
        linked = set(AccessRequest.objects.values_list("links__partner__code", flat=True))
    assert linked <= {"tornillos"}
    assert all("@andina" in one.to[0] for one in letters())


@pytest.mark.parametrize(
    "role", ["staff:administrator", "staff:reader", "partner:chief", "partner:everything", "", "x"]
)
def test_nobody_gives_more_than_they_have(role, world, as_, requests, letters):
    with scope(world.system()):
        common = {"portal_id": world.portals.acme.id, "audience": "partner"}
        Role.objects.create(**common, name="chief", permissions=["supplier_invoices.view", "audit.view"])
        Role.objects.create(**common, name="everything", permissions=["*"])
    answer = as_("tornillos").post(f"{HERE}new/", INVITED | {"role": role})
    assert answer.status_code == 422 and 'id="id_role_error"' in answer.content.decode()
    assert requests() == [] and letters() == []


def test_staff_give_no_staff_role_above_their_own(world, as_, requests, letters):
    with scope(world.system()):
        mine = [*world.actor("clara").permissions, "access_requests.invite", "access_requests.decide"]
        role = Role.objects.create(portal_id=world.portals.acme.id, audience="staff", name="inviter", permissions=mine)
        Membership.objects.filter(user=world.people["clara"]).update(role=role)
    above = as_("clara").post(f"{HERE}new/", INVITED | {"role": "staff:administrator", "partners": ""})
    assert above.status_code == 422 and requests() == []
    assert as_("clara").post(f"{HERE}new/", INVITED | {"role": "staff:reader", "partners": ""}).status_code == 303
    assert (
        as_("clara").post(f"{HERE}new/", INVITED | {"role": "staff:inviter", "email": "b@andina.example"}).status_code
        == 303
    )


def test_a_role_given_by_the_host_is_not_sent_again_by_who_may_not_give_it(world, as_, letters, requests):
    with scope(world.system()):
        common = {"portal_id": world.portals.acme.id, "audience": "partner"}
        Role.objects.create(**common, name="chief", permissions=["audit.view"])
    as_("ana").post(f"{HERE}new/", INVITED | {"role": "partner:chief", "partners": "tornillos"})
    letters()
    (doc,) = requests()
    assert as_("tornillos").post(f"{HERE}{doc.pk}/resend/").status_code == 403 and letters() == []


def test_readers_of_a_company_neither_see_nor_invite(world, as_, letters, requests):
    as_("ana").post(f"{HERE}new/", INVITED | {"role": "partner:reader", "partners": "tornillos"})
    link = link_in(letters()[0])
    nora = Client()
    nora.post(link, NEW)
    (doc,) = requests()
    assert nora.get(HERE).status_code == 404
    assert nora.get(f"{HERE}{doc.pk}/").status_code == 404
    assert (
        nora.post(f"{HERE}new/", INVITED | {"email": "x@andina.example", "role": "partner:reader"}).status_code == 404
    )
    assert "Access requests" not in nora.get("/acme/").content.decode()


def test_nobody_is_invited_twice_into_the_same_place(as_, requests, letters):
    typed = INVITED | {"role": "partner:reader", "partners": "tornillos"}
    assert as_("ana").post(f"{HERE}new/", typed).status_code == 303
    letters()
    for sent in (typed, typed | {"email": "NORA@andina.example"}, typed | {"email": "tornillos@acme.example"}):
        answer = as_("ana").post(f"{HERE}new/", sent)
        assert answer.status_code == 409 and 'id="id_email_error"' in answer.content.decode()
    assert as_("ana").post(f"{HERE}new/", typed | {"partners": "aceros"}).status_code == 303
    assert len(requests()) == 2 and len(letters()) == 1


def test_where_no_mail_can_leave_nobody_is_invited(world, as_, monkeypatch, requests, letters):
    as_("ana").post(f"{HERE}new/", INVITED | {"role": "partner:reader", "partners": "tornillos"})
    letters()
    monkeypatch.setattr(mail, "can_send", lambda portal: False, raising=False)
    (doc,) = requests()
    for url in ("new/", f"{doc.pk}/resend/"):
        typed = INVITED | {"email": "b@andina.example", "role": "partner:reader", "partners": "aceros"}
        answer = as_("ana").post(f"{HERE}{url}", typed)
        assert answer.status_code == 409 and "cannot send e-mail yet" in answer.content.decode()
    assert "/acme/settings/mail/" in as_("ana").get("/acme/invitations/load/").content.decode()
    assert len(requests()) == 1 and letters() == []


# --- closing a place ------------------------------------------------------------------------------------------------


@pytest.fixture
def nora(as_, letters, requests):
    """Somebody who was invited into Tornillos, is in, and has a browser open."""
    as_("ana").post(f"{HERE}new/", INVITED | {"role": "partner:administrator", "partners": "tornillos"})
    browser = Client()
    assert browser.post(link_in(letters()[0]), NEW).status_code == 303
    return browser, requests()[0]


@pytest.mark.parametrize("by", ["ana", "tornillos"])
def test_a_closed_place_ends_the_session_at_once(by, world, as_, nora):
    browser, doc = nora
    assert browser.get("/acme/purchase_orders/").status_code == 200
    assert as_(by).post(f"{HERE}{doc.pk}/deactivate/", {"reason": "Ya no trabaja allí."}).status_code == 303
    for method in ("get", "post"):
        answer = getattr(browser, method)("/acme/purchase_orders/")
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    assert not Session.objects.filter(user__email=doc.email).exists()
    with scope(world.system()):
        doc.refresh_from_db()
    assert doc.state == State.INACTIVE
    again = Client()
    again.force_login(User.objects.get(email=doc.email))
    assert again.get("/acme/").status_code == 404, "signing in again opens nothing here"
    assert as_(by).post(f"{HERE}{doc.pk}/activate/").status_code == 303
    assert again.get("/acme/").status_code == 200


def test_who_has_a_place_elsewhere_stays_signed_in_there(world, as_, letters, requests):
    typed = INVITED | {"email": "mercado@acme.example", "role": "partner:reader", "partners": "tornillos"}
    as_("ana").post(f"{HERE}new/", typed)
    browser = as_("mercado")
    browser.post(link_in(letters()[0]))
    (doc,) = requests()
    assert as_("ana").post(f"{HERE}{doc.pk}/deactivate/", {"reason": ""}).status_code == 303
    page = browser.get("/acme/")
    assert page.status_code == 200 and "Tornillos" not in page.content.decode() and SESSION_KEY in browser.session


def test_another_company_closes_nobodys_place(as_, nora, world):
    browser, doc = nora
    for who in ("aceros", "rita", "bodega"):
        assert as_(who).post(f"{HERE}{doc.pk}/deactivate/", {"reason": ""}).status_code == 404
    assert as_("clara").post(f"{HERE}{doc.pk}/deactivate/", {"reason": ""}).status_code == 403
    assert browser.get("/acme/").status_code == 200


def test_nobody_closes_a_place_whose_role_they_could_not_give(as_, nora, world):
    """Also when the host raised it after the invitation."""
    browser, doc = nora
    with scope(world.system()):
        common = {"portal_id": world.portals.acme.id, "audience": "partner"}
        chief = Role.objects.create(**common, name="chief", permissions=["audit.view"])
        Membership.objects.filter(user__email=doc.email).update(role=chief)
    assert as_("tornillos").post(f"{HERE}{doc.pk}/deactivate/", {"reason": ""}).status_code == 403
    assert browser.get("/acme/").status_code == 200
    with scope(world.system()):
        doc.refresh_from_db()
    assert doc.state == State.ACTIVE


def test_nobody_closes_the_own_place(nora, world):
    browser, doc = nora
    assert browser.post(f"{HERE}{doc.pk}/deactivate/", {"reason": ""}).status_code == 409
    assert browser.get("/acme/").status_code == 200


def test_the_last_administrator_stays(world, as_, letters, requests):
    """Two who close each other's place at the same moment: each was admitted before the other's was closed."""
    for email in ("nora@andina.example", "omar@andina.example"):
        as_("ana").post(f"{HERE}new/", INVITED | {"email": email, "role": "staff:administrator", "partners": ""})
        Client().post(link_in(letters()[0]), NEW)
    docs = requests()
    nora, omar = (replace(enter("acme", doc.user), sure=True) for doc in docs)
    with scope(world.system()):
        Membership.objects.filter(user=world.people["ana"]).update(is_active=False)
    with scope(nora):
        actions.deactivate(nora, docs[1], reason="")
    with scope(omar), pytest.raises(NotNow, match="last administrator"):
        actions.deactivate(omar, docs[0], reason="")
    with scope(world.system()):
        assert Membership.objects.get(user=docs[0].user).is_active
        assert AccessRequest.objects.get(pk=docs[0].pk).state == State.ACTIVE


def test_keys_that_stop_with_the_person_are_named_and_may_be_taken_over(world, as_, letters, requests):
    as_("ana").post(f"{HERE}new/", INVITED | {"role": "staff:administrator", "partners": ""})
    Client().post(link_in(letters()[0]), NEW)
    (doc,) = requests()
    nora = enter("acme", doc.user)
    with scope(world.system()):
        keys.make(world.actor("ana"), "another", ["partners:read"])
        made, _text = keys.make(nora, "<b>nightly", ["partners:read"])
    page = as_("ana").get(f"{HERE}{doc.pk}/deactivate/").content.decode()
    assert "&lt;b&gt;nightly" in page and "another" not in page and 'name="take_over"' in page
    assert as_("ana").post(f"{HERE}{doc.pk}/deactivate/", {"reason": "", "take_over": "on"}).status_code == 303
    with scope(world.system()):
        made.refresh_from_db()
    assert made.made_by_id == world.people["ana"].pk
