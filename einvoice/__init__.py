"""Electronic invoices: read them, check them, write them, show them. Pure Python; knows neither Django nor Atrio."""

from .checks import Secrets, check
from .errors import Limits, NotRead
from .finding import Finding, Severity
from .intake import read
from .model import Document
from .render import render
from .writers.cii import lost_in_cii, write_cii
from .writers.ubl import write_ubl

__all__ = [
    "Document",
    "Finding",
    "Limits",
    "NotRead",
    "Secrets",
    "Severity",
    "check",
    "lost_in_cii",
    "read",
    "render",
    "write_cii",
    "write_ubl",
]
