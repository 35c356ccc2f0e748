"""Who asked to come in and who was invited, each as far as it would have come; by the actions that people use."""

from django.utils import timezone

from atrio.core import events, mail
from atrio.core.actor import Actor
from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.people import links
from atrio.people.access_requests import accepting, actions, inviting, loading
from atrio.people.access_requests.jobs import close_expired
from atrio.people.access_requests.models import LASTS, AccessRequest, Kind, Reason, Side, State
from atrio.people.models import Role

from .people import Cast, password

# Of a supplier that is known, of a customer by name only, of nobody, and of one that is let in.
ASKED = (
    ("P-006", "Lucía Barrera", "lucia@ceramicaslaloma.example", "+57 602 8234510", "Reemplazo a Marta en vacaciones."),
    ("C-004", "Andrés Lemos", "andres.lemos@correo.example", "", "Queremos consultar nuestras facturas."),
    ("", "Premios Fáciles", "premios@sorteos.example", "", "¡Su empresa ganó! Confirme sus datos."),
    ("P-011", "Inés Carvajal", "ines@cuatrovientos.example", "+57 604 3120098", ""),
)
NAMES = ("Rosa Elvira Peña", "Iván Mosquera", "Clara Inés Torres")


def tell(cast: Cast) -> None:
    """Without a way to send mail nobody is invited: then there are only those who ask."""
    administrator = cast["administrator"]
    with scope(administrator):
        role = Role.objects.get(portal_id=administrator.portal.id, audience="partner", name="administrator")
        asked = [_ask(administrator, *row) for row in ASKED]
        actions.reject(administrator, asked[2], reason_code=Reason.UNKNOWN, reason="")
        loading.take(administrator, Side.SUPPLIER, role)
        if mail.can_send(administrator.portal):
            known = Partner.objects.get(portal_id=administrator.portal.id, code="P-011")
            actions.approve(administrator, asked[3], partners=[known], role=role)
            _invite(administrator)


def _ask(actor: Actor, code: str, name: str, email: str, phone: str, message: str) -> AccessRequest:
    partner = Partner.objects.filter(portal_id=actor.portal.id, code=code).first()
    side = Side.SUPPLIER if code.startswith("P") else Side.CUSTOMER
    facts = {"name": name, "email": email, "phone": phone, "message": message, "side": side, "language": "es"}
    facts |= {"company": partner.name, "tax_id": partner.tax_id} if partner else {"company": name}
    doc = actions.new_one(actor.portal.id, Kind.REQUEST, State.PENDING, origin="203.0.113.7", **facts)
    doc.save()
    events.record(Actor.system(actor.portal, name), doc, "registered", {"email": email})
    return doc


def _invite(actor: Actor) -> None:
    """Some of the loaded: one waits, one was called back, one came too late, and three came in, of whom one left."""
    loaded = AccessRequest.objects.filter(portal_id=actor.portal.id, state=State.NOT_INVITED).order_by("pk")[:6]
    _waiting, revoked, late, *inside = [actions.invite(actor, doc) for doc in loaded]
    actions.revoke(actor, revoked)
    AccessRequest.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    close_expired(Actor.system(actor.portal))
    for doc, name in zip(inside, NAMES, strict=False):
        _come_in(doc, name)
    actions.deactivate(actor, inside[-1], reason="Ya no trabaja en la empresa.")


def _come_in(doc: AccessRequest, name: str) -> None:
    secret = links.make(inviting.purpose(doc.pk), doc.email, LASTS, facts={"portal": doc.portal_id, "request": doc.pk})
    found = accepting.opened(f"{doc.pk}-{secret}")
    if found is None:
        raise LookupError(doc.number)
    accepting.accept(found, None, {"name": name, "language": "es", "password1": password()}, "203.0.113.7")
