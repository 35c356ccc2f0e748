"""What the API says of itself: on record, held to, and attacked by what was made from it."""

import json
import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import GenerationMode

from atrio.config.assets import PACKAGE
from atrio.config.wsgi import application
from atrio.core import events
from atrio.core.doctypes import document_types
from atrio.core.scope import scope
from atrio.erp.api.openapi import document
from atrio.testing.world import make

RECORD = PACKAGE.parent / "docs" / "openapi.json"


def test_the_description_is_the_one_on_record():
    """On purpose? `ATRIO_RENEW=1 pytest atrio/erp/api`, and let the reviewer see what breaks for whom."""
    now = json.dumps(document(), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("ATRIO_RENEW") == "1":
        RECORD.write_text(now)
    assert RECORD.exists(), "no record yet: run with ATRIO_RENEW=1"
    assert now.splitlines() == RECORD.read_text().splitlines()


def test_every_operation_declares_its_refusals():
    for path, methods in document()["paths"].items():
        for method, one in methods.items():
            assert {"200", "401", "403", "404", "405", "422", "429", "500"} <= set(one["responses"]), f"{method} {path}"


OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(document()).get_all_operations()]
BOUNDED = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def key(program, monkeypatch):
    """A key for everything; the connection is the test's, and no request may close it (Django's own test client
    does the same)."""
    monkeypatch.setattr(events, "horizon", lambda: 2**62)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield program(rate=1_000_000).text
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_no_request_made_from_the_description_finds_a_failure(operation, world, key):
    kind = document_types().get(operation.tags[0], document_types()["sales_invoices"])
    doc = make(world, kind, "S-1")
    with scope(world.system()):
        events.record(world.system(), doc, "note", {"text": "x"})
    operation.app = operation.schema.app = application
    # What is well-formed may still be refused: a partner that does not exist, totals that do not tie.
    accepted = operation.schema.config.checks.positive_data_acceptance
    accepted.expected_statuses = ["2xx", "401", "403", "404", "409", "422"]
    for mode in GenerationMode:
        attack(operation, mode, {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"})


def attack(operation, mode: GenerationMode, headers: dict) -> None:
    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case):
        assume("skip_bad" not in (case.query or {}))  # then bad rows are left out, and that is a success
        case.call_and_validate(base_url="http://localhost/acme/api/v1", headers=headers)

    one()
