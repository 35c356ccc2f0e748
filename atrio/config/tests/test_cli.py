"""The command line does what it says and fails in one sentence."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from atrio.config import cli, launch
from atrio.config.problem import Problem

ATRIO = [sys.executable, "-m", "atrio.config.cli"]
PROJECT = Path(cli.__file__).resolve().parents[2]


def environ(**changes):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "ATRIO", "SECRET"))}
    return kept | {"PYTHONPATH": str(PROJECT)} | changes


def atrio(*arguments, **changes):
    return subprocess.run([*ATRIO, *arguments], env=environ(**changes), capture_output=True, text=True, timeout=60)


def test_help_names_every_command(capsys):
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    for name in [*cli.BUILT_IN, "manage", *cli.own_commands()]:
        assert re.search(rf"\n    {name}\s", shown)


def test_an_unknown_command_and_a_wrong_port_are_refused():
    for arguments, words in ((["bogus"], "invalid choice: 'bogus'"), (["serve", "--port", "99999"], "is not a port")):
        done = atrio(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"DATABASE_URL": "mysql://me@h/b", "SECRET_KEY": "x"}, "must begin with postgresql://"),
        ({"DATABASE_URL": "postgresql://me@127.0.0.1:1/b", "SECRET_KEY": "x"}, "The database does not answer"),
        ({"DATABASE_URL": "postgresql://me@127.0.0.1:1/b"}, "SECRET_KEY is missing"),
        ({"ATRIO_DATA": "/dev/null/x"}, "data folder /dev/null/x cannot be used"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(settings, words):
    done = atrio("worker", **settings)
    assert done.returncode == 1
    assert done.stderr.startswith("atrio: ")
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_busy_port_is_told_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = atrio("run", "--port", str(port), ATRIO_DATA=str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Port {port} is in use" in done.stderr
    assert not (tmp_path / "data").exists()


def test_reset_asks_and_never_touches_a_given_database(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@h/b")
    assert cli.main(["reset", "--yes"]) == 1
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("DATABASE_APP_URL", raising=False)
    monkeypatch.setenv("ATRIO_DATA", str(tmp_path))
    (tmp_path / "files").mkdir()
    monkeypatch.setattr("builtins.input", lambda question: "")
    assert cli.main(["reset"]) == 1
    assert (tmp_path / "files").exists()
    assert cli.main(["reset", "--yes"]) == 0
    assert not (tmp_path / "files").exists()


def test_a_worker_started_beside_the_web_ends_with_its_launcher():
    code = """if True:
        import time
        from atrio.config import launch
        launch.stop_when_input_ends()
        print(1, flush=True)
        time.sleep(30)
    """
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"1\n"
    child.stdin.close()
    assert child.wait(5) == -signal.SIGTERM
    child.stdout.close()


def test_a_child_that_keeps_ending_is_given_up(monkeypatch, capsys):
    monkeypatch.setattr(launch, "_atrio", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    child = launch.Child("worker", [])
    child.start()
    with pytest.raises(Problem, match=r"keeps ending \(exit code 3\)"):  # noqa: PT012
        for _ in range(launch.RAPID_DEATHS):
            child.process.wait()
            child.revive()
    assert "starting it again" in capsys.readouterr().out


def test_the_server_answers_and_stops_when_its_launcher_is_killed(tmp_path):
    data = Path("/tmp") / f"atrio-serve-{os.getpid()}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen(
        [*ATRIO, "serve", "--supervised", "--workers", "1", "--port", str(port)],
        env=environ(ATRIO_DATA=str(data)),
        stdin=subprocess.PIPE,
    )
    try:
        assert _answer(port) == b"ok"
    finally:
        child.stdin.close()
        assert child.wait(20) == 0
        assert atrio("reset", "--yes", ATRIO_DATA=str(data)).returncode == 0
    assert sorted(path.name for path in data.iterdir()) == ["start.lock", "users.lock"]


def _answer(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.1)
    return None


def test_the_launcher_tends_its_database_beside_its_children(monkeypatch):
    tended = []

    def tend():
        tended.append(1)
        raise KeyboardInterrupt  # as Ctrl-C would

    monkeypatch.setattr(launch, "_step", lambda *words, **options: "")
    monkeypatch.setattr(launch, "_wait_until_ready", lambda *given: None)
    monkeypatch.setattr(launch.Child, "start", lambda child: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert launch.run("127.0.0.1", 1, 1, False, tend) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert tended == [1]
