"""`python -m atrio.tests.browser.stage`: documents for people to find in the database of the browser tests.

It prints the documents of every type by their state, as JSON: with them the tests fill in addresses."""

import json
import os

import django

RUNS = ("1280", "390", "plain")  # each run of the journey has an order and an invoice of its own


def build() -> dict:
    from atrio.core import events
    from atrio.core.doctypes import document_types
    from atrio.core.models import Mail
    from atrio.core.scope import scope
    from atrio.ledger.actions import rebalance
    from atrio.purchasing.purchase_orders.models import PurchaseOrder
    from atrio.testing.world import known

    world = known()
    with scope(world.system()):
        _purchases(world)
        _sales(world)
        found = {kind.name: _each_state(world, kind) for kind in document_types().values()}
        rebalance(world.portals.acme.id)
        _second_place(world)
        told = events.record(world.system(), PurchaseOrder.objects.first(), "note", {"text": "Gracias"})
        provider = _provider(world)
        sent = {state: _mail(world, state) for state in Mail.State.values}
        people = _people(world)
        _travellers(world)
    _strict(world)
    # Of no type, by the word in their address; what is only sent to (a key to revoke) needs no row.
    others = {"loads": _loads(world), "audit": {"": told.pk}, "outbox": sent, "api-keys": {"": 1}}
    providers = {"": provider.pk}
    own = {
        "notifications": {"": 1},
        "company": providers,
        "settings": providers,
        "invitations": {"": _invitations(world)},
    }
    return found | others | own | people


def _provider(world):
    """A company sign-in that nobody answers."""
    from atrio.people.factors.models import IdentityProvider
    from atrio.people.models import Role

    role = Role.objects.get(portal_id=world.portals.acme.id, audience="staff", name="reader")
    facts = {"name": "Cuenta corporativa", "issuer": "https://login.invalid", "client_id": "atrio"}
    domains = {"domains": ["acme.example"]}
    return IdentityProvider.objects.create(portal_id=world.portals.acme.id, role=role, **facts | domains)


def _invitations(world) -> int:
    """Partners with an e-mail, one of them in doubt, a request that may be of one, and invitations on their way."""
    from atrio.core.scope import scope
    from atrio.partners.models import Partner
    from atrio.people.access_requests.models import AccessRequest, InvitationBatch

    with scope(world.system()):
        emails = {"aceros": "ventas@aceros.example", "norte": "ana@acme.example"}
        emails |= dict.fromkeys(("mercado", "mixta"), "dos@dos.example")
        for code, email in emails.items():
            Partner.objects.filter(code=code).update(email=email)
        batch = InvitationBatch.objects.create(portal_id=world.portals.acme.id, asked_by="Ana", total=2)
        failed = {"batch": batch, "problem": "Ya hay una invitación para este correo."}
        AccessRequest.objects.filter(state="not_invited").update(**failed)
    return batch.pk


def _mail(world, state: str) -> int:
    from atrio.core.models import Mail

    facts = {"to": "tornillos@acme.example", "subject": "Orden OC-1: Enviada", "text": "x", "state": state}
    return Mail.objects.create(portal_id=world.portals.acme.id, error="451 4.3.0 Insufficient storage", **facts).pk


def _each_state(world, kind) -> dict[str, int]:
    """A document in every state, as nobody has touched it."""
    from atrio.testing.world import make, states_of

    return {state: make(world, kind, f"E-{kind.name}-{state}", state=state).pk for state in states_of(kind)}


def _second_place(world) -> None:
    """Mixta also acts for another company: it chooses where to go."""
    from atrio.people.models import Membership

    known = Membership.objects.get(user=world.people["mixta"])
    Membership.objects.create(portal_id=known.portal_id, user=known.user, role=known.role, partner=world.partners.norte)


def _people(world) -> dict[str, dict[str, int]]:
    """A colleague of a partner's administrator, active and not, and a role of the portal's own that nobody has."""
    from atrio.people.models import Membership, Role, User

    of_partner = Role.objects.get(portal_id=world.portals.acme.id, audience="partner", name="reader")
    common, places = {"portal_id": world.portals.acme.id, "role": of_partner}, {}
    for state in ("active", "inactive"):
        user = User.objects.create_user(f"colleague-{state}@acme.example", None, name=f"Colega {state}")
        place = {"user": user, "partner": world.partners.tornillos, "is_active": state == "active"}
        places[state] = Membership.objects.create(**common, **place).pk
    own = Role.objects.create(portal_id=world.portals.acme.id, audience="staff", name="Bodega")
    return {"people": places, "roles": {"own": own.pk, "built-in": of_partner.pk}}


LANGUAGES = ("es", "pt-br", "en")


def _travellers(world) -> None:
    """People of the staff for journeys, in each language: `iris-es@acme.example` administers, others only read."""
    from atrio.people.models import Membership, Role

    of_staff = Role.objects.filter(portal_id=world.portals.acme.id, audience="staff")
    roles = {role.name: role for role in of_staff}
    for language in LANGUAGES:
        for who, role in (("iris", "administrator"), ("leo", "reader"), ("paula", "reader")):
            user = _person(f"{who}-{language}@acme.example", name=who.capitalize(), language=language)
            Membership.objects.create(portal_id=world.portals.acme.id, user=user, role=roles[role])
    gabi = _person("gabi@acme.example", name="Gabi")
    Membership.objects.create(portal_id=world.portals.acme.id, user=gabi, role=roles["reader"])


def _person(email: str, **facts):
    from atrio.people.models import User
    from atrio.testing.world import PASSWORD

    return User.objects.create_user(email, PASSWORD, **facts)


def _strict(world) -> None:
    """A portal that asks for more than an e-mail, with somebody who forgot the password."""
    from atrio.core.actor import Actor
    from atrio.core.scope import scope
    from atrio.partners.models import Partner
    from atrio.people.models import Membership, Role
    from atrio.people.portals.making import make_portal

    where = {"currency": "COP", "country": "CO", "language": "es", "time_zone": "America/Bogota"}
    portal = make_portal("estricta", "Estricta", settings={"recovery": "strict"}, **where)
    with scope(Actor.system(portal)):
        of_partners = Role.objects.get(portal_id=portal.id, audience="partner", name="reader")
        facts = {"name": "Ferretería Sol", "is_customer": True, "tax_id": "8600030201", "currency": "COP"}
        partner = Partner.objects.create(portal_id=portal.id, external_id="sol", code="sol", **facts)
        sol = _person("sol@estricta.example", name="Sol", username="sol.ferreteria")
        Membership.objects.create(portal_id=portal.id, user=sol, role=of_partners, partner=partner)


def _loads(world) -> dict[str, int]:
    """A file to look at before it is loaded, and one that was refused for its errors."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from atrio.testing import jobs

    ana, found = Client(), {}
    ana.force_login(world.people["ana"])
    for state in ("failed", "uploaded"):
        file = SimpleUploadedFile("productos.csv", b"external_id;code;name;price\nP1;T-1;Tornillo;x\nP2;T-2;Tuerca;2\n")
        sent = ana.post("/acme/loads/", {"kind": "catalog", "file": file}, headers={"host": "localhost"})
        found[state] = int(sent.headers["Location"].rstrip("/").split("/")[-1])
        if state == "failed":
            ana.post(f"{sent.headers['Location']}start/", headers={"host": "localhost"})
    jobs.run_all()
    return found


def _purchases(world) -> None:
    from atrio.payables.supplier_invoices.tests import maker as invoices
    from atrio.payables.supplier_payments.tests import maker as payments
    from atrio.purchasing.purchase_orders.tests import maker as orders
    from atrio.purchasing.receipts.tests import maker as receipts

    of = (world, world.portals.acme, world.partners.tornillos)
    for run in RUNS:
        orders.make(*of, f"OC-{run}", "sent")
    for state in ("change_proposed", "rejected", "part_received"):
        orders.make(*of, f"OC-{state}", state, remarks="Entregar de lunes a viernes, de 8:00 a 15:00. " * 3)
    receipts.make(*of, "EM-1", "posted")
    paid = invoices.make(*of, "FE-1", "approved")
    invoices.make(*of, "FE-2", "to_revise", decision_code="price", decision_reason="El precio no es el de la orden.")
    payments.make(*of, "CE-1", "planned", paid)


def _sales(world) -> None:
    from atrio.ledger.tests import maker as entries
    from atrio.receivables.sales_invoices.tests import maker as invoices

    of = (world, world.portals.acme, world.partners.bodega)
    for number, state in (("FÁ-0004711", "open"), ("FÁ-0004712", "part_paid"), ("FÁ-0004713", "paid")):
        sold = invoices.make(*of, number, state)
        entries.make(*of, number, document_type="sales_invoices", document_id=sold.pk, due_date="2026-01-31")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    django.setup()
    print(json.dumps(build()))  # noqa: T201 (for whoever set the stage)
