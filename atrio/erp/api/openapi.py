"""The OpenAPI 3.1 document of the table of operations; docs/openapi.json is what it was when somebody last agreed."""

from __future__ import annotations

from functools import cache

from django.utils import translation

from atrio.core.doctypes import document_types

from . import schemas
from .bulk import REPLAYED
from .door import Endpoint
from .endpoints import endpoints
from .envelope import REQUEST_ID
from .params import Param

WHY = {
    "400": "The request cannot be understood",
    "401": "No key of this portal",
    "403": "The key may not do this",
    "404": "There is no such thing, or the key does not see it",
    "405": "The address does not take this method",
    "409": "Not possible now",
    "413": "Too large",
    "415": "Not a content type that is taken",
    "422": "Some values are refused",
    "429": "Too many requests",
    "500": "Something went wrong on our side",
    "503": "The database or the storage does not answer; the same request will work later",
}
HOLE = {"type": "integer", "minimum": 1}


@cache
def document() -> dict:
    """The whole description, in English whoever asks."""
    with translation.override("en"):
        paths: dict[str, dict] = {}
        for one in endpoints():
            paths.setdefault(f"/{one.path}", {})[one.method.lower()] = _operation(one)
        found = dict(schemas.COMMON)
        for kind in document_types().values():
            found |= schemas.of_type(kind)
        return {
            "openapi": "3.1.0",
            "info": {"title": "Atrio", "version": "1", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
            "servers": [{"url": "/{portal}/api/v1", "variables": {"portal": {"default": "demo"}}}],
            "security": [{"key": []}],
            "paths": paths,
            "components": {
                "schemas": found,
                "responses": {f"problem_{status}": _problem(status) for status in WHY},
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "atrio_prefix_secret"}},
            },
        }


def _problem(status: str) -> dict:
    headers = {REQUEST_ID: _header("The name of this request in the logs")}
    if status in ("429", "503"):
        headers["Retry-After"] = _header("Seconds to wait")
    return {"description": WHY[status], "headers": headers, "content": schemas.json(schemas.ref("error"))}


def _header(about: str) -> dict:
    return {"description": about, "schema": {"type": "string"}}


def _operation(one: Endpoint) -> dict:
    holes = [hole for hole in ("id", "file_id") if f"{{{hole}}}" in one.path]
    params = [{"name": hole, "in": "path", "required": True, "schema": HOLE} for hole in holes]
    found = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": params + [_param(param) for param in one.params],
        "responses": _responses(one),
    }
    if one.verb:
        found["description"] = f"Scope: `{one.kind.name if one.kind else 'type'}:{one.verb}`."
    if one.takes:
        content = {kind: {"schema": schema} for kind, schema in one.takes.items()}
        found["requestBody"] = {"required": one.action is None, "content": content}
    return found


def _param(param: Param) -> dict:
    schema = {"type": "array", "items": param.schema} if param.many else param.schema
    found = {"name": param.name, "in": param.place, "required": False, "schema": schema}
    return found | ({"description": param.about} if param.about else {})


def _responses(one: Endpoint) -> dict:
    success = {"description": "Done", "content": {kind: {"schema": schema} for kind, schema in one.gives.items()}}
    if one.own_scope:
        success["headers"] = {REPLAYED: _header("`true` when this is the answer to the same request before")}
    return {"200": success} | {status: {"$ref": f"#/components/responses/problem_{status}"} for status in WHY}
