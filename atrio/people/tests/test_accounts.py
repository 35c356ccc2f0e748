"""What happens to an account is told in each of its person's portals, in words, and of whom only where that is due."""

from dataclasses import replace

import pytest

from atrio.core.models import Event, Mail
from atrio.core.scope import scope
from atrio.people import accounts
from atrio.people.factors.resetting import reset_factors
from atrio.people.happenings import OF_PEOPLE, titles
from atrio.people.models import Membership, Role, User


@pytest.fixture
def abroad(world):
    """Bruno has a place in another portal, too."""
    with scope(world.system("rival")):
        role = Role.objects.get(audience="staff", name="reader")
        Membership.objects.create(portal_id=role.portal_id, user=world.people["bruno"], role=role)
    return world.people["bruno"]


def told(world, kind: str, portal: str = "acme") -> Event:
    with scope(world.system(portal)):
        return Event.objects.get(doctype="people", kind=kind)


def test_the_administrator_is_named_in_its_own_portal_only(world, abroad):
    ana = replace(world.actor("ana"), origin="203.0.113.7")
    reset_factors(abroad, by=ana)
    here, there = told(world, "factors_reset"), told(world, "factors_reset", "rival")
    assert (here.actor_name, here.user_id, here.origin) == (ana.name, ana.user_id, "203.0.113.7")
    assert (there.actor_name, there.user_id, there.origin) == ("Atrio", None, "203.0.113.7")


def test_what_the_person_did_is_told_in_its_name_everywhere(world, abroad):
    accounts.happened(abroad, "data_taken", origin="203.0.113.7")
    for portal in ("acme", "rival"):
        event = told(world, "data_taken", portal)
        assert (event.actor_name, event.user_id, event.internal) == (abroad.name, abroad.pk, True)


def test_an_operator_is_nobody_of_a_portal_and_the_person_is_written_to(world, abroad):
    accounts.operated(abroad, "factors_reset")
    event = told(world, "factors_reset")
    assert (event.actor_name, event.user_id, event.origin) == ("Atrio", None, accounts.BY_COMMAND)
    with scope(world.system()):
        assert Mail.objects.get().to == abroad.email


def test_a_letter_says_when_from_where_and_what_helps(world):
    accounts.happened(world.people["ana"], "signed_in", {"browser": "Firefox · Windows"}, origin="203.0.113.7")
    with scope(world.system()):
        letter = Mail.objects.get()
    assert "Firefox · Windows" in letter.text and "203.0.113.7" in letter.text
    assert "/accounts/password/reset/" in letter.text and "(America/" in letter.text


def test_nobody_is_written_to_of_what_is_quiet(world):
    accounts.happened(world.people["ana"], "signed_in", {"browser": ""}, quietly=True)
    accounts.happened(world.people["ana"], "signed_out")
    with scope(world.system()):
        assert not Mail.objects.exists()


def test_the_page_of_a_person_and_the_audit_say_it_in_words(world, as_):
    accounts.happened(world.people["bruno"], "recovery_code_used")
    with scope(world.system()):
        place = Membership.objects.get(user=world.people["bruno"])
    person = as_("ana").get(f"/acme/people/{place.pk}/").content.decode()
    assert "Recovery code used" in person and "recovery_code_used" not in person
    assert "Recovery code used" in as_("ana").get("/acme/audit/").content.decode()


def test_every_kind_has_words(world):
    assert all(str(one.title) for one in OF_PEOPLE.values())
    assert titles().keys() >= OF_PEOPLE.keys()


def test_whose_a_name_is(world):
    ana = User.objects.get(email="ana@acme.example")
    ana.username = "bruno@acme.example"  # what somebody calls itself does not take another's e-mail
    ana.save()
    assert accounts.account_of(" BRUNO@acme.example") == world.people["bruno"]
    assert accounts.account_of("nobody@acme.example") is None
