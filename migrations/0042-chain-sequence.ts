import { Migration } from '@mikro-orm/migrations';

/** Lets a process ask in one statement, without a transaction of its own, whether anything of a tenant has changed. */
export class ChainSequence extends Migration {
  override up(): void {
    this.addSql(`
create function chain_sequence(tenant uuid) returns bigint volatile language plpgsql as $$ begin
  perform set_config('app.tenant', tenant::text, true);
  return (select sequence from audit_head where tenant_id = tenant);
end $$;
comment on function chain_sequence(uuid) is 'The sequence of a tenant''s audit chain as committed now; null before its first fact. Binds the tenant until the end of the transaction, so that row-level security holds.';`);
  }
}
