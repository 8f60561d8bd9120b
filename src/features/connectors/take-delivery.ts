import { Conflict, InvalidInput, NotFound, ProductError, Suppressed } from '../../platform/errors.ts';
import { parseGlobalId, toGlobalId } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountRecords, upsertAccounts, upsertRecords, type UpsertResult } from '../accounts/index.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { digestOf } from '../crm/index.ts';
import { countIngested, ingestSignals } from '../signals/index.ts';
import { placeIn, type BodyNames, type Reading } from './connector.ts';
import { deleteItems } from './delete-items.ts';
import { isNews, type DeliveryResult, type ItemResult } from './delivery-result.ts';
import { reportStages } from './report-stages.ts';
import { newlyStated } from './stored-statements.ts';
import { claimUntimed, keepResults, keptResults } from './untimed-delivery.ts';

/** A delivery whose sender is known. */
export interface Delivery {
  /** The connector's name. */
  readonly source: string;
  readonly reading: Reading;
  /** The body as it was received. */
  readonly body: unknown;
}

/**
 * Takes a delivery in: accounts, records and deletions, then the signals that it states, then those that follow from
 * changed stages. All of it is one transaction. Each item is judged by itself, as in the bulk mutations; if every item is
 * refused, the delivery is, by its first fault, and leaves no trace. A repeated delivery changes nothing.
 */
export async function takeDelivery(work: Work, seal: Seal, { source, reading, body }: Delivery): Promise<DeliveryResult> {
  checkTimes(work, reading);
  const untimed = isUntimed(reading) ? { source, digest: digestOf(body) } : null;
  const key = untimed && (await claimUntimed(work, untimed));
  if (untimed && key === null) return asDuplicate((await keptResults(work, untimed)) as readonly ItemResult[] | null);
  const results = await store(work, seal, reading);
  const refused = results.filter(({ refusal }) => refusal !== undefined);
  const [fault] = refused;
  if (fault?.refusal && refused.length === results.length && !refused.some(({ refusal }) => refusal instanceof Suppressed)) throw fault.refusal;
  const shown = results.map(({ item }) => item);
  // Whoever repeats it may have mended what refused an item.
  if (key !== null && refused.length === 0) await keepResults(work, { source, key }, shown);
  if (shown.every(({ status }) => status === 'suppressed')) return { status: 'suppressed', results: shown };
  return { status: shown.some(isNews) ? 'accepted' : 'duplicate', results: shown };
}

const futureTolerance = 5 * 60_000;

function checkTimes({ now }: Work, { accounts, records, deletions }: Reading): void {
  const latest = Date.parse(now) + futureTolerance;
  for (const { path, occurredAt, names } of [...accounts.map(({ path, input }) => ({ path, occurredAt: input.occurredAt, names: undefined })), ...records.map(({ path, input, names }) => ({ path, occurredAt: input.occurredAt, names })), ...deletions]) {
    if (occurredAt && Date.parse(occurredAt) > latest) throw new InvalidInput(`The time of this change is more than 5 minutes in the future (it is now ${now}). Check the sender's clock.`, placeIn({ path, names }, ['occurredAt']));
  }
}

/** Whether no item has a time or an id of its own by which a repetition could be known. */
function isUntimed({ accounts, records, signals, deletions }: Reading): boolean {
  const stated = [...accounts.map(({ input }) => input), ...records.map(({ input }) => input), ...deletions];
  return stated.every(({ occurredAt }) => !occurredAt) && signals.every(({ statement }) => !statement.occurredAt && !statement.sourceEventId);
}

function asDuplicate(kept: readonly ItemResult[] | null): DeliveryResult {
  return { status: 'duplicate', results: (kept ?? []).map((item) => ({ ...item, status: item.path[0] === 'signals' ? 'duplicate' : 'unchanged' })) };
}

interface Outcome {
  readonly item: ItemResult;
  readonly refusal?: ProductError;
}

async function store(work: Work, seal: Seal, reading: Reading): Promise<Outcome[]> {
  const accounts = await upsertAccounts(work, seal, reading.accounts.map(({ input }) => input));
  const outcomes = reading.accounts.map(({ path }, index) => ofUpsert(path, accounts[index]));
  outcomes.push(...(await storeRecords(work, seal, reading)));
  outcomes.push(...(await deleteItems(work, seal, reading.deletions)).map(({ path, id }): Outcome => ({ item: { path, status: 'unchanged', id, reason: 'RETIRED' } })));
  await markNews(work, outcomes);
  const ingested = await ingestSignals(work, reading.signals.map(({ statement, path }) => ({ statement, path, requestId: work.requestId })));
  if (ingested.length > 0) work.afterCommit(() => countIngested(reading.signals.map(({ statement }) => statement), ingested));
  for (const [index, { path }] of reading.signals.entries()) {
    const result = ingested[index];
    if (!result) continue;
    if (result.outcome === 'REJECTED') outcomes.push(refusedItem(path, result.error));
    else outcomes.push({ item: { path, status: result.outcome === 'ACCEPTED' ? 'accepted' : 'duplicate', id: toGlobalId('Signal', result.signalId), accountId: toGlobalId('Account', result.accountId) } });
  }
  return outcomes;
}

async function storeRecords(work: Work, seal: Seal, { records }: Reading): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  // What is kept of a report is not cleaned of addresses: a deal that names a person who was erased is refused.
  const suppression = await checkSuppression(work, { values: records.map(({ report }) => report?.payload ?? null) });
  const suppressed = records.filter(({ report }) => report && suppression.holds(report.payload));
  countSuppressed(work, 'signal', suppressed.length);
  outcomes.push(...suppressed.map(({ path }) => refusedItem(path, new Suppressed(path))));
  for (const kind of accountRecords) {
    const own = records.filter((record) => record.plural === kind.plural && !suppressed.includes(record));
    if (own.length === 0) continue;
    const results = await upsertRecords(work, seal, kind, own.map(({ input }) => input));
    const stored = own.map((record, index) => ({ record, outcome: ofUpsert(record.path, results[index], record.names) }));
    // Without a time of its own, what its source said before is no report.
    const fresh = await newlyStated(work, own.some(({ input }) => !input.occurredAt) ? stored.flatMap(({ outcome }) => nodeOf(outcome) ?? []) : []);
    const isNew = (outcome: Outcome): boolean => fresh.has(nodeOf(outcome) ?? '');
    const reported = await reportStages(work, stored.flatMap(({ record, outcome }) => (record.report && outcome.item.id && (record.input.occurredAt || isNew(outcome)) ? [{ record, id: outcome.item.id }] : [])));
    outcomes.push(...stored.map(({ record, outcome }) => {
      const stage = reported.get(record);
      return stage ? { ...outcome, item: { ...outcome.item, ...(stage.isNew ? { status: 'accepted' as const } : {}), accountId: stage.accountId, ...(stage.signalId ? { signalId: stage.signalId } : {}) } } : outcome;
    }));
  }
  return outcomes;
}

const nodeOf = ({ item: { id } }: Outcome): string | null => (id === undefined ? null : (parseGlobalId(id)?.id ?? null));

/** What changed nothing that shows may still be new: older than what its source said since, incomplete, or retired. */
async function markNews(work: Work, outcomes: Outcome[]): Promise<void> {
  const fresh = await newlyStated(work, outcomes.filter(({ item }) => item.status === 'unchanged' && item.id).flatMap((outcome) => nodeOf(outcome) ?? []));
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.item.status === 'unchanged' && fresh.has(nodeOf(outcome) ?? '')) outcomes[index] = { ...outcome, item: { ...outcome.item, status: outcome.item.reason === 'RETIRED' ? 'retired' : 'kept' } };
  }
}

function ofUpsert(path: readonly string[], result: UpsertResult | undefined, names?: BodyNames): Outcome {
  if (!result) throw new Error('an item has no result');
  if (result instanceof ProductError) return refusedItem(path, result, names);
  const status = result.change === 'UNCHANGED' ? 'unchanged' : result.change === 'CREATED' ? 'created' : 'updated';
  return { item: { path, status, id: result.globalId, ...(result.reason === null ? {} : { reason: result.reason }) } };
}

/** Bulk mutations name an item by its place in `input`; here it has a place in the body. */
function refusedItem(path: readonly string[], refusal: ProductError, names?: BodyNames): Outcome {
  const { code, message, inputPath } = refusal;
  const place = inputPath[0] === 'input' ? placeIn({ path, names }, inputPath.slice(2)) : inputPath;
  if (refusal instanceof Suppressed) return { item: { path, status: 'suppressed' }, refusal };
  return { item: { path, status: 'refused', error: { code, message, path: place } }, refusal: relocated(refusal, place) };
}

function relocated(refusal: ProductError, place: readonly string[]): ProductError {
  const kind = [InvalidInput, NotFound, Conflict].find((each) => refusal instanceof each);
  return kind ? new kind(refusal.message, place) : refusal;
}
