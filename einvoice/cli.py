"""`atrio einvoice FILE…`, or `python -m einvoice`: one JSON object for each file, on a line of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import DEFAULT, Limits, NotRead

LANGUAGES = ("en", "es", "pt_BR")
STDIN = "-"
_DESCRIPTION = "Read electronic invoices and say what is wrong with them: one JSON object for each file, one line each."
_EPILOG = (
    "Reads UBL (EN 16931, Peppol, DIAN, SUNAT), CII, Factur-X and ZUGFeRD (also in a PDF), CFDI, NF-e and DTE, and a "
    "ZIP with one of them. Exit code: 0 if every file was read, with findings or without; 2 if one was refused, whose "
    "object then has `error` with `code` and `sentence`."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, a folder (all files in it), or - for stdin")
    parser.add_argument("--lang", default="en", type=_language, help="language of sentences: en, es or pt_BR (en)")
    parser.add_argument("--pretty", action="store_true", help="indent the JSON over several lines")
    parser.add_argument(
        "--check", action=argparse.BooleanOptionalAction, default=True, help="look for what is wrong (the usual)"
    )
    parser.add_argument(
        "--render", choices=("html", "pdf"), help="instead of JSON, write the one document as people read it"
    )
    parser.add_argument("--limit", type=_megabytes, default=DEFAULT.size, metavar="MB", help="largest file taken (10)")
    parser.add_argument("--technical-key", metavar="KEY", help="DIAN: of the numbering range, to recompute the CUFE")
    parser.add_argument("--software-pin", metavar="PIN", help="DIAN: of the software, to recompute the CUDE")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="atrio einvoice")
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """0 when all were read, 2 when any was refused."""
    try:
        return _rendered(options) if options.render else _listed(options)
    except BrokenPipeError:
        # Whoever read us has enough; what is left in the buffer must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _listed(options: argparse.Namespace) -> int:
    refused = False
    for name in _files(options.files):
        told = told_of(name, options)
        refused = refused or "error" in told
        indent = 2 if options.pretty else None
        text = json.dumps(told, ensure_ascii=False, indent=indent)
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()
    return 2 if refused else 0


def told_of(name: str, options: argparse.Namespace) -> dict[str, object]:
    """What is said of one file."""
    from .checks import Secrets, check  # reason: --help and a refused file need none of it
    from .facts import facts
    from .intake import read

    try:
        document = read(_content(name, options.limit), Limits(size=options.limit))
    except NotRead as refusal:
        return {"file": name, "error": _error(refusal, options.lang)}
    told: dict[str, object] = {"file": name} | facts(document)
    found = check(document, Secrets(options.technical_key, options.software_pin)) if options.check else []
    told["findings"] = [
        {
            "code": one.code,
            "severity": one.severity.value,
            "message": one.message(options.lang),
            "where": one.where or None,
        }
        for one in found
    ]
    return told


def _rendered(options: argparse.Namespace) -> int:
    """One document to the screen of people; errors go where they do not mix with it."""
    from .checks import Secrets, check  # reason: as above
    from .intake import read
    from .render import render

    names = list(_files(options.files))
    if len(names) != 1:
        sys.stderr.write("atrio einvoice: --render takes exactly one file.\n")
        return 2
    try:
        document = read(_content(names[0], options.limit), Limits(size=options.limit))
    except NotRead as refusal:
        text = json.dumps({"file": names[0], "error": _error(refusal, options.lang)}, ensure_ascii=False)
        sys.stderr.write(text + "\n")
        return 2
    found = check(document, Secrets(options.technical_key, options.software_pin)) if options.check else []
    page = render(document, options.lang, "pdf" if options.render == "pdf" else "page", found)
    sys.stdout.buffer.write(page.encode() + b"\n" if isinstance(page, str) else page)
    sys.stdout.buffer.flush()
    return 0


def _error(refusal: NotRead, language: str) -> dict[str, str]:
    from .texts import sentence  # reason: as above

    return {"code": refusal.code, "sentence": sentence(refusal.code, refusal.facts, language)}


def _files(names: Iterable[str]) -> Iterator[str]:
    """Each file as it was named; of a folder all its files, in the order of their names."""
    for name in names:
        if name == STDIN or not Path(name).is_dir():
            yield name
            continue
        below = (Path(folder) / file for folder, _folders, files in os.walk(name) for file in files)
        yield from (str(file) for file in sorted(below) if not file.name.startswith("."))


def _content(name: str, limit: int) -> bytes:
    """No more of a file is read than what shows that it is too large."""
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(limit + 1)
        with Path(name).open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as trouble:
        reason = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble)
        raise NotRead("no_file", reason=reason) from trouble


def _language(text: str) -> str:
    place = text.replace("-", "_").lower()
    for language in LANGUAGES:
        if place in (language.lower(), language[:2].lower()) or place.startswith(f"{language[:2]}_"):
            return language
    raise argparse.ArgumentTypeError(f"'{text}' is none of {', '.join(LANGUAGES)}")


def _megabytes(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 1024:
        return int(text) * 2**20
    raise argparse.ArgumentTypeError(f"'{text}' is not a number of megabytes between 1 and 1024")
