"""From what somebody typed to an open portal: at once for whoever is known, else after a link in the mail is used."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from atrio.core import events
from atrio.core.actor import Actor, PortalFacts
from atrio.core.mailserver import installation_sends
from atrio.core.models import Portal
from atrio.core.scope import scope

from .. import links
from ..accounts import with_email
from ..letters import Letter
from ..models import SingleUseLink, User
from . import jobs
from .making import join, make_portal
from .places import zone_of

PURPOSE = "new_portal"
LASTS = dt.timedelta(hours=24)
FACTS = ("name", "country", "currency", "language")


def facts_of(typed: dict) -> dict:
    return {name: typed[name] for name in FACTS}


@transaction.atomic
def open_for(user: User, slug: str, facts: dict, origin: str) -> PortalFacts:
    """The portal, with the person as its administrator."""
    portal = make_portal(
        slug, time_zone=zone_of(facts["country"]), email=user.email, settings={"first_steps": True}, **facts
    )
    actor = Actor.system(portal)
    with scope(actor):
        join(portal, user, "administrator")
        by = Actor(portal, user.name, actor.audiences, user_id=user.pk, origin=origin)
        events.record(by, Portal.objects.get(pk=portal.id), "opened")
    return portal


def has_account(email: str) -> bool:
    return with_email(email) is not None


def confirmed_by_mail() -> bool:
    return installation_sends()


@transaction.atomic
def ask_by_mail(typed: dict) -> None:
    """One letter whoever it is: with a link that opens the portal, or a hint that there is an account already.

    The password is hashed for both, so that neither the answer nor its time tells them apart."""
    password, language = make_password(typed["password1"]), typed["language"]
    with translation.override(language):
        if has_account(typed["email"]):
            letter = _known_already(typed["name"])
        else:
            kept = facts_of(typed) | {"slug": typed["slug"], "person": typed["person"], "password": password}
            letter = _confirm(typed["name"], links.make(PURPOSE, typed["email"], LASTS, facts=kept))
        jobs.write_outside(typed["email"], typed["person"], language, letter)


def _not_you() -> str:
    return _("Somebody wrote your e-mail when opening a portal. If it was not you, do nothing.")


def _confirm(name: str, secret: str) -> Letter:
    return Letter(
        subject=_("Open the portal of %(name)s") % {"name": name},
        said=_("Confirm that this e-mail is yours, and the portal opens. The link works once, for 24 hours."),
        path=f"/new/{secret}/",
        button=_("Confirm"),
        footer=_not_you(),
    )


def _known_already(name: str) -> Letter:
    return Letter(
        subject=_("Open the portal of %(name)s") % {"name": name},
        said=_("This e-mail has an account already. Sign in with it, and open the portal from there."),
        path="/accounts/login/?next=/new/",
        button=_("Sign in"),
        footer=_not_you(),
    )


@transaction.atomic
def open_new(email: str, slug: str, facts: dict, origin: str) -> tuple[User, PortalFacts]:
    """An account and its portal, or neither."""
    user = User(email=email, name=facts["person"], language=facts["language"], password=facts["password"])
    user.save()
    return user, open_for(user, slug, {name: facts[name] for name in FACTS}, origin)


@transaction.atomic
def confirm(secret: str, slug: str, origin: str) -> tuple[User, PortalFacts] | None:
    """What the link allows, once; None where it works no more, or where its e-mail has an account by now."""
    link = links.use(PURPOSE, secret)
    if link is None or has_account(link.email):
        return None
    return open_new(link.email, slug, link.facts, origin)


def asked_for(secret: str) -> SingleUseLink | None:
    return links.look(PURPOSE, secret)
