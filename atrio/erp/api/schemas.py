"""What goes in and comes out, as JSON Schema: of each document type from what it says of itself, and the few others."""

from __future__ import annotations

from typing import Any

from atrio.core.doctypes import DocumentType

from ..loads.schema import KEY, Field, Schema
from ..loads.types import schema_of
from . import shapes
from .params import DECIMAL
from .scopes import LOAD, READ, permissions_of

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
PLACE: dict[str, Any] = {"type": "string", "pattern": r"^\d{1,18}\.\d{1,18}$"}
CURSOR = TEXT | {"description": "A place in the feed, as the feed gives it."}
FILE_CONTENT = {"*/*": {"type": "string", "format": "binary"}}


def ref(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def json(schema: dict) -> dict:
    return {"application/json": schema}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, *, closed: bool = True) -> dict:
    found = {"type": "object", "properties": required | (optional or {}), "required": list(required)}
    return found | ({"additionalProperties": False} if closed else {})


def _list(items: dict) -> dict:
    return {"type": "array", "items": items}


COMMON: dict[str, dict] = {
    "fault": _object({"field": TEXT, "code": TEXT, "message": TEXT}, {"line": WHOLE}),
    "error": _object(
        {"error": _object({"code": TEXT, "message": TEXT, "fields": _list(ref("fault")), "request_id": TEXT})}
    ),
    "loaded": _object(
        dict.fromkeys(("load", "read", "created", "updated", "unchanged", "rejected"), WHOLE)
        | {"seconds": {"type": "number"}, "errors": _list(ref("fault"))}
    ),
    "acted": _object({"id": WHOLE, "external_id": TEXT, "state": TEXT, "version": WHOLE}),
    "acknowledgement": _object({"cursor": PLACE}),
    "acknowledged": _object({"acknowledged": CURSOR, "documents": WHOLE}),
    "event": _object(
        {"cursor": CURSOR, "type": TEXT, "id": WHOLE, "external_id": TEXT, "number": TEXT, "kind": TEXT}
        | {"facts": {"type": "object"}, "internal": {"type": "boolean"}, "by": TEXT, "at": MOMENT}
    ),
    "feed": _object({"events": _list(ref("event")), "next": CURSOR, "more": {"type": "boolean"}}),
    "file": _object(
        {"id": WHOLE, "name": TEXT, "content_type": TEXT, "size": WHOLE, "sha256": TEXT, "role": TEXT}
        | {"author": TEXT, "at": MOMENT, "url": TEXT}
    ),
    "note": _object({"id": WHOLE, "author": TEXT, "text": TEXT, "at": MOMENT}),
    "me": _object(
        {
            "key": _object(
                {"name": TEXT, "prefix": TEXT, "scopes": _list(TEXT), "rate": WHOLE}
                | {"expires_at": {"type": ["string", "null"], "format": "date-time"}}
            ),
            "portal": _object({"slug": TEXT, "name": TEXT, "currency": TEXT, "time_zone": TEXT}),
            "acknowledged": CURSOR,
        }
    ),
}


def of_type(kind: DocumentType) -> dict[str, dict]:
    """The schemas of one document type."""
    name, found = kind.name, {}
    if permissions_of(f"{name}:{READ}"):
        header = {value.name: value.schema for value in shapes.header(name)}
        lines = {"lines": _list(ref(f"{name}.line"))} if kind.lines else {}
        if kind.lines:
            found[f"{name}.line"] = _object({value.name: value.schema for value in shapes.line(name)})
        shared = {"files": _list(ref("file")), "notes": _list(ref("note")), "actions": _list(TEXT)}
        found[f"{name}.header"] = _object(header, lines)
        found[f"{name}.document"] = _object(header | lines | shared)
        found[f"{name}.page"] = _object({"data": _list(ref(f"{name}.header")), "next": {"type": ["string", "null"]}})
    if permissions_of(f"{name}:{LOAD}"):
        found |= _rows(schema_of(kind))
    return found


def _rows(schema: Schema) -> dict[str, dict]:
    row = _row(schema)
    if schema.lines is None:
        return {f"{schema.type}.row": row}
    row["properties"]["lines"] = _list(ref(f"{schema.type}.row.line"))
    return {f"{schema.type}.row": row, f"{schema.type}.row.line": _row(schema.lines)}


def _row(schema: Schema) -> dict:
    properties = {field.name: sendable(field) for field in schema.fields}
    required = [field.name for field in schema.fields if field.required and field.name != "position"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def sendable(field: Field) -> dict:
    """What may be sent for a field."""
    kinds: dict[str, dict[str, Any]] = {
        "decimal": {"type": ["string", "number"], "pattern": DECIMAL},
        "integer": {"type": "integer"},
        "boolean": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "choice": {"type": "string", "enum": list(field.choices)},
    }
    found = dict(kinds.get(field.kind, TEXT))
    if field.max_length:
        found["maxLength"] = field.max_length
    if field.kind == "reference":
        found["description"] = f"{KEY}: {field.refers_to}"
    if not field.required:
        found["type"] = [*(found["type"] if isinstance(found["type"], list) else [found["type"]]), "null"]
        found |= {"enum": [*found["enum"], None]} if "enum" in found else {}
    return found
