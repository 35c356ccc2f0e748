"""Seeing the portal as a partner sees it: for a while, with a reason, told, and without changing anything.

The session names the view; every request asks anew whether it still stands. Rows are those of the partner, by the same
rules and the same row-level security; what is personal (notifications, saved views, drafts) stays with its person."""

import datetime as dt
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from atrio.core import events
from atrio.core.actions import Refused
from atrio.core.actor import Actor
from atrio.core.scope import again, scope
from atrio.partners.models import Partner

from ..access import actor_of
from ..models import Membership, Role, User, ViewAs
from ..permissions import VIEW_AS
from ..roles import label_of
from .telling import tell_administrators

KEY = "viewing"
LASTS = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Viewing:
    """What every page says of the view in force."""

    id: int
    as_whom: str
    until: dt.datetime
    end_url: str

    @property
    def minutes(self) -> int:
        return max(1, -(-int((self.until - timezone.now()).total_seconds()) // 60))


def start(actor: Actor, partner: Partner, role: Role, member: Membership | None, reason: str) -> ViewAs:
    """On record and told before the first page is seen."""

    def work() -> ViewAs:
        with transaction.atomic():
            if not (actor.is_staff and actor.may(VIEW_AS)) or role.audience != "partner":
                raise Refused(VIEW_AS)
            who = str(member) if member else label_of(role.name)
            made = ViewAs.objects.create(
                portal_id=actor.portal.id,
                user_id=actor.user_id,
                partner=partner,
                membership=member,
                role=role,
                as_whom=f"{partner.name} · {who}"[:320],
                reason=reason,
                until=timezone.now() + LASTS,
            )
            event = events.record(actor, About(partner), "viewed_as", {"as": who, "reason": reason})
            tell_administrators(actor, partner, event)
        return made

    return again(work)


class About:
    """A partner as what an event tells of, so that the partner's own people read it, too."""

    WORD = "partners"

    def __init__(self, partner: Partner):
        self.pk = self.partner_id = partner.pk


def end(actor: Actor, view_id: int) -> None:
    """By whoever began it; the first end counts."""
    mine = ViewAs.objects.filter(portal_id=actor.portal.id, pk=view_id, user_id=actor.user_id, ended_at=None)
    found = mine.select_related("partner").first()
    if found and mine.update(ended_at=timezone.now()):
        events.record(actor, About(found.partner), "view_ended")


def current(request: HttpRequest, actor: Actor) -> tuple[Viewing, Actor] | None:
    """The view in force in this portal, and the actor that stands in; None where there is none, or no longer."""
    known = request.session.get(KEY)
    if not known or known.get("portal") != actor.portal.id:
        return None
    with scope(actor):
        found = _standing(actor, known["id"])
        seen = _seen_by(actor, found, request.user) if found and request.user.is_authenticated else None
    if found is None or seen is None:
        return None
    end_url = f"/{actor.portal.slug}/view-as/end/"
    return Viewing(found.pk, found.as_whom, found.until, end_url), seen


def _standing(actor: Actor, view_id: int) -> ViewAs | None:
    if not (actor.is_staff and actor.may(VIEW_AS)):
        return None
    valid = ViewAs.objects.filter(portal_id=actor.portal.id, user_id=actor.user_id, ended_at=None)
    valid = valid.filter(until__gt=timezone.now(), partner__is_active=True)
    return valid.select_related("partner", "role", "membership__role").filter(pk=view_id).first()


def _seen_by(actor: Actor, view: ViewAs, user: User) -> Actor | None:
    """The partner's eyes: its rows, its permissions; by name still the one who looks, and nobody's own things."""
    partner, member = view.partner, view.membership
    if member is not None and not (member.is_active and member.partner_id == partner.pk):
        return None
    role = member.role if member else view.role
    if role is None:
        return None
    others = Partner.objects.filter(portal_id=actor.portal.id, group_id=partner.group_id).exclude(pk=partner.pk)
    place = {
        "id": None,
        "partner_id": partner.pk,
        "partner_name": partner.name,
        "customer": partner.is_customer,
        "supplier": partner.is_supplier,
        "permissions": role.permissions,
        "related": list(others.values_list("pk", flat=True)) if partner.group_id else [],
    }
    stands_in = actor_of(actor.portal, place, user, actor.origin, {"as_of": actor.as_of})
    return replace(stands_in, user_id=None)


def read_only() -> None:
    """The database itself refuses to write for the rest of this transaction, whatever a page would do."""
    with connection.cursor() as cursor:
        cursor.execute("set transaction read only")
