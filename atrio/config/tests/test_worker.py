"""Around each job: no dead connection outlives the job that met it."""

import pytest
from django.db import DatabaseError, OperationalError
from procrastinate.exceptions import ConnectorException

from atrio.config import worker


@pytest.fixture
def happened(monkeypatch) -> list[str]:
    """What is done about connections, in its order."""
    said: list[str] = []
    monkeypatch.setattr(worker.connections, "close_all", lambda: said.append("close"))
    monkeypatch.setattr(worker, "forget_dead_connections", lambda: said.append("forget"))
    return said


def test_a_job_begins_and_ends_without_a_connection(happened):
    given = worker.with_fresh_connection(lambda: happened.append("work") or "done", None, None)
    assert given == "done" and happened == ["close", "work", "close"]


@pytest.mark.parametrize("problem", [OperationalError, ConnectorException, ZeroDivisionError])
def test_a_job_that_met_a_dead_connection_spares_the_next_ones_theirs(happened, problem):
    def work():
        happened.append("work")
        raise problem

    with pytest.raises(problem):
        worker.with_fresh_connection(work, None, None)
    lost = issubclass(problem, (DatabaseError, ConnectorException))
    assert happened == ["close", "work", *(["forget"] if lost else []), "close"]
