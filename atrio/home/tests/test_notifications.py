"""What the other side did is told to those it concerns, and marked as read by a POST only."""

import re

import pytest
from django.core import mail

from atrio.core.doctypes import document_type
from atrio.core.models import Notification
from atrio.core.scope import scope
from atrio.testing.counting import counted
from atrio.testing.world import make


@pytest.fixture
def told(world, as_, run_jobs):
    """Ana wrote a note on an order of tornillos', and the job told those concerned."""
    doc = make(world, document_type("purchase_orders"), "OC-77")
    response = as_("ana").post(f"/acme/purchase_orders/{doc.pk}/notes/", {"text": "Por favor antes del martes"})
    assert response.status_code == 303
    assert run_jobs() > 0
    return doc


def rows(world, who) -> list[Notification]:
    actor = world.actor(who)
    with scope(actor):
        return list(Notification.objects.filter(user_id=actor.user_id).order_by("pk"))


def test_a_note_is_told_to_the_other_side_alone(told, world, as_):
    text = as_("tornillos").get("/acme/notifications/").content.decode()
    assert "Purchase order OC-77: New note" in text and "Por favor antes del martes" in text and "Ana" in text
    assert [len(rows(world, who)) for who in ("tornillos", "aceros", "bodega", "rita", "ana")] == [1, 0, 0, 0, 0]
    assert "OC-77" not in as_("aceros").get("/acme/notifications/").content.decode()


def test_a_mail_goes_out_in_words(told):
    to_supplier = [m for m in mail.outbox if m.to == ["tornillos@acme.example"]]
    assert len(to_supplier) == 1
    assert "OC-77" in to_supplier[0].subject
    assert f"/acme/purchase_orders/{told.pk}/" in to_supplier[0].body
    assert "Por favor antes del martes" in to_supplier[0].body


def test_the_bell_counts_and_polling_answers_only_news(told, as_):
    tornillos = as_("tornillos")
    assert re.search(r"<b>1</b>", tornillos.get("/acme/").content.decode())
    assert tornillos.get("/acme/notifications/unread/").json() == {"unread": 1}
    assert tornillos.get("/acme/notifications/unread/", {"n": "0"}).json() == {"unread": 1}
    assert tornillos.get("/acme/notifications/unread/", {"n": "1"}).status_code == 204


def test_opening_marks_it_as_read_and_leads_on(told, world, as_):
    tornillos, (one,) = as_("tornillos"), rows(world, "tornillos")
    tornillos.get("/acme/notifications/")
    assert tornillos.get(f"/acme/notifications/{one.pk}/open/").status_code == 405
    assert rows(world, "tornillos")[0].read_at is None
    response = tornillos.post(f"/acme/notifications/{one.pk}/open/")
    assert response.status_code == 303 and response.headers["Location"] == f"/acme/purchase_orders/{told.pk}/"
    assert rows(world, "tornillos")[0].read_at is not None
    assert tornillos.get("/acme/notifications/unread/").json() == {"unread": 0}


def test_nobody_opens_or_reads_for_somebody_else(told, world, as_):
    (one,) = rows(world, "tornillos")
    for who in ("ana", "aceros", "bodega"):
        assert as_(who).post(f"/acme/notifications/{one.pk}/open/").status_code == 404
        as_(who).post("/acme/notifications/read/")
    assert as_("rita").post(f"/rival/notifications/{one.pk}/open/").status_code == 404
    assert rows(world, "tornillos")[0].read_at is None


def test_all_are_marked_at_once(told, world, as_):
    tornillos = as_("tornillos")
    assert tornillos.get("/acme/notifications/read/").status_code == 405
    assert tornillos.post("/acme/notifications/read/").status_code == 303
    assert rows(world, "tornillos")[0].read_at is not None
    assert "Mark all as read" not in tornillos.get("/acme/notifications/").content.decode()


def test_pages_follow_each_other_at_constant_cost(told, world, as_, run_jobs):
    ana, tornillos = as_("ana"), as_("tornillos")

    def cost() -> int:
        with counted() as queries:
            tornillos.get("/acme/notifications/")
        return len(queries)

    one_row = cost()
    for n in range(30):
        ana.post(f"/acme/purchase_orders/{told.pk}/notes/", {"text": f"nota {n:02d}"})
    run_jobs()
    assert cost() == one_row <= 6
    first = tornillos.get("/acme/notifications/").content.decode()
    older = re.search(r'rel="next" href="([^"]*)"', first)[1]
    second = tornillos.get(older).content.decode()
    assert "nota 29" in first and "nota 04" not in first and "nota 04" in second and "nota 29" not in second
    back = re.search(r'rel="prev" href="([^"]*)"', second)[1]
    assert "nota 29" in tornillos.get(back).content.decode()


@pytest.mark.parametrize("query", ["before=x", "before=-1", "after=9999999999999999999999", "before=%00", "after=²"])
def test_a_tampered_place_is_no_error(query, told, as_):
    assert as_("tornillos").get(f"/acme/notifications/?{query}").status_code == 200


def test_what_one_may_not_see_any_more_is_not_told(told, world, as_):
    with scope(world.system()):
        told.state = "draft"
        told.save()
    assert "OC-77" not in as_("tornillos").get("/acme/notifications/").content.decode()
