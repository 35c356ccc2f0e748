"""The change feed: what happened, in an order in which nothing is ever skipped, until the reader says it has it."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actor import Actor
from atrio.core.doctypes import DocumentType, document_types
from atrio.core.events import Cursor
from atrio.core.models import Document, Event

from ..models import ApiKey
from .door import ApiRequest, Endpoint, sent
from .envelope import Fault, Problem, answer
from .params import USUAL
from .schemas import PLACE
from .scopes import FEED

ACKNOWLEDGED = "acknowledged"


def me(request: ApiRequest, endpoint: Endpoint) -> HttpResponse:
    """Whose key this is and what it may do."""
    key, portal = request.key, request.actor.portal
    said = {"name": key.name, "prefix": key.prefix, "scopes": sorted(key.scopes), "rate": key.rate}
    where = {"slug": portal.slug, "name": portal.name, "currency": portal.currency, "time_zone": portal.time_zone}
    return answer({"key": said | {"expires_at": key.expires_at}, "portal": where, ACKNOWLEDGED: str(key.acknowledged)})


def feed(request: ApiRequest, endpoint: Endpoint) -> HttpResponse:
    """Events after a place, at the earliest after what the key has acknowledged."""
    limit, after = int(request.asked.get("limit", USUAL)), request.key.acknowledged
    if "after" in request.asked:
        after = max(after, Cursor.parse(str(request.asked["after"])), key=_order)
    found = events.feed(request.actor, after, limit, request.key.names(FEED))
    shown = _shown(request.actor, found)
    said = [_said(event, *shown[event.doctype, event.document_id]) for event in found if _is_told(event, shown)]
    onward = _cursor(found[-1]) if found else after
    return answer({"events": said, "next": str(onward), "more": len(found) == limit})


def _order(cursor: Cursor) -> tuple[int, int]:
    return cursor.transaction_id, cursor.event_id


def _cursor(event: Event) -> Cursor:
    return Cursor(event.transaction_id, event.pk)


def _shown(actor: Actor, found: list[Event]) -> dict[tuple[str, int], tuple[str, str]]:
    """External id and number of the events' documents, of those that the actor sees: a draft of the other side is
    not yet anybody's business, and what happened to it is told once it is sent."""
    shown = {}
    for name in {event.doctype for event in found}:
        kind = document_types()[name]
        ids = {event.document_id for event in found if event.doctype == name}
        for doc in kind.model.objects.visible_to(actor).filter(pk__in=ids):
            shown[name, doc.pk] = (doc.external_id, kind.heading(doc))
    return shown


def _is_told(event: Event, shown: dict) -> bool:
    """The reader's own acknowledgements are no news to it."""
    return event.kind != ACKNOWLEDGED and (event.doctype, event.document_id) in shown


def _said(event: Event, external_id: str, number: str) -> dict:
    return {
        "cursor": str(_cursor(event)),
        "type": event.doctype,
        "id": event.document_id,
        "external_id": external_id,
        "number": number,
        "kind": event.kind,
        "facts": event.facts,
        "internal": event.internal,
        "by": event.actor_name,
        "at": event.at,
    }


def acknowledge(request: ApiRequest, endpoint: Endpoint) -> HttpResponse:
    """Remember how far the key has read; documents born here and told of by then are in the ERP now."""
    upto = _typed(sent(request))
    if upto.transaction_id >= events.horizon():
        raise _wrong(_("The feed has not come that far: acknowledge a cursor that it gave."), "cursor_unknown")
    key = ApiKey.objects.select_for_update().get(portal_id=request.actor.portal.id, pk=request.key.id)
    before = Cursor(key.feed_transaction, key.feed_event)
    if _order(upto) <= _order(before):
        return answer({ACKNOWLEDGED: str(before), "documents": 0})
    key.feed_transaction, key.feed_event = _order(upto)
    key.save(update_fields=["feed_transaction", "feed_event"])
    kinds = [document_types()[name] for name in request.key.names(FEED)]
    taken = sum(_take_over(request.actor, kind, before, upto) for kind in kinds if issubclass(kind.model, Document))
    return answer({ACKNOWLEDGED: str(upto), "documents": taken})


def _typed(data: dict) -> Cursor:
    cursor = data.get("cursor")
    if not isinstance(cursor, str) or not re.fullmatch(PLACE["pattern"], cursor, re.ASCII):
        raise _wrong(_("Send a cursor as the feed gave it."), "invalid")
    if unknown := [name for name in data if name != "cursor"]:
        raise Problem(422, "invalid", _("There is no such field."), [Fault(unknown[0][:100], "unknown_field", "")])
    return Cursor.parse(cursor)


def _wrong(message: str, code: str) -> Problem:
    return Problem(422, "invalid", message, [Fault("cursor", code, message)])


def _take_over(actor: Actor, kind: DocumentType, after: Cursor, upto: Cursor) -> int:
    """Documents that wait for the ERP and whose latest news lies between the two places: it knows them now."""
    model: Any = kind.model
    news = Event.objects.filter(portal_id=actor.portal.id, doctype=kind.name, document_id=OuterRef("pk"))
    waiting = model.objects.visible_to(actor).filter(
        Exists(news.filter(_beyond(after) & ~_beyond(upto))),
        ~Exists(news.filter(_beyond(upto))),
        erp_state=model.ErpState.PENDING,
    )
    locked = waiting.select_for_update(of=("self",)).values_list("pk", "partner")
    happened: list[tuple[int, int | None, dict]] = [(pk, partner, {}) for pk, partner in locked]
    model.objects.filter(portal_id=actor.portal.id, pk__in=[pk for pk, *_rest in happened]).update(
        erp_state=model.ErpState.ACKNOWLEDGED
    )
    return events.record_many(actor, model, ACKNOWLEDGED, happened)


def _beyond(cursor: Cursor) -> Q:
    tied = Q(transaction_id=cursor.transaction_id, pk__gt=cursor.event_id)
    return Q(transaction_id__gt=cursor.transaction_id) | tied
