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


# What stands in the database for one table: its own text of the policy (it rewrites ours), and the mark that we left.
STANDING = """
select c.relrowsecurity, obj_description(p.oid, 'pg_policy'),
  md5(concat_ws('|', %s::text, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid),
    p.polcmd, p.polpermissive, p.polroles::text)),
  array(select lower(privilege_type) from aclexplode(c.relacl) where grantee = %s::regrole order by 1)
from pg_class c left join pg_policy p on p.polrelid = c.oid and p.polname = 'atrio' where c.oid = %s::regclass"""


def guard(cursor, model) -> bool:
    """Make one table's policy and grants what its model says; whether anything had to change.

    A table that is as it should be is not touched: renewing a policy needs the table to itself, and while that waits
    for a long reader, every other reader waits behind it."""
    policy: Policy = model.POLICY
    table = f'"{model._meta.db_table}"'
    asked = [f"{policy.using}|{policy.check}", ROLE, table]
    cursor.execute(STANDING, asked)
    enabled, mark, found, granted = cursor.fetchone()
    renew, grants = not enabled or mark != found, sorted(policy.grants.split(", "))
    if renew:
        for statement in statements_for(model):
            cursor.execute(statement)
        cursor.execute(STANDING, asked)
        cursor.execute(f"comment on policy atrio on {table} is '{cursor.fetchone()[2]}'")
    if granted != grants:
        cursor.execute(f"revoke all on {table} from {ROLE}")
        cursor.execute(f"grant {policy.grants} on {table} to {ROLE}")
    return renew or granted != grants


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
        self._alone(self._functions, models)
        changed = [model._meta.db_table for model in models if self._alone(guard, model)]
        if missing := uncovered():
            self.stderr.write(f"No policy covers: {', '.join(missing)}")
        if options["verbosity"] > 0:
            said = f"; renewed: {', '.join(changed)}" if changed else ""
            self.stdout.write(f"{len(models)} tables under row-level security{said}")

    def _alone(self, work, subject):
        """A transaction for each table: none is held while another is waited for."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('atrio secure'))")
            return work(cursor, subject)

    def _functions(self, cursor, models) -> None:
        cursor.execute(f"grant usage on schema public to {ROLE}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {ROLE}")
        cursor.execute((Path(__file__).parents[2] / "functions.sql").read_text())
        for model in models:
            if any(field.name == "search" for field in model._meta.fields):
                cursor.execute(search_function(model))
        for table in sorted(set(settings.GLOBAL_TABLES) & set(connection.introspection.table_names())):
            cursor.execute(f'grant select, insert, update, delete on "{table}" to {ROLE}')
        for app in apps.get_app_configs():
            path = Path(app.path) / "functions.sql"
            if app.label != "core" and path.exists():
                cursor.execute(path.read_text())
        cursor.execute(f"grant execute on all functions in schema public to {ROLE}")
