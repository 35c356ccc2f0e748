"""What the checks of several tax offices share: the facts of a document by their short names, seals, test systems."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator

from ..finding import Finding, warning
from ..model import Document

_SEAL_BYTES = (128, 256, 384, 512)  # RSA of 1024 bits, as until 2013, and above


def named(document: Document, group: str = "") -> dict[str, str]:
    """The facts that a reader kept for the checks, by the last part of the source's name; of one group or of all."""
    found: dict[str, str] = {}
    for name, value in document.fiscal.facts:
        if value and name.startswith(group):
            found.setdefault(name.rpartition("/")[2], value.strip())
    return found


def is_seal(text: str) -> bool:
    """Base64 of a signature's length; whether it holds, nobody can say without the certificate's chain."""
    try:
        return len(b64decode("".join(text.split()), validate=True)) in _SEAL_BYTES
    except (binascii.Error, ValueError):
        return False


def test_system(document: Document) -> Iterator[Finding]:
    if document.fiscal.environment == "2":
        yield warning("test_environment", "environment", document.path_of("environment"))
