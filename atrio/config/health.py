"""Whether this process lives, and whether it can serve: for those who start, stop and balance processes."""

import logging
import time

import psycopg
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("atrio.health")
FRESH = 2  # seconds: strangers may ask as often as they like
SECONDS = 3

_known: dict[str, float | bool] = {"at": -FRESH, "ready": False, "migrated": False}


class HealthMiddleware:
    """Before all others: who asks has no session, may not know our host name, and the database may be away."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        return asked() if asked else self.get_response(request)


def healthz() -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz() -> HttpResponse:
    """What is wrong is in the log: strangers learn only that something is."""
    if time.monotonic() - _known["at"] >= FRESH:
        _known["at"], _known["ready"] = time.monotonic(), _is_ready()
    ready = _known["ready"]
    said, status = ("ready", 200) if ready else ("not ready", 503)
    return HttpResponse(said, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})


def _is_ready() -> bool:
    problems = [f"{what}: {said}" for what, said in (("database", _database()), ("storage", _storage())) if said]
    if problems:
        logger.warning("not ready: %s", "; ".join(problems))
    return not problems


def _database() -> str:
    try:
        # Not from the pool, which may still have a connection where nobody new is let in.
        options = connection.get_connection_params() | {"connect_timeout": SECONDS}
        with psycopg.connect(**options) as direct:
            applied = direct.execute("select app, name from django_migrations").fetchall()
    except psycopg.Error as problem:
        return str(problem)
    if not _known["migrated"]:
        missing = set(_shipped()) - set(applied)
        _known["migrated"] = not missing
        return f"{len(missing)} migrations are missing" if missing else ""
    return ""


def _shipped() -> list[tuple[str, str]]:
    return list(MigrationLoader(None).disk_migrations or ())


def _storage() -> str:
    try:
        if hasattr(default_storage, "probe"):
            default_storage.probe()
    except OSError as problem:
        return str(problem)
    return ""
