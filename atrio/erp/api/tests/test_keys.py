"""Keys: who may make them, what they may hold, and that their secret is seen once."""

import re

import pytest
from django.core.management import CommandError, call_command

from atrio.core.doctypes import document_types
from atrio.core.scope import scope
from atrio.erp.api import scopes
from atrio.erp.models import ApiKey
from atrio.people.models import Role

from .conftest import Program

TYPED = {"name": "SAP", "lasts": "365", "rate": "600", "scopes": ["sales_invoices:load", "sales_invoices:feed"]}
SECRET = re.compile(r"atrio_[a-z0-9]{10}_[0-9a-f]{64}")


def keys_of(world):
    with scope(world.system()):
        return list(ApiKey.objects.order_by("pk"))


def test_an_administrator_lets_a_program_in_and_out(world, as_):
    ana = as_("ana")
    made = ana.post("/acme/api-keys/", TYPED)
    (text,) = SECRET.findall(made.content.decode())
    assert made["Cache-Control"] == "no-store"
    assert Program(text).get("me").json()["key"]["scopes"] == sorted(TYPED["scopes"])
    page = ana.get("/acme/api-keys/").content.decode()
    (key,) = keys_of(world)
    assert key.prefix in page and text.split("_")[2] not in page
    assert ana.post(f"/acme/api-keys/{key.pk}/revoke/").status_code == 303
    assert Program(text).get("me").status_code == 401


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"scopes": []}, {"scopes": ["sales_invoices:act"]}, {"rate": "0"}, {"lasts": "7"}]
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(change, world, as_):
    response = as_("ana").post("/acme/api-keys/", TYPED | change)
    assert response.status_code == 422
    assert 'value="SAP"' in response.content.decode() or change == {"name": ""}
    assert keys_of(world) == []


@pytest.mark.parametrize(("who", "status"), [("bruno", 403), ("clara", 403), ("tornillos", 404), ("bodega", 404)])
def test_nobody_else_makes_or_revokes_keys(who, status, world, as_, program):
    program()
    (key,) = keys_of(world)
    browser = as_(who)
    assert browser.get("/acme/api-keys/").status_code == status
    assert browser.post("/acme/api-keys/", TYPED).status_code == status
    assert browser.post(f"/acme/api-keys/{key.pk}/revoke/").status_code == status
    (again,) = keys_of(world)
    assert again.revoked_at is None


def test_nobody_gives_what_it_has_not(world, as_):
    with scope(world.system()):
        role = Role.objects.get(name="reader", audience="staff")
        role.permissions = [*role.permissions, "api_keys.manage"]
        role.save()
    clara = as_("clara")
    assert clara.post("/acme/api-keys/", TYPED | {"scopes": ["sales_invoices:load"]}).status_code == 422
    assert clara.post("/acme/api-keys/", TYPED | {"scopes": ["sales_invoices:read"]}).status_code == 200


def test_scopes_never_allow_more_than_their_type():
    for scope_, name in ((one, one.partition(":")[0]) for one in scopes.offered()):
        kind = document_types()[name]
        assert scopes.permissions_of(scope_) <= kind.permissions["staff"], scope_
    for odd in ("*:read", "nothing:read", "sales_invoices:own", "sales_invoices", ""):
        assert scopes.permissions_of(odd) == frozenset()


def test_the_command_makes_lists_and_revokes(world, capsys):
    call_command("api_key", portal="acme", name="SAP", scope=["*:read", "partners:load"])
    text = capsys.readouterr().out.strip()
    granted = Program(text).get("me").json()["key"]["scopes"]
    assert "partners:load" in granted and {f"{name}:read" for name in document_types()} < set(granted)
    call_command("api_key", portal="acme")
    listed = capsys.readouterr().out
    prefix = text.split("_")[1]
    assert prefix in listed and text.split("_")[2] not in listed
    call_command("api_key", portal="acme", revoke=prefix)
    assert Program(text).get("me").status_code == 401


@pytest.mark.parametrize(
    "options",
    [
        {"portal": "nowhere"},
        {"name": "x"},
        {"name": "x", "scope": ["all"]},
        {"name": "x", "scope": ["*:read"], "days": 0},
        {"name": "x", "scope": ["*:read"], "rate": 0},
        {"revoke": "unknown"},
    ],
)
def test_the_command_says_what_is_wrong(options, world):
    with pytest.raises(CommandError):
        call_command("api_key", **({"portal": "acme"} | options))
    assert keys_of(world) == []
