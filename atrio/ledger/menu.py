"""What the menu offers of the ledger besides its entries."""

from django.utils.translation import gettext as _

from atrio.core.actor import Actor

from .doctype import LEDGER_ENTRIES


def menu_items(actor: Actor, base: str) -> list[tuple[str, str, str, str]]:
    """Area, title, icon and address: balances for staff, their own account for partners."""
    if not LEDGER_ENTRIES.shown_to(actor):
        return []
    if actor.is_staff:
        return [("ledger", _("Balances"), "scale", f"{base}balances/")]
    return [("ledger", _("Current account"), "scale", f"{base}statement/")]
