"""Secrets at rest are read by every key that is named, and written by the first."""

import pytest

from atrio.core.encryption import Unreadable, decrypt, encrypt, renewed


def test_what_is_kept_says_nothing_and_comes_back():
    kept = encrypt("s3cret ñ")
    assert "s3cret" not in kept and decrypt(kept) == "s3cret ñ"
    assert encrypt("s3cret ñ") != kept and encrypt("") == decrypt("") == ""


def test_a_key_is_replaced_while_both_are_named(settings):
    settings.ENCRYPTION_KEYS = ["old"]
    kept = encrypt("one")
    settings.ENCRYPTION_KEYS = ["new", "old"]
    again = renewed(kept)
    assert decrypt(kept) == decrypt(again) == "one"
    settings.ENCRYPTION_KEYS = ["new"]
    assert decrypt(again) == "one"
    with pytest.raises(Unreadable):
        decrypt(kept)


def test_without_keys_of_its_own_the_secret_key_serves(settings):
    settings.ENCRYPTION_KEYS, settings.SECRET_KEY = [], "one"
    kept = encrypt("x")
    settings.SECRET_KEY = "another"
    with pytest.raises(Unreadable):
        decrypt(kept)
