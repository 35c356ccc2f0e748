"""Making a portal with its built-in roles, and giving people a place in it."""

import re
import unicodedata

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from atrio.core.actions import NotNow
from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.models import Portal
from atrio.core.scope import scope
from atrio.partners.models import Partner

from ..accounts import with_email
from ..models import Membership, Role, User
from ..roles import make_built_in

LONGEST = 40
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# Letters of Latin alphabets that Unicode does not take apart.
WHOLE = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"})


def make_portal(
    slug: str, name: str, *, currency: str, country: str, language: str, time_zone: str, **facts: object
) -> PortalFacts:
    """A new portal with its built-in roles, and nobody in it yet; a taken or reserved address is refused."""
    portal = open_portal(slug, name, currency=currency, country=country, language=language, time_zone=time_zone)
    with scope(Actor.system(portal)):
        Portal.objects.filter(pk=portal.id).update(**facts)
        make_built_in(portal.id)
    return known(slug)


def open_portal(slug: str, name: str, *, currency: str, country: str, language: str, time_zone: str) -> PortalFacts:
    """The row of a new portal, and nothing else of it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('make portal'))")
        if problem := objection(slug):
            raise NotNow(problem)
        values = [slug, name, currency, country, language, time_zone]
        cursor.execute("select atrio_make_portal(%s, %s, %s, %s, %s, %s)", values)
    return known(slug)


def objection(slug: str) -> str:
    """Why no portal can be opened under an address; nothing if one can."""
    if not SLUG.fullmatch(slug) or slug in settings.RESERVED_SLUGS:
        return _("“%(slug)s” cannot be a portal's address.") % {"slug": slug}
    return _("The address “%(slug)s” is taken.") % {"slug": slug} if _taken(slug) else ""


def _taken(slug: str) -> bool:
    """Also by a portal that is closed for now."""
    with connection.cursor() as cursor:
        cursor.execute("select atrio_slug_taken(%s)", [slug])
        return cursor.fetchone()[0]


def slug_of(name: str) -> str:
    """An address made of a name: accents are folded, what is of no Latin alphabet is left out."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(WHOLE))
    ascii_only = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:LONGEST].strip("-")


def free_slug(wanted: str) -> str:
    """The nearest address that nobody has; empty where there is nothing to start from."""
    base = slug_of(wanted)[: LONGEST - 3].strip("-")
    tried = (base, *(f"{base}-{n}" for n in range(2, 30))) if base else ()
    return next((slug for slug in tried if not objection(slug)), "")


def known(slug: str) -> PortalFacts:
    portal = portal_by_slug(slug)
    if portal is None:
        raise LookupError(f"no portal {slug}")
    return portal


def account(email: str, name: str, **preferences: str) -> User:
    """The person's account, new and without a password where there is none yet."""
    return with_email(email) or User.objects.create_user(email, None, name=name, **preferences)


def join(portal: PortalFacts, user: User, role: str, partner: Partner | None = None) -> Membership:
    """A place on the portal's staff, or with one of its partners; within the portal's scope."""
    audience = "partner" if partner else "staff"
    known = Role.objects.get(portal_id=portal.id, audience=audience, name=role)
    place, _fresh = Membership.objects.get_or_create(
        portal_id=portal.id, user=user, partner=partner, defaults={"role": known}
    )
    return place
