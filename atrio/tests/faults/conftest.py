"""Real processes of a real installation, killed and starved; `pytest -m "not faults"` leaves them out."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .person import Person, Program
from .place import Place, until
from .smtp import Server


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    if sys.platform == "win32":
        pytest.skip("processes are killed by Unix signals")
    # Outside pytest's folder: as root that is private to root, and PostgreSQL runs as another account.
    memory = Path("/dev/shm")  # what a killed process wrote is there too, and starting again costs no disk
    folder = Path(tempfile.mkdtemp(prefix="atrio-faults-", dir=memory if os.access(memory, os.W_OK) else None))
    folder.chmod(0o755)
    made = Place(folder)
    try:
        made.run("atrio.tests.faults.stage")
        made.serve()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def _ana(place) -> Person:
    return Person(place)


@pytest.fixture
def ana(place, _ana) -> Person:
    """Signed in, before a web server that has found its database after whatever the test before did to it."""
    place.serve()
    place.do("update account set language = 'en' where email = 'ana@acme.example'")
    until(lambda: _ana.get("/acme/").status == 200, place.log("web"))
    return _ana


@pytest.fixture
def program(place) -> Program:
    place.serve()
    return Program(place)


@pytest.fixture
def mail_server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def mail_environ(mail_server) -> dict[str, str]:
    backend = "django.core.mail.backends.smtp.EmailBackend"
    host = {"ATRIO_SMTP_HOST": "127.0.0.1", "ATRIO_SMTP_PORT": str(mail_server.port)}
    return host | {"ATRIO_EMAIL_BACKEND": backend, "ATRIO_MAIL_FROM": "portal@acme.example"}
