"""`docs/security.md` names tests that there are, each so that it is found."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
FILES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.glob("atrio/**/test_*.py")
}
TESTS = [(path, name) for path, text in FILES.items() for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)]
NAMED = [one for one in re.findall(r"`([^`]+)`", PAGE) if "test_" in one or one.startswith("…")]


def found(named: str) -> list[tuple[str, str]]:
    """What a name stands for: `test_x`, `file.py::test_x`, with `…` for what is left out; or a file."""
    file, _colons, name = named.rpartition("::")
    if named.endswith(".py"):
        return [(path, "") for path in FILES if f"/{path}".endswith(f"/{named}")]
    pattern = ".*".join(map(re.escape, name.split("…")))
    return [one for one in TESTS if re.fullmatch(pattern, one[1]) and one[0].endswith(f"/{file}" if file else "")]


@pytest.mark.parametrize("named", sorted(set(NAMED)))
def test_a_named_test_is_there_and_only_once(named):
    assert len(found(named)) == 1, found(named)


def test_names_are_read_at_all():
    assert len(NAMED) > 150 and found("test_nothing_of_that_name") == []
    assert len(found("test_the_last_administrator_stays")) > 1, "more than one is not found either"
