"""The only code that looks across portals: by named functions of the database, each giving the least it can."""

import json

from django.db import connection

from .actor import PortalFacts

_FACTS = ", ".join(PortalFacts.__slots__)


def _one(function: str, value) -> PortalFacts | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {_FACTS} from {function}(%s)", [value])
        row = cursor.fetchone()
    if row is None:
        return None
    facts = dict(zip(PortalFacts.__slots__, row, strict=True))
    return PortalFacts(**facts | {"settings": json.loads(facts["settings"])})  # Django leaves jsonb as text


def portal_facts(portal_id: int) -> PortalFacts:
    found = _one("atrio_portal_by_id", portal_id)
    if found is None:
        raise LookupError(f"no portal {portal_id}")
    return found


def portal_by_slug(slug: str) -> PortalFacts | None:
    """An open portal by its address."""
    return _one("atrio_portal_by_slug", slug)


def portal_ids() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select atrio_portal_ids()")
        return [row[0] for row in cursor.fetchall()]
