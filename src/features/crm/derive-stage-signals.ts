import { InvalidInput } from '../../platform/errors.ts';
import { parseExactJson } from '../../platform/exact-json.ts';
import { toGlobalId, type Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { countIngested, ingestSignals, neutralSignals, restoreSignals, withdrawSignals } from '../signals/index.ts';
import { heldStages } from '../stages/index.ts';
import { originOfRank } from '../trust/index.ts';
import { stageChanges, type StageChange } from './stage-changes.ts';
import { stageEntries } from './stage-entries.ts';
import { stageStatements } from './stage-statements.ts';

interface Derived {
  readonly opportunityId: string;
  readonly signalId: Id<'Signal'>;
  readonly eventId: string;
  readonly isWithdrawn: boolean;
}

const derivedOf = statement<Derived>(
  'derived_stage_signals',
  `select s.opportunity_id as "opportunityId", s.signal_id as "signalId", s.event_id as "eventId",
     exists (select from signal_withdrawal w where w.tenant_id = s.tenant_id and w.signal_id = s.signal_id and w.reason = 'WITHDRAWN' and w.restored_at is null) as "isWithdrawn"
   from stage_signal s where s.tenant_id = $1 and s.opportunity_id = any($2::uuid[])`,
);
const payloads = statement<{ id: string; payload: string }>('payloads_of_stage_reports', 'select id, payload::text as payload from stage_report where tenant_id = $1 and id = any($2::uuid[])');
const insert = statement('insert_stage_signals', 'insert into stage_signal (tenant_id, opportunity_id, signal_id, event_id) select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[]) on conflict do nothing');
// Of two transactions about one deal the later sees what the earlier derived, also where they are of different accounts.
const lock = statement('lock_stages', `select pg_advisory_xact_lock(hashtextextended('stages:' || id, 0)) from (select id from unnest($1::text[]) as o(id) order by id) ordered`);

/** What became of a deal's stages: the signal of each report that entered a stage, by the report's instant and digest. */
export interface DerivedStages {
  /** Signals that are new, or count again. */
  readonly added: ReadonlySet<Id<'Signal'>>;
  /** Which signal stands for the stage that a report entered, by `opportunity`, then by `reportKey`. */
  readonly byReport: ReadonlyMap<string, ReadonlyMap<string, Id<'Signal'>>>;
}

/** Names a report of a deal. */
export const reportKey = ({ occurredAt, digest }: { readonly occurredAt: string; readonly digest: string }): string => `${occurredAt} ${digest}`;

interface Change extends StageChange {
  readonly opportunityId: string;
}

/**
 * Brings the signals of deals in line with what sources say of their stages: adds those that follow, withdraws those that
 * no longer do, and restores those that follow again. Safe to repeat. The result depends on what was delivered and on the
 * catalogue in force, not on the order of deliveries. `requests`: by opportunity, the request that delivered of it, where
 * several share the transaction.
 */
export async function deriveStageSignals(work: Work, opportunityIds: readonly string[], requests: ReadonlyMap<string, string> = new Map()): Promise<DerivedStages> {
  const ids = [...new Set(opportunityIds)];
  if (ids.length === 0) return { added: new Set(), byReport: new Map() };
  const catalogue = await heldStages(work);
  await work.rows(lock, [ids]);
  const stated = await stageStatements(work, work.tenantId, ids);
  const changes = ids.flatMap((opportunityId) => {
    const { points, reports } = stated.get(opportunityId) ?? { points: [], reports: [] };
    return stageChanges(stageEntries(points, reports), catalogue).map((change): Change => ({ ...change, opportunityId }));
  });
  const known = await work.rows(derivedOf, [work.tenantId, ids]);
  const wanted = new Set(changes.map(keyOf));
  const existing = new Map(known.map((derived) => [keyOf(derived), derived]));
  const again = known.filter((derived) => derived.isWithdrawn && wanted.has(keyOf(derived)));
  await withdrawSignals(work, known.filter((derived) => !derived.isWithdrawn && !wanted.has(keyOf(derived))).map(({ signalId }) => signalId));
  await restoreSignals(work, again.map(({ signalId }) => signalId));
  const made = await addSignals(work, changes.filter((change) => !existing.has(keyOf(change))), requests);
  const byReport = new Map<string, Map<string, Id<'Signal'>>>();
  for (const change of changes) {
    const signalId = made.get(keyOf(change)) ?? existing.get(keyOf(change))?.signalId;
    const own = byReport.get(change.opportunityId) ?? new Map<string, Id<'Signal'>>();
    if (signalId) byReport.set(change.opportunityId, own.set(reportKey(change.report), signalId));
  }
  return { added: new Set([...made.values(), ...again.map(({ signalId }) => signalId)]), byReport };
}

const keyOf = ({ opportunityId, eventId }: { readonly opportunityId: string; readonly eventId: string }): string => `${opportunityId}:${eventId}`;

/** A signal that is refused because its account takes none now is derived again with the deal's next delivery; one that no account could take refuses the delivery. */
async function addSignals(work: Work, changes: readonly Change[], requests: ReadonlyMap<string, string>): Promise<Map<string, Id<'Signal'>>> {
  const made = new Map<string, Id<'Signal'>>();
  if (changes.length === 0) return made;
  const texts = new Map((await work.rows(payloads, [work.tenantId, changes.map(({ report }) => report.id)])).map(({ id, payload }) => [id, payload]));
  const signals = changes.map((change) => ({
    account: { id: toGlobalId('Account', change.report.accountId) },
    type: change.type,
    source: change.report.source,
    sourceEventId: keyOf(change),
    occurredAt: change.occurredAt,
    payload: parseExactJson(texts.get(change.report.id) ?? '{}'),
  }));
  const results = await ingestSignals(work, signals.map((signal, index) => ({ statement: signal, requestId: requests.get(changes[index]?.opportunityId ?? '') ?? work.requestId, path: [], origin: originOfRank(changes[index]?.report.origin ?? 0) })));
  work.afterCommit(() => countIngested(signals, results));
  for (const [index, result] of results.entries()) {
    const change = changes[index];
    if (result.outcome === 'REJECTED') {
      if (result.error instanceof InvalidInput) throw result.error;
    } else if (change) made.set(keyOf(change), result.signalId);
  }
  await neutralSignals(work, changes.flatMap((change) => (change.type === 'stage_change' ? (made.get(keyOf(change)) ?? []) : [])));
  const stored = changes.filter((change) => made.has(keyOf(change)));
  await work.rows(insert, [work.tenantId, stored.map(({ opportunityId }) => opportunityId), stored.map((change) => made.get(keyOf(change))), stored.map(({ eventId }) => eventId)]);
  return made;
}
