import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { AccountReading } from './read-accounts.ts';
import { digestOfSources, sourcesOf, type DerivedSnapshot } from './snapshot-lineage.ts';

/** What a snapshot of an account derives from, as nodes of the lineage graph. */
export type SourceNodes = Pick<DerivedSnapshot, 'accountVersionId' | 'inputs'>;

// "offset 0": a look per account, whatever the planner believes of how many there are.
const name = statement<{ accountId: string; versionId: string; inputsId: string | null; isNew: boolean }>(
  'name_sources_of_snapshots',
  `with given as materialized (
     select g.*, v.id as known_version, i.id as known_inputs
     from (select account_id, version, version_id, decode(digest, 'hex') as digest, inputs_id from unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::uuid[]) as u(account_id, version, version_id, digest, inputs_id)) g
     left join lateral (select v.id from account_version v where v.tenant_id = $1 and v.account_id = g.account_id and v.version = g.version offset 0) v on true
     left join lateral (select i.id from account_inputs i where i.tenant_id = $1 and i.account_id = g.account_id and i.digest = g.digest offset 0) i on true
   ), versions as (
     insert into account_version (tenant_id, id, account_id, version, recorded_at) select $1, version_id, account_id, version, $7 from given where known_version is null order by account_id
   ), inputs as (
     insert into account_inputs (tenant_id, id, account_id, digest, recorded_at) select $1, inputs_id, account_id, digest, $7 from given where known_inputs is null and digest is not null order by account_id
   )
   select account_id as "accountId", coalesce(known_version, version_id) as "versionId", case when digest is not null then coalesce(known_inputs, inputs_id) end as "inputsId", digest is not null and known_inputs is null as "isNew" from given`,
);

/** Finds the nodes that snapshots of accounts derive from, and makes those that are new; the accounts are locked. */
export async function nameSources(work: Work, readings: readonly AccountReading[]): Promise<Map<string, SourceNodes>> {
  const sources = new Map(readings.map((reading) => [reading.accountId as string, sourcesOf(reading)]));
  const rows = await work.rows(name, [
    work.tenantId, [...sources.keys()], readings.map(({ accountVersion }) => accountVersion), readings.map(() => work.newId()), [...sources.values()].map(digestOfSources), readings.map(() => work.newId()), work.now,
  ]);
  return new Map(rows.map(({ accountId, versionId, inputsId, isNew }) => [accountId, { accountVersionId: versionId, inputs: inputsId === null ? null : { id: inputsId, made: isNew ? (sources.get(accountId) ?? []) : null } }]));
}
