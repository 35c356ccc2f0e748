"""Partners and products as the company's ERP would send them."""

from random import Random

from stdnum import ean
from stdnum.br import cnpj
from stdnum.co import nit
from stdnum.mx import rfc

from atrio.core.search import words

from .company import REPRESENTATIVES, dice
from .tables import Business, Product, businesses, products

PHONES = {
    "CO": "+57 60{} 555 {:04d}",
    "BR": "+55 {}1 5550 {:04d}",
    "US": "+1 30{} 555 {:04d}",
    "MX": "+52 24{} 555 {:04d}",
}
STREETS = {
    "CO": ("Carrera {} # {}-{:02d}", "Calle {} # {}-{:02d}", "Avenida {} # {}-{:02d}", "Transversal {} # {}-{:02d}"),
    "BR": ("Rua das Acácias, {}{}, sala {}", "Avenida dos Ipês, {}{}, conj. {}"),
    "US": ("{}{} Harbor Street, Suite {}", "{}{} Foundry Avenue, Unit {}"),
    "MX": ("Calle Independencia {}{}, int. {}", "Avenida Juárez {}{}, local {}"),
}
LIMIT_PER_WEIGHT = 18_000_000


def partners(seed: int) -> list[dict]:
    """All customers and suppliers; a head office comes before the branches that are charged to it."""
    return [_partner(one, dice(seed, "partner", one.code)) for one in businesses()]


def _partner(one: Business, chance: Random) -> dict:
    customer = "C" in one.sides
    row = {
        "external_id": one.code,
        "code": one.code,
        "name": one.name,
        "legal_name": f"{one.name} {one.form}" if "." in one.form or one.form.isupper() else one.name,
        "tax_id": tax_id(one, chance),
        "is_customer": customer,
        "is_supplier": "S" in one.sides,
        "email": email_of(one),
        "phone": PHONES[one.country].format(chance.randint(1, 8), chance.randint(100, 9999)),
        "address": _address(one, chance),
        "city": one.city,
        "region": one.region,
        "postal_code": one.postal,
        "country": one.country,
        "category": one.category,
        "currency": one.currency,
        "payment_terms_days": one.days,
    }
    if customer:
        row["credit_limit"] = credit_limit(one)
        row["representative"] = chance.choice(REPRESENTATIVES)
    return row | {k: v for k, v in (("group", one.group), ("account_partner", one.account)) if v}


def credit_limit(one: Business) -> int:
    """In the customer's own currency, in round figures."""
    pesos = one.weight * LIMIT_PER_WEIGHT
    return {"COP": pesos, "BRL": pesos // 750 // 1000 * 1000, "USD": pesos // 4050 // 1000 * 1000}[one.currency]


def domain_of(one: Business) -> str:
    short = [w for w in words(one.name) if len(w) > 2 and w != "del"]
    return "".join(short[:4]) + ".example"


def email_of(one: Business) -> str:
    box = {"BR": "contato", "US": "office"}.get(one.country, "contacto")
    return f"{box}@{domain_of(one)}"


def tax_id(one: Business, chance: Random) -> str:
    """A number of the country's own kind, with its check digit."""
    return {"CO": _nit, "BR": _cnpj, "MX": _rfc, "US": _ein}[one.country](one, chance)


def _nit(one: Business, chance: Random) -> str:
    root = f"{chance.randint(800_100_000, 901_990_000)}"
    return nit.format(root + nit.calc_check_digit(root))


def _cnpj(one: Business, chance: Random) -> str:
    root = f"{chance.randint(10_000_000, 48_000_000)}0001"
    return cnpj.format(root + cnpj.calc_check_digits(root))


def _rfc(one: Business, chance: Random) -> str:
    letters = "".join(words(one.name))[:1].upper() + "".join(w[0] for w in words(one.name)[1:3]).upper()
    founded = f"{chance.randint(1, 19):02d}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    root = f"{letters}{founded}A{chance.randint(1, 9)}"
    return root + rfc.calc_check_digit(root)


def _ein(one: Business, chance: Random) -> str:
    return f"{chance.choice((20, 26, 27, 45, 46, 47, 81, 82))}-{chance.randint(1_000_000, 9_999_999)}"


def _address(one: Business, chance: Random) -> str:
    pattern = chance.choice(STREETS[one.country])
    return pattern.format(chance.randint(7, 98), chance.randint(10, 120), chance.randint(1, 99))


def catalogue() -> list[dict]:
    return [_product(one, number) for number, one in enumerate(products(), start=1)]


def _product(one: Product, number: int) -> dict:
    root = f"7709{number * 137:08d}"
    service = one.group == "Servicios"
    return {
        "external_id": one.code,
        "code": one.code,
        "name": one.name,
        "unit": one.unit,
        "price": one.price,
        "currency": "COP",
        "tax_rate": one.tax,
        "group": one.group,
    } | ({} if service else {"barcode": root + ean.calc_check_digit(root)})
