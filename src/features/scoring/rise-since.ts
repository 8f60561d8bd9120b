import { statement, type Sql } from '../../platform/postgres/statement.ts';

const rise = statement(
  'score_rise_since',
  `select 1 from score_point where tenant_id = $1 and account_id = $2 and recorded_at > $3::timestamptz and cause = 'SIGNAL' and value > coalesce(previous, 0) limit 1`,
);

/** Whether a signal that was recorded after an instant raised an account's score. */
export async function riseSince(sql: Sql & { readonly tenantId: string }, accountId: string, instant: string): Promise<boolean> {
  return (await sql.rows(rise, [sql.tenantId, accountId, instant])).length > 0;
}
