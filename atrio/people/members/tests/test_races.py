"""Two administrators at once, each taking away the other's rights: one wins, and the portal keeps one."""

import os
from dataclasses import replace

import pytest

from atrio.core.actions import NotNow
from atrio.core.scope import scope
from atrio.people.access import enter
from atrio.people.access_requests import actions as requests
from atrio.people.access_requests.models import AccessRequest, Kind, State
from atrio.people.members import actions
from atrio.people.models import Membership, Role
from atrio.testing.race import arena
from atrio.testing.world import World, known

from .people import join, place_of, role


@pytest.fixture
def ring(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock(), arena(f"atrio_rights_{worker_id}_{os.getpid()}") as made:
        yield made


def administrators(world: World) -> int:
    with scope(world.system()):
        having = Membership.objects.filter(partner=None, is_active=True, role__permissions__contains=["*"])
        return having.count()


def invitation(world: World, member: Membership) -> AccessRequest:
    with scope(world.system()):
        facts = {"name": "x", "email": member.user.email, "role": member.role, "user": member.user}
        doc = requests.new_one(member.portal_id, Kind.INVITATION, State.ACTIVE, **facts)
        doc.save()
        return doc


@pytest.mark.parametrize("verb", ["demote", "deactivate", "both", "invited"])
def test_of_two_who_remove_each_other_one_wins(ring, verb):
    world = ring.do(known)
    second = ring.do(lambda: join(world, "second", role(world, "staff", "administrator")))
    first = ring.do(lambda: place_of(world, "ana"))
    reader = ring.do(lambda: role(world, "staff", "reader"))
    entered = {one.pk: ring.do(lambda one=one: enter("acme", one.user)) for one in (first, second)}
    actors = {pk: replace(actor, sure=True) for pk, actor in entered.items()}

    came = {one.pk: ring.do(lambda one=one: invitation(world, one)) for one in (first, second)}

    def against(mine: Membership, theirs: Membership, demotes: bool):
        def strike():
            with scope(actors[mine.pk]):
                if verb == "invited":  # the same by the page of the invitation that somebody came by
                    return requests.deactivate(actors[mine.pk], came[theirs.pk], reason="")
                if demotes:
                    return actions.change_role(actors[mine.pk], theirs, reader)
                return actions.deactivate(actors[mine.pk], theirs)

        return strike

    def hold() -> None:
        from atrio.people.granting import alone

        alone(world.system())

    strikes = (against(first, second, verb not in ("deactivate", "invited")), against(second, first, verb == "demote"))
    ended = ring.collide(hold, *strikes)
    assert sorted(isinstance(one, NotNow) for one in ended) == [False, True], ended
    assert ring.do(lambda: administrators(world)) == 1
    assert ring.do(lambda: Role.objects.count()) == 0, "no scope, no rows: the arena is guarded, too"
