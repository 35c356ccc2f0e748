"""All that is wrong with a file: the first of it for the page, the whole as a CSV to mend the file by."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext

from atrio.core.cells import sheet_value

from .rows import Problem

SHOWN = 50
MOST = 200_000
HEADINGS = ("file", "line", "column", "value", "code", "reason")


def _keepable(value):
    """The database keeps no NUL, and what is wrong with a value may be just that it has one."""
    return value.replace("\0", "�") if isinstance(value, str) else value


class Problems:
    """Collects problems as they come, on disk; `documents` counts the rows or documents that are bad."""

    def __init__(self) -> None:
        self.documents = 0
        self.count = 0
        self.first: list[dict] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the context ends)
        self._text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._writer.writerow(HEADINGS)

    def __enter__(self) -> Problems:
        return self

    def __exit__(self, *_unused) -> None:
        self._text.close()

    def add(self, problems: Iterable[Problem]) -> None:
        """All that is wrong with one document."""
        self.documents += 1
        for problem in problems:
            self.count += 1
            said = problem.reason.sentence(gettext)
            if len(self.first) < SHOWN:
                place = f"{problem.file}: " if problem.file else ""
                shown = {"line": problem.line, "column": place + problem.column, "value": problem.value, "reason": said}
                self.first.append({name: _keepable(value) for name, value in shown.items()})
            if self.count <= MOST:
                values = (problem.file, problem.line, problem.column, problem.value, problem.reason.code, said)
                self._writer.writerow(sheet_value(value, None) for value in values)

    def keep(self, name: str) -> str:
        """Store the CSV; the name that it got."""
        if not self.count:
            return ""
        self._file.seek(0)
        return default_storage.save(name, File(self._file))
