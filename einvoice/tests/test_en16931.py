"""Our reading of EN 16931's rules against the verdict of the official Schematron (1.3.16) on the real files."""

from __future__ import annotations

from functools import cache

import pytest

from ..checks import check
from ..finding import Severity
from ..intake import read
from .samples import DATA, rows

ROWS = rows()
JUDGED = [row for row in ROWS if row["en16931_fatal"] != "-"]
CLEAN = [row["local"] for row in JUDGED if row["en16931_fatal"] == "clean"]
FAILED = {row["local"]: set(row["en16931_fatal"].split(",")) for row in JUDGED if row["en16931_fatal"] != "clean"}
# Files for which none of our findings is among the Schematron's, each with the reason.
UNSHARED: dict[str, str] = {}

needs_files = pytest.mark.skipif(not ROWS, reason=f"no real files in {DATA}")


@cache
def rules_broken(name: str, *severities: Severity) -> frozenset[str]:
    found = check(read((DATA / name).read_bytes()))
    return frozenset(one.code for one in found if one.code.startswith("BR-") and one.severity in severities)


@needs_files
@pytest.mark.parametrize("name", CLEAN)
def test_what_the_schematron_calls_clean_is_clean(name):
    assert rules_broken(name, Severity.FATAL) == frozenset()


@needs_files
@pytest.mark.parametrize("name", sorted(FAILED))
def test_what_the_schematron_fails_fails_for_one_of_its_rules(name):
    """A file that claims no EN 16931 (custom-namespace-prefixes) is only warned of the same rules."""
    ours = rules_broken(name, Severity.FATAL, Severity.WARNING)
    if name in UNSHARED:
        assert not ours & FAILED[name], "it is shared now: take it off the list"
        return
    assert ours & FAILED[name]


@needs_files
def test_at_most_one_in_twenty_is_on_the_list():
    assert len(UNSHARED) <= len(FAILED) / 20
    assert UNSHARED.keys() <= FAILED.keys()
