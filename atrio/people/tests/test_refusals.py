"""Refused attempts stand in the server's log: who, what, when and from where; and nothing that opens a door."""

import json

import pytest
from django.test import Client

from atrio.core.doctypes import document_type
from atrio.testing.untouched import changed, marks
from atrio.testing.world import make


@pytest.fixture
def logged(caplog):
    caplog.set_level("WARNING", "atrio.refused")

    def lines() -> list[dict]:
        found = [json.loads(r.getMessage().partition(" ")[2]) for r in caplog.records if r.name == "atrio.refused"]
        caplog.clear()
        return found

    return lines


def test_who_may_not_is_written_down_and_nothing_changes(world, as_, logged):
    order = make(world, document_type("purchase_orders"), "OC-1", state="sent")
    client, before, path = as_("bruno"), marks(world.system()), f"/acme/purchase_orders/{order.pk}/confirm/"
    assert client.post(path, {"version": 1}, REMOTE_ADDR="203.0.113.7").status_code == 403
    (line,) = logged()
    assert line["at"].endswith("+00:00") and line.pop("at") and line.pop("place")
    who = {"person": world.people["bruno"].pk, "from": "203.0.113.7"}
    assert line == {"status": 403, "method": "POST", "path": path} | who
    assert not changed(before, marks(world.system()))


def test_what_is_not_ones_own_and_what_is_over_are_written_down(world, as_, logged):
    order = make(world, document_type("purchase_orders"), "OC-1", state="cancelled")
    as_("aceros").get(f"/acme/purchase_orders/{order.pk}/")
    as_("rita").get("/acme/")
    as_("tornillos").post(f"/acme/purchase_orders/{order.pk}/confirm/")
    assert [(one["status"], one["person"]) for one in logged()] == [
        (404, world.people["aceros"].pk),
        (404, world.people["rita"].pk),
        (409, world.people["tornillos"].pk),
    ]


def test_what_is_allowed_and_strangers_are_not(world, as_, logged):
    assert as_("ana").get("/acme/").status_code == 200
    assert Client().get("/acme/").status_code == 302 and Client().get("/new/nothing/").status_code == 404
    assert not logged()


def test_no_secret_of_a_link_and_no_second_line(world, as_, logged):
    as_("ana").get("/accounts/invitation/1-c0ffee/?code=123")
    as_("ana").get("/acme/x%0Arefused%20%7B%7D/?q=c0ffee")
    said = logged()
    assert [one["path"] for one in said] == ["/accounts/", "/acme/x\nrefused {}/"], "one line each: JSON escapes it"
    assert "c0ffee" not in json.dumps(said)


def test_keys_of_programs_are_named_too(world, logged):
    assert Client().get("/acme/api/v1/sales_invoices").status_code == 401
    (line,) = logged()
    assert (line["status"], line["key"]) == (401, None) and line["request_id"]
