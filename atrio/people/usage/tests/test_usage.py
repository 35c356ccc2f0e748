"""How the portal is used: what pages tell of it once a day, and what staff read of it."""

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from atrio.core import events, files
from atrio.core.about import side_of
from atrio.core.doctypes import document_type
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.members.tests.people import place_of
from atrio.people.models import Membership, UsageMonth
from atrio.people.usage import counting, figures, jobs
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


def happen(world, who: str, doc, kind: str, at: dt.datetime, **facts) -> None:
    """An event of a time that is gone."""
    actor = world.actor(who)
    about = {"portal_id": actor.portal.id, "doctype": events.word_of(doc), "document_id": doc.pk, "facts": facts}
    one = Event(**about, partner_id=doc.partner_id, kind=kind, user_id=actor.user_id, actor_name=actor.name, at=at)
    moment = Event._meta.get_field("at")
    with scope(actor), pytest.MonkeyPatch.context() as patch:
        patch.setattr(moment, "auto_now_add", False)
        one.save()


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
        happen(world, who, doc, kind, days[day])
    return world


def test_use_is_counted_by_day_type_and_partner(used):
    with scope(used.actor("ana")):
        use = figures.read(used.actor("ana"), TODAY - dt.timedelta(days=2), TODAY)
    assert use.total == (3, 1, 2, 2, 1)
    assert list(use.units.values()) == [(0, 0, 0, 0, 0), (2, 0, 1, 1, 0), (2, 1, 1, 1, 1)]
    assert use.types["sales_invoices"] == (1, 0, 1, 0, 1) and use.types["people"] == (1, 1, 0, 0, 0)
    assert use.partners[used.partners.tornillos.pk] == (2, 1, 1, 2, 0)


def elsewhere(actor, zone: str):
    """In the same portal of another zone."""
    return replace(actor, portal=replace(actor.portal, time_zone=zone))


def test_a_day_is_the_portals_day_whoever_reads(used):
    """Half past eleven in the evening in London is still the afternoon in Bogotá, and already tomorrow in Tokyo."""
    actor, yesterday = used.actor("ana"), TODAY - dt.timedelta(days=1)
    with scope(actor):
        for reader in (actor, replace(actor, time_zone="Asia/Tokyo")):
            assert figures.read(reader, yesterday, yesterday).total == (2, 0, 1, 1, 0)
        tokyo = elsewhere(actor, "Asia/Tokyo")
        assert [figures.read(tokyo, day, day).total for day in (yesterday, TODAY)] == [(0,) * 5, (2, 0, 1, 1, 0)]


def test_the_page_says_whose_days_they_are(used, as_):
    assert "Days begin as in America/Bogota" in as_("ana").get("/acme/usage/").content.decode()


# --- a long time ----------------------------------------------------------------------------------------------------


@pytest.fixture
def long_used(used):
    """Also in earlier months, and in the last hour of a January that in London is over already."""
    invoice = make(used, document_type("sales_invoices"), "FV-2")
    for who, kind, at in (
        ("bodega", "seen", dt.datetime(2026, 2, 1, 4, 30, tzinfo=dt.UTC)),
        ("bodega", "seen", dt.datetime(2026, 2, 3, 15, tzinfo=dt.UTC)),
        ("bodega", "downloaded", dt.datetime(2026, 2, 3, 16, tzinfo=dt.UTC)),
        ("ana", "send", dt.datetime(2026, 2, 28, 15, tzinfo=dt.UTC)),
        ("ana", "seen", dt.datetime(2026, 10, 30, 15, tzinfo=dt.UTC)),
    ):
        happen(used, who, invoice, kind, at)
    return used


def test_a_long_time_is_shown_by_months_counted_before_or_not(long_used, as_):
    system, first = long_used.system(), dt.date(2026, 1, 20)
    with scope(long_used.actor("ana")):
        before = figures.read(long_used.actor("ana"), first, TODAY)
    assert counting.count_months(system) == 10, "January to October: November is not over"
    assert counting.count_months(system) == 0, "once"
    with scope(long_used.actor("ana")):
        after = figures.read(long_used.actor("ana"), first, TODAY)
        counted = set(UsageMonth.objects.filter(user=None).values_list("month", flat=True))
    assert after == before and len(counted) == 10
    assert after.monthly and list(after.units)[:2] == [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]
    assert after.units[dt.date(2026, 1, 1)] == (1, 0, 1, 0, 0)
    assert after.units[dt.date(2026, 2, 1)] == (2, 0, 1, 1, 1), "bodega twice is one of two people"
    assert after.total == (3, 1, 5, 3, 2)
    page = as_("ana").get("/acme/usage/?first=2026-01-20&last=2026-11-23").content.decode()
    assert "Month by month" in page and "Day by day" not in page


def test_counted_months_are_what_is_read_and_only_where_they_are_whole(long_used):
    """What is counted stays as it was counted: then it shows which figures are read from where."""
    actor = long_used.actor("ana")
    counting.count_months(long_used.system())
    invoice = make(long_used, document_type("sales_invoices"), "FV-3")
    for day in (2, 27):
        happen(long_used, "bodega", invoice, "seen", dt.datetime(2026, 2, day, 15, tzinfo=dt.UTC))
    for day in (10, 11):
        happen(long_used, "bodega", invoice, "seen", dt.datetime(2026, 10, day, 15, tzinfo=dt.UTC))
    with scope(actor):
        ended = figures.read(actor, dt.date(2026, 2, 1), dt.date(2026, 10, 15))
        whole = figures.read(actor, dt.date(2026, 2, 1), TODAY)
        cut = figures.read(actor, dt.date(2026, 2, 2), TODAY)
    assert ended.units[dt.date(2026, 10, 1)].seen == 2 and whole.units[dt.date(2026, 10, 1)].seen == 1
    assert whole.units[dt.date(2026, 2, 1)].seen == 1 and cut.units[dt.date(2026, 2, 1)].seen == 3


def test_another_zone_counts_its_own_months(long_used):
    """Months that were counted as days began elsewhere are not read."""
    counting.count_months(long_used.system())
    tokyo = elsewhere(long_used.system(), "Asia/Tokyo")
    with scope(tokyo):
        before = figures.read(tokyo, dt.date(2026, 1, 1), TODAY)
    assert before.units[dt.date(2026, 1, 1)].seen == 0 and before.units[dt.date(2026, 2, 1)].seen == 2
    assert counting.count_months(tokyo) == 9
    with scope(tokyo):
        assert figures.read(tokyo, dt.date(2026, 1, 1), TODAY) == before


def test_partners_and_other_portals_read_no_counted_month(long_used):
    counting.count_months(long_used.system())
    for who in ("bodega", "tornillos", "rita"):
        with scope(long_used.actor(who)):
            assert not UsageMonth.objects.exists(), who
    with (
        scope(long_used.actor("ana")),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        UsageMonth.objects.all().delete()


def test_the_night_counts_every_portal(long_used):
    jobs.count_use(0)
    for slug in ("acme", "rival"):
        with scope(long_used.system(slug)):
            assert UsageMonth.objects.exists() == (slug == "acme"), "rival began today"


def test_a_list_counts_for_what_it_lists_and_a_bundle_for_each_document(world, as_):
    client, page = as_("bodega"), "/acme/usage/downloaded/"
    mine = [make(world, document_type("sales_invoices"), f"FV-{n}").pk for n in range(3)]
    foreign = make(world, document_type("sales_invoices"), "FV-9", who="mercado").pk
    bundle = {"path": "/acme/sales_invoices/pdfs.zip", "ids": [*mine, foreign, "x", "9" * 30]}
    for _time in range(2):
        assert client.post(page, bundle).status_code == 204
        client.post(page, {"path": "/acme/sales_invoices/export.csv"})
    assert told(world, kind="downloaded", partner=world.partners.bodega, internal=False) == 3
    assert not told(world, document_id=foreign, kind="downloaded")
    as_("ana").post(page, {"path": "/acme/sales_invoices/pdfs.zip", "ids": mine})
    assert told(world, kind="downloaded", internal=True) == 3, "what staff take along is not told to the partner"
    with scope(world.actor("ana")):
        use = figures.read(world.actor("ana"), figures.today(world.actor("ana")), figures.today(world.actor("ana")))
    assert use.types["sales_invoices"].downloaded == 7 and "people" not in use.types


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
