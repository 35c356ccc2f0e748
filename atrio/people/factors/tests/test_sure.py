"""Before what is sensitive: whoever has a second factor shows it, too; a company's people are asked by the company."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from atrio.core.models import Portal
from atrio.core.scope import scope
from atrio.people.factors.tests.conftest import SECURITY, code_of
from atrio.people.factors.tests.softkey import SoftKey
from atrio.people.factors.tests.test_passkeys import add, alone, challenge_of
from atrio.people.factors.tests.test_rules import RULES, TYPED, settings_of
from atrio.people.factors.tests.test_sso import Visit, provider
from atrio.testing.sudo import later
from atrio.testing.world import PASSWORD

PASSWORD_PAGE, CODE_PAGE = "/accounts/reauthenticate/", f"{SECURITY}again/code/"
PASSKEY_PAGE = f"{SECURITY}again/passkey/"


def way(response) -> str:
    return response.headers["Location"]


def test_the_password_alone_is_not_enough_for_whoever_has_an_app(person, world):
    ana = person()
    ana.set_up()
    asked = ana.later().client.post(RULES, TYPED)
    assert way(asked).startswith(f"{PASSWORD_PAGE}?next=")
    further = ana.client.post(way(asked), {"password": PASSWORD})
    assert way(further) == f"{CODE_PAGE}?next=%2Faccounts%2Fcontinue%2F"
    assert way(ana.client.get(RULES)).startswith(CODE_PAGE), "half of it is not enough"
    wrong = ana.client.post(way(further), {"code": "000000"})
    assert wrong.status_code == 422 and way(ana.client.get(RULES)).startswith(CODE_PAGE)
    back = ana.client.post(way(further), {"code": code_of(ana.secret, 1)})
    assert way(back) == "/accounts/continue/"
    page = ana.client.get("/accounts/continue/").content.decode()
    assert f'action="{RULES}"' in page and settings_of(world) == {}, "what was typed waits, and is not sent by itself"
    assert ana.client.post(RULES, TYPED).status_code == 303 and settings_of(world)


def test_a_code_alone_is_not_enough(person):
    ana = person()
    ana.set_up()
    ana.later().client.post(f"{CODE_PAGE}?next={RULES}", {"code": code_of(ana.secret, 1)})
    assert way(ana.client.get(RULES)).startswith(PASSWORD_PAGE)


def test_a_passkey_is_both_at_once(person):
    ana, key = person(), SoftKey()
    add(ana, key)
    asked = ana.later().client.get(RULES)
    assert way(asked) == f"{PASSKEY_PAGE}?next=%2Facme%2Fsettings%2Fsign-in%2F"
    ana.client.get(way(asked))
    sent = json.dumps(key.get(challenge_of(ana.client), ana.user.pk))
    assert way(ana.client.post(way(asked), {"credential": sent})) == RULES
    assert ana.client.get(RULES).status_code == 200


def test_beside_a_passkey_the_password_and_a_recovery_code_do(person):
    ana, key = person(), SoftKey()
    codes = add(ana, key).content.decode().split("<textarea")[1].split(">")[1].split("<")[0].split()
    further = ana.later().client.post(f"{PASSWORD_PAGE}?next={RULES}", {"password": PASSWORD})
    assert way(further).startswith(CODE_PAGE) and ana.client.get(RULES).status_code == 303
    assert way(ana.client.post(way(further), {"code": codes[0]})) == RULES
    assert ana.client.get(RULES).status_code == 200


def test_signing_in_with_all_of_it_counts(person):
    ana, key = person(), SoftKey()
    ana.set_up()
    ana.again().password()
    ana.code(code_of(ana.secret, 1))
    assert ana.is_in and ana.client.get(RULES).status_code == 200
    add(ana, key)
    alone(ana.again().client, key, ana.user.pk)
    assert ana.client.get(RULES).status_code == 200 and ana.later().client.get(RULES).status_code == 303


# --- a company's sign-in ----------------------------------------------------------------------------------------------


@pytest.fixture
def visit(world, idp) -> Visit:
    """Eva administers acme, and came by its own sign-in."""
    found = Visit(idp, provider(world, idp, role="administrator"))
    found.all()
    return found


def test_having_just_come_by_it_counts(visit):
    assert visit.client.get(RULES).status_code == 200


def test_later_the_company_is_asked_again_and_what_was_sent_waits(visit, world):
    asked = later(visit.client).post(RULES, TYPED)
    assert way(asked).startswith(visit.base) and settings_of(world) == {}
    to_provider = way(visit.client.get(way(asked)))
    query = parse_qs(urlsplit(to_provider).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    back = visit.come(visit.idp.sign_in(to_provider, auth_time=int(time.time())))
    assert way(back) == "/accounts/continue/"
    assert f'action="{RULES}"' in visit.client.get(way(back)).content.decode()
    assert visit.client.post(RULES, TYPED).status_code == 303 and settings_of(world)


@pytest.mark.parametrize("told", [1, "yesterday", None, [], True])
def test_whoever_was_there_before_and_was_not_asked_is_not_believed(told, visit, world):
    asked = way(later(visit.client).get(RULES))
    answer = visit.idp.sign_in(way(visit.client.get(asked)), auth_time=told)
    if told is None:  # not all say when; then it is believed
        assert visit.come(answer).status_code == 302 and visit.client.get(RULES).status_code == 200
        return
    assert visit.come(answer).status_code == 403 and visit.client.get(RULES).status_code == 303


def test_somebody_else_who_comes_back_gets_nothing_of_it(visit, world):
    asked = later(visit.client).post(RULES, TYPED)
    answer = visit.idp.sign_in(way(visit.client.get(way(asked))), sub="s-2", email="olga@acme.example")
    visit.come(answer)
    assert RULES not in visit.client.get("/accounts/continue/").content.decode() and settings_of(world) == {}


def test_a_portal_without_provider_knows_no_such_way(person, world):
    with scope(world.system()):
        assert Portal.objects.get(pk=world.portals.acme.id).settings == {}
    assert way(person().later().client.get(RULES)).startswith(PASSWORD_PAGE)
