"""One rule for what is found by typing: case, accents, punctuation and leading zeros do not matter."""

import re
import unicodedata
from collections.abc import Iterable

MANY = 24  # tokens of one row: enough for number, external id and a name, and a bound on hostile text
SHORTEST_TAIL = 3

_APART = re.compile(r"[\W_]+")
_WORD = re.compile(r"[0-9]+|[^\W\d_]+|\w+")
_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def plain(text: str) -> str:
    """Lower case without accents, the form in which everything is compared."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_SPECIAL)


def words(text: str) -> list[str]:
    return [w for w in _APART.split(plain(text)) if w]


def number_tokens(number: str) -> set[str]:
    """Every form in which a person may type a document number: whole, its parts, without zeros, its tail."""
    parts = words(number)
    compact = "".join(parts)[:40]
    found = {compact}
    for part in _WORD.findall(" ".join(parts)):
        found.add(part[:40])
        if part.isdigit():
            found.add(part.lstrip("0")[:40] or "0")
    # A prefix search over all tails of a number is a search for any part of it.
    tails = {compact[i:] for i in range(1, len(compact) - SHORTEST_TAIL + 1)}
    return found | tails


def tokens(portal_id: int, *, numbers: Iterable[str] = (), texts: Iterable[str] = ()) -> list[str]:
    """Lexemes of a row; each starts with its portal, so that one index serves all portals and mixes none."""
    found: list[str] = []
    for text in texts:
        found += words(text or "")[:MANY]
    bounded = dict.fromkeys(found[:MANY])
    for number in numbers:
        bounded.update(dict.fromkeys(sorted(number_tokens(number or ""))))
    prefix = f"{portal_id}."
    return [prefix + token[:60] for token in bounded if token]


def query(portal_id: int, typed: str) -> str:
    """A tsquery in which every typed word must begin some token; empty when nothing searchable was typed."""
    parts = []
    for word in words(typed)[:8]:
        forms = {word}
        if word.isdigit() and word.lstrip("0"):
            forms.add(word.lstrip("0"))
        parts.append("(" + "|".join(f"'{portal_id}.{form[:60]}':*" for form in sorted(forms)) + ")")
    return "&".join(parts)
