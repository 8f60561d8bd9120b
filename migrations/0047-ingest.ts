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
  }
}
