-- One person entering one portal: the portal, the person's places in it, and what the top bar shows. Nothing else may
-- look across portals, and this gives nothing to whoever has no active place here.
create or replace function atrio_enter(wanted text, person bigint) returns jsonb language sql stable security definer
  set search_path = public, pg_temp as $$
  select jsonb_build_object(
    'portal', to_jsonb(p) - 'created_at' - 'disabled_at',
    'memberships', m.places,
    'account', (select to_jsonb(u) - 'created_at' - 'last_login' from account u where u.id = person and u.is_active),
    'places', (select count(*) from membership own where own.user_id = person and own.is_active),
    'as_of', (select jsonb_object_agg(a.doctype, a.at) from as_of a where a.portal_id = p.id))
  from portal p
  cross join lateral (
    select jsonb_agg(jsonb_build_object(
      'id', ms.id, 'partner_id', ms.partner_id, 'partner_name', pa.name, 'customer', pa.is_customer,
      'supplier', pa.is_supplier, 'permissions', r.permissions, 'role', r.name, 'role_id', r.id,
      'unread', (select count(*) from (select 1 from notification n
                 where n.portal_id = p.id and n.user_id = person and n.read_at is null
                   and (ms.partner_id is null or n.partner_id = ms.partner_id) limit 100) few),
      'related', (select jsonb_agg(other.id) from partner other
                  where other.portal_id = p.id and other.group_id = pa.group_id and other.id <> pa.id)) order by ms.id) places
    from membership ms
    join role r on r.id = ms.role_id
    left join partner pa on pa.id = ms.partner_id
    where ms.portal_id = p.id and ms.user_id = person and ms.is_active
      and (ms.partner_id is null or pa.is_active)) m
  where p.slug = wanted and p.disabled_at is null and m.places is not null
$$;
-- The portals of one person, for the company switcher.
create or replace function atrio_portals_of(person bigint) returns table (slug text, name text, partner_name text, membership_id bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select p.slug, p.name, pa.name, ms.id from membership ms join portal p on p.id = ms.portal_id
  left join partner pa on pa.id = ms.partner_id
  where ms.user_id = person and ms.is_active and p.disabled_at is null and (ms.partner_id is null or pa.is_active)
  order by p.name, pa.name
$$;
revoke all on function atrio_enter(text, bigint), atrio_portals_of(bigint) from public;
grant execute on function atrio_enter(text, bigint), atrio_portals_of(bigint) to atrio_app;
-- Whether an address is a portal's, also one that is closed: whoever opens a portal has to know that much.
create or replace function atrio_slug_taken(wanted text) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$ select exists (select 1 from portal where slug = wanted) $$;
revoke all on function atrio_slug_taken(text) from public;
grant execute on function atrio_slug_taken(text) to atrio_app;
