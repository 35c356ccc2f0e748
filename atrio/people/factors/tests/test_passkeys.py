"""Passkeys: added and named, a way in by themselves, bound to this site, and never readable from nonsense."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from atrio.core.models import Portal
from atrio.core.scope import scope
from atrio.people.factors.tests.conftest import SECURITY, codes_in
from atrio.people.factors.tests.softkey import PRESENT, SoftKey
from atrio.people.factors.tests.test_codes import mails, told

ADD, ALONE = f"{SECURITY}passkeys/add/", f"{SECURITY}passkeys/sign-in/"
ASKED = {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}


def challenge_of(client) -> str:
    return client.session["mfa.webauthn.state"]["challenge"]


def add(person, key: SoftKey, name: str = "Portátil"):
    person.confirm()
    person.client.get(ADD)
    sent = json.dumps(key.create(challenge_of(person.client)))
    return person.client.post(ADD, {"name": name, "credential": sent, "passwordless": "on"})


def alone(client, key: SoftKey, user_id: int, **more):
    assert "request_options" in client.get(ALONE, headers=ASKED).json()
    sent = json.dumps(key.get(challenge_of(client), user_id))
    return client.post(ALONE, {"credential": sent} | more)


def keys_of(person) -> list[str]:
    return [one.wrap().name for one in Authenticator.objects.filter(user=person.user, type="webauthn").order_by("pk")]


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_one_is_added_told_of_and_opens_by_itself(person, world):
    ana, key = person(), SoftKey()
    response = add(ana, key, "  Portátil \n de Ana ")
    assert len(codes_in(response)) == 10 and keys_of(ana) == ["Portátil de Ana"]
    assert told(world, "passkey_added") == 1 and len(mails(world)) == 1
    client = Client()
    response = alone(client, key, ana.user.pk, next="/acme/purchase_orders/")
    assert response.headers["Location"] == "/acme/purchase_orders/" and client.get("/acme/").status_code == 200


def test_it_counts_as_a_second_factor(person, world):
    ana, key = person(), SoftKey()
    add(ana, key)
    with scope(world.system()):
        Portal.objects.filter(pk=world.portals.acme.id).update(settings={"second_factor_roles": ["all"]})
    assert ana.client.get("/acme/").status_code == 200
    client = Client()
    alone(client, key, ana.user.pk)
    assert client.get("/acme/").status_code == 200


def test_after_the_password_it_is_asked_for(person):
    ana, key = person(), SoftKey()
    add(ana, key)
    ana.again().password()
    assert not ana.is_in and ana.client.get(f"{SECURITY}code/").status_code == 200
    sent = json.dumps(key.get(challenge_of(ana.client), ana.user.pk))
    assert ana.client.post(f"{SECURITY}code/", {"credential": sent}).status_code == 302 and ana.is_in


def test_the_way_on_stays_within_the_site(person):
    ana, key = person(), SoftKey()
    add(ana, key)
    assert alone(Client(), key, ana.user.pk, next="//evil.example/").headers["Location"] == "/"


@pytest.mark.parametrize(
    "wrong",
    ["another origin", "another site", "another key", "another person", "not verified", "used again"],
)
def test_what_is_not_right_opens_nothing(wrong, person, world):
    ana, key, client = person(), SoftKey(), Client()
    add(ana, key)
    user_id = ana.user.pk
    if wrong == "another origin":
        key.origin = "https://evil.example"
    elif wrong == "another site":
        key.rp = "evil.example"
    elif wrong == "another key":
        key.key = SoftKey().key
    elif wrong == "another person":
        user_id = world.people["bruno"].pk
    elif wrong == "not verified":
        key.flags = PRESENT
    else:
        client.get(ALONE, headers=ASKED)
        sent = json.dumps(key.get(challenge_of(client), user_id))
        client.post(ALONE, {"credential": sent})
        assert is_in(client)
        client = Client()
        client.get(ALONE, headers=ASKED)
        client.post(ALONE, {"credential": sent})
        assert not is_in(client)
        return
    alone(client, key, user_id)
    assert not is_in(client)


NOTHING = '"id": "x", "rawId": "eA", "type": "public-key"'
NONSENSE = [
    "",
    "x",
    "1",
    "[]",
    "null",
    "{}",
    '{"id": 1, "response": {}}',
    '{"id": "x", "response": []}',
    '{"id": "x", "response": {}}',
    '{"id": "x", "rawId": 3, "type": 4, "response": {"userHandle": 5}}',
    '{"id": "x", "rawId": "x", "type": "public-key", "response": {"userHandle": "AQ", "clientDataJSON": "e30"}}',
    f'{{{NOTHING}, "response": {{"userHandle": "A", "clientDataJSON": "A", "signature": ""}}}}',
    f'{{{NOTHING}, "response": {{"clientDataJSON": "e30", "attestationObject": "oA"}}}}',
    f'{{{NOTHING}, "response": {{"clientDataJSON": "AA", "attestationObject": "ow"}}}}',
    "[" * 5000,
    '{"id": "' + "9" * 100_000 + '", "response": {"userHandle": "' + "9" * 4000 + '"}}',
]


@pytest.mark.parametrize("sent", NONSENSE, ids=lambda sent: sent[:40])
def test_nonsense_is_refused_in_words(sent, person):
    ana = person()
    ana.confirm()
    ana.client.get(ADD)
    assert ana.client.post(ADD, {"name": "x", "credential": sent}).status_code == 422 and not keys_of(ana)
    stranger = Client()
    stranger.get(ALONE, headers=ASKED)
    assert stranger.post(ALONE, {"credential": sent}).status_code in (302, 422) and not is_in(stranger)
    add(ana, SoftKey())
    ana.again().password()
    ana.client.get(f"{SECURITY}code/")
    assert ana.client.post(f"{SECURITY}code/", {"credential": sent}).status_code == 422 and not ana.is_in


def test_one_is_named_anew_and_taken_away(person, world):
    ana = person()
    add(ana, SoftKey())
    add(ana, SoftKey(), "Llavero")
    pk = Authenticator.objects.filter(user=ana.user, type="webauthn").first().pk
    assert ana.client.post(f"{SECURITY}passkeys/{pk}/", {"name": " "}).status_code == 422
    assert ana.client.post(f"{SECURITY}passkeys/{pk}/", {"name": "Casa"}).status_code == 303
    assert keys_of(ana) == ["Casa", "Llavero"] and told(world, "passkey_renamed") == 1
    assert ana.client.post(f"{SECURITY}passkeys/{pk}/remove/").status_code == 303
    assert keys_of(ana) == ["Llavero"] and told(world, "passkey_removed") == 1


def test_those_of_others_do_not_exist(person):
    ana = person()
    add(ana, SoftKey())
    pk = Authenticator.objects.filter(user=ana.user, type="webauthn").first().pk
    bruno = person("bruno")
    bruno.confirm()
    for path in (f"{SECURITY}passkeys/{pk}/", f"{SECURITY}passkeys/{pk}/remove/"):
        assert bruno.client.post(path, {"name": "mine"}).status_code == 404
    assert keys_of(ana) == ["Portátil"]


def test_without_a_fresh_password_nothing_changes(person):
    ana = person()
    add(ana, SoftKey())
    pk = Authenticator.objects.filter(user=ana.user, type="webauthn").first().pk
    ana.again().client.force_login(ana.user)
    for path in (ADD, f"{SECURITY}passkeys/{pk}/", f"{SECURITY}passkeys/{pk}/remove/"):
        response = ana.client.post(path, {"name": "x", "credential": "{}"})
        assert response.headers["Location"].startswith(f"{SECURITY}again/passkey/?next="), path
    assert keys_of(ana) == ["Portátil"]


def test_the_host_of_a_request_names_no_site(person):
    ana = person()
    ana.confirm()
    page = ana.client.get(ADD, headers={"host": "127.0.0.1"}).content.decode()
    assert "&#34;id&#34;: &#34;localhost&#34;" in page or '"id": "localhost"' in page.replace("&#34;", '"')
