"""All partners with an e-mail become invitations; what is in doubt is left out; then they leave, each once."""

import pytest

from atrio.core import search
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.testing import jobs as queue

from .. import sending
from ..models import AccessRequest, InvitationBatch, Kind, State

LOAD = "/acme/invitations/load/"
SEND = "/acme/invitations/send/"
TYPED = {"side": "both", "role": "partner:administrator"}


@pytest.fixture
def partners(world):
    """`partners(a=…)` gives partners e-mails."""

    def set_emails(**emails: str) -> None:
        with scope(world.system()):
            for code, email in emails.items():
                Partner.objects.filter(code=code).update(email=email)

    return set_emails


@pytest.fixture
def loaded(partners, as_, requests):
    partners(tornillos="ventas@tornillos.example", aceros="ventas@aceros.example", bodega="compras@bodega.example")
    assert as_("ana").post(LOAD, TYPED).status_code == 303
    return requests()


def test_partners_with_an_email_become_invitations_that_wait(loaded, letters, world):
    assert {(d.email, d.kind, d.state) for d in loaded} == {
        (email, Kind.INVITATION, State.NOT_INVITED)
        for email in ("ventas@tornillos.example", "ventas@aceros.example", "compras@bodega.example")
    }
    assert {d.partner.code for d in loaded} == {"tornillos", "aceros", "bodega"}
    assert letters() == [], "nothing is sent until somebody says so"


def test_loading_again_makes_none_twice(loaded, as_, requests):
    assert as_("ana").post(LOAD, TYPED).status_code == 303
    assert len(requests()) == 3


@pytest.mark.parametrize(("side", "codes"), [("supplier", {"tornillos", "mixta"}), ("customer", {"bodega", "mixta"})])
def test_one_side_alone_can_be_loaded(side, codes, partners, as_, requests):
    partners(tornillos="a@a.example", bodega="b@b.example", mixta="c@c.example")
    as_("ana").post(LOAD, TYPED | {"side": side})
    assert {d.partner.code for d in requests()} == codes


def test_what_is_in_doubt_is_shown_and_left_out(partners, as_, requests):
    partners(tornillos="uno@dos.example", aceros="UNO@dos.example", bodega="bueno@bodega.example", norte="no-es-correo")
    partners(mercado="ana@acme.example", mixta="bodega@acme.example")
    page = as_("ana").get(LOAD).content.decode()
    assert "Several companies have this e-mail." in page and "This is not an e-mail address." in page
    assert page.count("belongs to somebody of another company or of our staff") == 2
    as_("ana").post(LOAD, TYPED)
    assert [d.email for d in requests()] == ["bueno@bodega.example"], "the rest is loaded"
    partners(aceros="dos@dos.example")
    as_("ana").post(LOAD, TYPED)
    assert {d.email for d in requests()} == {"bueno@bodega.example", "uno@dos.example", "dos@dos.example"}, "mended"


def test_an_account_of_another_portal_is_not_told_of(partners, as_):
    partners(tornillos="rita@rival.example")
    page = as_("ana").get(LOAD).content.decode()
    assert "rita@rival.example" in page and "belongs to somebody" not in page


def test_looking_loads_nothing_and_wrong_choices_are_said(partners, as_, requests):
    partners(tornillos="a@a.example")
    assert as_("ana").get(LOAD, {"side": "supplier", "role": "partner:reader"}).status_code == 200
    for typed in ({"side": "x"}, {"role": "staff:reader"}, {"role": ""}):
        assert as_("ana").post(LOAD, TYPED | typed).status_code == 422
        assert as_("ana").get(LOAD, TYPED | typed).status_code == 422
    assert requests() == []


@pytest.mark.parametrize(("who", "status"), [("clara", 403), ("tornillos", 404), ("nadie", 403), ("rita", 404)])
def test_only_who_may_invite_loads_and_sends(who, status, as_, requests, letters, partners):
    partners(tornillos="a@a.example")
    assert as_(who).get(LOAD).status_code == as_(who).post(LOAD, TYPED).status_code == status
    assert as_(who).post(SEND, {"all": "1"}).status_code == status
    assert requests() == [] and letters() == []


# --- sending --------------------------------------------------------------------------------------------------------


def test_those_ticked_are_invited_and_no_others(loaded, as_, letters, requests):
    ticked = [d.pk for d in loaded if d.partner.code != "aceros"]
    answer = as_("ana").post(SEND, {"ids": ticked})
    assert answer.status_code == 303
    assert "0 of 2" in as_("ana").get(answer["Location"]).content.decode()
    assert sorted(one.to[0] for one in letters()) == ["compras@bodega.example", "ventas@tornillos.example"]
    assert "2 of 2" in as_("ana").get(answer["Location"]).content.decode()
    assert {d.email for d in requests() if d.state == State.NOT_INVITED} == {"ventas@aceros.example"}


def test_nobody_is_invited_twice_however_often_it_is_asked(loaded, as_, letters, world):
    for _impatient in range(3):
        as_("ana").post(SEND, {"all": "1"})
    assert len(letters()) == 3
    as_("ana").post(SEND, {"ids": [d.pk for d in loaded]})
    assert letters() == []
    with scope(world.system()):
        assert Event.objects.filter(doctype="access_requests", kind="invite").count() == 3


def test_a_killed_worker_leaves_the_rest_to_the_next(loaded, as_, letters, monkeypatch, world, requests):
    """Killed in the middle of the second: the first stays sent, the second was not, and all are sent once."""
    as_("ana").post(SEND, {"all": "1"})
    calls, real = [], sending.actions.invite.body

    def dying(actor, doc):
        real(actor, doc)
        calls.append(doc.pk)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with scope(world.system()):
        batch = InvitationBatch.objects.get()
    object.__setattr__(sending.actions.invite, "body", dying)
    try:
        with pytest.raises(KeyboardInterrupt):
            while sending.send_one(world.portals.acme.id, batch.pk):
                pass
    finally:
        object.__setattr__(sending.actions.invite, "body", real)
    assert [d.state for d in requests()].count(State.INVITED) == 1
    sent = letters()  # the job runs again
    assert sorted(one.to[0] for one in sent) == sorted(d.email for d in loaded)


def test_what_cannot_be_sent_says_why_and_stops_nothing(loaded, as_, letters, world, requests):
    with scope(world.system()):
        other = next(d for d in loaded if d.partner.code == "aceros")
        tokens = search.tokens(world.portals.acme.id, numbers=("X-1",))
        twin = {"number": "X-1", "external_id": "X-1", "kind": "I", "state": State.INVITED, "search": tokens}
        doc = AccessRequest.objects.create(
            portal_id=world.portals.acme.id, email=other.email, partner=other.partner, role=other.role, **twin
        )
        doc.links.create(portal_id=doc.portal_id, partner=other.partner)
    answer = as_("ana").post(SEND, {"all": "1"})
    assert len(letters()) == 2
    page = as_("ana").get(answer["Location"]).content.decode()
    assert "2 of 3" in page and "There is an invitation for this e-mail already." in page
    assert "hx-trigger" not in page.split('id="progress"')[1].split(">")[0], "it is over"
    assert "ventas@aceros.example" in as_("ana").get("/acme/access_requests/?unsent=1").content.decode()


def test_ids_of_others_and_nonsense_are_nobody(loaded, as_, letters, world):
    with scope(world.system("rival")):
        pass
    for ids in (["x"], ["²"], ["9" * 30], ["-1"], [], ["999999"]):
        answer = as_("ana").post(SEND, {"ids": ids})
        assert answer.status_code == 303 and "/access_requests/" in answer["Location"]
    assert as_("rita").post("/rival/invitations/send/", {"ids": [d.pk for d in loaded]}).status_code == 303
    assert queue.run_all() == 0 or letters() == []
