"""Seeing the portal as a partner: exactly its rows, nothing changed, on record, told, and over in time."""

import datetime as dt
import os
from types import SimpleNamespace

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from atrio.core.actions import Refused
from atrio.core.doctypes import document_types
from atrio.core.models import Event, Mail, Notification
from atrio.core.scope import scope
from atrio.partners.models import Partner
from atrio.people.members.tests.people import browser, join, own_role, place_of, role
from atrio.people.middleware import _scope_of
from atrio.people.models import Membership, ViewAs
from atrio.people.viewing import view
from atrio.testing.race import arena
from atrio.testing.sweep import addresses, readable
from atrio.testing.untouched import changed, marks
from atrio.testing.world import known, make, owner_of
from atrio.tests.test_sweep import surroundings

REASON = {"reason": "Asked on the telephone where the invoice is"}


def begin(client: Client, world, who: str) -> Client:
    answer = client.post(f"/acme/view-as/?person={place_of(world, who).pk}", REASON)
    assert answer.status_code == 303, answer.content
    return client


def views(world) -> list[ViewAs]:
    with scope(world.system()):
        return list(ViewAs.objects.order_by("pk"))


def body(page: str) -> str:
    """What a page says of the portal's business, without who looks and what may be sent."""
    return page[page.index('<div class="head-row"') :] if '<div class="head-row"' in page else page


@pytest.mark.parametrize("who", ["bodega", "tornillos", "mixta"])
def test_rows_are_those_of_the_partner(who, world, as_):
    docs = {k.name: (k, make(world, k, "V-1", who=owner), make(world, k, "V-2")) for k, owner in of(who)}
    assert docs
    itself, seen = as_(who), begin(as_("ana"), world, who)
    for name, (_kind, own, other) in docs.items():
        mine, theirs = (c.get(f"/acme/{name}/export.csv") for c in (itself, seen))
        assert readable(mine).split("\n")[1:] == readable(theirs).split("\n")[1:], name
        for doc in (own, other):
            answers = [c.get(f"/acme/{name}/{doc.pk}/") for c in (itself, seen)]
            assert answers[0].status_code == answers[1].status_code, name
    hidden = [kind.name for kind in document_types().values() if itself.get(f"/acme/{kind.name}/").status_code == 404]
    assert hidden and all(seen.get(f"/acme/{name}/").status_code == 404 for name in [*hidden, "audit", "outbox"])
    assert all(seen.get(f"/acme/{path}/").status_code == 404 for path in ("api-keys", "roles", "usage"))


def of(who: str):
    """The types of which somebody has documents."""
    sides = {"bodega": "bodega", "tornillos": "tornillos", "mixta": "mixta"}
    return [(k, sides[who]) for k in document_types().values() if k.document and who in (owner_of(k), "mixta")]


def test_every_page_says_so_and_the_record_names_the_real_person(world, as_):
    ana = begin(as_("ana"), world, "tornillos")
    for path in ("", "purchase_orders/", "profile/", "search/?q=x", "nothing-here/"):
        page = ana.get(f"/acme/{path}").content.decode()
        assert "You see the portal as Tornillos Ñandú S.A.S. · Tornillos." in page and "30 minutes left" in page, path
        assert "/acme/view-as/end/" in page
    (view,) = views(world)
    expected = (world.people["ana"].pk, world.partners.tornillos.pk, REASON["reason"])
    assert (view.user_id, view.partner_id, view.reason) == expected
    assert dt.timedelta(minutes=29) < view.until - timezone.now() <= dt.timedelta(minutes=30)
    with scope(world.system()):
        event = Event.objects.get(kind="viewed_as")
    assert (event.user, event.actor_name, event.doctype) == (world.people["ana"], "Ana", "partners")
    assert (event.document_id, event.partner_id) == (world.partners.tornillos.pk, world.partners.tornillos.pk)
    ana.post("/acme/view-as/end/")
    assert views(world)[0].ended_at and "You see the portal as" not in ana.get("/acme/").content.decode()
    assert ana.get("/acme/roles/").status_code == 200


def test_the_partners_administrators_are_told(world, as_):
    join(world, "clerk", role(world, "partner", "reader"), "tornillos")
    begin(as_("ana"), world, "tornillos")
    with scope(world.system()):
        (mail,) = Mail.objects.all()
        (note,) = Notification.objects.all()
    assert mail.to == "tornillos@acme.example" and note.user == world.people["tornillos"]
    assert REASON["reason"] in mail.text and "Ana" in mail.text
    page = as_("tornillos").get(f"/acme/partners/{world.partners.tornillos.pk}/").content.decode()
    assert "Seen by our staff as by this partner" in page and REASON["reason"] in page


@pytest.mark.parametrize(("setting", "letters"), [({}, 2), ({"view_as_told": "daily"}, 1)])
def test_the_portal_may_say_once_a_day(setting, letters, world, as_):
    from atrio.core.models import Portal

    with scope(world.system()):
        Portal.objects.filter(pk=world.portals.acme.id).update(settings=setting)
    for _time in range(2):
        begin(as_("ana"), world, "tornillos")
    with scope(world.system()):
        assert Mail.objects.count() == letters and Notification.objects.count() == 2


# --- nothing is changed ---------------------------------------------------------------------------------------------

ALLOWED = {"<slug:slug>/view-as/end/", "accounts/logout/"}


def test_nothing_that_is_sent_passes_by_any_address(world, as_):
    """Every address of the URL table, with the documents of the very partner; those of the API know no session."""
    values = {kind.name: surroundings(world, kind) for kind in document_types().values()}
    common = next(iter(values.values()))
    ana = begin(as_("ana"), world, "mixta")
    looking = [world.system(), world.system("rival"), world.actor("ana"), world.actor("mixta")]
    before, tried = marks(*looking), 0
    for address in addresses():
        if address.route in ALLOWED or address.route == "healthz":
            continue
        known_of = values[address.kind.name] if address.kind in document_types().values() else common
        names = [a.name for a in address.kind.actions] if address.kind and "name" in address.holes else ["x"]
        for name in names or ["x"]:
            url = address.filled(dict.fromkeys(address.holes, 1) | known_of | {"name": name})
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = ana.generic(method, url, "name=x&text=x&role=1", "application/x-www-form-urlencoded")
                tried += 1
                expected = (401, 405) if address.methods else (403,)
                assert answer.status_code in expected, f"{method} {url}: {answer.status_code}"
                if not address.methods:
                    assert "Only to look at" in answer.content.decode(), url
    assert tried > 200 and not changed(before, marks(*looking))
    assert "You see the portal as" in ana.get("/acme/").content.decode(), "or it was refused for another reason"


def test_without_a_view_the_same_requests_reach_their_pages(world, as_):
    """Or the test above would pass for a portal that refuses everything."""
    ana = as_("ana")
    assert ana.post("/acme/profile/preferences/", {"theme": "dark"}).status_code in (302, 303)
    begin(ana, world, "tornillos")
    assert ana.post("/acme/profile/preferences/", {"theme": "light"}).status_code == 403
    assert ana.post("/profile/preferences/", {"theme": "light"}).status_code == 403
    assert ana.post("/acme/view-as/end/").status_code == 303
    assert ana.post("/acme/profile/preferences/", {"theme": "light"}).status_code in (302, 303)


def test_signing_out_ends_it(world, as_):
    ana = begin(as_("ana"), world, "tornillos")
    assert ana.post("/accounts/logout/").status_code == 302
    assert ana.get("/acme/").status_code == 302


@pytest.fixture
def place(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock(), arena(f"atrio_viewing_{worker_id}_{os.getpid()}") as made:
        yield made


def test_the_database_itself_refuses_to_write(place):
    """A GET that would write by mistake fails in a view: its transaction is one for reading."""

    def write(viewing: object) -> int:
        request = SimpleNamespace(actor=known().actor("ana"), viewing=viewing)
        with _scope_of(request):
            return Membership._base_manager.filter(portal_id=request.actor.portal.id).update(is_active=True)

    with pytest.raises(InternalError, match="read-only transaction"):
        place.do(lambda: write(object()))
    assert place.do(lambda: write(None)) > 0


def test_pages_are_shown_in_a_transaction_for_reading(place):
    """As a server runs them, outside of any other transaction."""

    def work() -> list[int]:
        world = known()
        ana = begin(browser(world.people["ana"]), world, "tornillos")
        paths = ("", "purchase_orders/", "statement/", "notifications/", "purchase_orders/export.csv")
        return [ana.get(f"/acme/{path}").status_code for path in paths] + [ana.post("/acme/search/").status_code]

    assert place.do(work) == [200, 200, 200, 200, 200, 403]


# --- who may, and for how long --------------------------------------------------------------------------------------


def test_only_who_may_and_never_as_staff(world, as_):
    person = place_of(world, "tornillos").pk
    before = marks(world.system())
    for who, status in (("bruno", 403), ("tornillos", 404), ("rita", 404)):
        client = as_(who)
        assert client.get(f"/acme/view-as/?person={person}").status_code == status, who
        assert client.post(f"/acme/view-as/?person={person}", REASON).status_code == status, who
    ana = as_("ana")
    for nobody in (place_of(world, "bruno").pk, place_of(world, "tienda").pk, "x", "9" * 30, "²"):
        assert ana.post(f"/acme/view-as/?person={nobody}", REASON).status_code == 404, nobody
    staff = role(world, "staff", "administrator")
    typed = {"partner": "tornillos", "role": staff.pk} | REASON
    assert ana.post("/acme/view-as/", typed).status_code == 422
    assert ana.post(f"/acme/view-as/?person={person}", {"reason": " "}).status_code == 422
    assert not changed(before, marks(world.system()), but=("account",))


def test_as_a_partner_with_a_role(world, as_):
    narrow = own_role(world, "partner", "narrow", "purchase_orders.view")
    ana = as_("ana")
    typed = {"partner": "tornillos", "role": narrow.pk} | REASON
    assert ana.post("/acme/view-as/", typed | {"partner": "no such"}).status_code == 422
    assert ana.post("/acme/view-as/", typed).status_code == 303
    assert ana.get("/acme/purchase_orders/").status_code == 200
    assert ana.get("/acme/supplier_invoices/").status_code == 404


def test_it_asks_for_the_password_again(world):
    stale = browser(world.people["ana"], shown=False)
    for method in ("get", "post"):
        answer = getattr(stale, method)(f"/acme/view-as/?person={place_of(world, 'tornillos').pk}", REASON)
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/"), method
    assert not views(world)


def test_it_is_over_in_time_and_its_last_form_does_nothing(world, as_):
    ana = begin(as_("ana"), world, "tornillos")
    past = timezone.now() - dt.timedelta(seconds=1)
    with scope(world.system()):
        ViewAs.objects.update(until=past)
    session = ana.session
    session["viewing"] = session["viewing"] | {"until": past.isoformat()}
    session.save()
    answer = ana.post("/acme/profile/preferences/", {"theme": "dark"})
    assert answer.status_code == 403 and "The view has ended" in answer.content.decode()
    world.people["ana"].refresh_from_db()
    assert world.people["ana"].theme == "auto"
    assert ana.get("/acme/roles/").status_code == 200  # with one's own eyes
    assert ana.post("/acme/profile/preferences/", {"theme": "auto"}).status_code in (302, 303)


@pytest.mark.parametrize("loss", ["permission", "membership", "partner", "company"])
def test_it_ends_with_the_right_to_it(loss, world, as_):
    given = own_role(world, "staff", "helper", "people.view_as", "people.view", "partners.view")
    helper = join(world, "helper", given)
    client = begin(browser(helper.user), world, "tornillos")
    assert "You see the portal as" in client.get("/acme/").content.decode()
    with scope(world.system()):
        if loss == "permission":
            given.permissions = ["partners.view"]
            given.save()
        elif loss == "membership":
            Membership.objects.filter(user=world.people["tornillos"]).update(is_active=False)
        elif loss == "company":  # the person works for another one by now
            Membership.objects.filter(user=world.people["tornillos"]).update(partner=world.partners.aceros)
        else:
            world.partners.tornillos.is_active = False
            world.partners.tornillos.save()
    assert "You see the portal as" not in client.get("/acme/").content.decode()
    assert client.get("/acme/purchase_orders/").status_code == 404


def test_it_is_over_in_time_whatever_the_browser_remembers(world, as_):
    ana = begin(as_("ana"), world, "tornillos")
    with scope(world.system()):
        ViewAs.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert ana.get("/acme/roles/").status_code == 200


def test_ended_in_one_window_it_is_ended_in_all(world, as_):
    ana, other = begin(as_("ana"), world, "tornillos"), as_("ana")
    session = other.session
    session["viewing"] = ana.session["viewing"]
    session.save()
    assert "You see the portal as" in other.get("/acme/").content.decode()
    ana.post("/acme/view-as/end/")
    assert other.get("/acme/roles/").status_code == 200


def test_the_action_asks_again_who_begins_and_as_whom(world):
    """Below the page: without the permission by nobody, by no partner, and as the staff by nobody."""
    place = place_of(world, "tornillos")
    with scope(world.system()):
        partner, given = place.partner, place.role
    for who, seen in (("bruno", given), ("tornillos", given), ("ana", role(world, "staff", "reader"))):
        with scope(world.actor(who)), pytest.raises(Refused):
            view.start(world.actor(who), partner, seen, None, "x")
    assert not views(world)


@pytest.mark.parametrize("lost", ["place", "partner"])
def test_who_has_no_place_is_not_seen_as(lost, world, as_):
    person = place_of(world, "tornillos").pk
    with scope(world.system()):
        if lost == "place":
            Membership.objects.filter(pk=person).update(is_active=False)
        else:
            Partner.objects.filter(pk=world.partners.tornillos.pk).update(is_active=False)
    assert as_("ana").post(f"/acme/view-as/?person={person}", REASON).status_code == 404
    assert not views(world)


def test_in_another_portal_one_is_oneself(world, as_):
    """And nothing is sent there either: whoever views, looks."""
    ana, given = begin(as_("ana"), world, "tornillos"), role(world, "staff", "administrator", "rival")
    with scope(world.system("rival")):
        Membership.objects.create(portal_id=given.portal_id, user=world.people["ana"], role=given)
    page = ana.get("/rival/roles/")
    assert page.status_code == 200 and "You see the portal as" not in page.content.decode()
    assert ana.post("/rival/profile/preferences/", {"theme": "dark"}).status_code == 403


def test_a_view_of_somebody_else_cannot_be_taken_over(world, as_):
    begin(as_("ana"), world, "tornillos")
    (view,) = views(world)
    other = browser(join(world, "helper", own_role(world, "staff", "helper", "people.view_as")).user)
    session = other.session
    session["viewing"] = {"portal": world.portals.acme.id, "id": view.pk, "until": view.until.isoformat()}
    session.save()
    assert other.get("/acme/purchase_orders/").status_code == 404
    other.post("/acme/view-as/end/")
    assert views(world)[0].ended_at is None


def test_partners_read_no_table_of_views(world, as_):
    begin(as_("ana"), world, "tornillos")
    with scope(world.actor("tornillos")):
        assert not ViewAs.objects.exists()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("delete from view_as")
