"""The text of a mail is shown in a trial that sends nothing, to administrators, and nowhere else."""

import pytest

from atrio.core.models import Mail
from atrio.core.scope import scope

LINK = "https://portal.example/accounts/invitation/abc/"


@pytest.fixture
def url(world) -> str:
    with scope(world.system()):
        one = Mail.objects.create(
            portal_id=world.portals.acme.id, to="x@y.example", subject="Hola", text=f"Abre: {LINK}"
        )
    return f"/acme/outbox/{one.pk}/"


@pytest.mark.parametrize(
    ("trial", "backend", "shown"),
    [(True, "filebased", True), (True, "console", True), (True, "smtp", False), (False, "console", False)],
)
def test_where_it_is_shown(trial, backend, shown, url, as_, settings):
    settings.TRIAL, settings.EMAIL_BACKEND = trial, f"django.core.mail.backends.{backend}.EmailBackend"
    assert (f'href="{LINK}"' in as_("ana").get(url).content.decode()) == shown
    assert LINK not in as_("bruno").get(url).content.decode()
