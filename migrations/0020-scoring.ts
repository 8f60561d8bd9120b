import { scoringModelAfter, scoringModelBefore } from './0020-models.ts';

/** How many of an ICP's criteria `m` states, and for how many of them the traits `t` are known. */
const stated = `((jsonb_array_length(m.parameters #> '{icp,industries}') > 0)::int + (m.parameters #>> '{icp,minEmployees}' is not null)::int + (jsonb_array_length(m.parameters #> '{icp,regions}') > 0)::int)`;
const known = `((jsonb_array_length(m.parameters #> '{icp,industries}') > 0 and coalesce(btrim(t.industry), '') <> '')::int + (m.parameters #>> '{icp,minEmployees}' is not null and t.employee_count is not null)::int
  + (jsonb_array_length(m.parameters #> '{icp,regions}') > 0 and coalesce(btrim(t.region), '') <> '')::int)`;

/** Scores say for how much of the ICP the account is known. Those of before get it from the traits that they were computed from. */
export const coverage = `
alter table account_contexts add column fit_coverage double precision check (fit_coverage between 0 and 1);
alter table score_point add column fit_coverage double precision check (fit_coverage between 0 and 1);
comment on table account_contexts is 'The present intent score. state holds each type''s raw sum, uncapped, and its instant; refresh_at is when time alone will have moved the stored score by half a point or across the threshold; facts up to sequence replayed_through are in state already. fit_coverage: share of the ICP''s criteria that the account is known for, null where the model states none.';
update account_contexts c set fit_coverage = ${known}::double precision / ${stated}
  from scoring_model m, score_traits t
  where m.tenant_id = c.tenant_id and m.version = c.model_version and ${stated} > 0 and t.tenant_id = c.tenant_id and t.id = c.traits_id;
update score_point p set fit_coverage = (
    select ${known}::double precision / ${stated} from score_traits t
    where t.tenant_id = p.tenant_id and t.account_id = p.account_id and t.recorded_at <= p.recorded_at order by t.recorded_at desc, t.id desc limit 1)
  from scoring_model m where m.tenant_id = p.tenant_id and m.version = p.model_version and ${stated} > 0;
`;

/**
 * A tenant whose model in force is the one it began with gets the new default as its next version, with its own threshold,
 * and a job scores its accounts anew; models that a tenant published stay in force. Old versions keep their rules.
 */
export const model = `
do $step$
declare
  own record;
begin
  for own in select distinct on (tenant_id) tenant_id, version, parameters from scoring_model order by tenant_id, version desc loop
    continue when own.parameters - 'highIntentThreshold' <> $json$${scoringModelBefore}$json$::jsonb;
    insert into scoring_model (tenant_id, version, parameters, published_at, published_by)
      values (own.tenant_id, own.version + 1, $json$${scoringModelAfter}$json$::jsonb || jsonb_build_object('highIntentThreshold', own.parameters -> 'highIntentThreshold'), app_now(), 'migration');
    if to_regprocedure('schedule_job(text, json, timestamptz, text)') is not null then
      perform schedule_job('rescore-tenant', json_build_object('tenantId', own.tenant_id, 'requestId', 'migration-0020'), null, 'rescore-tenant:' || own.tenant_id);
    end if;
  end loop;
end $step$;
`;
