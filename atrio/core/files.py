"""Files of documents: sniffed, bounded, stored once under the hash of their bytes, served only with their document."""

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.base import File as StoredFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from . import events
from .about import side_of
from .actions import NotNow
from .actor import Actor
from .models import File

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SIGNS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
TEXTS = {".csv": "text/csv", ".txt": "text/plain"}
INLINE = {"application/pdf", "image/png", "image/jpeg"}


class StorageFails(NotNow):
    """The bytes of a file cannot be written or read now (503)."""

    status = 503


def _zip_type(data: bytes) -> str:
    try:
        names = zipfile.ZipFile(BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return ""
    if "xl/workbook.xml" in names:
        return SHEET
    return WORD if "word/document.xml" in names else "application/zip"


def sniff(name: str, data: bytes) -> str:
    """The type by content, never by what the sender says; empty when it is not one that we keep."""
    for sign, kind in SIGNS:
        if data.startswith(sign):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _zip_type(data)
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    if head.startswith(b"<?xml") or (head.startswith(b"<") and re.match(rb"<[A-Za-z_][\w:.-]*[\s>/]", head)):
        lowered = data[:2000].lower()
        return "" if b"<html" in lowered or b"<svg" in lowered or b"<script" in lowered else "application/xml"
    suffix = PurePath(name).suffix.lower()
    return TEXTS.get(suffix, "") if b"\x00" not in data else ""


def safe_name(name: str) -> str:
    """A name that is only a name: no folders, no control characters, no leading dots."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f\"<>|:*?\u202a-\u202e\u2066-\u2069]", "", last).strip(" .")[-180:] or "file"


def path_of(portal_id: int, sha256: str) -> str:
    return f"{portal_id}/{sha256[:2]}/{sha256}"


def check(name: str, data: bytes) -> str:
    """The file's type; refused in words when it is too large, of another kind, or the scanner objects."""
    if not data:
        raise ValidationError(_("The file is empty."), code="empty")
    if len(data) > settings.FILE_LIMIT:
        limit = settings.FILE_LIMIT // 2**20
        raise ValidationError(_("The file is larger than %(limit)s MB."), code="size", params={"limit": limit})
    kind = sniff(name, data)
    if not kind:
        raise ValidationError(_("Send a PDF, an XML, a sheet, a text, an image or a ZIP."), code="type")
    if settings.FILE_SCANNER and (problem := import_string(settings.FILE_SCANNER)(data)):
        raise ValidationError(_("The file was refused: %(problem)s"), code="scan", params={"problem": problem})
    return kind


def keep(actor: Actor, doc, name: str, data: bytes, *, internal: bool = False, role: str = "attachment") -> File:
    """Store the bytes (once for equal bytes) and hang them on the document."""
    kind = check(name, data)
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(actor.portal.id, sha256)
    with connection.cursor() as cursor:  # whoever sweeps out what no row names waits for our row
        cursor.execute("select pg_advisory_xact_lock_shared(hashtext('files'), %s)", [actor.portal.id])
    try:
        if not default_storage.exists(path):
            default_storage.save(path, ContentFile(data))
    except OSError as problem:
        said = _("The file could not be kept: the storage does not answer, or is full. Try again later.")
        raise StorageFails(said, {"attachments": said}) from problem
    return File.objects.create(
        **side_of(actor, doc, internal=internal),
        name=safe_name(name),
        content_type=kind,
        size=len(data),
        sha256=sha256,
        role=role,
        author=actor.name,
    )


def attach(actor: Actor, doc, uploads: Iterable) -> None:
    """Hang the files of a form on the document; an XML also travels inside its PDF."""
    for upload in uploads:
        upload.seek(0)  # the whole action may be done once more
        data = upload.read()
        role = "xml" if sniff(upload.name, data) == "application/xml" else "attachment"
        kept = keep(actor, doc, upload.name, data, role=role)
        events.record(actor, doc, "file", {"text": kept.name})


def open_file(file: File) -> StoredFile:
    with reading(file.name):
        return default_storage.open(path_of(file.portal_id, file.sha256))


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say in words that the storage does not give what it was given."""
    try:
        yield
    except OSError as problem:
        said = _("“%(name)s” cannot be read now: the storage does not answer. Try again later.")
        raise StorageFails(said % {"name": name}) from problem


def of_document(actor: Actor, doc, role: str | None = None) -> Iterator[File]:
    found = File.objects.filter(portal_id=actor.portal.id, doctype=doc._meta.app_label, document_id=doc.pk)
    found = found.filter(role=role) if role else found
    for file in found.order_by("pk"):
        mine = file.side_partner_id is None if actor.is_staff else file.side_partner_id in actor.partner_ids
        if not file.internal or mine:
            yield file
