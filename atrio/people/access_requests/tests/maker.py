import datetime as dt
import re
import uuid

from django.utils import timezone

from atrio.core import search
from atrio.people.models import Membership, Role, User

from ..models import AccessRequest, AccessRequestPartner, Kind, State

UNDECIDED = (State.PENDING, State.REJECTED)
INSIDE = (State.ACTIVE, State.INACTIVE)


def make(world, portal, partner, number: str, state: str, **facts) -> AccessRequest:
    """A stranger's request, which only staff see; or an invitation into the partner's company."""
    asked = state in UNDECIDED
    word = re.sub(r"[^a-z0-9]", "", number.lower())[:20]
    known = {
        "kind": Kind.REQUEST if asked else Kind.INVITATION,
        "name": "Nora Nueva",
        "email": f"{word}-{uuid.uuid4().hex[:8]}@nueva.example",
        "company": partner.name,
        "tax_id": partner.tax_id,
        "role": None if asked else Role.objects.get(portal_id=portal.id, audience="partner", name="administrator"),
        "partner": None if asked else partner,
        "expires_at": timezone.now() + dt.timedelta(days=7) if state == State.INVITED else None,
    }
    doc = AccessRequest.objects.create(
        portal_id=portal.id,
        number=number,
        external_id=number,
        state=state,
        search=search.tokens(portal.id, numbers=(number, known["tax_id"]), texts=(known["email"],)),
        **(known | facts),
    )
    if doc.partner_id:
        AccessRequestPartner.objects.create(portal_id=portal.id, request=doc, partner_id=doc.partner_id)
    if state in INSIDE:
        settle(doc, state == State.ACTIVE)
    return doc


def settle(doc: AccessRequest, active: bool) -> None:
    """The person is in, or was."""
    doc.user = User.objects.create_user(doc.email, None, name=doc.name)
    doc.save(update_fields=["user"])
    place = {"user": doc.user, "partner_id": doc.partner_id, "role": doc.role}
    Membership.objects.create(portal_id=doc.portal_id, is_active=active, **place)
