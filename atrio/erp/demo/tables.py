"""The company's price list and the businesses around it, read from the tables beside this file."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from atrio.core.money import rounded

from .company import RATES

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Product:
    """What is sold: `pace` says how often, `upto` how much at once."""

    code: str
    group: str
    name: str
    unit: str
    price: Decimal
    tax: Decimal
    pace: int
    upto: int

    def price_in(self, currency: str) -> Decimal:
        return rounded(self.price / RATES[currency], currency)


@dataclass(frozen=True)
class Business:
    """A customer or supplier: `weight` says how much is traded, `habit` how it pays, `retains` if it withholds."""

    code: str
    sides: str
    name: str
    form: str
    country: str
    city: str
    region: str
    postal: str
    currency: str
    days: int
    weight: int
    habit: str
    retains: bool
    group: str
    account: str
    category: str
    contact: str
    supplies: tuple[str, ...]

    @property
    def payer(self) -> str:
        """Whose account its invoices are charged to."""
        return self.account or self.code


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@cache
def products() -> tuple[Product, ...]:
    numbers = {"price": Decimal, "tax": Decimal, "pace": int, "upto": int}
    return tuple(Product(**{k: numbers.get(k, str)(v) for k, v in row.items()}) for row in _rows("products.csv"))


@cache
def businesses() -> tuple[Business, ...]:
    def supplies(text: str) -> tuple[str, ...]:
        return tuple(filter(None, text.split("|")))

    kinds: dict[str, Callable] = {"days": int, "weight": int, "retains": "yes".__eq__, "supplies": supplies}
    return tuple(Business(**{k: kinds.get(k, str)(v) for k, v in row.items()}) for row in _rows("partners.csv"))


def customers() -> list[Business]:
    return [b for b in businesses() if "C" in b.sides]


def suppliers() -> list[Business]:
    return [b for b in businesses() if "S" in b.sides]
