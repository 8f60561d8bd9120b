import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { readList, type ListedRow, type ListSource } from '../../platform/page/list.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { mergedConsents, mostRestrictive, standingOfRow, type MergedConsent } from './merged-consents.ts';
import type { ConsentDecision, ConsentFilter, ConsentRow } from './consent.type.ts';
import type { ConsentBasis, ConsentChannel, ConsentPurpose, ConsentStanding } from './enums.ts';

/** A consent as it comes out of the database. */
export interface RawConsent extends ListedRow {
  readonly version: number;
  readonly granted: boolean;
  readonly purpose: ConsentPurpose;
  readonly channel: ConsentChannel;
  readonly basis: ConsentBasis | null;
  readonly expiresAt: string | null;
  readonly grantedAt: string | null;
  readonly revokedAt: string | null;
  readonly emailSealed: Buffer | null;
  readonly sourceSealed: Buffer | null;
  readonly proofSealed: Buffer | null;
  readonly wrapped: Buffer | null;
  /** How the person's other addresses stand, where contacts of theirs were merged. */
  readonly merged: readonly MergedConsent[] | null;
}

/** What is selected of a consent `t`, with the key `k`. */
export const consentColumns = `t.id as uuid, t.purpose, t.channel, t.version, t.granted, t.basis, t.granted_at as "grantedAt", t.expires_at as "expiresAt", t.revoked_at as "revokedAt",
  t.email_sealed as "emailSealed", t.source_sealed as "sourceSealed", t.proof_sealed as "proofSealed", k.wrapped_key as wrapped,
  ${mergedConsents('t.subject_id', 't.purpose', 't.channel')} as merged`;
/** Joins the key `k` of a consent `t`. */
export const keysOfConsents = 'join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id';

/** A consent in the clear, as it stands at an instant; what was sealed for a person who was erased is null. */
export function openConsent({ emailSealed, sourceSealed, proofSealed, merged, ...row }: RawConsent, seal: Seal, now: string) {
  const standing = mostRestrictive(row, merged, now);
  return { ...row, standing, granted: standing === 'GRANTED', email: seal.open(row.wrapped, emailSealed), source: seal.open(row.wrapped, sourceSealed), proof: seal.open(row.wrapped, proofSealed) };
}

const toConsent = (row: RawConsent, call: Call, asOf: AsOf): ConsentRow => asNode('Consent', openConsent(row, call.seal, call.clock.now().toISOString()), asOf);

const byIds = statement<RawConsent>('consents_by_id', `select ${consentColumns} from consent t ${keysOfConsents} where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The consent of an id; null where the tenant has none. */
export const consentById: Question<string, ConsentRow | null> = {
  name: 'consents_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byIds, [call.tenantId, ids])).map((row) => [row.uuid, toConsent(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

const ofAddress = statement<RawConsent>(
  'consents_of_address',
  `select ${consentColumns} from consent t ${keysOfConsents} where t.tenant_id = $1 and k.lookup = $2 and k.destroyed_at is null order by t.purpose, t.channel`,
);

/** What is known of the consents of a person of this address, by purpose and channel. */
export async function consentsOfAddress(sql: Sql, seal: Seal, { tenantId, email, now }: { readonly tenantId: string; readonly email: string; readonly now: string }) {
  return (await sql.rows(ofAddress, [tenantId, seal.lookup(tenantId, { email })])).map((row) => openConsent(row, seal, now));
}

/** As `consentsOfAddress`, for GraphQL. */
export async function consentsOfPerson(call: Call, email: string): Promise<ConsentRow[]> {
  const now = call.clock.now().toISOString();
  return (await consentsOfAddress(call.read, call.seal, { tenantId: call.tenantId, email, now })).map((row) => asNode('Consent', row, null));
}

/** The filter with the instant that standings are about. */
type DatedFilter = Omit<ConsentFilter, 'standings'> & { readonly standings?: { readonly names: readonly ConsentStanding[]; readonly now: string } | null };

const source: ListSource<DatedFilter> = {
  name: 'consents',
  table: 'consent',
  join: () => keysOfConsents,
  columns: consentColumns,
  orders: { RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' } },
  filters: {
    purposes: (values, bind) => `t.purpose = any(${bind(values, 'text[]')})`,
    channels: (values, bind) => `t.channel = any(${bind(values, 'text[]')})`,
    standings: ({ names, now }, bind) => `${standingOfRow(bind(now, 'timestamptz'))} = any(${bind(names, 'text[]')})`,
    expiresBefore: (value, bind) => `t.expires_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'RECORDED_AT', direction: OrderDirection.DESC },
};

/** What is asked of the list of consents. */
export interface ConsentListArgs {
  readonly first: number;
  readonly after?: string | null;
  readonly filter: ConsentFilter | null;
  readonly orderBy: OrderBy | null;
}

/** The tenant's consents as a list. */
export async function listConsents(call: Call, { filter, ...page }: ConsentListArgs): Promise<Page<ConsentRow>> {
  const now = call.clock.now().toISOString();
  const dated = filter && { ...filter, standings: filter.standings ? { names: filter.standings, now } : null };
  const raw = await readList<RawConsent, DatedFilter>(call, source, { ...page, filter: dated }, null);
  return { ...pageOf(raw), edges: raw.edges.map((edge) => ({ cursor: edge.cursor, node: toConsent(edge.node, call, null) })) };
}

const pageOf = <Row>(page: Page<Row>): Pick<Page<Row>, 'pageInfo' | 'countAll'> => ({ pageInfo: page.pageInfo, countAll: (call) => page.countAll(call) });

/** The most decisions that a consent's history shows. */
export const mostDecisions = 100;

const decisions = statement<ConsentDecision & { consentId: string; sourceSealed: Buffer | null; proofSealed: Buffer | null; wrapped: Buffer | null }>(
  'consent_decisions',
  `select d.* from unnest($2::uuid[]) as asked(id) cross join lateral (
     select t.consent_id as "consentId", t.version, t.granted, t.decided_at as at, t.actor_id as by, t.cause = 'ERASURE' as "byErasure", t.basis, t.source_sealed as "sourceSealed", t.proof_sealed as "proofSealed",
       t.expires_at as "expiresAt", k.wrapped_key as wrapped
     from consent_decision t join consent c on c.tenant_id = t.tenant_id and c.id = t.consent_id join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
     where t.tenant_id = $1 and t.consent_id = asked.id order by t.version desc limit ${mostDecisions}
   ) d order by d."consentId", d.version desc`,
);

/** The decisions about a consent, the latest first. */
export const decisionsOf: Question<string, readonly ConsentDecision[]> = {
  name: 'consent_decisions',
  async load(call, ids) {
    const rows = (await call.read.rows(decisions, [call.tenantId, ids])).map(({ sourceSealed, proofSealed, wrapped, ...row }) => ({ ...row, source: call.seal.open(wrapped, sourceSealed), proof: call.seal.open(wrapped, proofSealed) }));
    const found = Map.groupBy(rows, ({ consentId }) => consentId);
    return ids.map((id) => found.get(id) ?? []);
  },
};
