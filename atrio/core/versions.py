"""Snapshots of a document, and what differs between two of them."""

from django.db.models import Max

from .actor import Actor
from .models import Version


def take(actor: Actor, doc, snapshot: dict, reason: str) -> Version:
    """Keep what the document says now as its next version."""
    about = {"portal_id": actor.portal.id, "doctype": doc._meta.app_label, "document_id": doc.pk}
    last = Version.objects.filter(**about).aggregate(last=Max("number"))["last"] or 0
    return Version.objects.create(
        **about, partner_id=doc.partner_id, number=last + 1, snapshot=snapshot, reason=reason, actor_name=actor.name
    )


def of(actor: Actor, doc) -> list[Version]:
    found = Version.objects.filter(portal_id=actor.portal.id, doctype=doc._meta.app_label, document_id=doc.pk)
    return list(found.order_by("-number")[:50])


def differences(
    before: dict, after: dict, prefix: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], object, object]]:
    """Paths whose value differs, in the order of `after`; a missing side is None."""
    found = []
    for key in [*after, *(k for k in before if k not in after)]:
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, (*prefix, key))
        elif old != new:
            found.append(((*prefix, key), old, new))
    return found
