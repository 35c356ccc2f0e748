"""Who balances and restarts processes is told the truth, and strangers no more than that."""

import pytest
from django.core.files import storage as storages  # not its lazy object: pytest looks into what a module names
from django.test import Client

from atrio.config import health
from atrio.config.storage import WholeFiles


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(health, "_known", {"at": -health.FRESH, "ready": False, "migrated": False})


def test_all_is_well(world):
    response = Client(headers={"host": "10.0.0.7"}).get("/readyz")  # a balancer knows no host name of ours
    assert (response.status_code, response.content) == (200, b"ready")
    assert (Client().get("/healthz").status_code, Client().get("/healthz").content) == (200, b"ok")


@pytest.mark.parametrize("what", ["database", "migrations", "storage"])
def test_what_is_missing_is_in_the_log_and_not_in_the_answer(what, world, monkeypatch, caplog):
    if what == "database":
        monkeypatch.setattr(health, "SECONDS", 1)
        params = health.connection.get_connection_params() | {"host": "/nowhere"}
        monkeypatch.setattr(health.connection, "get_connection_params", lambda: params)
    elif what == "migrations":
        monkeypatch.setattr(health, "_shipped", lambda: [("core", "9999_not_yet")])
    else:
        monkeypatch.setattr(WholeFiles, "probe", lambda storage: (_ for _ in ()).throw(OSError("Read-only")))
    response = Client().get("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready")
    said = {"database": "/nowhere", "migrations": "1 migrations are missing", "storage": "Read-only"}
    assert said[what] in caplog.text
    assert Client().get("/healthz").status_code == 200, "it lives all the same"


def test_many_questions_ask_the_database_once(world, monkeypatch):
    asked = []
    monkeypatch.setattr(health, "_is_ready", lambda: bool(asked.append(1)) or True)
    assert [Client().get("/readyz").status_code for _ in range(5)] == [200] * 5
    assert len(asked) == 1


def test_the_storage_is_tried_by_writing(world, tmp_path, monkeypatch):
    storage = WholeFiles(location=tmp_path / "file-in-the-way" / "files")
    (tmp_path / "file-in-the-way").write_text("x")
    with pytest.raises(OSError):
        storage.probe()
    assert hasattr(storages.default_storage, "probe")
