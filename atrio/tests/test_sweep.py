"""Nothing leaks: every address, as everybody who is not concerned, by GET and by POST."""

import pytest
from django.test import Client

from atrio.core import events, files
from atrio.core.about import side_of
from atrio.core.doctypes import document_types
from atrio.core.models import Note, SavedView
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.erp.api.door import Endpoint
from atrio.erp.api.endpoints import endpoints
from atrio.erp.api.scopes import VERBS, offered
from atrio.people.access_requests.urls import OUTSIDE as ACCESS_REQUESTS
from atrio.people.door.urls import OUTSIDE as DOOR
from atrio.people.factors.urls import OUTSIDE as FACTORS
from atrio.testing.sweep import addresses, readable
from atrio.testing.world import make, owner_of

SECRET = "SECRET-77"
ASKED = "secret 77"  # finds it, and its echo in an address is not it
# Who may see a document of the owner's: itself, those whom the host linked to it, and staff with permissions.
CONCERNED = {"bodega": {"bodega", "norte"}, "tornillos": {"tornillos"}}
STAFF = {"ana", "bruno", "clara"}
PUBLIC = {
    "",
    "new/",
    "new/address/",
    "new/<str:secret>/",
    "public/logo/<slug:portal>/<str:name>.png",
    "profile/preferences/",
    "<slug:slug>/join/",  # atrio/people/access_requests/tests
    "accounts/email/<str:secret>/",
    "accounts/email/back/<str:secret>/",
}
# Tested by the stories of their packages.
PUBLIC |= {str(one.pattern) for one in (*ACCESS_REQUESTS, *DOOR, *FACTORS)}
kinds = pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)


def surroundings(world, kind, secret: str = SECRET) -> dict:
    """A document with everything that can hang on it, each carrying the secret; the values that fill the addresses."""
    doc = make(world, kind, secret)
    actor = world.system()
    with scope(actor):
        about = side_of(actor, doc, internal=False)
        Note.objects.create(**about, text=f"{secret} note", author="Ana")
        file = files.keep(actor, doc, f"{secret}.xml", f"<a>{secret}</a>".encode(), role="xml")
        Note.objects.create(**(about | {"internal": True}), text=f"INTERNAL-{secret}", author="Ana")
    ana = world.actor("ana")
    with scope(ana):
        view = SavedView.objects.create(
            portal_id=ana.portal.id, user_id=ana.user_id, doctype=kind.name, name=f"{secret} view", query="q=1"
        )
    return {"slug": "acme", "pk": doc.pk, "file_id": file.pk, "view": view.pk, "secret": "x", "portal": "acme"}


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


OUTSIDE = ("ana", "nadie", "tornillos", "aceros", "bodega", "norte", "mercado", "mixta", "rita", "clavos", "tienda")


@pytest.mark.parametrize("who", OUTSIDE)
def test_pages_of_no_type_say_nothing_of_others(who, world, as_):
    """Home, search, statement, balances, notifications, loads: whatever is asked of them. Ana is told all of it."""
    assert set(OUTSIDE) >= {one for kind in document_types().values() for one in outsiders(world, kind)}
    hidden, told, client = {}, set(), as_(who)
    for index, kind in enumerate(document_types().values()):
        values = surroundings(world, kind, f"{SECRET}{index}") | {"name": kind.name}
        partner = getattr(world.partners, owner_of(kind)).pk
        asked = {"q": f"{ASKED}{index}", "scope": kind.name, "partner": partner, "side": "receivable", "tab": "open"}
        if who == "ana" or who in outsiders(world, kind):
            hidden[f"{SECRET}{index}"] = (values, asked)
    for address in addresses():
        if address.kind is not None or not address.route.startswith("<slug:slug>/"):
            continue
        unasked = readable(client.get(address.filled(next(iter(hidden.values()))[0])))
        for secret, (values, asked) in hidden.items():
            if secret in unasked + readable(client.get(address.filled(values), asked)):
                told.add((secret, address.route if who != "ana" else ""))
    assert told == ({(secret, "") for secret in hidden} if who == "ana" else set()), "or the sweep looks at nothing"


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
    """Without signing in, every address under a portal leads to the sign-in page, and says nothing else; without a
    key, those of the API say that one is needed."""
    for address in addresses():
        if address.route in PUBLIC:
            continue
        values = dict.fromkeys(address.holes, 1) | {"slug": "acme", "name": "confirm"}
        for method in ("get", "post"):
            response = getattr(Client(), method)(address.filled(values))
            if address.methods:
                assert response.status_code == 401, address.route
                continue
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
            # To the API a signed-in person is nobody, whatever the portal.
            assert response.status_code == (401 if address.methods else 404), f"{method} {address.route}"


# --- programs: every operation, every key ---------------------------------------------------------------------------


def ask(key: str, method: str, url: str):
    sent = {"Authorization": f"Bearer {key}"}
    return Client().generic(method, url, "{}", content_type="application/json", headers=sent)


def key_of(world, slug: str, *scopes: str) -> str:
    actor = world.system(slug)
    with scope(actor):
        return keys.make(actor, "program", list(scopes), rate=100_000)[1]


def operations(values: dict) -> list[tuple[str, Endpoint]]:
    """(address, operation) of all that the URL table has of the API; a hole that nothing fills fails."""
    found = [(a.filled(values), one) for a in addresses() for one in a.methods.values()]
    assert {one.name for _url, one in found} == {one.name for one in endpoints()}, "an operation has no address"
    return found


@pytest.fixture
def everything(world, monkeypatch):
    """A document of each type with the secret on it, told of in the feed; what fills the addresses, by type."""
    monkeypatch.setattr(events, "horizon", lambda: 2**62)
    found = {}
    for kind in document_types().values():
        found[kind.name] = surroundings(world, kind)
        with scope(world.system()):
            doc = kind.model.objects.get(pk=found[kind.name]["pk"])
            events.record(world.system(), doc, "note", {"text": SECRET})
    return found


def urls(everything) -> list[tuple[str, Endpoint]]:
    """Each operation at the address of its own type's document."""
    by_type = {name: operations(values) for name, values in everything.items()}
    common = next(iter(by_type))
    found = [(name, url, one) for name, mine in by_type.items() for url, one in mine]
    return [(url, one) for name, url, one in found if name == (one.kind.name if one.kind else common)]


def test_a_key_of_another_portal_opens_nothing(world, everything):
    rival = key_of(world, "rival", *offered())
    for url, one in urls(everything):
        response = ask(rival, one.method, url)
        assert response.status_code == 401 and SECRET not in readable(response), f"{one.method} {url}"
        at_home = ask(rival, one.method, url.replace("/acme/", "/rival/", 1))
        assert SECRET not in readable(at_home), f"{one.method} {url}"
        if "{id}" in one.path:
            assert at_home.status_code == 404, f"{one.method} {url}"
    untouched(world, everything)


def test_each_operation_needs_its_own_scope(world, everything):
    """A key with every scope but the operation's own may not; so no other scope opens it."""
    verbs = set()
    for url, one in urls(everything):
        if one.verb:
            verbs.add(one.verb)
            own = f"{one.kind.name if one.kind else ''}:{one.verb}"
            key = key_of(world, "acme", *(granted for granted in offered() if not granted.endswith(own)))
            response = ask(key, one.method, url)
            assert response.status_code == 403 and SECRET not in readable(response), f"{one.method} {url}"
    assert verbs == set(VERBS), "each verb opens something"
    untouched(world, everything)


def test_the_feed_of_a_scope_tells_of_its_type_only(world, everything):
    for name in document_types():
        told = ask(key_of(world, "acme", f"{name}:feed"), "GET", "/acme/api/v1/feed").json()["events"]
        assert {event["type"] for event in told} == {name}


def test_the_sweep_of_the_api_would_notice(world, everything):
    key = key_of(world, "acme", *offered())
    seen = {one.name for url, one in urls(everything) if SECRET in readable(ask(key, one.method, url))}
    for name in document_types():
        assert {f"{name}.list", f"{name}.get", f"{name}.file", "feed"} <= seen


def untouched(world, everything) -> None:
    for name, values in everything.items():
        with scope(world.system()):
            assert document_types()[name].model.objects.get(pk=values["pk"]).version == 1, name
