import { Migration } from '@mikro-orm/migrations';

/** Whoever claimed actions finds theirs, however long the queue is. */
export class ClaimedActions extends Migration {
  override up(): void {
    this.addSql(claims);
  }
}

const claims = `
create index action_claimed on action (tenant_id, claimed_by_id, proposed_at, id) where claimed_by_id is not null;
comment on index action_claimed is 'What somebody has claimed. By the column and not by the state: row-level security keeps conditions on status out of partial indexes.';
`;
