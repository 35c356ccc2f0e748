"""What pages say in a language, read from the catalogues that translators write; English is the source's own."""

from functools import cache

from atrio.config import messages
from atrio.testing.texts import English

CATALOGUES = {"es": "es", "pt-br": "pt_BR"}


@cache
def _catalogue(language: str):
    return messages.read(CATALOGUES[language])


@cache
def english_in(language: str) -> English:
    return English(_catalogue(language))


def in_language(language: str, text: str, *, context: str | None = None, **facts: object) -> str:
    """A text of the source as that language says it; of one that counts, the form for its count."""
    found = _catalogue(language).get(text, context) if language in CATALOGUES else None
    said = found.string if found and found.string else text
    if isinstance(said, tuple):
        said = said[0 if facts["count"] == 1 else 1]
    return said % facts if facts else said
