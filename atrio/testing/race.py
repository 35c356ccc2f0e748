"""Real races: each competitor in a thread and connection of its own, in a database that keeps what they commit."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from time import monotonic, sleep

from django.db import connection, connections, transaction

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

    def collide(self, hold: Callable, *competitors: Callable) -> list:
        """A race whose competitors meet for certain: all wait for a row that `hold` locks, then it is let go."""
        held, over = Event(), list[Callable]()

        def referee() -> None:
            with transaction.atomic():
                hold()
                held.set()
                _until_waiting(len(competitors), over)

        def runner(work: Callable) -> Callable:
            def run():
                held.wait(20)
                try:
                    return work()
                finally:
                    over.append(work)

            return run

        return self.race(*map(runner, competitors), referee)[:-1]

    def do(self, work: Callable):
        """One piece of work alone: to set up, or to look at the end."""
        (given,) = self.race(work)
        if isinstance(given, Exception):
            raise given
        return given


def _until_waiting(many: int, over: list) -> None:
    """Until so many connections wait for a lock; whoever is over already will not come to it."""
    end = monotonic() + 10
    asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        while monotonic() < end:
            cursor.execute("select pg_stat_clear_snapshot()")
            cursor.execute(asked)
            if cursor.fetchone()[0] + len(over) >= many:
                return
            sleep(0.002)


@contextmanager
def arena(name: str) -> Iterator[Arena]:
    with database.clone(name) as made:
        yield Arena(made)
