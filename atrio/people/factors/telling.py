"""What happens to an account is an event of each of its person's memberships, and the person reads of it by mail."""

from dataclasses import dataclass

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from atrio.core import events
from atrio.core.actor import Actor
from atrio.core.formats import formats_of
from atrio.core.scope import scope

from .. import letters
from ..access import enter, portals_of
from ..models import Membership, User

SECURITY = "/accounts/security/"


@dataclass(frozen=True)
class Happening:
    """How one kind of event reads in the audit, and what its mail says; without a text nobody is written to."""

    title: str | Promise
    said: str | Promise = ""


HAPPENINGS = {
    "totp_added": Happening(
        gettext_lazy("Authenticator app set up"),
        gettext_lazy("An authenticator app was set up as your second factor."),
    ),
    "totp_removed": Happening(
        gettext_lazy("Authenticator app removed"),
        gettext_lazy("The authenticator app of your account was removed."),
    ),
    "passkey_added": Happening(
        gettext_lazy("Passkey added"), gettext_lazy("A passkey was added: it opens your account.")
    ),
    "passkey_removed": Happening(
        gettext_lazy("Passkey removed"), gettext_lazy("A passkey of your account was removed.")
    ),
    "passkey_renamed": Happening(gettext_lazy("Passkey renamed")),
    "recovery_codes_made": Happening(
        gettext_lazy("New recovery codes"),
        gettext_lazy("New recovery codes were made for your account; those before them work no more."),
    ),
    "recovery_code_used": Happening(
        gettext_lazy("Recovery code used"), gettext_lazy("Somebody signed in with a recovery code of your account.")
    ),
    "factors_reset": Happening(
        gettext_lazy("Second factor taken away"),
        gettext_lazy("An administrator took the second factor of your account away. Set up a new one."),
    ),
    "factors_locked": Happening(
        gettext_lazy("Too many wrong codes"),
        gettext_lazy(
            "Somebody who knows your password typed too many wrong codes. If it was not you, change your password."
        ),
    ),
    "provider_linked": Happening(
        gettext_lazy("Linked to the company's sign-in"),
        gettext_lazy("Your account can now be opened by your company's sign-in, within that company."),
    ),
    "terms_accepted": Happening(pgettext_lazy("event", "Terms accepted")),
    "terms_published": Happening(pgettext_lazy("event", "Terms published")),
    "provider_added": Happening(gettext_lazy("Company sign-in added")),
    "provider_changed": Happening(gettext_lazy("Company sign-in changed")),
    "sign_in_settings": Happening(gettext_lazy("Rules of sign-in changed")),
}
TYPES = {
    "people": gettext_lazy("People"),
    "portal": gettext_lazy("Portal"),
    "terms": gettext_lazy("Terms and privacy"),
    "identity_providers": gettext_lazy("Company sign-in"),
}


def happened(user: User, kind: str, facts: dict | None = None, *, origin: str = "", by: Actor | None = None) -> None:
    """Write the event, in every portal where the person is; and the mail, under the name of the first."""
    places = portals_of(user.pk)
    for place in places:
        own = enter(place["slug"], user, place["membership_id"], origin)
        if own is None:
            continue
        told_by = by if by and by.portal.id == own.portal.id else own
        with scope(Actor.system(own.portal)):
            membership = Membership.objects.filter(pk=place["membership_id"]).first()
            if membership:
                # In another portal than the administrator's own, nobody is told who that was.
                who = told_by if by is None or told_by is by else Actor.system(own.portal)
                events.record(who, membership, kind, facts)
    own = enter(places[0]["slug"], user, places[0]["membership_id"]) if places else None
    if own and HAPPENINGS[kind].said:
        _write(own, kind, origin)


def _write(reader: Actor, kind: str, origin: str) -> None:
    with translation.override(reader.language):
        when = formats_of(reader).datetime(timezone.now())
        remark = f"{when} · {origin}" if origin else when
        letter = letters.Letter(
            subject=str(HAPPENINGS[kind].title),
            said=str(HAPPENINGS[kind].said),
            path=SECURITY,
            button=_("Look at my security settings"),
            remark=remark,
            footer=_("If this was not you, change your password and tell your administrator."),
        )
        letters.send(reader.portal, reader.email, reader.name, reader.language, letter)
