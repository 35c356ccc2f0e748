"""The short version of bench/einvoice_fuzz.py: 2,000 mutated files of which nothing but NotRead may come."""

from __future__ import annotations

import pytest

from bench import einvoice_fuzz

RUNS = 2_000


def test_only_refusals_come_of_mutated_files():
    if not einvoice_fuzz.originals():
        pytest.skip(f"NO SAMPLE DATA at {einvoice_fuzz.DATA}: no mutated file was tried")
    outcomes, _ = einvoice_fuzz.run(range(1_000_000, 1_000_000 + RUNS))
    assert not [outcome for outcome in outcomes if outcome.startswith("FAULT")]
    assert sum(outcomes.values()) == RUNS
    assert outcomes["read"] > RUNS // 10
