"""What the processes and the database hold, and who waits for whom, while something else goes on."""

import threading
import time
from dataclasses import dataclass, field
from statistics import mean

import psycopg

from .server import family, resident

EVERY, SELDOM = 0.25, 1.0  # seconds between two looks at the locks, and at the rest
WAITS = """
select waiter.pid, l.waitstart, extract(epoch from clock_timestamp() - l.waitstart)::float, l.locktype,
  waiter.application_name, waiter.query, coalesce((select string_agg(b.application_name || ' ' || b.query, ' and ')
    from pg_stat_activity b where b.pid = any (pg_blocking_pids(l.pid))), '')
from pg_locks l join pg_stat_activity waiter using (pid)
where not l.granted and l.waitstart is not null and waiter.datname = current_database()"""
HELD = """
select count(*) filter (where application_name = %s), count(*),
  coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""


@dataclass(frozen=True)
class Moment:
    """What was held at one time."""

    at: float
    memory: float
    connections: int
    all_connections: int
    transaction: float


@dataclass(frozen=True)
class Wait:
    """Somebody who waited for a lock, as long as was seen, and for whom."""

    seconds: float
    kind: str
    who: str
    waiting: str
    holding: str

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s, {self.who} ({self.kind}) {_short(self.waiting)} for {_short(self.holding)}"


def _short(query: str) -> str:
    words = " ".join(query.split())
    return f"“{words[:100]}…”" if len(words) > 100 else f"“{words}”"


@dataclass
class Watch:
    """Looks until it is left; what it saw is read afterwards."""

    parameters: dict
    processes: tuple[int, ...]
    name: str
    moments: list[Moment] = field(default_factory=list)
    waits: dict[tuple, Wait] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self.started, self.before = time.monotonic(), self._alive()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self

    def __exit__(self, *problem) -> None:
        self.over.set()
        self.thread.join()
        self.ended = self.before - self._alive()

    def _alive(self) -> set[int]:
        return {one for process in self.processes for one in family(process)}

    def _look(self) -> None:
        seldom = 0.0
        with psycopg.connect(**self.parameters, autocommit=True) as connection:
            while not self.over.wait(EVERY):
                for pid, since, *facts in connection.execute(WAITS):
                    self.waits[pid, since] = Wait(*facts)
                if time.monotonic() - seldom >= SELDOM:
                    seldom = time.monotonic()
                    self._weigh(connection)

    def _weigh(self, connection: psycopg.Connection) -> None:
        held = connection.execute(HELD, [self.name]).fetchone()
        memory = sum(resident(process) for process in self.processes)
        self.moments.append(Moment(time.monotonic() - self.started, memory, *held))

    def mean_of(self, what: str, first: float, last: float) -> float:
        """The mean of what was held between two times."""
        return mean(getattr(one, what) for one in self.moments if first <= one.at <= last)

    def longest(self) -> Wait | None:
        return max(self.waits.values(), key=lambda one: one.seconds, default=None)
