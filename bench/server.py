"""Real server processes for the measures, started as in production and stopped for certain."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .http import Connection

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def serving(environment: dict[str, str], *, workers: int = 2, log: Path) -> Iterator[tuple[str, int]]:
    """A web server: its address and the number of its main process."""
    port = free_port()
    words = [sys.executable, "-m", "atrio.config.cli", "serve", "--port", str(port), "--workers", str(workers)]
    with log.open("ab") as out:
        process = subprocess.Popen(words, env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)  # noqa: S603
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, process)
            yield base, process.pid
        finally:
            stop(process)


def stop(process: subprocess.Popen) -> None:
    """End a process with all it started; a server that does not hear is killed."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, way)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            continue


def _wait(base: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with {process.returncode}")
        try:
            connection = Connection(base, {})
        except OSError:
            time.sleep(0.1)
            continue
        try:
            if connection.get("/healthz")[0] == 200:
                return
        except (OSError, ValueError):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("the server did not answer in a minute")


def resident(pid: int) -> float:
    """Megabytes that a process and its descendants hold, shared pages counted once (PSS)."""
    return sum(_pss(one) for one in family(pid))


def _pss(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def cpu(pids: list[int]) -> float:
    """Seconds of processor time that processes have used."""
    ticks = sum(sum(map(int, _fields(pid)[11:13])) for pid in pids)
    return ticks / os.sysconf("SC_CLK_TCK")


def backends(database: str) -> list[int]:
    """The processes of PostgreSQL that serve a database, where it runs on this machine."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words.startswith("postgres:") and f" {database} " in words:
            found.append(int(file.parent.name))
    return found


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 20


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        parents.setdefault(int(_fields(int(folder.name))[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += parents.get(one, [])
    return found
