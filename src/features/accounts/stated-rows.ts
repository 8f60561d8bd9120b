import type { Call } from '../../platform/graphql/call.ts';
import type { Moment } from '../../platform/moment.ts';
import type { GivenRows } from '../../platform/postgres/tables-at.ts';

/** Rows of accounts (by themselves) or of records (by their accounts) at a moment of two times, by table; none where one time suffices. */
export async function statedRows(_call: Call, asOf: Moment, _tables: readonly string[], _accountIds: readonly string[] | null): Promise<GivenRows> {
  if (asOf.validAt === null) return new Map();
  throw new Error('not yet');
}
