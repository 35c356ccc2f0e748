"""A portal that asks for a second factor opens no page without one, to nobody whom it asks."""

import pytest

from atrio.core.models import Portal
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.people.factors.tests.conftest import SECURITY, code_of
from atrio.people.models import Membership

PAGES = ("/acme/", "/acme/purchase_orders/", "/acme/profile/", "/acme/search/?q=a", "/acme/audit/export.csv")


@pytest.fixture
def asked(world):
    def ask(*roles) -> None:
        with scope(world.system()):
            Portal.objects.filter(pk=world.portals.acme.id).update(settings={"second_factor_roles": list(roles)})

    return ask


def role_of(world, who: str) -> int:
    with scope(world.system()):
        return Membership.objects.get(user=world.people[who]).role_id


@pytest.mark.parametrize("page", PAGES)
def test_without_a_factor_only_the_way_to_set_one_up_opens(page, person, asked):
    ana = person()
    asked("staff")
    response = ana.client.get(page)
    assert response.status_code == 303 and response.headers["Location"].startswith(f"{SECURITY}required/")
    assert ana.client.get(response.headers["Location"]).status_code == 200
    assert ana.client.post(page, {"text": "x"}).status_code == 303


def test_whoever_sets_one_up_goes_on_to_the_page(person, asked):
    ana = person()
    asked("all")
    codes = ana.set_up()
    assert codes and ana.client.get("/acme/").status_code == 200


def test_the_way_leads_on_to_where_the_person_was_going(person, asked):
    ana = person()
    asked("all")
    ana.confirm()
    way = ana.client.get("/acme/purchase_orders/?state=sent").headers["Location"]
    page = ana.client.get(way).content.decode()
    assert f'href="{SECURITY}app/?next=/acme/purchase_orders/%3Fstate%3Dsent"' in page


def test_a_session_that_showed_no_factor_has_to_show_it(person, asked):
    ana = person()
    ana.set_up()
    asked("staff")
    ana.again().client.force_login(ana.user)  # as a session from before the app was set up
    way = ana.client.get("/acme/").headers["Location"]
    way = ana.client.get(way).headers["Location"]
    assert way.startswith(f"{SECURITY}again/code/?next=")
    assert ana.client.get("/acme/").status_code == 303
    response = ana.client.post(way, {"code": code_of(ana.secret, 1), "next": "/acme/"})
    assert response.status_code == 302 and ana.client.get("/acme/").status_code == 200


def test_only_those_are_asked_whose_role_it_is(person, asked, world):
    clara, tornillos = person("clara"), person("tornillos")
    asked(role_of(world, "clara"))
    assert clara.client.get("/acme/").status_code == 303 and tornillos.client.get("/acme/").status_code == 200
    asked("partner")
    assert clara.client.get("/acme/").status_code == 200 and tornillos.client.get("/acme/").status_code == 303


def test_another_portal_does_not_ask(person, asked):
    rita = person("rita")
    asked("all")
    assert rita.client.get("/rival/").status_code == 200


def test_whoever_has_no_place_learns_nothing(person, asked):
    rita = person("rita")
    asked("all")
    assert rita.client.get("/acme/").status_code == 404


def test_programs_are_not_asked(asked, world, client):
    with scope(world.system()):
        text = keys.make(world.system(), "program", ["partners:read"])[1]
    asked("all")
    response = client.get("/acme/api/v1/partners", headers={"Authorization": f"Bearer {text}"})
    assert response.status_code == 200


def test_the_way_on_stays_within_the_site(person, asked):
    ana = person()
    asked("all")
    ana.set_up()
    for evil in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        response = ana.client.get(f"{SECURITY}required/", {"next": evil})
        assert response.status_code == 303 and response.headers["Location"] == "/"
