"""`atrio secure`: make the database's policies, grants and functions what the models say."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from atrio.core.policies import Policy

ROLE = "atrio_app"


def guarded() -> list:
    """The models whose tables row-level security covers."""
    return [m for m in apps.get_models(include_auto_created=True) if hasattr(m, "POLICY")]


def uncovered() -> list[str]:
    """Tables that neither a policy nor the list of global tables covers."""
    covered = {m._meta.db_table for m in guarded()}
    return sorted(set(connection.introspection.table_names()) - covered - set(settings.GLOBAL_TABLES))


def statements_for(model):
    policy: Policy = model.POLICY
    table = f'"{model._meta.db_table}"'
    yield f"alter table {table} enable row level security"
    yield f"drop policy if exists atrio on {table}"
    yield f"create policy atrio on {table} using ({policy.using}) with check ({policy.check})"
    yield f"revoke all on {table} from {ROLE}"
    yield f"grant {policy.grants} on {table} to {ROLE}"


def search_function(model) -> str:
    """Reads the token index as the owner (no text operator may use an index under RLS), with the policy's own rule."""
    table = model._meta.db_table
    return f"""
    create or replace function search_{table}(typed text) returns setof bigint
      language plpgsql stable security definer rows 200 set search_path = public, pg_temp as $$
    begin
      return query select id from "{table}" where search @@ typed::tsquery and {model.POLICY.using};
    end $$;
    revoke all on function search_{table}(text) from public;
    grant execute on function search_{table}(text) to {ROLE}"""


class Command(BaseCommand):
    help = "Apply row-level security, grants and functions (run after every migration)."

    def handle(self, *args, **options):
        models = guarded()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('atrio secure'))")
            cursor.execute(f"grant usage on schema public to {ROLE}")
            cursor.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
            cursor.execute((Path(__file__).parents[2] / "functions.sql").read_text())
            for model in models:
                for statement in statements_for(model):
                    cursor.execute(statement)
                if any(field.name == "search" for field in model._meta.fields):
                    cursor.execute(search_function(model))
            for table in sorted(set(settings.GLOBAL_TABLES) & set(connection.introspection.table_names())):
                cursor.execute(f'grant select, insert, update, delete on "{table}" to {ROLE}')
            for app in apps.get_app_configs():
                path = Path(app.path) / "functions.sql"
                if app.label != "core" and path.exists():
                    cursor.execute(path.read_text())
            cursor.execute(f"grant execute on all functions in schema public to {ROLE}")
        if missing := uncovered():
            self.stderr.write(f"No policy covers: {', '.join(missing)}")
        if options["verbosity"] > 0:
            self.stdout.write(f"{len(models)} tables under row-level security")
