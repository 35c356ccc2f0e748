"""A portal arrives as it left: every row, every file, every page; and nothing of its neighbour."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.models import BigIntegerField, ForeignKey, JSONField
from django.test import Client

from atrio.core import events
from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.crossing import portal_by_slug, portal_ids
from atrio.core.doctypes import document_types
from atrio.core.models import Event, File, Mail
from atrio.core.scope import scope
from atrio.erp.models import LoadRun
from atrio.erp.moving import plan
from atrio.erp.moving.archive import Damaged, Reader, Writer
from atrio.erp.moving.exporting import PEOPLE, export
from atrio.erp.moving.importing import bring_in
from atrio.people.models import Membership, User
from atrio.testing import database
from atrio.testing.race import Arena
from atrio.testing.texts import texts_of

from .conftest import picture

# Of each, somebody has looked that no id of a row stands inside.
JSON_WITHOUT_IDS = {
    "core.Event.facts",
    "core.Version.snapshot",
    "erp.LoadRun.errors",
    "erp.LoadRun.others",
    "people.Role.permissions",
    "people.Terms.texts",
}


# What moves is read from the models


def test_every_table_of_a_portal_moves_or_is_named_with_its_reason():
    labels = {model._meta.label for model in plan.owned()}
    assert set(plan.LEFT_OUT) <= labels and set(plan.ONLY_SHOWN) <= labels
    assert labels - set(plan.LEFT_OUT) == {table.label for table in plan.tables()}
    with_portal = {m._meta.label for m in _all_models() if "portal_id" in {f.column for f in m._meta.concrete_fields}}
    assert with_portal == labels, "a table that names its portal otherwise would be forgotten"
    assert set(plan.PERSON) | set(plan.PERSON_LEFT_OUT) == {f.name for f in User._meta.concrete_fields}


def test_every_number_that_may_be_an_id_is_known_as_one():
    unknown = []
    for table in plan.tables():
        for field in table.taken:
            if table.only_shown or field.primary_key or isinstance(field, ForeignKey):
                continue
            if isinstance(field, BigIntegerField) and not (table.points_at(field) or table.typed_by(field)):
                unknown.append(f"{table.label}.{field.name}")
            if isinstance(field, JSONField) and f"{table.label}.{field.name}" not in JSON_WITHOUT_IDS:
                unknown.append(f"{table.label}.{field.name}")
    assert unknown == ["core.File.size", "core.Sequence.last"], "numbers that are no ids are named here"


def _all_models():
    from django.apps import apps

    return apps.get_models(include_auto_created=True)


# Out and in again


@pytest.fixture(scope="module")
def twin(place, moved, tmp_path_factory):
    """The same portal a second time in the same database, exported again."""
    rival = tmp_path_factory.mktemp("rival")
    place.do(lambda: export(moved.world.portals.rival, rival / "before.zip"))
    portal, people = place.do(lambda: bring_in(moved.path, "acme2"))
    assert people["new"] == [] and len(people["known"]) == 10
    path = tmp_path_factory.mktemp("twin") / "acme2.zip"
    place.do(lambda: export(portal, path))
    place.do(lambda: export(moved.world.portals.rival, rival / "after.zip"))
    return {"portal": portal, "path": path, "rival": rival}


def content(path) -> dict[str, list]:
    """The rows of an archive, with every id replaced by the place of its row: what stays the same when ids change."""
    with Reader(path) as archive:
        rows = {t.name: [json.loads(line) for line in archive.lines(t.entry)] for t in plan.tables()}
        rows["account"] = [json.loads(line) for line in archive.lines(PEOPLE)]
        portal = archive.manifest["portal"]
    places = {name: {row["id"]: n for n, row in enumerate(found)} for name, found in rows.items()}
    places["portal"] = {portal["id"]: 0}
    models = plan.documents()
    for table in plan.tables():
        for row in rows[table.name]:
            for field in table.fields:
                kind = table.typed_by(field)
                target = models.get(row[kind]) if kind else table.points_at(field)
                if target and row[field.column] is not None:
                    row[field.column] = places[target._meta.db_table][row[field.column]]
            row.pop("transaction_id", None)
    rows.pop("seal")
    return rows


def test_every_row_and_file_arrives_as_it_was(moved, twin):
    before, after = content(moved.path), content(twin["path"])
    assert all(before.values()), f"tables without a row prove nothing: {[n for n, rows in before.items() if not rows]}"
    told = after["event"].pop()
    assert (told["kind"], told["doctype"], told["document_id"], told["facts"]["from"]) == (
        "imported",
        "portal",
        0,
        "acme",
    )
    waiting = {"mail": {"state", "error"}, "load_run": {"state", "problem", "finished_at", "errors_file"}}
    for name, columns in waiting.items():
        for row in before[name] + after[name]:
            for column in columns:
                row.pop(column)
    for name in before:
        assert after[name] == before[name], name
    with Reader(moved.path) as old, Reader(twin["path"]) as new:
        files = {name for name in old.entries if name.startswith("files/")}
        assert len(files) == len(document_types())
        assert {n: old.entries[n] for n in (*files, "logo")} == {n: new.entries[n] for n in (*files, "logo")}
        assert new.manifest["portal"]["settings"] == {"receipt_tolerance_percent": 3}


def test_every_page_says_the_same(place, moved, twin):
    def look():
        browser = Client()
        browser.force_login(moved.world.people["ana"])
        pages = {}
        for slug in ("acme", "acme2"):
            portal = portal_by_slug(slug)
            for kind in document_types().values():
                with scope(Actor.system(portal)):
                    doc = kind.model._base_manager.filter(portal_id=portal.id).order_by("pk")[0]
                rests = ["", "?q=m-1", f"{doc.pk}/", "export.csv", *([f"{doc.pk}/pdf/"] if kind.pdf else [])]
                for rest in rests:
                    response = browser.get(f"/{slug}/{kind.name}/{rest}")
                    assert response.status_code == 200, rest
                    said = [text.replace("/acme2/", "/acme/") for text in texts_of(response)]
                    pages[slug, kind.name, rest.replace(f"{doc.pk}/", "N/")] = said
            for rest in ("", "audit/", "notifications/", "statement/"):
                assert browser.get(f"/{slug}/{rest}").status_code in (200, 303), rest
        return pages

    pages = place.do(look)
    assert len(pages) > 60
    for (slug, kind, rest), said in pages.items():
        if slug == "acme":
            assert pages["acme2", kind, rest] == said, (kind, rest)
            assert rest not in ("", "export.csv") or any("M-1-acme" in text for text in said), (kind, rest)


def test_the_logo_is_shown_at_the_new_address(place, moved, twin):
    """As its bytes, and not as a name in the row: the other portal's file is another."""

    def shown(slug: str) -> bytes:
        return Client().get(portal_by_slug(slug).logo_url).content

    new, old, rival = place.do(lambda: [shown(slug) for slug in ("acme2", "acme", "rival")])
    assert new == old and new.startswith(b"\x89PNG") and new != rival
    row = place.do(lambda: portal_by_slug("acme2"))
    assert row.logo.startswith(f"{row.id}/logo/")


def test_the_neighbour_is_neither_taken_along_nor_touched(place, moved, twin):
    with Reader(twin["rival"] / "before.zip") as before, Reader(twin["rival"] / "after.zip") as after:
        assert before.entries == after.entries
    with Reader(moved.path) as archive:
        text = b"".join(b"".join(archive.chunks(name)) for name in archive.entries)
    assert b"M-1-acme" in text and b"internal acme" in text
    for secret in (b"rival", b"Rival", b"atrio_", b"pbkdf2", b"password"):
        assert secret not in text, secret

    def strangers():
        found = []
        with scope(Actor.system(twin["portal"])), connection.cursor() as cursor:
            for table in plan.tables():
                for field in table.fields:
                    target = table.points_at(field)
                    if field.primary_key or target in (None, User):
                        continue
                    cursor.execute(
                        f'select count(*) from "{table.name}" r where r.portal_id = %s and r.{field.column} > 0 and '
                        f'not exists (select 1 from "{target._meta.db_table}" t where t.id = r.{field.column})',
                        [twin["portal"].id],
                    )
                    if cursor.fetchone()[0]:
                        found.append((table.name, field.column))
        return found

    assert place.do(strangers) == [], "within the portal's policies every row is found that a row names"

    def rita():
        browser = Client()
        browser.force_login(moved.world.people["rita"])
        return [browser.get(f"/acme2/{name}/").status_code for name in document_types()]

    assert set(place.do(rita)) == {404}


def test_history_is_sealed_anew_and_names_the_old_seal(place, moved, twin):
    def look():
        actor = Actor.system(twin["portal"])
        with scope(actor):
            told = Event.objects.get(portal_id=actor.portal.id, kind="imported").facts
            feed = [event.kind for event in events.feed(actor)]
            return told, list(events.broken_seals(actor)), feed

    told, broken, feed = place.do(look)
    with Reader(moved.path) as archive:
        last = [json.loads(line) for line in archive.lines("rows/seal.ndjson")][-1]
    assert (told["seal"], told["digest"]) == (last["number"], last["digest"])
    assert broken == []
    assert feed[-1] == "imported" and len(feed) == moved.manifest["rows"]["event"] + 1


def test_what_was_under_way_is_not_under_way_here(place, twin):
    def look():
        with scope(Actor.system(twin["portal"])):
            return set(Mail.objects.values_list("state", flat=True)), set(
                LoadRun.objects.values_list("state", flat=True)
            )

    mails, loads = place.do(look)
    assert "queued" not in mails and loads == {"done", "failed"}


# Elsewhere


@pytest.fixture(scope="module")
def elsewhere(django_db_setup):
    """A database of another installation, in which the same ids are something else."""
    name = f"atrio_elsewhere_{os.getpid()}"
    database.create(name)
    environ = os.environ | {"ATRIO_DATABASE_NAME": name, "ATRIO_DATABASE_ROLE": "owner"}
    for word in ("migrate", "secure"):
        subprocess.run([sys.executable, "-m", "django", word, "-v0"], check=True, env=environ)
    yield Arena(name)
    database.drop(name)


def test_in_another_installation_people_recover_their_password(elsewhere, moved, tmp_path):
    def work():
        User.objects.create_user("somebody@else.example", "x", name="Somebody", username="ana")
        User.objects.create_user("BRUNO@acme.example", "Clave-propia-1", name="Bruno here")
        portal, people = bring_in(moved.path)
        export(portal, tmp_path / "again.zip")
        ana, bruno = (User.objects.get(email=f"{who}@acme.example") for who in ("ana", "bruno"))
        browser = Client()
        browser.force_login(ana)
        with scope(Actor.system(portal)):
            places = Membership.objects.filter(user__in=(ana, bruno)).count()
        return {
            "slug": portal.slug,
            "people": people,
            "ana": ana.has_usable_password(),
            "bruno": (bruno.name, bruno.check_password("Clave-propia-1")),
            "places": places,
            "page": browser.get("/acme/sales_invoices/").status_code,
        }

    found = elsewhere.do(work)
    assert (found["slug"], found["ana"], found["bruno"]) == ("acme", False, ("Bruno here", True))
    assert found["people"]["known"] == ["bruno@acme.example"] and len(found["people"]["new"]) == 9
    assert (found["places"], found["page"]) == (2, 200)
    before, after = content(moved.path), content(tmp_path / "again.zip")
    for kind in document_types().values():
        assert after[kind.model._meta.db_table] == before[kind.model._meta.db_table]
    assert after["ledger_balance"] == before["ledger_balance"]


# Refusals


def changed(entry: str, change):
    """Rewrites one table of an archive, with all counts and hashes as they should be."""

    def made(path, target):
        with Reader(path) as old, Writer(target) as new:
            manifest = {k: v for k, v in old.manifest.items() if k != "entries"}
            for name in old.entries:
                data = b"".join(old.chunks(name))
                if name == entry:
                    rows = [json.loads(line) for line in data.splitlines()]
                    rows = change(rows) or rows
                    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
                    manifest["rows"][entry[5:-7]] = len(rows)
                new.add(name, [data], compressed=True)
            new.finish(manifest)

    return made


def told(**changes):
    def made(path, target):
        with Reader(path) as old, Writer(target) as new:
            for name in old.entries:
                new.add(name, list(old.chunks(name)))
            manifest = {k: v for k, v in old.manifest.items() if k != "entries"}
            for name, value in changes.items():
                manifest[name] = manifest[name] | value if isinstance(value, dict) else value
            new.finish(manifest)

    return made


def other_file(data: bytes):
    """A file of a document is another one, under its own right hash."""

    def made(path, target):
        with Reader(path) as old, Writer(target) as new:
            manifest = {k: v for k, v in old.manifest.items() if k != "entries"}
            first = min(name for name in old.entries if name.startswith("files/"))
            sha256 = hashlib.sha256(data).hexdigest()
            for name in old.entries:
                kept = b"".join(old.chunks(name))
                if name == "rows/file.ndjson":
                    kept = kept.replace(first[6:].encode(), sha256.encode())
                new.add(f"files/{sha256}" if name == first else name, [data if name == first else kept])
            new.finish(manifest)

    return made


def other_logo(data: bytes):
    def made(path, target):
        with Reader(path) as old, Writer(target) as new:
            for name in old.entries:
                new.add(name, [data] if name == "logo" else list(old.chunks(name)))
            new.finish({k: v for k, v in old.manifest.items() if k != "entries"})

    return made


def first(**values):
    return lambda rows: rows[0].update(values)


REFUSED = {
    "schema": (told(schema=["core.0001_initial"]), "another release"),
    "version": (told(version=2), "another release"),
    "format": (told(format="atrio backup"), "no portal of Atrio"),
    "count": (told(rows={"note": 1}), "not as many rows"),
    "portal": (told(portal={"email": "not an address"}), "cannot be of a portal"),
    "row of another portal": (changed("rows/note.ndjson", first(portal_id=2)), "other columns"),
    "missing column": (changed("rows/note.ndjson", lambda rows: rows[0].pop("text") and None), "other columns"),
    "no object": (changed("rows/note.ndjson", lambda rows: [7, *rows[1:]]), "other columns"),
    "reference": (changed("rows/note.ndjson", first(partner_id=987654)), "names rows that the archive does not have"),
    "person": (changed("rows/membership.ndjson", first(user_id=987654)), "names rows that the archive does not have"),
    "choice": (changed("rows/sales_invoice.ndjson", first(state="<script>")), "a value that it cannot have"),
    "total": (changed("rows/sales_invoice.ndjson", first(total="999")), "no portal can have"),
    "twice": (changed("rows/note.ndjson", lambda rows: [*rows, rows[0]]), "no portal can have"),
    "type": (changed("rows/note.ndjson", first(at="long ago")), "no portal can have"),
    "balance": (changed("rows/ledger_balance.ndjson", first(balance="12345")), "balances are not"),
    "event": (changed("rows/event.ndjson", first(facts={"text": "never said"})), "not those that were sealed"),
    "cut history": (changed("rows/event.ndjson", lambda rows: rows[1:]), "names rows|not those that were sealed"),
    "seal": (changed("rows/seal.ndjson", lambda rows: rows[0].pop("digest") and None), "cannot be read"),
    "somebody": (changed(PEOPLE, first(email=5)), "cannot be of a person"),
    "bad address": (changed(PEOPLE, first(email="nobody")), "cannot be of a user|names rows"),
    "page as file": (other_file(b"<html><script>alert(1)</script></html>"), "is refused|not what its document says"),
    "page as logo": (
        other_logo(bytes.fromhex("89504e470d0a1a0a") + b"<script>alert(1)</script>"),
        "logo is no picture",
    ),
    "flood as logo": (other_logo(picture() + b"x" * 5 * 2**20), "logo is too large"),
    "other kind of file": (other_file(b"%PDF-1.7"), "not what its document says"),
}


@pytest.mark.parametrize(("forge", "words"), REFUSED.values(), ids=list(REFUSED))
def test_an_archive_that_is_not_right_is_refused_whole(forge, words, elsewhere, moved, tmp_path):
    forge(moved.path, tmp_path / "forged.zip")

    def count() -> tuple:
        return len(portal_ids()), User.objects.count(), sorted(default_storage.listdir("")[0])

    before = elsewhere.do(count)
    with pytest.raises(Damaged, match=words):
        elsewhere.do(lambda: bring_in(tmp_path / "forged.zip", "forged"))
    number, people, folders = elsewhere.do(count)
    assert (number, people) == before[:2]
    assert not [f for f in set(folders) - set(before[2]) if any(_files_below(f))]


def _files_below(folder: str) -> list[str]:
    folders, files = default_storage.listdir(folder)
    return files + [name for inner in folders for name in _files_below(f"{folder}/{inner}")]


@pytest.mark.parametrize(
    ("slug", "words"), [("rival", "is taken"), ("api", "cannot be a portal's address"), ("A b", "cannot be a portal's")]
)
def test_an_address_that_is_not_free_is_refused(slug, words, place, moved):
    with pytest.raises(NotNow, match=words):
        place.do(lambda: bring_in(moved.path, slug))


def test_the_command_tells_in_sentences(place, moved, tmp_path, capsys):
    from django.core.management import CommandError

    place.do(lambda: call_command("portal", "export", "acme", str(tmp_path / "a.zip")))
    assert "rows in" in capsys.readouterr().out
    place.do(lambda: call_command("portal", "import", str(tmp_path / "a.zip"), "--slug", "acme3"))
    assert "is at /acme3/" in capsys.readouterr().out
    for words, said in (
        (("export", "nowhere", str(tmp_path / "b.zip")), "There is no portal"),
        (("export", "acme", str(tmp_path / "a.zip")), "exists already"),
        (("import", str(tmp_path / "c.zip")), "No such file"),
        (("import", str(tmp_path / "a.zip")), "is taken"),
    ):
        with pytest.raises(CommandError, match=said):
            place.do(lambda given=words: call_command("portal", *given))
    assert File and not (tmp_path / "b.zip").exists()
