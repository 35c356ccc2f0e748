"""The rules of sign-in: kept by administrators, each change an event; and a lost factor taken away."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from atrio.core.models import Event, Mail, Portal
from atrio.core.scope import scope
from atrio.people.models import Membership, Role, Session
from atrio.testing.world import PASSWORD

RULES = "/acme/settings/sign-in/"
TYPED = {
    "second_factor_roles": ["staff"],
    "captcha": "always",
    "captcha_after": "5",
    "recovery": "strict",
    "password_min": "12",
    "registration": "closed",
    "idle_minutes": "30",
}
SAVED = TYPED | {"captcha_after": 5, "password_min": 12, "idle_minutes": 30}


def settings_of(world) -> dict:
    with scope(world.system()):
        return Portal.objects.get(pk=world.portals.acme.id).settings


@pytest.fixture
def ana(person):
    one = person()
    one.confirm()
    return one


def test_they_are_saved_told_and_shown_again(ana, world):
    assert ana.client.post(RULES, TYPED).status_code == 303
    assert settings_of(world) == SAVED
    with scope(world.system()):
        (event,) = Event.objects.filter(doctype="portal", kind="sign_in_settings")
    assert event.facts["captcha"] == [None, "always"] and event.user_id == ana.user.pk
    assert ana.client.get(RULES).status_code == 303, "ana is asked for a factor now"


def test_a_role_of_this_portal_can_be_named_and_no_other(ana, world):
    with scope(world.system()):
        own = Role.objects.get(audience="staff", name="buyer").pk
    with scope(world.system("rival")):
        foreign = Role.objects.get(audience="staff", name="buyer").pk
    assert ana.client.post(RULES, TYPED | {"second_factor_roles": [str(foreign)]}).status_code == 422
    assert ana.client.post(RULES, TYPED | {"second_factor_roles": [str(own)]}).status_code == 303
    assert settings_of(world)["second_factor_roles"] == [own]


@pytest.mark.parametrize(
    "wrong",
    [{"password_min": "7"}, {"captcha": "never"}, {"idle_minutes": "1"}, {"recovery": "x"}, {"captcha_after": "0"}],
)
def test_a_rule_is_raised_never_lowered(wrong, ana, world):
    response = ana.client.post(RULES, TYPED | wrong)
    assert response.status_code == 422 and f'id="id_{next(iter(wrong))}_error"' in response.content.decode()
    assert settings_of(world) == {}


def test_without_a_fresh_password_nothing_changes_and_nothing_typed_is_lost(person, world):
    ana = person().later()
    response = ana.client.post(RULES, TYPED)
    assert response.headers["Location"].startswith("/accounts/reauthenticate/?next=") and settings_of(world) == {}
    back = ana.client.post(response.headers["Location"], {"password": PASSWORD})
    page = ana.client.get(back.headers["Location"]).content.decode()
    assert settings_of(world) == {} and 'value="12"' in page and 'value="30"' in page


@pytest.mark.parametrize(("who", "status"), [("clara", 403), ("tornillos", 404)])
def test_only_who_keeps_the_rules_sees_them(who, status, person, world):
    one = person(who)
    one.confirm()
    for path in (RULES, f"{RULES}reset/"):
        assert one.client.post(path, TYPED | {"email": "ana@acme.example"}).status_code == status
    assert one.client.get(RULES).status_code == status and settings_of(world) == {}


def test_a_lost_factor_is_taken_away_and_told(ana, person, world):
    clara = person("clara")
    clara.set_up()
    response = ana.client.post(f"{RULES}reset/", {"email": "Clara@acme.example"})
    assert response.status_code == 303 and not Authenticator.objects.filter(user=clara.user).exists()
    assert not Session.objects.filter(user=clara.user).exists()
    with scope(world.system()):
        assert Event.objects.get(doctype="people", kind="factors_reset").actor_name == "Ana"
        assert Mail.objects.filter(to=clara.user.email).count() == 2


def test_not_ones_own_and_not_of_people_of_other_portals(ana, person, world):
    ana.set_up()
    clara = person("clara")
    clara.set_up()
    with scope(world.system("rival")):
        role = Role.objects.get(audience="staff", name="reader")
        Membership.objects.create(portal_id=role.portal_id, user=clara.user, role=role)
    for email in ("ana@acme.example", "clara@acme.example", "rita@rival.example", "bruno@acme.example", "x"):
        response = ana.client.post(f"{RULES}reset/", {"email": email})
        assert response.status_code == 422 and 'id="id_email_error"' in response.content.decode(), email
    assert Authenticator.objects.filter(type="totp").count() == 2


def test_without_a_fresh_password_nothing_is_taken_away(ana, person):
    clara = person("clara")
    clara.set_up()
    ana.later()
    assert "reauthenticate" in ana.client.post(f"{RULES}reset/", {"email": clara.user.email}).headers["Location"]
    assert Authenticator.objects.filter(user=clara.user, type="totp").exists()


def test_operators_take_it_away_whoever_it_is(person, world, capsys):
    ana = person()
    ana.set_up()
    call_command("reset_factors", "ANA@acme.example")
    assert "2 taken away" in capsys.readouterr().out and not Authenticator.objects.exists()
    with pytest.raises(CommandError):
        call_command("reset_factors", "nobody@acme.example")
