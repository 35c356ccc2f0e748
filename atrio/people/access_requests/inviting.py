"""Sending an invitation, taking it back, and whom it brings in: the link that works once, the letter, the places."""

import datetime as dt

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from atrio.core import events, mail
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_facts
from atrio.core.models import Follower
from atrio.core.scope import scope

from .. import granting as rights
from .. import letters, links
from ..access import SHIPPED, portals_of
from ..models import Membership, Session
from . import granting
from .models import LASTS, AccessRequest, State

MAIL_SETTINGS = "settings/mail/"
ADDRESS = "/accounts/invitation/"


def mail_ready(portal: PortalFacts) -> bool:
    """Whether letters of this portal can leave at all."""
    return mail.can_send(portal)


def need_mail(portal: PortalFacts) -> None:
    if not mail_ready(portal):
        raise NotNow(_("This portal cannot send e-mail yet. Set up the e-mail first, under Administration."))


def alone(portal_id: int) -> None:
    """One at a time looks for what is there already and adds to it; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('access_requests'), %s)", [portal_id % 2**31])


def purpose(pk: int) -> str:
    """Each invitation has links of its own: being invited elsewhere too voids none."""
    return f"invite:{pk}"


def language_of(doc: AccessRequest, portal: PortalFacts) -> str:
    return SHIPPED.get((doc.language or portal.language).lower().replace("_", "-"), "es")


def send(actor: Actor, doc: AccessRequest) -> dt.datetime:
    """A new link, which voids the one before, and the letter with it; its caller saves the document."""
    need_mail(actor.portal)
    facts = {"portal": actor.portal.id, "request": doc.pk}
    secret = links.make(purpose(doc.pk), doc.email, LASTS, facts=facts)
    doc.invited_at, doc.expires_at, doc.problem = timezone.now(), timezone.now() + LASTS, ""
    doc.asked_by = actor.name[:120]
    language = language_of(doc, actor.portal)
    with translation.override(language):
        letter = _letter(actor, f"{ADDRESS}{doc.pk}-{secret}/")
    letters.send(actor.portal, doc.email, doc.name or doc.email, language, letter)
    if actor.user_id:
        about = {"portal_id": actor.portal.id, "doctype": "access_requests", "document_id": doc.pk}
        Follower.objects.get_or_create(**about, user_id=actor.user_id, defaults={"partner_id": doc.partner_id})
    return doc.expires_at


def _letter(actor: Actor, path: str) -> letters.Letter:
    host = {"portal": actor.portal.name, "who": actor.name}
    said = _("%(who)s invites you to the portal of %(portal)s.") % host
    if actor.partner_name:
        company = host | {"company": actor.partner_name}
        said = _("%(who)s, of %(company)s, invites you to the portal of %(portal)s.") % company
    once = _("The link works once, within seven days.")
    return letters.Letter(
        subject=_("Invitation to the portal of %(portal)s") % host,
        said=f"{said} {once}",
        path=path,
        button=_("See the invitation"),
        footer=_("If you do not expect this, ignore it: nothing happens without you."),
    )


def refused(portal: PortalFacts, doc: AccessRequest, why: str) -> None:
    """Tell whoever asked that it will not be, and why."""
    with translation.override(language := language_of(doc, portal)):
        said = _("%(portal)s cannot give you access to its portal.") % {"portal": portal.name}
        reason = " ".join(filter(None, (f"{doc.get_reason_code_display()}.", why)))
        footer = _("You receive this because somebody asked for access with this e-mail address.")
        subject = _("Your request for access to %(portal)s") % {"portal": portal.name}
        letter = letters.Letter(subject=subject, said=said, remark=reason, footer=footer)
    letters.send(portal, doc.email, doc.name or doc.email, language, letter)


def take_back(doc: AccessRequest) -> None:
    links.void(purpose(doc.pk), doc.email)


def places(doc: AccessRequest) -> list[int | None]:
    """The companies that the person acts for; `None` is the portal's own staff."""
    return list(doc.links.values_list("partner_id", flat=True)) or [None]


def memberships(doc: AccessRequest):
    """The places that the document gave; within the portal's own scope, as partners may not write them."""
    found = Membership.objects.filter(portal_id=doc.portal_id, user_id=doc.user_id)
    companies = [place for place in places(doc) if place is not None]
    return found.filter(partner_id__in=companies) if companies else found.filter(partner_id=None)


def set_active(actor: Actor, doc: AccessRequest, active: bool) -> None:
    """Open or close the places. Each request asks for them, so the next click is refused; whoever has no place
    left anywhere is signed out too. Nobody touches somebody whose role they could not give."""
    rights.alone(actor)
    with scope(Actor.system(actor.portal)):
        for place in memberships(doc).select_related("role").select_for_update(of=("self",)):
            if not granting.may_give(actor, place.role):
                raise Refused("membership")
            if place.is_active == active:
                continue
            if not active:
                rights.keep_an_administrator(place)
            place.is_active = active
            place.save(update_fields=["is_active"])
            events.record(actor, place, "activated" if active else "deactivated")
    if not active and doc.user_id and not portals_of(doc.user_id):
        Session.objects.filter(user_id=doc.user_id).delete()


def follow(member: Membership) -> None:
    """A place was opened or closed elsewhere: the invitation that it came by says so, too."""
    portal = portal_facts(member.portal_id)
    with scope(Actor.system(portal)):
        inside = AccessRequest.objects.filter(portal_id=portal.id, user_id=member.user_id)
        for doc in inside.filter(state__in=(State.ACTIVE, State.INACTIVE)).select_for_update(of=("self",)):
            state = State.ACTIVE if memberships(doc).filter(is_active=True).exists() else State.INACTIVE
            if state != doc.state:
                doc.state, doc.version = state, doc.version + 1
                doc.save(update_fields=["state", "version", "updated_at"])


OPEN = (State.NOT_INVITED, State.INVITED, State.ACTIVE, State.INACTIVE)


def already(actor: Actor, email: str, partner_ids: list[int | None], but: int = 0) -> str:
    """Why nobody need be invited: in words, or empty. Of other companies' people nothing is told."""
    with scope(Actor.system(actor.portal)):
        mine = Membership.objects.filter(portal_id=actor.portal.id, user__email__iexact=email)
        rows = AccessRequest.objects.filter(portal_id=actor.portal.id, email__iexact=email).exclude(pk=but)
        for partner_id in partner_ids:
            if mine.filter(partner_id=partner_id).exists():
                return _("This person has a place here already. Activate it instead.")
            linked = {"links__partner_id": partner_id} if partner_id else {"links": None}
            if rows.filter(**linked, state__in=OPEN).exists():
                return _("There is an invitation for this e-mail already.")
    return ""
