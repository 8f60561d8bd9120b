import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { countsForScores } from './counts-for-scores.ts';
import { modelInForce } from './scoring-model.queries.ts';

const raising = statement(
  'raising_signal_since',
  `select 1 from signal where tenant_id = $1 and account_id = $2 and recorded_at > $3::timestamptz and type = any($4::text[]) and ${countsForScores('signal.id')} limit 1`,
);

/**
 * Whether a signal of a type that raises scores was recorded for an account after an instant. Asked of the signals and not of
 * the score's history, in which a signal that came together with one that lowers the score leaves no rise.
 */
export async function riseSince(sql: Sql & { readonly tenantId: string }, accountId: string, instant: string): Promise<boolean> {
  const { signalTypes } = await modelInForce(sql, sql.tenantId);
  const types = signalTypes.filter(({ weight }) => weight > 0).map(({ type }) => type);
  return (await sql.rows(raising, [sql.tenantId, accountId, instant, types])).length > 0;
}
