"""Everything that happened in the portal: who, when, what, from where; to filter, to export, never to change."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from atrio.core.actor import PortalRequest
from atrio.core.doctypes import Column, DocumentType, Filter, Search, document_types
from atrio.core.models import Event
from atrio.core.notify import all_events


def types() -> list[tuple[str, object]]:
    return [(name, kind.title) for name, kind in document_types().items()]


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
        Column("doctype", _("Type"), "choice", choices=lambda: dict(types()), sort=False),
        Column("document_id", _("Document"), sort=False, shown=False),
        Column("kind", _("What"), "choice", choices=all_events, sort=False),
        Column("origin", _("From where"), sort=False),
    ),
    filters=(
        Filter("doctype", _("Type"), choices=types),
        Filter("at", _("When"), "dates", path="at__date"),
        Filter("actor_name", _("Who"), "text"),
        Filter("kind", _("What"), choices=lambda: sorted(all_events().items(), key=lambda said: said[1])),
    ),
    search=Search(numbers=(), by_partner=False),
)


@require_GET
def document_of(request: PortalRequest, pk: int) -> HttpResponse:
    """From an event to the document that it tells of."""
    event = Event.objects.visible_to(request.actor).filter(pk=pk).first()
    if event is None or event.doctype not in document_types():
        raise Http404
    return HttpResponseRedirect(f"/{request.actor.portal.slug}/{event.doctype}/{event.document_id}/")
