import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription, type LineageKind } from '../lineage/index.ts';
import { activities } from './activity.ts';
import { contacts } from './contact.ts';
import { lastState } from './last-state.ts';
import { managerFlags } from './manager-flag.ts';
import { notes } from './note.ts';
import { opportunities } from './opportunity.ts';
import type { AccountRecord } from './record.ts';
import { seMentions } from './se-mention.ts';
import { statedColumns } from './statement-lineage.ts';
import { threads } from './thread.ts';
import { tickets } from './ticket.ts';
import { weeklySummaries } from './weekly-summary.ts';

/**
 * A kind of record as lineage sees it: made by the statements that win its fields. `name` is SQL over its row `t`; personal
 * data stays out of it. A record that was retired keeps its last name.
 */
export function recordLineage(record: AccountRecord, name: string): LineageKind {
  const columns = `${name} as name, t.occurred_at as "occurredAt"`;
  const describe = datedStatement<LineageDescription>(
    `lineage_of_${record.table}_records`,
    2,
    (table) => `select asked.id, last.name, last."occurredAt" from unnest($2::uuid[]) asked(id) cross join lateral ${lastState(table, { of: record.table, id: 'asked.id', columns })} last`,
  );
  return declareLineageKind({ type: 'EXTERNAL_RECORD', graphqlType: record.type, describe, columns: statedColumns(record) });
}

/** Contacts as lineage sees them. */
export const contactLineage = recordLineage(contacts, `'Contact'`);
/** Opportunities as lineage sees them. */
export const opportunityLineage = recordLineage(opportunities, `'Opportunity: ' || t.stage`);

/** Notes as lineage sees them. */
export const noteLineage = recordLineage(notes, `'Note: ' || lower(t.note_type)`);

/** The kinds of records that accounts bring in themselves. */
export const plainRecordLineage: readonly LineageKind[] = [
  recordLineage(activities, `'Activity'`),
  recordLineage(tickets, `'Ticket'`),
  recordLineage(threads, `'Thread'`),
  recordLineage(seMentions, `'Mention of a solution engineer'`),
  recordLineage(managerFlags, `'Flag of a manager'`),
  recordLineage(weeklySummaries, `'Weekly summary of ' || t.week_of`),
];

/** The lineage nodes of the records that derived values of the context come from, by GraphQL type. */
export const recordKinds: ReadonlyMap<string, LineageKind> = new Map([...plainRecordLineage, contactLineage, opportunityLineage, noteLineage].map((kind) => [kind.graphqlType, kind]));
