"""The portal's own settings, changed one by one: what another page writes at the same time is kept."""

from typing import Any

from atrio.core.actor import Actor
from atrio.core.models import Portal


def change(actor: Actor, changes: dict[str, Any]) -> dict[str, list]:
    """Write these settings; what was before and what is now, of those that differ. In the caller's transaction."""
    portal = Portal.objects.select_for_update().get(pk=actor.portal.id)
    told = {}
    for name, value in changes.items():
        before = portal.settings.get(name)
        if before != value:
            told[name] = [before, value]
            portal.settings[name] = value
    if told:
        portal.save(update_fields=["settings"])
    return told
