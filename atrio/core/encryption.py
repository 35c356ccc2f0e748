"""Secrets at rest: a password that the portal must say to another server is kept encrypted.

Fernet (AES-128-CBC with HMAC-SHA256). The first of the keys encrypts, all of them decrypt, so that a key can be
replaced while the portal works (docs/operations.md)."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """None of the keys fits: the secret has to be typed again."""


def _keys() -> MultiFernet:
    words = settings.ENCRYPTION_KEYS or [settings.SECRET_KEY]
    digests = (hashlib.sha256(b"atrio secrets at rest " + word.encode()).digest() for word in words)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def encrypt(text: str) -> str:
    return _keys().encrypt(text.encode()).decode() if text else ""


def decrypt(kept: str) -> str:
    try:
        return _keys().decrypt(kept.encode()).decode() if kept else ""
    except InvalidToken as problem:
        raise Unreadable from problem


def renewed(kept: str) -> str:
    """The same secret under the first key."""
    return encrypt(decrypt(kept))
