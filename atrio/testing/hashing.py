"""Passwords of tests: hashed as everywhere, but in one round instead of a million."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

FEW_ROUNDS = ["atrio.testing.hashing.FewRounds"]


class FewRounds(PBKDF2PasswordHasher):
    iterations = 1
