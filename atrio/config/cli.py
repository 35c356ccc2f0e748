"""The `atrio` command."""

import argparse
import ast
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from atrio import config
from atrio.config import assets, database, embedded, launch, messages
from atrio.config.folders import data_folder
from atrio.config.problem import Problem

# Django's commands that change tables, or compare them with the models: they run as the login that owns them.
AS_OWNER = {
    "dbshell",
    "flush",
    "loaddata",
    "makemigrations",
    "migrate",
    "reencrypt",
    "secure",
    "sqlmigrate",
    "squashmigrations",
}
WITHOUT_DATABASE = {"check", "collectstatic", "compilemessages", "diffsettings", "help", "makemessages", "version"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    try:
        return _dispatch(arguments)
    except Problem as problem:
        return _complain(str(problem))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno in {28, 122}:  # ENOSPC, EDQUOT
            return _complain("The disk is full.")
        raise


def own_commands() -> dict[str, Path]:
    """Return the management commands of Atrio's own packages, found without loading Django."""
    package = Path(config.__file__).parents[1]
    files = package.glob("**/management/commands/*.py")
    return {file.stem: file for file in sorted(files) if not file.stem.startswith("_")}


def _dispatch(arguments: list[str]) -> int:
    parser = _parser()
    name = arguments[0] if arguments else ""
    if name == "manage" and len(arguments) > 1 and arguments[1] not in {"-h", "--help"}:
        return _django(arguments[1:])
    if name in own_commands() and name not in BUILT_IN:
        return _django(arguments)
    if name == "einvoice":
        from einvoice.cli import main as einvoice  # reason: no other command has a use for its libraries

        return einvoice(arguments[1:])
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return 0 if not name or name == "manage" else 2
    return options.run(options) or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="atrio", description="Self-service portal for customers and suppliers.")
    commands = parser.add_subparsers(metavar="command")
    for name, (run, text) in BUILT_IN.items():
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        if name in {"run", "serve", "health"}:
            command.add_argument("--port", type=_port, default=os.environ.get("PORT", "8000"), help="the server's port")
        if name in {"run", "serve"}:
            listen = os.environ.get("ATRIO_LISTEN", "127.0.0.1")
            command.add_argument("--host", default=listen, help="address to listen on")
            command.add_argument("--workers", type=int, default=None, help="web processes")
        if name == "worker":
            command.add_argument("--concurrency", type=int, default=2, help="jobs at the same time")
        if name in {"serve", "worker"}:
            command.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
        if name == "messages":
            command.add_argument("--check", action="store_true", help="only tell what is not translated")
        if name == "backup":
            command.add_argument("file", nargs="?", help="where to write it; here, named by the time, if not given")
        if name == "restore":
            command.add_argument("file", help="a file that `atrio backup` made")
            command.add_argument(
                "--replace", action="store_true", help="in place of what there is, which is kept first"
            )
        if name == "reset":
            command.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("einvoice", help="read electronic invoices and say what is wrong with them", add_help=False)
    commands.add_parser("manage", help="Django's own commands: atrio manage help", add_help=False)
    for name, file in own_commands().items():
        if name not in BUILT_IN:
            commands.add_parser(name, help=_help_of(file), add_help=False)
    return parser


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is not a port between 1 and 65535")


def _help_of(file: Path) -> str:
    """Read a command's `help` from its source: importing it would need Django set up."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "help":
            return str(node.value.value) if isinstance(node.value, ast.Constant) else ""
    return ""


def _complain(sentence: str) -> int:
    sys.stderr.write(f"atrio: {sentence}\n")
    return 1


@contextmanager
def _database_running() -> Iterator[None]:
    if not database.is_embedded(os.environ):
        yield
        return
    with embedded.running():
        data = data_folder(os.environ).resolve()
        if (data / "restore.json").is_file():
            from atrio.config import restore  # reason: it knows Django, which most commands load later

            restore.recover(data)
        # Read by settings, which are loaded only inside this block.
        os.environ["SECRET_KEY"] = os.environ.get("SECRET_KEY") or embedded.secret_key()
        yield


def _act_as(role: str) -> None:
    """Choose the database role; settings read it when Django is set up."""
    os.environ["ATRIO_DATABASE_ROLE"] = role


def _django(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line

    name = arguments[0]
    _act_as("owner" if name in AS_OWNER else "app")
    if name in WITHOUT_DATABASE or {"-h", "--help"} & set(arguments):
        execute_from_command_line(["atrio", *arguments])
        return 0
    with _database_running(), _readable_errors():
        execute_from_command_line(["atrio", *arguments])
    return 0


@contextmanager
def _readable_errors() -> Iterator[None]:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError

    try:
        yield
    except (OperationalError, psycopg.OperationalError) as error:
        if isinstance(error.__cause__, psycopg.errors.DiskFull):
            raise Problem("The disk of the database is full.") from error
        raise Problem(f"The database does not answer: {str(error).strip().splitlines()[0]}") from error
    except (CommandError, ImproperlyConfigured) as error:
        raise Problem(str(error)) from error


def _migrate(options: argparse.Namespace) -> None:
    _act_as("owner")
    with _as_owner():
        from django.db import connection

        if not database.is_embedded(os.environ):
            connection.ensure_connection()
            database.prepare_roles(connection.connection, os.environ)
        from atrio.config import migrating  # reason: it knows Django, which is set up only now

        migrating.migrate()
        from atrio.people.roles import renew_built_in  # reason: models need the set-up above

        renew_built_in()


@contextmanager
def _serving() -> Iterator[None]:
    """Have the database up and the role checked while a server process runs."""
    _act_as("app")
    with _database_running():
        if not os.environ.get("SECRET_KEY"):
            raise Problem("SECRET_KEY is missing: give all web and worker processes the same 50 random characters.")
        with _readable_errors():
            import django
            from django.db import connection

            django.setup()
            # Not from the pool, which would try for ten seconds what fails at once.
            with psycopg.connect(**connection.get_connection_params()) as direct:
                database.refuse_strong_role(direct)
        yield


def _serve(options: argparse.Namespace) -> int:
    if options.supervised:
        launch.stop_when_input_ends()
    with _serving():
        return launch.serve(options.host, options.port, options.workers or os.cpu_count() or 1, options.supervised)


def _worker(options: argparse.Namespace) -> None:
    own = database.is_embedded(os.environ)
    if options.supervised:
        launch.stop_when_input_ends()
    database.POOL["max_size"] = max(database.POOL["max_size"], options.concurrency + 1)
    with _serving(), _readable_errors():
        from atrio.config import worker  # reason: it needs Django set up

        worker.work(options.concurrency, revive=embedded.revive if own else lambda: None)


def _run(options: argparse.Namespace) -> int:
    launch.refuse_busy_port(options.host, options.port)
    os.environ.setdefault("ATRIO_URL", f"http://localhost:{options.port}")
    # On the terminal they would bury the address and the sign-ins.
    if not os.environ.get("ATRIO_SMTP_HOST"):
        os.environ.setdefault("ATRIO_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
    with _database_running():
        # Nobody wants an invented company in a database of theirs.
        demo = database.is_embedded(os.environ)
        tend = embedded.revive if demo else lambda: None
        return launch.run(options.host, options.port, options.workers or min(2, os.cpu_count() or 1), demo, tend)


def _health(options: argparse.Namespace) -> int:
    return 0 if launch.is_healthy(options.port) else 1


def _backup(options: argparse.Namespace) -> None:
    with _as_owner():
        from atrio.config import backup  # reason: it knows Django, which is set up only now

        try:
            path, missing = backup.make(Path(options.file).absolute() if options.file else None)
        except (FileExistsError, FileNotFoundError, PermissionError) as error:
            raise Problem(f"The backup cannot be written: {error.strerror or error}.") from error
        for name in missing:
            sys.stderr.write(f"atrio: a document names the file {name}, which is not in the storage\n")
        sys.stdout.write(f"{path}\n")


def _restore(options: argparse.Namespace) -> None:
    with _as_owner():
        from atrio.config import restore  # reason: it knows Django, which is set up only now

        said = restore.restore(Path(options.file).absolute(), replace=options.replace)
        sys.stdout.write(f"Restored as of {said['made_at']}. Everybody signs in again.\n")


@contextmanager
def _as_owner() -> Iterator[None]:
    _act_as("owner")
    with _readable_errors(), _database_running():
        import django

        django.setup()
        yield


def _assets(options: argparse.Namespace) -> None:
    _act_as("app")
    messages.compile_all()
    assets.build()


def _messages(options: argparse.Namespace) -> None:
    if options.check:
        messages.check()
        return
    for file in messages.update():
        sys.stdout.write(f"{file}\n")


def _reset(options: argparse.Namespace) -> None:
    if not database.is_embedded(os.environ):
        raise Problem("`reset` deletes the data of a trial; it never touches the database of DATABASE_URL.")
    folder = data_folder(os.environ)
    if not options.yes and input(f"Delete everything in {folder}? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise Problem("Nothing was deleted.")
    embedded.destroy(folder)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.suffix != ".lock":
            path.unlink()
    sys.stdout.write(f"{folder} is empty; the next start begins anew.\n")


BUILT_IN: dict[str, tuple[Callable[[argparse.Namespace], int | None], str]] = {
    "run": (_run, "start everything for a trial: database, web and worker"),
    "serve": (_serve, "start the web server"),
    "worker": (_worker, "start a worker for background jobs"),
    "health": (_health, "tell by the exit code whether the web server of this machine answers"),
    "migrate": (_migrate, "bring the database's tables, roles and policies up to date"),
    "backup": (_backup, "write the database and the files, as they stand now, into one file"),
    "restore": (_restore, "put a backup in the place of an empty database, or of what there is"),
    "reset": (_reset, "delete all data of a trial"),
    "assets": (_assets, "fetch and prepare the front-end files and translations"),
    "messages": (_messages, "gather the texts to translate"),
}

if __name__ == "__main__":
    sys.exit(main())
