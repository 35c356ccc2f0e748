"""What this portal accepts of an invoice, readable by whoever sends one."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from atrio.core.actor import PortalFacts
from atrio.core.formats import Formats
from atrio.core.money import percent_apart


@dataclass(frozen=True, slots=True)
class Rules:
    """Percentages of the order; a difference within `tolerance` needs nobody, a price above `price_cap` is refused."""

    tolerance: Decimal
    price_cap: Decimal
    against_receipts: bool

    def above_cap(self, price: Decimal, ordered: Decimal) -> bool:
        return percent_apart(price, ordered) > self.price_cap


def rules_of(portal: PortalFacts) -> Rules:
    said = portal.settings
    return Rules(
        tolerance=Decimal(str(said.get("invoice_tolerance_percent", 0))),
        price_cap=Decimal(str(said.get("invoice_price_cap_percent", 20))),
        against_receipts=said.get("invoice_against_receipts", True) is True,
    )


def in_words(rules: Rules, formats: Formats) -> list[str]:
    tolerance, cap = formats.number(rules.tolerance), formats.number(rules.price_cap)
    said = [
        _("You cannot invoice more than what is left of each line of the order."),
        _("A price more than %(cap)s %% above the order is refused.") % {"cap": cap},
        _("The same number, or the same fiscal id, is accepted once."),
    ]
    if rules.tolerance:
        said.append(
            _("Differences of up to %(tolerance)s %% from the order go on by themselves.") % {"tolerance": tolerance}
        )
    else:
        said.append(_("Any difference from the order is decided by the buyer."))
    if rules.against_receipts:
        said.append(_("What is invoiced before it is received waits for the buyer's decision."))
    return said
