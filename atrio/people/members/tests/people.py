"""More people than the world has, for tests about people."""

from django.test import Client

from atrio.core.scope import scope
from atrio.people.models import Membership, Role, User
from atrio.testing.sudo import sudo
from atrio.testing.world import PASSWORD, World


def own_role(world: World, side: str, name: str, *permissions: str, slug: str = "acme") -> Role:
    with scope(world.system(slug)):
        portal_id = getattr(world.portals, slug).id
        return Role.objects.create(portal_id=portal_id, audience=side, name=name, permissions=list(permissions))


def role(world: World, side: str, name: str, slug: str = "acme") -> Role:
    with scope(world.system(slug)):
        return Role.objects.get(portal_id=getattr(world.portals, slug).id, audience=side, name=name)


def join(world: World, who: str, given: Role, partner: str = "") -> Membership:
    """Somebody new in acme, on the staff or with a partner."""
    with scope(world.system()):
        user = User.objects.create_user(f"{who}@acme.example", PASSWORD, name=who.capitalize())
        place = getattr(world.partners, partner) if partner else None
        return Membership.objects.create(portal_id=given.portal_id, user=user, partner=place, role=given)


def place_of(world: World, who: str) -> Membership:
    with scope(world.system(world.home[who])):
        return Membership.objects.select_related("role").get(user=world.people[who])


def again(world: World, member: Membership) -> Membership:
    with scope(world.system()):
        return Membership.objects.select_related("role").get(pk=member.pk)


def browser(user: User, *, shown: bool = True) -> Client:
    """Somebody signed in; `shown` once more, too, that it is really this person."""
    client = Client()
    client.force_login(user)
    return sudo(client) if shown else client
