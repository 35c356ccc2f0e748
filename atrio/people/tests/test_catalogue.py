"""Every permission that the code asks for stands in the matrix, in words; and the matrix has no other."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from atrio.core.doctypes import document_types
from atrio.people.permissions import SIDES, administration, label_of, matrix, names

PACKAGE = Path(__file__).resolve().parents[2]
ASKS = {"may", "needs"}
WRITTEN = re.compile(r"[a-z_]+\.[a-z_]+")


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "testing", "migrations"} & set(path.parts):
            yield path, ast.parse(path.read_text())


def _value(node: ast.expr, path: Path) -> str:
    """What an argument says: written out, or by a name of its module; nothing for what is put together."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        said = getattr(import_module(".".join(parts)), node.id, "")
        return said if isinstance(said, str) else ""
    return ""


def asked() -> set[str]:
    """The permissions named where the code asks for one: `may(…)`, `needs(…)`, `{"needs": …}`, `PERMISSION = …`."""
    found = set()
    for path, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ASKS:
                found |= {_value(one, path) for one in node.args}
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                found |= {_value(v, path) for k, v in pairs if isinstance(k, ast.Constant) and k.value == "needs"}
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PERMISSION":
                found.add(_value(node.value, path))
    return {name for name in found if WRITTEN.fullmatch(name)}


def test_what_the_code_asks_for_is_in_the_matrix():
    known = names("staff") | names("partner")
    found = asked()
    assert {"audit.view", "outbox.send", "api_keys.manage", "people.manage", "roles.manage", "portal.manage"} <= found
    assert found <= known, f"say in settings.PERMISSIONS what these allow: {sorted(found - known)}"


def test_what_document_types_allow_is_in_the_matrix():
    for side, audiences in SIDES.items():
        for kind in document_types().values():
            for audience in audiences:
                assert kind.permissions.get(audience, frozenset()) <= names(side)


def test_the_matrix_offers_nothing_that_is_never_asked():
    for group in administration():
        for one in group.permissions:
            assert one.name in asked() | {"people.view"}, one.name  # a list of people is asked for by its type


@pytest.mark.parametrize("side", sorted(SIDES))
def test_everything_is_said_in_words(side):
    for group in matrix(side):
        for one in group.permissions:
            label = str(one.label)
            assert label and label[0].isupper() and "." not in label, f"{one.name}: {label}"
            assert label_of(one.name)
