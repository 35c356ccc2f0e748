"""What happens to an account outside of any portal is told in each of its person's portals."""

from collections.abc import Iterator

from atrio.core import events
from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope

from ..access import enter, portals_of
from ..models import Membership, User


def own_places(user: User) -> Iterator[Actor]:
    """The person's actor in each of its places."""
    for place in portals_of(user.pk):
        actor = enter(place["slug"], user, place["membership_id"])
        if actor is not None:
            yield actor


def tell(user: User, kind: str, facts: dict | None = None, origin: str = "") -> None:
    """An event of each membership, written by the portal and in the person's name."""
    for place in portals_of(user.pk):
        portal = portal_by_slug(place["slug"])
        if portal is None:
            continue
        itself = Actor.system(portal)
        with scope(itself):
            membership = Membership.objects.get(pk=place["membership_id"])
            by = Actor(portal, user.name, itself.audiences, user_id=user.pk, origin=origin)
            events.record(by, membership, kind, facts, internal=True)
