"""From whom a provider vouches for to an account: bound to its subject, inside of its company and nowhere else."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from atrio.core.actor import Actor, PortalFacts
from atrio.core.scope import scope

from ..accounts import happened, with_email
from ..models import Membership, User
from .models import Identity, IdentityProvider
from .oidc import Vouched


class NotOurs(Exception):
    """This provider may not speak for this person."""


class AccountElsewhere(Exception):
    """The address has an account already: its owner signs in there first, and links."""


def place_of(provider: IdentityProvider, user: User) -> Membership | None:
    """The person's place in the provider's company; deactivated ones are found, too, and stay shut."""
    mine = Membership.objects.filter(portal_id=provider.portal_id, user=user, partner_id=provider.partner_id)
    return mine.select_related("user").first()


def check_address(provider: IdentityProvider, vouched: Vouched) -> None:
    """The provider speaks only for verified addresses of its company's own domains."""
    try:
        validate_email(vouched.email)
    except ValidationError as problem:
        raise NotOurs("no address") from problem
    if not vouched.verified:
        raise NotOurs("an address that nobody verified")
    if vouched.email.rpartition("@")[2] not in provider.domains:
        raise NotOurs("an address of another domain")


def _bound(provider: IdentityProvider, subject: str) -> Identity | None:
    return Identity.objects.select_related("user").filter(provider=provider, subject=subject).first()


def _bind(provider: IdentityProvider, user: User, subject: str) -> None:
    Identity.objects.create(
        portal_id=provider.portal_id, provider=provider, user=user, subject=subject, used_at=timezone.now()
    )


def _admitted(place: Membership | None) -> Membership:
    if place is None or not place.is_active or not place.user.is_active:
        raise NotOurs("no open place in this company")
    return place


def join(portal: PortalFacts, provider: IdentityProvider, vouched: Vouched, origin: str = "") -> Membership:
    """The place that opens: of the bound account, of a colleague's with this address, or of a new account."""
    with scope(Actor.system(portal)):
        _one_at_a_time(provider)
        known = _bound(provider, vouched.subject)
        if known:
            Identity.objects.filter(pk=known.pk).update(used_at=timezone.now())
            return _admitted(place_of(provider, known.user))
        check_address(provider, vouched)
        user = with_email(vouched.email)
        if user is None:
            return _new(portal, provider, vouched)
        place = place_of(provider, user)
        if place is None:
            raise AccountElsewhere
        _bind(provider, _admitted(place).user, vouched.subject)
    happened(user, "provider_linked", {"provider": provider.name}, origin=origin)
    return place


def _one_at_a_time(provider: IdentityProvider) -> None:
    """Of one person who comes twice at once, the second finds the account of the first."""
    IdentityProvider.objects.select_for_update().get(pk=provider.pk)


def _new(portal: PortalFacts, provider: IdentityProvider, vouched: Vouched) -> Membership:
    name = vouched.name or vouched.email.partition("@")[0]
    user = User.objects.create_user(vouched.email, None, name=name)
    place = Membership.objects.create(
        portal_id=portal.id, user=user, partner_id=provider.partner_id, role_id=provider.role_id
    )
    _bind(provider, user, vouched.subject)
    return place


@transaction.atomic
def link(portal: PortalFacts, provider: IdentityProvider, vouched: Vouched, user: User, origin: str = "") -> None:
    """Somebody who is signed in takes the company's sign-in for its own account, and a place in that company."""
    with scope(Actor.system(portal)):
        _one_at_a_time(provider)
        check_address(provider, vouched)
        if _bound(provider, vouched.subject):
            raise NotOurs("bound to an account already")
        place = place_of(provider, user)
        if place is None:
            fields = {"partner_id": provider.partner_id, "role_id": provider.role_id}
            place = Membership.objects.create(portal_id=portal.id, user=user, **fields)
        _bind(provider, _admitted(place).user, vouched.subject)
    happened(user, "provider_linked", {"provider": provider.name}, origin=origin)
