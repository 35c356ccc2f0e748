"""A key stops with the person who made it, until another administrator answers for it."""

import pytest

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.erp.api import keys, owners
from atrio.erp.models import ApiKey
from atrio.partners.models import Partner
from atrio.people.access import enter
from atrio.people.members.tests.people import join, own_role, place_of, role
from atrio.people.models import Membership, User
from atrio.testing.untouched import changed, marks

from .conftest import Program

SCOPES = ["partners:load", "partners:read"]
CUSTOMER = [{"external_id": "C-1", "code": "C-1", "name": "Ferretería", "is_customer": True}]


@pytest.fixture
def leaver(world) -> Membership:
    """Olga administers acme beside Ana, and made a key."""
    return join(world, "olga", role(world, "staff", "administrator"))


@pytest.fixture
def made(world, leaver) -> tuple[ApiKey, Program]:
    with scope(world.system()):
        key, text = keys.make(enter("acme", leaver.user), "SAP", SCOPES)
    return key, Program(text)


def close(world, leaver) -> None:
    with scope(world.system()):
        Membership.objects.filter(pk=leaver.pk).update(is_active=False)


def kept(world, key) -> ApiKey:
    with scope(world.system()):
        return ApiKey.objects.get(pk=key.pk)


def told(world) -> list[tuple[str, str]]:
    with scope(world.system()):
        return list(Event.objects.filter(doctype="api_keys").order_by("pk").values_list("kind", "actor_name"))


@pytest.mark.parametrize("end", ["place", "account", "moved to a partner"])
def test_it_is_refused_and_nothing_changes(end, world, leaver, made):
    key, program = made
    assert program.get("me").status_code == 200
    used = kept(world, key).last_used_at
    if end == "place":
        close(world, leaver)
    elif end == "account":
        User.objects.filter(pk=leaver.user_id).update(is_active=False)
    else:
        with scope(world.system()):
            reader = role(world, "partner", "reader")
            Membership.objects.filter(pk=leaver.pk).update(partner=world.partners.tornillos, role=reader)
    before = marks(world.system())
    for answer in (program.get("me"), program.post("partners/bulk", CUSTOMER)):
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "key_stopped"
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert not changed(before, marks(world.system())) and kept(world, key).last_used_at == used
    with scope(world.system()):
        assert not Partner.objects.filter(external_id="C-1").exists()


def test_a_wrong_secret_learns_nothing_of_it(world, leaver, made):
    key, program = made
    close(world, leaver)
    program.text = program.text[:-1] + ("0" if program.text[-1] != "0" else "1")
    assert program.get("me").json()["error"]["code"] == "not_authenticated"


def test_it_works_again_when_its_maker_is_back(world, leaver, made, as_):
    close(world, leaver)
    assert made[1].get("me").status_code == 401
    as_("ana").post(f"/acme/people/{leaver.pk}/activate/")
    assert made[1].get("me").status_code == 200


def test_another_administrator_takes_it_over(world, leaver, made, as_):
    key, program = made
    close(world, leaver)
    page = as_("ana").get("/acme/api-keys/").content.decode()
    assert "Stopped: its maker left" in page and f"/acme/api-keys/{key.pk}/take-over/" in page
    assert as_("ana").post(f"/acme/api-keys/{key.pk}/take-over/").status_code == 303
    assert program.get("me").status_code == 200
    assert kept(world, key).made_by_id == world.people["ana"].pk and told(world) == [("key_taken_over", "Ana")]
    assert "API key taken over" in as_("ana").get("/acme/audit/").content.decode()
    assert as_("ana").post(f"/acme/api-keys/{key.pk}/take-over/").status_code == 409, "it works already"


def test_taking_over_asks_for_the_password(world, leaver, made, as_):
    key, _program = made
    close(world, leaver)
    asked = as_("ana", sure=False).post(f"/acme/api-keys/{key.pk}/take-over/")
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert kept(world, key).made_by_id == leaver.user_id and told(world) == []


@pytest.mark.parametrize(("who", "status"), [("clara", 403), ("tornillos", 404), ("rita", 404)])
def test_nobody_else_takes_one_over(who, status, world, leaver, made, as_):
    key, program = made
    close(world, leaver)
    path = f"/{'rival' if who == 'rita' else 'acme'}/api-keys/{key.pk}/take-over/"
    assert as_(who).post(path).status_code == status
    assert kept(world, key).made_by_id == leaver.user_id and program.get("me").status_code == 401


def test_nobody_answers_for_more_than_they_may(world, leaver, made):
    key, _program = made
    keeper = join(world, "keeper", own_role(world, "staff", "Keys", owners.MANAGE, "partners.view"))
    close(world, leaver)
    actor = enter("acme", keeper.user)
    with scope(actor), pytest.raises(owners.Refused):
        owners.take_over(actor, key)
    with scope(actor):
        owners.take_over_from(actor, leaver.user_id)
    assert kept(world, key).made_by_id == leaver.user_id


def test_deactivating_names_the_keys_and_takes_them_over_in_one_step(world, leaver, made, as_):
    key, program = made
    page = as_("ana").get(f"/acme/people/{leaver.pk}/deactivate/").content.decode()
    assert "<strong>SAP</strong>" in page and 'name="take_over"' in page
    assert as_("ana").post(f"/acme/people/{leaver.pk}/deactivate/", {"take_over": "on"}).status_code == 303
    assert program.get("me").status_code == 200 and kept(world, key).made_by_id == world.people["ana"].pk


def test_deactivating_without_a_tick_stops_them(world, leaver, made, as_):
    as_("ana").post(f"/acme/people/{leaver.pk}/deactivate/")
    assert made[1].get("me").json()["error"]["code"] == "key_stopped"


def test_whoever_manages_no_keys_reads_of_them_and_takes_none(world, leaver, as_):
    boss = join(world, "boss", own_role(world, "staff", "People", "people.view", "people.manage", "partners.view"))
    helper = join(world, "helper", own_role(world, "staff", "Less", "partners.view"))
    with scope(world.system()):
        key, text = keys.make(enter("acme", helper.user), "SAP", ["partners:read"])
    from atrio.people.members.tests.people import browser

    client = browser(boss.user)
    page = client.get(f"/acme/people/{helper.pk}/deactivate/").content.decode()
    assert "SAP" in page and "disabled" in page
    client.post(f"/acme/people/{helper.pk}/deactivate/", {"take_over": "on"})
    assert kept(world, key).made_by_id == helper.user_id and Program(text).get("me").status_code == 401


def test_a_place_with_a_partner_has_no_keys_to_name(world, as_):
    page = as_("ana").get(f"/acme/people/{place_of(world, 'tornillos').pk}/deactivate/").content.decode()
    assert "take_over" not in page


def test_a_key_made_by_command_belongs_to_nobody_and_goes_on(world, program):
    one = program("partners:read")
    with scope(world.system()):
        assert ApiKey.objects.get().made_by_id is None
        Membership.objects.filter(partner=None).update(is_active=False)
    assert one.get("me").status_code == 200


def test_making_and_revoking_are_told(world, as_):
    as_("ana").post("/acme/api-keys/", {"name": "SAP", "lasts": "90", "rate": "60", "scopes": ["partners:read"]})
    with scope(world.system()):
        key = ApiKey.objects.get()
    as_("ana").post(f"/acme/api-keys/{key.pk}/revoke/")
    as_("ana").post(f"/acme/api-keys/{key.pk}/revoke/")
    assert [kind for kind, _who in told(world)] == ["key_made", "key_revoked"]
