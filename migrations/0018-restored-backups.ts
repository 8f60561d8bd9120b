import { Migration } from '@mikro-orm/migrations';

/** Which backups were restored: written by the restore command, read by verification, subscriptions and consumers. */
export class RestoredBackups extends Migration {
  override up(): void {
    this.addSql(restoredBackups);
  }
}

/** Only the owner writes it, so the program cannot claim a restore that did not happen. */
const restoredBackups = `
create table restored_backup (
  tenant_id uuid not null references tenant,
  restore_id uuid not null,
  backup_digest text not null,
  backup_made_at timestamptz not null,
  restored_at timestamptz not null,
  sequence bigint not null,
  hash bytea not null,
  previous_sequence bigint,
  key_id text not null,
  signature bytea not null,
  primary key (tenant_id, restore_id)
);
comment on table restored_backup is 'Backups that were restored, a row per tenant. sequence and hash: the end of the audit chain in the backup, with the signature made when the backup was written. previous_sequence: the end of the chain that the restore replaced; null where there was none.';
call make_tenant_table('restored_backup', 'select');
create policy every_tenant on restored_backup for select to context_graph_system using (true);
grant select on restored_backup to context_graph_system;
`;
