"""Statistics of use: who comes, and what is seen, sent and downloaded, by day, type and partner."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from babel.dates import format_date
from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from atrio.core import exports
from atrio.core.actions import Refused
from atrio.core.actor import Actor, PortalRequest
from atrio.core.cells import sheet_value
from atrio.core.doctypes import document_types
from atrio.core.formats import formats_of
from atrio.core.pages import render
from atrio.partners.models import Partner

from ..happenings import TITLES
from ..permissions import USAGE
from . import figures

LONGEST, USUAL, MOST_PARTNERS = 366, 30, 25


class PeriodForm(forms.Form):
    """From when to when; nothing typed are the last thirty days."""

    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, today: dt.date, data: Any = None):
        super().__init__(data)
        self.today = today

    def clean(self) -> dict:
        typed = super().clean() or {}
        if self.errors:
            return typed
        last = typed["last"] or self.today
        first = typed["first"] or max(last, dt.date(1900, 1, 1)) - dt.timedelta(days=USUAL - 1)
        if first > last:
            self.add_error("last", ValidationError(_("The first value is greater than the second.")))
        elif (last - first).days >= LONGEST or first.year < 1900 or last.year > 9000:
            self.add_error("first", ValidationError(_("Ask for one year at most.")))
        return {"first": first, "last": last}


def _allowed(request: PortalRequest) -> Actor:
    if not request.actor.is_staff:
        raise Http404
    if not request.actor.may(USAGE):
        raise Refused(USAGE)
    return request.actor


def _headings() -> list[str]:
    return [_("Active people"), _("Sign-ins"), _("Documents viewed"), _("Documents sent"), _("Downloads")]


@require_GET
def index(request: PortalRequest) -> HttpResponse:
    actor = _allowed(request)
    form = PeriodForm(figures.today(actor), request.GET)
    zone = _("Days begin as in %(zone)s") % {"zone": actor.portal.time_zone}
    context: dict = {"form": form, "url": f"/{actor.portal.slug}/usage/", "zone": zone}
    if not form.is_valid():
        return render(request, "usage/usage.html", {"usage": context}, status=422)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    form.initial = {"first": first.isoformat(), "last": last.isoformat()}
    use, formats = figures.read(actor, first, last), formats_of(actor)
    context |= {
        "period": f"{formats.date(first)} – {formats.date(last)}",
        "typed": form.initial,
        "csv_url": f"/{actor.portal.slug}/usage/export.csv?first={first}&last={last}",
        "tiles": [
            {"label": label, "value": formats.number(n)} for label, n in zip(_headings(), use.total, strict=True)
        ],
        "chart": _chart(use, formats),
        "tables": [_by_type(use, formats), _by_partner(actor, use, formats)],
    }
    return render(request, "usage/usage.html", {"usage": context})


def _chart(use: figures.Use, formats) -> dict:
    said: Callable[..., str] = (
        partial(format_date, format="MMM yyyy", locale=formats.locale) if use.monthly else formats.date
    )
    labels = [said(unit) for unit in use.units]
    shown = ((_("Active people"), "people"), (_("Documents viewed"), "seen"), (_("Downloads"), "downloaded"))
    return {
        "title": _("Month by month") if use.monthly else _("Day by day"),
        "url": "",
        "kind": "line",
        "labels": labels,
        "series": [{"label": label, "data": [getattr(c, name) for c in use.units.values()]} for label, name in shown],
        "stacked": False,
        "table": {
            "columns": [_("Month") if use.monthly else _("Day"), *_headings()],
            "rows": [[said(unit), *map(formats.number, counts)] for unit, counts in use.units.items()],
        },
    }


def _table(name: str, title: str, rows: list[tuple[str, figures.Counted]], formats) -> dict:
    found = [[label, *map(formats.number, counts)] for label, counts in rows]
    return {"name": name, "title": title, "columns": [title, *_headings()], "rows": found}


def _type_titles() -> dict[str, str]:
    return {name: str(title) for name, title in TITLES.items()} | {
        name: str(kind.title) for name, kind in document_types().items()
    }


def _by_type(use: figures.Use, formats) -> dict:
    titles = _type_titles()
    rows = [(titles.get(name, name), counts) for name, counts in use.types.items()]
    return _table("types", _("Type"), sorted(rows, key=lambda row: row[0].casefold()), formats)


def _by_partner(actor: Actor, use: figures.Use, formats) -> dict:
    """Those that are here most; all of them are in the export."""
    most = sorted(use.partners.items(), key=lambda row: (-row[1].people, -row[1].seen, row[0] or 0))[:MOST_PARTNERS]
    ids = [pk for pk, _counts in most if pk]
    known = Partner.objects.filter(portal_id=actor.portal.id, pk__in=ids).values_list("pk", "name")
    names: dict[int | None, str] = dict(known)
    rows = [(names.get(pk, _("Of no partner")), counts) for pk, counts in most]
    return _table("partners", _("Partner"), rows, formats)


@require_GET
def export(request: PortalRequest) -> StreamingHttpResponse:
    actor = _allowed(request)
    form = PeriodForm(figures.today(actor), request.GET)
    if not form.is_valid():
        raise Http404
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    return exports.download(_lines(actor, first, last), "usage.csv", exports.CSV)


def _lines(actor: Actor, first: dt.date, last: dt.date) -> Iterator[bytes]:
    with exports.reading(actor):
        names = dict(Partner.objects.filter(portal_id=actor.portal.id).values_list("pk", "name"))
        titles = _type_titles()
        rows = (
            [day, titles.get(doctype, doctype), sheet_value(names.get(partner, ""), None), *counts]
            for day, doctype, partner, *counts in figures.rows(actor, first, last)
        )
        yield from exports.csv_lines([_("Day"), _("Type"), _("Partner"), *_headings()], rows, formats_of(actor))
