"""Everything that happened in the portal: who, when, what, from where; to filter, to export, never to change."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from atrio.core import notify
from atrio.core.actor import PortalRequest
from atrio.core.doctypes import Column, DocumentType, Filter, Search, document_types
from atrio.core.models import Event
from atrio.erp.api import owners
from atrio.people.happenings import TITLES, titles


def types() -> dict[str, Any]:
    named = {name: kind.title for name, kind in document_types().items()}
    return {**TITLES, owners.ApiKey.WORD: owners.TITLE, **named}


def happenings() -> dict[str, Any]:
    """What events can tell, in the reader's words; of what several types call the same, the first one's."""
    found = notify.common()
    for kind in document_types().values():
        for name in (*kind.tells, *(action.name for action in kind.actions)):
            found.setdefault(name, notify.sentence(kind, name, {}))
    return {**titles(), **owners.TELLS, **found}


AUDIT = DocumentType(
    model=Event,
    word="audit",
    title=_("Audit"),
    noun=_("Event"),
    icon="history",
    area="audit",
    document=False,
    sort="-at",
    columns=(
        Column("at", _("When"), "datetime"),
        Column("actor_name", _("Who")),
        Column("doctype", _("Type"), sort=False, choices=types),
        Column("document_id", _("Document"), sort=False, shown=False),
        Column("kind", _("What"), sort=False, choices=happenings),
        Column("origin", _("From where"), sort=False),
    ),
    filters=(
        Filter("doctype", _("Type"), choices=lambda: list(types().items())),
        Filter("at", _("When"), "dates", path="at__date"),
        Filter("actor_name", _("Who"), "text"),
        Filter("kind", _("What"), choices=lambda: list(happenings().items())),
    ),
    search=Search(numbers=(), by_partner=False),
)


@require_GET
def document_of(request: PortalRequest, pk: int) -> HttpResponse:
    """From an event to the document that it tells of."""
    event = Event.objects.visible_to(request.actor).filter(pk=pk).first()
    if event is None or event.doctype not in types():
        raise Http404
    return HttpResponseRedirect(f"/{request.actor.portal.slug}/{event.doctype}/{event.document_id}/")
