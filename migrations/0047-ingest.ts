import { Migration } from '@mikro-orm/migrations';

/**
 * Statements of a transaction that writes find rows by key, whatever the key is: their plans are made once per connection
 * and kept. PostgreSQL would weigh a plan for the values each time as long as it looks cheaper by its own estimate, and
 * planning cost more than the statements themselves.
 */
export class Ingest extends Migration {
  override up(): void {
    this.addSql(`
create or replace function begin_work(tenant uuid, clock timestamptz, erasure_key text) returns timestamptz language plpgsql as $$
begin
  perform set_config('app.tenant', tenant::text, true), set_config('app.erasure_key', erasure_key, true), set_config('plan_cache_mode', 'force_generic_plan', true);
  return move_work(clock);
end $$`);
    this.addSql(withPayload);
  }
}

/*
 * Row-level security keeps conditions on jsonb away from indexes: the operator may say something of rows that the policy
 * hides. A function of the owner's checks the tenant itself. The index holds the tenant beside the payload, and every other
 * index begins with it: so what it costs, and how long it takes, says nothing of other tenants.
 */
const withPayload = `
drop index signal_payload;
create index signal_payload on signal using gin (tenant_id, payload jsonb_path_ops);
create function signals_with_payload(contained jsonb, most int) returns setof uuid stable parallel safe language sql security definer set search_path = public, pg_temp set enable_seqscan = off as $$
  select id from signal where tenant_id = (select app_tenant()) and payload @> contained limit most $$;
revoke execute on function signals_with_payload from public;
grant execute on function signals_with_payload to context_graph_app;
comment on function signals_with_payload(jsonb, int) is 'Signals of the transaction''s tenant whose payload contains a document, by the index on tenants and payloads; at most so many.';
`;
