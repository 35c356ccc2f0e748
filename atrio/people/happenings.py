"""What happens to accounts, places, roles and portals: how each kind of event reads, and what its letter says.

An event of a kind that is not here reads by the name of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .roles import label_of

PEOPLE = "people"  # what happens to a person's account is an event of each of its places
SECURITY, RECOVERY = "/accounts/security/", "/accounts/password/reset/"
WHY = _("You receive this because it concerns the safety of your account.")


@dataclass(frozen=True)
class Notice:
    """The letter about it: when and from where stand below what it says, and its button leads to what helps."""

    said: Any
    subject: Any = ""
    path: str = SECURITY
    button: Any = _("Look at my security settings")
    footer: tuple[Any, ...] = (_("If this was not you, change your password and tell your administrator."),)


@dataclass(frozen=True)
class Happening:
    """How one kind of event reads; without a notice nobody is written to."""

    title: Any
    notice: Notice | None = None
    internal: bool = False  # not for the administrators of a partner


_NOT_ME = _("It was not me: change my password")
_NEW_PASSWORD = Notice(
    _("From now on only the new one opens your account, and all other sessions were ended."),
    _("Your password was changed"),
    RECOVERY,
    _NOT_ME,
    (WHY,),
)
_SIGNED_IN = Notice(
    _("Somebody signed in to your account from a browser that is new to us. If it was you, all is well."),
    _("New sign-in to your account"),
    RECOVERY,
    _NOT_ME,
    (_("A new password signs you out everywhere. Your profile lists your sessions."), WHY),
)
_LOCKED_OUT = Notice(
    _("A wrong password was typed several times, so sign-in waits a while. If it was you, choose a new one."),
    _("Somebody could not sign in to your account"),
    RECOVERY,
    _("Choose a new password"),
    (WHY,),
)
_TAKEN_BACK = Notice(
    _("You sign in with this e-mail again. All sessions were ended, and the password works no more."),
    path=RECOVERY,
    button=_("Choose a new password"),
    footer=(WHY,),
)
_FACTORS_LOCKED = Notice(
    _("Somebody who knows your password typed too many wrong codes. If it was not you, change your password.")
)

OF_PEOPLE: Mapping[str, Happening] = {
    "signed_in": Happening(_("Signed in"), _SIGNED_IN),
    "signed_out": Happening(_("Signed out")),
    "signed_out_everywhere": Happening(_("Signed out everywhere")),
    "session_ended": Happening(_("Session ended")),
    "locked_out": Happening(_("Too many wrong passwords"), _LOCKED_OUT),
    "sessions_ended": Happening(_("All sessions ended")),
    "unlocked": Happening(_("Unlocked")),
    "password_changed": Happening(_("Password changed"), _NEW_PASSWORD),
    "recovery_asked": Happening(_("New password asked for")),
    "password_recovered": Happening(_("Password recovered by mail"), _NEW_PASSWORD),
    "email_asked": Happening(_("Change of e-mail asked for"), internal=True),
    "email_changed": Happening(_("E-mail changed"), internal=True),
    "email_taken_back": Happening(_("Change of e-mail taken back"), _TAKEN_BACK, internal=True),
    "data_taken": Happening(_("Personal data taken along"), internal=True),
    "erased": Happening(_("Account erased"), internal=True),
    "totp_added": Happening(
        _("Authenticator app set up"), Notice(_("An authenticator app was set up as your second factor."))
    ),
    "totp_removed": Happening(
        _("Authenticator app removed"), Notice(_("The authenticator app of your account was removed."))
    ),
    "passkey_added": Happening(_("Passkey added"), Notice(_("A passkey was added: it opens your account."))),
    "passkey_removed": Happening(_("Passkey removed"), Notice(_("A passkey of your account was removed."))),
    "passkey_renamed": Happening(_("Passkey renamed")),
    "recovery_codes_made": Happening(
        _("New recovery codes"),
        Notice(_("New recovery codes were made for your account; those before them work no more.")),
    ),
    "recovery_code_used": Happening(
        _("Recovery code used"), Notice(_("Somebody signed in with a recovery code of your account."))
    ),
    "factors_reset": Happening(
        _("Second factor taken away"),
        Notice(_("An administrator took the second factor of your account away. Set up a new one.")),
    ),
    "factors_locked": Happening(_("Too many wrong codes"), _FACTORS_LOCKED),
    "provider_linked": Happening(
        _("Linked to the company's sign-in"),
        Notice(_("Your account can now be opened by your company's sign-in, within that company.")),
    ),
    "role_changed": Happening(_("Role changed")),
    "deactivated": Happening(_("Access closed")),
    "activated": Happening(_("Access opened")),
    "recovery_sent": Happening(_("Password link sent")),
    "present": Happening(_("Was here")),
    "downloaded_list": Happening(_("List downloaded")),
    "terms_accepted": Happening(pgettext_lazy("event", "Terms accepted")),
}
HAPPENINGS: Mapping[str, Mapping[str, Happening]] = {
    PEOPLE: OF_PEOPLE,
    "roles": {
        "role_created": Happening(_("Role made")),
        "role_edited": Happening(_("Role changed")),
        "role_deleted": Happening(_("Role deleted")),
    },
    "portal": {
        "opened": Happening(_("Portal opened")),
        "disabled": Happening(_("Portal closed")),
        "enabled": Happening(_("Portal opened")),
        "brand_changed": Happening(_("Brand changed")),
        "logo_changed": Happening(_("Logo replaced")),
        "logo_removed": Happening(_("Logo removed")),
        "sign_in_settings": Happening(_("Rules of sign-in changed")),
    },
    "mail_settings": {
        "changed_settings": Happening(_("Settings changed")),
        "tested": Happening(_("Mail server tested")),
    },
    "terms": {"terms_published": Happening(pgettext_lazy("event", "Terms published"))},
    "identity_providers": {
        "provider_added": Happening(_("Company sign-in added")),
        "provider_changed": Happening(_("Company sign-in changed")),
    },
}
TITLES: Mapping[str, Any] = {
    PEOPLE: _("People"),
    "roles": _("Roles"),
    "portal": _("Portal"),
    "mail_settings": _("E-mail settings"),
    "terms": _("Terms and privacy"),
    "identity_providers": _("Company sign-in"),
}


def titles() -> dict[str, Any]:
    """Every kind that is told of here, as the audit names it."""
    return {kind: one.title for kinds in HAPPENINGS.values() for kind, one in kinds.items()}


def sentence(word: str, kind: str, facts: dict) -> str:
    """What happened, with from what to what where that is known."""
    known = HAPPENINGS.get(word, {}).get(kind)
    said = str(known.title) if known else kind
    if "from" in facts and "to" in facts:
        return f"{said}: {label_of(facts['from'])} → {label_of(facts['to'])}"
    return said
