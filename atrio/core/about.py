"""All that hangs on a document (notes, files, followers, timeline, versions), read in one query."""

import json
from dataclasses import dataclass

from django.db import connection

from .actor import Actor

_SQL = """
select
  (select coalesce(jsonb_agg(to_jsonb(n) order by n.id), '[]') from note n
    where (n.portal_id, n.doctype, n.document_id) = (%(portal)s, %(doctype)s, %(pk)s)),
  (select coalesce(jsonb_agg(to_jsonb(f) order by f.id), '[]') from file f
    where (f.portal_id, f.doctype, f.document_id) = (%(portal)s, %(doctype)s, %(pk)s)),
  (select coalesce(jsonb_agg(to_jsonb(e) order by e.id desc), '[]') from
    (select id, kind, facts, internal, actor_name, at from event
      where (portal_id, doctype, document_id) = (%(portal)s, %(doctype)s, %(pk)s)
      order by id desc limit 100) e),
  (select coalesce(jsonb_agg(to_jsonb(v) order by v.number desc), '[]') from version v
    where (v.portal_id, v.doctype, v.document_id) = (%(portal)s, %(doctype)s, %(pk)s)),
  (select coalesce(bool_or(user_id = %(user)s), false) from follower
    where (portal_id, doctype, document_id) = (%(portal)s, %(doctype)s, %(pk)s)),
  (select count(*) from follower
    where (portal_id, doctype, document_id) = (%(portal)s, %(doctype)s, %(pk)s))
"""


@dataclass(frozen=True)
class Around:
    notes: list[dict]
    files: list[dict]
    events: list[dict]
    versions: list[dict]
    following: bool
    followers: int


def around(actor: Actor, doc) -> Around:
    """What the actor may see around a document that it already sees; the tables' policies keep each side's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {"portal": actor.portal.id, "doctype": doc._meta.app_label, "pk": doc.pk, "user": actor.user_id},
        )
        *texts, following, followers = cursor.fetchone()
    notes, files, events, versions = (json.loads(text) for text in texts)
    notes, files = ([r for r in rows if _is_mine(actor, r)] for rows in (notes, files))
    if not actor.is_staff:
        events = [e for e in events if not e["internal"]]
    return Around(notes, files, events, versions, following, followers)


def _is_mine(actor: Actor, row: dict) -> bool:
    """The second time that visibility is asked: internal rows stay with the side that wrote them."""
    if not row["internal"]:
        return True
    side = row["side_partner_id"]
    return side is None if actor.is_staff else side in actor.partner_ids


def takes_part(actor: Actor, doc) -> bool:
    """Whether what the actor writes about the document has a place: staff, and people of the document's own partner.
    Who only looks on (a related partner, or the one whose account was charged) reads."""
    return actor.is_staff or getattr(doc, "partner_id", None) in actor.partner_ids


def side_of(actor: Actor, doc, *, internal: bool) -> dict:
    """The columns of a new row about a document."""
    return {
        "portal_id": actor.portal.id,
        "doctype": doc._meta.app_label,
        "document_id": doc.pk,
        "partner_id": getattr(doc, "partner_id", None),
        "internal": internal,
        "side_partner_id": actor.partner_id if internal else None,
    }
