"""Gathers the texts people read, checks that each is translated, and compiles the translations."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from atrio.config.problem import Problem

PACKAGE = Path(__file__).resolve().parents[1]
LOCALE = PACKAGE / "locale"
HEADER: dict = {
    "project": "atrio",
    "version": "1",
    "header_comment": "# Texts of Atrio; written by `atrio messages`.",
    "copyright_holder": "Atrio",
    "last_translator": "Atrio",
    "language_team": "Atrio",
    "charset": "utf-8",
    "fuzzy": False,
}
# English is the language of the source.
LANGUAGES = ("es", "pt_BR")
SKIPPED = {"tests", "testing", "node_modules", "vendor", "migrations"}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS: dict = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def update() -> list[str]:
    """Write every text of the source into the catalogues, keeping the translations; name the files that changed."""
    changed = []
    for language in LANGUAGES:
        catalog, file = read(language), _file(language)
        before = {_key(message) for message in catalog if message.id}
        found = _extracted()
        if file.is_file() and before == {_key(message) for message in found if message.id}:
            continue
        catalog.update(found, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as output:
            write_po(output, catalog, width=120, include_lineno=False, sort_by_file=True)
        changed.append(str(file.relative_to(PACKAGE.parent)))
    return changed


def check() -> None:
    """Refuse a text that a language lacks, leaves empty or breaks."""
    source = _extracted()
    problems = [line for language in LANGUAGES for line in _problems(language, source)]
    if problems:
        shown = "\n  ".join(problems[:50])
        raise Problem(f"{len(problems)} texts are not translated (`atrio messages` gathers them):\n  {shown}")


def compile_all(into: Path | None = None) -> None:
    """Compile the catalogues that changed, beside them or in another folder, without any program of the system."""
    for file in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        compiled = (into / file.relative_to(LOCALE) if into else file).with_suffix(".mo")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        if compiled.is_file() and compiled.stat().st_mtime >= file.stat().st_mtime:
            continue
        with file.open("rb") as source, compiled.open("wb") as output:
            write_mo(output, read_po(source, locale=file.parents[1].name))


def _extracted() -> Catalog:
    catalog = Catalog(**HEADER)
    options = {"jinja2": {"silent": "false", "trimmed": "true"}}
    found = extract_from_dir(
        PACKAGE,
        method_map=METHODS,
        options_map={pattern: options.get(method, {}) for pattern, method in METHODS},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        directory_filter=lambda folder: Path(folder).name not in SKIPPED,
    )
    for file, line, text, comments, context in sorted(found, key=lambda row: (row[0], row[1])):
        catalog.add(text, None, [(f"atrio/{file}", line)], auto_comments=comments, context=context)
    return catalog


def _problems(language: str, source: Catalog) -> Iterator[str]:
    translated = read(language)
    for wanted in source:
        if not wanted.id:
            continue
        found = translated.get(wanted.id, wanted.context)
        place = wanted.locations[0][0] if wanted.locations else ""
        if found is None or not _complete(found):
            yield f"{language}: {wanted.id!r} ({place})"
        elif found.fuzzy:
            yield f"{language}: {wanted.id!r} is marked as unsure ({place})"
        elif isinstance(found.id, tuple) and len(set(found.string or ())) == 1:
            yield f"{language}: {wanted.id!r} says one and many alike ({place})"
        else:
            yield from (f"{language}: {wanted.id!r}: {error} ({place})" for error in found.check(translated))


def _complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(strings) and all(strings)


def _key(message: Message) -> tuple:
    return (message.id, message.context, tuple(sorted({place for place, _ in message.locations})))


def read(language: str) -> Catalog:
    file = _file(language)
    if not file.is_file():
        return Catalog(locale=language, **HEADER)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def _file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"
