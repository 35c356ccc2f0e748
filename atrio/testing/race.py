"""Real races: each competitor in a thread and connection of its own, in a database that keeps what they commit."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from django.db import connections

from . import database


class Arena:
    """A cloned database; what is run in it is committed."""

    def __init__(self, name: str):
        self.name = name

    def _run(self, work: Callable, start: Barrier):
        connection = connections["default"]  # this thread's own, not opened yet
        connection.settings_dict = connection.settings_dict | {"NAME": self.name}
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            return work()
        finally:
            connection.close()

    def race(self, *competitors: Callable) -> list:
        """What each competitor gave or raised, all let loose at the same moment."""
        start = Barrier(len(competitors))
        with ThreadPoolExecutor(len(competitors)) as pool:
            running = [pool.submit(self._run, work, start) for work in competitors]
        # Who lost, and by what, is what a race asks.
        return [one.exception() or one.result() for one in running]

    def do(self, work: Callable):
        """One piece of work alone: to set up, or to look at the end."""
        (given,) = self.race(work)
        if isinstance(given, Exception):
            raise given
        return given


@contextmanager
def arena(name: str) -> Iterator[Arena]:
    with database.clone(name) as made:
        yield Arena(made)
