"""A plan: a portal, its first people, and the loads that fill it, in order."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PORTAL = {"slug", "name", "currency", "country", "language", "time_zone"}
FACTS = {"legal_name", "tax_id", "accent", "address", "email", "phone", "settings"}
STEP = {"type", "mapping", "file", "lines", "skip_bad"}
PERSON = {"email", "name", "role", "partner", "language"}


class PlanError(ValueError):
    """A plan that cannot be followed, and why."""


@dataclass(frozen=True)
class Step:
    type: str
    file: Path
    mapping: Path | None
    lines: Path | None
    skip_bad: bool


@dataclass(frozen=True)
class Plan:
    portal: dict[str, Any]
    facts: dict[str, Any]
    people: tuple[dict[str, str], ...]
    steps: tuple[Step, ...]


def read_plan(path: Path, base: Path) -> Plan:
    """The plan of a TOML file; its mappings are beside it, its data files under the base folder."""
    try:
        given = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise PlanError(f"{path.name}: {problem}") from problem
    _only(given, {"portal", "people", "loads"}, path.name)
    portal = given.get("portal", {})
    _only(portal, PORTAL | FACTS, "[portal]")
    if missing := PORTAL - set(portal):
        raise PlanError(f"[portal] lacks {', '.join(sorted(missing))}")
    for person in given.get("people", []):
        _only(person, PERSON, "[[people]]")
    return Plan(
        portal={name: portal[name] for name in PORTAL},
        facts={name: portal[name] for name in FACTS if name in portal},
        people=tuple(given.get("people", [])),
        steps=tuple(_step(one, path.parent, base) for one in given.get("loads", [])),
    )


def _step(given: dict, beside: Path, base: Path) -> Step:
    _only(given, STEP, "[[loads]]")
    if not {"type", "file"} <= set(given):
        raise PlanError("[[loads]] needs a type and a file")
    mapping = beside / given["mapping"] if "mapping" in given else None
    lines = base / given["lines"] if "lines" in given else None
    return Step(given["type"], base / given["file"], mapping, lines, bool(given.get("skip_bad", False)))


def _only(given: dict, known: set[str], where: str) -> None:
    if unknown := sorted(set(given) - known):
        raise PlanError(f"{where} does not know “{unknown[0]}”")
