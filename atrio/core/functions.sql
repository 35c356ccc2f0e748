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
    execute format('analyze %I', name);
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
-- Looking across portals: these three, and the people's `atrio_enter`, nothing else.
create or replace function atrio_portal_by_id(wanted bigint) returns setof portal language sql stable security definer
  set search_path = public, pg_temp as $$ select * from portal where id = wanted $$;
create or replace function atrio_portal_by_slug(wanted text) returns setof portal language sql stable security definer
  set search_path = public, pg_temp as $$ select * from portal where slug = wanted and disabled_at is null $$;
create or replace function atrio_portal_ids() returns setof bigint language sql stable security definer
  set search_path = public, pg_temp as $$ select id from portal where disabled_at is null order by id $$;
revoke all on function atrio_portal_by_id(bigint), atrio_portal_by_slug(text), atrio_portal_ids() from public;
grant execute on function atrio_portal_by_id(bigint), atrio_portal_by_slug(text), atrio_portal_ids() to atrio_app;
-- A new portal can be seen by nobody yet: the one row that is made across portals.
create or replace function atrio_make_portal(slug text, name text, currency text, country text, language text, zone text)
  returns bigint language sql volatile security definer set search_path = public, pg_temp as $$
  insert into portal (slug, name, legal_name, tax_id, country, currency, language, time_zone, accent, logo, address, email, phone, settings, created_at)
  values ($1, $2, '', '', $4, $3, $5, $6, '', '', '', '', '', '{}', now()) returning id $$;
revoke all on function atrio_make_portal(text, text, text, text, text, text) from public;
grant execute on function atrio_make_portal(text, text, text, text, text, text) to atrio_app;
