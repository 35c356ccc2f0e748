"""Nothing leaks: every address, as everybody who is not concerned, by GET and by POST."""

import pytest
from django.test import Client

from atrio.core import files
from atrio.core.about import side_of
from atrio.core.doctypes import document_types
from atrio.core.models import Note, SavedView
from atrio.core.scope import scope
from atrio.testing.sweep import addresses, readable
from atrio.testing.world import make, owner_of

SECRET = "SECRET-77"
ASKED = "secret 77"  # finds it, and its echo in an address is not it
# Who may see a document of the owner's: itself, those whom the host linked to it, and staff with permissions.
CONCERNED = {"bodega": {"bodega", "norte"}, "tornillos": {"tornillos"}}
STAFF = {"ana", "bruno", "clara"}
PUBLIC = {"healthz", "profile/preferences/", "accounts/login/", "accounts/logout/", "accounts/password/change/", ""}
kinds = pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)


def surroundings(world, kind) -> dict:
    """A document with everything that can hang on it, each carrying the secret; the values that fill the addresses."""
    doc = make(world, kind, SECRET)
    actor = world.system()
    with scope(actor):
        about = side_of(actor, doc, internal=False)
        Note.objects.create(**about, text=f"{SECRET} note", author="Ana")
        file = files.keep(actor, doc, f"{SECRET}.xml", f"<a>{SECRET}</a>".encode(), role="xml")
        Note.objects.create(**(about | {"internal": True}), text=f"INTERNAL-{SECRET}", author="Ana")
    ana = world.actor("ana")
    with scope(ana):
        view = SavedView.objects.create(
            portal_id=ana.portal.id, user_id=ana.user_id, doctype=kind.name, name=f"{SECRET} view", query="q=1"
        )
    return {"slug": "acme", "pk": doc.pk, "file_id": file.pk, "view": view.pk}


def requests_for(kind, values) -> list[tuple[str, str, dict]]:
    """(method, address, data) of every address of the type, its actions and its searches."""
    found = []
    for address in addresses():
        if address.kind is not kind:
            continue
        names = [a.name for a in kind.actions] or ["nothing"] if "name" in address.holes else [""]
        for name in names:
            url = address.filled(values | {"name": name})
            found += [("get", url, {}), ("post", url, {"text": "x", "ids": str(values["pk"]), "version": "1"})]
    base = f"/acme/{kind.name}/"
    found += [("get", base, {"q": ASKED}), ("get", f"{base}export.csv", {"q": ASKED})]
    found += [("get", f"{base}pdfs.zip", {"ids": values["pk"]}), ("get", f"{base}new/", {"order": values["pk"]})]
    return found


def outsiders(world, kind) -> list[str]:
    concerned = CONCERNED[owner_of(kind)] if kind.document or kind.name == "ledger" else set()
    return [who for who in world.people if who not in concerned | STAFF]


@kinds
def test_nobody_who_is_not_concerned_sees_anything(kind, world, as_):
    values = surroundings(world, kind)
    asked = requests_for(kind, values)
    everybody = [(who, as_(who)) for who in outsiders(world, kind)] + [("nobody", Client())]
    for who, client in everybody:
        for method, url, data in asked:
            response = getattr(client, method)(url, data)
            assert SECRET not in readable(response), f"{who}: {method} {url}"
            if f"/{values['pk']}/" in url:
                # 405: the address takes only the other method, whoever asks and whatever exists
                refusals = (302, 303) if who == "nobody" else (404, 405)
                assert response.status_code in refusals, f"{who}: {method} {url}"
    with scope(world.system()):
        doc = kind.model.objects.get(pk=values["pk"])
        assert doc.version == 1, "somebody who sees nothing changed it"


@kinds
def test_pages_of_no_type_say_nothing_of_others(kind, world, as_):
    """Home, search, statement, balances, notifications, loads: whatever is asked of them."""
    values = surroundings(world, kind)
    partner = getattr(world.partners, owner_of(kind)).pk
    asked = {"q": ASKED, "scope": kind.name, "partner": partner, "side": "receivable", "tab": "open"}
    own = [
        a.filled(values | {"name": kind.name})
        for a in addresses()
        if a.kind is None and a.route.startswith("<slug:slug>/")
    ]
    for who in outsiders(world, kind):
        client = as_(who)
        for url in own:
            for data in ({}, asked):
                assert SECRET not in readable(client.get(url, data)), f"{who}: {url}"
    ana = as_("ana")
    assert any(SECRET in readable(ana.get(url, asked)) for url in own), "the sweep looks where there is nothing"


@kinds
def test_internal_words_stay_with_their_side(kind, world, as_):
    values = surroundings(world, kind)
    for who in CONCERNED[owner_of(kind)]:
        for method, url, data in requests_for(kind, values):
            if method == "get":
                assert f"INTERNAL-{SECRET}" not in readable(as_(who).get(url, data)), f"{who}: {url}"


@kinds
def test_the_sweep_would_notice(kind, world, as_):
    """Staff find the secret by the same requests: the sweep looks where there is something to see."""
    values = surroundings(world, kind)
    ana = as_("ana")
    found = [u for m, u, d in requests_for(kind, values) if m == "get" and SECRET in readable(ana.get(u, d))]
    for rest in ("", f"{values['pk']}/", "export.csv", "export.xlsx", f"{values['pk']}/files/{values['file_id']}/"):
        assert f"/acme/{kind.name}/{rest}" in found, rest


def test_every_address_is_swept_or_public():
    """A new address is swept with its document type, or it is named here and tested by its own story."""
    own = {a.route for a in addresses() if a.kind is None} - PUBLIC
    swept = {a.route for a in addresses() if a.kind is not None}
    assert swept
    fillable = {"slug", "pk", "file_id", "view", "name"}
    unfilled = [a.route for a in addresses() if a.kind is not None and not set(a.holes) <= fillable]
    assert not unfilled, unfilled
    assert all(route.startswith("<slug:slug>/") for route in own), own


def test_pages_of_a_portal_ask_who_is_there(world):
    """Without signing in, every address under a portal leads to the sign-in page, and says nothing else."""
    for address in addresses():
        if address.route in PUBLIC:
            continue
        values = dict.fromkeys(address.holes, 1) | {"slug": "acme", "name": "confirm"}
        for method in ("get", "post"):
            response = getattr(Client(), method)(address.filled(values))
            assert response.status_code == 302, address.route
            assert response.headers["Location"].startswith("/accounts/login/"), address.route


def test_pages_of_a_portal_do_not_exist_for_the_other(world, as_):
    """Whoever belongs to another portal only gets 404, whatever the address."""
    rita = as_("rita")
    for address in addresses():
        if address.route in PUBLIC:
            continue
        values = dict.fromkeys(address.holes, 1) | {"slug": "acme", "name": "confirm"}
        for method in ("get", "post"):
            response = getattr(rita, method)(address.filled(values))
            assert response.status_code == 404, f"{method} {address.route}"
