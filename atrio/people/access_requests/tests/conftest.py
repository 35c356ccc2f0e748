"""What the stories of access share: letters that were sent, the link in one, and a form that was not filled in fast."""

import re
from collections.abc import Callable

import pytest
from django.core import mail as outgoing
from django.test import Client

from atrio.core.scope import scope
from atrio.people.door.tests.solving import solved

from ..models import AccessRequest

PASSWORD = "Otra-clave-nueva-7"  # noqa: S105 (of people who do not exist)
NEW = {"name": "Nora Nueva", "language": "es", "password1": PASSWORD, "password2": PASSWORD}
ASKED = {
    "company": "Tornillería Andina S.A.S.",
    "tax_id": "860.003.020-1",
    "side": "supplier",
    "name": "Nora Nueva",
    "email": "nora@andina.example",
    "phone": "+57 601 3394949",
    "language": "es",
    "message": "Vendemos tornillos.",
}
INVITED = {"name": "Nora Nueva", "email": "nora@andina.example", "phone": "", "language": "es"}


@pytest.fixture
def letters(run_jobs) -> Callable[[], list]:
    """What was sent since the last time."""

    def sent() -> list:
        run_jobs()
        found = list(outgoing.outbox)
        outgoing.outbox.clear()
        return found

    return sent


def link_in(letter) -> str:
    return re.search(r"/accounts/invitation/[\w-]+/", letter.body)[0]


@pytest.fixture
def ask(world) -> Callable:
    """`ask(email=…)` fills the public form in, with the proof that its page asks for."""

    def asking(client: Client | None = None, slug: str = "acme", **other: str):
        client = client or Client()
        page = client.get(f"/{slug}/join/").content.decode()
        return client.post(f"/{slug}/join/", ASKED | solved(page) | other)

    return asking


@pytest.fixture
def requests(world) -> Callable[..., list[AccessRequest]]:
    """The portal's requests, as they are kept."""

    def all_of(slug: str = "acme") -> list[AccessRequest]:
        with scope(world.system(slug)):
            return list(AccessRequest.objects.select_related("partner", "role", "user").order_by("pk"))

    return all_of
