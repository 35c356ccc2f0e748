"""What the events of an account say, in a person's words."""

from django.utils.translation import gettext_lazy as _

TOLD_OF_ACCOUNTS = {
    "signed_in": _("Signed in"),
    "signed_out": _("Signed out"),
    "signed_out_everywhere": _("Signed out everywhere"),
    "session_ended": _("Session ended"),
    "locked_out": _("Too many wrong passwords"),
    "password_changed": _("Password changed"),
    "recovery_asked": _("New password asked for"),
    "password_recovered": _("Password recovered by mail"),
}
