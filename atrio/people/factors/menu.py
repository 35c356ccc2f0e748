"""What the menu has of the rules of sign-in."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor

from . import providers
from .legal import may_manage


def menu_items(actor: Actor) -> list[dict[str, Any]]:
    """The pages that this actor may open; `end` is what follows the portal's address."""
    found = []
    if may_manage(actor):
        found.append({"title": _("Rules of sign-in"), "icon": "shield-lock", "end": "settings/sign-in/"})
        found.append({"title": _("Terms and privacy"), "icon": "file-text", "end": "settings/terms/"})
    if providers.may_manage(actor):
        found.append({"title": _("Company sign-in"), "icon": "building", "end": "settings/providers/"})
    return found
