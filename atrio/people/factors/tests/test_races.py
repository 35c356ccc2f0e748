"""Two at once, by connections of their own: a code opens once, an answer is taken once, a person gets one account."""

import os

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client

from atrio.core.encryption import encrypt
from atrio.core.scope import scope
from atrio.people.factors import codes
from atrio.people.factors.models import Identity, IdentityProvider
from atrio.people.factors.tests.conftest import code_of
from atrio.people.factors.tests.test_sso import Visit, provider
from atrio.people.models import Session, User
from atrio.testing.race import arena
from atrio.testing.world import known


@pytest.fixture(scope="module")
def ring(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_factor_races_{os.getpid()}") as found:
        yield found


@pytest.fixture(autouse=True)
def _no_memory_of_other_attempts():
    """In place of the folder's own, which wants the database of a single test."""


def two_factors() -> tuple[User, dict[str, str]]:
    cache.clear()
    ana, secret = known().people["ana"], generate_totp_secret()
    Authenticator.objects.filter(user=ana).delete()
    Authenticator.objects.create(user=ana, type="totp", data={"secret": encrypt(secret)})
    made = RecoveryCodes.activate(ana)
    return ana, {"app": code_of(secret), "recovery": made.get_unused_codes()[0]}


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_opens_once_though_two_come(kind, ring):
    ana, typed = ring.do(two_factors)

    def hold() -> None:
        list(Authenticator.objects.select_for_update().filter(user=ana))

    ended = ring.collide(hold, *[lambda: codes.checked(ana, typed[kind])] * 2)
    assert sorted(isinstance(one, ValidationError) for one in ended) == [False, True], ended


def people(world) -> tuple[int, int]:
    with scope(world.system()):
        identities = Identity.objects.count()
    return User.objects.filter(email="eva@acme.example").count(), identities


def test_an_answer_is_taken_once(ring, idp):
    world = ring.do(known)
    pk = ring.do(lambda: provider(world, idp, name="Once"))
    visit = Visit(idp, pk)
    answer = ring.do(lambda: idp.sign_in(visit.leave()))
    before = len([path for path in idp.asked if path == "/token"])
    key = visit.client.cookies["sessionid"].value

    def twin() -> Client:
        client = Client()
        client.cookies["sessionid"] = key
        return client

    def hold() -> None:
        Session.objects.select_for_update().get(session_key=key)

    came = [lambda: Visit(idp, pk, client=twin()).come(answer)] * 2
    ended = ring.collide(hold, *came)
    assert sorted(one.status_code for one in ended) == [302, 403], ended
    assert len([path for path in idp.asked if path == "/token"]) == before + 1, "the second never got to the provider"


def test_a_first_sign_in_by_two_at_once_makes_one_account(ring, idp):
    world = ring.do(known)

    def prepared() -> list:
        with scope(world.system()), transaction.atomic():
            Identity.objects.all().delete()
        User.objects.filter(email="eva@acme.example").update(email="eva-before@acme.example")
        pk = provider(world, idp, name="Twice")
        visits = [Visit(idp, pk) for _one in range(2)]
        return [pk, [(visit, idp.sign_in(visit.leave())) for visit in visits]]

    pk, visits = ring.do(prepared)

    def hold() -> None:
        with scope(world.system()):
            IdentityProvider.objects.select_for_update().get(pk=pk)

    ended = ring.collide(hold, *(lambda v=visit, a=answer: v.come(a) for visit, answer in visits))
    assert [one.status_code for one in ended] == [302, 302], ended
    assert ring.do(lambda: people(world)) == (1, 1)
