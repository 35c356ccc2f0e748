"""Two at once, by connections of their own: one portal for an address, one use of a link, one who stays."""

import os
import re

import pytest
from django.core import mail as outgoing
from django.core.cache import cache
from django.db import connection
from django.test import Client

from atrio.core.crossing import portal_by_slug
from atrio.core.scope import scope
from atrio.people.models import Membership, Role, SingleUseLink, User
from atrio.testing import jobs
from atrio.testing.race import arena
from atrio.testing.sudo import sudo
from atrio.testing.world import known

from .test_opening import TYPED, open_portal

ERASE = "/acme/profile/erase/"


@pytest.fixture(scope="module")
def ring(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_portal_races_{os.getpid()}") as found:
        yield found


@pytest.fixture(autouse=True)
def _open_to_all(settings):
    cache.clear()
    settings.OPEN_PORTALS, settings.BASE_URL = True, "https://portal.example"


def _lock(text: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def test_two_at_once_one_wins(ring, settings):
    settings.TRIAL, settings.EMAIL_BACKEND = True, "django.core.mail.backends.console.EmailBackend"

    def asker(n: int):
        return lambda: open_portal(**TYPED | {"slug": "carrera", "email": f"n{n}@x.example"})

    hold = lambda: _lock("select pg_advisory_xact_lock(hashtext('make portal'))")  # noqa: E731
    answers = ring.collide(hold, asker(1), asker(2))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert 'id="id_slug_error"' in lost.content.decode()
    assert ring.do(lambda: User.objects.filter(email__endswith="@x.example").count()) == 1, "nor half of the loser"


def test_a_link_is_used_once(ring):
    def ask() -> str:
        outgoing.outbox.clear()
        open_portal(**TYPED | {"slug": "enlace"})
        jobs.run_all()
        return re.search(r"https://portal\.example(/new/\S+)", outgoing.outbox[0].body)[1]

    link = ring.do(ask)
    hold = lambda: list(SingleUseLink.objects.select_for_update())  # noqa: E731
    answers = ring.collide(hold, *(lambda n=n: Client().post(link, {"slug": f"enlace-{n}"}) for n in (1, 2)))
    assert sorted(answer.status_code for answer in answers) == [303, 404]
    assert ring.do(lambda: sum(portal_by_slug(f"enlace-{n}") is not None for n in (1, 2))) == 1


def test_of_two_administrators_who_leave_at_once_one_stays(ring):
    def prepare() -> list[Client]:
        world = known()
        with scope(world.system()):
            role = Role.objects.get(portal_id=world.portals.acme.id, audience="staff", name="administrator")
            Membership.objects.filter(user=world.people["bruno"]).update(role=role)
        return [_signed_in(world.people[who]) for who in ("ana", "bruno")]

    def hold() -> None:
        with scope(known().system()):
            list(Membership.objects.select_for_update(of=("self",)).filter(partner=None))

    clients = ring.do(prepare)
    answers = ring.collide(hold, *(lambda c=c: c.post(ERASE, {"sure": "erase"}) for c in clients))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert ring.do(lambda: User.objects.filter(email__in=("ana@acme.example", "bruno@acme.example")).count()) == 1


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return sudo(client)
