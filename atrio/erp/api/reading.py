"""Reading: a type's list page by page, one document with all that hangs on it, and its files."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext as _

from atrio.core import files
from atrio.core.doctypes import DocumentType
from atrio.core.documentviews import serve
from atrio.core.lists import ListQuery, encode_cursor
from atrio.core.models import Note

from . import shapes
from .door import ApiRequest, Endpoint
from .envelope import Fault, Problem, answer
from .params import USUAL, moment
from .scopes import actions_of


def found(request: ApiRequest, kind: DocumentType, pk: int):
    """The document if the key's actor sees it; otherwise it does not exist."""
    doc = kind.model.objects.visible_to(request.actor).filter(pk=pk).first()
    if doc is None:
        raise Http404
    return doc


def listed(request: ApiRequest, endpoint: Endpoint) -> HttpResponse:
    """One page of a list, in the order of the type's own page; `next` leads on until it is empty."""
    kind = endpoint.kind
    assert kind is not None
    query = _query(request, kind)
    rows, source = query.walk()
    if key := request.asked.get("external_id"):
        rows = rows.filter(external_id=key)
    if since := request.asked.get("updated_since"):
        rows = rows.filter(updated_at__gte=moment(since))
    limit = int(request.asked.get("limit", USUAL))
    docs = shapes.read(kind, rows[: limit + 1])
    more, docs = len(docs) > limit, docs[:limit]
    if request.asked.get("include") == "lines":
        shapes.add_lines(kind, docs)
    name = next(value.name for value in shapes.header(kind.name) if value.path == source)
    onward = encode_cursor((docs[-1][name], docs[-1]["id"]), False) if more else None
    return answer({"data": docs, "next": onward})


def _query(request: ApiRequest, kind: DocumentType) -> ListQuery:
    """What the list's page would be asked, by a program."""
    params = request.asked.copy()
    params["at"] = request.asked.get("cursor", "")
    query = ListQuery(kind, request.actor, params)
    faults = [Fault(a.name, "invalid", a.error) for a in query.answers if a.error]
    if params["at"] and (query.place is None or query.place[1]):
        faults.append(Fault("cursor", "invalid", _("Send a cursor as a page before gave it.")))
    if faults:
        raise Problem(422, "invalid_filters", _("Some filters cannot be answered."), faults)
    return query


def one(request: ApiRequest, endpoint: Endpoint, pk: int) -> HttpResponse:
    """A document with its lines, and what is shared about it."""
    kind = endpoint.kind
    assert kind is not None
    doc = found(request, kind, pk)
    (said,) = shapes.read(kind, kind.model.objects.visible_to(request.actor).filter(pk=pk))
    shapes.add_lines(kind, [said])
    about = {"portal_id": request.actor.portal.id, "doctype": kind.name, "document_id": pk}
    notes = Note.objects.filter(**about, internal=False).order_by("pk")
    said["files"] = [_file(request, kind, pk, file) for file in files.of_document(request.actor, doc) if _shared(file)]
    said["notes"] = [{"id": note.pk, "author": note.author, "text": note.text, "at": note.at} for note in notes]
    said["actions"] = [action.name for action in actions_of(kind) if action.open_to(request.actor, doc)]
    return answer(said)


def _shared(file) -> bool:
    """A program reads what both sides read: internal files are for people."""
    return not file.internal


def _file(request: ApiRequest, kind: DocumentType, pk: int, file) -> dict:
    return {
        "id": file.pk,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "role": file.role,
        "author": file.author,
        "at": file.at,
        "url": f"/{request.actor.portal.slug}/api/v1/{kind.name}/{pk}/files/{file.pk}",
    }


def download(request: ApiRequest, endpoint: Endpoint, pk: int, file_id: int) -> FileResponse:
    """The bytes of a file."""
    assert endpoint.kind is not None
    doc = found(request, endpoint.kind, pk)
    wanted = (file for file in files.of_document(request.actor, doc) if file.pk == file_id and _shared(file))
    file = next(wanted, None)
    if file is None:
        raise Http404
    return serve(file)
