"""The pages of accounts: a partner's statement, and the balances of all for staff."""

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from atrio.core.actor import PortalRequest
from atrio.core.exports import csv_lines, xlsx_file
from atrio.core.pages import Redirect, render
from atrio.core.scope import scope

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
def statement_xlsx(request: PortalRequest) -> HttpResponse | FileResponse:
    query = _asked(request)
    if query.error:
        return _page(request, query)
    book = printing.xlsx_of(query)
    return FileResponse(open(book.name, "rb"), as_attachment=True, filename="statement.xlsx")  # noqa: SIM115, PTH123


@require_GET
def balances(request: PortalRequest) -> HttpResponse:
    query = accounts.asked_of(request.actor, request.GET)
    part = request.headers.get("HX-Target") == "results"
    template = "ledger/balances_part.html" if part else "ledger/balances.html"
    status = 422 if query.errors and not part else 200
    return render(request, template, {"page": accounts.context_of(query)}, status=status)


@require_GET
def balances_csv(request: PortalRequest) -> StreamingHttpResponse:
    actor, query = request.actor, accounts.asked_of(request.actor, request.GET)

    def stream():
        with translation.override(actor.language), scope(actor):  # it runs after the request
            yield from csv_lines(accounts.headings(query), accounts.sheet_rows(query))

    response = StreamingHttpResponse(stream(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="balances.csv"'
    return response


@require_GET
def balances_xlsx(request: PortalRequest) -> FileResponse:
    query = accounts.asked_of(request.actor, request.GET)
    book = xlsx_file(_("Balances"), accounts.headings(query), accounts.sheet_rows(query))
    return FileResponse(open(book.name, "rb"), as_attachment=True, filename="balances.xlsx")  # noqa: SIM115, PTH123
