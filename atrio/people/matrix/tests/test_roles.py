"""Roles as a matrix: made, copied, changed, deleted, and never a way to more rights than one has."""

import pytest

from atrio.core.actions import Refused
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.access import enter
from atrio.people.matrix import actions
from atrio.people.members.tests.people import browser, join, own_role, role
from atrio.people.models import Role
from atrio.people.permissions import names
from atrio.testing.untouched import changed, marks


def roles(world, **having) -> list[Role]:
    with scope(world.system()):
        return list(Role.objects.filter(portal_id=world.portals.acme.id, **having))


def told(world, kind: str) -> list[dict]:
    with scope(world.system()):
        return list(Event.objects.filter(doctype="roles", kind=kind).values_list("facts", flat=True))


def test_a_role_is_made_given_changed_and_deleted(world, as_):
    ana = as_("ana")
    typed = {"name": "  Warehouse  clerk ", "permissions": ["receipts.view", "receipts.create"]}
    assert ana.post("/acme/roles/new/?audience=staff", typed).status_code == 303
    (made,) = roles(world, name="Warehouse clerk")
    assert made.permissions == ["receipts.create", "receipts.view"]
    someone = join(world, "wilma", made)
    client = browser(someone.user)
    assert client.get("/acme/receipts/").status_code == 200 and client.get("/acme/catalog/").status_code == 404
    typed = {"name": "Warehouse", "permissions": ["receipts.view", "catalog.view"]}
    assert ana.post(f"/acme/roles/{made.pk}/edit/", typed).status_code == 303
    assert client.get("/acme/catalog/").status_code == 200  # with the next click
    assert client.get("/acme/receipts/new/").status_code == 403
    assert told(world, "role_edited") == [
        {"added": ["catalog.view"], "removed": ["receipts.create"], "name": "Warehouse", "was": "Warehouse clerk"}
    ]
    kept = ana.post(f"/acme/roles/{made.pk}/delete/")
    assert kept.status_code == 409 and "Wilma" in kept.content.decode()
    with scope(world.system()):
        someone.delete()
    assert ana.post(f"/acme/roles/{made.pk}/delete/").status_code == 303
    assert not roles(world, pk=made.pk) and len(told(world, "role_created")) == len(told(world, "role_deleted")) == 1


def test_a_refused_form_comes_back_as_it_was_typed(world, as_):
    typed = {"name": "reader", "permissions": ["receipts.view"]}
    answer = as_("ana").post("/acme/roles/new/?audience=staff", typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and "There is a role of this name already." in page
    assert 'value="receipts.view" checked' in page
    assert as_("ana").post("/acme/roles/new/?audience=staff", typed | {"name": "Administrator"}).status_code == 422
    assert as_("ana").post("/acme/roles/new/?audience=nobody", typed).status_code == 404


def test_a_copy_begins_with_what_was_copied(world, as_):
    reader, admin = role(world, "staff", "reader"), role(world, "staff", "administrator")
    page = as_("ana").get(f"/acme/roles/new/?audience=staff&copy={reader.pk}").content.decode()
    assert page.count(" checked") == len(reader.permissions)
    everything = as_("ana").get(f"/acme/roles/new/?audience=staff&copy={admin.pk}").content.decode()
    assert everything.count(" checked") == len(names("staff"))
    assert as_("ana").get(f"/acme/roles/new/?audience=partner&copy={reader.pk}").status_code == 404
    foreign = role(world, "staff", "reader", "rival")
    assert as_("ana").get(f"/acme/roles/new/?audience=staff&copy={foreign.pk}").status_code == 404


def test_built_in_roles_are_nobodys_to_change(world, as_):
    for built_in in roles(world):
        if built_in.name == "nothing":
            continue
        for verb in ("edit", "delete"):
            sent = as_("ana").post(f"/acme/roles/{built_in.pk}/{verb}/", {"name": "x", "permissions": []})
            assert sent.status_code == 403, f"{built_in} {verb}"
    assert {r.name for r in roles(world)} >= {"administrator", "reader", "buyer"}


@pytest.fixture
def maker(world):
    """Somebody who makes roles and may little else."""
    given = own_role(world, "staff", "maker", "roles.manage", "receipts.view")
    return join(world, "maria", given)


def test_nobody_raises_own_rights_by_a_role(world, maker):
    """Not the role one has, not one that allows more than one may, and none made with more."""
    client, richer = browser(maker.user), own_role(world, "staff", "richer", "receipts.view", "receipts.create")
    before = marks(world.system())
    for pk in (maker.role_id, richer.pk):
        for verb in ("edit", "delete"):
            sent = client.post(f"/acme/roles/{pk}/{verb}/", {"name": "x", "permissions": ["receipts.view"]})
            assert sent.status_code == 403, verb
    for asked in ("receipts.create", "people.manage", "*", "audit.view", "no.such"):
        sent = client.post("/acme/roles/new/?audience=staff", {"name": "mine", "permissions": [asked]})
        assert sent.status_code == 422, asked
    assert not changed(before, marks(world.system()))
    sent = client.post("/acme/roles/new/?audience=staff", {"name": "mine", "permissions": ["receipts.view"]})
    assert sent.status_code == 303


def test_the_actions_refuse_what_the_form_would(world, maker):
    """Below the form, too: whoever calls the action gives no more than it has."""
    actor = enter("acme", maker.user)
    for permissions in (["receipts.create"], ["*"], ["no.such"]):
        with scope(actor), pytest.raises(Refused):
            actions.create(actor, "staff", "mine", permissions)
    with scope(actor), pytest.raises(Refused):
        actions.create(actor, "partner", "theirs", ["audit.view"])  # what is only the staff's
    assert not roles(world, name="mine") and not roles(world, name="theirs")


@pytest.mark.parametrize("side", ["staff", "partner"])
def test_below_the_page_too_only_staff_with_the_permission_make_roles(side, world):
    """Also nobody of a partner, whatever some role of theirs says."""
    odd = own_role(world, side, "odd", *(["roles.manage", "*"] if side == "partner" else ["receipts.view"]))
    actor = enter("acme", join(world, "odd", odd, "tornillos" if side == "partner" else "").user)
    own = own_role(world, "partner", "theirs", "receipts.view")
    asked = (
        lambda: actions.create(actor, "partner", "mine", ["receipts.view"]),
        lambda: actions.edit(actor, own, "mine", ["receipts.view"]),
        lambda: actions.delete(actor, own),
    )
    for one in asked:
        with scope(actor), pytest.raises(Refused):
            one()
    (kept,) = roles(world, name="theirs")
    assert kept.permissions == ["receipts.view"] and not roles(world, name="mine")


def test_partners_and_other_portals_find_no_roles(world, as_):
    own = own_role(world, "partner", "theirs", "receipts.view")
    paths = (
        "",
        "new/?audience=partner",
        "who/?may=receipts.view",
        f"{own.pk}/",
        f"{own.pk}/edit/",
        f"{own.pk}/delete/",
    )
    for who, status in (("tornillos", 404), ("rita", 404), ("bruno", 403)):
        client, before = as_(who), marks(world.system())
        for path in paths:
            for method in ("get", "post"):
                asked = getattr(client, method)(f"/acme/roles/{path}", {"name": "x"} if method == "post" else {})
                assert asked.status_code in (status, 405), f"{who} {method} {path}"
        assert not changed(before, marks(world.system())), who
    foreign = role(world, "partner", "reader", "rival")
    for path in ("", "edit/", "delete/"):
        assert as_("ana").get(f"/acme/roles/{foreign.pk}/{path}").status_code == 404, path


def test_who_can_do_this(world, as_):
    page = as_("ana").get("/acme/roles/who/?may=receipts.create").content.decode()
    assert "Bruno" in page and "Ana" in page and "Clara" not in page and "Tornillos" not in page
    of_partners = as_("ana").get("/acme/roles/who/?may=supplier_invoices.create").content.decode()
    assert "Tornillos" in of_partners and "Bruno" not in of_partners
    assert as_("ana").get("/acme/roles/who/?may=no.such").status_code == 404


def test_each_cell_leads_to_who_can_do_it(world, as_):
    page = as_("ana").get(f"/acme/roles/{role(world, 'staff', 'reader').pk}/").content.decode()
    for name in names("staff"):
        assert f"/acme/roles/who/?may={name}" in page, name


def test_whoever_asks_who_can_do_something_picks_it_from_all_there_is(as_):
    page = as_("ana").get("/acme/roles/who/").content.decode()
    assert 'value="supplier_invoices.approve"' in page and 'value="portal.manage"' in page
    chosen = as_("ana").get("/acme/roles/who/?may=portal.manage").content.decode()
    assert 'value="portal.manage" selected' in chosen and "People who can" in chosen
    assert as_("ana").get("/acme/roles/who/?may=portal.nothing").status_code == 404
