"""Loading by the web: send a file, see how it is understood, load it, see what became of it."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from atrio.core import files
from atrio.core.actions import NotNow, Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.cells import sheet_value
from atrio.core.doctypes import DocumentType
from atrio.core.formats import Formats, formats_of
from atrio.core.pages import Redirect, render

from .. import jobs
from ..models import LoadRun, State
from . import uploads
from .engine import reader
from .forms import LoadForm
from .liveness import states
from .problems import Problems
from .rows import Row
from .types import loadable, may_load, schema_of, types_by_name
from .values import short

PREVIEWED = 500
SHOWN = 10
HISTORY = 20
COLOURS = {
    State.UPLOADED: "gray",
    State.WAITING: "amber",
    State.RUNNING: "blue",
    State.DONE: "green",
    State.FAILED: "red",
    State.INTERRUPTED: "red",
}
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "skipped")


def _base(actor: Actor) -> str:
    return f"/{actor.portal.slug}/loads/"


def _allowed(request: PortalRequest) -> list[DocumentType]:
    """Loads do not exist for partners, and are not for every employee."""
    if not request.actor.is_staff:
        raise Http404
    kinds = loadable(request.actor)
    if not kinds:
        raise Refused("load")
    return kinds


def _run(request: PortalRequest, pk: int) -> LoadRun:
    _allowed(request)
    found = uploads.runs_of(request.actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: PortalRequest) -> HttpResponse:
    """The form, and the loads so far."""
    kinds, base = _allowed(request), _base(request.actor)
    if request.method != "POST":
        return _form_page(request, LoadForm(actor=request.actor, initial={"kind": request.GET.get("kind")}), kinds)
    form = LoadForm(request.POST, request.FILES, actor=request.actor)
    if not form.is_valid():
        return _form_page(request, form, kinds, status=422)
    run = form.record()
    try:
        with transaction.atomic():
            run.save()
            uploads.keep(run, form.sent)
    except OSError:
        form.add_error(
            "file", _("The file could not be kept: the storage does not answer, or is full. Try again later.")
        )
        return _form_page(request, form, kinds, status=422)
    return Redirect(request, f"{base}{run.pk}/")


def _form_page(request: PortalRequest, form: LoadForm, kinds: list[DocumentType], status: int = 200) -> HttpResponse:
    base, formats = _base(request.actor), formats_of(request.actor)
    runs = list(uploads.runs_of(request.actor).order_by("-pk")[:HISTORY])
    true = states(runs)
    context = {
        "step": "upload",
        "url": base,
        "form": form,
        "templates": [{"title": str(kind.title), "url": f"{base}templates/{kind.name}.csv"} for kind in kinds],
        "history": [_past(run, true[run.pk], base, formats) for run in runs],
    }
    return render(request, "load.html", {"load": context}, status=status)


def _past(run: LoadRun, state: State, base: str, formats: Formats) -> dict:
    shown = {name: formats.number(getattr(run, name)) for name in COUNTS}
    return shown | {
        "url": f"{base}{run.pk}/",
        "file": run.file,
        "type": str(types_by_name()[run.doctype].title),
        "state": _state(run, state),
        "at": formats.datetime(run.started_at),
        "by": run.actor_name,
    }


def _state(run: LoadRun, state: State) -> dict:
    text = _("Tried") if run.dry_run and state == State.DONE else state.label
    return {"text": str(text), "colour": COLOURS[state]}


@require_GET
def show(request: PortalRequest, pk: int) -> HttpResponse:
    """A load: what it would do, what it does, or what it did."""
    run = _run(request, pk)
    context = _preview(request, run) if run.state == State.UPLOADED else _result(request, run)
    kind = types_by_name()[run.doctype]
    return render(request, "load.html", {"load": context | {"title": str(kind.title), "subtitle": run.file}})


def _preview(request: PortalRequest, run: LoadRun) -> dict:
    base = _base(request.actor)
    formats = formats_of(request.actor)
    with files.reading(run.file), uploads.brought(run) as order, Problems() as problems:
        source = reader(order, request.actor)
        found = list(islice(source.rows(), PREVIEWED))
        for row in found:
            if not isinstance(row, Row):
                problems.add(row.problems)
        good = [row for row in found if isinstance(row, Row)][:SHOWN]
        targets = source.targets
        return {
            "step": "preview",
            "url": base,
            "confirm_url": f"{base}{run.pk}/start/",
            "file": run.file,
            "count_text": _checked(len(found), formats),
            "mapping": _understood(source, types_by_name()[run.doctype]),
            "columns": [_title(types_by_name()[run.doctype], name) for name in targets],
            "rows": [{"line": row.line, "cells": _cells(row.data, targets, formats)} for row in good],
            "rejected": problems.documents,
            "errors": problems.first[:SHOWN],
        }


def _checked(count: int, formats: Formats) -> str:
    if count == PREVIEWED:
        return _("The first %(count)s rows were checked.") % {"count": formats.number(count)}
    return ngettext("%(count)s row was checked.", "%(count)s rows were checked.", count) % {"count": count}


def _understood(source, kind: DocumentType) -> list[tuple[str, str]]:
    """Each column of the file with the field that it fills; what nothing uses is shown too."""
    used = [(cell.label, _title(kind, cell.target)) for cell in source.header.cells]
    if source.lines:
        used += [(cell.label, _("Lines: %(field)s") % {"field": cell.target}) for cell in source.lines.cells]
    return used + [(name, "") for name in source.unused]


def _title(kind: DocumentType, name: str) -> str:
    field = schema_of(kind).field(name)
    label = str(field.label) if field else ""
    return label[:1].upper() + label[1:] if label else name


def _cells(data: dict, names: tuple[str, ...], formats: Formats) -> list[str]:
    return [_cell(data.get(name), formats) for name in names]


def _cell(value, formats: Formats) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.date):
        return formats.date(value)
    return formats.number(value) if isinstance(value, int | Decimal) else short(value)


def _result(request: PortalRequest, run: LoadRun) -> dict:
    base, formats = _base(request.actor), formats_of(request.actor)
    state = states([run])[run.pk]
    over, kind = state not in (State.WAITING, State.RUNNING), types_by_name()[run.doctype]
    labels = {field.name: field.verbose_name for field in LoadRun._meta.fields}
    counts = [{"label": str(labels[n]).capitalize(), "value": formats.number(getattr(run, n))} for n in COUNTS]
    return {
        "step": "result",
        "url": base,
        "list_url": f"/{request.actor.portal.slug}/{kind.name}/" if over and kind.offered_to(request.actor) else "",
        "file": run.file,
        "state": _state(run, state),
        "running": not over,
        "again_url": f"{base}{run.pk}/start/" if state == State.INTERRUPTED and uploads.is_kept(run) else "",
        "progress_url": f"{base}{run.pk}/",
        "count_text": f"{formats.number(run.seconds)} s" if run.over else "",
        "problem": _problem(run, state),
        "counts": counts,
        "errors": run.errors,
        "rejected": run.rejected,
        "errors_url": f"{base}{run.pk}/errors.csv" if run.errors_file else "",
    }


def _problem(run: LoadRun, state: State) -> str:
    if state == State.INTERRUPTED:
        return _("What did this load ended before it was done. Nothing was loaded.")
    if state == State.RUNNING:
        return ""  # what an attempt before this one met
    if state == State.FAILED and run.rejected and not run.problem:
        return _("Nothing was loaded: some rows have errors.")
    return run.problem


@require_POST
def start(request: PortalRequest, pk: int) -> HttpResponse:
    """Load what was previewed; a job does it, so that a large file does not hold the page."""
    run = _run(request, pk)
    if not may_load(request.actor, types_by_name()[run.doctype]):
        raise Refused("load")
    mine = uploads.runs_of(request.actor).filter(pk=pk, state=run.state)
    change = {"state": State.WAITING, "problem": "", "finished_at": None}
    if states([run])[pk] == State.INTERRUPTED and uploads.is_kept(run):
        moved = mine.update(**change)
    else:
        moved = mine.filter(state=State.UPLOADED).update(**change, skip_bad=request.POST.get("skip_bad") == "1")
    if not moved:
        raise NotNow(_("This file is being loaded already, or was."))
    jobs.run_load.defer(portal_id=run.portal_id, load_id=run.pk)
    return Redirect(request, f"{_base(request.actor)}{run.pk}/")


@require_GET
def errors(request: PortalRequest, pk: int) -> FileResponse:
    """All that was wrong, as a CSV to mend the file by."""
    run = _run(request, pk)
    if not run.errors_file:
        raise Http404
    with files.reading(run.errors_file):
        file = default_storage.open(run.errors_file)
    return FileResponse(file, as_attachment=True, filename=f"load-{run.pk}-errors.csv", content_type="text/csv")


@require_GET
def template(request: PortalRequest, name: str) -> HttpResponse:
    """An empty file with the columns of a type, which needs no mapping."""
    kind = next((kind for kind in _allowed(request) if kind.name == name), None)
    if kind is None:
        raise Http404
    schema = schema_of(kind)
    lines = [f"line_{field}" for field in schema.lines.names()] if schema.lines else []
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind.name}.csv"'
    response.write("\ufeff")
    csv.writer(response).writerow(sheet_value(title, None) for title in (*schema.names(), *lines))
    return response
