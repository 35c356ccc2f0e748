"""What the menu has of the rules of sign-in."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor

from . import providers
from .legal import may_manage


def menu_items(actor: Actor) -> list[tuple[str | Promise, str, str]]:
    """(title, icon, address) of the pages that this actor may open."""
    found: list[tuple[str | Promise, str, str]] = []
    if may_manage(actor):
        found.append((_("Rules of sign-in"), "shield-lock", "settings/sign-in/"))
        found.append((_("Terms and privacy"), "file-text", "settings/terms/"))
    if providers.may_manage(actor):
        found.append((_("Company sign-in"), "building", "settings/providers/"))
    return found
