"""Proof that a form was not sent by the thousand: some work for a browser, or a small question where no script runs.

The work is ALTCHA's (a number to be found by SHA-256). Challenges are signed, end, and work once (docs/security.md)."""

import base64
import binascii
import datetime as dt
import secrets
from dataclasses import dataclass

import altcha
import msgspec
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from . import tries
from .browsers import address_of

HARDEST = 30_000  # numbers to try at most: about a second of a telephone
LASTS = dt.timedelta(minutes=30)
SALT = "atrio.door.question"


class Solution(msgspec.Struct):
    """What a browser found."""

    algorithm: str
    challenge: str
    number: int
    salt: str
    signature: str


@dataclass(frozen=True)
class Challenge:
    """What a page shows: numbers for its script, words for who reads it."""

    challenge: str
    salt: str
    signature: str
    hardest: int
    question: str
    token: str


def _key() -> str:
    return salted_hmac("atrio.door.challenge", "altcha", algorithm="sha256").hexdigest()


def make() -> Challenge:
    expires = timezone.now() + LASTS
    asked = altcha.ChallengeOptionsV1(algorithm="SHA-256", max_number=HARDEST, hmac_key=_key(), expires=expires)
    work = altcha.create_challenge_v1(asked)
    one, two = secrets.randbelow(9), secrets.randbelow(9)
    words = _number_words()
    question = _("How much is %(one)s plus %(two)s?") % {"one": words[one], "two": words[two]}
    nonce = secrets.token_urlsafe(12)
    token = signing.dumps([nonce, _sealed(nonce, one + two + 2)], salt=SALT)
    return Challenge(work.challenge, work.salt, work.signature, HARDEST, question, token)


def _number_words() -> list[str]:
    return _("one two three four five six seven eight nine").split()


def _sealed(nonce: str, answer: int) -> str:
    return salted_hmac(SALT, f"{nonce} {answer}", algorithm="sha256").hexdigest()


def passed(request: HttpRequest) -> bool:
    """Whether what was sent proves it; a proof is used up by being looked at."""
    if work := request.POST.get("altcha", ""):
        return _is_solved(work)
    return _is_answered(request)


def _is_solved(work: str) -> bool:
    try:
        solution = msgspec.json.decode(base64.b64decode(work[:2000], validate=True), type=Solution)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return False
    right, _why = altcha.verify_solution_v1(msgspec.to_builtins(solution), _key())
    return right and _first_time(solution.challenge)


def _is_answered(request: HttpRequest) -> bool:
    """By words, and seldom: whoever has no script can answer, but so can a program."""
    answer, token = request.POST.get("answer", "").strip(), request.POST.get("question", "")
    try:
        nonce, sealed = signing.loads(token[:500], salt=SALT, max_age=LASTS)
        tries.count(tries.QUESTION, tries.place_of(address_of(request)))
    except (signing.BadSignature, tries.Locked):
        return False
    right = answer.isascii() and answer.isdigit() and constant_time_compare(sealed, _sealed(nonce, int(answer[:4])))
    return right and _first_time(nonce)


def _first_time(proof: str) -> bool:
    try:
        tries.count(tries.SOLUTION, proof)
    except tries.Locked:
        return False
    return True
