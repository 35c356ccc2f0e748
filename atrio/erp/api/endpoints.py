"""Every operation of the API, made from the document types: addresses, documentation and tests all read this table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from django.http import HttpResponse
from django.urls import path

from atrio.core.doctypes import DocumentType, document_types

from . import acting, bulk, feeding, reading, schemas
from .door import JSON, ApiRequest, Endpoint, enter
from .envelope import answer
from .params import FLAG, LIMIT, Param, of_list
from .scopes import ACT, FEED, LOAD, READ, actions_of, permissions_of

ROOT = "api/v1/"
AFTER = Param("after", schemas.PLACE, "Begin here, at the earliest after what is acknowledged.")
SKIP_BAD = Param("skip_bad", FLAG, "Load the good rows, leave out the bad ones.")
DRY_RUN = Param("dry_run", FLAG, "Check everything, change nothing.")
ONCE = Param(
    "Idempotency-Key",
    {"type": "string", "pattern": bulk.WRITTEN.pattern},
    "The same request with the same key is done once, and answered the same again.",
    place="header",
)


def of_type(kind: DocumentType) -> Iterator[Endpoint]:
    """What a program can do with one document type."""
    name, title = kind.name, str(kind.title)
    if permissions_of(f"{name}:{READ}"):
        read = partial(Endpoint, "GET", kind=kind, verb=READ, tag=name)
        page, whole, file = schemas.ref(f"{name}.page"), schemas.ref(f"{name}.document"), schemas.FILE_CONTENT
        yield read(name, f"{name}.list", f"List: {title}", reading.listed, schemas.json(page), params=of_list(kind))
        yield read(f"{name}/{{id}}", f"{name}.get", f"One: {kind.noun}", reading.one, schemas.json(whole))
        yield read(f"{name}/{{id}}/files/{{file_id}}", f"{name}.file", "A file", reading.download, file)
    if permissions_of(f"{name}:{LOAD}"):
        rows = {JSON: {"type": "array", "items": schemas.ref(f"{name}.row")}, bulk.NDJSON[0]: {"type": "string"}}
        loaded = schemas.json(schemas.ref("loaded"))
        yield Endpoint(
            "POST", f"{name}/bulk", f"{name}.bulk", f"Create and change: {title}", bulk.bulk, loaded, name, kind, LOAD,
            params=(SKIP_BAD, DRY_RUN, ONCE), takes=rows, own_scope=True,
        )  # fmt: skip
    for action in actions_of(kind):
        yield Endpoint(
            "POST", f"{name}/{{id}}/actions/{action.name}", f"{name}.{action.name}", str(action.label), acting.act,
            schemas.json(schemas.ref("acted")), name, kind, ACT, action, takes={JSON: acting.schema_of(action)},
        )  # fmt: skip


def of_all() -> Iterator[Endpoint]:
    """What is of no document type."""
    common = partial(Endpoint, tag="portal")
    gives = schemas.json
    yield common("GET", "me", "me", "This key and its portal", feeding.me, gives(schemas.ref("me")))
    yield common("GET", "openapi.json", "openapi", "This description", described, gives({"type": "object"}))
    feed = partial(Endpoint, tag="feed", verb=FEED)
    found, noted = gives(schemas.ref("feed")), gives(schemas.ref("acknowledged"))
    yield feed("GET", "feed", "feed", "What happened since", feeding.feed, found, params=(AFTER, LIMIT))
    taken = {JSON: schemas.ref("acknowledgement")}
    yield feed("POST", "feed/ack", "acknowledge", "Say how far it was read", feeding.acknowledge, noted, takes=taken)


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """All operations, in the order of the menu."""
    return (*of_all(), *(one for kind in document_types().values() for one in of_type(kind)))


def described(request: ApiRequest, endpoint: Endpoint) -> HttpResponse:
    """The description that programs make their clients of."""
    from .openapi import document  # reason: it describes the table that this is in

    return answer(document())


def addresses() -> list:
    """One Django address for all operations that share one."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for one in endpoints():
        by_path.setdefault(one.path, {})[one.method] = one
    return [
        path(
            ROOT + place.replace("{id}", "<int:pk>").replace("{file_id}", "<int:file_id>"),
            enter,
            {"methods": methods},
            name=f"api {place}",
        )
        for place, methods in by_path.items()
    ]
