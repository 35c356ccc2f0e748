"""Under the application: the database refuses by itself."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from atrio.core.doctypes import document_types
from atrio.core.management.commands.secure import guarded, uncovered
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.testing.world import make, owner_of


def rows_in(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'select count(*) from "{table}"')
        return cursor.fetchone()[0]


def forget_the_scope() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('atrio.portal', '', true), set_config('atrio.partners', '', true), "
            "set_config('atrio.sight', '', true), set_config('atrio.user', '', true)"
        )


@pytest.mark.parametrize("model", guarded(), ids=lambda m: m._meta.db_table)
def test_without_a_portal_a_table_shows_nothing(model, world):
    for kind in document_types().values():
        make(world, kind, "X-1")
    forget_the_scope()
    assert rows_in(model._meta.db_table) == 0


def test_every_table_has_a_policy_or_is_global(world):
    assert uncovered() == []


def test_the_application_owns_nothing_and_cannot_bypass(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute(
            "select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "select relname from pg_class join pg_namespace n on n.oid = relnamespace "
            "where relkind = 'r' and nspname = 'public' and not relrowsecurity"
        )
        assert {row[0] for row in cursor.fetchall()} <= set(settings.GLOBAL_TABLES)


@pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
def test_a_forgotten_filter_returns_no_row_of_others(kind, world):
    doc = make(world, kind, "X-2")
    model = kind.model
    outsider = "aceros" if owner_of(kind) == "tornillos" else "mercado"
    with scope(world.actor(outsider)):
        assert not model._base_manager.filter(pk=doc.pk).exists()
    with scope(world.actor("rita")):
        assert not model._base_manager.filter(pk=doc.pk).exists()
    with scope(world.system()):
        assert model._base_manager.filter(pk=doc.pk).exists()


@pytest.mark.parametrize("kind", [k for k in document_types().values() if k.lines], ids=lambda k: k.name)
def test_lines_are_as_visible_as_their_document(kind, world):
    doc = make(world, kind, "X-3")
    lines = kind.lines.model._base_manager.filter(document_id=doc.pk)
    with scope(world.actor("mercado" if owner_of(kind) == "bodega" else "aceros")):
        assert not lines.exists()
    with scope(world.actor(owner_of(kind))):
        assert lines.exists()


def test_a_partner_cannot_write_rows_of_another(world):
    kind = document_types()["purchase_orders"]
    with (
        scope(world.actor("tornillos")),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Event.objects.create(
            portal_id=world.portals.acme.id,
            doctype=kind.name,
            document_id=1,
            partner_id=world.partners.aceros.pk,
            kind="note",
            actor_name="x",
        )


@pytest.mark.parametrize(
    "statement", ["update event set actor_name = 'x'", "delete from event", "truncate event", "delete from seal"]
)
def test_events_are_never_edited(statement, world):
    with scope(world.system()), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_search_function_keeps_the_policy(world):
    kind = document_types()["sales_invoices"]
    doc = make(world, kind, "BUSCADA-1")
    asked = f"'{world.portals.acme.id}.buscada':*"
    found = {}
    for who in ("ana", "bodega", "mercado", "rita"):
        with scope(world.actor(who)), connection.cursor() as cursor:
            cursor.execute("select search_sales_invoice(%s)", [asked])
            found[who] = [row[0] for row in cursor.fetchall()]
    assert found == {"ana": [doc.pk], "bodega": [doc.pk], "mercado": [], "rita": []}


def test_the_scope_ends_with_its_transaction(world):
    with scope(world.actor("bodega")):
        pass
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting('atrio.portal', true), '')")
        assert cursor.fetchone() == ("",)
