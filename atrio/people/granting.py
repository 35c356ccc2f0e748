"""Who may change whose rights: nobody one's own or beyond them, and somebody always administers the portal."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor

from .models import Membership, Role
from .permissions import MANAGE

ALL = "*"


def alone(actor: Actor) -> None:
    """Changes of rights in a portal stand in line: two that are each harmless may together leave nobody in charge."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('rights'), %s)", [actor.portal.id])


def within(permissions: Iterable[str], actor: Actor) -> bool:
    """Whether the actor has all of these itself."""
    return ALL in actor.permissions or set(permissions) <= actor.permissions


def grantable(actor: Actor, partner_id: int | None) -> QuerySet[Role]:
    """The roles that the actor may give to somebody of a partner, or of the staff.

    The host's own people grant a partner's any partner role; all others grant what they have themselves. So what the
    host gave to a partner's administrator is the ceiling of all that this administrator can give."""
    audience = "staff" if partner_id is None else "partner"
    roles = Role.objects.filter(portal_id=actor.portal.id, audience=audience).order_by("name")
    if actor.is_staff and partner_id is not None:
        return roles
    own = actor.partner_ids if not actor.is_staff else (None,)
    allowed = [role.pk for role in roles if within(role.permissions, actor)] if partner_id in own else []
    return roles.filter(pk__in=allowed)


def may_manage(actor: Actor, member: Membership) -> bool:
    """Never oneself, never somebody who may more than oneself, and of another company only as the host."""
    if not actor.may(MANAGE) or member.user_id == actor.user_id:
        return False
    if actor.is_staff and member.partner_id is not None:
        return True
    mine = member.partner_id is None if actor.is_staff else member.partner_id in actor.partner_ids
    return mine and within(member.role.permissions, actor)


def refuse_unless_manageable(actor: Actor, member: Membership) -> None:
    if not may_manage(actor, member):
        raise Refused(MANAGE)


def administers(member: Membership) -> bool:
    return member.partner_id is None and member.is_active and ALL in member.role.permissions


def keep_an_administrator(member: Membership) -> None:
    """Refuse what would leave the portal without anybody who may do everything; to be called `alone`."""
    if not administers(member):
        return
    others = Membership.objects.filter(portal_id=member.portal_id, partner=None, is_active=True, user__is_active=True)
    if not others.filter(role__permissions__contains=[ALL]).exclude(pk=member.pk).exists():
        raise NotNow(_("This is the last administrator of the portal. First make somebody else an administrator."))
