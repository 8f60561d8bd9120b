import { createHash } from 'node:crypto';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountRecords, contactLineage, lastState, noteLineage, recordLineage, type AccountRecord } from '../accounts/index.ts';
import { healthRule } from '../health/index.ts';
import { declareLineageKind, lineageOwner, recordDerivations, type Derivation, type DerivationRule, type LineageDescription, type LineageKind, type LineageRef } from '../lineage/index.ts';
import type { AccountReading } from './read-accounts.ts';
import { statedVersions } from './version-statements.ts';
import { AccountSnapshot, type SnapshotRow } from './snapshot.type.ts';

const described = (name: string, text: (table: (name: string) => string) => string) => datedStatement<LineageDescription>(name, 2, text);
const accountOf = (at: (table: string) => string, of: string): string => lastState(at, { of: 'account', id: `${of}.account_id`, columns: 't.name' });
const ofTenant = 't.tenant_id = $1 and t.id = any($2::uuid[])';

/** Snapshots as lineage sees them: made of the account's version, of the set of records that was read, and of the snapshots that they were compared with. */
export const snapshotLineage = declareLineageKind({
  type: 'SNAPSHOT',
  graphqlType: 'AccountSnapshot',
  describe: described('lineage_of_snapshots', (at) => `select t.id, 'Snapshot ' || t.sequence_number as name, t.taken_at as "occurredAt" from ${at('account_snapshot')} t where ${ofTenant}`),
});

/** A version of an account, as its record in the CRM said it. */
const accountVersionLineage = declareLineageKind({
  type: 'EXTERNAL_RECORD',
  graphqlType: 'AccountVersion',
  describe: described('lineage_of_account_versions', (at) => `select v.id, 'Record of ' || a.name as name, v.version as "occurredAt" from ${at('account_version')} v cross join lateral ${accountOf(at, 'v')} a where v.tenant_id = $1 and v.id = any($2::uuid[])`),
  columns: statedVersions,
});

/** A set of an account's records. */
const accountInputsLineage = declareLineageKind({
  type: 'DERIVED_VALUE',
  graphqlType: 'AccountInputs',
  describe: described('lineage_of_account_inputs', (at) => `select i.id, 'Records of ' || a.name as name, i.recorded_at as "occurredAt" from ${at('account_inputs')} i cross join lateral ${accountOf(at, 'i')} a where i.tenant_id = $1 and i.id = any($2::uuid[])`),
});

function recordOf(type: string): AccountRecord {
  const record = accountRecords.find((each) => each.type === type);
  if (!record) throw new Error(`there is no kind of record called ${type}`);
  return record;
}

const products = recordLineage(recordOf('Product'), `'Product'`);
const executions = recordLineage(recordOf('PlaybookExecution'), `'Run of a playbook: ' || lower(t.status)`);
const triggers = recordLineage(recordOf('PlaybookTrigger'), `'Recommendation of a playbook'`);
const reports = recordLineage(recordOf('PlaybookReport'), `'Report of a playbook'`);
/** The kinds of lineage nodes that snapshots bring in. */
export const snapshotLineageKinds: readonly LineageKind[] = [snapshotLineage, accountVersionLineage, accountInputsLineage, products, executions, triggers, reports, noteLineage, contactLineage];

/** What of snapshots answers its lineage itself. */
export const snapshotLineageOwners = [lineageOwner(() => AccountSnapshot, (row: SnapshotRow) => snapshotLineage.ref(row.uuid))];

/** A snapshot with the nodes that it derives from. */
export interface DerivedSnapshot {
  readonly id: string;
  readonly previousId: string | null;
  /** The last significant one, or the first one, with which it was compared as well. */
  readonly baselineId: string | null;
  readonly accountVersionId: string;
  readonly inputs: SnapshotInputs | null;
}

/** The set of records that a snapshot was made of, as a node: one for all snapshots of an account that were made of the same. */
export interface SnapshotInputs {
  readonly id: string;
  /** What it derives from, where the set was not known before. */
  readonly made: readonly Source[] | null;
}

/** Records that were read, and how they were used. */
export interface Source {
  readonly from: readonly LineageRef[];
  readonly relation: string;
  readonly rule: DerivationRule;
}

const rule = { name: 'account-snapshot', version: 1 } as const;

/** The records that snapshots are made of, out of what was read. */
export function sourcesOf({ products: bought, playbooks, recommendations, recentNotes, recentPlaybookReports, champion, healthInputs, healthModelVersion }: AccountReading): readonly Source[] {
  const byId = (kind: LineageKind, rows: readonly { readonly id: string }[]) => rows.map((row) => kind.ref(row.id));
  return [
    { from: [...byId(products, bought), ...playbooks.ids.map((id) => executions.ref(id)), ...byId(triggers, recommendations)], relation: 'READ', rule },
    { from: [...byId(noteLineage, recentNotes), ...byId(reports, recentPlaybookReports), ...(champion ? [contactLineage.ref(champion.id)] : [])], relation: 'PINNED', rule },
    { from: healthInputs, relation: 'ASSESSED', rule: healthRule(healthModelVersion) },
  ].filter(({ from }) => from.length > 0);
}

/** SHA-256 over sources, in whatever order, in hex; null of none. */
export function digestOfSources(sources: readonly Source[]): string | null {
  if (sources.length === 0) return null;
  const parts = sources.map(({ from, relation, rule: { name, version } }) => `${relation} ${name} ${version} ${from.map(({ type, id }) => `${type} ${id}`).toSorted().join(' ')}`);
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/**
 * Records where snapshots come from; one statement, however many. A snapshot has four edges at most: to the version of the
 * account, to the set of records it was made of, to the one before and to the baseline it was compared with. The set has one to each record, and
 * is written once: records change every day, which of them there are seldom. So what derives from a record is found two
 * steps downstream, and a portfolio's daily snapshots add a tenth of the edges that each with its own would.
 */
export async function recordSnapshotLineage(work: Work, snapshots: readonly DerivedSnapshot[]): Promise<void> {
  await recordDerivations(work, snapshots.flatMap(({ id, previousId, baselineId, accountVersionId, inputs }): Derivation[] => {
    const to = snapshotLineage.ref(id);
    const compared = [...new Set([previousId, baselineId].filter((earlier) => earlier !== null))];
    const set = inputs && accountInputsLineage.ref(inputs.id);
    return [
      { to, from: [accountVersionLineage.ref(accountVersionId), ...(set ? [set] : [])], relation: 'READ', rule },
      { to, from: compared.map((earlier) => snapshotLineage.ref(earlier)), relation: 'COMPARED', rule },
      ...(set && inputs?.made ? inputs.made.map((source) => ({ to: set, ...source })) : []),
    ];
  }));
}
