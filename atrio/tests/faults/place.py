"""A whole installation of its own: database, web and worker as real processes, which tests may kill."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
from psycopg.types.json import Jsonb

from atrio.config import embedded
from atrio.config.folders import project_folder
from atrio.testing import database

PATIENCE = 60  # seconds in which what must happen has happened, on a busy machine
PROGRAMS = embedded._package_folder() / "pginstall" / "bin"
LEDGER, LOAD = "ledger", "load sales_invoices"


def until(what: Callable, said: str = ""):
    """Wait for something to become true; what it was."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {PATIENCE} s: {said or what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


class Place:
    def __init__(self, folder: Path):
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self.files = folder / "files"
        self.server = embedded.ensure_running(self.data)
        self.processes: list[subprocess.Popen] = []
        self.web: subprocess.Popen | None = None
        self._fill()

    @property
    def environ(self) -> dict[str, str]:
        place = f"{self.server.database}?host={self.server.host}"
        return {k: v for k, v in os.environ.items() if not k.startswith(("ATRIO_", "PYTEST", "DATABASE_"))} | {
            "DATABASE_URL": f"postgresql://{embedded.OWNER}@/{place}",
            "DATABASE_APP_URL": f"postgresql://{embedded.RUNTIME}@/{place}",
            "SECRET_KEY": "only-for-tests",
            "ATRIO_DATA": str(self.folder),
            "ATRIO_STORAGE": str(self.files),
            "ATRIO_URL": f"http://127.0.0.1:{self.port}",
            "ATRIO_JOB_PATIENCE": "2",
            "PYTHONPATH": str(project_folder()),
        }

    def _fill(self) -> None:
        """The world that all tests know, copied from the tests' own server."""
        known, dump = database._owner(), self.folder / "world.sql"
        source = ["--host", known["HOST"], "--port", known["PORT"] or "5432", "--username", known["USER"]]
        environ = os.environ | {"PGPASSWORD": known["PASSWORD"]}
        words = [PROGRAMS / "pg_dump", *source, "--file", dump, database.template()]
        subprocess.run(words, check=True, env=environ)
        target = ["--host", self.server.host, "--username", embedded.OWNER, "--quiet", "--single-transaction"]
        command = [PROGRAMS / "psql", *target, "--output", os.devnull, "--file", dump, self.server.database]
        subprocess.run(command, check=True)
        with self.server.connect(embedded.SUPERUSER, "postgres") as connection:
            connection.execute("checkpoint")  # so that a restart has little to repeat

    def close(self) -> None:
        for process in self.processes:
            self.end(process)
        embedded.stop(self.data)
        shutil.rmtree(self.folder, ignore_errors=True)

    # The database

    def connect(self) -> psycopg.Connection:
        """As the owner, who sees every row."""
        return self.server.connect(embedded.OWNER, self.server.database)

    def ask(self, query: str, *values) -> list[tuple]:
        with self.connect() as connection:
            return connection.execute(query, values or None).fetchall()

    def one(self, query: str, *values):
        found = self.ask(query, *values)
        return found[0][0] if found else None

    def do(self, statement: str, *values) -> None:
        with self.connect() as connection:
            connection.execute(statement, values or None)

    def rule(self, statement: str) -> None:
        """What only the server's administrator may do."""
        with self.server.connect(embedded.SUPERUSER, self.server.database) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def held(self, what: str) -> Iterator[psycopg.Connection]:
        """Hold a lock that a writer of acme will want in the middle of its work."""
        connection = self.connect()
        try:
            connection.execute(
                "select pg_advisory_lock(hashtext(%s), (select id::int from portal where slug = 'acme'))", [what]
            )
            yield connection
        finally:
            connection.close()

    def blocked(self) -> list[tuple]:
        """Backends of web, worker and commands that wait for a lock, and what they ask for."""
        return self.ask(
            "select pid, query from pg_stat_activity where wait_event_type = 'Lock' and usename = %s", embedded.RUNTIME
        )

    def wait_blocked(self) -> list[tuple]:
        return until(self.blocked, "somebody waits for the lock")

    def wait_quiet(self) -> None:
        """Until what killed clients had asked for is over: their backends have noticed."""
        asked = (
            "select 1 from pg_stat_activity where usename = %s and state <> 'idle' and backend_type = 'client backend'"
        )
        until(lambda: not self.ask(asked, embedded.RUNTIME), "the dead clients' statements ended")

    def kill_database(self) -> None:
        """The postmaster dies as by a power cut of its own; nothing is written down orderly."""
        kill(int((self.data / "postgres" / "postmaster.pid").read_text().split()[0]))
        until(lambda: not embedded._answers(self.server), "the database is gone")

    def start_database(self) -> None:
        embedded.ensure_running(self.data)

    # Processes

    def run(self, module: str) -> None:
        subprocess.run([sys.executable, "-m", module], check=True, env=self.environ, cwd=project_folder())

    def start(self, *words: str, log: str, **environ: str) -> subprocess.Popen:
        with (self.folder / f"{log}.log").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "atrio.config.cli", *words],
                env=self.environ | environ,
                cwd=project_folder(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def end(self, process: subprocess.Popen) -> None:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()

    @contextlib.contextmanager
    def worker(self, *words: str, **environ: str) -> Iterator[subprocess.Popen]:
        process = self.start("worker", *words, log="worker", **environ)
        try:
            yield process
        finally:
            self.end(process)

    def serve(self) -> None:
        """Have a web server: Granian leaves it to a supervisor to begin again after two deaths in seconds."""
        until(self._answers, "the web server answers")

    def _answers(self) -> bool:
        if self.web is None or self.web.poll() is not None:
            self.web = self.start("serve", "--port", str(self.port), "--workers", "1", log="web")
        with socket.socket() as probe:
            probe.settimeout(1)
            return not probe.connect_ex(("127.0.0.1", self.port)) and bool(self.web_worker())

    def web_worker(self) -> int:
        """The process that answers requests; Granian's own only starts it."""
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self.web.pid).children():
                if "resource_tracker" not in " ".join(child.cmdline()):
                    return child.pid
        return 0


def portal(place) -> int:
    return place.one("select id from portal where slug = 'acme'")


def defer(place, task: str, queue: str, args: dict, queueing_lock: str | None = None, wait: str = "0s") -> None:
    place.do(
        "insert into procrastinate_jobs (queue_name, task_name, args, queueing_lock, scheduled_at)"
        " values (%s, %s, %s, %s, now() + %s::interval)",
        queue,
        task,
        Jsonb(args),
        queueing_lock,
        wait,
    )


def queued_mail(place) -> int:
    return place.one(
        'insert into mail (portal_id, "to", subject, text, html, state, error, attempts, created_at)'
        " select id, 'tornillos@acme.example', 'Orden OC-1', 'Hola', '', 'queued', '', 0, now() from portal"
        " where slug = 'acme' returning id"
    )
