import type { Call } from '../../platform/graphql/call.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** More signals than this are not worth naming one by one: a list meets one of them soon. */
const mostNamed = 1_000;
const withPayload = statement<{ id: string }>('signals_with_payload', 'select id from signals_with_payload($1::jsonb, $2) as id');

/**
 * The ids of the tenant's signals whose payload contains a document, by the index on payloads; null where they are many, or
 * where the document holds no value that the index could look for.
 */
export async function rarePayloads(call: Call, contained: unknown): Promise<readonly string[] | null> {
  if (!holdsValue(contained)) return null;
  const found = await call.read.rows(withPayload, [JSON.stringify(contained), mostNamed + 1]);
  return found.length > mostNamed ? null : found.map(({ id }) => id);
}

function holdsValue(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true;
  return Object.values(value).some(holdsValue);
}
