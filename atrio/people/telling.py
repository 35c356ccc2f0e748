"""What happened to people, roles and the like, as sentences for timelines and the audit."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from .door.words import TOLD_OF_ACCOUNTS
from .roles import label_of

TITLES: dict[str, Any] = {"people": _("People"), "roles": _("Roles"), "portal": _("Portal")}
TELLS: dict[str, dict[str, Any]] = {
    "people": {
        **TOLD_OF_ACCOUNTS,
        "role_changed": _("Role changed"),
        "deactivated": _("Access closed"),
        "activated": _("Access opened"),
        "recovery_sent": _("Password link sent"),
        "unlocked": _("Unlocked"),
        "sessions_ended": _("All sessions ended"),
        "present": _("Was here"),
        "downloaded_list": _("List downloaded"),
    },
    "portal": {"disabled": _("Portal closed"), "enabled": _("Portal opened")},
    "roles": {
        "role_created": _("Role made"),
        "role_edited": _("Role changed"),
        "role_deleted": _("Role deleted"),
    },
}


def sentence(word: str, kind: str, facts: dict) -> str:
    """What happened, with from what to what where that is known."""
    said = str(TELLS.get(word, {}).get(kind, kind))
    if "from" in facts and "to" in facts:
        return f"{said}: {label_of(facts['from'])} → {label_of(facts['to'])}"
    return said
