"""The rules of deciding and inviting, each shown by what it refuses; and two who do the same at once."""

import os
from functools import partial

import pytest

from atrio.core import numbering
from atrio.core.actions import NotNow
from atrio.core.models import Sequence
from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.people import links
from atrio.people.members.tests.people import browser, join, own_role, role
from atrio.testing.race import _until_waiting, arena
from atrio.testing.untouched import changed, marks
from atrio.testing.world import known

from .. import actions, inviting
from ..models import AccessRequest, State
from . import maker
from .conftest import INVITED, link_in

NORA, HERE = "nora@andina.example", "/acme/access_requests/"
SEES, INVITES, DECIDES = (f"access_requests.{verb}" for verb in ("view", "invite", "decide"))


def written(world, state: str, number: str = "AC-1", **facts) -> AccessRequest:
    with scope(world.system()):
        return maker.make(world, world.portals.acme, world.partners.tornillos, number, state, **facts)


def test_who_may_invite_decides_nothing(world):
    inviter = join(world, "inviter", own_role(world, "staff", "inviter", SEES, INVITES))
    doc, client, before = written(world, State.PENDING), browser(inviter.user), marks(world.system())
    typed = {"partners": "tornillos", "role": "partner:reader", "reason_code": "unknown"}
    for verb in ("approve", "connect", "reject"):
        assert client.post(f"{HERE}{doc.pk}/{verb}/", typed).status_code == 403, verb
    assert not changed(before, marks(world.system()), but=("account", "session"))


def test_nobody_is_approved_into_a_place_that_is_taken(world, as_):
    doc = written(world, State.PENDING, email="tornillos@acme.example")
    answer = as_("ana").post(f"{HERE}{doc.pk}/approve/", {"partners": "tornillos", "role": "partner:reader"})
    assert answer.status_code == 409 and "has a place here already" in answer.content.decode()
    answer = as_("ana").post(f"{HERE}{doc.pk}/approve/", {"partners": "aceros", "role": "partner:reader"})
    assert answer.status_code == 303


def test_nobody_is_invited_without_a_role_nor_with_one_above_the_inviters(world, as_):
    none = written(world, State.NOT_INVITED, "AC-1", role=None)
    answer = as_("ana").post(f"{HERE}{none.pk}/invite/")
    assert answer.status_code == 409 and "with which role" in answer.content.decode()
    above = written(world, State.NOT_INVITED, "AC-2")  # its role is a partner's administrator
    chief = join(world, "chief", own_role(world, "partner", "narrow", SEES, INVITES), "tornillos")
    assert browser(chief.user).post(f"{HERE}{above.pk}/invite/").status_code == 403
    with scope(world.system()):
        assert set(AccessRequest.objects.values_list("state", flat=True)) == {State.NOT_INVITED}


def test_a_company_that_is_closed_is_no_choice(world, as_):
    with scope(world.system()):
        Partner.objects.filter(code="tornillos").update(is_active=False)
    typed = INVITED | {"partners": "tornillos", "role": "partner:reader"}
    answer = as_("ana").post(f"{HERE}new/", typed)
    assert answer.status_code == 422 and 'id="id_partners_error"' in answer.content.decode()


def test_revoking_voids_the_link_itself(as_, letters, requests):
    as_("ana").post(f"{HERE}new/", INVITED | {"role": "partner:reader", "partners": "tornillos"})
    (doc,), secret = requests(), link_in(letters()[0]).strip("/").split("-", 1)[1]
    assert links.look(inviting.purpose(doc.pk), secret)
    as_("ana").post(f"{HERE}{doc.pk}/revoke/")
    assert links.look(inviting.purpose(doc.pk), secret) is None


@pytest.mark.parametrize("verb", ["create", "approve", "invite"])
def test_of_two_who_bring_the_same_person_in_at_once_one_does(verb, django_db_setup, django_db_blocker):
    """Each looks for what is there already, finds nothing, and adds: so they stand in line."""

    def prepared():
        world, given = known(), role(known(), "partner", "reader")
        state = {"approve": State.PENDING, "invite": State.EXPIRED}.get(verb)
        docs = [written(world, state, f"AC-{n}", email=NORA) for n in ((1, 2) if verb == "invite" else (1,)) if state]
        with scope(world.system()):
            numbering.next_number(world.portals.acme.id, "access_requests", "AC-{:06d}")
        return world, given, docs

    with django_db_blocker.unblock(), arena(f"atrio_rules_{os.getpid()}") as ring:
        world, given, docs = ring.do(prepared)
        ana = world.actor("ana")
        typed = {"partners": [world.partners.tornillos], "role": given}
        facts = {"name": "Nora", "email": NORA, "phone": "", "language": "es"}
        create = partial(actions.create, ana, None, **facts, **typed)
        strikes = {
            "create": (create, create),
            "approve": (create, lambda: _until_waiting(1, []) or actions.approve(ana, docs[0], **typed)),
            "invite": (lambda: actions.invite(ana, docs[0]), lambda: actions.invite(ana, docs[1])),
        }[verb]

        def within(strike):
            with scope(ana):
                return strike()

        def hold() -> None:
            """For an approval, what only the other needs, once it has looked: then only the line is between them."""
            if verb == "approve":
                with scope(ana):
                    Sequence.objects.select_for_update().get(name="access_requests")
            else:
                inviting.alone(ana.portal.id)

        ended = ring.collide(hold, *(partial(within, one) for one in strikes))
        assert sorted(isinstance(one, NotNow) for one in ended) == [False, True], ended
