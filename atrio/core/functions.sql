-- Who the transaction acts for. A setting that was never made, or was made by an ended transaction, is empty: no rows.
create or replace function atrio_portal() returns bigint language sql stable parallel safe as
  $$ select nullif(current_setting('atrio.portal', true), '')::bigint $$;
create or replace function atrio_staff() returns boolean language sql stable parallel safe as
  $$ select coalesce(current_setting('atrio.partners', true) = '*', false) $$;
create or replace function atrio_partners() returns bigint[] language sql stable parallel safe as
  $$ select string_to_array(nullif(nullif(current_setting('atrio.partners', true), ''), '*'), ',')::bigint[] $$;
create or replace function atrio_sight() returns bigint[] language sql stable parallel safe as
  $$ select string_to_array(nullif(nullif(current_setting('atrio.sight', true), ''), '*'), ',')::bigint[] $$;
create or replace function atrio_user() returns bigint language sql stable parallel safe as
  $$ select nullif(current_setting('atrio.user', true), '')::bigint $$;
-- What a large load has just written is unknown to the planner, and the next statement would join it in squares.
create or replace function atrio_analyze(names text[]) returns void language plpgsql volatile security definer
  set search_path = public, pg_temp as $$
declare name text;
begin
  for name in select relname from pg_class join pg_namespace n on n.oid = relnamespace
    where relname = any (names) and relkind = 'r' and nspname = 'public' and relrowsecurity
  loop
    -- Whoever analyzes holds the table for that until its end: a load of another portal would wait for all of this one.
    execute format('analyze (skip_locked) %I', name);
  end loop;
end $$;
revoke all on function atrio_analyze(text[]) from public;
grant execute on function atrio_analyze(text[]) to atrio_app;
-- Which of some files of a portal have a row: also those that a partner keeps to itself, which staff do not see.
create or replace function atrio_files_known(hashes text[]) returns setof text language sql stable security definer
  set search_path = public, pg_temp as $$
  select distinct sha256 from file where portal_id = atrio_portal() and atrio_staff() and sha256 = any (hashes) $$;
revoke all on function atrio_files_known(text[]) from public;
grant execute on function atrio_files_known(text[]) to atrio_app;
-- Looking across portals: these four, and the people's `atrio_enter`, nothing else.
create or replace function atrio_portal_by_id(wanted bigint) returns setof portal language sql stable security definer
  set search_path = public, pg_temp as $$ select * from portal where id = wanted $$;
create or replace function atrio_portal_by_slug(wanted text) returns setof portal language sql stable security definer
  set search_path = public, pg_temp as $$ select * from portal where slug = wanted and disabled_at is null $$;
create or replace function atrio_portal_ids() returns setof bigint language sql stable security definer
  set search_path = public, pg_temp as $$ select id from portal where disabled_at is null order by id $$;
-- For whoever runs the installation, at its commands: every portal there is, also those that are closed.
create or replace function atrio_all_portals() returns table (id bigint, slug text, name text, created_at timestamptz,
  disabled_at timestamptz) language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, p.slug, p.name, p.created_at, p.disabled_at from portal p order by p.slug $$;
revoke all on function atrio_all_portals() from public;
grant execute on function atrio_all_portals() to atrio_app;
revoke all on function atrio_portal_by_id(bigint), atrio_portal_by_slug(text), atrio_portal_ids() from public;
grant execute on function atrio_portal_by_id(bigint), atrio_portal_by_slug(text), atrio_portal_ids() to atrio_app;
-- A new portal can be seen by nobody yet: the one row that is made across portals.
create or replace function atrio_make_portal(slug text, name text, currency text, country text, language text, zone text)
  returns bigint language sql volatile security definer set search_path = public, pg_temp as $$
  insert into portal (slug, name, legal_name, tax_id, country, currency, language, time_zone, accent, logo, address, email, phone, settings, created_at)
  values ($1, $2, '', '', $4, $3, $5, $6, '', '', '', '', '', '{}', now()) returning id $$;
revoke all on function atrio_make_portal(text, text, text, text, text, text) from public;
grant execute on function atrio_make_portal(text, text, text, text, text, text) to atrio_app;
-- Events are ordered by the transaction that wrote them. A restored database counts its transactions anew, from far below
-- those of its events: they would be held back from the feed, new ones would come before what was acknowledged, and no
-- seal would cover them. So what is counted here is lifted above all that was ever written.
do $$
declare counted bigint := pg_current_xact_id()::text::bigint; base bigint := atrio_transaction_base(); top bigint;
begin
  select max(known) into top from (
    select (select max(transaction_id) from event where portal_id = p.id) from portal p
    union all select max(before) from seal) as all_of_them (known);
  if top >= counted + base then
    -- As far as 2^32: a reader may have acknowledged more than was ever written.
    execute format('create or replace function atrio_transaction_base() returns bigint language sql stable parallel safe'
      ' return %s::bigint', top + 4294967296 - counted);
  end if;
end $$;
revoke all on function atrio_transaction_base() from public;
grant execute on function atrio_transaction_base() to atrio_app;
