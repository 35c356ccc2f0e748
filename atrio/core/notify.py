"""Who hears of an event: people on the other side who may see the document, and whoever follows it."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from . import mail
from .actor import Actor, Audience
from .doctypes import DocumentType, document_types
from .models import Event, Follower, Notification

NOTE = "note"
MAILED, SHOWN, UNTOLD = "mail", "portal", "none"  # how somebody wants to hear of a kind of event


@lru_cache(maxsize=1)
def _audience() -> Callable[..., list[Actor]]:
    """People live above core: settings name the function that finds those of some audiences."""
    return import_string(settings.RECIPIENTS)


def common() -> dict[str, str]:
    """What happens to documents of any type."""
    return {
        NOTE: _("New note"),
        "created": pgettext("event", "Created"),
        "changed": _("Changed by the ERP"),
        "file": _("File attached"),
        "file_removed": _("File removed"),
        "seen": pgettext("event", "Read"),
        "acknowledged": _("Taken over by the ERP"),
        "imported": _("Portal moved here"),
        "downloaded": pgettext("event", "Downloaded"),
    }


def sentence(kind: DocumentType, event_kind: str, facts: dict) -> str:
    """What happened, as a person's sentence in the language that is active."""
    if event_kind in kind.tells:
        return str(kind.tells[event_kind])
    action = kind.action(event_kind)
    if action:
        return str(action.done or action.label)
    return common().get(event_kind, event_kind)


def announce(actor: Actor, event_id: int) -> list[int]:
    """Write the notifications and mails of one event, once however often it is asked; the mails' ids to send."""
    event = Event.objects.filter(pk=event_id, portal_id=actor.portal.id).first()
    kind = document_types().get(event.doctype) if event else None
    if event is None or kind is None or event.internal:
        return []
    doc = kind.model.objects.filter(portal_id=actor.portal.id, pk=event.document_id).first()
    if doc is None:
        return []
    mails = []
    for person in _recipients(kind, event, doc):
        wish = person.notices.get(f"{kind.name}.{event.kind}", MAILED)
        if wish == UNTOLD:
            continue
        _made, fresh = Notification.objects.get_or_create(
            event=event,
            user_id=person.user_id,
            defaults={
                "portal_id": actor.portal.id,
                "doctype": event.doctype,
                "document_id": event.document_id,
                "partner_id": event.partner_id,
            },
        )
        if fresh and person.email and wish == MAILED:
            mails.append(_mail(person, kind, event, doc))
    return mails


def _recipients(kind: DocumentType, event: Event, doc) -> list[Actor]:
    told: set[str] = set(kind.notifies.get(event.kind, ()))
    if event.kind == NOTE:
        told = set(Audience) if kind.model.SIGHT else set()
    followers = set(
        Follower.objects.filter(
            portal_id=event.portal_id, doctype=event.doctype, document_id=event.document_id
        ).values_list("user_id", flat=True)
    )
    people = _audience()(event.portal_id, event.partner_id)
    found = []
    for person in people:
        concerned = person.user_id in followers or any(_names(one, person) for one in told)
        if not concerned or person.user_id == event.user_id:
            continue
        if kind.model.objects.visible_to(person).filter(pk=doc.pk).exists():
            found.append(person)
    return found


def _names(told: str, person: Actor) -> bool:
    """Whether a person is of an audience, or has a permission, that is to be told."""
    return told in person.audiences if isinstance(told, Audience) else person.may(told)


def _mail(person: Actor, kind: DocumentType, event: Event, doc) -> int:
    with translation.override(person.language):
        said = sentence(kind, event.kind, event.facts)
        subject = f"{kind.noun} {kind.heading(doc)}: {said}"
        url = f"{settings.BASE_URL}/{person.portal.slug}/{kind.name}/{doc.pk}/"
        remark = event.facts.get("reason") or event.facts.get("text") or ""
        context = {"said": said, "heading": subject, "who": event.actor_name, "remark": remark, "url": url}
        return mail.queue(person, subject, context, event)
