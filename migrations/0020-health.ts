import { healthModelBefore } from './0020-models.ts';

/** Canonical JSON (sorted keys, no spaces) in SQL, for the digests of the models that this step stores; gone at its end. */
const canonical = `
create function step_canonical_json(given jsonb) returns text language sql immutable as $f$
  select case jsonb_typeof(given)
    when 'object' then '{' || coalesce((select string_agg(to_json(key)::text || ':' || step_canonical_json(value), ',' order by key collate "C") from jsonb_each(given)), '') || '}'
    when 'array' then '[' || coalesce((select string_agg(step_canonical_json(value), ',' order by place) from jsonb_array_elements(given) with ordinality as e(value, place)), '') || ']'
    else given::text end
$f$;
create function step_digest(given jsonb) returns text language sql immutable as $f$ select encode(sha256(convert_to(step_canonical_json(given), 'UTF8')), 'hex') $f$;
`;

/**
 * Health of before this step stays what it was as of then: tenants without a model of their own have the program's former
 * version 0 stored. From now on every tenant of before judges by its next version: the same rules with a horizon for
 * trends and a least coverage. Tenants made later begin with the program's new version 0.
 */
export const models = `
${canonical}
alter table health_model drop constraint health_model_version_check, add constraint health_model_version_check check (version >= 0);
comment on table health_model is 'How health is judged; a new version for every change, the highest is in force. Without a row the program''s own is: version 0. A row of version 0 is the program''s own as it was for tenants of before it changed.';
insert into health_model (tenant_id, version, parameters, digest, published_at, published_by)
  select t.id, 0, before.model, step_digest(before.model), '-infinity', 'migration' from tenant t, (select $json$${healthModelBefore}$json$::jsonb - 'trendHorizonDays' - 'minCoverage' as model) before
  where not exists (select from health_model m where m.tenant_id = t.id);
insert into health_model (tenant_id, version, parameters, digest, published_at, published_by)
  select tenant_id, version + 1, next.model, step_digest(next.model), app_now(), 'migration'
  from (select distinct on (tenant_id) tenant_id, version, parameters || '{"trendHorizonDays":62,"minCoverage":0.4}' as model from health_model order by tenant_id, version desc) next;
drop function step_digest(jsonb);
drop function step_canonical_json(jsonb);
`;

/** When the trend that an account's health is of passes the horizon, so that the nightly round finds it. */
export const horizon = `
alter table account_health add column trend_stale_at timestamptz;
call make_versioned('account_health');
comment on column account_health.trend_stale_at is 'When the monthly trend in use passes the health model''s horizon; null where none is in use, or it has passed it.';
do $step$
declare
  own record;
begin
  for own in select id from tenant loop
    if to_regprocedure('schedule_job(text, json, timestamptz, text)') is not null then
      perform schedule_job('reassess-tenant', json_build_object('tenantId', own.id, 'requestId', 'migration-0020'), null, 'reassess-tenant:' || own.id);
    end if;
  end loop;
end $step$;
`;
