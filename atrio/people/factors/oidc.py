"""OpenID Connect, the code flow with PKCE: from a provider's answer to what it vouches for, or to nothing.

Every token's signature, issuer, audience, time and nonce are checked, also where TLS alone might do."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.crypto import constant_time_compare

from atrio.core.encryption import Unreadable, decrypt

from ..models import Session
from . import fetching
from .models import IdentityProvider

# Only of two keys: with one that both know, whoever has the client's secret could vouch for anybody.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 60  # seconds, for clocks that differ
STATES, MOST_STATES, LASTS = "sso.states", 5, 600
LONGEST_CODE = 4096


class NotVouchedFor(Exception):
    """The provider's answer is not what was asked for; the reason is for the log, never for the person."""


@dataclass(frozen=True)
class Vouched:
    """Whom a provider vouches for."""

    subject: str
    email: str
    verified: bool
    name: str


def discovered(issuer: str) -> dict[str, str]:
    """Where a provider's own description says that its doors are."""
    found = fetching.ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise NotVouchedFor("another issuer than the one that was asked")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        fetching.check(str(found.get(name, "")))
    return found


def callback_url(slug: str, provider: IdentityProvider) -> str:
    """Each provider has an address of its own: the answer of one is never taken for that of another."""
    return f"{settings.BASE_URL}/accounts/company/{slug}/{provider.pk}/callback/"


def begin(session: SessionBase, slug: str, provider: IdentityProvider, way_on: str, *, again: bool = False) -> str:
    """The address to send the person to; what its answer must match waits in the session.

    Whoever is in already and has to show `again` who it is, is asked there, too, whatever that provider remembers."""
    door = discovered(provider.issuer)["authorization_endpoint"]
    state, nonce, verifier = (secrets.token_urlsafe(32) for _one in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    waiting = {"provider": provider.pk, "nonce": nonce, "verifier": verifier, "next": way_on, "at": time.time()}
    waiting["again"] = again
    known = sorted(session.get(STATES, {}).items(), key=lambda one: one[1]["at"])[1 - MOST_STATES :]
    session[STATES] = dict(known) | {state: waiting}
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": callback_url(slug, provider),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    asked |= {"prompt": "login", "max_age": "0"} if again else {}
    return f"{door}{'&' if urlsplit(door).query else '?'}{urlencode(asked)}"


def taken(session: SessionBase, provider: IdentityProvider, state: str) -> dict[str, Any]:
    """What waited for this answer; it is used up, whatever comes of it."""
    with transaction.atomic():
        # As it is now and not as this request found it: of two that bring the same answer, one finds what waited.
        row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
        states = dict(row.get_decoded().get(STATES, {})) if row else {}
        waiting = states.pop(state, None)
        if waiting:
            session[STATES] = states
            session.save()
    if waiting is None or waiting["provider"] != provider.pk or time.time() - waiting["at"] > LASTS:
        raise NotVouchedFor("no such request waits here")
    return waiting


def finish(slug: str, provider: IdentityProvider, waiting: dict[str, Any], answer: dict[str, str]) -> Vouched:
    """Exchange the code, and read whom it stands for."""
    doors, code = discovered(provider.issuer), answer.get("code", "")
    if not code or len(code) > LONGEST_CODE:
        raise NotVouchedFor("no code")
    if answer.get("iss") and answer["iss"] != doors["issuer"]:
        raise NotVouchedFor("the answer of another provider")
    token = _exchanged(slug, provider, doors, code, waiting["verifier"])
    claims = _checked(provider, doors, str(token.get("id_token", "")))
    if not constant_time_compare(str(claims.get("nonce", "")), waiting["nonce"]):
        raise NotVouchedFor("another nonce")
    if waiting.get("again") and not _asked_since(waiting["at"] - LEEWAY, claims):
        raise NotVouchedFor("somebody who was there before, and was not asked again")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotVouchedFor("no subject")
    verified = claims.get("email_verified") in (True, "true")
    name = " ".join(str(claims.get("name") or "").split())[:120]
    return Vouched(subject, str(claims.get("email") or "").strip().lower(), verified, name)


def _asked_since(when: float, claims: dict[str, Any]) -> bool:
    """As far as the provider says when it asked: not all do, though OpenID Connect wants it where `max_age` is sent."""
    told = claims.get("auth_time", when)
    return isinstance(told, int | float) and told >= when


def _exchanged(slug: str, provider: IdentityProvider, doors: dict, code: str, verifier: str) -> dict:
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback_url(slug, provider),
        "code_verifier": verifier,
        "client_id": provider.client_id,
    }
    try:
        secret = decrypt(provider.secret)
    except Unreadable as problem:
        raise NotVouchedFor("the client's secret cannot be read") from problem
    headers, offered = {}, doors.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if secret and "client_secret_post" in offered:
        sent["client_secret"] = secret
    elif secret:
        both = urlencode({"": provider.client_id})[1:], urlencode({"": secret})[1:]
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(both).encode()).decode()}"
    return fetching.ask(doors["token_endpoint"], data=urlencode(sent), headers=headers)


def _checked(provider: IdentityProvider, doors: dict, token: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise NotVouchedFor("an algorithm that is not allowed")
        key = _key(fetching.ask(doors["jwks_uri"]), header.get("kid"), algorithm)
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=provider.client_id,
            issuer=doors["issuer"],
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as problem:
        raise NotVouchedFor(str(problem)) from problem
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", provider.client_id) != provider.client_id or (several and "azp" not in claims):
        raise NotVouchedFor("made for another client")
    return claims


def _key(known: dict, kid: str | None, algorithm: str):
    """The provider's key for this token."""
    usable = [one for one in known.get("keys", []) if one.get("use", "sig") == "sig" and one.get("kty") != "oct"]
    found = [one for one in usable if kid is None or one.get("kid") == kid]
    if len(found) != 1:
        raise NotVouchedFor("no such key")
    return jwt.PyJWK(found[0], algorithm=algorithm).key
