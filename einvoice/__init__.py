"""Electronic invoices: read them, check them, write them, show them. Pure Python; knows neither Django nor Atrio."""

from .errors import Limits, NotRead
from .intake import read
from .model import Document

__all__ = ["Document", "Limits", "NotRead", "read"]
