import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { healthRule } from '../health/index.ts';
import { declareLineageKind, lineageOwner, recordDerivations, type Derivation, type LineageDescription, type LineageKind } from '../lineage/index.ts';
import type { AccountReading } from './read-accounts.ts';
import { AccountSnapshot, type SnapshotRow } from './snapshot.type.ts';

const described = (name: string, text: (table: (name: string) => string) => string) => datedStatement<LineageDescription>(name, 2, text);
const ofTenant = 't.tenant_id = $1 and t.id = any($2::uuid[])';

/** A kind of record that hangs on an account, as lineage sees it. */
function recordKind(graphqlType: string, table: string, name: string): LineageKind {
  return declareLineageKind({
    type: 'EXTERNAL_RECORD',
    graphqlType,
    describe: described(`lineage_of_${table}s`, (at) => `select t.id, ${name} as name, t.occurred_at as "occurredAt" from ${at(table)} t where ${ofTenant}`),
  });
}

/** Snapshots as lineage sees them: made of the records that were read, and of the snapshot that they were compared with. */
export const snapshotLineage = declareLineageKind({
  type: 'SNAPSHOT',
  graphqlType: 'AccountSnapshot',
  describe: described('lineage_of_snapshots', (at) => `select t.id, 'Snapshot ' || t.sequence_number as name, t.taken_at as "occurredAt" from ${at('account_snapshot')} t where ${ofTenant}`),
});

/** A version of an account, as its record in the CRM said it. */
const accountVersionLineage = declareLineageKind({
  type: 'EXTERNAL_RECORD',
  graphqlType: 'AccountVersion',
  describe: described('lineage_of_account_versions', (at) => `select t.id, 'Record of ' || a.name as name, t.version as "occurredAt" from ${at('account_version')} t join ${at('account')} a on a.tenant_id = t.tenant_id and a.id = t.account_id where ${ofTenant}`),
});

const products = recordKind('Product', 'product', `'Product'`);
const executions = recordKind('PlaybookExecution', 'playbook_execution', `'Run of a playbook: ' || lower(t.status)`);
const triggers = recordKind('PlaybookTrigger', 'playbook_trigger', `'Recommendation of a playbook'`);
const reports = recordKind('PlaybookReport', 'playbook_report', `'Report of a playbook'`);
const notes = recordKind('Note', 'note', `'Note: ' || lower(t.note_type)`);
const contacts = recordKind('Contact', 'contact', `'Contact'`);
/** The kinds of lineage nodes that snapshots bring in. */
export const snapshotLineageKinds: readonly LineageKind[] = [snapshotLineage, accountVersionLineage, products, executions, triggers, reports, notes, contacts];

/** What of snapshots answers its lineage itself. */
export const snapshotLineageOwners = [lineageOwner(() => AccountSnapshot, (row: SnapshotRow) => snapshotLineage.ref(row.uuid))];

/** A snapshot with what it was made of. */
export interface DerivedSnapshot {
  readonly id: string;
  readonly previousId: string | null;
  readonly accountVersionId: string;
  readonly reading: AccountReading;
}

const rule = { name: 'account-snapshot', version: 1 } as const;

/** Records where snapshots come from; two statements, however many. */
export async function recordSnapshotLineage(work: Work, snapshots: readonly DerivedSnapshot[]): Promise<void> {
  await recordDerivations(work, snapshots.flatMap(({ id, previousId, accountVersionId, reading }): Derivation[] => {
    const to = snapshotLineage.ref(id);
    const byId = (kind: LineageKind, rows: readonly { readonly id: string }[]) => rows.map((row) => kind.ref(row.id));
    const read = [
      accountVersionLineage.ref(accountVersionId),
      ...byId(products, reading.products),
      ...reading.playbooks.ids.map((each) => executions.ref(each)),
      ...byId(triggers, reading.recommendations),
    ];
    const pinned = [...byId(notes, reading.recentNotes), ...byId(reports, reading.recentPlaybookReports), ...(reading.champion ? [contacts.ref(reading.champion.id)] : [])];
    return [
      { to, from: read, relation: 'READ', rule },
      { to, from: pinned, relation: 'PINNED', rule },
      { to, from: reading.healthInputs, relation: 'ASSESSED', rule: healthRule(reading.healthModelVersion) },
      { to, from: previousId === null ? [] : [snapshotLineage.ref(previousId)], relation: 'COMPARED', rule },
    ];
  }));
}
