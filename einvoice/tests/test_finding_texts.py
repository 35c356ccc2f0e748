"""Every code that a check gives has its sentence in three languages, and no sentence is without a check."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from .. import checks
from ..finding_texts import FINDINGS
from ..texts import REFUSALS

SOURCES = sorted(Path(checks.__file__).parent.glob("*.py"))
GIVERS = {"fatal", "warning", "info", "differs", "_differs", "_sum"}
CODE = re.compile(r"BR-(?:CO-|CL-|DEC-|[A-Z]{1,2}-)?[0-9]{2}|[a-z]+(?:_[a-z]+)+")
# Rules that are named by their category and number: BR-S-01 and so on.
FAMILY = re.compile(r"BR-(S|Z|E|AE|IC|G|O|AF|AG)-(0[1-9]|1[0-4])")


def literals() -> set[str]:
    """All texts in the sources of the checks: codes also stand in tables from which they are given."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def given() -> set[str]:
    """Codes that stand as texts where a finding is made, and all official rule ids."""
    found = {text for text in literals() if text.startswith("BR-") and CODE.fullmatch(text)}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GIVERS:
                texts = (one.value for one in node.args if isinstance(one, ast.Constant))
                found |= {text for text in texts if isinstance(text, str) and re.fullmatch("[a-z]+(_[a-z]+)+", text)}
    return found


def test_every_code_of_the_checks_has_sentences():
    assert given() - FINDINGS.keys() == set()


def test_every_sentence_belongs_to_a_check():
    known = literals()
    assert {code for code in FINDINGS if code not in known and not FAMILY.fullmatch(code)} == set()


@pytest.mark.parametrize("code", sorted(FINDINGS | REFUSALS))
def test_the_three_languages_say_the_same_facts(code):
    texts = (FINDINGS | REFUSALS)[code]
    facts = [{name for _, name, _, _ in Formatter().parse(text) if name is not None} for text in texts]
    assert facts[0] == facts[1] == facts[2]
    assert all(text.strip() and text.rstrip().endswith(".") for text in texts)


def test_the_page_of_the_formats_names_every_code_of_our_own():
    page = Path(checks.__file__).parents[2] / "docs" / "einvoice.md"
    if not page.is_file():
        pytest.skip("NO DOCS HERE: installed without them")
    text = page.read_text(encoding="utf-8")
    assert [code for code in FINDINGS if not code.startswith("BR-") and f"| `{code}` |" not in text] == []
