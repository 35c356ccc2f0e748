"""The `atrio` command."""

import argparse
import ast
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from atrio import config
from atrio.config import assets, database, embedded, launch
from atrio.config.folders import data_folder
from atrio.config.problem import Problem

# Django's commands that change tables, or compare them with the models: they run as the login that owns them.
AS_OWNER = {"dbshell", "flush", "loaddata", "makemigrations", "migrate", "secure", "sqlmigrate", "squashmigrations"}
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
        if name in {"run", "serve"}:
            command.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on")
            command.add_argument("--port", type=_port, default=os.environ.get("PORT", "8000"), help="port to listen on")
            command.add_argument("--workers", type=int, default=None, help="web processes")
        if name == "worker":
            command.add_argument("--concurrency", type=int, default=2, help="jobs at the same time")
        if name in {"serve", "worker"}:
            command.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)
        if name == "reset":
            command.add_argument("--yes", action="store_true", help="do not ask")
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
            return node.value.value if isinstance(node.value, ast.Constant) else ""
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
    with _database_running(), _readable_database_errors():
        execute_from_command_line(["atrio", *arguments])
    return 0


@contextmanager
def _readable_database_errors() -> Iterator[None]:
    from django.db import OperationalError

    try:
        yield
    except OperationalError as error:
        raise Problem(f"The database does not answer: {str(error).strip().splitlines()[0]}") from error


def _migrate(options: argparse.Namespace) -> None:
    _act_as("owner")
    with _database_running(), _readable_database_errors():
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        if not database.is_embedded(os.environ):
            connection.ensure_connection()
            database.prepare_roles(connection.connection, os.environ)
        call_command("migrate", interactive=False, verbosity=1)
        call_command("secure")


@contextmanager
def _serving() -> Iterator[None]:
    """Have the database up and the role checked while a server process runs."""
    _act_as("app")
    with _database_running():
        with _readable_database_errors():
            import django
            from django.db import connection

            django.setup()
            connection.ensure_connection()
            database.refuse_strong_role(connection.connection)
            connection.close()
            # The check's pool must not outlive it: web processes make their own.
            connection.close_pool()
        yield


def _serve(options: argparse.Namespace) -> int:
    if options.supervised:
        launch.stop_when_input_ends()
    with _serving():
        return launch.serve(options.host, options.port, options.workers or os.cpu_count() or 1, options.supervised)


def _worker(options: argparse.Namespace) -> None:
    if options.supervised:
        launch.stop_when_input_ends()
    with _serving(), _readable_database_errors():
        from django.core.management import call_command

        call_command("procrastinate", "worker", "--concurrency", str(options.concurrency))


def _run(options: argparse.Namespace) -> int:
    launch.refuse_busy_port(options.host, options.port)
    with _database_running():
        return launch.run(options.host, options.port, options.workers or min(2, os.cpu_count() or 1))


def _assets(options: argparse.Namespace) -> None:
    assets.build()


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
    "migrate": (_migrate, "bring the database's tables, roles and policies up to date"),
    "reset": (_reset, "delete all data of a trial"),
    "assets": (_assets, "fetch and prepare the front-end files"),
}

if __name__ == "__main__":
    sys.exit(main())
