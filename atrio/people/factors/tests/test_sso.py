"""A company's own sign-in: it opens that company's place and no other, for whom it may speak, once for each answer."""

import time

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from atrio.core.encryption import encrypt
from atrio.core.models import Event, Portal
from atrio.core.scope import scope
from atrio.people.factors import fetching
from atrio.people.factors.models import Identity, IdentityProvider
from atrio.people.factors.tests.conftest import SECURITY, code_of
from atrio.people.factors.tests.provider import CLIENT, SECRET
from atrio.people.models import Membership, Role, User
from atrio.testing.world import PASSWORD


def provider(world, idp, *, slug="acme", partner=None, role="reader", domains=("acme.example",), **facts) -> int:
    with scope(world.system(slug)):
        audience = "partner" if partner else "staff"
        role_id = Role.objects.get(audience=audience, name=role).pk
        common = {"portal_id": getattr(world.portals, slug).id, "partner": partner, "role_id": role_id}
        known = {"name": "Entra", "issuer": idp.issuer, "client_id": CLIENT, "secret": encrypt(SECRET)}
        return IdentityProvider.objects.create(**common | known | {"domains": list(domains)} | facts).pk


def people() -> set[str]:
    return set(User.objects.values_list("email", flat=True))


def identities(world) -> list[Identity]:
    with scope(world.system()):
        return list(Identity.objects.order_by("pk"))


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


class Visit:
    """A browser's way to a provider and back."""

    def __init__(self, idp, pk: int, slug: str = "acme", client: Client | None = None):
        self.idp, self.base, self.client = idp, f"/accounts/company/{slug}/{pk}/", client or Client()

    def leave(self, **query) -> str:
        response = self.client.get(self.base, query)
        assert response.status_code == 302, response.content.decode()
        return response.headers["Location"]

    def come(self, answer: dict):
        return self.client.get(f"{self.base}callback/", answer)

    def all(self, **claims):
        return self.come(self.idp.sign_in(self.leave(), **claims))


@pytest.fixture
def staff(world, idp) -> int:
    return provider(world, idp)


def test_somebody_new_gets_an_account_inside_the_company(world, idp, staff):
    visit = Visit(idp, staff)
    response = visit.come(idp.sign_in(visit.leave(next="/acme/purchase_orders/")))
    assert response.status_code == 302 and response.headers["Location"] == "/acme/purchase_orders/"
    assert visit.client.get("/acme/").status_code == 200
    eva = User.objects.get(email="eva@acme.example")
    assert not eva.has_usable_password() and eva.name == "Eva"
    with scope(world.system()):
        place = Membership.objects.get(user=eva)
        assert place.partner_id is None and place.role.name == "reader"


def test_the_subject_is_who_it_is_whatever_its_address_becomes(world, idp, staff):
    Visit(idp, staff).all()
    before = people()
    again = Visit(idp, staff)
    again.all(email="other@elsewhere.example", email_verified=False)
    assert is_in(again.client) and people() == before and len(identities(world)) == 1
    assert again.client.session["_auth_user_id"] == str(User.objects.get(email="eva@acme.example").pk)


def lies(idp) -> dict:
    now, other = int(time.time()), rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "another nonce": ({"nonce": "x"}, {}),
        "no nonce": ({"nonce": None}, {}),
        "another audience": ({"aud": "somebody-else"}, {}),
        "several audiences": ({"aud": [CLIENT, "somebody-else"]}, {}),
        "made for another": ({"azp": "somebody-else"}, {}),
        "another issuer": ({"iss": "https://evil.example"}, {}),
        "expired": ({"iat": now - 900, "exp": now - 600}, {}),
        "of the future": ({"iat": now + 900, "exp": now + 1200}, {}),
        "without an end": ({"exp": None}, {}),
        "no subject": ({"sub": None}, {}),
        "an empty subject": ({"sub": ""}, {}),
        "an unverified address": ({"email_verified": False}, {}),
        "no word of verifying": ({"email_verified": None}, {}),
        "a foreign domain": ({"email": "eva@rival.example"}, {}),
        "a domain that ends alike": ({"email": "eva@notacme.example"}, {}),
        "two at-signs": ({"email": '"eva@rival.example"@acme.example@x'}, {}),
        "no address": ({"email": None}, {}),
        "another's key": ({}, {"sign_with": other}),
        "an unknown key": ({}, {"header": {"kid": "two"}}),
        "no signature": ({}, {"algorithm": "none", "sign_with": ""}),
        "a shared key": ({}, {"algorithm": "HS256", "sign_with": SECRET * 3}),
        "a changed issuer": ({}, {"issuer_said": "https://evil.example"}),
    }


@pytest.mark.parametrize("lie", list(lies(None)))
def test_a_lie_opens_nothing(lie, world, idp, staff):
    before, visit = people(), Visit(idp, staff)
    claims, facts = lies(idp)[lie]
    url = visit.leave()
    for name, value in facts.items():
        setattr(idp, name, value)
    response = visit.come(idp.sign_in(url, **claims))
    assert response.status_code == 403 and not is_in(visit.client)
    assert people() == before and not identities(world)


def test_the_truth_beside_the_lies_opens(idp, staff):
    """The same way with nothing changed: the refusals above are for their own reason."""
    visit = Visit(idp, staff)
    assert visit.all().status_code == 302 and is_in(visit.client)


def test_an_answer_is_taken_once_and_only_by_whom_it_was_for(idp, staff):
    visit = Visit(idp, staff)
    answer = idp.sign_in(visit.leave())
    other = Visit(idp, staff)
    other.leave()
    assert other.come(answer).status_code == 403 and not is_in(other.client), "another browser's state"
    visit.come(answer)
    visit.client.post("/accounts/logout/")
    assert visit.come(answer).status_code == 403 and not is_in(visit.client)


@pytest.mark.parametrize("answer", [{}, {"state": "x", "code": "y"}, {"code": "y"}, {"error": "access_denied"}])
def test_an_answer_that_nobody_asked_for_is_refused(answer, idp, staff):
    visit = Visit(idp, staff)
    assert visit.come(answer).status_code == 403 and "/token" not in idp.asked


def test_the_answer_of_one_provider_is_not_taken_for_anothers(world, idp, staff):
    """Mix-up: state and address belong to the provider that was asked."""
    second = provider(world, idp, partner=world.partners.tornillos, domains=["acme.example"])
    visit = Visit(idp, staff)
    answer = idp.sign_in(visit.leave())
    mixed = Visit(idp, second, client=visit.client)
    assert mixed.come(answer).status_code == 403 and not is_in(visit.client)
    assert "/token" not in idp.asked, "and its code is given to nobody"
    named = Visit(idp, staff)
    answer = idp.sign_in(named.leave()) | {"iss": "https://evil.example"}
    assert named.come(answer).status_code == 403 and not is_in(named.client)


def test_a_partners_provider_opens_that_partner_only(world, idp):
    pk = provider(world, idp, partner=world.partners.tornillos, domains=["acme.example"])
    user = world.people["tornillos"]
    with scope(world.system()):
        staff_role = Role.objects.get(audience="staff", name="administrator")
        Membership.objects.create(portal_id=staff_role.portal_id, user=user, role=staff_role)
        place = Membership.objects.get(user=user, partner=world.partners.tornillos)
    with scope(world.system("rival")):
        role = Role.objects.get(audience="staff", name="administrator")
        elsewhere = Membership.objects.create(portal_id=role.portal_id, user=user, role=role)
    visit = Visit(idp, pk)
    visit.all(email=user.email)
    client = visit.client
    assert client.get("/acme/").status_code == 200 and client.get("/acme/audit/").status_code == 404
    assert client.get("/rival/").status_code == 404 and client.get("/").headers["Location"] == "/acme/"
    assert client.post("/profile/place/", {"place": elsewhere.pk}).status_code in (403, 404, 405)
    client.post("/acme/profile/place/", {"place": elsewhere.pk})
    assert client.get("/rival/").status_code == 404
    assert client.session["within"] == {"membership": place.pk, "provider": pk}


def test_such_a_session_opens_nothing_of_the_account_itself(world, idp, staff):
    visit = Visit(idp, staff)
    visit.all()
    inside = [f"/acme/profile/{page}/" for page in ("email", "data", "data/take", "erase", "sessions", "sessions/end")]
    assert visit.client.get("/acme/profile/").status_code == 200
    for path in ("/accounts/password/change/", f"{SECURITY}passkeys/add/", SECURITY, *inside):
        assert visit.client.get(path).status_code == 403, path
        assert visit.client.post(path, {}).status_code == 403, path
    ana = Client()
    ana.force_login(world.people["ana"])
    assert ana.get(SECURITY).status_code == 200


def test_signing_in_with_the_password_reaches_everything_again(world, idp, staff):
    visit = Visit(idp, staff)
    visit.all(email="ana@acme.example")
    assert visit.client.session["within"]
    visit.client.post("/accounts/logout/")
    visit.client.post("/accounts/login/", {"login": "ana@acme.example", "password": PASSWORD})
    assert "within" not in visit.client.session and visit.client.get(SECURITY).status_code == 200


def test_an_account_elsewhere_is_not_taken_over(world, idp):
    pk = provider(world, idp, domains=["rival.example"])
    visit = Visit(idp, pk)
    response = visit.all(email="rita@rival.example")
    assert response.status_code == 403 and "/accounts/login/?next=" in response.content.decode()
    assert not is_in(visit.client) and not identities(world)


def test_its_owner_links_it_after_signing_in_there(world, idp):
    pk = provider(world, idp, domains=["rival.example"])
    client = Client()
    client.post("/accounts/login/", {"login": "rita@rival.example", "password": PASSWORD})
    visit = Visit(idp, pk, client=client)
    response = visit.all(email="rita@rival.example")
    link = response.headers["Location"]
    assert client.get(link).status_code == 200 and not identities(world), "looking links nothing"
    assert client.post(link).headers["Location"] == "/acme/"
    (one,) = identities(world)
    assert one.user_id == world.people["rita"].pk and client.get("/acme/").status_code == 200
    with scope(world.system()):
        assert Event.objects.filter(doctype="people", kind="provider_linked").count() == 1
    assert client.post(link).status_code == 404


def test_nobody_links_for_somebody_else(world, idp):
    pk = provider(world, idp, domains=["rival.example"])
    rita, ana = Client(), Client()
    rita.force_login(world.people["rita"])
    ana.force_login(world.people["ana"])
    link = Visit(idp, pk, client=rita).all(email="rita@rival.example").headers["Location"]
    assert ana.post(link).status_code == 404 and Client().post(link).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = rita.cookies
    assert strict.post(link).status_code == 403 and not identities(world)


def test_the_second_factor_is_not_gone_round(world, idp, staff, person):
    ana = person()
    ana.set_up()
    visit = Visit(idp, staff)
    response = visit.all(email="ana@acme.example")
    assert response.headers["Location"] == f"{SECURITY}code/" and not is_in(visit.client)
    assert visit.client.get("/acme/").status_code == 302
    visit.client.post(f"{SECURITY}code/", {"code": code_of(ana.secret, 1)})
    assert visit.client.get("/acme/").status_code == 200 and visit.client.session["within"]


def test_a_portal_that_asks_for_a_factor_asks_these_people_too(world, idp, staff):
    with scope(world.system()):
        Portal.objects.filter(pk=world.portals.acme.id).update(settings={"second_factor_roles": ["all"]})
    visit = Visit(idp, staff)
    visit.all()
    way = visit.client.get("/acme/").headers["Location"]
    assert way.startswith(f"{SECURITY}required/") and visit.client.get(way).status_code == 200
    assert visit.client.get(f"{SECURITY}app/").status_code == 200 and not Authenticator.objects.exists()


@pytest.mark.parametrize("what", ["membership", "account", "provider"])
def test_whoever_was_shut_out_stays_out(what, world, idp, staff):
    Visit(idp, staff).all()
    eva = User.objects.get(email="eva@acme.example")
    with scope(world.system()):
        if what == "membership":
            Membership.objects.filter(user=eva).update(is_active=False)
        elif what == "provider":
            IdentityProvider.objects.filter(pk=staff).update(is_active=False)
    if what == "account":
        User.objects.filter(pk=eva.pk).update(is_active=False)
    client = Client()
    response = client.get(f"/accounts/company/acme/{staff}/")
    if what != "provider":
        response = Visit(idp, staff, client=client).all()
    assert response.status_code == (404 if what == "provider" else 403) and not is_in(client)


def test_a_provider_of_another_portal_does_not_exist_here(world, idp):
    pk = provider(world, idp, slug="rival", domains=["rival.example"])
    assert Client().get(f"/accounts/company/acme/{pk}/").status_code == 404
    assert Client().get(f"/accounts/company/rival/{pk}/").status_code == 302


@pytest.mark.parametrize(
    "evil", ["//evil.example", "https://evil.example/", "/rival/", "/\\evil.example", "/accounts/"]
)
def test_the_way_on_stays_within_the_portal(evil, idp, staff):
    visit = Visit(idp, staff)
    assert visit.come(idp.sign_in(visit.leave(next=evil))).headers["Location"] == "/acme/"


def test_the_page_names_the_portals_own_and_finds_a_partners_by_its_domain(world, idp, staff):
    pk = provider(world, idp, partner=world.partners.tornillos, name="Ñandú SSO", domains=["nandu.example"])
    text = Client().get("/accounts/login/?next=/acme/").content.decode()
    assert f"/accounts/company/acme/{staff}/" in text and "Ñandú" not in text and "/accounts/company/acme/" in text
    assert "/accounts/company/" not in Client().get("/accounts/login/?next=/rival/").content.decode()
    url = "/accounts/company/acme/"
    assert f"{url}{pk}/" in Client().post(url, {"email": "x@NANDU.example"}).content.decode()
    assert Client().post(url, {"email": "x@other.example"}).status_code == 422


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com",
        "https://127.0.0.1",
        "https://localhost",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://0x7f000001",
        "https://login.example.com:22",
        "https://user:x@login.example.com",
        "file:///etc/passwd",
        "gopher://login.example.com",
        "https://",
        "https://login.example.com/\r\nHost: x",
    ],
)
def test_no_provider_leads_into_the_own_network(url, settings):
    settings.PROVIDER_HOSTS = set()
    with pytest.raises(fetching.Unreachable) as refused:
        fetching.ask(url)
    assert isinstance(refused.value, fetching.Forbidden) or "0x7f" in url


def test_a_name_that_is_private_for_one_of_its_addresses_is_refused(monkeypatch):
    answers = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("192.168.0.1", 443))]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(fetching.Forbidden):
        fetching.ask("https://login.example.com/")
