"""Set-up for all tests: a database of one's own, the named world, and a browser for each of its people."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from atrio.config import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
os.environ.setdefault("SECRET_KEY", "only-for-tests")


def _start_throwaway_server() -> Path | None:
    """Without a server of one's own, one for this run; workers of pytest-xdist inherit its address.

    While this file is imported: pytest-django reads the settings, and with them the address, right after."""
    if os.environ.get("DATABASE_URL") or "PYTEST_XDIST_WORKER" in os.environ:
        return None
    folder = Path(tempfile.mkdtemp(prefix="atrio-test-"))
    os.environ["ATRIO_DATA"] = str(folder)
    embedded.ensure_running(folder)
    return folder


SERVER = _start_throwaway_server()
# They try everything there is; `make quick` leaves them to `make test`.
THOROUGH = (
    "atrio/config/tests/test_backup.py",
    "atrio/config/tests/test_bootstrap.py",
    "atrio/erp/api/tests/test_contract.py",
    "atrio/erp/loads/tests/test_wwi.py",
    "atrio/erp/moving/",
    "atrio/erp/tests/test_wwi_load.py",
    "atrio/tests/browser/",
    "atrio/tests/faults/",
    "atrio/tests/test_bad_input.py",
    "atrio/tests/test_hostile_requests.py",
    "atrio/tests/test_races.py",
)


def pytest_configure(config):
    """Tests read the texts as the source has them, whatever is compiled; `test_languages` reads the translations."""
    import gettext

    from django.conf import settings
    from django.test import override_settings

    from atrio.testing.hashing import FEW_ROUNDS

    assert settings.LOCALE_PATHS  # settings are read when first asked, and only then can they be overridden
    plain = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    # Not by mere assignment: starting Django may have read a catalogue or a manifest already, and these let go of it.
    # No static root: every new browser would look through all of its files.
    override_settings(LOCALE_PATHS=[], STORAGES=plain, STATIC_ROOT=None, PASSWORD_HASHERS=FEW_ROUNDS).enable()
    gettext._translations.clear()


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith(THOROUGH):
            item.add_marker("thorough")


def pytest_unconfigure(config):
    if SERVER is not None:
        embedded.release(SERVER)
        embedded.destroy(SERVER)
        shutil.rmtree(SERVER, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, worker_id, tmp_path_factory):
    from django.conf import settings
    from django.db import connections

    from atrio.testing import database

    settings.MEDIA_ROOT = tmp_path_factory.mktemp("files")
    name = f"atrio_test_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock(), database.clone(name):
        for facts in (settings.DATABASES["default"], connections["default"].settings_dict):
            facts["NAME"] = name
            facts["OPTIONS"].pop("pool", None)  # a pool would outlive the test that opened it
        yield
        connections["default"].close()


@pytest.fixture(scope="session")
def _known(django_db_setup, django_db_blocker):
    from atrio.testing.world import known

    with django_db_blocker.unblock():
        return known()


@pytest.fixture
def world(_known, db):
    return _known


@pytest.fixture
def as_(world) -> Callable:
    """`as_("ana")` is a browser in which Ana is signed in, and was asked for her password just now if she is `sure`."""
    from django.test import Client

    from atrio.testing.sudo import sudo

    def browser(who: str, *, sure: bool = True) -> Client:
        client = Client()
        client.force_login(world.people[who])
        return sudo(client) if sure else client

    return browser


@pytest.fixture
def run_jobs(db) -> Callable[[], int]:
    """Runs what waits in the queue, in this test's own transaction, until nothing waits; answers how many jobs."""
    from atrio.testing.jobs import run_all

    return run_all


@pytest.fixture(scope="session")
def worker_id(request):
    return getattr(request.config, "workerinput", {}).get("workerid", "main")
