"""Colombian withholdings, as a buyer takes them from what it pays."""

from dataclasses import dataclass
from decimal import Decimal

from atrio.core.money import ZERO, rounded

FLOOR = Decimal(523_740)  # ten tax units (UVT) of the year: purchases below it suffer none
GOODS, FARMED, SERVICES = Decimal("2.5"), Decimal("1.5"), Decimal(4)  # retefuente, percent
ICA = Decimal("1.104")  # reteICA in Bogotá, percent (11.04 per thousand)
VAT = Decimal(15)  # reteIVA, percent of the tax
SPECIAL = {"Café verde": FARMED, "Servicios": SERVICES}


@dataclass(frozen=True)
class Withheld:
    """What was withheld of one invoice, by kind."""

    income: Decimal = ZERO
    municipal: Decimal = ZERO
    vat: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.income + self.municipal + self.vat


def withheld(net: Decimal, tax: Decimal, currency: str, *, rate: Decimal = GOODS, large_buyer: bool = True) -> Withheld:
    """Nothing abroad, nothing on small purchases; the tax itself is withheld only by large taxpayers."""
    if currency != "COP" or net < FLOOR:
        return Withheld()

    def share(base: Decimal, percent: Decimal) -> Decimal:
        # In whole pesos, as withholding returns are filed.
        return rounded(base * percent / 100, currency).quantize(Decimal(1))

    return Withheld(share(net, rate), share(net, ICA), share(tax, VAT) if large_buyer else ZERO)
