"""Stored files that are whole or not there: no kill and no full disk leaves half of one under its name."""

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage

PARTS = ".parts"
ABANDONED = 24 * 3600  # seconds


class WholeFiles(FileSystemStorage):
    """Written beside its place and moved there when the disk has all of it."""

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=self._parts())
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                Path(part).chmod(self.file_permissions_mode)
            Path(part).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(part).unlink()
            raise
        _sync(target.parent)
        return name.replace("\\", "/")

    def _parts(self) -> Path:
        folder = Path(self.location) / PARTS
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def probe(self) -> None:
        """Write a little and take it away again; raises OSError when the storage takes nothing."""
        with tempfile.NamedTemporaryFile(dir=self._parts()) as file:
            file.write(b"atrio")
            file.flush()

    def sweep_parts(self) -> None:
        """Delete what killed processes had begun to write."""
        for part in self._parts().iterdir():
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < time.time() - ABANDONED:
                    part.unlink()


def _sync(folder: Path) -> None:
    """Make the new name in a folder as lasting as the file itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
