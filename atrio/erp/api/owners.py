"""Whose keys are: a key answers for what its maker may, so it stops with its maker, until somebody takes it over."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from atrio.core import events
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor
from atrio.people.models import Membership

from ..models import ApiKey
from .scopes import grantable

MANAGE = "api_keys.manage"
TITLE = gettext_lazy("API keys")
TELLS = {
    "key_made": gettext_lazy("API key made"),
    "key_revoked": gettext_lazy("API key revoked"),
    "key_taken_over": gettext_lazy("API key taken over"),
}


def tell(actor: Actor, key: ApiKey, kind: str, **facts) -> None:
    events.record(actor, key, kind, {"name": key.name, "prefix": key.prefix, **facts}, internal=True)


def with_owners(keys: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    """Each with `stopped`: whether its maker has no place on the staff any more. Keys made by command have no maker.

    The database asks the same of each call (functions.sql)."""
    places = Membership.objects.filter(portal_id=OuterRef("portal_id"), user_id=OuterRef("made_by_id"), partner=None)
    there = Exists(places.filter(is_active=True, user__is_active=True))
    return keys.annotate(stopped=Q(made_by__isnull=False) & ~there)


def _in_force(portal_id: int) -> QuerySet[ApiKey]:
    current = ApiKey.objects.filter(portal_id=portal_id, revoked_at=None).exclude(expires_at__lt=timezone.now())
    return current.order_by("name", "pk")


def made_by(portal_id: int, user_id: int) -> list[str]:
    """The keys in force that somebody made; within the portal's scope."""
    return list(_in_force(portal_id).filter(made_by=user_id).values_list("name", flat=True))


def take_over(actor: Actor, key: ApiKey) -> None:
    """From now on the actor answers for it; nobody answers for more than it may itself."""
    held = ApiKey.objects.select_for_update().get(pk=key.pk)
    found = with_owners(_in_force(actor.portal.id)).filter(pk=held.pk, stopped=True).first()
    if found is None:
        raise NotNow(_("This key is revoked, has ended, or works already."))
    if not _may(actor, found):
        raise Refused(MANAGE)
    found.made_by_id, found.created_by = actor.user_id, actor.name[:120]
    found.save(update_fields=["made_by", "created_by"])
    tell(actor, found, "key_taken_over", **{"from": held.created_by, "to": found.created_by})


def take_over_from(actor: Actor, user_id: int) -> None:
    """All that somebody leaves behind, as far as the actor may what they may; the others stay stopped."""
    for key in _in_force(actor.portal.id).filter(made_by=user_id):
        if _may(actor, key):
            take_over(actor, key)


def _may(actor: Actor, key: ApiKey) -> bool:
    return bool(actor.user_id) and actor.may(MANAGE) and set(key.scopes) <= set(grantable(actor))
