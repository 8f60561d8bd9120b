import { toGlobalId, parseGlobalId } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSelector, accountsInUse, selectNamedAccounts, selectorKey, type SelectedAccount } from '../accounts/index.ts';
import { deriveStageSignals, digestOf, reportKey, saveStageReports, stageStatements, type NewStageReport } from '../crm/index.ts';
import { decideOrigin, rankOf, type OriginClass } from '../trust/index.ts';
import type { ReadRecord } from './reading.ts';

/** A deal that was just stored, whose stage a connector delivered. */
export interface StoredDeal {
  readonly record: ReadRecord;
  /** Its global id. */
  readonly id: string;
  /** The request that delivered it. */
  readonly requestId: string;
}

/** What became of the report of a deal's stage. */
export interface ReportedStage {
  readonly isNew: boolean;
  readonly accountId: string;
  readonly signalId: string | null;
}

/** Keeps that stages were delivered, and brings the signals of their deals in line. */
export async function reportStages(work: Work, deals: readonly StoredDeal[]): Promise<Map<ReadRecord, ReportedStage>> {
  const reported = new Map<ReadRecord, ReportedStage>();
  const staged = deals.filter(({ record }) => typeof record.input['stage'] === 'string');
  if (staged.length === 0) return reported;
  // In the one form of its system, as the account was stored.
  const selectors = staged.map(({ record: { input, path } }) => checkSelector(input.account, [...path, 'account']));
  const named = await selectNamedAccounts(work, work.tenantId, selectors);
  const current = await accountsInUse(work, work.tenantId, named);
  // A delivery without a time is of the instant at which it was stored; the transaction's own has moved on since.
  const untimed = staged.filter(({ record }) => !record.input.occurredAt).map(({ id }) => parseGlobalId(id)?.id ?? '');
  const stored = untimed.length === 0 ? new Map<string, never>() : await stageStatements(work, work.tenantId, untimed);
  const reports = staged.flatMap(({ record, id }, index) => {
    const key = selectorKey(selectors[index] as SelectedAccount);
    const accountId = named.get(key);
    const opportunityId = parseGlobalId(id)?.id ?? '';
    const storedAt = stored.get(opportunityId)?.points.filter(({ source, stage }) => source === sourceOf(record) && stage === record.input['stage']).map(({ occurredAt }) => occurredAt).toSorted().at(-1) ?? work.now;
    return accountId ? [{ record, accountId: current.get(key) ?? accountId, report: toReport(record, { opportunityId, accountId, storedAt, origin: decideOrigin(work, { text: null, stated: record.input.origin, path: record.path }) }) }] : [];
  });
  const fresh = await saveStageReports(work, reports.map(({ report }) => report));
  const { byReport } = await deriveStageSignals(work, reports.map(({ report }) => report.opportunityId), new Map(staged.map(({ id, requestId }) => [parseGlobalId(id)?.id ?? '', requestId])));
  for (const { record, accountId, report } of reports) {
    const signalId = byReport.get(report.opportunityId)?.get(reportKey({ occurredAt: report.occurredAt, digest: digestOf(report.payload) }));
    reported.set(record, { isNew: fresh.has(report), accountId: toGlobalId('Account', accountId), signalId: signalId ? toGlobalId('Signal', signalId) : null });
  }
  return reported;
}

const sourceOf = ({ input }: ReadRecord): string => (typeof input['source'] === 'string' ? input['source'] : input.externalRef.system);

function toReport(record: ReadRecord, { opportunityId, accountId, storedAt, origin }: { readonly opportunityId: string; readonly accountId: string; readonly storedAt: string; readonly origin: OriginClass }): NewStageReport {
  const { input, report } = record;
  return { opportunityId, accountId, source: sourceOf(record), stage: String(input['stage']), closedAs: report?.closedAs ?? null, occurredAt: input.occurredAt ?? storedAt, payload: report?.payload ?? {}, origin: rankOf(origin) };
}
