import { parseExactJson } from '../../platform/exact-json.ts';
import { z } from 'zod';
import { staleBy } from '../../platform/cache/caches.ts';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { cachedQuestion } from '../../platform/graphql/cached-question.ts';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import type { Bind, ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import { accountMerged, accountUnmerged } from '../accounts/index.ts';
import { FieldSource, FieldStatus, FieldValueType, ValidationState } from './enums.ts';
import type { ProfileFieldFilter, ProfileFieldRow } from './profile-field.type.ts';
import { profileFieldDeleted, profileFieldErased, profileFieldExpired, profileFieldOrphaned, profileFieldUpdated } from './profiles.events.ts';

/** A version of a field as the database keeps it: sealed. Bytes are base64, so that caches keep rows as they are. */
const storedField = z.strictObject({
  uuid: z.uuid(),
  accountId: z.uuid(),
  name: z.string(),
  seriesId: z.uuid(),
  version: z.int(),
  isCurrent: z.boolean(),
  storedStatus: z.enum(FieldStatus),
  supersedesId: z.uuid().nullable(),
  subjectId: z.uuid(),
  valueType: z.enum(FieldValueType),
  valueSealed: z.string().nullable(),
  sourceMetadataSealed: z.string().nullable(),
  wrappedKey: z.string().nullable(),
  source: z.enum(FieldSource),
  sourceItemType: z.string().nullable(),
  sourceItemId: z.uuid().nullable(),
  confidence: z.number(),
  holdsChildData: z.boolean(),
  validationState: z.enum(ValidationState),
  validationErrors: z.array(z.string()),
  verifiedAt: z.string().nullable(),
  staleAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  occurredAt: z.string(),
  recordedAt: z.string(),
});
export type StoredField = Readonly<z.infer<typeof storedField>>;

const columns = `t.id as uuid, t.account_id as "accountId", t.name, t.series_id as "seriesId", t.version, t.is_current as "isCurrent", t.status as "storedStatus",
  t.supersedes_id as "supersedesId", t.subject_id as "subjectId", t.value_type as "valueType", encode(t.value_sealed, 'base64') as "valueSealed",
  encode(t.source_metadata_sealed, 'base64') as "sourceMetadataSealed", encode(k.wrapped_key, 'base64') as "wrappedKey", t.source,
  t.source_item_type as "sourceItemType", t.source_item_id as "sourceItemId", t.confidence, coalesce(t.holds_child_data, false) as "holdsChildData", t.validation_state as "validationState",
  t.validation_errors as "validationErrors", t.verified_at as "verifiedAt", t.stale_at as "staleAt", t.expires_at as "expiresAt",
  t.occurred_at as "occurredAt", t.recorded_at as "recordedAt"`;
// The keys have no past: whose key is destroyed is erased at every instant.
const keys = 'left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id';

/** What a version is at an instant: one whose time is over is expired, also before a job has noted it. */
export function statusAt({ storedStatus, expiresAt }: Pick<StoredField, 'storedStatus' | 'expiresAt'>, at: number): FieldStatus {
  return storedStatus === 'ACTIVE' && expiresAt !== null && Date.parse(expiresAt) <= at ? 'EXPIRED' : storedStatus;
}

/** The value of a version; undefined once the person it was about has been erased. */
export function openValue(seal: Seal, stored: Pick<StoredField, 'valueSealed' | 'wrappedKey'>): unknown {
  return openJson(seal, stored.wrappedKey, stored.valueSealed);
}

/** What was said about the source of a version; undefined where nothing was said, or once erased. */
export function openMetadata(seal: Seal, stored: Pick<StoredField, 'sourceMetadataSealed' | 'wrappedKey'>): unknown {
  return openJson(seal, stored.wrappedKey, stored.sourceMetadataSealed);
}

function openJson(seal: Seal, wrappedKey: string | null, sealed: string | null): unknown {
  if (wrappedKey === null || sealed === null) return undefined;
  const json = seal.open(Buffer.from(wrappedKey, 'base64'), Buffer.from(sealed, 'base64'));
  return json === null ? undefined : parseExactJson(json);
}

/** A version as GraphQL is given it. The stored one may come out of a cache that others read: it is left as it is. */
export function toField(stored: StoredField, call: Call, asOf: AsOf): ProfileFieldRow {
  const at = asOf === null ? call.clock.now().getTime() : Date.parse(asOf.at);
  const { staleAt } = stored;
  const freshness = staleAt === null ? 'UNLIMITED' : Date.parse(staleAt) <= at ? 'STALE' : 'FRESH';
  return asNode('ProfileField', { ...stored, status: statusAt(stored, at), freshness }, asOf) as unknown as ProfileFieldRow;
}

const currentOfProfiles = datedStatement<StoredField>(
  'profile_fields_current',
  2,
  (table) => `select ${columns} from ${table('profile_field')} t ${keys} where t.tenant_id = $1 and t.account_id = any($2::uuid[]) and t.is_current order by t.account_id, t.name`,
);

/** The current version of every field of some profiles, by profile, in the order of their names. */
export async function currentFieldsOf(sql: Sql, tenantId: string, accountIds: readonly string[], asOf: AsOf = null): Promise<Map<string, StoredField[]>> {
  return Map.groupBy(await sql.rows(currentOfProfiles(asOf), currentOfProfiles.values([tenantId, accountIds], asOf)), (row) => row.accountId);
}

const ofAccount = ({ accountId }: { readonly accountId: string }): string[] => [accountId];

/** The current version of every field of a profile, sealed as it is stored. */
export const currentFields = cachedQuestion<string, readonly StoredField[]>(
  {
    name: 'profile',
    seconds: 1_800,
    schema: z.array(storedField),
    staleBy: [staleBy(accountMerged, ofAccount), staleBy(accountUnmerged, ofAccount), staleBy(profileFieldUpdated, ofAccount), staleBy(profileFieldExpired, ofAccount), staleBy(profileFieldOrphaned, ofAccount), staleBy(profileFieldDeleted, ofAccount), staleBy(profileFieldErased, ofAccount)],
  },
  {
    name: 'profile_fields_current',
    async load(call, accountIds, asOf) {
      const found = await currentFieldsOf(call.read, call.tenantId, accountIds, asOf);
      return accountIds.map((id) => found.get(id) ?? []);
    },
  },
);

const byIds = datedStatement<StoredField>('profile_fields_by_id', 2, (table) => `select ${columns} from ${table('profile_field')} t ${keys} where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The version of an id; null where the tenant has none. */
export const fieldById: Question<string, ProfileFieldRow | null> = {
  name: 'profile_fields_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byIds(asOf), byIds.values([call.tenantId, ids], asOf))).map((row) => [row.uuid, toField(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

const source: ListSource<ProfileFieldFilter> = {
  name: 'profile_fields',
  table: 'profile_field',
  join: () => keys,
  columns,
  orders: {
    RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' },
    VERSION: { by: 't.version', type: 'int8' },
    NAME: { by: 't.name', type: 'text' },
  },
  filters: {
    names: (values, bind) => `t.name = any(${bind(values, 'text[]')})`,
    statuses: (values: readonly string[], bind: Bind) => `t.status = any(${bind(values, 'text[]')})`,
    sources: (values, bind) => `t.source = any(${bind(values, 'text[]')})`,
    validationStates: (values, bind) => `t.validation_state = any(${bind(values, 'text[]')})`,
    currentOnly: (value) => (value ? 't.is_current' : 'true'),
    recordedFrom: (value, bind) => `t.recorded_at >= ${bind(value, 'timestamptz')}`,
    recordedBefore: (value, bind) => `t.recorded_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'RECORDED_AT', direction: OrderDirection.DESC },
};

const prepare = (row: ProfileFieldRow, call: Call, asOf: AsOf): ProfileFieldRow => Object.assign(toField(row as unknown as StoredField, call, asOf), { sortValue: row.sortValue });

/** Every version of every field of a profile. */
export const versionsOfProfile = childList<ProfileFieldRow, ProfileFieldFilter>(source, 'account_id', prepare);

/** Every version of one field. */
export const versionsOfField = childList<ProfileFieldRow, ProfileFieldFilter>(
  { ...source, name: 'profile_field_versions', defaultOrder: { field: 'VERSION', direction: OrderDirection.DESC } },
  'series_id',
  prepare,
);
