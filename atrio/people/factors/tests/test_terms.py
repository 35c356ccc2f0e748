"""Terms and privacy: versions in three languages, accepted before the first page, shown to everybody."""

import pytest
from django.test import Client

from atrio.core.models import Event, Portal
from atrio.core.scope import scope
from atrio.people.factors.models import Terms, TermsAcceptance

PUBLISHED = {"es": "# Uso\n\nPrimero <b>esto</b>.", "pt-br": "Primeiro isto.", "en": "First this.", "publish": "1"}
EDIT = "/acme/settings/terms/terms/"


def all_of(world, model):
    with scope(world.system()):
        return list(model.objects.order_by("pk"))


@pytest.fixture
def published(as_):
    ana = as_("ana")
    response = ana.post(EDIT, PUBLISHED)
    assert response.status_code == 303
    return ana


def test_a_draft_asks_nobody(as_, world):
    ana = as_("ana")
    ana.post(EDIT, {"es": "Hola", "draft": "1"})
    assert as_("tornillos").get("/acme/").status_code == 200 and Client().get("/acme/terms/").status_code == 302
    assert [one.published_at for one in all_of(world, Terms)] == [None]
    assert "Hola" in ana.get(EDIT).content.decode()


def test_everybody_reads_what_is_in_force(published, as_):
    text = Client().get("/acme/terms/", headers={"accept-language": "es"}).content.decode()
    assert "<h2>Uso</h2>" in text and "Primero &lt;b&gt;esto&lt;/b&gt;." in text
    assert "Primeiro isto." in Client().get("/acme/terms/", headers={"accept-language": "pt-br"}).content.decode()
    assert Client().get("/acme/privacy/").headers["Location"].startswith("/accounts/login/")
    assert "Primero" in as_("rita").get("/acme/terms/").content.decode(), "signed in elsewhere, and still everybody"
    assert as_("rita").get("/acme/privacy/").status_code == 404


def test_the_first_page_waits_until_it_is_accepted(published, as_, world):
    tornillos = as_("tornillos")
    way = tornillos.get("/acme/purchase_orders/").headers["Location"]
    assert way == "/accounts/terms/acme/?next=%2Facme%2Fpurchase_orders%2F"
    page = tornillos.get(way).content.decode()
    assert "Primero" in page and not all_of(world, TermsAcceptance), "reading is not accepting"
    version = all_of(world, Terms)[0]
    assert tornillos.post(way, {"versions": str(version.pk)}).status_code == 422
    response = tornillos.post(way, {"versions": str(version.pk), "accept": "on"})
    assert response.headers["Location"] == "/acme/purchase_orders/"
    assert tornillos.get("/acme/purchase_orders/").status_code == 200
    (one,) = all_of(world, TermsAcceptance)
    assert (one.user_id, one.terms_id, one.origin) == (world.people["tornillos"].pk, version.pk, "127.0.0.1")
    with scope(world.system()):
        said = Event.objects.get(doctype="people", kind="terms_accepted")
        assert said.facts == {"kind": "terms", "number": 1} and said.user_id == world.people["tornillos"].pk


def test_another_browser_of_the_same_person_is_not_asked_again(published, as_, world):
    version = str(all_of(world, Terms)[0].pk)
    as_("tornillos").post("/accounts/terms/acme/", {"versions": version, "accept": "on"})
    assert as_("tornillos").get("/acme/").status_code == 200
    assert as_("bodega").get("/acme/").status_code == 303


def test_a_new_version_is_asked_for_and_the_old_answer_kept(published, as_, world):
    first = all_of(world, Terms)[0]
    published.post("/accounts/terms/acme/", {"versions": str(first.pk), "accept": "on"})
    published.post(EDIT, {"es": "Otra cosa", "publish": "1"})
    assert published.get("/acme/").status_code == 303
    response = published.post("/accounts/terms/acme/", {"versions": str(first.pk), "accept": "on"})
    assert response.status_code == 422, "what was accepted is not what is in force"
    second = all_of(world, Terms)[1]
    published.post("/accounts/terms/acme/", {"versions": str(second.pk), "accept": "on"})
    assert published.get("/acme/").status_code == 200 and len(all_of(world, TermsAcceptance)) == 2
    assert all_of(world, Terms)[0].texts["es"].startswith("# Uso")


@pytest.mark.parametrize("versions", ["", "x", "1,2,3", "9" * 59, "1;drop", "²"])
def test_nonsense_is_not_accepted(versions, published, as_, world):
    response = as_("tornillos").post("/accounts/terms/acme/", {"versions": versions, "accept": "on"})
    assert response.status_code == 422 and not all_of(world, TermsAcceptance)


@pytest.mark.parametrize(("who", "status"), [("clara", 403), ("tornillos", 404), ("rita", 404)])
def test_only_who_keeps_the_rules_writes_them(who, status, as_, world):
    client = as_(who)
    for path in ("/acme/settings/terms/", EDIT):
        assert client.get(path).status_code == status
    assert client.post(EDIT, PUBLISHED).status_code == status and not all_of(world, Terms)


def test_nobody_accepts_in_a_portal_of_others(published, as_, world):
    assert as_("rita").get("/accounts/terms/acme/").status_code == 404
    assert Client().get("/accounts/terms/acme/").status_code == 302
    assert as_("rita").post("/accounts/terms/nowhere/").status_code == 404


def test_an_empty_text_is_said_beside_its_field_and_the_rest_is_kept(as_):
    response = as_("ana").post(EDIT, {"en": "Only English", "publish": "1"})
    text = response.content.decode()
    assert response.status_code == 422 and 'id="id_es_error"' in text and "Only English" in text


def test_publishing_keeps_the_other_settings(as_, world):
    with scope(world.system()):
        Portal.objects.filter(pk=world.portals.acme.id).update(settings={"captcha": "always"})
    as_("ana").post(EDIT, PUBLISHED)
    with scope(world.system()):
        assert Portal.objects.get(pk=world.portals.acme.id).settings["captcha"] == "always"
