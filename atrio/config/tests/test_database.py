"""The environment decides the server and the role."""

from pathlib import Path

import pytest

from atrio.config import embedded
from atrio.config.database import databases, is_embedded, parse, prepare_roles, refuse_strong_role
from atrio.config.problem import Problem

OWNER = {"ATRIO_DATABASE_ROLE": "owner"}


def default(**environ):
    return databases(environ)["default"]


def test_an_address_is_read_with_its_escapes_and_options():
    found = parse("postgresql://me%40x:p%3A%2Fss%25@db.example:6432/my%20base?sslmode=verify-full&connect_timeout=5")
    assert (found["USER"], found["PASSWORD"]) == ("me@x", "p:/ss%")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "6432", "my base")
    assert found["OPTIONS"] == {"sslmode": "verify-full", "connect_timeout": "5"}


def test_an_address_may_name_a_socket_folder():
    found = parse("postgres://me@/base?host=/var/run/postgresql")
    assert (found["HOST"], found["PORT"], found["OPTIONS"]) == ("/var/run/postgresql", "", {})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://me@h/b", "must begin with postgresql://"),
        ("postgresql://h/b", "names no user"),
        ("postgresql://me@h", "names no database"),
        ("postgresql://me@h:abc/b", "port that is not a number"),
        ("postgresql://me@h:99999/b", "port that is not a number"),
        ("postgresql://me@h/b?passfile=/etc/passwd", "not known: passfile"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(url, words):
    with pytest.raises(Problem, match=words) as caught:
        parse(url.replace("me@", "me:secret@"))
    assert "secret" not in str(caught.value)


def test_without_address_the_embedded_server_is_used(tmp_path):
    environ = {"ATRIO_DATA": str(tmp_path)}
    assert is_embedded(environ)
    runtime, owner = default(**environ), default(**environ, **OWNER)
    assert (runtime["USER"], owner["USER"]) == (embedded.RUNTIME, embedded.OWNER)
    assert runtime["HOST"] == owner["HOST"] != ""
    assert runtime["OPTIONS"]["pool"]["max_size"] == 4
    assert "pool" not in owner["OPTIONS"]
    assert list(tmp_path.iterdir()) == [], "reading settings starts nothing"


def test_with_one_login_the_runtime_takes_the_role_that_owns_nothing():
    url = "postgresql://me@h/b?options=-c%20lock_timeout%3D5s"
    assert default(DATABASE_URL=url)["OPTIONS"]["options"] == "-c lock_timeout=5s -c role=atrio_app"
    assert "role" not in default(DATABASE_URL=url, **OWNER)["OPTIONS"]["options"]


def test_with_two_logins_each_role_has_its_own():
    urls = {"DATABASE_URL": "postgresql://own@h/b", "DATABASE_APP_URL": "postgresql://app@pool/b"}
    assert (default(**urls)["USER"], default(**urls)["HOST"]) == ("app", "pool")
    assert "options" not in default(**urls)["OPTIONS"]
    assert default(**urls, **OWNER)["USER"] == "own"


def test_a_web_process_needs_no_owner_and_a_migration_does():
    url = {"DATABASE_APP_URL": "postgresql://app@h/b"}
    assert default(**url)["USER"] == "app"
    with pytest.raises(Problem, match="needs DATABASE_URL"):
        databases(url | OWNER)


def test_behind_pgbouncer_exports_are_read_in_portions_and_a_second_login_is_needed():
    urls = {"DATABASE_APP_URL": "postgresql://app@h/b", "ATRIO_PGBOUNCER": "1"}
    assert not default(**urls).get("DISABLE_SERVER_SIDE_CURSORS")
    with pytest.raises(Problem, match="set DATABASE_APP_URL"):
        databases({"DATABASE_URL": "postgresql://me@h/b", "ATRIO_PGBOUNCER": "1"})


@pytest.mark.parametrize("environ", [{"ATRIO_PGBOUNCER": "maybe"}, {"ATRIO_DATABASE_ROLE": "root"}])
def test_a_wrong_setting_is_named(environ):
    with pytest.raises(Problem, match=next(iter(environ))):
        databases(environ)


@pytest.fixture(scope="module")
def server(worker_id):
    data = Path("/tmp") / f"atrio-roles-{worker_id}"
    with embedded.running(data) as server:
        with server.connect(embedded.SUPERUSER, "postgres") as connection:
            connection.execute("create role host_app login")
            connection.execute("create role host_single login")
            connection.execute("create role managed_owner login createrole")
        yield server
    embedded.destroy(data)


def test_roles_are_prepared_twice_without_harm(server):
    app = {"DATABASE_APP_URL": "postgresql://host_app@h/b"}
    with server.connect(embedded.SUPERUSER, "postgres") as connection:
        for _ in range(2):
            prepare_roles(connection, app)
        assert connection.execute("select pg_has_role('host_app', 'atrio_app', 'usage')").fetchone() == (True,)
    with (
        server.connect("host_single", "postgres") as connection,
        pytest.raises(Problem, match='grant atrio_app to "host_single"'),
    ):
        prepare_roles(connection, {})
    with (
        server.connect(embedded.SUPERUSER, "postgres") as connection,
        pytest.raises(Problem, match="'nobody_here' of DATABASE_APP_URL does not exist"),
    ):
        prepare_roles(connection, {"DATABASE_APP_URL": "postgresql://nobody_here@h/b"})


def test_a_login_that_may_create_roles_prepares_the_single_login_way(server):
    with server.connect(embedded.SUPERUSER, "postgres") as connection:
        connection.execute("drop role atrio_app")
    with server.connect("managed_owner", "postgres") as connection:
        for _ in range(2):
            prepare_roles(connection, {})
        connection.execute("set role atrio_app")
        assert connection.execute("select current_user").fetchone() == ("atrio_app",)


def test_only_a_role_bound_by_row_security_may_serve(server):
    with server.connect(embedded.OWNER, server.database) as connection:
        connection.execute("create table owned (n int)")
        with pytest.raises(Problem, match="'atrio_owner' could see every portal's rows"):
            refuse_strong_role(connection)
    with (
        server.connect(embedded.SUPERUSER, server.database) as connection,
        pytest.raises(Problem, match="'postgres' could see"),
    ):
        refuse_strong_role(connection)
    with server.connect("host_app", server.database) as connection:
        refuse_strong_role(connection)
