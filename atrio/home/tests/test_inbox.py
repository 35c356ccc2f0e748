"""One page for all places: what waits in each, as each shows it to this person, at the same cost for each."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from atrio.core.doctypes import document_type
from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.people.models import Membership, Role
from atrio.testing.world import make


def place(world, who: str, slug: str, role: str = "administrator", partner: Partner | None = None) -> None:
    portal = getattr(world.portals, slug)
    with scope(world.system(slug)):
        audience = "partner" if partner else "staff"
        found = Role.objects.get(portal_id=portal.id, audience=audience, name=role)
        Membership.objects.create(portal_id=portal.id, user=world.people[who], role=found, partner=partner)


def test_what_waits_is_that_places_own(world, as_):
    for number in ("OC-1", "OC-2"):
        make(world, document_type("purchase_orders"), number, state="sent")
    place(world, "ana", "rival")
    page = as_("ana").get("/").content.decode()
    assert page.count("Waiting for confirmation") == 1 and '<span class="count">2</span>' in page
    assert "Nothing waits" in page, "of acme's orders rival knows nothing"
    place(world, "tienda", "acme", "reader", world.partners.aceros)
    other = as_("tienda").get("/").content.decode()
    assert '<span class="count">2</span>' not in other, "another supplier's orders"


def test_one_place_leads_straight_in(world, as_):
    assert as_("bodega").get("/").headers["Location"] == "/acme/"


def test_each_place_costs_the_same(world, as_):
    """However many there are: a place more is so many questions more, and not one that depends on the others."""
    place(world, "mixta", "acme", partner=world.partners.norte)
    client, costs = as_("mixta"), []
    for partner in (world.partners.bodega, world.partners.mercado):
        client.get("/?choose=1")
        with CaptureQueriesContext(connection) as asked:
            client.get("/?choose=1")
        costs.append(len(asked))
        place(world, "mixta", "acme", partner=partner)
    with CaptureQueriesContext(connection) as asked:
        client.get("/?choose=1")
    costs.append(len(asked))
    assert costs[2] - costs[1] == costs[1] - costs[0] <= 8, costs
