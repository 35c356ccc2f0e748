"""Companies are chosen by what is written of them, and by ticking what was found; of other portals none is."""

import re

import pytest
from django.test import Client

from atrio.core import search
from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.people.access_requests.models import AccessRequest
from atrio.people.members.tests.people import own_role

NEW = "/acme/access_requests/new/"
FIND = "/acme/companies/find/"
ASKED = {"field": "partners", "many": "1"}
PERSON = {"name": "Nora", "email": "nora@andina.example", "phone": "", "language": "es", "role": "partner:reader"}
HTMX = {"HX-Request": "true"}


def invited(world) -> set[str]:
    """The companies of the one invitation there is; none without any."""
    with scope(world.system()):
        doc = AccessRequest.objects.filter(email=PERSON["email"]).first()
        if doc is None:
            return set()
        return {one.partner.code for one in doc.links.all()} | ({doc.partner.code} if doc.partner else set())


def offered(page: str) -> list[tuple[str, bool]]:
    boxes = re.findall(
        r'<input class="form-check-input" type="(?:checkbox|radio)" name="partners?" value="([^"]*)"( checked)?', page
    )
    return [(code, bool(ticked)) for code, ticked in boxes]


def rename(world, code: str, **facts: str) -> None:
    with scope(world.system()):
        one = Partner.objects.get(code=code)
        for name, value in facts.items():
            setattr(one, name, value)
        one.search = search.tokens(one.portal_id, numbers=(one.code, one.tax_id), texts=(one.name, one.city))
        one.save()


def test_what_is_found_is_there_to_tick_as_one_types(world, as_):
    rename(world, "aceros", tax_id="900.123.456-7", city="Medellín")
    ana = as_("ana")
    for typed in ("ñandu", "TORN", "nandú tornillos"):
        page = ana.get(FIND, ASKED | {"partners_typed": typed}, headers=HTMX).content.decode()
        assert offered(page) == [("tornillos", False)] and "<html" not in page, typed
    for typed in ("900123", "456", "medellin ace"):
        page = ana.get(FIND, ASKED | {"partners_typed": typed}, headers=HTMX).content.decode()
        assert offered(page) == [("aceros", False)] and "900.123.456-7" in page, typed
    asked = {"partners": ["aceros", "bodega"], "partners_typed": "tornillos"}
    page = ana.get(FIND, ASKED | asked, headers=HTMX).content.decode()
    assert sorted(offered(page)) == [("aceros", True), ("bodega", True), ("tornillos", False)], "the ticked ones stay"
    for nothing in ("", " ", "zzz", "%", "\0", "'; --", "x" * 300):
        page = ana.get(FIND, ASKED | {"partners_typed": nothing}, headers=HTMX)
        assert page.status_code == 200 and offered(page.content.decode()) == []


@pytest.mark.parametrize("who", ["tornillos", "bodega", "rita", ""])
def test_nobody_else_finds_companies(who, world, as_):
    client = as_(who) if who else Client()
    answer = client.get(FIND, ASKED | {"partners_typed": "aceros"}, headers=HTMX)
    assert answer.status_code == (404 if who else 204) and b"Aceros" not in answer.content


def test_only_ones_own_portals_and_only_active_ones(world, as_):
    rename(world, "aceros", is_active=False)
    for typed in ("clavos", "aceros"):
        page = as_("ana").get(FIND, ASKED | {"partners_typed": typed}, headers=HTMX).content.decode()
        assert offered(page) == [], typed
        for field in ("partners", "partners_typed"):
            assert as_("ana").post(NEW, PERSON | {field: typed}).status_code == 422, (field, typed)
    assert invited(world) == set()


def test_an_address_that_is_not_a_field_finds_nothing(world, as_):
    ana = as_("ana")
    for field in ("", '"><script>', "partners x", "Partners"):
        assert ana.get(FIND, ASKED | {"field": field}, headers=HTMX).status_code == 404, field
    assert ana.get(FIND, ASKED).status_code == 404, "it is a part of a page, and no page"


@pytest.mark.parametrize("typed", ["tornillos", "TORNILLOS", "Tornillos Ñandú S.A.S.", "  tornillos   ñandú s.a.s. "])
def test_a_whole_code_or_name_needs_no_tick(typed, world, as_):
    assert as_("ana").post(NEW, PERSON | {"partners_typed": typed}).status_code == 303
    assert invited(world) == {"tornillos"}


def test_several_written_codes_are_several_companies(world, as_):
    assert (
        as_("ana").post(NEW, PERSON | {"partners": "bodega", "partners_typed": "tornillos, aceros"}).status_code == 303
    )
    assert invited(world) == {"tornillos", "aceros", "bodega"}


def test_without_a_script_what_was_found_is_ticked_after_sending(world, as_):
    rename(world, "aceros", name="Tornillos y Aceros")
    ana = as_("ana")
    refused = ana.post(NEW, PERSON | {"partners": "bodega", "partners_typed": "torni"})
    page = refused.content.decode()
    assert refused.status_code == 422 and 'id="id_partners_error"' in page and 'value="torni"' in page
    assert sorted(offered(page)) == [("aceros", False), ("bodega", True), ("tornillos", False)]
    assert 'value="nora@andina.example"' in page and invited(world) == set(), "nothing typed is lost, nobody is invited"
    again = PERSON | {"partners": ["bodega", "tornillos"], "partners_typed": "torni"}
    assert ana.post(NEW, again).status_code == 303 and invited(world) == {"bodega", "tornillos"}


def test_what_finds_nothing_invites_nobody_into_the_staff(world, as_):
    for typed in ("zzz", "torni", "%", "x" * 201, "a\0b"):
        answer = as_("ana").post(NEW, PERSON | {"role": "staff:reader", "partners_typed": typed})
        assert answer.status_code == 422 and 'id="id_partners_error"' in answer.content.decode(), typed
    assert invited(world) == set()


def test_a_name_of_two_is_no_choice(world, as_):
    rename(world, "aceros", name="Tornillos Ñandú S.A.S.")
    page = as_("ana").post(NEW, PERSON | {"partners_typed": "Tornillos Ñandú S.A.S."}).content.decode()
    assert sorted(code for code, _ticked in offered(page)) == ["aceros", "tornillos"] and invited(world) == set()


def test_one_company_is_one(world, as_):
    """As whom to see: what is written wins over what was ticked before."""
    ana = as_("ana")
    role = own_role(world, "partner", "narrow", "purchase_orders.view").pk
    page = ana.get("/acme/view-as/").content.decode()
    assert 'name="partner_typed"' in page and offered(page) == []
    common = {"role": role, "reason": "Una pregunta"}
    refused = ana.post("/acme/view-as/", common | {"partner_typed": "zzz"}).content.decode()
    assert 'id="id_partner_error"' in refused and 'value="zzz"' in refused
    assert ana.post("/acme/view-as/", common | {"partner": "aceros", "partner_typed": "tornillos"}).status_code == 303
    assert "Tornillos Ñandú" in ana.get("/acme/").content.decode()
