"""What an administrator does about a person's place: each locked, checked, done and told in one transaction."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, PortalFacts
from atrio.core.scope import again

from .. import keys, letters, links
from ..access import portals_of
from ..access_requests.inviting import follow
from ..door import attempts
from ..granting import alone, grantable, keep_an_administrator, may_manage, refuse_unless_manageable
from ..models import KnownDevice, Membership, Role, Session, User
from ..permissions import MANAGE

RECOVERY, LASTS = "recovery", dt.timedelta(minutes=10)
RECOVERY_PATH = "/accounts/password/reset/{secret}/"


def _changed(actor: Actor, member: Membership, kind: str, change: Callable[[Membership], dict | None]) -> Membership:
    """Lock the portal's rights and the row, see that the actor may, change, and write the event."""

    def work() -> Membership:
        with transaction.atomic():
            alone(actor)
            rows = Membership.objects.visible_to(actor).select_for_update(of=("self",))
            found = rows.select_related("user", "role").get(pk=member.pk)
            refuse_unless_manageable(actor, found)
            facts = change(found)
            events.record(actor, found, kind, facts or {})
        return found

    return again(work)


def change_role(actor: Actor, member: Membership, role: Role) -> Membership:
    """Another role of the same audience, among those that the actor may give."""

    def change(found: Membership) -> dict:
        if not grantable(actor, found.partner_id).filter(pk=role.pk).exists():
            raise Refused("role")
        if role.pk == found.role_id:
            raise NotNow(_("This person has that role already."))
        keep_an_administrator(found)
        before, found.role = found.role.name, role
        found.save(update_fields=["role"])
        return {"from": before, "to": role.name}

    return _changed(actor, member, "role_changed", change)


def deactivate(actor: Actor, member: Membership, *, take_over: bool = False) -> Membership:
    """From the next click on the portal is closed to the person; whoever has no place left is signed out everywhere.

    The keys that the person made stop, too, but for those that the actor takes over."""

    def change(found: Membership) -> None:
        if not found.is_active:
            raise NotNow(_("This person is inactive already."))
        keep_an_administrator(found)
        found.is_active = False
        found.save(update_fields=["is_active"])
        follow(found)
        if not portals_of(found.user_id):
            Session.objects.filter(user_id=found.user_id).delete()
        if take_over:
            keys.take_over(actor, found.user_id)

    return _changed(actor, member, "deactivated", change)


def activate(actor: Actor, member: Membership) -> Membership:
    def change(found: Membership) -> None:
        if found.is_active:
            raise NotNow(_("This person is active already."))
        found.is_active = True
        found.save(update_fields=["is_active"])
        follow(found)

    return _changed(actor, member, "activated", change)


def reset_password(actor: Actor, member: Membership) -> Membership:
    """A link to the person's own address; nobody else learns it, and no password is ever told."""

    def change(found: Membership) -> None:
        if not found.is_active:
            raise NotNow(_("This person is inactive. Activate them first."))
        send_recovery(actor.portal, found.user)

    return _changed(actor, member, "recovery_sent", change)


def unlock(actor: Actor, member: Membership) -> Membership:
    """Whoever failed too often may try again at once."""

    def change(found: Membership) -> None:
        attempts.unlock(found.user)

    return _changed(actor, member, "unlocked", change)


def _sign_out(people: Iterable[int]) -> None:
    """Everywhere, for a session opens all portals of its person; no browser is known any more."""
    Session.objects.filter(user_id__in=people).delete()
    KnownDevice.objects.filter(user_id__in=people).delete()


def end_sessions(actor: Actor, member: Membership) -> Membership:
    """The next click of any browser leads to the sign-in page; the access and the password stay as they are."""
    return _changed(actor, member, "sessions_ended", lambda found: _sign_out([found.user_id]))


def end_all_sessions(actor: Actor) -> int:
    """Of everybody whom the actor manages, and so not its own; of how many people."""

    def work() -> int:
        with transaction.atomic():
            alone(actor)
            if not (actor.is_staff and actor.may(MANAGE)):
                raise Refused(MANAGE)
            rows = Membership.objects.visible_to(actor).select_related("role")
            mine = [one for one in rows if may_manage(actor, one)]
            signed_in = Session.objects.filter(user_id__in={one.user_id for one in mine})
            people = {pk for pk in signed_in.values_list("user_id", flat=True) if pk}
            _sign_out(people)
            none: dict = {}
            told = ((one.pk, one.partner_id, none) for one in mine if one.user_id in people)
            events.record_many(actor, Membership, "sessions_ended", told)
        return len(people)

    return again(work)


def send_recovery(portal: PortalFacts, user: User) -> None:
    secret = links.make(RECOVERY, user.email, LASTS, user=user)
    letters.write(portal, user, lambda: _recovery(portal, RECOVERY_PATH.format(secret=secret)))


def _recovery(portal: PortalFacts, path: str) -> letters.Letter:
    return letters.Letter(
        subject=_("Choose a new password"),
        said=_("An administrator of %(portal)s asked that you choose a new password.") % {"portal": portal.name},
        path=path,
        button=_("Choose a password"),
        remark=_("The link works once, for 10 minutes. Your present password works until you choose another."),
    )
