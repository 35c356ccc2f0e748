import io
import zipfile

import pytest
from django.core.exceptions import ValidationError

from atrio.core import files
from atrio.core.scope import scope
from atrio.testing.world import make

PDF = b"%PDF-1.7 ..."


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    "name, data, kind",
    [
        ("x.exe", PDF, "application/pdf"),
        ("x.pdf", b"\x89PNG\r\n\x1a\n...", "image/png"),
        ("x", b"<?xml version='1.0'?><Invoice/>", "application/xml"),
        ("x.xlsx", zipped(**{"xl__workbook.xml": b"<a/>"}), files.SHEET),
        ("x.zip", zipped(a=b"1"), "application/zip"),
        ("x.csv", b"a;b\n1;2", "text/csv"),
    ],
)
def test_a_type_is_known_by_content(name, data, kind):
    assert files.sniff(name, data) == kind


@pytest.mark.parametrize(
    "name, data",
    [
        ("x.pdf", b"MZ\x90\x00"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
        ("x.xml", b"<?xml version='1.0'?><html><script>alert(1)</script></html>"),
        ("x.html", b"<!doctype html><p>"),
        ("x.csv", b"a\x00b"),
        ("x.zip", b"PK\x03\x04broken"),
    ],
)
def test_what_could_run_in_a_browser_or_is_unknown_is_refused(name, data):
    with pytest.raises(ValidationError):
        files.check(name, data)


@pytest.mark.parametrize(
    "name, safe",
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\factura.pdf", "factura.pdf"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie x"),
        ("\u202egnp.exe", "gnp.exe"),
        ("...", "file"),
        ("ñandú 1.pdf", "ñandú 1.pdf"),
    ],
)
def test_a_name_is_only_a_name(name, safe):
    assert files.safe_name(name) == safe


def test_a_file_too_large_is_refused(settings):
    settings.FILE_LIMIT = 10
    with pytest.raises(ValidationError, match="MB"):
        files.check("x.pdf", PDF)


def test_equal_bytes_are_kept_once_and_served_sandboxed(world, as_, settings):
    from atrio.core.doctypes import document_type

    kind = document_type("sales_invoices")
    docs = [make(world, kind, f"F-{n}") for n in range(2)]
    with scope(world.system()):
        kept = [files.keep(world.system(), doc, "a.pdf", PDF) for doc in docs]
    assert kept[0].sha256 == kept[1].sha256
    response = as_("ana").get(f"/acme/sales_invoices/{docs[0].pk}/files/{kept[0].pk}/")
    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    other = as_("ana").get(f"/acme/sales_invoices/{docs[0].pk}/files/{kept[1].pk}/")
    assert other.status_code == 404, "a file is served with its own document only"


def test_an_upload_that_is_refused_is_said_and_not_kept(world, as_):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from atrio.core.doctypes import document_type
    from atrio.core.models import File

    doc = make(world, document_type("sales_invoices"), "F-9")
    sent = {"file": SimpleUploadedFile("x.pdf", b"MZ\x90\x00")}
    response = as_("ana").post(f"/acme/sales_invoices/{doc.pk}/files/", sent)
    assert response.status_code == 422
    assert "x.pdf" in response.content.decode()
    with scope(world.system()):
        assert not File.objects.exists()
