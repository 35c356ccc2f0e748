"""Runs the web server, and for a trial the worker beside it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from atrio.config.problem import Problem

STOP_SECONDS = 15
READY_SECONDS = 60
RAPID_SECONDS, RAPID_DEATHS = 10, 3


def serve(host: str, port: int, workers: int, quiet: bool = False) -> int:
    """Serve the site until a signal stops it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    refuse_busy_port(host, port)
    Granian(
        "atrio.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=2,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.warning if quiet else LogLevels.info,
    ).serve()
    return 0


def refuse_busy_port(host: str, port: int) -> None:
    """Say in words that the port cannot be had, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Problem(f"Port {port} needs more rights than this account has: choose one from 1024 up.") from None
        except OSError:
            raise Problem(f"Port {port} is in use: stop what runs there, or choose another: PORT=8001.") from None


def is_healthy(port: int) -> bool:
    """Tell whether the web server of this machine answers under the name its visitors use."""
    site = urlsplit(os.environ.get("ATRIO_URL", "http://localhost")).netloc
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": site})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop_when_input_ends() -> None:
    """Stop this process when the launcher dies, however it died: its end of the pipe closes."""

    def watch() -> None:
        while os.read(0, 1024):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@dataclass
class Child:
    """A process the launcher keeps running."""

    name: str
    arguments: list[str]
    process: subprocess.Popen | None = None
    started: float = 0
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start the process out of reach of the terminal's Ctrl-C: the launcher stops it in order."""
        self.started = time.monotonic()
        command = [*_atrio(), *self.arguments, "--supervised"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603

    def revive(self) -> None:
        """Start it again when it died by itself, unless it keeps dying."""
        if self.process is None or self.process.poll() is None:
            return
        now = time.monotonic()
        self.deaths = [death for death in self.deaths if now - death < RAPID_SECONDS * RAPID_DEATHS] + [now]
        if len(self.deaths) >= RAPID_DEATHS:
            raise Problem(f"The {self.name} keeps ending (exit code {self.process.returncode}); see its words above.")
        _say(f"The {self.name} ended (exit code {self.process.returncode}); starting it again.")
        self.start()

    def stop(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for its end, then end by force what is left of its group."""
        if not self.process:
            return
        try:
            self.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
        if hasattr(os, "killpg"):
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return  # nothing of it is left


def run(host: str, port: int, workers: int, demo: bool, tend: Callable[[], None] = lambda: None) -> int:
    """Prepare the database, start web and worker, and stay until Ctrl-C; `tend` looks after what else must live."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    _say("Preparing the database…")
    _step("migrate")
    sign_ins = ""
    if demo:
        _say("Preparing the demonstration company…")
        sign_ins = _step("demo", keep_output=True)
    web = Child("web server", ["serve", "--host", host, "--port", str(port), "--workers", str(workers)])
    children = [web, Child("worker", ["worker"])]
    try:
        for child in children:
            child.start()
        _wait_until_ready(web, host, port)
        _say(f"\nAtrio answers at http://{_shown(host)}:{port}/\n\n{sign_ins.rstrip()}\n\nStop it with Ctrl-C.")
        while True:
            time.sleep(1)
            tend()
            for child in children:
                child.revive()
    except KeyboardInterrupt:
        _say("\nStopping…")
    finally:
        # A second Ctrl-C must not leave a server behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _stop(children)
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _atrio() -> list[str]:
    return [sys.executable, "-m", "atrio.config.cli"]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _step(command: str, keep_output: bool = False) -> str:
    """Run one command of ours to its end; its words for people go to standard error."""
    output = subprocess.PIPE if keep_output else subprocess.DEVNULL
    done = subprocess.run([*_atrio(), command], stdout=output, text=True)  # noqa: S603
    if done.returncode:
        raise Problem(f"`atrio {command}` failed; its words are above.")
    return done.stdout or ""


def _shown(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104


def _wait_until_ready(web: Child, host: str, port: int) -> None:
    address = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        web.revive()
        try:
            urllib.request.urlopen(f"http://{address}:{port}/healthz", timeout=5).close()  # noqa: S310
            return
        except urllib.error.HTTPError:
            return  # it answers, which is what was asked
        except OSError:
            time.sleep(0.1)
    raise Problem(f"The web server did not answer within {READY_SECONDS} seconds; see its words above.")


def _stop(children: list[Child]) -> None:
    for child in children:
        child.stop()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.wait(deadline)
