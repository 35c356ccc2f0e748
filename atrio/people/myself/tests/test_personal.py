"""One's own data: all of it and nobody else's; and an erasure that leaves documents as they were."""

import io
import json
import zipfile

import pytest
from django.test import Client

from atrio.core import events
from atrio.core.doctypes import document_type
from atrio.core.models import Event, Mail, Note, SavedView
from atrio.core.scope import scope
from atrio.people.models import Membership, Role, User
from atrio.testing.sudo import sudo
from atrio.testing.world import PASSWORD, make

DATA, TAKE, ERASE = "/acme/profile/data/", "/acme/profile/data/take/", "/acme/profile/erase/"


def account(world, who) -> User:
    return User.objects.get(pk=world.people[who].pk)


def trace(world, who: str, text: str) -> None:
    """A note and its event."""
    doc = make(world, document_type("sales_invoices"), f"F-{who}")
    actor = world.actor(who)
    with scope(actor):
        about = {"portal_id": actor.portal.id, "doctype": "sales_invoices", "document_id": doc.pk}
        Note.objects.create(**about, partner_id=doc.partner_id, text=text, user_id=actor.user_id, author=actor.name)
        events.record(actor, doc, "note", {"text": text})


def archive(response) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


def test_what_one_takes_along_is_ones_own(world, as_):
    trace(world, "bodega", "MINE-1")
    trace(world, "ana", "OTHERS-1")
    found = archive(sudo(as_("bodega")).post(TAKE))
    said = "\n".join(found.values())
    assert json.loads(found["account.json"])["email"] == "bodega@acme.example"
    assert said.count("MINE-1") == 2 and "OTHERS-1" not in said
    assert "password" not in said and account(world, "bodega").password not in said
    assert as_("bodega").get(TAKE).status_code == 405, "looking takes nothing"
    assert as_("bodega", sure=False).post(TAKE).headers["Location"].startswith("/accounts/reauthenticate/")


def test_all_places_are_in_it(world, as_):
    with scope(world.system("rival")):
        role = Role.objects.get(portal_id=world.portals.rival.id, audience="staff", name="reader")
        Membership.objects.create(portal_id=role.portal_id, user=world.people["bodega"], role=role)
    found = archive(sudo(as_("bodega")).post(TAKE))
    assert {name.split("/")[0].split("-")[0] for name in found if "/" in name} == {"acme", "rival"}


def test_what_is_erased_and_what_stays(world, as_):
    trace(world, "bodega", "MINE-1")
    actor = world.actor("bodega")
    with scope(actor):
        SavedView.objects.create(portal_id=actor.portal.id, user_id=actor.user_id, doctype="x", name="v", query="q")
    with scope(world.system()):
        Mail.objects.create(portal_id=actor.portal.id, to="bodega@acme.example", subject="Bodega", text="Bodega")
        sealed = {one.pk: events.hashed(one) for one in Event.objects.all()}
    client, elsewhere = sudo(as_("bodega")), as_("bodega")
    assert client.post(ERASE, {"sure": "erase"}).headers["Location"] == "/accounts/login/"
    user = account(world, "bodega")
    assert user.email.endswith("@erased.invalid") and user.name == f"Erased person {user.pk}"
    assert (user.is_active, user.has_usable_password(), user.phone, user.username) == (False, False, "", None)
    assert elsewhere.get("/acme/").status_code == client.get("/acme/").status_code == 302
    assert "Your account was erased." in client.get("/accounts/login/").content.decode()
    Client().post("/accounts/login/", {"login": "bodega@acme.example", "password": PASSWORD})
    with scope(world.system()):
        assert not Membership.objects.filter(user=user, is_active=True).exists()
        assert not Mail.objects.filter(to="bodega@acme.example").exists()
        assert list(Mail.objects.filter(to="erased@erased.invalid").values_list("text", flat=True)) == [""]
        assert Note.objects.filter(text="MINE-1").exists(), "documents keep what they say"
        assert Event.objects.filter(user=user, kind="erased").exists()
        assert sealed and sealed.items() <= {one.pk: events.hashed(one) for one in Event.objects.all()}.items()
    with scope(actor):
        assert not SavedView.objects.filter(user_id=user.pk).exists()


def test_the_last_administrator_stays(world, as_):
    ana = sudo(as_("ana"))
    assert "Acme" in ana.get(ERASE).content.decode()
    response = ana.post(ERASE, {"sure": "erase"})
    assert response.status_code == 409 and account(world, "ana").email == "ana@acme.example"
    with scope(world.system()):
        role = Role.objects.get(portal_id=world.portals.acme.id, audience="staff", name="administrator")
        Membership.objects.filter(user=world.people["bruno"]).update(role=role)
    assert ana.post(ERASE, {"sure": "erase"}).status_code == 303 and not account(world, "ana").is_active


@pytest.mark.parametrize("sure", ["", "no", "erasee"])
def test_it_is_asked_whether_one_is_sure(sure, world, as_):
    response = sudo(as_("bodega")).post(ERASE, {"sure": sure})
    assert response.status_code == 422 and 'id="id_sure_error"' in response.content.decode()
    assert account(world, "bodega").is_active


def test_the_password_is_asked_for_first(world, as_):
    assert (
        as_("bodega", sure=False)
        .post(ERASE, {"sure": "erase"})
        .headers["Location"]
        .startswith("/accounts/reauthenticate/")
    )
    assert account(world, "bodega").is_active
