"""A person's notifications: told in their language, marked as read by a POST, never by looking."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, document_types
from atrio.core.formats import formats_of
from atrio.core.models import Notification
from atrio.core.notify import sentence

PAGE = 25
LONGEST = 160


def mine(actor: Actor) -> QuerySet[Notification]:
    """The person's own, and of these the ones of the partner it acts for now."""
    own = Notification.objects.filter(portal_id=actor.portal.id, user_id=actor.user_id)
    return own if actor.is_staff else own.filter(partner_id__in=actor.partner_ids)


def address(actor: Actor, one: Notification) -> str:
    return f"/{actor.portal.slug}/{one.doctype}/{one.document_id}/"


def mark_read(found: QuerySet[Notification]) -> int:
    return found.filter(read_at=None).update(read_at=timezone.now())


def _place(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def page(actor: Actor, before: str, after: str) -> dict:
    """One page, newest first; it continues where the address says."""
    older, newer = _place(before), _place(after)
    found = mine(actor).select_related("event")
    if newer is not None:
        rows = list(found.filter(pk__gt=newer).order_by("pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return _shown(actor, rows, has_newer=more, has_older=bool(rows))
    if older is not None:
        found = found.filter(pk__lt=older)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    return _shown(actor, rows[:PAGE], has_newer=older is not None, has_older=len(rows) > PAGE)


def _shown(actor: Actor, found: list[Notification], *, has_newer: bool, has_older: bool) -> dict:
    base = f"/{actor.portal.slug}/notifications/"
    documents = _documents(actor, found)
    visible = [n for n in found if (n.doctype, n.document_id) in documents]
    rows = [_row(actor, n, *documents[n.doctype, n.document_id]) for n in visible]
    return {
        "rows": rows,
        "read_all_url": f"{base}read/",
        "previous_url": f"{base}?after={found[0].pk}" if found and has_newer else "",
        "next_url": f"{base}?before={found[-1].pk}" if found and has_older else "",
    }


def _documents(actor: Actor, found: list[Notification]) -> dict[tuple[str, int], tuple[DocumentType, object]]:
    """The documents that the notifications are about and that the actor may still see: one query for each type."""
    wanted: dict[str, set[int]] = {}
    for one in found:
        wanted.setdefault(one.doctype, set()).add(one.document_id)
    documents = {}
    for name, ids in wanted.items():
        kind = document_types().get(name)
        if kind is not None and kind.shown_to(actor):
            for doc in kind.model.objects.visible_to(actor).filter(pk__in=ids):
                documents[name, doc.pk] = kind, doc
    return documents


def _row(actor: Actor, one: Notification, kind: DocumentType, doc) -> dict:
    facts = one.event.facts
    action = kind.action(one.event.kind)
    remark = str(facts.get("reason") or facts.get("text") or "")[:LONGEST]
    return {
        "icon": action.icon if action else kind.icon,
        "title": f"{kind.noun} {kind.heading(doc)}: {sentence(kind, one.event.kind, facts)}",
        "text": " · ".join(filter(None, (one.event.actor_name, remark))),
        "at": _moment(actor, one.at),
        "url": address(actor, one),
        "open_url": f"/{actor.portal.slug}/notifications/{one.pk}/open/",
        "unread": one.read_at is None,
    }


def _moment(actor: Actor, at: dt.datetime) -> str:
    return formats_of(actor).datetime(at)
