"""The page of one document and what is done there: act, write a note, attach, follow, print."""

import datetime as dt
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from atrio.streams.zips import zipped

from . import events, exports, files, notes, notify, printing, versions
from .about import Around, around, takes_part
from .actions import Action, NotNow, Refused, Stale
from .actor import Actor, PortalRequest
from .doctypes import DocumentType
from .documents import facts_of, lines_of
from .formats import Formats, formats_of
from .listviews import MOST_BULK, as_of, shown
from .models import File, Follower
from .pages import Redirect, render, wants_part
from .statements import ANY_ID, statement


def document(request: PortalRequest, kind: DocumentType, pk: int):
    """The document if the actor sees it; otherwise it does not exist (404)."""
    shown(request, kind)

    def any_of_them() -> QuerySet:
        return kind.model.objects.visible_to(request.actor).filter(pk=ANY_ID).select_related(*kind.joined)

    found = statement(request.actor, ("document", kind.name), any_of_them).about(pk).objects()
    if not found:
        raise Http404
    return found[0]


def url_of(actor: Actor, kind: DocumentType, pk: int, rest: str = "") -> str:
    return f"/{actor.portal.slug}/{kind.name}/{pk}/{rest}"


def _actions(kind: DocumentType, doc, actor: Actor) -> list[dict]:
    return [
        {
            "name": a.name,
            "title": str(a.label),
            "icon": a.icon,
            "url": url_of(actor, kind, doc.pk, f"{a.name}/"),
            "primary": a.primary,
            "danger": a.danger,
            "dialog": a.dialog,
        }
        for a in kind.actions
        if a.open_to(actor, doc) and not (kind.editor and kind.editor.update is a)
    ] + _edit(kind, doc, actor)


def _edit(kind: DocumentType, doc, actor: Actor) -> list[dict]:
    update = kind.editor.update if kind.editor else None
    if update is None or not update.open_to(actor, doc):
        return []
    url = url_of(actor, kind, doc.pk, "edit/")
    common = {"primary": update.primary, "danger": False, "dialog": False}
    return [{"name": "edit", "title": str(update.label), "icon": "pencil", "url": url} | common]


def _parse(at: str) -> dt.datetime:
    return dt.datetime.fromisoformat(at)


def _timeline(kind: DocumentType, doc, found: Around, formats: Formats) -> list[dict]:
    icons = {"note": "message", "file": "paperclip", "created": "plus", "changed": "refresh", "seen": "eye"}
    rows = []
    for event in found.events:
        action = kind.action(event["kind"])
        reason = event["facts"].get("reason") or ""
        rows.append(
            {
                "icon": action.icon if action else icons.get(event["kind"], "point"),
                "text": notify.sentence(kind, event["kind"], event["facts"]),
                "who": event["actor_name"],
                "at": formats.datetime(_parse(event["at"])),
                "details": [(_("Reason"), str(reason))] if reason else [],
                "internal": event["internal"],
            }
        )
    if doc.load_id and not any(event["kind"] == "created" for event in found.events):
        rows.append(_loaded(doc, formats))
    return rows


def _loaded(doc, formats: Formats) -> dict:
    """How a document came that no event tells of: a load writes none for each of its rows."""
    said = {"icon": "database-import", "text": _("Loaded from the ERP"), "who": "ERP"}
    return said | {"at": formats.datetime(doc.created_at), "details": [], "internal": False}


def _notes(found: Around, formats: Formats) -> list[dict]:
    return [
        {
            "author": n["author"],
            "at": formats.datetime(_parse(n["at"])),
            "text": n["text"],
            "internal": n["internal"],
            "side": "",
        }
        for n in found.notes
    ]


def _files(kind: DocumentType, doc, found: Around, actor: Actor, formats: Formats) -> list[dict]:
    return [
        {
            "name": f["name"],
            "size": size_text(f["size"], formats),
            "url": url_of(actor, kind, doc.pk, f"files/{f['id']}/"),
            "by": f["author"],
            "at": formats.datetime(_parse(f["at"])),
            "internal": f["internal"],
            "remove_url": None,
        }
        for f in found.files
    ]


def size_text(size: int, formats: Formats) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{formats.number(size // 1024)} kB" if size < 2**20 else f"{formats.number(size // 2**20)} MB"


def _downloads(kind: DocumentType, doc, found: Around, actor: Actor) -> list[dict]:
    links = [{"title": "PDF", "icon": "file-type-pdf", "url": url_of(actor, kind, doc.pk, "pdf/")}] if kind.pdf else []
    for f in found.files:
        if f["role"] == "xml":
            links.append({"title": "XML", "icon": "file-code", "url": url_of(actor, kind, doc.pk, f"files/{f['id']}/")})
    return links


def _versions(kind: DocumentType, found: Around, formats: Formats) -> list[dict]:
    return [
        {
            "number": newer["number"],
            "at": formats.datetime(_parse(newer["at"])),
            "by": newer["actor_name"],
            "changes": versions.changes(kind, older["snapshot"], newer["snapshot"], formats) if older else [],
        }
        for newer, older in zip_longest(found.versions, found.versions[1:])
    ]


def context_of(request: PortalRequest, kind: DocumentType, doc) -> dict:
    actor = request.actor
    formats, found = formats_of(actor), around(actor, doc)
    amounts = facts_of(kind, doc, kind.amounts, actor, formats)
    partner = getattr(doc, "partner", None)
    state = getattr(doc, "state", "")
    return {
        "title": kind.heading(doc),
        "number": kind.heading(doc),
        "subtitle": partner.name if partner else "",
        "noun": str(kind.noun),
        "icon": kind.icon,
        "state": {"text": doc.get_state_display(), "colour": kind.states.get(state, "gray")} if state else None,
        "partner": _partner(actor, partner),
        "facts": facts_of(kind, doc, kind.facts, actor, formats),
        "amounts": [fact | {"strong": fact is amounts[-1]} for fact in amounts],
        "actions": _actions(kind, doc, actor) + _links(kind, doc, actor),
        "downloads": _downloads(kind, doc, found, actor),
        "lines": lines_of(kind, doc, actor, formats),
        "leads": [shown for panel in kind.leads if (shown := panel(request, doc))],
        "panels": [shown for panel in kind.panels if (shown := panel(request, doc))],
        "notes": _notes(found, formats),
        "note_url": url_of(actor, kind, doc.pk, "notes/"),
        "can_comment": takes_part(actor, doc),
        "files": _files(kind, doc, found, actor, formats),
        "file_url": url_of(actor, kind, doc.pk, "files/"),
        "followers": {
            "count": found.followers,
            "following": found.following,
            "url": url_of(actor, kind, doc.pk, "follow/"),
        },
        "timeline": _timeline(kind, doc, found, formats),
        "versions": _versions(kind, found, formats),
        "back_url": f"/{actor.portal.slug}/{kind.name}/",
        "breadcrumbs": [{"title": str(kind.title), "url": f"/{actor.portal.slug}/{kind.name}/"}],
        "seen_url": url_of(actor, kind, doc.pk, "seen/") if _unread(found, actor, doc) else None,
        "as_of": as_of(actor, kind) if getattr(doc, "erp_state", "none") == "none" else None,
        "version": doc.version,
    }


def _links(kind: DocumentType, doc, actor: Actor) -> list[dict]:
    return [found for link in kind.links if (found := link(actor, doc))]


def _partner(actor: Actor, partner) -> dict | None:
    if partner is None:
        return None
    return {"name": partner.name, "url": f"/{actor.portal.slug}/partners/{partner.pk}/" if actor.is_staff else None}


def _unread(found: Around, actor: Actor, doc) -> bool:
    """Whether the other side has opened this for the first time: its page then says so by a POST of its own."""
    return not actor.is_staff and takes_part(actor, doc) and not any(e["kind"] == "seen" for e in found.events)


def open_to_writing(request: PortalRequest, kind: DocumentType, pk: int):
    """The document, if what the actor writes about it has a place (403 otherwise)."""
    doc = document(request, kind, pk)
    if not takes_part(request.actor, doc):
        raise Refused(kind.name)
    return doc


@require_GET
def detail(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    doc = document(request, kind, pk)
    return render(request, "document.html", {"doc": context_of(request, kind, doc)})


@require_POST
def seen(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    """The read receipt; sent by the page once it is shown, since looking itself changes nothing."""
    doc = open_to_writing(request, kind, pk)
    if not request.actor.is_staff:
        events.record_once(request.actor, doc, "seen")
    return HttpResponse(status=204)


def _form(action: Action, request: PortalRequest, doc, data=None, file_data=None) -> forms.BaseForm:
    factory: Any = action.form or forms.Form
    if getattr(factory, "about_document", False):
        return factory(data, file_data, actor=request.actor, document=doc)
    return factory(data, file_data)


def _act_context(action: Action, kind: DocumentType, doc, request: PortalRequest, form) -> dict:
    return {
        "title": str(action.label),
        "question": str(action.label),
        "subject": kind.heading(doc),
        "explain": str(action.explain),
        "submit": str(action.label),
        "icon": action.icon,
        "danger": action.danger,
        "url": url_of(request.actor, kind, doc.pk, f"{action.name}/"),
        "cancel_url": url_of(request.actor, kind, doc.pk),
        "form": form,
        "version": doc.version,
        "changed": [],
        "problem": "",
        "lines": getattr(form, "lines", None),
    }


def changes_said(kind: DocumentType, problem: Stale, actor: Actor) -> list[dict]:
    """What happened since the form was opened, each as a sentence, who and when."""
    formats = formats_of(actor)
    return [
        {"label": notify.sentence(kind, c["kind"], c["facts"]), "before": c["who"], "after": formats.datetime(c["at"])}
        for c in problem.changes
    ]


def version_in(request: PortalRequest) -> int | None:
    """The version that the person's page showed, if it says so."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: PortalRequest, kind: DocumentType, pk: int, name: str) -> HttpResponse:
    """GET asks, POST acts."""
    action = kind.action(name)
    doc = document(request, kind, pk)
    if action is None or (kind.editor and kind.editor.update is action):
        raise Http404
    action.check(request.actor, doc)
    if request.method != "POST":
        context = _act_context(action, kind, doc, request, _form(action, request, doc))
        return _show_act(request, context)
    form = _form(action, request, doc, request.POST, request.FILES)
    context = _act_context(action, kind, doc, request, form)
    if not form.is_valid():
        return _show_act(request, context, 422)
    try:
        action(request.actor, doc, version=version_in(request), **getattr(form, "cleaned_data", {}))
    except Stale as problem:
        context["changed"] = changes_said(kind, problem, request.actor)
        context["problem"] = "" if context["changed"] else problem.message
        return _show_act(request, context, 409)
    except NotNow as problem:
        place_errors(problem, form, context["lines"])
        context["problem"] = problem.message
        return _show_act(request, context, 409)
    messages.success(request, f"{kind.heading(doc)}: {action.done or action.label}")
    return Redirect(request, url_of(request.actor, kind, doc.pk))


def place_errors(problem: NotNow, form: forms.BaseForm, lines) -> None:
    """Beside the field: `number`, or `lines-2-quantity` for a field of the third line that was typed."""
    rows = lines.counted if lines is not None else []  # an error takes its value out, so they are counted once
    for place, message in problem.errors.items():
        if place.startswith("lines-") and rows:
            _prefix, index, field = place.split("-", 2)
            if int(index) < len(rows):
                rows[int(index)].add_error(field, message)
        else:
            form.add_error(place if place in form.fields else None, message)


def _show_act(request: PortalRequest, context: dict, status: int = 200) -> HttpResponse:
    template = "action_dialog.html" if wants_part(request) else "action.html"
    return render(request, template, {"act": context}, status=status)


class NoteForm(forms.Form):
    text = forms.CharField(max_length=5000, strip=True)
    internal = forms.BooleanField(required=False)


def _back(request: PortalRequest, kind: DocumentType, pk: int, tab: str) -> HttpResponse:
    return Redirect(request, url_of(request.actor, kind, pk, f"#{tab}"))


@require_POST
def note(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    """A note for both sides, or an internal comment."""
    doc, form = open_to_writing(request, kind, pk), NoteForm(request.POST)
    if not form.is_valid():
        typed = {"note_text": request.POST.get("text", ""), "note_internal": form.cleaned_data.get("internal")}
        context = context_of(request, kind, doc) | typed
        context["note_error"] = " ".join(map(str, form.errors.get("text", [])))
        return render(request, "document.html", {"doc": context}, status=422)
    notes.write(request.actor, doc, form.cleaned_data["text"], internal=form.cleaned_data["internal"])
    return _back(request, kind, pk, "notes")


@require_POST
def attach(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    doc = open_to_writing(request, kind, pk)
    internal = request.POST.get("internal") == "on"
    problems = [] if request.FILES.getlist("file") else [_("Choose a file.")]
    for upload in request.FILES.getlist("file")[:20]:
        try:
            with transaction.atomic():
                kept = files.keep(request.actor, doc, upload.name or "", upload.read(), internal=internal)
                if not internal:
                    events.record(request.actor, doc, "file", {"text": kept.name})
        except ValidationError as problem:
            problems.append(f"{files.safe_name(upload.name or '')}: {' '.join(problem.messages)}")
        except files.StorageFails as problem:
            problems.append(f"{files.safe_name(upload.name or '')}: {problem.message}")
    if problems:
        context = context_of(request, kind, doc) | {"file_error": " ".join(problems), "file_internal": internal}
        return render(request, "document.html", {"doc": context}, status=422)
    return _back(request, kind, pk, "files")


@require_GET
def file(request: PortalRequest, kind: DocumentType, pk: int, file_id: int) -> FileResponse:
    doc = document(request, kind, pk)
    found = next((f for f in files.of_document(request.actor, doc) if f.pk == file_id), None)
    if found is None:
        raise Http404
    return serve(found)


def serve(found: File) -> FileResponse:
    """The bytes under the type that we found in them, and nothing that a browser would run."""
    inline = found.content_type in files.INLINE
    response = FileResponse(
        files.open_file(found), as_attachment=not inline, filename=found.name, content_type=found.content_type
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
def follow(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    doc = document(request, kind, pk)
    about = {"portal_id": request.actor.portal.id, "doctype": kind.name, "document_id": doc.pk}
    mine = Follower.objects.filter(**about, user_id=request.actor.user_id)
    if not mine.delete()[0]:
        Follower.objects.create(**about, user_id=request.actor.user_id, partner_id=getattr(doc, "partner_id", None))
    return Redirect(request, url_of(request.actor, kind, pk))


@require_GET
def pdf(request: PortalRequest, kind: DocumentType, pk: int) -> HttpResponse:
    doc = document(request, kind, pk)
    if not kind.pdf:
        raise Http404
    response = HttpResponse(printing.pdf_of(kind, doc, request.actor), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{printing.file_name(kind, doc)}"'
    return response


@require_http_methods(["GET", "POST"])
def pdfs(request: PortalRequest, kind: DocumentType) -> HttpResponse | StreamingHttpResponse:
    """The PDFs of the ticked rows in one ZIP; POST only because many ids make a long address."""
    shown(request, kind)
    if not kind.pdf:
        raise Http404
    asked = (request.POST if request.method == "POST" else request.GET).getlist("ids")
    ids = [int(i) for i in asked if i.isascii() and i.isdigit() and len(i) < 19][:MOST_BULK]
    if not ids:
        messages.error(request, _("Tick the documents that you want to download."))
        return Redirect(request, f"/{request.actor.portal.slug}/{kind.name}/")
    return exports.download(zipped(_printed(kind, ids, request.actor)), f"{kind.name}.zip", exports.ZIP)


def _printed(kind: DocumentType, ids: list[int], actor: Actor) -> Iterator[tuple[str, bytes]]:
    with exports.reading(actor):
        found = kind.model.objects.visible_to(actor).select_related("partner").filter(pk__in=ids).order_by("pk")
        for doc in found:
            yield printing.file_name(kind, doc), printing.pdf_of(kind, doc, actor)
