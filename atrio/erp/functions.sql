-- A program entering one portal by its key: counts the call, and gives the portal and the key. A key that is unknown,
-- revoked, expired or of another portal gives nothing, and cannot be told from a portal that does not exist. A key whose
-- maker has no place on the staff any more is `stopped`.
create or replace function atrio_api_enter(wanted text, shown text, hashed text) returns jsonb
  language sql volatile security definer set search_path = public, pg_temp as $$
  with mine as (
    -- A bucket of `rate` calls that fills up again within a minute.
    select k.id, least(k.rate, k.tokens + extract(epoch from clock_timestamp() - k.refilled_at) * k.rate / 60) as had,
      k.made_by_id is not null and not exists (
        select 1 from membership m join account a on a.id = m.user_id where m.portal_id = k.portal_id
          and m.user_id = k.made_by_id and m.partner_id is null and m.is_active and a.is_active) as stopped
    from api_key k join portal p on p.id = k.portal_id
    where p.slug = wanted and p.disabled_at is null and k.prefix = shown and k.digest = hashed
      and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
    for update of k),
  spent as (
    update api_key k set tokens = mine.had - (mine.had >= 1)::int, refilled_at = clock_timestamp(),
      last_used_at = case when mine.stopped then k.last_used_at else clock_timestamp() end
    from mine where k.id = mine.id returning k.*, mine.had, mine.stopped)
  select to_jsonb(s) - 'digest' || jsonb_build_object('portal', to_jsonb(p) - 'created_at' - 'disabled_at')
  from spent s join portal p on p.id = s.portal_id
$$;
revoke all on function atrio_api_enter(text, text, text) from public;
grant execute on function atrio_api_enter(text, text, text) to atrio_app;
