"""One's own profile: what is chosen shows at the next click, and nobody enters where they do not belong."""

import csv
import io
import zipfile
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from atrio.core import events
from atrio.core.doctypes import document_type
from atrio.core.scope import scope
from atrio.people.models import Membership, User
from atrio.people.roles import Role
from atrio.testing.sweep import readable
from atrio.testing.world import make

PROFILE = "/acme/profile/"
CHOSEN = {
    "name": "Bodega Nueva",
    "username": "bodega.1",
    "phone": "+57 300 1234567",
    "language": "pt-br",
    "time_zone": "America/Sao_Paulo",
    "locale": "en_US",
    "date_style": "iso",
    "start_page": "sales_invoices/",
    "theme": "dark",
    "accent": "teal",
}


def saved(world, who) -> User:
    return User.objects.get(pk=world.people[who].pk)


def test_what_is_chosen_shows_at_the_next_click(world, as_):
    make(world, document_type("sales_invoices"), "FV-1", total="1234.50", issue_date="2026-03-09")
    bodega = as_("bodega")
    before = bodega.get("/acme/sales_invoices/").content.decode()
    assert 'lang="es"' in before and "09/03/2026" in before and "1.234,50" in before
    assert bodega.post(PROFILE, CHOSEN).status_code == 303
    after = bodega.get("/acme/sales_invoices/").content.decode()
    assert '<html lang="pt-br" data-bs-theme="dark" data-accent="teal">' in after
    assert "2026-03-09" in after and "1,234.50" in after and "Bodega Nueva" in after
    user = saved(world, "bodega")
    assert {name: getattr(user, name) for name in CHOSEN} == CHOSEN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "   "),
        ("name", "x" * 121),
        ("phone", "<script>"),
        ("phone", "1\x00"),
        ("language", "xx"),
        ("time_zone", "Mars/Olympus"),
        ("locale", "zz_ZZ"),
        ("date_style", "%Y"),
        ("theme", "pink"),
        ("accent", "#fff"),
        ("start_page", "//evil.example"),
        ("start_page", "purchase_orders/"),
        ("username", "ana@acme.example"),
        ("username", "аna"),
        ("username", "x"),
        ("phone", "+57 1"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_changes_nothing(field, value, world, as_):
    response = as_("bodega").post(PROFILE, CHOSEN | {field: value})
    text = response.content.decode()
    assert response.status_code == 422 and f'id="id_{field}_error"' in text
    kept = ('value="America/Sao_Paulo" selected', 'value="iso" selected', 'value="Bodega Nueva"')
    assert sum(one in text for one in kept) >= 2, "what was typed is kept"
    assert (saved(world, "bodega").name, saved(world, "bodega").theme) == ("Bodega", "auto")


def test_nobody_changes_more_of_an_account_than_the_form_shows(world, as_):
    as_("bodega").post(PROFILE, CHOSEN | {"email": "evil@x.example", "is_active": "", "must_change_password": "on"})
    user = saved(world, "bodega")
    assert (user.email, user.is_active, user.must_change_password) == ("bodega@acme.example", True, False)


def test_own_permissions_are_shown_in_words(world, as_):
    assert "<strong>Sales invoices</strong>: See" in as_("bodega").get(PROFILE).content.decode()
    assert "<strong>People</strong>: See" in as_("ana").get(PROFILE).content.decode()
    assert "Purchase orders" not in as_("bodega").get(PROFILE).content.decode()
    assert "What you may do" not in as_("nadie").get(PROFILE).content.decode()


def test_theme_and_language_at_once_from_wherever_one_is(world, as_):
    ana = as_("ana")
    came_from = {"referer": "http://testserver/acme/purchase_orders/"}
    response = ana.post("/acme/profile/preferences/", {"theme": "dark"}, headers=came_from)
    assert response.headers["Location"].endswith("/acme/purchase_orders/")
    ana.post("/acme/profile/preferences/", {"language": "en"}, headers=came_from)
    assert '<html lang="en" data-bs-theme="dark">' in ana.get("/acme/").content.decode()
    assert (saved(world, "ana").theme, saved(world, "ana").language) == ("dark", "en")
    ana.post("/accounts/logout/")
    assert '<html lang="en"' in ana.get("/accounts/login/").content.decode(), "the browser remembers"


def test_preferences_change_by_post_and_only_to_what_is_offered(world, as_):
    ana = as_("ana")
    assert ana.get("/acme/profile/preferences/", {"theme": "dark"}).status_code == 405
    assert ana.post("/acme/profile/preferences/", {"theme": "pink"}).status_code == 400
    assert saved(world, "ana").theme == "auto"


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_preferences_never_lead_off_the_site(way, world, as_):
    for client, url in ((as_("ana"), "/acme/profile/preferences/"), (Client(), "/profile/preferences/")):
        response = client.post(url, {"language": "en", "next": way}, headers={"referer": "https://evil.example/x"})
        assert response.headers["Location"] == "/"


# --- several companies


@pytest.fixture
def both(world):
    """Ana also works for norte in acme, and for tienda in rival."""
    for slug, who in (("acme", "norte"), ("rival", "tienda")):
        with scope(world.system(slug)):
            portal = getattr(world.portals, slug)
            role = Role.objects.get(portal_id=portal.id, audience="partner", name="administrator")
            partner = getattr(world.partners, who)
            yielded = Membership.objects.create(
                portal_id=portal.id, user=world.people["ana"], partner=partner, role=role
            )
    return yielded


def place_of(world, who: str, slug: str) -> int:
    with scope(world.system(slug)):
        portal = getattr(world.portals, slug)
        return Membership.objects.get(
            portal_id=portal.id, user=world.people["ana"], partner=getattr(world.partners, who)
        ).pk


def test_with_one_company_the_door_leads_straight_in(world, as_):
    assert as_("bodega").get("/").headers["Location"] == "/acme/"
    assert as_("bodega").get("/?choose=1").headers["Location"] == "/acme/"
    assert "Switch company" not in as_("bodega").get("/acme/").content.decode()


def test_with_several_the_door_asks(both, as_):
    ana = as_("ana")
    text = ana.get("/").content.decode()
    assert "Acme" in text and "Rival" in text and "Bodega Norte" in text
    assert 'href="/?choose=1"' in ana.get("/acme/").content.decode()


def test_one_acts_for_another_partner_after_switching(both, world, as_):
    make(world, document_type("sales_invoices"), "FV-N", who="norte")
    ana = as_("ana")
    assert ana.get("/acme/purchase_orders/").status_code == 200
    response = ana.post("/acme/profile/place/", {"place": place_of(world, "norte", "acme")})
    assert response.status_code == 303 and response.headers["Location"] == "/acme/"
    assert ana.get("/acme/purchase_orders/").status_code == 404, "now a customer, not staff"
    assert "FV-N" in ana.get("/acme/sales_invoices/").content.decode()
    assert ana.post("/acme/profile/place/", {"place": both.pk}).headers["Location"] == "/rival/"
    assert "Tienda Rival" in ana.get("/rival/").content.decode()


@pytest.mark.parametrize("place", ["", "x", "-1", "0", "99999999999999999999", "foreign"])
def test_nobody_switches_to_a_place_of_others(place, world, as_):
    with scope(world.system()):
        foreign = Membership.objects.get(user=world.people["bodega"]).pk
    mercado = as_("mercado")
    asked = str(foreign) if place == "foreign" else place
    assert mercado.post("/acme/profile/place/", {"place": asked}).status_code == 404
    assert "place:acme" not in mercado.session
    assert "Bodega" not in mercado.get("/acme/").content.decode()


def test_a_place_that_ended_is_not_entered(both, world, as_):
    ana = as_("ana")
    ana.post("/acme/profile/place/", {"place": place_of(world, "norte", "acme")})
    with scope(world.system()):
        Membership.objects.filter(pk=place_of(world, "norte", "acme")).update(is_active=False)
    assert ana.get("/acme/purchase_orders/").status_code == 200, "back on the staff"


def test_somebody_without_a_company_is_told_so(world, as_):
    with scope(world.system()):
        Membership.objects.filter(user=world.people["bodega"]).update(is_active=False)
    response = as_("bodega").get("/")
    assert response.status_code == 200 and "No company yet" in response.content.decode()


def test_a_user_name_is_one_persons_whatever_its_case(world, as_):
    User.objects.filter(pk=world.people["ana"].pk).update(username="jefa")
    response = as_("bodega").post(PROFILE, CHOSEN | {"username": "JEFA"})
    assert response.status_code == 422 and 'id="id_username_error"' in response.content.decode()
    as_("bodega").post(PROFILE, CHOSEN | {"username": ""})
    as_("norte").post(PROFILE, CHOSEN | {"username": ""})
    assert saved(world, "bodega").username is None, "many have none"


@pytest.mark.parametrize(
    ("typed", "kept"), [("300 1234567", "+57 300 1234567"), ("+55 (11) 91234-5678", "+55 11 91234-5678")]
)
def test_a_phone_is_kept_as_it_is_dialled_from_abroad(typed, kept, world, as_):
    as_("bodega").post(PROFILE, CHOSEN | {"phone": typed})
    assert saved(world, "bodega").phone == kept


def test_one_starts_where_one_chose(world, as_):
    bodega = as_("bodega")
    bodega.post(PROFILE, CHOSEN)
    first = bodega.get("/")
    assert bodega.get(first.headers["Location"]).headers["Location"] == "/acme/sales_invoices/"
    assert bodega.get("/acme/").status_code == 200, "home stays where it is"
    User.objects.filter(pk=world.people["bodega"].pk).update(start_page="purchase_orders/")
    assert bodega.get("/acme/?start=1").status_code == 200, "what is no page of one's own leads nowhere"


def test_high_contrast_is_for_whoever_chose_it_and_whoever_asks_the_system_for_it(world, as_):
    sheet, asked = 'contrast.css">', 'contrast.css" media="(prefers-contrast: more)">'
    for client, path in ((Client(), "/accounts/login/"), (as_("bodega"), "/acme/"), (as_("bodega"), "/acme/nothing/")):
        page = client.get(path).content.decode()
        assert asked in page and sheet not in page, path
    as_("bodega").post(PROFILE, CHOSEN | {"theme": "contrast", "accent": ""})
    page = as_("bodega").get("/acme/").content.decode()
    assert '<html lang="pt-br">' in page and sheet in page and asked not in page
    assert as_("bodega").post("/acme/profile/preferences/", {"theme": "contrast"}).status_code == 302


OF_THE_PORTAL = ("09/03/2026", "1.234,50", "1234,5", ";", "dd/mm/yyyy", "%d/%m/%Y %H:%M:%S")


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({}, OF_THE_PORTAL),
        (CHOSEN, ("2026-03-09", "1,234.50", "1234.5", ",", "yyyy-mm-dd", "%Y-%m-%d %H:%M:%S")),
        (CHOSEN | {"date_style": "mdy"}, ("03/09/2026", "1,234.50", "1234.5", ",", "mm/dd/yyyy", "%m/%d/%Y %H:%M:%S")),
        (CHOSEN | {"locale": "pt_BR", "date_style": ""}, OF_THE_PORTAL),
    ],
)
def test_formats_and_zone_hold_in_print_and_in_every_export(chosen, shown, world, as_):
    date, printed, number, mark, look, moment = shown
    doc = make(world, document_type("sales_invoices"), "FV-1", total="1234.50", issue_date="2026-03-09")
    ana = as_("ana")
    if chosen:
        ana.post(PROFILE, chosen | {"username": "ana.1", "start_page": ""})
    on_paper = readable(ana.get(f"/acme/sales_invoices/{doc.pk}/pdf/"))
    assert date in on_paper and printed in on_paper
    (row,) = list(
        csv.DictReader(io.StringIO(sent(ana, "sales_invoices/export.csv").decode("utf-8-sig")), delimiter=mark)
    )
    assert {date, number} <= set(row.values())
    statement = f"statement/export.xlsx?partner={doc.partner_id}"
    for url in ("sales_invoices/export.xlsx", statement, "balances/export.xlsx", "audit/export.xlsx"):
        with zipfile.ZipFile(io.BytesIO(sent(ana, url))) as book:
            assert look in book.read("xl/styles.xml").decode().replace("\\", ""), url
    with scope(world.system()):
        told = events.record(world.system(), doc, "created")
        told.refresh_from_db()
    at = told.at.astimezone(ZoneInfo(chosen.get("time_zone", "America/Bogota")))
    assert f"{at:{moment}}" in sent(ana, "audit/export.csv").decode()


def sent(client: Client, url: str) -> bytes:
    return b"".join(client.get(f"/acme/{url}").streaming_content)
