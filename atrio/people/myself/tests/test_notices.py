"""Everybody hears of what they want to hear of, by the way they chose."""

import pytest

from atrio.core import events
from atrio.core.doctypes import document_type
from atrio.core.models import Mail, Notification
from atrio.core.scope import scope
from atrio.people.models import User
from atrio.testing.world import make

PAGE = "/acme/profile/notices/"


def told(world) -> tuple[int, int]:
    """Notifications and mails that tornillos got."""
    user = world.people["tornillos"]
    with scope(world.system()):
        return Notification.objects.filter(user=user).count(), Mail.objects.filter(to=user.email).count()


@pytest.mark.parametrize(("way", "heard"), [("mail", (1, 1)), ("portal", (1, 0)), ("none", (0, 0))])
def test_a_choice_is_obeyed(way, heard, world, as_, run_jobs):
    tornillos = as_("tornillos")
    page = tornillos.get(PAGE).content.decode()
    assert 'name="purchase_orders.note"' in page and 'name="sales_invoices.note"' not in page
    assert tornillos.post(PAGE, _all(page) | {"purchase_orders.note": way}).status_code == 303
    doc = make(world, document_type("purchase_orders"), "OC-1", state="sent")
    run_jobs()
    before = told(world)
    ana = world.actor("ana")
    with scope(ana):
        events.record(ana, doc, "note", {"text": "Hola"})
    run_jobs()
    assert tuple(now - then for now, then in zip(told(world), before, strict=True)) == heard


def _all(page: str) -> dict[str, str]:
    import re

    return dict.fromkeys(re.findall(r'<select name="([^"]+)"', page), "mail")


def test_only_what_differs_is_kept_and_other_places_stay(world, as_):
    User.objects.filter(pk=world.people["tornillos"].pk).update(notices={"sales_invoices.note": "none"})
    tornillos = as_("tornillos")
    fields = _all(tornillos.get(PAGE).content.decode())
    tornillos.post(PAGE, fields | {"purchase_orders.note": "none"})
    kept = User.objects.get(pk=world.people["tornillos"].pk).notices
    assert kept == {"sales_invoices.note": "none", "purchase_orders.note": "none"}
    tornillos.post(PAGE, fields)
    assert User.objects.get(pk=world.people["tornillos"].pk).notices == {"sales_invoices.note": "none"}


@pytest.mark.parametrize("way", ["", "x", "<script>"])
def test_only_known_ways(way, world, as_):
    tornillos = as_("tornillos")
    fields = _all(tornillos.get(PAGE).content.decode())
    assert tornillos.post(PAGE, fields | {"purchase_orders.note": way}).status_code == 422
    assert User.objects.get(pk=world.people["tornillos"].pk).notices == {}
