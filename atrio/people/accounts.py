"""Whose account a typed name is; and what happens to an account, told in each of its person's portals and by mail."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.formats import formats_for
from atrio.core.scope import scope

from . import letters
from .access import language_of, locale_of, portals_of
from .happenings import OF_PEOPLE, Notice
from .letters import Letter
from .models import Membership, User

BY_COMMAND = "atrio"  # where an operator's changes come from


def account_of(login: str) -> User | None:
    """The account of a user name or e-mail, in one query whether there is one or not."""
    asked = login.strip().lower()
    known = User.objects.alias(by_mail=Lower("email"), by_name=Lower("username"))
    found = list(known.filter(Q(by_mail=asked) | Q(by_name=asked)))
    return next((one for one in found if one.email.lower() == asked), found[0] if found else None)


def with_email(email: str) -> User | None:
    return User.objects.filter(email__iexact=email).first()


def portals(user: User) -> Iterator[tuple[PortalFacts, int]]:
    """Each place of a person: the portal, and the membership's id."""
    for place in portals_of(user.pk):
        if portal := portal_by_slug(place["slug"]):
            yield portal, place["membership_id"]


def happened(
    user: User,
    kind: str,
    facts: dict | None = None,
    *,
    origin: str = "",
    by: Actor | None = None,
    quietly: bool = False,
) -> None:
    """Write down what somebody did to the account, its own person unless another is named, in every portal where
    that person is; and write to it, if such things are written about."""
    _tell(user, kind, facts or {}, lambda portal: _doer(user, portal, by, origin), origin, quietly)


def operated(user: User, kind: str) -> None:
    """The same of what whoever runs the installation did: nobody of any portal."""
    _tell(user, kind, {}, lambda portal: replace(Actor.system(portal), origin=BY_COMMAND))


def _tell(
    user: User,
    kind: str,
    facts: dict,
    doer: Callable[[PortalFacts], Actor],
    origin: str = "",
    quietly: bool = False,
) -> None:
    happening = OF_PEOPLE[kind]
    for portal, membership_id in portals(user):
        with scope(Actor.system(portal)):
            if place := Membership.objects.filter(pk=membership_id).first():
                events.record(doer(portal), place, kind, facts, internal=happening.internal)
    if notice := None if quietly else happening.notice:
        subject = happening.title
        write(user, lambda portal: _letter(user, portal, notice, subject, facts.get("browser"), origin))


def _doer(user: User, portal: PortalFacts, by: Actor | None, origin: str) -> Actor:
    """In another portal than the administrator's own, nobody is told who that was."""
    if by and by.portal.id == portal.id:
        return by
    itself = replace(Actor.system(portal), origin=origin)
    return itself if by else replace(itself, name=user.name or user.email, user_id=user.pk)


def write(user: User, make: Callable[[PortalFacts], Letter], preferred: str = "") -> bool:
    """A letter under the name of the portal that the person was at, or of the first of its own."""
    places = [portal for portal, _membership in portals(user)]
    portal = next((one for one in places if one.slug == preferred), places[0] if places else None)
    if portal:
        letters.write(portal, user, lambda: make(portal))
    return portal is not None


def _letter(user: User, portal: PortalFacts, notice: Notice, title, browser: str | None, origin: str) -> Letter:
    zone = user.time_zone or portal.time_zone
    formats = formats_for(locale_of(user, portal, language_of(user, portal)), zone, user.date_style)
    where = [_("an unknown browser") if browser == "" else browser, origin]
    return Letter(
        subject=str(notice.subject or title),
        said=str(notice.said),
        remark="\n".join(filter(None, (f"{formats.datetime(timezone.now())} ({zone})", *where))),
        path=notice.path,
        button=str(notice.button),
        footer=" ".join(map(str, notice.footer)),
    )
