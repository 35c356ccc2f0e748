"""The mapping's reference names every key that a mapping may have, and its example is a real one."""

import re
from pathlib import Path

import pytest

from atrio.erp.loads import mapping
from atrio.erp.loads.mapping import check_targets, parse_mapping
from atrio.erp.loads.types import schema_of, types_by_name

DOCS = (Path(__file__).parents[3] / "docs" / "loads.md").read_text(encoding="utf-8")
TABLES = (mapping.FILE_KEYS, mapping.COLUMN_KEYS, mapping.OPERATORS, mapping.JOIN_KEYS, mapping.LINES_KEYS)


@pytest.mark.parametrize("key", sorted({key for table in TABLES for key in table} | set(mapping.AGGREGATES)))
def test_every_key_is_documented(key):
    assert re.search(rf"`{re.escape(key)}\b", DOCS), key


def test_the_example_is_a_mapping():
    example = parse_mapping(re.search(r"```toml\n(.*?)```", DOCS, re.DOTALL)[1])
    check_targets(example, schema_of(types_by_name()["sales_invoices"]))
