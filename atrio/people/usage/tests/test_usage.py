"""How the portal is used: what pages tell of it once a day, and what staff read of it."""

import csv
import datetime as dt
import io

import pytest
from django.utils import timezone

from atrio.core import events, files
from atrio.core.about import side_of
from atrio.core.doctypes import document_type
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.members.tests.people import place_of
from atrio.people.models import Membership
from atrio.people.usage import figures
from atrio.testing.counting import counted
from atrio.testing.untouched import changed, marks
from atrio.testing.world import make

TODAY = dt.date(2026, 11, 23)


def told(world, **having) -> int:
    with scope(world.system()):
        return Event.objects.filter(**having).count()


def test_a_page_tells_once_a_day_that_its_person_is_here(world, as_):
    client, place = as_("tornillos"), place_of(world, "tornillos")
    assert 'data-present-url="/acme/usage/present/"' in client.get("/acme/").content.decode()
    assert not told(world, kind="present"), "a GET writes nothing"
    for _time in range(3):
        assert client.post("/acme/usage/present/").status_code == 204
    assert told(world, kind="present", document_id=place.pk) == 1
    assert "data-present-url" not in client.get("/acme/").content.decode()
    with scope(world.system()):
        seen = Membership.objects.get(pk=place.pk).last_seen_at
    assert seen and timezone.now() - seen < dt.timedelta(minutes=1)
    assert as_("tornillos").post("/acme/usage/present/").status_code == 204  # another browser, the same day
    assert told(world, kind="present") == 1


def test_downloads_are_told_of_what_one_sees(world, as_):
    invoice = make(world, document_type("sales_invoices"), "FV-1")
    with scope(world.system()):
        file = files.keep(world.system(), invoice, "fv.xml", b"<a>1</a>", role="xml")
    client = as_("bodega")
    paths = [f"sales_invoices/{invoice.pk}/pdf/", f"sales_invoices/{invoice.pk}/files/{file.pk}/"]
    for path in [*paths, *paths]:
        assert client.post("/acme/usage/downloaded/", {"path": f"/acme/{path}"}).status_code == 204
    assert told(world, kind="downloaded", document_id=invoice.pk, partner=world.partners.bodega) == 2
    client.post("/acme/usage/downloaded/", {"path": "/acme/sales_invoices/export.csv"})
    assert told(world, kind="downloaded_list") == 1
    page = as_("ana").get(f"/acme/sales_invoices/{invoice.pk}/").content.decode()
    assert "Downloaded" in page


def test_what_staff_download_is_not_told_to_the_partner(world, as_):
    invoice = make(world, document_type("sales_invoices"), "FV-1")
    as_("ana").post("/acme/usage/downloaded/", {"path": f"/acme/sales_invoices/{invoice.pk}/pdf/"})
    assert told(world, kind="downloaded", internal=True) == 1
    assert "Downloaded" not in as_("bodega").get(f"/acme/sales_invoices/{invoice.pk}/").content.decode()


def test_nothing_is_told_of_what_one_does_not_see(world, as_):
    invoice = make(world, document_type("sales_invoices"), "FV-1")
    clients = {who: as_(who) for who in ("mercado", "tornillos", "rita", "norte", "bodega")}
    before = marks(world.system(), world.system("rival"))
    path = f"/acme/sales_invoices/{invoice.pk}/pdf/"
    for who in ("mercado", "tornillos", "rita"):
        assert clients[who].post("/acme/usage/downloaded/", {"path": path}).status_code == 404, who
    assert clients["norte"].post("/acme/usage/downloaded/", {"path": path}).status_code == 204  # sees it, takes no part
    odd = (
        "",
        "x",
        "/rival/sales_invoices/1/pdf/",
        "/acme/",
        "/acme/nothing/",
        "//evil.example/acme/",
        "/acme/\0",
        "/acme/profile/",
    )
    for path in (*odd, "/acme/" + "x" * 5000, "/acme/../rival/", f"/acme/sales_invoices/{'9' * 30}/pdf/"):
        assert clients["bodega"].post("/acme/usage/downloaded/", {"path": path}).status_code == 404, path[:40]
    assert not changed(before, marks(world.system(), world.system("rival")))


@pytest.fixture
def used(world):
    """Two days of use, by a supplier, a customer and the staff; and one of another portal."""
    order = make(world, document_type("purchase_orders"), "OC-1", state="sent")
    bill = make(world, document_type("supplier_invoices"), "FE-1", state="sent")
    invoice = make(world, document_type("sales_invoices"), "FV-1")
    days = {
        "yesterday": dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC),
        "today": dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC),
    }
    happened = [
        ("tornillos", order, "seen", "yesterday"),
        ("tornillos", bill, "send", "today"),
        ("bodega", invoice, "seen", "today"),
        ("bodega", invoice, "downloaded", "today"),
        ("ana", order, "send", "yesterday"),
        ("tornillos", place_of(world, "tornillos"), "signed_in", "today"),
    ]
    with scope(world.system("rival")):
        events.record(world.actor("rita"), place_of(world, "rita"), "signed_in")
    for who, doc, kind, day in happened:
        actor = world.actor(who)
        with scope(actor):
            about = {"portal_id": actor.portal.id, "doctype": events.word_of(doc), "document_id": doc.pk}
            one = Event(**about, partner_id=doc.partner_id, kind=kind, user_id=actor.user_id, actor_name=actor.name)
            Event._meta.get_field("at").auto_now_add = False
            try:
                one.at = days[day]
                one.save()
            finally:
                Event._meta.get_field("at").auto_now_add = True
    return world


def test_use_is_counted_by_day_type_and_partner(used):
    with scope(used.actor("ana")):
        use = figures.read(used.actor("ana"), TODAY - dt.timedelta(days=2), TODAY)
    assert use.total == (3, 1, 2, 2, 1)
    assert list(use.days.values()) == [(0, 0, 0, 0, 0), (2, 0, 1, 1, 0), (2, 1, 1, 1, 1)]
    assert use.types["sales_invoices"] == (1, 0, 1, 0, 1) and use.types["people"] == (1, 1, 0, 0, 0)
    assert use.partners[used.partners.tornillos.pk] == (2, 1, 1, 2, 0)


def test_a_day_is_the_readers_day(used):
    """Half past eleven in the evening in London is still the afternoon in Bogotá, and already tomorrow in Tokyo."""
    from dataclasses import replace

    actor = used.actor("ana")
    with scope(actor):
        there = figures.read(replace(actor, time_zone="Asia/Tokyo"), TODAY, TODAY)
    assert there.total == (2, 0, 1, 1, 0)
    with scope(actor):
        here = figures.read(actor, TODAY - dt.timedelta(days=1), TODAY - dt.timedelta(days=1))
    assert here.total == (2, 0, 1, 1, 0)


def test_the_page_shows_it_and_the_file_has_all_of_it(used, as_):
    ana = as_("ana")
    page = ana.get("/acme/usage/?first=2026-11-20&last=2026-11-23").content.decode()
    assert "Tornillos Ñandú S.A.S." in page and "Documents viewed" in page and "Rita" not in page
    file = ana.get("/acme/usage/export.csv?first=2026-11-20&last=2026-11-23")
    rows = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Day", "Type", "Partner"] and len(rows) == 5
    assert ["23/11/2026", "Sales invoices", "Bodega Central", "1", "0", "1", "0", "1"] in rows


@pytest.mark.parametrize(
    "asked", ["first=2026-11-23&last=2026-11-20", "first=2020-01-01&last=2026-01-01", "first=x", "last=9999-12-31"]
)
def test_a_period_that_cannot_be_is_said_beside_its_field(asked, used, as_):
    answer = as_("ana").get(f"/acme/usage/?{asked}")
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode()
    assert as_("ana").get(f"/acme/usage/export.csv?{asked}").status_code == 404


def test_nobody_else_reads_it(used, as_):
    for who, status in (("bruno", 403), ("clara", 403), ("tornillos", 404), ("rita", 404)):
        for path in ("", "export.csv"):
            assert as_(who).get(f"/acme/usage/{path}").status_code == status, who


def test_more_use_asks_no_more_questions(used, as_):
    ana, url = as_("ana"), "/acme/usage/?first=2026-11-01&last=2026-11-23"
    ana.get(url)
    with counted() as few:
        ana.get(url)
    order = make(used, document_type("purchase_orders"), "OC-2", state="sent")
    actor = used.actor("aceros")
    with scope(used.system()):
        side_of(used.system(), order, internal=False)
        events.record_many(actor, Membership, "seen", [(n, used.partners.aceros.pk, {}) for n in range(25)])
    with counted() as many:
        ana.get(url)
    assert len(few) == len(many) <= 6
