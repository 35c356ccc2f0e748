"""Sending many rows at once: received before a transaction is opened, loaded by the engine, answered the same twice."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from atrio.core.actor import Actor
from atrio.core.scope import scope

from ..loads.engine import Order
from ..loads.rows import Files
from ..loads.running import begin, run
from ..loads.types import schema_of
from ..loads.values import Refused
from ..models import ApiAnswer, LoadRun, State
from .door import JSON, ApiRequest, Endpoint
from .envelope import Fault, Problem, answer, refusal
from .rows import Sent

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")
ARRAY_LIMIT = 32 * 2**20  # an array is decoded whole; lines are not
CHUNK = 1 << 20
SAID = 1000  # errors in one answer; the load's page has the rest
WRITTEN = re.compile(r"^[!-~]{1,200}$", re.ASCII)
REPLAYED = "Idempotent-Replayed"


def bulk(request: ApiRequest, endpoint: Endpoint) -> HttpResponse:
    """Create and change documents by their external id, all or none unless the bad ones are to be left out."""
    if request.content_type not in (JSON, *NDJSON):
        message = _("Send %(type)s.") % {"type": f"{NDJSON[0]} / {JSON}"}
        raise Problem(415, "unsupported_media_type", message)
    once = _idempotency_key(request)
    array = request.content_type == JSON
    with tempfile.TemporaryDirectory(prefix="atrio-api-") as folder:
        path = Path(folder) / f"{endpoint.name}.{'json' if array else 'ndjson'}"
        fingerprint = _receive(request, path, ARRAY_LIMIT if array else settings.LOAD_LIMIT)
        with scope(request.actor):  # from here on others wait for us, so nothing below waits for the sender
            if once is None:
                return _load(request, endpoint, path, array=array)
            return _once(request, once, fingerprint, lambda: _load(request, endpoint, path, array=array))


def _receive(request: ApiRequest, path: Path, limit: int) -> str:
    """Write the body to the file, as it comes; the hash of the whole request."""
    digest, size = hashlib.sha256(f"{request.path}?{request.META.get('QUERY_STRING', '')}".encode()), 0
    with path.open("wb") as file:
        while chunk := request.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise Problem(413, "too_large", _("The body is larger than %(limit)s MB.") % {"limit": limit >> 20})
            digest.update(chunk)
            file.write(chunk)
    if not size:
        raise Problem(400, "empty_body", _("The body is empty, or its Content-Length is missing."))
    return digest.hexdigest()


def _load(request: ApiRequest, endpoint: Endpoint, path: Path, *, array: bool) -> HttpResponse:
    kind, actor, asked = endpoint.kind, request.actor, request.asked
    assert kind is not None
    try:
        source = Sent(schema_of(kind), path, array=array, defaults={"currency": actor.portal.currency})
    except Refused as refused:
        raise Problem(400, refused.reason.code, refused.reason.sentence(gettext)) from refused
    order = Order(kind, Files(path), dry_run="dry_run" in asked, skip_bad="skip_bad" in asked, source=source)
    return _answer(request, run(actor, order, begin(actor, order)))


def _answer(request: ApiRequest, record: LoadRun) -> HttpResponse:
    faults = _faults(record)
    if record.state == State.DONE:
        counts = ("read", "created", "updated", "unchanged", "rejected")
        said = {name: getattr(record, name) for name in counts} | {"seconds": float(record.seconds)}
        return answer({"load": record.pk} | said | {"errors": faults})
    if record.problem:
        return refusal(request, Problem(422, "refused", record.problem))
    message = _("Nothing was loaded: some rows have errors.")
    return refusal(request, Problem(422, "rows_refused", message, faults))


def _faults(record: LoadRun) -> list[Fault]:
    """What was wrong, from the file that the load's page offers."""
    if not record.errors_file:
        return []
    with default_storage.open(record.errors_file) as stored:
        rows = csv.DictReader(io.TextIOWrapper(stored, encoding="utf-8-sig", newline=""))
        found = zip(range(SAID), rows, strict=False)
        return [Fault(r["column"], r["code"], r["reason"], int(r["line"])) for _count, r in found]


# --- the same request twice -----------------------------------------------------------------------------------------


def _idempotency_key(request: ApiRequest) -> str | None:
    once = request.headers.get("Idempotency-Key")
    if once is not None and not WRITTEN.fullmatch(once):
        fault = Fault("Idempotency-Key", "invalid", _("Send between 1 and 200 visible ASCII characters."))
        raise Problem(400, "invalid_parameters", fault.message, [fault])
    return once


def _once(request: ApiRequest, once: str, fingerprint: str, work) -> HttpResponse:
    """Do the work and keep its answer in the same transaction; a twin that runs beside it waits here, then reads it."""
    mine = _claim(request.actor, request.key.id, once, fingerprint)
    if mine:
        response = work()
        ApiAnswer.objects.filter(pk=mine).update(status=response.status_code, body=response.content)
        return response
    kept = ApiAnswer.objects.get(portal_id=request.actor.portal.id, key_id=request.key.id, idempotency_key=once)
    if kept.fingerprint != fingerprint:
        message = _("This idempotency key was used for another request.")
        raise Problem(422, "idempotency_key_reused", message)
    response = HttpResponse(bytes(kept.body), status=kept.status, content_type=JSON)
    response[REPLAYED] = "true"
    return response


def _claim(actor: Actor, key_id: int, once: str, fingerprint: str) -> int | None:
    """The row that this request is the first to write; the unique index makes a second one wait for its commit."""
    row = ApiAnswer(portal_id=actor.portal.id, key_id=key_id, idempotency_key=once, fingerprint=fingerprint)
    ApiAnswer.objects.bulk_create([row], ignore_conflicts=True)
    kept = ApiAnswer.objects.filter(portal_id=actor.portal.id, key_id=key_id, idempotency_key=once, status=0)
    return kept.values_list("pk", flat=True).first()
