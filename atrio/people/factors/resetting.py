"""Taking a second factor away from somebody who has lost all of it."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from atrio.core.actor import Actor

from ..access import portals_of
from ..accounts import happened, operated
from ..models import Membership, Session, User
from . import locks


class NotHere(Exception):
    """Why this administrator cannot do it, in words."""


@transaction.atomic
def reset_factors(user: User, *, by: Actor | None = None) -> int:
    """Everything that was a second factor goes, and with it every session; the person is told. By an administrator,
    or by an operator of the site."""
    gone, _kinds = Authenticator.objects.filter(user=user).delete()
    locks.passed(user)
    Session.objects.filter(user=user).delete()
    if by:
        happened(user, "factors_reset", by=by, origin=by.origin)
    else:
        operated(user, "factors_reset")
    return gone


def reset_by(actor: Actor, member: Membership) -> None:
    """By an administrator of a portal: never one's own, and only of people who belong to no other portal.

    A factor protects all places of its person. Whoever keeps one portal must not open the others."""
    if member.user_id == actor.user_id:
        raise NotHere(_("Your own second factor is changed in your profile."))
    if {place["slug"] for place in portals_of(member.user_id)} - {actor.portal.slug}:
        raise NotHere(_("This person belongs to other portals, too. Ask whoever operates this site."))
    if not Authenticator.objects.filter(user_id=member.user_id).exists():
        raise NotHere(_("This person has no second factor."))
    reset_factors(member.user, by=actor)
