"""What happened: written with every change, read by timelines, notifications, statistics, the audit and the ERP."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from .actor import Actor
from .models import Event, Seal

FIRST = 0
MANY = 1000  # more at once is the past being loaded, and nobody is told of each


def word_of(model) -> str:
    """What events call a kind of row: its own word, or that of the document type whose package it is."""
    return getattr(model, "WORD", "") or model._meta.app_label


def record(actor: Actor, doc, kind: str, facts: dict | None = None, *, internal: bool = False) -> Event:
    """Append the event of one action on one document, and wake whoever wants to hear of it once it is committed."""
    event = Event.objects.create(
        portal_id=actor.portal.id,
        doctype=word_of(doc),
        document_id=doc.pk,
        partner_id=getattr(doc, "partner_id", None),
        kind=kind,
        facts=facts or {},
        internal=internal,
        user_id=actor.user_id,
        actor_name=actor.name,
        origin=actor.origin,
    )
    from .jobs import announce  # reason: jobs reads events, and events wake jobs

    announce.defer(portal_id=actor.portal.id, event_id=event.pk)
    return event


def record_once(actor: Actor, doc, kind: str) -> None:
    """Append the event unless the document has one of this kind.

    Twins wait for each other, but nobody waits for a load or an action that holds the document's row."""
    doctype = word_of(doc)
    known = Event.objects.filter(portal_id=actor.portal.id, doctype=doctype, document_id=doc.pk, kind=kind)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind} {doctype} {doc.pk}"])
        if not known.exists():
            record(actor, doc, kind)


def record_many(
    actor: Actor, model, kind: str, happened: Iterable[tuple[int, int | None, dict]], internal=False
) -> int:
    """The same event of many documents, each as (id, partner id, facts), written as a set."""
    common: dict[str, Any] = {"portal_id": actor.portal.id, "doctype": word_of(model), "kind": kind}
    by = {"internal": internal, "user_id": actor.user_id, "actor_name": actor.name, "origin": actor.origin}
    events = (Event(**common, **by, document_id=pk, partner_id=who, facts=facts) for pk, who, facts in happened)
    made = Event.objects.bulk_create(events, batch_size=2000)
    from .jobs import announce  # reason: jobs reads events, and events wake jobs

    if len(made) <= MANY:
        for event in made:
            announce.defer(portal_id=actor.portal.id, event_id=event.pk)
    return len(made)


def timeline(actor: Actor, doc, limit: int = 100) -> QuerySet[Event]:
    """The newest events of a document that the actor may see."""
    events = Event.objects.filter(portal_id=actor.portal.id, doctype=word_of(doc), document_id=doc.pk)
    if not actor.is_staff:
        events = events.filter(internal=False)
    return events.order_by("-pk")[:limit]


@dataclass(frozen=True)
class Cursor:
    """A place in the feed: the writing transaction and the event's id within it."""

    transaction_id: int = FIRST
    event_id: int = FIRST

    def __str__(self):
        return f"{self.transaction_id}.{self.event_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        transaction_id, _, event_id = text.partition(".")
        return cls(int(transaction_id), int(event_id))


def horizon() -> int:
    """The oldest transaction still running: nothing older can appear any more."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint + atrio_transaction_base()")
        return cursor.fetchone()[0]


def feed(
    actor: Actor,
    after: Cursor = Cursor(),  # noqa: B008 (frozen)
    limit: int = 500,
    doctypes: Collection[str] | None = None,
) -> list[Event]:
    """Events in the order of their transactions; those of a transaction still running are held back, never skipped."""
    rows = Event.objects.raw(
        f"""select * from event where portal_id = %s and transaction_id < %s
           and (transaction_id, id) > (%s, %s) {"" if doctypes is None else "and doctype = any(%s)"}
           order by transaction_id, id limit %s""",  # noqa: S608 (of two fixed texts)
        [
            actor.portal.id,
            horizon(),
            after.transaction_id,
            after.event_id,
            *([] if doctypes is None else [list(doctypes)]),
            limit,
        ],
    )
    return list(rows)


def hashed(event: Event) -> bytes:
    """What a seal vouches for of one event."""
    fields = [event.pk, event.doctype, event.document_id, event.partner_id, event.kind, event.facts, event.user_id]
    fields += [event.actor_name, event.origin, event.at.isoformat(), event.internal]
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _digest(portal_id: int, after: int, before: int, previous: str) -> tuple[int, str]:
    found = Event.objects.filter(portal_id=portal_id, transaction_id__gte=after, transaction_id__lt=before)
    digest, count = hashlib.sha256(previous.encode()), 0
    for event in found.order_by("transaction_id", "pk").iterator(chunk_size=2000):
        digest.update(hashed(event))
        count += 1
    return count, digest.hexdigest()


def seal(actor: Actor) -> Seal | None:
    """Close the events since the last seal; running transactions are left to the next one, so no writer waits."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('seal'), %s)", [actor.portal.id])
    last = Seal.objects.filter(portal_id=actor.portal.id).order_by("-number").first()
    after, before = (last.before if last else FIRST), horizon()
    count, digest = _digest(actor.portal.id, after, before, last.digest if last else "")
    if not count:
        return None
    number = last.number + 1 if last else 1
    return Seal.objects.create(
        portal_id=actor.portal.id, number=number, after=after, before=before, events=count, digest=digest
    )


def broken_seals(actor: Actor) -> Iterator[Seal]:
    """Seals whose events are no longer what they were."""
    previous, edge = "", FIRST
    for one in Seal.objects.filter(portal_id=actor.portal.id).order_by("number"):
        count, digest = _digest(actor.portal.id, one.after, one.before, previous)
        if (count, digest) != (one.events, one.digest) or one.after != edge:
            yield one
        previous, edge = one.digest, one.before
