"""Countries with what follows from each: a currency and a time zone, so that nobody is asked for them first."""

from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

CODES = "AR BO BR CL CO CR CU DO EC ES GT HN MX NI PA PE PR PT PY SV US UY VE"
COUNTRIES = CODES.split()
ALSO = ("USD", "EUR")
# Where a country has several zones: that of most of its people.
ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "BR": "America/Sao_Paulo",
    "CL": "America/Santiago",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MX": "America/Mexico_City",
    "PT": "Europe/Lisbon",
    "US": "America/New_York",
}


def zone_of(country: str) -> str:
    """The zone of a country; of those without any, the universal one."""
    if country in ZONES:
        return ZONES[country]
    found = sorted(zone for zone, territory in get_global("zone_territories").items() if territory == country)
    return next((zone for zone in found if "/" in zone), "UTC")


def currency_of(country: str) -> str:
    return next(iter(get_territory_currencies(country)), "USD")


@lru_cache(maxsize=8)
def countries(language: str) -> list[tuple[str, str]]:
    names = Locale.parse(language.replace("-", "_")).territories
    return sorted(((code, names.get(code, code)) for code in COUNTRIES), key=lambda pair: pair[1])


@lru_cache(maxsize=8)
def currencies(language: str) -> list[tuple[str, str]]:
    names = Locale.parse(language.replace("-", "_")).currencies
    codes = sorted({*map(currency_of, COUNTRIES), *ALSO})
    return [(code, f"{code} · {names.get(code, code)}") for code in codes]
