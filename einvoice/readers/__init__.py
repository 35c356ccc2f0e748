"""The readers, each of one family of formats."""

from __future__ import annotations

from . import cfdi, cii, dte, known, nfe

READERS = (cii, cfdi, nfe, dte, known)  # `known` last: it refuses by name what no other reads
