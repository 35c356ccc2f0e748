"""Keys: made once, shown once, kept only as a hash; from a request's header to the actor that it stands for."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
import secrets
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from atrio.core.actor import STAFF, Actor, PortalFacts
from atrio.core.events import Cursor

from ..models import ApiKey
from .envelope import Problem
from .scopes import permissions

WRITTEN = re.compile(r"Bearer atrio_([a-z0-9]{10})_([0-9a-f]{64})", re.ASCII)
CHALLENGE = 'Bearer realm="Atrio"'
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# The count of a key's calls may be lost by a crash, so that no call waits for the disk because of it.
ENTER = "select set_config('synchronous_commit', 'off', true), atrio_api_enter(%s, %s, %s)"


@dataclass(frozen=True)
class Key:
    """What a request needs to know of the key that it came with."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[str]
    rate: int
    expires_at: str | None
    acknowledged: Cursor

    def allows(self, name: str, verb: str) -> bool:
        return f"{name}:{verb}" in self.scopes

    def names(self, verb: str) -> list[str]:
        """The types for which the key has a verb."""
        return sorted(scope.partition(":")[0] for scope in self.scopes if scope.endswith(f":{verb}"))


def make(
    actor: Actor, name: str, scopes: list[str], *, expires_at: dt.datetime | None = None, rate: int = 600
) -> tuple[ApiKey, str]:
    """A new key of the actor's portal, and the text that opens the door: nobody can read it a second time."""
    prefix = "".join(secrets.choice(LETTERS) for _letter in range(10))
    secret = secrets.token_hex(32)
    key = ApiKey.objects.create(
        portal_id=actor.portal.id,
        name=name,
        prefix=prefix,
        digest=digest(secret),
        scopes=sorted(scopes),
        rate=rate,
        tokens=rate,
        expires_at=expires_at,
        created_by=actor.name[:120],
        made_by_id=actor.user_id,
    )
    return key, f"atrio_{prefix}_{secret}"


def digest(secret: str) -> str:
    """A plain hash is enough: the secret is 256 random bits, which nobody guesses however fast the hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def admit(request: HttpRequest, slug: str) -> tuple[Key, Actor]:
    """The key of a request and its actor; whoever has none learns nothing, not even whether the portal exists."""
    written = WRITTEN.fullmatch(request.headers.get("Authorization", ""))
    found = _asked(slug, written[1], digest(written[2])) if written else None
    if found is None:
        message = _("Send a key of this portal: “Authorization: Bearer atrio_…”.")
        raise Problem(401, "not_authenticated", message, headers={"WWW-Authenticate": CHALLENGE})
    if found["stopped"]:
        message = _("Whoever made this key works here no more. An administrator has to take it over.")
        raise Problem(401, "key_stopped", message, headers={"WWW-Authenticate": CHALLENGE})
    if found["had"] < 1:
        seconds = math.ceil((1 - found["had"]) * 60 / found["rate"])
        message = _("Too many requests: this key may make %(rate)s a minute.") % {"rate": found["rate"]}
        raise Problem(429, "too_many_requests", message, headers={"Retry-After": str(seconds)})
    key = Key(
        id=found["id"],
        name=found["name"],
        prefix=found["prefix"],
        scopes=frozenset(found["scopes"]),
        rate=found["rate"],
        expires_at=found["expires_at"],
        acknowledged=Cursor(found["feed_transaction"], found["feed_event"]),
    )
    return key, _actor_of(PortalFacts(**found["portal"]), key, request.META.get("REMOTE_ADDR", ""))


def _asked(slug: str, prefix: str, hashed: str) -> dict | None:
    with connection.cursor() as cursor:
        cursor.execute(ENTER, [slug, prefix, hashed])
        row = cursor.fetchone()
    return json.loads(row[1]) if row and row[1] else None


def _actor_of(portal: PortalFacts, key: Key, address: str) -> Actor:
    """The portal's own side, with what the scopes allow; numbers are read as programs write them."""
    return Actor(
        portal=portal,
        name=key.name,
        audiences=frozenset({STAFF}),
        permissions=permissions(key.scopes),
        language=portal.language.lower().replace("_", "-"),
        locale="en_US",
        date_style="iso",
        time_zone=portal.time_zone,
        origin=f"api {key.prefix} {address}"[:60],
    )
