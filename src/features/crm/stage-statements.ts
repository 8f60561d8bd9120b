import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { StagePoint, StageReport } from './stage-entries.ts';

type OfOpportunity<Row> = Row & { readonly opportunityId: string };

const points = statement<OfOpportunity<StagePoint>>(
  'stage_points',
  `select node_id as "opportunityId", source, case when mode <> 'RETIRE' then fields ->> 'stage' end as stage, occurred_at as "occurredAt" from source_statement
   where tenant_id = $1 and node_id = any($2::uuid[]) and node_type = 'Opportunity' and (mode <> 'PATCH' or fields ? 'stage') and ($3::timestamptz is null or recorded_at <= $3)`,
);
const reports = statement<OfOpportunity<StageReport>>(
  'stage_reports',
  `select opportunity_id as "opportunityId", id, source, stage, occurred_at as "occurredAt", account_id as "accountId", closed_as as "closedAs", digest, origin from stage_report
   where tenant_id = $1 and opportunity_id = any($2::uuid[]) and ($3::timestamptz is null or recorded_at <= $3)`,
);
const insert = statement<{ id: string }>(
  'insert_stage_reports',
  `insert into stage_report (tenant_id, id, opportunity_id, account_id, source, stage, closed_as, occurred_at, recorded_at, digest, payload, origin)
   select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], array_fill($9::timestamptz, array[cardinality($2::uuid[])]), $10::text[], $11::jsonb[], $12::smallint[])
   on conflict (tenant_id, opportunity_id, source, occurred_at, digest) do nothing returning id`,
);

/** A report that a connector just delivered. */
export type NewStageReport = OfOpportunity<Omit<StageReport, 'digest' | 'id'>> & { readonly payload: unknown };

/** The digest of a payload. */
export const digestOf = (payload: unknown): string => createHash('sha256').update(canonicalJson(payload)).digest('hex');

/** Keeps that a connector delivered stages; a report that is known changes nothing. Returns those that are new. */
export async function saveStageReports(work: Work, reported: readonly NewStageReport[]): Promise<Set<NewStageReport>> {
  if (reported.length === 0) return new Set();
  const ids = reported.map(() => work.newId<'StageReport'>());
  const column = <Value>(pick: (report: NewStageReport) => Value): Value[] => reported.map(pick);
  const stored = await work.rows(insert, [
    work.tenantId, ids, column((each) => each.opportunityId), column((each) => each.accountId), column((each) => each.source), column((each) => each.stage), column((each) => each.closedAs),
    column((each) => each.occurredAt), work.now, column((each) => digestOf(each.payload)), column((each) => JSON.stringify(each.payload)), column((each) => each.origin),
  ]);
  const fresh = new Set(stored.map(({ id }) => id));
  return new Set(reported.filter((_, index) => fresh.has(String(ids[index]))));
}

/** What sources said of the stages of some deals, as it was known at an instant, or now. */
export async function stageStatements(sql: Sql, tenantId: string, opportunityIds: readonly string[], at: string | null = null): Promise<Map<string, { readonly points: StagePoint[]; readonly reports: StageReport[] }>> {
  const [stated, reported] = await Promise.all([sql.rows(points, [tenantId, opportunityIds, at]), sql.rows(reports, [tenantId, opportunityIds, at])]);
  const [pointsOf, reportsOf] = [Map.groupBy(stated.map(inOneForm), ({ opportunityId }) => opportunityId), Map.groupBy(reported.map(inOneForm), ({ opportunityId }) => opportunityId)];
  return new Map(opportunityIds.map((id) => [id, { points: pointsOf.get(id) ?? [], reports: reportsOf.get(id) ?? [] }]));
}

/** Instants are compared as texts. */
function inOneForm<Row extends { readonly occurredAt: string }>(row: Row): Row {
  return { ...row, occurredAt: new Date(row.occurredAt).toISOString() };
}
