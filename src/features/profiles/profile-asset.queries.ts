import { OrderDirection } from '../../platform/graphql/connection.ts';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { objectsToProfiling } from '../consent/index.ts';
import { originOfRank, type OriginClass } from '../trust/index.ts';
import type { ProfileAssetFilter, ProfileAssetRow } from './profile-asset.type.ts';

const columns = `t.id as uuid, t.account_id as "accountId", t.name_sealed as "nameSealed", t.kind, t.text_sealed as "textSealed", k.wrapped_key as "wrappedKey", t.occurred_at as "occurredAt", t.recorded_at as "recordedAt"`;
const keys = 'left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id';
const toAsset = (row: ProfileAssetRow, _call: Call, asOf: AsOf): ProfileAssetRow => asNode('ProfileAsset', row, asOf);

/** The documents of a profile. */
export const assetsOfProfile = childList<ProfileAssetRow, ProfileAssetFilter>(
  {
    name: 'profile_assets',
    table: 'profile_asset',
    join: () => keys,
    columns,
    orders: { RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' }, KIND: { by: 't.kind', type: 'text' } },
    filters: {
      kinds: (values, bind) => `t.kind = any(${bind(values, 'text[]')})`,
      recordedFrom: (value, bind) => `t.recorded_at >= ${bind(value, 'timestamptz')}`,
      recordedBefore: (value, bind) => `t.recorded_at < ${bind(value, 'timestamptz')}`,
    },
    defaultOrder: { field: 'RECORDED_AT', direction: OrderDirection.DESC },
  },
  'account_id',
  toAsset,
);

const byIds = datedStatement<ProfileAssetRow>('profile_assets_by_id', 2, (table) => `select ${columns} from ${table('profile_asset')} t ${keys} where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The document of an id; null where the tenant has none. */
export const assetById: Question<string, ProfileAssetRow | null> = {
  name: 'profile_assets_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byIds(asOf), byIds.values([call.tenantId, ids], asOf))).map((row) => [row.uuid, toAsset(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

const textsOf = statement<Omit<AssetText, 'text' | 'origin'> & { origin: number; textSealed: Buffer | null; wrappedKey: Buffer | null }>(
  'profile_asset_texts',
  `select t.id, t.kind, t.origin, t.occurred_at as "occurredAt", t.text_sealed as "textSealed", k.wrapped_key as "wrappedKey" from profile_asset t ${keys}
   where t.tenant_id = $1 and t.account_id = $2 and not ${objectsToProfiling('t.subject_id')} order by t.recorded_at desc, t.id desc limit $3`,
);

/** A document with its text in the clear: data from outside, never an instruction. */
export interface AssetText {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly origin: OriginClass;
  /** When it was true. RFC 3339. */
  readonly occurredAt: string;
}

/** The latest documents of a profile with their texts; without those that were erased, and those of people who objected to profiling: to read values out of them is to draw conclusions. */
export async function assetTextsOf(sql: Sql, seal: Seal, { tenantId, accountId, most }: { tenantId: string; accountId: string; most: number }): Promise<AssetText[]> {
  const rows = await sql.rows(textsOf, [tenantId, accountId, most]);
  return rows.flatMap(({ textSealed, wrappedKey, origin, ...asset }) => {
    const text = seal.open(wrappedKey, textSealed);
    return text === null ? [] : [{ ...asset, text, origin: originOfRank(origin) }];
  });
}
