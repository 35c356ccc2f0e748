"""Sizes that keep the house a pleasure to change; a budget is raised by a decision, not by a test."""

import ast
from pathlib import Path

import pytest

from atrio.core.doctypes import document_types

PACKAGE = Path(__file__).resolve().parents[1]
LINES_OF_CORE = 3_700  # docs/decisions/003-budgets.md
LINES_OF_A_TYPE = 450  # models, doctype, actions and views; docs/decisions/003-budgets.md
LINES_OF_A_FUNCTION = 40
LINES_OF_A_TEMPLATE = 80
LINES_OF_SCRIPT = 400


def code(folder: Path) -> list[Path]:
    return [
        p for p in folder.rglob("*.py") if not {"tests", "migrations", "testing"} & set(p.relative_to(PACKAGE).parts)
    ]


def lines(paths) -> int:
    """Lines that say something: neither blank nor comment nor docstring."""
    return sum(_saying(path.read_text()) for path in paths)


def _saying(text: str) -> int:
    quiet: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ):
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                quiet |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    rows = enumerate(text.splitlines(), start=1)
    return sum(1 for n, row in rows if row.strip() and not row.strip().startswith("#") and n not in quiet)


def test_core_is_small():
    assert lines(code(PACKAGE / "core")) <= LINES_OF_CORE


@pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
def test_a_document_type_is_small(kind):
    folder = Path(__import__(kind.model.__module__, fromlist=["_"]).__file__).parent
    assert (
        lines(p for p in folder.glob("*.py") if p.name in ("models.py", "doctype.py", "actions.py", "views.py"))
        <= LINES_OF_A_TYPE
    )


def test_functions_are_short():
    long = []
    for path in code(PACKAGE):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > LINES_OF_A_FUNCTION:
                    long.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name} {size}")
    assert not long, long


def test_templates_are_short():
    found = {p.relative_to(PACKAGE): len(p.read_text().splitlines()) for p in PACKAGE.rglob("templates/**/*.html")}
    assert not {p: n for p, n in found.items() if n > LINES_OF_A_TEMPLATE}


def test_our_script_is_small():
    own = [p for p in (PACKAGE / "static").rglob("*.js") if "vendor" not in p.parts]
    assert sum(len(p.read_text().splitlines()) for p in own) <= LINES_OF_SCRIPT
