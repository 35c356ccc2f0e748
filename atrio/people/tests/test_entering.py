"""Who comes into a portal, asked anew with each click: by an account, a place and a company that are open."""

import pytest
from django.test import Client

from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.people.access import enter
from atrio.people.models import Membership, Session, User


def close(world, what: str) -> None:
    with scope(world.system()):
        if what == "account":
            User.objects.filter(pk=world.people["tornillos"].pk).update(is_active=False)
        elif what == "place":
            Membership.objects.filter(user=world.people["tornillos"]).update(is_active=False)
        else:
            Partner.objects.filter(pk=world.partners.tornillos.pk).update(is_active=False)


@pytest.mark.parametrize(("what", "status"), [("account", 302), ("place", 404), ("company", 404)])
def test_what_was_closed_is_closed_to_a_session_that_is_open(what, status, world, as_):
    client = as_("tornillos")
    assert client.get("/acme/").status_code == 200
    close(world, what)
    assert client.get("/acme/").status_code == status
    assert client.get("/acme/purchase_orders/export.csv").status_code == status


@pytest.mark.parametrize("what", ["place", "company"])
def test_and_to_whatever_else_asks_for_an_actor(what, world):
    assert enter("acme", world.people["tornillos"])
    close(world, what)
    assert enter("acme", world.people["tornillos"]) is None


def test_a_session_of_before_another_password_is_nobodys(world, as_):
    client = as_("tornillos")
    account = User.objects.get(pk=world.people["tornillos"].pk)
    account.set_password("Otra-clave-nueva-2")
    account.save(update_fields=["password"])
    assert client.get("/acme/").status_code == 302


def test_a_row_that_names_another_person_opens_nothing(world, as_):
    """The sealed part says who it is; the column beside it only helps to find."""
    client: Client = as_("tornillos")
    Session.objects.filter(session_key=client.session.session_key).update(user=world.people["ana"])
    page = client.get("/acme/")
    assert "ana@acme.example" not in page.content.decode()
    assert client.get("/acme/roles/").status_code in (302, 404)
