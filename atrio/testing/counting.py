"""How many queries a page asks: its own, without what every transaction says first."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

HOUSEKEEPING = ("SAVEPOINT", "RELEASE", "select set_config", "select coalesce(current_setting")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The queries asked inside, once it is left."""
    asked: list[str] = []
    with CaptureQueriesContext(connection) as seen:
        yield asked
    asked += [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(HOUSEKEEPING)]
