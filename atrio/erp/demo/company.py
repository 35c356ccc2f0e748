"""The demonstration company: Altura, which sells coffee and all it takes to make it."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

SLUG = "altura"
SEED = 2187

PORTAL = {
    "name": "Altura Café y Equipos",
    "currency": "COP",
    "country": "CO",
    "language": "es",
    "time_zone": "America/Bogota",
}
LETTERHEAD = {
    "legal_name": "Altura Café y Equipos S.A.S.",
    "tax_id": "901.457.208-5",
    "accent": "#9a3412",
    "address": "Calle 17 # 68D-52, Zona Industrial Montevideo\nBogotá D.C., Colombia",
    "email": "contacto@altura.example",
    "phone": "+57 601 555 0142",
}
TOLERANCES = {"receipt_tolerance_percent": 5, "invoice_tolerance_percent": 1, "invoice_price_cap_percent": 20}
WAREHOUSES = (
    "Bodega Montevideo, Calle 17 # 68D-52, Bogotá D.C.",
    "Bodega Guayabal, Carrera 52 # 6 Sur-30, Medellín",
)
BUYERS = ("Camilo Rojas", "Diana Castaño")
REPRESENTATIVES = ("Tatiana Vélez", "Santiago Murcia", "Pedro Nel Zapata")
CARRIERS = ("Transportes Cordillera", "Envíos del Altiplano", "Mensajería Ruta 40", "Recoge en bodega")
FORWARDERS = ("Carga Aérea Nevado", "Naviera Caribe Azul")

# What one unit of a currency is worth in pesos, as in the company's price lists.
RATES = {"COP": Decimal(1), "USD": Decimal(4050), "BRL": Decimal(750)}


def dice(seed: int, *topic: object) -> Random:
    """Chance of its own for each topic, so that a change in one part of the company leaves the others as they were."""
    return Random(f"{seed}:{':'.join(map(str, topic))}")  # noqa: S311 (nothing here is a secret)


def working_day(day: date) -> date:
    """The day itself, or the Monday after it."""
    return day + timedelta(days=max(7 - day.weekday(), 0)) if day.weekday() > 4 else day


def next_weekday(day: date, weekday: int) -> date:
    """The first such weekday from a day on."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)
