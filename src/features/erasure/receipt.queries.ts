import { z } from 'zod';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { readList, type ListedRow, type ListSource } from '../../platform/page/list.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { ErasureReceiptRow } from './erasure.type.ts';
import { isGenuine } from './receipt.ts';

interface RawReceipt extends ListedRow {
  readonly statement: string;
  readonly signature: string;
  readonly publicKey: string;
  readonly keyId: string;
  readonly completedAt: string;
}

const stated = z.object({ previewDigest: z.string(), items: z.array(z.object({ kind: z.string(), count: z.int(), kept: z.boolean(), reason: z.string() })) });
const columns = `t.id as uuid, t.statement, encode(t.signature, 'base64') as signature, t.public_key as "publicKey", t.key_id as "keyId", t.completed_at as "completedAt"`;

function toReceipt(row: RawReceipt, call: Call, asOf: AsOf): ErasureReceiptRow {
  const { previewDigest, items } = stated.parse(JSON.parse(row.statement));
  // PostgreSQL breaks base64 into lines.
  const signature = row.signature.replaceAll('\n', '');
  return asNode('ErasureReceipt', { ...row, signature, previewDigest, items, verified: isGenuine(call.trustedKeys, { ...row, signature }) }, asOf);
}

const byIds = statement<RawReceipt>('erasure_receipts_by_id', `select ${columns} from erasure_receipt t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The receipt of an id; null where the tenant has none. */
export const receiptById: Question<string, ErasureReceiptRow | null> = {
  name: 'erasure_receipts_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byIds, [call.tenantId, ids])).map((row) => [row.uuid, toReceipt(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

const source: ListSource<object> = {
  name: 'erasure_receipts',
  table: 'erasure_receipt',
  columns,
  orders: { COMPLETED_AT: { by: 't.completed_at', type: 'timestamptz' } },
  filters: {},
  defaultOrder: { field: 'COMPLETED_AT', direction: OrderDirection.DESC },
};

/** The tenant's receipts as a list. */
export async function listReceipts(call: Call, args: { readonly first: number; readonly after?: string | null; readonly orderBy: OrderBy | null }): Promise<Page<ErasureReceiptRow>> {
  const raw = await readList<RawReceipt, object>(call, source, args, null);
  return { pageInfo: raw.pageInfo, countAll: (asking) => raw.countAll(asking), edges: raw.edges.map((edge) => ({ cursor: edge.cursor, node: toReceipt(edge.node, call, null) })) };
}
