"""Opening a portal: by whom, under which address, and what strangers learn of it."""

import datetime as dt
import re

import pytest
from django.core import mail as outgoing
from django.core.cache import cache
from django.test import Client

from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug, portal_ids
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.access import enter
from atrio.people.door.tests.solving import answered, solved
from atrio.people.models import SingleUseLink, User
from atrio.people.portals.making import free_slug, objection, slug_of
from atrio.people.portals.making import open_portal as open_portal_row

TYPED = {
    "name": "Café Ñandú & Cía.",
    "slug": "",
    "country": "BR",
    "currency": "",
    "language": "es",
    "person": "Nora Nueva",
    "email": "nora+portal@nueva.example",
    "password1": "Una-clave-larga-7",
    "password2": "Una-clave-larga-7",
}
CONSOLE = "django.core.mail.backends.console.EmailBackend"


@pytest.fixture(autouse=True)
def _open_to_all(settings):
    cache.clear()
    settings.OPEN_PORTALS = True
    settings.BASE_URL = "https://portal.example"


@pytest.fixture
def trial(settings):
    settings.TRIAL, settings.EMAIL_BACKEND = True, CONSOLE


def open_portal(client: Client | None = None, /, **typed: str):
    """The form as its page asks for it: with the proof."""
    client = client or Client()
    return client.post("/new/", typed | solved(client.get("/new/").content.decode()))


def link_in(message) -> str:
    return re.search(r"https://portal\.example(/new/\S+)", message.body)[1]


def test_in_a_trial_it_opens_at_once_for_its_administrator(world, trial):
    client = Client()
    response = open_portal(client, **TYPED)
    assert response.status_code == 303 and response.headers["Location"] == "/cafe-nandu-cia/first-steps/"
    assert client.get("/cafe-nandu-cia/first-steps/").status_code == 200
    assert client.get("/cafe-nandu-cia/settings/mail/").status_code == 200, "the password was typed a moment ago"
    portal = portal_by_slug("cafe-nandu-cia")
    assert (portal.currency, portal.country, portal.time_zone) == ("BRL", "BR", "America/Sao_Paulo")
    user = User.objects.get(email="nora+portal@nueva.example")
    actor = enter("cafe-nandu-cia", user)
    assert actor.is_staff and actor.may("anything") and user.check_password(TYPED["password1"])
    with scope(Actor.system(portal)):
        (opened,) = Event.objects.filter(portal_id=portal.id, doctype="portal", kind="opened")
    assert opened.user_id == user.pk


def test_it_opens_only_after_the_link_was_used(world, run_jobs):
    before = portal_ids()
    client = Client()
    assert open_portal(client, **TYPED).status_code == 200
    assert portal_ids() == before and not User.objects.filter(email=TYPED["email"]).exists()
    run_jobs()
    (sent,) = outgoing.outbox
    link = link_in(sent)
    for _scanner in range(2):
        assert Client().get(link).status_code == 200 and Client().head(link).status_code == 200
    assert portal_ids() == before, "looking opens nothing"
    response = client.post(link, {"slug": "cafe"})
    assert response.headers["Location"] == "/cafe/first-steps/" and portal_by_slug("cafe").name == TYPED["name"]
    assert "_auth_user_id" in client.session
    User.objects.filter(email=TYPED["email"]).update(email="another@nueva.example")
    assert Client().post(link, {"slug": "cafe-2"}).status_code == 404 and portal_by_slug("cafe-2") is None, "once"
    assert TYPED["password1"] not in str(SingleUseLink.objects.values().get())


def test_a_link_opens_nothing_for_whoever_has_an_account_by_now(world, run_jobs):
    open_portal(**TYPED)
    run_jobs()
    User.objects.create_user(TYPED["email"].upper(), "x", name="Came another way")
    assert Client().post(link_in(outgoing.outbox[0]), {"slug": "cafe"}).status_code == 404
    assert portal_by_slug("cafe") is None


def test_in_a_trial_too_an_account_is_nobody_elses(world, trial):
    before = portal_ids()
    client = Client()
    answer = open_portal(client, **TYPED | {"email": "ANA@acme.example"})
    assert answer.headers["Location"].startswith("/accounts/login/?") and portal_ids() == before
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("slug", ["accounts", "UPPER", "a/b", "-a", "ñandú", "a" * 41, "acme"])
def test_below_the_form_no_odd_reserved_or_taken_address_opens(slug, world):
    before = portal_ids()
    with pytest.raises(NotNow):
        open_portal_row(slug, "X", currency="COP", country="CO", language="es", time_zone="UTC")
    assert portal_ids() == before


def test_an_old_link_opens_nothing(world, run_jobs):
    open_portal(**TYPED)
    run_jobs()
    SingleUseLink.objects.update(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    link = link_in(outgoing.outbox[0])
    assert Client().get(link).status_code == 404 and Client().post(link, {"slug": "cafe"}).status_code == 404
    assert portal_by_slug("cafe") is None


def test_strangers_do_not_learn_who_has_an_account(world, run_jobs, django_assert_max_num_queries):
    answers = []
    for email in ("ana@acme.example", "none@acme.example"):
        said = open_portal(**TYPED | {"email": email})
        answers.append((said.status_code, re.sub(r"\w+@acme\.example|csrf\S+ value=\S+", "", said.content.decode())))
    assert answers[0] == answers[1]
    run_jobs()
    known, unknown = outgoing.outbox
    assert known.to == ["ana@acme.example"] and "/accounts/login/?next=/new/" in known.body
    assert "/new/" in link_in(unknown) and known.subject == unknown.subject
    assert SingleUseLink.objects.count() == 1, "an account that exists gets no link that sets a password"


def test_who_is_signed_in_types_no_password(world, as_):
    ana = as_("ana")
    page = ana.get("/new/").content.decode()
    assert 'name="password1"' not in page
    response = open_portal(ana, **{k: TYPED[k] for k in ("name", "slug", "country", "currency", "language")})
    assert response.headers["Location"] == "/cafe-nandu-cia/first-steps/"
    assert enter("cafe-nandu-cia", world.people["ana"]).is_staff


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "acme"),
        ("slug", "static"),
        ("slug", "аcme"),  # a Cyrillic а
        ("slug", "../etc"),
        ("slug", "ac me"),
        ("slug", "ａｃｍｅ"),
        ("slug", "x" * 41),
        ("name", ""),
        ("name", "x" * 121),
        ("name", "公司"),
        ("country", "XX"),
        ("currency", "XXX"),
        ("language", "xx"),
        ("email", "no"),
        ("email", "a@b.example\r\nBcc: c@d.example"),
        ("password1", "short"),
        ("password1", "x" * 1_000_000),
        ("password2", "Otra-clave-larga-8"),
        ("website", "http://spam.example"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_opens_nothing(field, value, world, trial):
    before = portal_ids()
    response = open_portal(**TYPED | {field: value})
    text = response.content.decode()
    beside = {"name": "slug" if value == "公司" else "name"}.get(field, field)
    assert response.status_code == 422 and (f'id="id_{beside}_error"' in text or field == "website")
    assert field == "name" or 'value="Café Ñandú &amp; Cía."' in text, "what was typed is kept"
    assert portal_ids() == before and User.objects.filter(email=TYPED["email"]).count() == 0


def test_a_taken_address_comes_with_one_that_is_free(world, trial):
    text = open_portal(**TYPED | {"slug": "acme"}).content.decode()
    assert "acme-2" in text and objection("acme-2") == ""
    assert "acme-2" in Client().get("/new/address/?slug=acme").content.decode()
    shown = Client().get("/new/address/", {"name": "Ferretería Ñúñez"}).content.decode()
    assert "https://portal.example/ferreteria-nunez/" in shown


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Straße & Łódź", "strasse-lodz"),
        ("  A  ", "a"),
        ("公司", ""),
        ("х" * 9, ""),
        ("a" * 60, "a" * 40),
        ("..//..", ""),
    ],
)
def test_an_address_is_made_of_a_name(name, slug):
    assert slug_of(name) == slug


def test_what_is_suggested_can_be_had(world):
    assert free_slug("static") == "static-2" and free_slug("公司") == "" and free_slug("a" * 60) == "a" * 37


def test_closed_by_a_setting(world, trial, settings):
    settings.OPEN_PORTALS = False
    before = portal_ids()
    for response in (Client().get("/new/"), Client().post("/new/", TYPED), Client().get("/new/address/?name=x")):
        assert response.status_code == 404
    assert portal_ids() == before


def test_somebody_was_faster(world, run_jobs, as_):
    open_portal(**TYPED | {"slug": "cafe"})
    run_jobs()
    open_portal(as_("ana"), **{k: TYPED[k] for k in ("name", "country", "currency", "language")} | {"slug": "cafe"})
    link, client = link_in(outgoing.outbox[0]), Client()
    taken = client.post(link, {"slug": "cafe"})
    assert taken.status_code == 422 and "cafe-2" in taken.content.decode()
    assert client.post(link, {"slug": "cafe-2"}).headers["Location"] == "/cafe-2/first-steps/", "the link still works"


@pytest.mark.parametrize("who", ["", "ana"])
@pytest.mark.parametrize("sent", [{}, {"altcha": "nonsense"}, {"question": "x", "answer": "4"}])
def test_without_a_proof_nothing_opens_and_what_was_typed_stays(sent, who, world, trial, as_):
    before, client = portal_ids(), as_(who) if who else Client()
    response = client.post("/new/", TYPED | sent)
    text = response.content.decode()
    assert response.status_code == 422 and 'id="id_answer_error"' in text
    assert 'value="Café Ñandú &amp; Cía."' in text and TYPED["password1"] not in text
    assert portal_ids() == before and not User.objects.filter(email=TYPED["email"]).exists()


def test_a_proof_counts_once(world, trial):
    proof = solved(Client().get("/new/").content.decode())
    assert Client().post("/new/", TYPED | proof).status_code == 303
    again = Client().post("/new/", TYPED | proof | {"slug": "zweite", "email": "z@nueva.example"})
    assert again.status_code == 422 and portal_by_slug("zweite") is None


def test_a_refusal_asks_for_another_proof(world, trial):
    """What is wrong elsewhere is said together with it; the page that says so brings the next challenge."""
    client = Client()
    proof = solved(client.get("/new/").content.decode())
    refused = client.post("/new/", TYPED | proof | {"password2": "x"})
    assert refused.status_code == 422 and 'id="id_answer_error"' not in refused.content.decode()
    assert client.post("/new/", TYPED | solved(refused.content.decode())).status_code == 303


def test_without_a_script_a_question_is_answered(world, trial):
    page = Client().get("/new/", headers={"accept-language": "en"}).content.decode()
    assert Client().post("/new/", TYPED | answered(page) | {"answer": "99"}).status_code == 422
    assert portal_by_slug("cafe-nandu-cia") is None
    assert Client().post("/new/", TYPED | answered(page)).status_code == 303


def test_too_many_at_once_are_refused(world, trial):
    for n in range(10):
        open_portal(**TYPED | {"slug": f"p{n}", "email": f"p{n}@x.example"})
    assert open_portal(**TYPED).status_code == 429 and portal_by_slug("cafe-nandu-cia") is None


def test_steps_are_read_from_what_there_is(world, trial):
    client = Client()
    open_portal(client, **TYPED)
    base = "/cafe-nandu-cia/"
    assert "first-steps/" in client.get(base).content.decode()
    for name in ("brand", "mail", "partners", "invite"):
        assert client.post(f"{base}first-steps/", {"aside": name}).status_code == 303
    assert "first-steps/" not in client.get(base).content.decode()
    client.post(f"{base}first-steps/", {"aside": "mail"})
    assert "first-steps/" in client.get(base).content.decode()
    assert client.post(f"{base}first-steps/", {"aside": "x"}).status_code == 404


def test_steps_are_for_whoever_manages(world, as_):
    assert as_("clara").get("/acme/first-steps/").status_code == 403
    assert as_("bodega").get("/acme/first-steps/").status_code == 404
