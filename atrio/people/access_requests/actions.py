"""What happens to a request or an invitation."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core import events, numbering, search
from atrio.core.actions import NotNow, Refused, action
from atrio.core.actor import Actor

from .. import keys
from ..sudo import sure
from . import granting, inviting
from .forms import ApproveForm, DeactivateForm, RejectForm
from .models import DECIDE, INVITE, AccessRequest, AccessRequestPartner, Kind, State


def new_one(portal_id: int, kind: Kind, state: State, **facts: Any) -> AccessRequest:
    """An unsaved request with its number, found by what it says."""
    number = numbering.next_number(portal_id, "access_requests", "AC-{:06d}")
    doc = AccessRequest(
        portal_id=portal_id, number=number, external_id=f"portal-{number}", kind=kind, state=state, **facts
    )
    doc.search = tokens(doc)
    return doc


def tokens(doc: AccessRequest) -> list[str]:
    return search.tokens(doc.portal_id, numbers=(doc.number, doc.tax_id), texts=(doc.name, doc.email, doc.company))


def link(doc: AccessRequest, partners: list) -> None:
    """For these companies and no others; only of a single one is it said whose the document is."""
    doc.links.all().delete()
    rows = [AccessRequestPartner(portal_id=doc.portal_id, request=doc, partner=one) for one in partners]
    AccessRequestPartner.objects.bulk_create(rows)
    doc.partner_id = partners[0].pk if len(partners) == 1 else None
    if partners and doc.kind == Kind.INVITATION:
        doc.company = ", ".join(one.name for one in partners)[:200]
        doc.search = tokens(doc)


def _place(actor: Actor, doc: AccessRequest, partners: list, role) -> None:
    if said := inviting.already(actor, doc.email, [one.pk for one in partners]):
        raise NotNow(said)
    link(doc, partners)
    doc.role = role


@sure
def create(actor: Actor, source: Model | None, *, name, email, phone, language, partners, role) -> AccessRequest:
    """Invite one person: whoever belongs to a company, into that company only."""
    inviting.need_mail(actor.portal)
    inviting.alone(actor.portal.id)
    companies = partners if actor.is_staff else _own(actor)
    if said := inviting.already(actor, email, [one.pk for one in companies] or [None]):
        raise NotNow(said, errors={"email": said})
    facts = {"name": name, "email": email.lower(), "phone": phone, "language": language, "origin": actor.origin[:60]}
    doc = new_one(actor.portal.id, Kind.INVITATION, State.INVITED, role=role, **facts)
    doc.partner_id = companies[0].pk if len(companies) == 1 else None
    doc.save()
    link(doc, companies)
    inviting.send(actor, doc)
    doc.save()
    events.record(actor, doc, "invite", {"email": doc.email})
    return doc


def _own(actor: Actor) -> list:
    model: Any = AccessRequest._meta.get_field("partner").related_model
    return list(model.objects.visible_to(actor).filter(pk=actor.partner_id))


@action("pending -> invited", _("Approve"), staff=DECIDE, form=ApproveForm, icon="user-check", primary=True,
        done=_("Approved and invited"))  # fmt: skip
@sure
def approve(actor, doc, partners, role):
    inviting.alone(actor.portal.id)
    _place(actor, doc, partners, role)
    inviting.send(actor, doc)
    return {"email": doc.email, "partners": [one.code for one in partners]}


@action("pending|not_invited -> same", _("Link to companies"), staff=DECIDE, form=ApproveForm, icon="link",
        done=_("Linked"))  # fmt: skip
def connect(actor, doc, partners, role):
    inviting.alone(actor.portal.id)
    link(doc, partners)
    doc.role = role
    return {"partners": [one.code for one in partners]}


@action("pending -> rejected", _("Reject"), staff=DECIDE, form=RejectForm, icon="user-x", danger=True,
        done=_("Rejected"))  # fmt: skip
def reject(actor, doc, reason_code, reason):
    doc.reason_code, doc.reason = reason_code, reason
    inviting.refused(actor.portal, doc, reason)
    return {"code": reason_code, "reason": reason or str(doc.get_reason_code_display())}


def _may_give_its_role(actor: Actor, doc: AccessRequest) -> None:
    """Whoever sends an invitation again answers for its role, as whoever wrote it."""
    if doc.role is None:
        raise NotNow(gettext("Say first for which companies and with which role."))
    if not granting.may_give(actor, doc.role):
        raise Refused("invite")


@action("not_invited|expired|revoked -> invited", _("Invite"), staff=INVITE, customer=INVITE, supplier=INVITE,
        icon="send", primary=True, done=_("Invited"))  # fmt: skip
@sure
def invite(actor, doc):
    _may_give_its_role(actor, doc)
    inviting.alone(actor.portal.id)
    if said := _elsewhere(actor, doc):
        raise NotNow(said)
    inviting.send(actor, doc)
    return {"email": doc.email}


def _elsewhere(actor: Actor, doc: AccessRequest) -> str:
    """Whether another document brings the same person into the same place."""
    return inviting.already(actor, doc.email, inviting.places(doc), but=doc.pk)


@action("invited -> same", _("Send again"), staff=INVITE, customer=INVITE, supplier=INVITE, icon="refresh",
        done=_("Sent again"), explain=_("A new link is sent; the one before works no more."))  # fmt: skip
@sure
def resend(actor, doc):
    _may_give_its_role(actor, doc)
    inviting.send(actor, doc)
    return {"email": doc.email}


@action("not_invited|invited|expired -> revoked", _("Revoke"), staff=INVITE, customer=INVITE, supplier=INVITE,
        icon="ban", danger=True, done=_("Revoked"), explain=_("The link that was sent works no more."))  # fmt: skip
def revoke(actor, doc):
    inviting.take_back(doc)


def _somebody_else(actor: Actor, doc: AccessRequest) -> bool:
    return doc.user_id is None or doc.user_id != actor.user_id


@action("active -> inactive", _("Deactivate"), staff=INVITE, customer=INVITE, supplier=INVITE, form=DeactivateForm,
        icon="user-off", danger=True, done=_("Deactivated"), when=_somebody_else,
        explain=_("The person is shut out of this portal at once."))  # fmt: skip
@sure
def deactivate(actor, doc, reason, take_over=False):
    inviting.set_active(actor, doc, False)
    if take_over:
        keys.take_over(actor, doc.user_id)
    return {"reason": reason} if reason else {}


@action("inactive -> active", _("Activate"), staff=INVITE, customer=INVITE, supplier=INVITE, icon="user-check",
        primary=True, done=_("Activated"), when=_somebody_else)  # fmt: skip
@sure
def activate(actor, doc):
    inviting.set_active(actor, doc, True)
