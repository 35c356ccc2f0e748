"""Whose account a typed name is, and how what happens to it is told in the portals that the person belongs to."""

from collections.abc import Iterator
from dataclasses import replace

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import translation

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope

from .. import letters
from ..access import SHIPPED, portals_of
from ..models import Membership, User
from . import tries
from .models import KnownDevice


def account_of(login: str) -> User | None:
    """The account of a user name or e-mail, in one query whether there is one or not."""
    asked = login.strip().lower()
    known = User.objects.alias(by_mail=Lower("email"), by_name=Lower("username"))
    found = list(known.filter(Q(by_mail=asked) | Q(by_name=asked)))
    return next((one for one in found if one.email.lower() == asked), found[0] if found else None)


def portals(user: User) -> Iterator[tuple[PortalFacts, int]]:
    """Each place of a person: the portal, and the membership's id."""
    for place in portals_of(user.pk):
        if portal := portal_by_slug(place["slug"]):
            yield portal, place["membership_id"]


def record(user: User, kind: str, facts: dict | None = None, address: str = "") -> None:
    """Write down what happened to an account, in every portal where its person is."""
    for portal, membership_id in portals(user):
        actor = replace(Actor.system(portal), name=user.name or user.email, user_id=user.pk, origin=address)
        with scope(actor):
            events.record(actor, Membership.objects.get(pk=membership_id), kind, facts)


def language_of(user: User, portal: PortalFacts) -> str:
    return SHIPPED.get(user.language or portal.language.lower().replace("_", "-"), "es")


def write(user: User, make_letter, preferred: str = "") -> bool:
    """A letter under the name of the portal that the person was at, or of the first of its own.

    `make_letter()` is asked in the reader's language."""
    places = [portal for portal, _membership in portals(user)]
    portal = next((one for one in places if one.slug == preferred), places[0] if places else None)
    if portal is None:
        return False
    language = language_of(user, portal)
    with translation.override(language):
        letters.send(portal, user.email, user.name, language, make_letter())
    return True


def unlock(user: User) -> None:
    """Let somebody try again at once, as an operator does who has made sure of who asks."""
    devices = KnownDevice.objects.filter(user=user).values_list("pk", flat=True)
    tries.clear(tries.ACCOUNT, f"account {user.pk}", *(f"account {user.pk} {pk}" for pk in devices))
    tries.clear(tries.RECOVERED, user.email.lower())
