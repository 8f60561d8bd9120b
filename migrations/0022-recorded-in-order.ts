import { Migration } from '@mikro-orm/migrations';

/** Instants at which a tenant's facts are recorded never run backwards, whatever the clocks of the processes do. */
export class RecordedInOrder extends Migration {
  override async up(): Promise<void> {
    this.addSql(latestInstant);
    this.addSql(boundInstants);
  }
}

const latestInstant = `
alter table audit_head add column recorded_at timestamptz;
comment on column audit_head.recorded_at is 'The latest instant at which a fact of the tenant was recorded; null before the first. Transactions take no earlier one.';
alter table audit_head disable trigger audit_head_follows;
update audit_head h set recorded_at = (select l.recorded_at from audit_logs l where l.tenant_id = h.tenant_id and l.sequence = h.sequence);
alter table audit_head enable trigger audit_head_follows;
`;

const boundInstants = `
create function begin_work(tenant uuid, clock timestamptz, erasure_key text) returns timestamptz language plpgsql as $$
begin
  perform set_config('app.tenant', tenant::text, true), set_config('app.erasure_key', erasure_key, true);
  return move_work(clock);
end $$;
comment on function begin_work(uuid, timestamptz, text) is 'Binds a transaction to a tenant; returns its instant, as move_work does.';

create function move_work(clock timestamptz) returns timestamptz language plpgsql as $$
declare
  instant timestamptz := greatest(clock, (select recorded_at from audit_head where tenant_id = app_tenant()));
begin
  perform set_config('app.now', to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), true);
  return instant;
end $$;
comment on function move_work(timestamptz) is 'Moves the transaction to the instant of the program''s clock, or to the latest at which a fact of the tenant was recorded, where that is later. Returns it.';
`;
