"""What pages tell of their use by a POST of their own, since looking and downloading change nothing."""

import datetime as dt

from django.http import Http404, HttpResponse
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.http import require_POST

from atrio.core import documentviews, events, listviews
from atrio.core.about import takes_part
from atrio.core.actor import Actor, PortalRequest
from atrio.core.doctypes import DocumentType
from atrio.core.documentviews import document
from atrio.core.formats import formats_of
from atrio.core.listviews import shown
from atrio.core.models import Event

from ..frame import PRESENT
from ..models import Membership

DOCUMENTS = (documentviews.pdf, documentviews.file)
LISTS = (listviews.export_csv, listviews.export_xlsx)
MOST = 200  # in one bundle
LONGEST = 500


def midnight(actor: Actor, day: dt.date | None = None) -> dt.datetime:
    """When a day begins for the actor."""
    formats = formats_of(actor)
    return dt.datetime.combine(day or formats.today(), dt.time(), formats.zone)


def _once_a_day(actor: Actor, doc, kind: str, facts: dict) -> None:
    """Often is once: what counts is that it was done, and nobody fills the record by pressing a button."""
    known = Event.objects.filter(portal_id=actor.portal.id, doctype=events.word_of(doc), document_id=doc.pk, kind=kind)
    known = known.filter(user_id=actor.user_id, at__gte=midnight(actor), facts=facts)
    if not known.exists():
        events.record(actor, doc, kind, facts, internal=actor.is_staff)


def _bundled(actor: Actor, kind: DocumentType, asked: list[str], what: str) -> None:
    """Each of the documents in one file, as if it had been fetched alone; two statements whatever their number."""
    ids = {int(one) for one in asked[:MOST] if one.isascii() and one.isdigit() and len(one) < 19}
    facts = {"what": what}
    known = Event.objects.filter(portal_id=actor.portal.id, doctype=kind.name, document_id__in=ids, kind="downloaded")
    known = known.filter(user_id=actor.user_id, at__gte=midnight(actor), facts=facts)
    found = kind.model.objects.visible_to(actor).filter(pk__in=ids).exclude(pk__in=known.values("document_id"))
    told = [(doc.pk, getattr(doc, "partner_id", None), facts) for doc in found if takes_part(actor, doc)]
    events.record_many(actor, kind.model, "downloaded", told, internal=actor.is_staff)


def _member(actor: Actor) -> Membership | None:
    return Membership._base_manager.filter(portal_id=actor.portal.id, pk=actor.membership_id).first()


@require_POST
def present(request: PortalRequest) -> HttpResponse:
    """The page was shown to its person: once a day for each place."""
    actor = request.actor
    if member := _member(actor):
        Membership._base_manager.filter(pk=member.pk).update(last_seen_at=timezone.now())
        _once_a_day(actor, member, "present", {})
        told = {str(member.pk): formats_of(actor).today().isoformat()}
        request.session[PRESENT] = request.session.get(PRESENT, {}) | told
    return HttpResponse(status=204)


@require_POST
def downloaded(request: PortalRequest) -> HttpResponse:
    """A link to a file was followed: which one is read from its address, and only what the person sees counts."""
    actor, path = request.actor, request.POST.get("path", "")[:LONGEST]
    if not path.startswith(f"/{actor.portal.slug}/") or "\0" in path:
        raise Http404
    found = resolve(path)
    kind = found.kwargs.get("kind")
    if kind is None:
        raise Http404
    if found.func in DOCUMENTS:
        doc = document(request, kind, found.kwargs["pk"])
        if takes_part(actor, doc):
            _once_a_day(actor, doc, "downloaded", {"what": found.url_name})
    elif found.func is documentviews.pdfs:
        shown(request, kind)
        _bundled(actor, kind, request.POST.getlist("ids"), found.url_name or "")
    elif found.func in LISTS and (member := _member(actor)):
        shown(request, kind)
        _once_a_day(actor, member, "downloaded_list", {"of": kind.name})
    return HttpResponse(status=204)
