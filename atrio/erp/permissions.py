"""What can be allowed beside documents, of programs."""

from django.utils.translation import gettext_lazy as _

from atrio.people.permissions import Group, Permission

API_KEYS = Group(_("API keys"), (Permission("api_keys.manage", _("Make and revoke keys for programs")),))
