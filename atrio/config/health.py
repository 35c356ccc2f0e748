"""Whether this process lives, and whether it can serve: for those who start, stop and balance processes."""

import logging
import time

import psycopg
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger("atrio.health")
FRESH = 2  # seconds: strangers may ask as often as they like
SECONDS = 3

_known: dict[str, float | bool] = {"at": -FRESH, "ready": False, "migrated": False}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """What is wrong is in the log: strangers learn only that something is."""
    if time.monotonic() - _known["at"] >= FRESH:
        _known["at"], _known["ready"] = time.monotonic(), _is_ready()
    ready = _known["ready"]
    return HttpResponse("ready" if ready else "not ready", status=200 if ready else 503, content_type="text/plain")


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
