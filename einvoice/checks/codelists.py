"""The code lists that EN 16931 names, read once when the first of them is asked for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("codelists.txt").read_text(encoding="ascii")
    found: dict[str, list[str]] = {}
    codes: list[str] = []
    for row in text.splitlines():
        if row.startswith(" "):
            codes.extend(row.split())
        elif not row.startswith("#"):
            codes = found.setdefault(row, [])
    return {name: frozenset(codes) for name, codes in found.items()}


@cache
def codes(name: str) -> frozenset[str]:
    """The codes of one list by its name in codelists.txt."""
    return _lists()[name]
