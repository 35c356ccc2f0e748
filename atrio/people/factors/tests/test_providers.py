"""Pages of company sign-ins: the portal's administrators for all companies, a partner's for its own, and no further."""

import pytest

from atrio.core.encryption import decrypt
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.factors.models import Identity, IdentityProvider
from atrio.people.factors.tests.provider import CLIENT, SECRET, Provider
from atrio.people.factors.tests.test_sso import Visit, is_in
from atrio.people.models import Role

PAGES = "/acme/settings/providers/"


@pytest.fixture
def idp(settings):
    one = Provider()
    settings.PROVIDER_HOSTS = {one.host}
    yield one
    one.close()


def all_of(world) -> list[IdentityProvider]:
    with scope(world.system()):
        return list(IdentityProvider.objects.select_related("partner", "role").order_by("pk"))


def role(world, audience: str, name: str, slug: str = "acme") -> str:
    with scope(world.system(slug)):
        return str(Role.objects.get(audience=audience, name=name).pk)


def typed(idp, role_id: str, **more) -> dict:
    facts = {"name": "Entra", "issuer": idp.issuer, "client_id": CLIENT, "password": SECRET, "is_active": "on"}
    return facts | {"role": role_id, "domains": "acme.example, @Acme.Example"} | more


@pytest.fixture
def someone(person):
    def one(who: str):
        found = person(who)
        found.confirm()
        return found.client

    return one


def test_an_administrator_adds_one_for_the_staff(someone, world, idp):
    ana = someone("ana")
    response = ana.post(f"{PAGES}new/", typed(idp, role(world, "staff", "reader")))
    (one,) = all_of(world)
    assert response.headers["Location"] == f"{PAGES}{one.pk}/"
    assert (one.partner, one.domains, decrypt(one.secret)) == (None, ["acme.example"], SECRET)
    page = ana.get(f"{PAGES}{one.pk}/").content.decode()
    assert f"/accounts/company/acme/{one.pk}/callback/" in page and SECRET not in page and one.secret not in page
    with scope(world.system()):
        assert Event.objects.get(doctype="identity_providers").kind == "provider_added"
    visit = Visit(idp, one.pk)
    visit.all()
    assert is_in(visit.client)


def test_and_for_a_partner(someone, world, idp):
    post = typed(idp, role(world, "partner", "reader"), partner="TORNILLOS")
    assert someone("ana").post(f"{PAGES}new/", post).status_code == 303
    assert all_of(world)[0].partner == world.partners.tornillos


def test_a_partners_administrator_adds_its_own_companys_without_domains(someone, world, idp):
    post = typed(idp, role(world, "partner", "reader"), partner="aceros", domains="acme.example")
    assert someone("tornillos").post(f"{PAGES}new/", post).status_code == 303
    (one,) = all_of(world)
    assert one.partner == world.partners.tornillos and one.domains == [], "the portal confirms domains"
    visit = Visit(idp, one.pk)
    assert visit.all().status_code == 403 and not is_in(visit.client)
    assert someone("ana").post(f"{PAGES}{one.pk}/", post).status_code == 303
    assert all_of(world)[0].domains == ["acme.example"]
    assert someone("tornillos").post(f"{PAGES}{one.pk}/", post | {"domains": "evil.example"}).status_code == 303
    assert all_of(world)[0].domains == ["acme.example"] and all_of(world)[0].partner == world.partners.tornillos


@pytest.mark.parametrize("who", ["aceros", "bodega", "rita"])
def test_others_see_and_change_nothing_of_it(who, someone, world, idp):
    someone("ana").post(f"{PAGES}new/", typed(idp, role(world, "partner", "reader"), partner="tornillos"))
    (one,) = all_of(world)
    client = someone(who)
    assert client.get(f"{PAGES}{one.pk}/").status_code == 404
    assert client.post(f"{PAGES}{one.pk}/", typed(idp, "1", name="Mine")).status_code == 404
    assert "Entra" not in client.get(PAGES).content.decode() and all_of(world)[0].name == "Entra"


@pytest.mark.parametrize("who", ["clara", "bruno"])
def test_staff_without_the_permission_is_refused(who, someone, world, idp):
    client = someone(who)
    assert client.get(PAGES).status_code == 403 and client.get(f"{PAGES}new/").status_code == 403
    assert client.post(f"{PAGES}new/", typed(idp, role(world, "staff", "reader"))).status_code == 403
    assert not all_of(world)


@pytest.mark.parametrize(
    ("who", "audience", "name", "slug"),
    [
        ("ana", "partner", "reader", "acme"),  # of the staff's provider
        ("ana", "staff", "reader", "rival"),
        ("tornillos", "staff", "reader", "acme"),
        ("tornillos", "staff", "administrator", "acme"),
    ],
)
def test_a_role_of_others_is_not_given(who, audience, name, slug, someone, world, idp):
    response = someone(who).post(f"{PAGES}new/", typed(idp, role(world, audience, name, slug)))
    assert response.status_code == 422 and 'id="id_role_error"' in response.content.decode() and not all_of(world)


def test_nobody_gives_a_role_above_its_own(someone, world, idp):
    with scope(world.system()):
        high = Role.objects.create(portal_id=world.portals.acme.id, audience="partner", name="high", permissions=["*"])
    response = someone("tornillos").post(f"{PAGES}new/", typed(idp, str(high.pk)))
    assert response.status_code == 422 and not all_of(world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://login.example.com"},
        {"issuer": "https://127.0.0.1"},
        {"issuer": "javascript:alert(1)"},
        {"domains": "gmail.com"},
        {"domains": "*.acme.example"},
        {"domains": "com"},
        {"name": ""},
        {"partner": "nobody"},
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(wrong, someone, world, idp):
    post = typed(idp, role(world, "staff", "reader")) | wrong
    response = someone("ana").post(f"{PAGES}new/", post)
    text = response.content.decode()
    assert response.status_code == 422 and f'id="id_{next(iter(wrong))}_error"' in text and not all_of(world)
    assert CLIENT in text and SECRET not in text


def test_an_issuer_that_says_it_is_another_is_refused(someone, world, idp):
    idp.issuer_said = "https://evil.example"
    response = someone("ana").post(f"{PAGES}new/", typed(idp, role(world, "staff", "reader")))
    assert response.status_code == 422 and not all_of(world)


def test_closing_it_ends_the_sessions_that_it_opened_and_no_others(someone, world, idp):
    post = typed(idp, role(world, "staff", "reader"))
    ana = someone("ana")
    ana.post(f"{PAGES}new/", post)
    (one,) = all_of(world)
    visit = Visit(idp, one.pk)
    visit.all(email="ana@acme.example")
    assert visit.client.get("/acme/").status_code == 200
    assert ana.post(f"{PAGES}{one.pk}/", post | {"is_active": ""}).status_code == 303
    assert visit.client.get("/acme/").status_code == 302 and ana.get("/acme/").status_code == 200


def test_another_issuer_knows_nobody_yet(someone, world, idp, settings):
    post = typed(idp, role(world, "staff", "reader"))
    ana = someone("ana")
    ana.post(f"{PAGES}new/", post)
    (one,) = all_of(world)
    Visit(idp, one.pk).all()
    other = Provider()
    settings.PROVIDER_HOSTS = {idp.host, other.host}
    assert ana.post(f"{PAGES}{one.pk}/", post | {"issuer": other.issuer}).status_code == 303
    other.close()
    with scope(world.system()):
        assert not Identity.objects.exists()


def test_without_a_fresh_password_nothing_is_added(person, world, idp):
    response = person().later().client.post(f"{PAGES}new/", typed(idp, role(world, "staff", "reader")))
    assert response.headers["Location"].startswith("/accounts/reauthenticate/") and not all_of(world)
