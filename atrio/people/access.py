"""From a signed-in person and an address to an actor, in one query."""

import json
from functools import lru_cache

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from atrio.core.actor import Actor, Audience, PortalFacts
from atrio.core.crossing import portal_facts
from atrio.core.formats import known_locale

from .models import Membership, User
from .sessions import SessionStore

WITHIN = "within"
SHIPPED = {"es": "es", "pt-br": "pt-br", "en": "en"}


def reach_of(session) -> int | None:
    """The one membership that the session opens, if a company's provider opened it; None where it opens all."""
    reach = session.get(WITHIN)
    return reach["membership"] if reach else None


def places_of(request: HttpRequest) -> list[dict]:
    """Every portal and partner that the person may enter in this session."""
    only = reach_of(request.session)
    return [place for place in portals_of(request.user.pk or 0) if only in (None, place["membership_id"])]


def portals_of(user_id: int) -> list[dict]:
    """Every portal and partner that a person may enter."""
    with connection.cursor() as cursor:
        cursor.execute("select slug, name, partner_name, membership_id from atrio_portals_of(%s)", [user_id])
        names = [c.name for c in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _asked(slug: str, user_id: int) -> dict | None:
    with connection.cursor() as cursor:
        cursor.execute("select atrio_enter(%s, %s)", [slug, user_id])
        row = cursor.fetchone()
    return json.loads(row[0]) if row and row[0] else None


def _placed(found: dict, user: User, chosen: int | None, origin: str, only: int | None = None) -> Actor | None:
    """In the place that was chosen, or the first; where a session reaches only one, in that or in none."""
    places = [p for p in found["memberships"] if only in (None, p["id"])]
    if not places:
        return None
    place = next((p for p in places if p["id"] == chosen), places[0])
    return actor_of(PortalFacts(**found["portal"]), place, user, origin, found)


def enter(slug: str, user: User, chosen: int | None = None, origin: str = "", only: int | None = None) -> Actor | None:
    """The person's actor in a portal, or None when there is no such portal for it."""
    found = _asked(slug, user.pk)
    return _placed(found, user, chosen, origin, only) if found else None


def admit(slug: str, session: SessionStore, origin: str = "") -> tuple[User, Actor] | None:
    """Who a session belongs to, and its actor in a portal, in one query; None leaves the question to Django.

    The same checks as Django's: a session made before the password changed is no longer anybody's."""
    found = session.enter(slug)
    if not found or not found["account"]:
        return None
    known, proof = found["account"], session.get(HASH_SESSION_KEY, "")
    if session.get(SESSION_KEY) != str(known["id"]):
        return None
    names = [f.attname for f in User._meta.concrete_fields if f.attname in known]
    user = User.from_db("default", names, [known[name] for name in names])
    if not constant_time_compare(proof, user.get_session_auth_hash()):
        return None
    actor = _placed(found, user, session.get(f"place:{slug}"), origin, reach_of(session))
    return (user, actor) if actor else None


def audiences_of(place: dict) -> frozenset[Audience]:
    if place["partner_id"] is None:
        return frozenset({Audience.STAFF})
    sides = {Audience.CUSTOMER: place["customer"], Audience.SUPPLIER: place["supplier"]}
    return frozenset(audience for audience, is_one in sides.items() if is_one)


def language_of(user: User, portal: PortalFacts) -> str:
    return SHIPPED.get(user.language or portal.language.lower().replace("_", "-"), "es")


def locale_of(user: User, portal: PortalFacts, language: str) -> str:
    if user.locale:
        return known_locale(user.locale)
    base = language.split("-")[0]
    country = {"pt": "BR", "en": "US"}.get(base, portal.country)
    return known_locale(f"{base}_{country}" if country else base)


@lru_cache(maxsize=1024)
def _permissions(names: tuple[str, ...]) -> frozenset[str]:
    """The same set for all of a role: much is kept by it."""
    return frozenset(names)


def actor_of(portal: PortalFacts, place: dict, user: User, origin: str = "", found: dict | None = None) -> Actor:
    language = language_of(user, portal)
    partner_id = place["partner_id"]
    return Actor(
        portal=portal,
        name=user.name or user.email,
        audiences=audiences_of(place),
        permissions=_permissions(tuple(place["permissions"])),
        user_id=user.pk,
        email=user.email,
        partner_ids=(partner_id,) if partner_id else (),
        related_ids=tuple(place.get("related") or ()),
        partner_name=place["partner_name"] or "",
        membership_id=place["id"],
        role_id=place.get("role_id"),
        language=language,
        locale=locale_of(user, portal, language),
        time_zone=user.time_zone or portal.time_zone,
        date_style=user.date_style,
        theme=user.theme,
        accent=user.accent,
        start_page=user.start_page,
        notices=user.notices,
        unread=place.get("unread") or 0,
        places=(found or {}).get("places") or 1,
        as_of=(found or {}).get("as_of") or {},
        origin=origin,
    )


def recipients(portal_id: int, partner_id: int | None) -> list[Actor]:
    """Everybody who could be told of a partner's document: the portal's staff and the partner's own people."""
    portal = portal_facts(portal_id)
    members = Membership.objects.filter(portal_id=portal_id, is_active=True, user__is_active=True)
    members = members.filter(partner_id=None) | members.filter(partner_id=partner_id)
    people = []
    for one in members.select_related("user", "role", "partner"):
        partner = one.partner
        place = {
            "id": one.pk,
            "partner_id": one.partner_id,
            "partner_name": partner.name if partner else "",
            "customer": bool(partner and partner.is_customer),
            "supplier": bool(partner and partner.is_supplier),
            "permissions": one.role.permissions,
        }
        people.append(actor_of(portal, place, one.user))
    return people
