"""Letting people in is as sensitive as changing them: whoever does it is asked first, and loses nothing typed."""

import pytest

from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.people.models import Membership
from atrio.testing.untouched import changed, marks

from ..models import AccessRequest, State
from . import maker
from .conftest import INVITED

HERE = "/acme/access_requests/"
ASKED = "/accounts/reauthenticate/?next=%2Faccounts%2Fcontinue%2F"


def made(world, state: State, **facts) -> AccessRequest:
    with scope(world.system()):
        return maker.make(world, world.portals.acme, world.partners.tornillos, f"AC-{state}", state, **facts)


def test_inviting_asks_and_what_was_typed_waits(world, as_, letters):
    ana, before = as_("ana", sure=False), marks(world.system())
    assert ana.get(f"{HERE}new/").status_code == 200, "to look costs nothing"
    assert (
        ana.post(f"{HERE}new/", INVITED | {"role": "partner:reader", "partners": "tornillos"}).headers["Location"]
        == ASKED
    )
    page = ana.get("/accounts/continue/").content.decode()
    assert INVITED["email"] in page and f'action="{HERE}new/"' in page
    assert not changed(before, marks(world.system())) and letters() == []


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (State.PENDING, "approve"),
        (State.NOT_INVITED, "invite"),
        (State.INVITED, "resend"),
        (State.ACTIVE, "deactivate"),
        (State.INACTIVE, "activate"),
    ],
)
def test_an_action_that_lets_in_or_shuts_out_asks(state, verb, world, as_, letters):
    doc = made(world, state)
    typed = {"partners": "tornillos", "role": "partner:reader", "reason": "R-1"}
    stale = as_("ana", sure=False)
    before = marks(world.system())
    asked = stale.post(f"{HERE}{doc.pk}/{verb}/", typed)
    assert asked.headers["Location"] == ASKED and not changed(before, marks(world.system())) and letters() == []
    assert as_("ana").post(f"{HERE}{doc.pk}/{verb}/", typed).status_code == 303


def test_a_companys_administrator_is_asked_too(world, as_, letters):
    asked = as_("tornillos", sure=False).post(f"{HERE}new/", INVITED | {"role": "partner:reader"})
    assert asked.headers["Location"] == ASKED and letters() == []


def test_many_at_once_ask_once_and_their_job_does_not(world, as_, letters):
    doc, stale = made(world, State.NOT_INVITED), as_("ana", sure=False)
    assert stale.post("/acme/invitations/send/", {"ids": [doc.pk]}).headers["Location"] == ASKED
    assert f'name="ids" value="{doc.pk}"' in stale.get("/accounts/continue/").content.decode() and letters() == []
    as_("ana").post("/acme/invitations/send/", {"ids": [doc.pk]})
    assert [letter.to for letter in letters()] == [[doc.email]]


def test_a_program_is_not_asked_for_a_password(world, client):
    """Whoever gave it the scope was."""
    doc = made(world, State.ACTIVE)
    with scope(world.system()):
        _key, text = keys.make(world.actor("ana"), "People", ["access_requests:act", "access_requests:read"])
    path = f"/acme/api/v1/access_requests/{doc.pk}/actions/deactivate"
    answer = client.post(path, {}, "application/json", headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 200, answer.content
    with scope(world.system()):
        assert not Membership.objects.get(user=doc.user).is_active
