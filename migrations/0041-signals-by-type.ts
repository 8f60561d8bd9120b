import { Migration } from '@mikro-orm/migrations';

/**
 * Lists of signals of some types read the signals of each type in the order of the list, so that a page costs its own rows
 * whatever the history. The index of before was ordered by effective_at, which lists do not use; the strongest signals are
 * found by this one as well.
 */
export class SignalsByType extends Migration {
  override up(): void {
    this.addSql('drop index signal_by_type');
    this.addSql('create index signal_by_type on signal (tenant_id, account_id, type, occurred_at desc, id desc)');
  }
}
