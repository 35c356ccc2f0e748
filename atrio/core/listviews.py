"""The list page of every document type, its parts for htmx, its exports, views and bulk downloads."""

import datetime as dt
from functools import partial
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from markupsafe import Markup, escape

from . import exports
from .actor import Actor, PortalRequest
from .cells import html_writer
from .doctypes import DocumentType
from .formats import formats_of
from .lists import BOUND, ListQuery, Page, source_of
from .models import SavedView
from .pages import Redirect, render, wants_part
from .statements import statement

MOST_BULK = 200
MOST_KEPT = 1000  # of a name that is far too long, in the address
NOT_KEPT = ("at", "part", "view", "unsaved")


def _with(params: QueryDict, **changes) -> str:
    copy = params.copy()
    for name in (*NOT_KEPT, *changes):
        copy.pop(name, None)
    for name, value in changes.items():
        copy.setlist(name, value) if isinstance(value, list) else copy.__setitem__(name, value)
    kept = [(k, v) for k, values in copy.lists() for v in values if v]
    return f"?{urlencode(kept)}"


def rows_of(page: Page, base: str) -> list[dict]:
    """Rows ready for the template: what leads to the document, and the other cells as one piece of safe HTML."""
    query = page.query
    formats = formats_of(query.actor)
    writers = []
    for column in query.columns:
        place = page.names.index(source_of(column))
        money = page.names.index(column.currency) if column.kind == "amount" else 0
        opening = cell_opening(column.kind, column.align, column.label)
        writers.append((html_writer(column, formats, query.kind), place, money, opening))
    (write_first, first, its_money, _open), *others = writers
    found = []
    for row in page.rows:
        url = f"{base}{row[0]}/"
        lead = f'<a href="{url}">{write_first(row[first], row[its_money]) or "—"}</a>'
        rest = "".join([f"{opening}{write(row[at], row[money])}</td>" for write, at, money, opening in others])
        found.append({"url": url, "id": row[0], "lead": Markup(lead), "rest": Markup(rest)})  # noqa: S704 (escaped by the writers)
    return found


def cell_opening(kind: str, align: str, title: object) -> str:
    """How a cell of a list begins; on a phone it says the column's title itself."""
    return f'<td class="k-{kind}{" num" if align == "end" else ""}" data-label="{escape(title)}">'


def _headings(query: ListQuery) -> list[dict]:
    found = []
    for column in query.columns:
        active = query.sort.column.name == column.name
        flip = (
            f"{'' if active and query.sort.descending else '-' if active or column.align == 'end' else ''}{column.name}"
        )
        found.append(
            {
                "name": column.name,
                "title": str(column.label),
                "kind": column.kind,
                "align": column.align,
                "sort_url": _with(query.params, sort=flip) if column.sort else None,
                "direction": ("desc" if query.sort.descending else "asc") if active else None,
            }
        )
    return found


def count_text(tally: dict, actor: Actor) -> str:
    formats = formats_of(actor)
    if tally["bounded"]:
        return _("%(count)s+ found") % {"count": formats.number(BOUND)}
    count = tally["count"]
    return ngettext("%(count)s found", "%(count)s found", count) % {"count": formats.number(count)}


def totals_of(query: ListQuery, tally: dict) -> list[dict]:
    formats = formats_of(query.actor)
    labels = {c.name: str(c.label) for c in query.available}
    found = []
    for group in sorted(tally["groups"], key=lambda g: -g["n"]):
        for name in query.kind.totals:
            value = formats.money(group[name], group["currency"]) if group[name] is not None else ""
            found.append({"label": labels.get(name, name), "value": value})
    return found


def _views(request: PortalRequest, kind: DocumentType, base: str) -> list[dict]:
    actor = request.actor

    def mine() -> QuerySet:
        views = SavedView.objects.filter(portal_id=actor.portal.id, user_id=actor.user_id, doctype=kind.name)
        return views.order_by("name").values_list("pk", "name", "query")

    saved = statement(actor, ("views", kind.name), mine)
    asked = request.GET.get("view", "")
    return [
        {
            "name": name,
            "url": f"?{query}&view={pk}",
            "active": asked == str(pk),
            "delete_url": f"{base}views/{pk}/delete/",
        }
        for pk, name, query in saved.rows()
    ]


class ViewForm(forms.Form):
    name = forms.CharField(max_length=60)


def _unsaved(request: PortalRequest) -> dict | None:
    """A view that could not be saved: its name came back in the address, to the list that it was for."""
    typed = request.GET.get("unsaved")
    problems: dict = ViewForm({"name": typed}).errors if typed is not None else {}
    return {"name": typed, "error": " ".join(problems["name"])} if problems else None


def creation(kind: DocumentType, actor: Actor, base: str) -> list[dict]:
    editor = kind.editor
    if editor is None or editor.source or not editor.permitted(actor):
        return []
    return [{"title": str(editor.label), "url": f"{base}new/", "icon": editor.icon}]


def _bulk(kind: DocumentType, actor: Actor, base: str) -> list[dict]:
    found = [
        {"name": one.name, "title": str(one.label), "icon": one.icon, "url": f"/{actor.portal.slug}/{one.to}"}
        for one in kind.bulk
        if actor.is_staff and actor.may(one.permission)
    ]
    if not kind.pdf:
        return found
    return [*found, {"name": "pdfs", "title": _("Download PDFs (ZIP)"), "icon": "file-zip", "url": f"{base}pdfs.zip"}]


def _answered(query: ListQuery) -> list[dict]:
    """The filters in force, each with the address that takes it away."""
    return [
        {
            "label": f"{a.label}: {a.said}",
            "remove_url": _with(query.params, **{a.name: "", f"{a.name}_from": "", f"{a.name}_to": ""}),
        }
        for a in query.answers
        if a.said
    ]


def _results(query: ListQuery, base: str) -> dict:
    """The part of a list that changes with every filter: rows, how many, how much, where next."""
    kind, link = query.kind, partial(_with, query.params)
    page = query.page()
    tally = query.tally(None if query.params.get("totals") == "all" else BOUND)
    return {
        "columns": _headings(query),
        "rows": rows_of(page, base),
        "count_text": count_text(tally, query.actor),
        "totals": [] if tally["bounded"] else totals_of(query, tally),
        "totals_url": link(totals="all") if tally["bounded"] and kind.totals else None,
        "next_url": link(at=page.next_place) if page.next_place else None,
        "previous_url": link(at=page.previous_place) if page.previous_place else None,
    }


def context_of(request: PortalRequest, kind: DocumentType, query: ListQuery) -> dict:
    actor, base = request.actor, f"/{request.actor.portal.slug}/{kind.name}/"
    link, create = partial(_with, request.GET), creation(kind, request.actor, base)
    return _results(query, base) | {
        "title": str(kind.title),
        "noun": str(kind.noun),
        "icon": kind.icon,
        "name": kind.name,
        "url": base,
        "filters": query.answers,
        "active_filters": _answered(query),
        "q": query.typed if kind.search.numbers or kind.search.texts else None,
        "search_error": "",
        "sort": query.sort.token,
        "saved_views": _views(request, kind, base),
        "save_url": f"{base}views/",
        "unsaved": _unsaved(request),
        "query": link().lstrip("?"),
        "column_choices": [
            {"name": c.name, "title": str(c.label), "shown": c in query.columns} for c in query.available
        ],
        "csv_url": f"{base}export.csv{link()}",
        "xlsx_url": f"{base}export.xlsx{link()}",
        "create": create,
        "bulk": _bulk(kind, actor, base),
        "as_of": as_of(actor, kind),
        "is_filtered": query.is_filtered,
        "kept": None if request.GET else (kind.name, actor.sight),
        "clear_url": base,
        "empty": _empty(kind, query, create),
    }


def as_of(actor: Actor, kind: DocumentType) -> str | None:
    """Until when the ERP's data of this type is known, in the person's format."""
    at = actor.as_of.get(kind.name)
    return formats_of(actor).datetime(dt.datetime.fromisoformat(at)) if at else None


def _empty(kind: DocumentType, query: ListQuery, create: list[dict]) -> dict:
    if query.is_filtered:
        title, text = _("Nothing found"), _("No row answers to these filters. Take one away, or search for less.")
        return {"title": title, "text": text, "action": None}
    text = _("What is shared with you will appear here.")
    return {"title": _("Nothing here yet"), "text": text, "action": create[0] if create else None}


def shown(request: PortalRequest, kind: DocumentType) -> None:
    if not kind.shown_to(request.actor):
        raise Http404


@require_GET
def index(request: PortalRequest, kind: DocumentType) -> HttpResponse:
    shown(request, kind)
    query = ListQuery(kind, request.actor, request.GET)
    part = wants_part(request) and request.headers.get("HX-Boosted") != "true"
    template = "list_rows.html" if part else "list.html"
    page = context_of(request, kind, query)
    status = 422 if (query.has_errors or page["unsaved"]) and not part else 200
    return render(request, template, {"page": page}, status=status)


@require_GET
def export_csv(request: PortalRequest, kind: DocumentType) -> StreamingHttpResponse:
    shown(request, kind)
    query = ListQuery(kind, request.actor, request.GET)
    return exports.download(exports.csv_rows(query, request.actor), f"{kind.name}.csv", exports.CSV)


@require_GET
def export_xlsx(request: PortalRequest, kind: DocumentType) -> StreamingHttpResponse:
    shown(request, kind)
    query = ListQuery(kind, request.actor, request.GET)
    return exports.download(exports.xlsx_rows(query, request.actor), f"{kind.name}.xlsx", exports.XLSX)


@require_POST
def save_view(request: PortalRequest, kind: DocumentType) -> HttpResponse:
    """Keep the list's present filters, order and columns under a name of the person's own."""
    shown(request, kind)
    base = f"/{request.actor.portal.slug}/{kind.name}/"
    query = _with(QueryDict(request.POST.get("query", "")[:2000])).lstrip("?")
    form = ViewForm(request.POST)
    if not form.is_valid():
        typed = request.POST.get("name", "")[:MOST_KEPT]
        return Redirect(request, f"{base}?{query}&{urlencode({'unsaved': typed})}")
    mine: dict = {"portal_id": request.actor.portal.id, "user_id": request.actor.user_id, "doctype": kind.name}
    name = form.cleaned_data["name"]
    saved, _fresh = SavedView.objects.update_or_create(**mine, name=name, defaults={"query": query})
    return Redirect(request, f"{base}?{query}&view={saved.pk}")


@require_POST
def delete_view(request: PortalRequest, kind: DocumentType, view: int) -> HttpResponse:
    shown(request, kind)
    mine = SavedView.objects.filter(pk=view, portal_id=request.actor.portal.id, user_id=request.actor.user_id)
    if not mine.delete()[0]:
        raise Http404
    return Redirect(request, f"/{request.actor.portal.slug}/{kind.name}/")
