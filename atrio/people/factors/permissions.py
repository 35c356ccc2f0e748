"""What can be allowed beside documents, of how people sign in."""

from django.utils.translation import gettext_lazy as _

from ..permissions import BOTH, Group, Permission

PROVIDERS = "identity_providers.manage"  # partners: of their own company only
RESET = "people.reset_factors"
OF_SIGN_IN = Group(
    _("Sign-in"),
    (
        Permission(PROVIDERS, _("Set up a company's own sign-in"), BOTH),
        Permission(RESET, _("Take a lost second factor away")),
    ),
)
