"""Loads from a text, for each test that needs one."""

import json

import pytest

from atrio.core.scope import scope
from atrio.erp.loads.engine import Order
from atrio.erp.loads.mapping import parse_mapping
from atrio.erp.loads.rows import Files
from atrio.erp.loads.running import begin, run
from atrio.erp.loads.types import types_by_name


@pytest.fixture
def load(world, tmp_path):
    """`load("products", text)` loads a file of that text and gives the record."""

    def load(kind, content, name="main.csv", mapping="", slug="acme", lines=None, **options):
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        if lines is not None:
            (tmp_path / "lines.csv").write_text(lines, encoding="utf-8")
        files = Files(tmp_path / name, tmp_path / "lines.csv" if lines is not None else None)
        order = Order(types_by_name()[kind], files, parse_mapping(mapping) if mapping else None, **options)
        actor = world.system(slug)
        return run(actor, order, begin(actor, order))

    return load


@pytest.fixture
def inside(world):
    with scope(world.system()):
        yield world.system()


def counts(record):
    return record.created, record.updated, record.unchanged, record.rejected
