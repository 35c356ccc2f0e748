"""Notes on a document: shared with the other side, or kept on the side that wrote them."""

from django.db import transaction

from . import events, notify
from .about import side_of
from .actor import Actor
from .models import Note


def write(actor: Actor, doc, text: str, *, internal: bool = False) -> Note:
    """Hang a note on the document; those concerned hear of it unless it is internal."""
    with transaction.atomic():
        note = Note.objects.create(
            **side_of(actor, doc, internal=internal), text=text, user_id=actor.user_id, author=actor.name
        )
        if not internal:
            events.record(actor, doc, notify.NOTE, {"text": text[:200]})
    return note
