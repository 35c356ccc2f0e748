"""Files that came by the web: kept in the storage until they are loaded, brought back to a folder to be read."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from atrio.core.actor import Actor
from atrio.core.files import safe_name
from atrio.core.scope import scope

from ..models import LoadRun, State
from .engine import Order
from .mapping import load_mapping
from .rows import Files
from .types import loadable, types_by_name


def runs_of(actor: Actor):
    """The loads that the actor may see: of types that it may load."""
    names = [kind.name for kind in loadable(actor)]
    return LoadRun.objects.filter(portal_id=actor.portal.id, doctype__in=names)


def folder_of(run: LoadRun) -> str:
    """Where a load's files are kept."""
    return f"loads/{run.portal_id}/{run.pk}"


def names_of(run: LoadRun) -> list[str]:
    """The files of a load."""
    return [name for name in (run.file, run.lines, run.mapping, *run.others) if name]


def keep(run: LoadRun, uploads: list[UploadedFile]) -> None:
    """Store what was sent: all of it, or nothing."""
    try:
        for upload in uploads:
            upload.seek(0)
            default_storage.save(f"{folder_of(run)}/{safe_name(upload.name or '')}", upload)
    except OSError:
        with suppress(OSError):
            remove(run)
        raise


def remove(run: LoadRun) -> None:
    """Take the load's files out of the storage."""
    for name in names_of(run):
        default_storage.delete(f"{folder_of(run)}/{name}")
    default_storage.delete(folder_of(run))  # on a disk, the empty folder


def is_kept(run: LoadRun) -> bool:
    """Whether the load can be done from what the storage has; one by command reads files of its own."""
    return run.cleared_at is None and default_storage.exists(f"{folder_of(run)}/{run.file}")


def clear_files(actor: Actor, before: dt.datetime) -> None:
    """Remove the files of loads that ended, or were never started, before a moment."""
    with scope(actor):
        runs = LoadRun.objects.filter(portal_id=actor.portal.id, cleared_at=None, started_at__lt=before)
        over = list(runs.exclude(state__in=(State.WAITING, State.RUNNING))[:1000])
    for run in over:
        remove(run)
        with scope(actor):
            mine = LoadRun.objects.filter(portal_id=actor.portal.id, pk=run.pk)
            mine.update(cleared_at=timezone.now())
            said = _("It was not started in time, and its files are removed. Send them again.")
            mine.filter(state=State.UPLOADED).update(state=State.FAILED, problem=said, finished_at=timezone.now())


def spread(folder: Path, uploads: list[UploadedFile]) -> None:
    """Write what was sent into a folder, to be read at once."""
    for upload in uploads:
        with (folder / safe_name(upload.name or "")).open("wb") as target:
            for chunk in upload.chunks():
                target.write(chunk)


@contextmanager
def brought(run: LoadRun) -> Iterator[Order]:
    """The order of a load whose files are in the storage, readable while the context lasts."""
    with tempfile.TemporaryDirectory(prefix="atrio-load-") as name:
        folder = Path(name)
        for one in names_of(run):
            with default_storage.open(f"{folder_of(run)}/{one}") as source, (folder / one).open("wb") as target:
                shutil.copyfileobj(source, target)
        yield order_in(folder, run)


def order_in(folder: Path, run: LoadRun) -> Order:
    """The order of a load whose files are in a folder."""
    return Order(
        kind=types_by_name()[run.doctype],
        files=Files(folder / run.file, folder / run.lines if run.lines else None),
        mapping=load_mapping(folder / run.mapping) if run.mapping else None,
        skip_bad=run.skip_bad,
    )
