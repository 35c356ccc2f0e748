"""What is done after the answer, so that neither the answer nor its time tells who has an account."""

import datetime as dt
import re

from django.utils import timezone
from procrastinate.contrib.django import app

from atrio.core.actor import Actor, PortalFacts
from atrio.core.jobs import AGAIN
from atrio.core.scope import scope

from .. import accounts, links
from ..accounts import account_of, happened
from ..happenings import RECOVERY
from ..models import Membership, Session, User
from . import browsers, notices, tries
from .models import KnownDevice

LASTS = dt.timedelta(minutes=10)


@app.task(queue="mail", retry=AGAIN)
def tell_locked_out(user_id: int, address: str) -> None:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user:
        happened(user, "locked_out", origin=address)


@app.task(queue="mail", retry=AGAIN)
def send_recovery(asked: dict, slug: str, address: str) -> None:
    """A link for whoever has the account, if what was asked fits; otherwise nothing at all."""
    user = account_of(asked["email"])
    if user is None or not user.is_active or user.email != asked["email"].lower() or _too_often(asked["email"]):
        return
    strict = [portal for portal, _membership in accounts.portals(user) if portal.settings.get("recovery") == "strict"]
    here = next((portal for portal in strict if portal.slug == slug), None)
    if here is None and strict:
        way = f"{RECOVERY}?next=/{strict[0].slug}/"
        accounts.write(user, lambda portal: notices.ask_more(way), strict[0].slug)
    elif here is None or _fits(here, user, asked):
        happened(user, "recovery_asked", origin=address)
        secret = links.make("recovery", user.email, LASTS, user=user)
        accounts.write(user, lambda portal: notices.recovery(f"{RECOVERY}{secret}/"), slug)


def _too_often(email: str) -> bool:
    """A mailbox is not flooded, whoever asks and from wherever."""
    try:
        tries.count(tries.RECOVERED, email.lower())
    except tries.Locked:
        return True
    return False


def _fits(portal: PortalFacts, user: User, asked: dict) -> bool:
    """Tax id of the person's company, or of the portal for its staff, and user name."""
    with scope(Actor.system(portal)):
        places = Membership.objects.filter(portal_id=portal.id, user=user, is_active=True).select_related("partner")
        known = {_bare(one.partner.tax_id if one.partner else portal.tax_id) for one in places} - {""}
    named = (user.username or user.email).lower() == asked.get("username", "").strip().lower()
    return named and _bare(asked.get("tax_id", "")) in known


def _bare(tax_id: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", tax_id.upper())


@app.periodic(cron="17 3 * * *")
@app.task(queue="default", queueing_lock="clear_door", pass_context=False)
def clear_door(timestamp: int) -> None:
    """What is over: sessions, links, counts, and browsers that nobody came back with."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    KnownDevice.objects.filter(last_at__lt=now - dt.timedelta(seconds=browsers.LASTS)).delete()
    links.forget_old()
    tries.forget_old()
