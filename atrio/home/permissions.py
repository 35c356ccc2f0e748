"""What can be allowed beside documents, of the pages that live here."""

from django.utils.translation import gettext_lazy as _

from atrio.people.permissions import Group, Permission

AUDIT = Group(_("Audit"), (Permission("audit.view", _("See everything that happened")),))
OUTBOX = Group(
    _("Outgoing mail"),
    (Permission("outbox.view", _("See what was sent")), Permission("outbox.send", _("Send again"))),
)
