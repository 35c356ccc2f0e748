import io
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pypdf
import pytest
from django.utils.functional import lazystr
from hypothesis import given, settings
from hypothesis import strategies as st

from atrio.core import pdf
from atrio.streams import typeset as typesetter
from atrio.streams.zips import zipped

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><rect width="9" height="3" fill="#2f5bea"/></svg>'


def invoice(lines=3, description="Lámina galvanizada calibre 22", **more):
    columns = [{"title": "Descripción", "width": 1}, {"title": "Cantidad", "align": "right"}]
    columns.append({"title": "Importe", "align": "right"})
    rows = [[[description, f"AC-{n}"], "2,00", f"$ {n}.250,00"] for n in range(1, lines + 1)]
    totals = [["Subtotal", "$ 9.000,00"], ["Total a pagar", "$ 10.710,00", True]]
    document = {
        "title": "Factura de venta",
        "number": "FV-1042",
        "state": "Abierta",
        "portal": {"name": "Aceros del Pacífico", "tax_id": "NIT 900.123.456-7", "accent": "#0f766e"},
        "facts": [["Vencimiento", "11 de junio de 2026"]],
        "parties": [{"label": "Cliente", "name": "Ibáñez Hermanos", "details": ["Bogotá D.C."]}],
        "highlight": ["$ 10.710,00", "Vence el 11 de junio"],
        "parts": [{"columns": columns, "lines": rows, "totals": totals}],
        "notes": [["Forma de pago", "Transferencia"]],
        "qr": "https://example.org/v?k=1",
        "qr_label": "Verifique esta factura",
        "footer": "Resolución 18764",
        "page_label": "Página {page} de {pages}",
    }
    return document | more


def read(data=None, **options):
    return pypdf.PdfReader(io.BytesIO(pdf.render(pdf.DOCUMENT, data or invoice(), **options)))


def text(reader):
    return "\n".join(page.extract_text() for page in reader.pages)


def png(width=4, height=2):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x2f\x5b\xea\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_every_value_given_is_printed():
    printed = text(read())
    title = ["Factura de venta", "FV-1042", "Abierta", "Aceros del Pacífico", "NIT 900.123.456-7"]
    head = ["Vencimiento", "11 de junio de 2026", "Cliente", "Ibáñez Hermanos", "Bogotá D.C.", "Vence el 11 de junio"]
    body = ["Descripción", "Lámina galvanizada calibre 22", "AC-3", "$ 3.250,00", "Total a pagar", "$ 10.710,00"]
    foot = ["Forma de pago", "Transferencia", "Verifique esta factura", "Resolución 18764", "Página 1 de 1"]
    for value in title + head + body + foot:
        assert value in printed


def test_a_remittance_and_a_statement_are_parts_of_the_same_form():
    columns = [{"title": "Fatura", "width": 1}, {"title": "Pago", "align": "right"}]
    parts = [
        {"summary": [["Faturas", "R$ 52.640,00"], ["Pago", "R$ 48.211,07", True]]},
        {"title": "Faturas pagas", "columns": columns, "lines": [["NF 1002", "R$ 12.052,77"]]},
        {"title": "BRL", "ageing": [["A vencer", "R$ 70,00", 0.7], ["Vencido", "R$ 30,00", 0.3]]},
        {"title": "USD", "ageing": [["A vencer", "US$ 0,00", 0], ["Vencido", "−US$ 5,00", -1.0]]},
        {
            "title": "Retenções",
            "columns": columns,
            "lines": [],
            "empty": "Sem retenções",
            "totals": [["Total", "R$ 0,00"]],
        },
    ]
    printed = text(read(invoice(parts=parts), language="pt_BR"))
    for value in (
        "R$ 52.640,00",
        "Faturas pagas",
        "NF 1002",
        "A vencer",
        "−US$ 5,00",
        "Retenções",
        "Sem retenções",
        "R$ 0,00",
    ):
        assert value in printed


def test_a_title_alone_makes_a_document():
    assert "Recibo" in text(read({"title": "Recibo", "portal": {"name": None, "accent": "red; #panic()"}}))


def test_it_is_archivable_accessible_and_says_what_it_is():
    reader = read(language="pt_BR")
    xmp = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert reader.metadata.title == "Factura de venta FV-1042"
    assert reader.metadata.author == "Aceros del Pacífico"
    assert reader.trailer["/Root"]["/Lang"] == "pt-BR"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


@pytest.mark.parametrize(
    "content", [b'\xef\xbb\xbf<?xml version="1.0"?>\r\n<Invoice>\xc3\xb1</Invoice>', bytes(range(256))]
)
def test_attached_files_come_out_byte_by_byte(content):
    reader = read(attachments=[pdf.Attachment("../../factura.xml", content), pdf.Attachment("FACTURA.xml", b"<a/>")])
    assert dict(reader.attachments.items()) == {"factura.xml": [content], "FACTURA (2).xml": [b"<a/>"]}
    associated = [file.get_object() for file in reader.trailer["/Root"]["/AF"]]
    assert {file["/AFRelationship"] for file in associated} == {"/Alternative"}


HOSTILE = {
    "markup": '# $ * ] \\ #panic() #sys.inputs $x^2$ `raw` <label> @ref // c /* d */ ~ -- ... "q" {x} _u_ *b* = - + /',
    "json": '"}],"title":"owned","x":[{" \\u0041 \\',
    "right to left": "שלום",
    "spaces": "a\tb  c",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_prints_as_it_is_written(hostile):
    printed = text(read(invoice(description=hostile, title=hostile, notes=[[hostile, hostile]])))
    bare = "".join(printed.split())
    expected = "".join(hostile.split())
    assert bare.count(expected) >= 5 or bare.count(expected[::-1]) >= 5


def test_lines_of_a_text_stay_lines():
    assert "one\ntwo\nthree" in text(read(invoice(description="one\ntwo\r\nthree")))


def test_a_word_longer_than_its_column_breaks_and_is_copied_whole():
    code = "0123456789abcdef" * 300
    reader = read(invoice(description=code))
    assert len(reader.pages) < 12
    assert "\u200b" not in text(reader)
    lines = [line for line in reader.pages[0].extract_text().splitlines() if "89abcdef0123" in line]
    assert max(len(line) for line in lines) < 100
    assert code[:400] in "".join(reader.pages[0].extract_text().split())


def test_a_code_stays_in_one_piece_beneath_the_titles_of_a_long_language():
    titles = ["N.º", "Produto", "Descrição", "Quantidade", "Unidade", "Preço unitário", "Desconto", "Imposto", "Total"]
    columns = [
        {"title": title, "align": "right" if i in (0, 3, 5, 6, 7, 8) else "left"} for i, title in enumerate(titles)
    ]
    columns[2]["width"] = 1
    row = ["1", "JAR-D040", "Bebida de avena barista 1 L x 12", "6", "caixa", "148.000", "3 %", "19 %", "1.025.018,40"]
    printed = text(read(invoice(parts=[{"columns": columns, "lines": [row]}])))
    assert all(whole in printed for whole in ("JAR-D040", "caixa", "1.025.018,40", "Quantidade"))


def test_letters_no_font_has_become_boxes_and_reading_marks_go():
    printed = text(read(invoice(description="caja 漢 👨\u200d👩\u200d👧 \u202eoculto\u202c \x00\x1b fin")))
    assert "caja □ □□□ oculto" in " ".join(printed.split())
    assert "fin" in printed


def test_a_letter_the_fonts_refuse_after_all_costs_the_letter_not_the_page(monkeypatch):
    monkeypatch.setattr(pdf, "_missing", lambda characters: "")
    assert "caja □ niño" in text(read(invoice(description="caja 漢 niño")))


def test_a_panic_inside_typst_is_an_error_like_any_other(monkeypatch):
    class PanicException(BaseException):
        pass

    class Broken:
        def compile(self, **_):
            raise PanicException("end byte index 11 is out of bounds")

    vars(typesetter._mine).clear()
    monkeypatch.setattr(typesetter.typst, "Compiler", lambda *_, **__: Broken())
    with pytest.raises(pdf.Unprintable, match="index 11"):
        pdf.render(pdf.DOCUMENT, invoice())
    monkeypatch.undo()
    assert text(read()), "a compiler that panicked is not asked again"


@pytest.mark.parametrize("language", ["es", "es-419", "pt_BR", "en", "en-US"])
def test_languages(language):
    assert read(language=language).trailer["/Root"]["/Lang"].startswith(language[:2])


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_printed(anything):
    assert pdf.render(
        pdf.DOCUMENT, invoice(1, description=anything, title=anything, number=anything, qr=anything, footer=anything)
    )


def test_a_long_table_repeats_its_header_and_its_totals_are_never_alone():
    for lines in range(31, 38):  # somewhere in here the totals fall off the first page
        reader = read(invoice(lines, notes=[], qr=None, qr_label=""))
        last = reader.pages[-1].extract_text()
        assert "Total a pagar" in last
        assert "Descripción" in last
        assert f"AC-{lines} " in last
    assert len(reader.pages) == 2


def test_a_long_document_is_printed_apart_and_looks_the_same(monkeypatch):
    printed = []
    apart = pdf.typeset_apart
    monkeypatch.setattr(pdf, "typeset_apart", lambda *asked: printed.append(1) or apart(*asked))
    xml = [pdf.Attachment("factura.xml", b"<a>\xc3\xb1</a>")]
    for lines in (pdf.LONG, pdf.LONG + 1):
        reader = read(invoice(lines), attachments=xml, logo=png())
        assert f"$ {lines}.250,00" in text(reader) and "Aceros del Pacífico" in reader.metadata.author
        assert reader.attachments["factura.xml"] == [b"<a>\xc3\xb1</a>"] and reader.pages[0].images
    assert printed == [1]


def test_a_long_document_with_a_fault_is_refused_like_a_short_one(tmp_path):
    own = tmp_path / "own.typ"
    own.write_text('#set document(title: "x")\n#read("/etc/hostname")')
    with pytest.raises(pdf.Unprintable, match="project root"):
        pdf.render(own, invoice(pdf.LONG + 1))


def test_a_document_that_takes_too_long_is_given_up(monkeypatch):
    asked = []
    apart = pdf.typeset_apart
    monkeypatch.setattr(typesetter, "PATIENCE", 0.01)
    monkeypatch.setattr(pdf, "typeset_apart", lambda *given: asked.append(1) or apart(*given))
    with pytest.raises(pdf.Unprintable, match="seconds"):
        pdf.render(pdf.DOCUMENT, invoice(pdf.LONG + 1), logo=png())
    assert asked == [1], "it would only take as long again"


def test_five_hundred_lines():
    reader = read(invoice(500))
    assert all("Descripción" in page.extract_text() for page in reader.pages[:-1])
    assert f"Página 3 de {len(reader.pages)}" in reader.pages[2].extract_text()
    assert "$ 500.250,00" in text(reader)


def test_long_documents_leave_the_memory():
    """In a process of its own, whose memory nothing else fills; each of these takes some 60 MB while it is printed."""
    code = """
import psutil
from atrio.core.tests.test_pdf import invoice, pdf
held = []
for number in range(6):
    pdf.render(pdf.DOCUMENT, invoice(500, f"Lámina {number}"))
    held.append(psutil.Process().memory_info().rss / 2**20)
print(held[-1] - held[1])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 60


def test_long_documents_are_printed_one_at_a_time(monkeypatch):
    now, most = [], []

    def printed(*words, **options):
        now.append(1)
        most.append(len(now))
        time.sleep(0.05)
        now.pop()
        return subprocess.CompletedProcess(words, 0, stdout=b"%PDF")

    monkeypatch.setattr(typesetter.subprocess, "run", printed)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda lines: pdf.render(pdf.DOCUMENT, invoice(lines)), [500] * 3))
    assert len(most) == 3
    assert max(most) == 1


def test_paper():
    assert [round(side) for side in read(invoice(paper="us-letter")).pages[0].mediabox[2:]] == [612, 792]
    assert [round(side) for side in read(invoice(paper="/etc/passwd")).pages[0].mediabox[2:]] == [595, 842]


@pytest.mark.parametrize("logo", [SVG, png()], ids=["svg", "png"])
def test_a_logo_takes_the_place_of_the_name(logo):
    with_logo = read(logo=logo)
    assert "Aceros del Pacífico" not in text(with_logo)
    assert "Aceros del Pacífico" in text(read())


@pytest.mark.parametrize(
    "logo",
    [
        b"not an image",
        png()[:40],
        SVG.replace(b"<rect", b'<image href="file:///etc/hostname" width="9" height="3"/><rect'),
        SVG.replace(b"<rect", b'<image href="http://127.0.0.1:9/x.png" width="9" height="3"/><rect'),
    ],
    ids=["text", "cut", "file", "net"],
)
def test_a_logo_that_cannot_be_drawn_or_reaches_out_leaves_the_name(logo):
    assert "Aceros del Pacífico" in text(read(logo=logo))


def test_a_qr_code_too_long_is_left_out():
    assert "Verifique" in text(read(invoice(qr="x" * 5000)))


def test_lazy_texts_are_printed_and_numbers_refused():
    assert "Recibo" in text(read(invoice(title=lazystr("Recibo"))))
    with pytest.raises(TypeError, match="Decimal"):
        pdf.render(pdf.DOCUMENT, invoice(title=Decimal("1.5")))


def test_a_line_must_fill_its_columns():
    with pytest.raises(ValueError, match="1 cells in a table of 2"):
        pdf.render(
            pdf.DOCUMENT, {"title": "x", "parts": [{"columns": [{"title": "a"}, {"title": "b"}], "lines": [["1"]]}]}
        )


def test_a_document_type_may_add_to_the_form():
    own = pdf.render(pdf.ROOT / "core" / "tests" / "own.typ", invoice(own="Timbre #1"))
    assert "Timbre #1" in text(pypdf.PdfReader(io.BytesIO(own)))


def test_a_template_outside_the_package_is_refused(tmp_path):
    own = tmp_path / "own.typ"
    own.write_text('#set document(title: "x")\n#read("/etc/hostname")')
    with pytest.raises(pdf.Unprintable, match="project root"):
        pdf.render(own, invoice())


def test_threads_print_at_once():
    def page(number):
        return text(pypdf.PdfReader(io.BytesIO(pdf.render(pdf.DOCUMENT, invoice(number=f"FV-{number}")))))

    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(page, range(1000, 1012)))
    assert [f"FV-{1000 + n}" in printed for n, printed in enumerate(pages)] == [True] * 12


def test_a_zip_is_made_piece_by_piece_under_safe_names():
    made = []

    def printed():
        for name in ("../FV/1.pdf", "FV-1.pdf", "fv-1.PDF", "..", "con:1.pdf"):
            made.append(name)
            yield name, pdf.render(pdf.DOCUMENT, invoice(1, number=name))

    pieces = zipped(printed())
    first = next(pieces)
    assert len(made) == 1
    with zipfile.ZipFile(io.BytesIO(first + b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["FV-1.pdf", "FV-1 (2).pdf", "fv-1 (3).PDF", "document", "con-1.pdf"]
        assert "fv-1.PDF" in text(pypdf.PdfReader(io.BytesIO(archive.read("fv-1 (3).PDF"))))


def test_a_table_fills_the_page_even_if_no_column_says_it_grows():
    columns = [{"title": "Cantidad", "align": "right"}, {"title": "Nombre"}, {"title": "Importe", "align": "right"}]
    page = read(invoice(parts=[{"columns": columns, "lines": [["1,00", "Ángulo", "$ 5,00"]]}])).pages[0]
    places = {}
    page.extract_text(visitor_text=lambda word, cm, tm, *_: places.setdefault(word.strip(), tm[4] + cm[4]))
    assert places["$ 5,00"] > 450


def test_importing_it_needs_no_settings():
    subprocess.run([sys.executable, "-c", "import atrio.core.pdf"], check=True, cwd=pdf.ROOT.parent)


def test_documents_are_set_in_the_sans_font_of_its_package():
    pytest.importorskip("fontpkg_fira_sans")
    fonts = {str(font["/BaseFont"]) for font in _fonts(read().pages[0])}
    assert {name.partition("+")[2] for name in fonts} == {"FiraSans-Regular", "FiraSans-SemiBold"}


def _fonts(page) -> list:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]
