"""The pages of accounts: a partner's statement, and the balances of all for staff."""

from collections.abc import Iterator

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from atrio.core.actor import PortalRequest
from atrio.core.exports import CSV, XLSX, csv_lines, download, reading
from atrio.core.pages import Redirect, render
from atrio.streams.sheets import workbook

from . import balances as accounts
from . import printing, statements
from .doctype import LEDGER_ENTRIES


def _asked(request: PortalRequest) -> statements.StatementQuery:
    if not LEDGER_ENTRIES.shown_to(request.actor):
        raise Http404
    return statements.StatementQuery(request.actor, request.GET)


def _page(request: PortalRequest, query: statements.StatementQuery) -> HttpResponse:
    status = 422 if query.error else 200
    return render(request, "statement.html", {"statement": statements.context_of(query)}, status=status)


@require_GET
def statement(request: PortalRequest) -> HttpResponse:
    if request.actor.is_staff and "partner" not in request.GET:
        return Redirect(request, f"/{request.actor.portal.slug}/balances/")
    return _page(request, _asked(request))


@require_GET
def statement_pdf(request: PortalRequest) -> HttpResponse:
    query = _asked(request)
    if query.error:
        return _page(request, query)
    response = HttpResponse(printing.pdf_of(query), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="statement.pdf"'
    return response


@require_GET
def statement_xlsx(request: PortalRequest) -> HttpResponse | StreamingHttpResponse:
    query = _asked(request)
    if query.error:
        return _page(request, query)
    return download(printing.xlsx_rows(request.actor, request.GET), "statement.xlsx", XLSX)


@require_GET
def balances(request: PortalRequest) -> HttpResponse:
    query = accounts.asked_of(request.actor, request.GET)
    part = request.headers.get("HX-Target") == "results"
    template = "ledger/balances_part.html" if part else "ledger/balances.html"
    status = 422 if query.errors and not part else 200
    return render(request, template, {"page": accounts.context_of(query)}, status=status)


@require_GET
def balances_csv(request: PortalRequest) -> StreamingHttpResponse:
    return _balances_sheet(request, "balances.csv", CSV)


@require_GET
def balances_xlsx(request: PortalRequest) -> StreamingHttpResponse:
    return _balances_sheet(request, "balances.xlsx", XLSX)


def _balances_sheet(request: PortalRequest, name: str, kind: str) -> StreamingHttpResponse:
    query = accounts.asked_of(request.actor, request.GET)

    def pieces() -> Iterator[bytes]:
        with reading(request.actor):
            headings, rows = accounts.headings(query), accounts.sheet_rows(query)
            if kind == CSV:
                yield from csv_lines(headings, rows, query.formats)
            else:
                yield from workbook(_("Balances"), headings, rows, query.formats.date_pattern)

    return download(pieces(), name, kind)
