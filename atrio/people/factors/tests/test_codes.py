"""A second factor by an app: set up, asked for, used once, and never gone round."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from atrio.core.models import Event, Mail
from atrio.core.scope import scope
from atrio.people.factors import locks
from atrio.people.factors.models import FactorLock
from atrio.people.factors.tests.conftest import SECURITY, code_of
from atrio.testing.world import PASSWORD


def told(world, kind: str, slug: str = "acme") -> int:
    with scope(world.system(slug)):
        return Event.objects.filter(doctype="people", kind=kind).count()


def mails(world, to: str = "ana@acme.example") -> list[str]:
    with scope(world.system()):
        return list(Mail.objects.filter(to=to).order_by("pk").values_list("subject", flat=True))


def test_an_app_is_set_up_told_of_and_asked_for(person, world):
    ana = person()
    codes = ana.set_up()
    assert len(codes) == 10 and told(world, "totp_added") == 1 and len(mails(world)) == 1
    ana.again().password()
    assert not ana.is_in and ana.client.get("/acme/").status_code == 302
    assert "/accounts/login/" in ana.client.get("/acme/").headers["Location"]
    assert ana.code(code_of(ana.secret, 1)).status_code == 302 and ana.is_in
    assert ana.client.get("/acme/").status_code == 200


def test_moments_are_those_of_the_persons_portal(person):
    ana = person()
    ana.set_up()
    Authenticator.objects.filter(user=ana.user).update(created_at=dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC))
    assert "01/01/2026 22:04" in ana.client.get(SECURITY).content.decode(), "of Bogotá"


def test_the_secret_is_sealed_at_rest(person):
    ana = person()
    ana.confirm()
    page = ana.client.get(f"{SECURITY}app/").content.decode()
    secret = ana.waiting
    assert secret[:4] in page and secret not in ana.client.session["factors.totp.secret"]
    ana.set_up()
    for one in Authenticator.objects.filter(user=ana.user):
        assert ana.secret not in str(one.data) and "gAAAA" in str(one.data)


def test_a_slip_while_setting_up_keeps_the_key(person):
    ana = person()
    ana.confirm()
    ana.client.get(f"{SECURITY}app/")
    secret = ana.waiting
    response = ana.client.post(f"{SECURITY}app/", {"code": "000000"})
    assert response.status_code == 422 and 'id="id_code_error"' in response.content.decode()
    assert ana.waiting == secret and not Authenticator.objects.filter(user=ana.user).exists()


def test_a_code_opens_once(person):
    ana = person()
    ana.set_up()
    code = code_of(ana.secret, 1)
    ana.again().password()
    ana.code(code)
    assert ana.is_in
    ana.again().password()
    assert ana.code(code).status_code == 422 and not ana.is_in
    assert ana.code(code_of(ana.secret)).status_code == 422, "an older code than the one used is void, too"


def test_the_code_that_set_it_up_opens_nothing(person):
    ana = person()
    ana.set_up()
    ana.again().password()
    assert ana.code(code_of(ana.secret)).status_code == 422 and not ana.is_in


def test_a_recovery_code_opens_once_and_is_told(person, world):
    ana = person()
    codes = ana.set_up()
    ana.again().password()
    ana.code(codes[3])
    assert ana.is_in and told(world, "recovery_code_used") == 1
    ana.again().password()
    assert ana.code(codes[3]).status_code == 422 and not ana.is_in


def test_recovery_codes_are_shown_in_one_answer_only(person):
    ana = person()
    codes = ana.set_up()
    for path in ("", "codes/", "passkeys/", "app/remove/"):
        text = ana.client.get(f"{SECURITY}{path}").content.decode()
        assert not [code for code in codes if code in text], path


def test_new_recovery_codes_end_the_old_ones(person, world):
    ana = person()
    old = ana.set_up()
    response = ana.client.post(f"{SECURITY}codes/")
    assert "no-store" in response.headers["Cache-Control"] and told(world, "recovery_codes_made") == 1
    ana.again().password()
    assert ana.code(old[0]).status_code == 422 and not ana.is_in


@pytest.mark.parametrize("path", ["/", "/acme/", f"{SECURITY}", f"{SECURITY}app/remove/", "/accounts/password/change/"])
def test_half_signed_in_opens_nothing(path, person):
    ana = person()
    ana.set_up()
    ana.again().password()
    assert ana.client.get(path).status_code == 302 and ana.client.post(path).status_code in (302, 405)
    assert not ana.is_in and Authenticator.objects.filter(user=ana.user, type="totp").exists()


def test_wrong_codes_are_counted_across_browsers_and_then_not_read(person, world):
    ana = person()
    ana.set_up()
    for _attempt in range(locks.FREE):
        ana.again().password()
        assert ana.code("000000").status_code == 422
    ana.again().password()
    assert ana.code(code_of(ana.secret, 1)).status_code == 422 and not ana.is_in
    assert told(world, "factors_locked") == 1 and len(mails(world)) == 2
    FactorLock.objects.update(until=None)
    assert ana.code(code_of(ana.secret, 1)).status_code == 302 and ana.is_in
    assert not FactorLock.objects.exists(), "who comes in begins anew"


@pytest.mark.parametrize("path", ["app/remove/", "codes/", "app/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_changed_without_a_fresh_password(path, method, person):
    ana = person()
    ana.set_up() if path != "app/" else None
    ana.again()
    ana.client.force_login(ana.user)
    before = list(Authenticator.objects.filter(user=ana.user).values("pk", "data"))
    response = getattr(ana.client, method)(f"{SECURITY}{path}", {"code": "000000"})
    assert response.status_code in (302, 303) and "reauthenticate" in response.headers["Location"]
    assert list(Authenticator.objects.filter(user=ana.user).values("pk", "data")) == before


def test_taking_the_app_away_is_told_and_leaves_no_codes(person, world):
    ana = person()
    ana.set_up()
    ana.client.post(f"{SECURITY}app/remove/")
    assert not Authenticator.objects.filter(user=ana.user).exists()
    assert told(world, "totp_removed") == 1 and len(mails(world)) == 2


def test_a_form_of_another_site_removes_nothing(person, world):
    ana = person()
    ana.set_up()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ana.client.cookies
    assert strict.post(f"{SECURITY}app/remove/").status_code == 403
    assert Authenticator.objects.filter(user=ana.user, type="totp").exists()


def test_what_happens_is_told_in_every_portal_of_the_person(person, world):
    from atrio.people.models import Membership, Role

    with scope(world.system("rival")):
        role = Role.objects.get(audience="staff", name="reader")
        Membership.objects.create(portal_id=role.portal_id, user=world.people["ana"], role=role)
    person().set_up()
    assert told(world, "totp_added") == told(world, "totp_added", "rival") == 1


def test_a_very_long_code_is_refused(person):
    ana = person()
    ana.set_up()
    ana.again().password()
    assert ana.code("9" * 200_000).status_code == 422 and not ana.is_in


def test_the_password_is_not_enough_to_confirm_for_somebody_else(person):
    ana = person().later()
    ana.client.post("/accounts/reauthenticate/", {"password": PASSWORD + "x"})
    assert "reauthenticate" in ana.client.get(f"{SECURITY}app/").headers["Location"]
