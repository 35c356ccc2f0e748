"""Making, changing and deleting a portal's own roles; built-in ones are renewed by each release and by nobody else."""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor
from atrio.core.scope import again

from ..granting import alone, within
from ..models import Membership, Role
from ..permissions import ROLES, names
from ..roles import is_built_in


def may_make(actor: Actor) -> bool:
    """Roles belong to the portal: a partner's administrators give them, and make none."""
    return actor.is_staff and actor.may(ROLES)


def may_edit(actor: Actor, role: Role) -> bool:
    """Never a built-in one, never one's own, and none that allows more than one may oneself."""
    if not may_make(actor) or is_built_in(role):
        return False
    if Membership.objects.filter(portal_id=role.portal_id, role=role, user_id=actor.user_id).exists():
        return False
    return role.audience == "partner" or within(role.permissions, actor)


def _refuse_beyond(actor: Actor, side: str, permissions: Iterable[str]) -> list[str]:
    """The permissions in order; what does not exist, or is beyond the actor's own, is nobody's to give."""
    asked = sorted(set(permissions))
    if not set(asked) <= names(side) or not (side == "partner" or within(asked, actor)):
        raise Refused(ROLES)
    return asked


def create(actor: Actor, side: str, name: str, permissions: Iterable[str]) -> Role:
    def work() -> Role:
        with transaction.atomic():
            alone(actor)
            if not may_make(actor):
                raise Refused(ROLES)
            allowed = _refuse_beyond(actor, side, permissions)
            role, fresh = Role.objects.get_or_create(
                portal_id=actor.portal.id, audience=side, name=name, defaults={"permissions": allowed}
            )
            if not fresh:
                raise NotNow(_("There is a role of this name already."), {"name": _("Choose another name.")})
            events.record(actor, role, "role_created", {"name": name, "allows": allowed})
        return role

    return again(work)


def _with(actor: Actor, role: Role, change: Callable[[Role], None]) -> None:
    def work() -> None:
        with transaction.atomic():
            alone(actor)
            found = Role.objects.select_for_update().get(portal_id=actor.portal.id, pk=role.pk)
            if not may_edit(actor, found):
                raise Refused(ROLES)
            change(found)

    again(work)


def edit(actor: Actor, role: Role, name: str, permissions: Iterable[str]) -> None:
    """With the next click of whoever has it."""

    def change(found: Role) -> None:
        before, allowed = set(found.permissions), _refuse_beyond(actor, found.audience, permissions)
        facts = {"added": sorted(set(allowed) - before), "removed": sorted(before - set(allowed)), "name": name}
        if found.name != name:
            facts["was"] = found.name
        found.name, found.permissions = name, allowed
        found.save(update_fields=["name", "permissions"])
        events.record(actor, found, "role_edited", facts)

    _with(actor, role, change)


def delete(actor: Actor, role: Role) -> None:
    """Only what nobody has any more, active or not."""

    def change(found: Role) -> None:
        having = Membership.objects.filter(portal_id=found.portal_id, role=found).select_related("user")
        people = [str(one) for one in having.order_by("pk")[:5]]
        if people:
            raise NotNow(_("These people have this role: %(people)s.") % {"people": ", ".join(people)})
        events.record(actor, found, "role_deleted", {"name": found.name, "allows": found.permissions})
        try:
            found.delete()
        except ProtectedError as problem:
            raise NotNow(_("This role is still in use elsewhere, for example by an invitation.")) from problem

    _with(actor, role, change)
