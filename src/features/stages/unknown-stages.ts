import type { Call } from '../../platform/graphql/call.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { maskRow } from '../access/index.ts';
import { stageKindSql } from './stage-catalogue.queries.ts';
import type { UnknownStage } from './stage-catalogue.type.ts';

/** The most unknown stages that are listed. */
export const mostUnknown = 200;

const unknown = statement<UnknownStage>(
  'unknown_stages',
  `select min(stage) as name, count(opportunity_id)::int as opportunities, count(report_id)::int as reports, max(seen_at) as "lastSeenAt" from (
     select stage, id as opportunity_id, null::uuid as report_id, recorded_at as seen_at from opportunity where tenant_id = $1
     union all select stage, null, id, recorded_at from stage_report where tenant_id = $1) seen
   where ${stageKindSql('stage', (name) => name)} = 'UNKNOWN'
   group by stage_key(stage) order by 2 desc, 3 desc, stage_key(min(stage)) limit ${mostUnknown}`,
);

const texts = [['name', 'TEXT']] as const;

/** Stages that the catalogue in force does not name, those of most deals first. */
export async function unknownStages(call: Call): Promise<UnknownStage[]> {
  return (await call.read.rows(unknown, [call.tenantId])).map((row) => maskRow(call, row, texts));
}
