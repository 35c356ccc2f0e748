"""A portal is made once under an address that is free, with its roles; people take their places in it."""

import pytest

from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug, portal_ids
from atrio.core.scope import scope
from atrio.erp.portals import account, join, make_portal
from atrio.people.access import enter, portals_of
from atrio.people.models import Role, User

FACTS = {"currency": "CLP", "country": "CL", "language": "es", "time_zone": "America/Santiago"}


def test_a_new_portal_has_its_facts_and_roles(world):
    portal = make_portal("nueva", "Nueva", **FACTS, legal_name="Nueva SpA", settings={"receipt_tolerance_percent": 3})
    assert (portal.currency, portal.legal_name) == ("CLP", "Nueva SpA")
    assert portal.settings == {"receipt_tolerance_percent": 3}
    with scope(Actor.system(portal)):
        assert Role.objects.filter(portal_id=portal.id, audience="staff", name="administrator").exists()
        assert Role.objects.filter(portal_id=portal.id, audience="partner", name="reader").exists()


@pytest.mark.parametrize("slug", ["acme", "static", "accounts", "", "Mayúscula", "dos palabras", "-a", "a-", "a" * 41])
def test_an_address_that_is_taken_reserved_or_malformed_is_refused(world, slug):
    before = portal_ids()
    with pytest.raises(NotNow):
        make_portal(slug, "Otra", **FACTS)
    assert portal_ids() == before


def test_who_has_an_account_keeps_it_and_takes_one_place(world):
    ana = world.people["ana"]
    assert account("ANA@acme.example", "Otra Ana") == ana
    assert User.objects.get(pk=ana.pk).name == ana.name
    portal = make_portal("nueva", "Nueva", **FACTS)
    with scope(Actor.system(portal)):
        place = join(portal, ana, "reader")
        assert join(portal, ana, "reader") == place
    assert {p["slug"] for p in portals_of(ana.pk)} == {"acme", "nueva"}
    assert not enter("nueva", ana).may("purchase_orders.manage")


def test_a_new_account_cannot_sign_in_before_it_has_a_password(world):
    user = account("nadie@nueva.example", "Nadie Aún", language="pt-br")
    assert not user.has_usable_password()
    assert user.language == "pt-br"
    assert portal_by_slug("nueva") is None
