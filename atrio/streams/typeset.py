"""Typst: short documents in the thread that asks, long ones in a process that gives its memory back when it ends.

Typst remembers the last ten documents, which makes the next one fast; ten statements of three thousand lines would be
four gigabytes."""

import json
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, cast

import typst

PACKAGES = Path(__file__).resolve().parents[2]
PATIENCE = 20  # seconds for a long document
# Made for the archive (PDF/A-3) and for screen readers (PDF/UA) at once.
STANDARDS: list[Literal["a-3b", "ua-1"]] = ["a-3b", "ua-1"]


class Unprintable(Exception):
    """Typst refuses the document: its template or its data has a fault, or a picture or a letter of it."""


class TooLong(Unprintable):
    """Typst may not find an end: asking again in another way would only take as long again."""


def _sans() -> list[Path]:
    """The folder of Fira Sans, a package of fonts only; without it documents are set in the serif that Typst brings."""
    found = find_spec("fontpkg_fira_sans")
    return [Path(place) / "files" for place in found.submodule_search_locations or ()] if found else []


# Only fonts of packages that we install: the same page on every machine. Threads may share them.
FONTS = typst.Fonts(include_system_fonts=False, font_paths=_sans())
# A compiler that was used keeps the templates parsed, but refuses a second thread.
_mine = threading.local()
_one_long = threading.Lock()


def typeset(template: Path, root: Path, inputs: dict[str, str]) -> bytes:
    """The PDF of one document, which reads the inputs as texts and files only below the root."""
    mine, name = vars(_mine), str(template)
    try:
        if name not in mine:
            mine[name] = typst.Compiler(template, root=root, font_paths=FONTS)
        return cast(bytes, mine[name].compile(sys_inputs=inputs, pdf_standards=STANDARDS))
    except RuntimeError as refusal:
        raise Unprintable(str(refusal)) from refusal
    except BaseException as panic:
        # A Rust panic comes as a BaseException that would take the worker's thread along; its class cannot be imported.
        if type(panic).__name__ != "PanicException":
            raise
        mine.clear()
        raise Unprintable(str(panic)) from panic


def typeset_apart(template: Path, root: Path, inputs: dict[str, str]) -> bytes:
    """The same in a process of its own: for what is long, one at a time."""
    asked = json.dumps([str(template), str(root), inputs]).encode()
    words = [sys.executable, "-m", "atrio.streams.typeset"]
    try:
        with _one_long:
            done = subprocess.run(words, input=asked, capture_output=True, cwd=PACKAGES, timeout=PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired as late:
        raise TooLong(f"not printed in {PATIENCE} seconds") from late
    if done.returncode:
        raise Unprintable(done.stderr.decode(errors="replace")[-1000:])
    return done.stdout


if __name__ == "__main__":
    asked_template, asked_root, given = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(typeset(Path(asked_template), Path(asked_root), given))
