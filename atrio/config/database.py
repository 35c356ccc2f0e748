"""Turns the environment into Django's DATABASES: which server, and under which of the two roles."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from psycopg import Connection, sql
from psycopg.errors import InsufficientPrivilege

from atrio.config import embedded
from atrio.config.folders import data_folder
from atrio.config.problem import Problem

# Short waits: what a pool waits for is a database that is away; once it is back, nobody should wait for a long pause.
POOL = {"min_size": 2, "max_size": 4, "timeout": 2, "reconnect_timeout": 1}
CONNECT_SECONDS = "5"
# The words of libpq an address may carry after its question mark.
URL_OPTIONS = {
    "application_name",
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "host",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "options",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
}
TRUE, FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def databases(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES for the role this process runs under."""
    role = environ.get("ATRIO_DATABASE_ROLE", "app")
    if role not in {"app", "owner"}:
        raise Problem(f"ATRIO_DATABASE_ROLE is 'app' or 'owner', not '{role}'.")
    _switch(environ, "ATRIO_PGBOUNCER")  # a wrong word is named, whatever it would change
    # Server-side cursors stay on, also behind PgBouncer: ours live inside a transaction, which it keeps on
    # one connection. Without them an export of a million rows would be read whole before its first one is sent.
    return {"default": _owner(environ) if role == "owner" else _runtime(environ)}


def is_embedded(environ: Mapping[str, str]) -> bool:
    """Tell whether the database is the one that comes with Atrio."""
    return not environ.get("DATABASE_URL") and not environ.get("DATABASE_APP_URL")


def prepare_roles(connection: Connection, environ: Mapping[str, str]) -> None:
    """Create the role that owns nothing where it is missing, and let the runtime's login act as it."""
    owner = connection.info.user
    url = environ.get("DATABASE_APP_URL")
    login = parse(url, "DATABASE_APP_URL")["USER"] if url else owner
    known = {row[0] for row in connection.execute("select rolname from pg_roles")}
    if login not in known:
        raise Problem(f"The login '{login}' of DATABASE_APP_URL does not exist: create it first (docs/operations.md).")
    role = sql.Identifier(embedded.RUNTIME)
    try:
        if embedded.RUNTIME not in known:
            connection.execute(sql.SQL("create role {} nologin").format(role))
        # The owner's login must be able to turn into the role; another login only has its rights.
        needed = "SET" if login == owner else "USAGE"
        may = connection.execute("select pg_has_role(%s::name, %s::name, %s)", [login, embedded.RUNTIME, needed])
        if not may.fetchall()[0][0]:
            connection.execute(sql.SQL("grant {} to {}").format(role, sql.Identifier(login)))
    except InsufficientPrivilege:
        raise Problem(
            f"The login '{owner}' may not manage roles: as an administrator run "
            f'create role {embedded.RUNTIME} nologin; grant {embedded.RUNTIME} to "{login}";'
        ) from None


def refuse_strong_role(connection: Connection) -> None:
    """Refuse to serve as a role that row-level security does not bind."""
    row = connection.execute(
        """select current_user, rolsuper or rolbypassrls, exists (
             select from pg_class join pg_namespace n on n.oid = relnamespace
             where relkind in ('r', 'p') and nspname = current_schema() and pg_has_role(relowner, 'USAGE'))
           from pg_roles where rolname = current_user"""
    ).fetchone()
    if row and (row[1] or row[2]):
        raise Problem(
            f"The database role '{row[0]}' could see every portal's rows (it owns tables or bypasses row security): "
            "let the application connect as another one (docs/operations.md, Roles)."
        )


def parse(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Read one database address into Django's words."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Problem(f"{name} must begin with postgresql:// (Atrio runs on PostgreSQL only).")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(options) - URL_OPTIONS):
        raise Problem(f"{name} has an option that is not known: {unknown[0]}.")
    try:
        port = parts.port
    except ValueError:
        raise Problem(f"{name} has a port that is not a number between 1 and 65535.") from None
    found = {
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(port or ""),
    }
    for key, word in (("NAME", "database"), ("USER", "user")):
        if not found[key]:
            raise Problem(f"{name} names no {word}: postgresql://user:password@host:5432/database.")
    return _settings(**found) | {"OPTIONS": options}


def _owner(environ: Mapping[str, str]) -> dict[str, Any]:
    if is_embedded(environ):
        return _embedded(environ, embedded.OWNER)
    if url := environ.get("DATABASE_URL"):
        return parse(url)
    raise Problem("This command changes tables: it needs DATABASE_URL, the login that owns them.")


def _runtime(environ: Mapping[str, str]) -> dict[str, Any]:
    if is_embedded(environ):
        database = _embedded(environ, embedded.RUNTIME)
    elif url := environ.get("DATABASE_APP_URL"):
        database = parse(url, "DATABASE_APP_URL")
    else:
        database = _as_runtime_role(parse(environ["DATABASE_URL"]), environ)
    database["OPTIONS"].setdefault("connect_timeout", CONNECT_SECONDS)
    database["OPTIONS"]["pool"] = dict(POOL)
    return database


def _as_runtime_role(database: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    if _switch(environ, "ATRIO_PGBOUNCER"):
        # PgBouncer drops the start-up option, and the application would silently run as the owner.
        raise Problem("Behind PgBouncer the application needs its own login: set DATABASE_APP_URL.")
    options = database["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c role={embedded.RUNTIME}".strip()
    return database


def _embedded(environ: Mapping[str, str], user: str) -> dict[str, Any]:
    server = embedded.address(data_folder(environ))
    return _settings(server.database, user, server.password, server.host, str(server.port)) | {"OPTIONS": {}}


def _settings(NAME: str, USER: str, PASSWORD: str, HOST: str, PORT: str) -> dict[str, Any]:  # noqa: N803
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": USER,
        "PASSWORD": PASSWORD,
        "HOST": HOST,
        "PORT": PORT,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
    }


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value not in TRUE | FALSE:
        raise Problem(f"{name} is 1 or 0, not '{value}'.")
    return value in TRUE
