"""CSV and XLSX say the same, of one moment, piece by piece; a file that breaks off is seen to be broken."""

import csv
import gzip
import io
import os
import zipfile
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from python_calamine import CalamineWorkbook

from atrio.core import events, exports
from atrio.core.doctypes import document_type, document_types
from atrio.core.formats import formats_for
from atrio.core.lists import ListQuery
from atrio.core.scope import scope
from atrio.testing import world as worlds
from atrio.testing.race import arena
from atrio.testing.world import make

PACKED = {"Accept-Encoding": "gzip"}
everywhere = pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)


def content(response) -> bytes:
    assert response.streaming
    return b"".join(response.streaming_content)


def table(sent: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sent.decode("utf-8-sig")), strict=True, delimiter=";"))


def sheet(sent: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(sent)).get_sheet_by_index(0).to_python()


def as_text(value) -> str:
    """A cell of a sheet as CSV writes it for somebody in Colombia."""
    text = exports._text_in(formats_for("es_CO", "America/Bogota"))
    return text(Decimal(repr(value)) if isinstance(value, float) else value)


@everywhere
def test_a_sheet_says_what_the_csv_says(kind, world, as_):
    for n in range(3):
        make(world, kind, f"=X-{n}")
    ana = as_("ana")
    lines, cells = (content(ana.get(f"/acme/{kind.name}/export.{what}")) for what in ("csv", "xlsx"))
    assert [[as_text(v) for v in row] for row in sheet(cells)] == table(lines)
    assert len(table(lines)) >= 4


def test_a_moment_is_told_in_the_readers_time(world, as_):
    ana, actor = as_("ana"), world.actor("ana")
    doc = make(world, document_type("sales_invoices"), "FV-1")
    with scope(world.system()):
        event = events.record(world.system(), doc, "created")
        event.refresh_from_db()
    here = event.at.astimezone(ZoneInfo(actor.time_zone)).replace(tzinfo=None, microsecond=0)
    assert here.hour != event.at.hour
    assert f"{here:%d/%m/%Y %H:%M:%S}" in {
        cell for row in table(content(ana.get("/acme/audit/export.csv"))) for cell in row
    }
    assert here in {cell for row in sheet(content(ana.get("/acme/audit/export.xlsx"))) for cell in row}


@pytest.mark.parametrize("what", ["csv", "xlsx"])
def test_a_file_that_breaks_off_is_seen_to_be_broken(what, world, as_, monkeypatch):
    make(world, document_type("sales_invoices"), "FV-1")
    real = exports._values

    def broken(*asked):
        yield from real(*asked)
        raise OSError("the database went away")

    monkeypatch.setattr(exports, "_values", broken)
    sent = b""
    with pytest.raises(OSError, match="went away"):
        for piece in as_("ana").get(f"/acme/sales_invoices/export.{what}").streaming_content:
            sent += piece
    if what == "xlsx":
        assert not zipfile.is_zipfile(io.BytesIO(sent))
        return
    assert "This file is incomplete" in sent.decode().splitlines()[-1]
    with pytest.raises(csv.Error, match="unexpected end"):
        table(sent)


def test_a_bundle_is_printed_while_it_goes_out(world, as_, monkeypatch):
    kind, printed = document_type("sales_invoices"), []
    ids = [make(world, kind, f"FV-{n}").pk for n in range(3)]
    monkeypatch.setattr("atrio.core.printing.pdf_of", lambda kind, doc, actor: printed.append(doc.pk) or b"%PDF-")
    answer = as_("ana").post("/acme/sales_invoices/pdfs.zip", {"ids": ids})
    assert answer.streaming and not printed
    pieces = iter(answer.streaming_content)
    next(pieces)
    assert len(printed) == 1
    assert set(printed) < set(ids) and len(list(pieces)) and set(printed) == set(ids)


def test_what_is_packed_already_is_not_packed_again(world, as_):
    doc, ana = make(world, document_type("sales_invoices"), "FV-1"), as_("ana")
    for url in ("export.xlsx", f"pdfs.zip?ids={doc.pk}", f"{doc.pk}/pdf/"):
        answer = ana.get(f"/acme/sales_invoices/{url}", headers=PACKED)
        assert "Content-Encoding" not in answer.headers, url
    answer = ana.get("/acme/sales_invoices/export.csv", headers=PACKED)
    assert "FV-1" in gzip.decompress(content(answer)).decode()


def test_all_questions_of_an_export_see_one_moment(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_exports_{os.getpid()}") as ring:
        world, kind = ring.do(worlds.known), document_type("sales_invoices")

        def look() -> tuple[int, int]:
            with exports.reading(world.actor("ana")):
                before = kind.model.objects.count()
                ring.do(lambda: make(world, kind, "FV-1"))  # committed by somebody else
                return before, kind.model.objects.count()

        assert ring.do(look) == (0, 0)
        with pytest.raises(Exception, match="read-only"):
            ring.do(lambda: _write(world, kind))


def _write(world, kind) -> None:
    with exports.reading(world.actor("ana")):
        kind.model.objects.update(remarks="x")


@pytest.mark.parametrize("made", [exports.csv_rows, exports.xlsx_rows])
def test_an_export_that_breaks_off_closes_its_cursor_at_once(made, world, monkeypatch):
    """Although somebody still looks at what went wrong, and with it at all that was open."""
    closed = []

    def rows():
        try:
            yield from [(1,), (2,)]
        finally:
            closed.append(True)

    def breaks(query, names, found):
        next(found)
        raise ZeroDivisionError

    monkeypatch.setattr(ListQuery, "export", lambda query: (["pk"], rows()))
    monkeypatch.setattr(exports, "_values", breaks)
    ana = world.actor("ana")
    with pytest.raises(ZeroDivisionError) as kept:
        list(made(ListQuery(document_type("sales_invoices"), ana, QueryDict()), ana))
    assert closed, kept
