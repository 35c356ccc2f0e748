"""The embedded server starts, is shared, survives murder and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import psycopg
import pytest

from atrio.config import embedded
from atrio.config.problem import Problem

HOLD = """
import sys
from pathlib import Path
from atrio.config import embedded
embedded.ensure_running(Path(sys.argv[1]))
print("up", flush=True)
sys.stdin.read()
embedded.release(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    # Outside pytest's folder: as root it is private to root, and the server runs as another account.
    data = embedded.Path("/tmp") / f"atrio-test-{os.getpid()}"
    yield data
    embedded.stop(data)
    shutil.rmtree(data)


@pytest.fixture
def data(made):
    yield made
    embedded.stop(made)


def hold(data):
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_up(child):
    assert child.stdout.readline() == "up\n"


def one(server, query, user=embedded.RUNTIME):
    with server.connect(user, server.database) as connection:
        return connection.execute(query).fetchone()[0]


def test_three_first_starts_at_once_make_one_server(data):
    children = [hold(data) for _ in range(3)]
    for child in children:
        wait_up(child)
    assert one(embedded.address(data), "select 1") == 1
    for child in children[:2]:
        child.communicate()
    assert one(embedded.address(data), "select 1") == 1, "the last user still needs it"
    children[2].communicate()
    assert not embedded._processes(data)


def test_runtime_role_owns_nothing_and_obeys_row_security(data):
    with embedded.running(data) as server:
        rights = "select (rolsuper, rolbypassrls, rolcreatedb, rolcreaterole)::text from pg_roles where rolname = '{}'"
        assert one(server, rights.format(embedded.RUNTIME)) == "(f,f,f,f)"
        assert one(server, rights.format(embedded.OWNER)) == "(f,f,t,f)"
        assert one(server, "show listen_addresses") == ""
        assert one(server, "select upper('ßáñ')") == "ßÁÑ"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            one(server, "create table mine ()")
    assert not embedded._processes(data)


def test_data_survives_a_killed_postmaster(data):
    with embedded.running(data) as server:
        with server.connect(embedded.OWNER, server.database) as connection:
            connection.execute("create table if not exists kept (n int)")
            connection.execute("insert into kept values (7)")
        postmaster = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        server = embedded.ensure_running(data)
        assert one(server, "select max(n) from kept", embedded.OWNER) == 7


def test_the_launcher_starts_a_server_that_died(data):
    with embedded.running(data) as server:
        one(server, "select 1")
        postmaster = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
        embedded.revive(data)
        assert int((data / "postgres" / "postmaster.pid").read_text().split()[0]) == postmaster, "it lives: left alone"
        os.kill(postmaster, signal.SIGKILL)
        while embedded._answers(server):
            continue
        embedded.revive(data)
        assert one(server, "select 1") == 1


def test_a_killed_user_does_not_count(data):
    child = hold(data)
    wait_up(child)
    child.kill()
    child.communicate()
    assert one(embedded.address(data), "select 1") == 1, "the server outlives its starter"
    with embedded.running(data):
        pass
    assert not embedded._processes(data)


def test_a_pid_file_naming_a_living_stranger_is_forgotten(data):
    embedded.ensure_running(data)
    text = (data / "postgres" / "postmaster.pid").read_text().split("\n", 1)
    for process in embedded._processes(data):
        process.kill()
    stranger = subprocess.Popen(["sleep", "60"])
    deadline = time.monotonic() + 5
    while embedded._processes(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    (data / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{text[1]}")
    try:
        assert one(embedded.ensure_running(data), "select 1") == 1
        assert psutil.pid_exists(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()


def test_data_of_another_version_is_refused_in_words(data):
    with embedded.running(data):
        pass
    version = data / "postgres" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("17\n")
    try:
        with pytest.raises(Problem, match="made by PostgreSQL 17"):
            embedded.ensure_running(data)
    finally:
        version.write_text(ours)
        embedded.release(data)


def test_destroy_refuses_while_in_use_and_then_begins_anew(data):
    child = hold(data)
    wait_up(child)
    with pytest.raises(Problem, match="stop it first"):
        embedded.destroy(data)
    assert one(embedded.address(data), "select 1") == 1
    child.communicate()
    embedded.destroy(data)
    assert not (data / "postgres").exists()


def test_over_tcp_a_password_is_needed(data, monkeypatch):
    monkeypatch.setattr(embedded, "_uses_sockets", lambda: False)
    embedded.destroy(data)
    with embedded.running(data) as server:
        assert server.host == "127.0.0.1"
        assert 20000 <= server.port < 32768
        assert one(server, "select current_user") == embedded.RUNTIME
        with pytest.raises(psycopg.OperationalError):
            embedded.Server(server.host, server.port, password="wrong").connect(embedded.RUNTIME, server.database)  # noqa: S106
    embedded.destroy(data)


def test_a_long_or_odd_path_gets_a_short_socket_folder(tmp_path):
    short = tmp_path.parents[-2] / "data"
    assert embedded._socket_folder(short) == short / "run"
    for odd in (tmp_path / ("x" * 90), embedded.Path("/srv/a,b")):
        folder = embedded._socket_folder(odd)
        assert len(str(folder)) < 60
        assert "," not in str(folder)
        assert folder != embedded._socket_folder(odd / "other")


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "theirs")
    with pytest.raises(Problem, match="belongs to somebody else"):
        embedded._private_folder(tmp_path / "run")


def test_an_unusable_data_folder_is_told_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be used"):
        embedded.ensure_running(tmp_path / "file" / "data")
