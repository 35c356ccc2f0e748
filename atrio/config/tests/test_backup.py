"""A backup is one moment of a running portal; a restore gives all of it back, or leaves what there was."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg.conninfo import make_conninfo

from atrio.config import backup, cli, embedded, restore
from atrio.config.problem import Problem
from atrio.erp.moving.archive import Reader, Writer
from atrio.testing import database
from atrio.testing.world import PASSWORD

PROJECT = Path(cli.__file__).resolve().parents[2]
PEOPLE_IT = """
from atrio.core import events, files
from atrio.core.doctypes import document_types
from atrio.core.scope import scope
from atrio.testing import world as w

world = w.known()
for kind in document_types().values():
    doc = w.make(world, kind, "KEPT-1")
    with scope(world.system()):
        files.keep(world.system(), doc, "kept.xml", f"<a>{kind.name}</a>".encode(), role="xml")
        events.record(world.system(), doc, "note", {"text": "before"})
"""
ONE_MORE = """
from atrio.core import events
from atrio.core.doctypes import document_types
from atrio.core.models import Seal
from atrio.core.scope import scope
from atrio.testing import world as w

world, kind = w.known(), document_types()["sales_invoices"]
with scope(world.system()):
    events.seal(world.system())  # unless the worker has just done so
    assert Seal.objects.exists()
    doc = kind.model.objects.visible_to(world.system()).get(number="KEPT-1")
    events.record(world.system(), doc, "note", {"text": "waiting"})
"""
LOOK = """
import json
from django.test import Client
from atrio.core import events, files
from atrio.core.models import File, Notification
from atrio.core.scope import scope
from atrio.testing import world as w

world = w.known()
client = Client(headers={'host': 'localhost'})
entered = client.post("/accounts/login/", {"login": "ana@acme.example", "password": "%s"}).status_code
page = client.get("/acme/sales_invoices/?q=kept").content.decode()
with scope(world.system()):
    print(json.dumps({
        "entered": entered,
        "listed": "KEPT-1" in page,
        "broken": len(list(events.broken_seals(world.system()))),
        "told": [event.facts["text"] for event in events.feed(world.system()) if event.kind == "note"],
        "files": sorted(files.open_file(file).read().decode() for file in File.objects.all()),
        "notifications": Notification.objects.count(),
    }))
"""


class Place:
    """A trial of its own: data folder, database and files."""

    def __init__(self, name: str):
        # Outside pytest's folder: as root it is private to root, and the server runs as another account.
        self.data = Path("/tmp") / f"atrio-keep-{os.getpid()}-{name}"

    def environ(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "ATRIO", "SECRET"))}
        mine = {"ATRIO_DATA": str(self.data), "PYTHONPATH": str(PROJECT), "SECRET_KEY": "x" * 50}
        return clean | mine | {"ATRIO_EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}

    def atrio(self, *words: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "atrio.config.cli", *map(str, words)]
        return subprocess.run(command, env=self.environ(), capture_output=True, text=True, timeout=120)

    def done(self, *words: object) -> str:
        finished = self.atrio(*words)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def run(self, code: str) -> str:
        return self.done("manage", "shell", "--no-imports", "-c", code)

    def look(self) -> dict:
        return json.loads(self.run(LOOK % PASSWORD).splitlines()[-1])

    def rows(self) -> dict[str, list]:
        with embedded.address(self.data).connect(embedded.OWNER, embedded.DATABASE) as database:
            names = [name for name in backup.counted(database) if not name.startswith("procrastinate_workers")]
            asked = 'select to_jsonb(t)::text from "{}" t order by 1'
            return {name: [row[0] for row in database.execute(asked.format(name))] for name in names}

    def files(self) -> dict[str, bytes]:
        found = (path for path in (self.data / "files").rglob("*") if path.is_file())
        return {str(path.relative_to(self.data / "files")): path.read_bytes() for path in found}

    def meddle(self) -> None:
        """What happens after a backup: rows and files that it does not know."""
        with embedded.address(self.data).connect(embedded.OWNER, embedded.DATABASE) as database:
            database.execute("update partner set name = 'Changed'")
            database.execute("delete from notification")
            database.execute(
                "insert into sequence (portal_id, name, last) select id, gen_random_uuid(), 1 from portal limit 1"
            )
        shutil.rmtree(self.data / "files" / "1", ignore_errors=True)
        (self.data / "files" / "later").mkdir(parents=True, exist_ok=True)
        (self.data / "files" / "later" / "x").write_text("later")

    def clear(self) -> None:
        embedded.stop(self.data)
        shutil.rmtree(self.data, ignore_errors=True)


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    place = Place("origin")
    with embedded.running(place.data):
        _people_it(place)
        place.run(PEOPLE_IT)
        place.done("manage", "procrastinate", "worker", "--one-shot")
        place.run(ONE_MORE)
        yield place
    place.clear()


def _people_it(place: Place) -> None:
    """The world that all tests know, from their template: quicker than making it again."""
    owner, here = database._owner(), embedded.address(place.data)
    source = make_conninfo(
        host=owner["HOST"], port=owner["PORT"] or None, user=owner["USER"], dbname=database.template()
    )
    target = make_conninfo(host=here.host, port=here.port, user=embedded.OWNER, dbname=here.database)
    dump = subprocess.run([backup.program("pg_dump"), "-Fc", f"--dbname={source}"], check=True, capture_output=True)
    restore = [backup.program("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={target}"]
    subprocess.run(restore, input=dump.stdout, check=True)


@pytest.fixture(scope="module")
def saved(origin, tmp_path_factory) -> tuple[Path, dict, dict]:
    path = tmp_path_factory.mktemp("kept") / "a.backup"
    assert origin.done("backup", path).strip() == str(path)
    return path, origin.rows(), origin.files()


@pytest.fixture(scope="module")
def kept(saved) -> Path:
    return saved[0]


@pytest.fixture(scope="module")
def copy(kept):
    place = Place("copy")
    place.done("restore", kept)
    with embedded.running(place.data):
        yield place
    place.clear()


def test_a_backup_is_closed_to_others_and_has_no_key_and_no_session(origin, kept):
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with Reader(kept) as archive:
        assert not [name for name in archive.entries if "key" in name or not name.startswith(("files/", "database."))]
        assert {"django_session", "session"}.isdisjoint(archive.manifest["rows"])
        dump = b"".join(archive.chunks(backup.DUMP))
    listed = subprocess.run(
        [backup.program("pg_restore"), "--list"], input=dump, capture_output=True, check=True
    ).stdout
    tables = set(re.findall(r"TABLE DATA public (\w+)", listed.decode()))
    assert "partner" in tables and {"django_session", "session"}.isdisjoint(tables)
    with Reader(kept) as archive:
        assert archive.manifest["missing_files"] == []
    again = origin.atrio("backup", kept)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


def test_everything_comes_back_in_a_new_place(origin, saved, copy):
    assert (copy.rows(), copy.files()) == saved[1:]
    assert copy.files()
    seen = copy.look()
    assert (seen["entered"], seen["listed"], seen["broken"]) == (302, True, 0)
    assert len(seen["files"]) == len(copy.files())
    assert seen["told"] == origin.look()["told"]


def test_what_was_done_is_not_done_again_and_what_waited_is_done_once(copy):
    before = copy.rows()
    waiting = [json.loads(row) for row in before["procrastinate_jobs"] if '"todo"' in row and "announce" in row]
    assert {(job["task_name"], job["attempts"]) for job in waiting} == {("atrio.core.jobs.announce", 0)}
    event = waiting[0]["args"]["event_id"]  # of a document; those after it are of whoever came in to look
    for _again in range(2):
        copy.done("manage", "procrastinate", "worker", "--one-shot")
        fresh = set(copy.rows()["notification"]) - set(before["notification"])
        assert {json.loads(row)["event_id"] for row in fresh} == {event}
        assert len(fresh) == len({json.loads(row)["user_id"] for row in fresh}) > 0
    assert set(before["notification"]) <= set(copy.rows()["notification"])


def test_in_place_of_what_there_is_only_when_asked_and_then_it_is_kept(saved, kept, copy):
    copy.meddle()
    changed, changed_files = copy.rows(), copy.files()
    refused = copy.atrio("restore", kept)
    assert (refused.returncode, "--replace" in refused.stderr) == (1, True)
    assert (copy.rows(), copy.files()) == (changed, changed_files)
    told = copy.done("restore", kept, "--replace")
    assert (copy.rows(), copy.files()) == saved[1:]
    former = Path(told.splitlines()[0].removeprefix("What there was is kept in "))
    with Reader(former) as archive:
        assert archive.manifest["rows"]["sequence"] == len(changed["sequence"])
        assert b"".join(archive.chunks("files/later/x")) == b"later"


KILLED = """
import os, signal, sys
from pathlib import Path
from atrio.config import cli, restore
from atrio.config.cli import _as_owner

def die(*words):
    os.kill(os.getpid(), signal.SIGKILL)

with _as_owner():
    restore._keep_former = lambda data: None
    restore._migrate = lambda name: None  # rows are compared, and these are up to date
    {point}
    restore.restore(Path(sys.argv[1]), replace=True)
"""
POINTS = {
    "while the tables come": ("restore._feed = die", False),
    "before the moment": ("restore._exchange = die", False),
    "after the moment": ("restore._bring_in = die", True),
    "between the files": (
        "restore.settle = lambda folder: die() if (folder / restore.LEAVING).exists() else None",
        True,
    ),
}


@pytest.mark.parametrize(("point", "arrived"), POINTS.values(), ids=list(POINTS))
def test_killed_at_any_point_it_is_the_former_or_the_restored(point, arrived, saved, kept, copy):
    copy.meddle()
    changed, changed_files = copy.rows(), copy.files()
    command = [sys.executable, "-c", KILLED.format(point=point), str(kept)]
    died = subprocess.run(command, env=copy.environ(), capture_output=True, text=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    copy.run("pass")  # any command with the database finishes or undoes what it finds
    assert (copy.rows(), copy.files()) == (saved[1:] if arrived else (changed, changed_files))
    with embedded.address(copy.data).connect(embedded.OWNER, "postgres") as server:
        names = {row[0] for row in server.execute("select datname from pg_database")}
    if arrived:
        assert names == {"postgres", "template0", "template1", "atrio"}


def test_a_running_portal_is_not_replaced(kept, copy):
    before = copy.rows()
    with embedded.address(copy.data).connect(embedded.RUNTIME, embedded.DATABASE) as served:
        assert served.execute("select 1").fetchone()
        refused = copy.atrio("restore", kept, "--replace")
    assert (refused.returncode, "stop it first" in refused.stderr) == (1, True)
    assert copy.rows() == before


def remade(source: Path, target: Path, **changes: object) -> Path:
    """The same backup with another manifest, correct in every other way."""
    with Reader(source) as old, Writer(target) as new:
        for name in old.entries:
            new.add(name, list(old.chunks(name)))
        for name, data in changes.pop("more", {}).items():
            new.add(name, [data])
        new.finish({k: v for k, v in old.manifest.items() if k != "entries"} | changes)
    return target


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "something else"}, "no backup of Atrio"),
        ({"version": 2}, "does not know"),
        ({"migrations": ["core.0001_initial", "core.9999_later"]}, "made by another Atrio"),
        ({"more": {"postgres/pg_hba.conf": b"trust"}}, "holds what no backup"),
    ],
    ids=["format", "version", "newer", "more"],
)
def test_what_it_does_not_know_is_refused(changes, words, kept, tmp_path):
    with Reader(remade(kept, tmp_path / "b.backup", **changes)) as archive, pytest.raises(Problem, match=words):
        restore._check(archive)
    with Reader(remade(kept, tmp_path / "same.backup")) as archive:
        restore._check(archive)


def test_what_does_not_come_out_as_it_went_in_is_refused_and_nothing_is_touched(kept, copy, tmp_path):
    before, files = copy.rows(), copy.files()
    lying = remade(kept, tmp_path / "b.backup", rows={"portal": 5})
    (tmp_path / "damaged.backup").write_bytes(kept.read_bytes()[:1000] + b"?" + kept.read_bytes()[1001:])
    for path, words in ((lying, "not what went in"), (tmp_path / "damaged.backup", "damaged")):
        refused = copy.atrio("restore", path, "--replace")
        assert (refused.returncode, words in refused.stderr) == (1, True), refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
        assert (copy.rows(), copy.files()) == (before, files)
    with embedded.address(copy.data).connect(embedded.OWNER, "postgres") as server:
        assert not server.execute("select 1 from pg_database where datname = 'atrio_restored'").fetchone()


def test_it_is_one_moment_while_people_write(origin, tmp_path):
    """Two tables that are always written together are never seen apart, and what was counted is what was written."""
    over = threading.Event()

    def write() -> None:
        with embedded.address(origin.data).connect(embedded.OWNER, embedded.DATABASE) as database:
            number = 0
            while not over.is_set():
                number += 1
                with database.transaction():
                    for name in ("one", "two"):
                        database.execute(f"insert into {name} values (%s)", [number])

    with embedded.address(origin.data).connect(embedded.OWNER, embedded.DATABASE) as database:
        database.execute("create table one (n int); create table two (n int)")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        path = Path(origin.done("backup", tmp_path / "w.backup").strip())
    finally:
        over.set()
        writer.join()
    with embedded.address(origin.data).connect(embedded.OWNER, embedded.DATABASE) as database:
        last = database.execute("select max(n) from one").fetchone()[0]
        database.execute("drop table one; drop table two")
    with Reader(path) as archive:
        rows = archive.manifest["rows"]
        dump = tmp_path / "w.dump"
        dump.write_bytes(b"".join(archive.chunks(backup.DUMP)))
    told = subprocess.run([backup.program("pg_restore"), "-f", "-", "-a", dump], capture_output=True, text=True).stdout
    written = {
        t: len(told.split(f"COPY public.{t} (n) FROM stdin;\n")[1].split("\\.\n")[0].split()) for t in ("one", "two")
    }
    assert last > rows["one"] > 0, "it was written to before, during and after"
    assert written == {"one": rows["one"], "two": rows["two"]}
    assert rows["one"] == rows["two"]


def test_a_server_of_ones_own_is_restored_into_a_new_database(tmp_path):
    """The same commands with DATABASE_URL: into an empty database only, and never into a second one."""
    owner, names = database._owner(), [f"atrio_own_{word}_{os.getpid()}" for word in ("full", "new")]
    address = f"postgresql://{owner['USER']}@/{{}}?host={quote(owner['HOST'], safe='')}"
    place = Place("unused")

    def atrio(name: str, *words: object) -> subprocess.CompletedProcess:
        environ = place.environ() | {"DATABASE_URL": address.format(name), "ATRIO_STORAGE": str(tmp_path / name)}
        command = [sys.executable, "-m", "atrio.config.cli", *map(str, words)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)

    def rows(name: str) -> dict[str, list]:
        with database.connect_as_owner(name) as connection:
            tables = backup.counted(connection)
            return {
                t: connection.execute(f'select to_jsonb(t)::text from "{t}" t order by 1').fetchall() for t in tables
            }

    with database.clone(names[0]):
        try:
            database.create(names[1])
            (tmp_path / names[0] / "1").mkdir(parents=True)
            (tmp_path / names[0] / "1" / "logo.png").write_text("picture")
            assert atrio(names[0], "backup", tmp_path / "own.backup").returncode == 0
            done = atrio(names[1], "restore", tmp_path / "own.backup")
            assert done.returncode == 0, done.stderr
            assert rows(names[1]) == rows(names[0])
            assert (tmp_path / names[1] / "1" / "logo.png").read_text() == "picture"
            for words, said in (((), "is not empty"), (("--replace",), "for the embedded database")):
                refused = atrio(names[1], "restore", tmp_path / "own.backup", *words)
                assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr
            assert rows(names[1]) == rows(names[0])
        finally:
            database.drop(names[1])
