"""What happens to a portal, its mail server and an account, in a person's words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {"portal": _("Portal"), "mail_settings": _("E-mail settings"), "people": _("People")}
KINDS: dict[str, Any] = {
    "opened": _("Portal opened"),
    "brand_changed": _("Brand changed"),
    "logo_changed": _("Logo replaced"),
    "logo_removed": _("Logo removed"),
    "changed_settings": _("Settings changed"),
    "tested": _("Mail server tested"),
    "email_asked": _("Change of e-mail asked for"),
    "email_changed": _("E-mail changed"),
    "data_taken": _("Personal data taken along"),
    "erased": _("Account erased"),
}
