import { Conflict, InvalidInput, NotFound, ProductError, Suppressed } from '../../platform/errors.ts';
import { parseGlobalId, toGlobalId } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountRecords, checkExternalRef, opportunities, upsertAccounts, upsertRecords, type UpsertResult } from '../accounts/index.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { digestOf, noteRequests } from '../crm/index.ts';
import { requestErasures } from '../erasure/index.ts';
import type { QueuedFor } from '../sessions/index.ts';
import { countIngested, ingestSignals } from '../signals/index.ts';
import { attributeFacts } from './attribute-facts.ts';
import { placeIn, type BodyNames, type Reading, type ReadRecord } from './reading.ts';
import { readThreads } from './read-threads.ts';
import { storeFetches } from './store-fetches.ts';
import { storeMessages } from './store-messages.ts';
import { deleteItems } from './delete-items.ts';
import { isNews, type DeliveryResult, type ItemResult } from './delivery-result.ts';
import { reportStages } from './report-stages.ts';
import { newlyStated } from './stored-statements.ts';
import { claimUntimed, keepResults, type ClaimedKey } from './untimed-delivery.ts';

/** A delivery as it arrived; its sender is known. */
export interface ArrivedDelivery {
  /** The connector's name. */
  readonly source: string;
  readonly reading: Reading;
  /** The body as it was received. */
  readonly body: unknown;
  /** The secret that it was signed with. */
  readonly secretId: string;
}

/** A delivery to take in. */
export interface Delivery {
  readonly source: string;
  readonly reading: Reading;
  /** The digest of its content, by which a repetition is known; null where its items have times or ids by which they are known themselves. */
  readonly digest: string | null;
  readonly secretId: string;
  readonly requestId: string;
}

/** Makes a delivery of what arrived with a request. */
export function toDelivery({ source, reading, body, secretId }: ArrivedDelivery, requestId: string): Delivery {
  return { source, reading, digest: digestOfDelivery(reading, body), secretId, requestId };
}

/** A delivery is known by its vendor's id and its content; without an id, by its content alone where its items have neither times nor ids. */
function digestOfDelivery(reading: Reading, body: unknown): string | null {
  if (reading.deliveryId !== undefined) return digestOf({ delivery: reading.deliveryId, body });
  return isUntimed(reading) ? digestOf(body) : null;
}

/**
 * Takes deliveries of one sender in, in one transaction: accounts, records and deletions, then the signals that they state,
 * then those that follow from changed stages. Each item is judged by itself, as in the bulk mutations. If every item of a delivery is
 * refused, the delivery is, by its first fault, and nothing of the transaction stays: of several the others are taken in
 * again without it. A repeated delivery changes nothing. Several must be about different things, as `shareDeliveries`
 * sorts them; each fact names the request of its own delivery. Returns one result per delivery, in order.
 */
export async function takeDeliveries(work: Work, seal: Seal, deliveries: readonly Delivery[]): Promise<DeliveryResult[]> {
  for (const { reading } of deliveries) checkTimes(work, reading);
  const { keys, repeated } = await claimUntimed(work, deliveries);
  const fresh = deliveries.map((delivery, owner) => ({ delivery, owner })).filter(({ owner }) => !repeated.has(owner));
  const outcomes = Map.groupBy(await store(work, seal, fresh), ({ owner }) => owner);
  const kept: (ClaimedKey & { readonly value: unknown })[] = [];
  const results = deliveries.map((_, owner): DeliveryResult => {
    const known = repeated.get(owner);
    if (known) return asDuplicate(known.results);
    const own = outcomes.get(owner) ?? [];
    const refused = own.filter(({ refusal }) => refusal !== undefined);
    const [fault] = refused;
    if (fault?.refusal && refused.length === own.length && !refused.some(({ refusal }) => refusal instanceof Suppressed)) throw fault.refusal;
    const shown = own.map(({ item }) => item);
    // The sender may have mended what made an item be refused before it sends the delivery again.
    const key = keys.get(owner);
    if (key && refused.length === 0) kept.push({ ...key, value: shown });
    if (shown.length > 0 && shown.every(({ status }) => status === 'ignored')) return { status: 'ignored', results: shown };
    if (shown.every(({ status }) => status === 'suppressed')) return { status: 'suppressed', results: shown };
    const queued = own.flatMap((outcome) => outcome.queued ?? []);
    return { status: shown.some(isNews) ? 'accepted' : 'duplicate', results: shown, ...(queued.length > 0 ? { queued } : {}) };
  });
  await keepResults(work, kept);
  return results;
}

/** What was read at a vendor, to be taken in. */
export interface FetchedReading {
  readonly source: string;
  readonly reading: Reading;
  /** The connection that it was read with, for which is noted what it asks to be read. */
  readonly connectionId: string;
}

/**
 * Takes in what was read at a vendor: in the order and by the rules of a delivery, but nobody waits for an answer. An item
 * that is refused is in the result, and the others stay.
 */
export async function takeFetched(work: Work, seal: Seal, { source, reading, connectionId }: FetchedReading): Promise<ItemResult[]> {
  checkTimes(work, reading);
  const delivery = { source, reading, digest: null, secretId: connectionId, requestId: work.requestId };
  return (await storeItems(work, seal, [{ delivery, owner: 0 }])).map(({ item }) => item);
}

const futureTolerance = 5 * 60_000;

function checkTimes({ now }: Work, { accounts, records, deletions }: Reading): void {
  const latest = Date.parse(now) + futureTolerance;
  for (const { path, occurredAt, names } of [...accounts.map(({ path, input }) => ({ path, occurredAt: input.occurredAt, names: undefined })), ...records.map(({ path, input, names }) => ({ path, occurredAt: input.occurredAt, names })), ...deletions]) {
    if (occurredAt && Date.parse(occurredAt) > latest) throw new InvalidInput(`The time of this change is more than 5 minutes in the future (it is now ${now}). Check the sender's clock.`, placeIn({ path, names }, ['occurredAt']));
  }
}

/** Whether something is stored of it, and no item has a time or an id of its own by which a repetition could be known. */
function isUntimed({ accounts, records, signals, deletions, fetches = [], threadEvents = [] }: Reading): boolean {
  const stated = [...accounts.map(({ input }) => input), ...records.map(({ input }) => input), ...deletions];
  return stated.length + signals.length > 0 && fetches.length + threadEvents.length === 0 && stated.every(({ occurredAt }) => !occurredAt) && signals.every(({ statement }) => !statement.occurredAt && !statement.sourceEventId);
}

function asDuplicate(kept: unknown): DeliveryResult {
  return { status: 'duplicate', results: ((kept ?? []) as readonly ItemResult[]).map((item) => ({ ...item, status: item.path[0] === 'signals' ? 'duplicate' : 'unchanged' })) };
}

interface Outcome {
  readonly owner: number;
  readonly item: ItemResult;
  readonly refusal?: ProductError;
  readonly queued?: QueuedFor;
}

/** The items of several deliveries, each with the number of its own. */
type Owned<Item> = Item & { readonly owner: number };

interface Fresh {
  readonly delivery: Delivery;
  readonly owner: number;
}

const owned = <Item extends object>(fresh: readonly Fresh[], pick: (reading: Reading) => readonly Item[] | undefined): Owned<Item>[] => fresh.flatMap(({ delivery: { reading }, owner }) => (pick(reading) ?? []).map((item) => ({ ...item, owner })));

async function store(work: Work, seal: Seal, fresh: readonly Fresh[]): Promise<Outcome[]> {
  const [only] = fresh;
  if (!only) return [];
  if (fresh.length === 1 && only.delivery.requestId === work.requestId) return storeItems(work, seal, fresh);
  const attributed = attributeFacts(work);
  noteRequests(attributed.work, fresh.flatMap(({ delivery: { reading, requestId } }) => reading.records.flatMap(({ plural, input }) => (plural === opportunities.plural ? [{ ...checkExternalRef(input.externalRef, []), requestId }] : []))));
  const outcomes = await storeItems(attributed.work, seal, fresh);
  const requests = new Map(fresh.map(({ delivery: { requestId }, owner }) => [owner, requestId]));
  const ofNodes = new Map(outcomes.flatMap((outcome) => [nodeOf(outcome), accountOf(outcome)].flatMap((id) => (id === null ? [] : [[id, requests.get(outcome.owner)] as const]))));
  attributed.state((id) => ofNodes.get(id));
  return outcomes;
}

async function storeItems(work: Work, seal: Seal, fresh: readonly Fresh[]): Promise<Outcome[]> {
  const threads = await readThreads(work, owned(fresh, (reading) => reading.threadEvents));
  const given = owned(fresh, (reading) => reading.accounts);
  const accounts = await upsertAccounts(work, seal, given.map(({ input }) => input));
  const outcomes = given.map(({ path, owner }, index) => ofUpsert({ path, owner }, accounts[index]));
  const requests = new Map(fresh.map(({ delivery: { requestId }, owner }) => [owner, requestId]));
  const records = [...owned(fresh, (reading) => reading.records), ...threads.records.map(({ event: { owner }, record }) => ({ ...record, owner }))];
  outcomes.push(...(await storeRecords(work, seal, records, requests)));
  const deletions = [...owned(fresh, (reading) => reading.deletions), ...threads.deletions.map(({ event: { owner }, deletion }) => ({ ...deletion, owner }))];
  const deleted = (await deleteItems(work, seal, deletions)).map(({ path, id }, index): Outcome => ({ owner: deletions[index]?.owner ?? 0, item: { path, status: 'unchanged', id, reason: 'RETIRED' } }));
  outcomes.push(...deleted);
  await requestErasures(work, deletions.flatMap(({ asksErasure, source, externalRef, occurredAt }, index) => (asksErasure ? [{ contactId: nodeOf(deleted[index]) ?? '', source: source ?? externalRef.system, requestedAt: occurredAt ?? work.now }] : [])));
  const messages = owned(fresh, (reading) => reading.messages);
  outcomes.push(...(await storeMessages(work, seal, messages)).map((stored, index): Outcome => ({ owner: messages[index]?.owner ?? 0, ...stored })));
  await markNews(work, outcomes);
  outcomes.push(...(await storeSignals(work, fresh, requests)));
  outcomes.push(...(await noteFetches(work, fresh)));
  outcomes.push(...owned(fresh, (reading) => reading.ignored).map(({ owner, ...ignored }): Outcome => ({ owner, item: { status: 'ignored', ...ignored } })));
  return outcomes;
}

type Requests = ReadonlyMap<number, string>;

/** What has to be read again at its vendor. */
async function noteFetches(work: Work, fresh: readonly Fresh[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [secretId, own] of Map.groupBy(fresh, ({ delivery }) => delivery.secretId)) {
    const fetches = owned(own, (reading) => reading.fetches);
    const news = await storeFetches(work, { source: own[0]?.delivery.source ?? '', secretId }, fetches);
    outcomes.push(...fetches.map((fetch): Outcome => ({ owner: fetch.owner, item: { path: fetch.path, status: news.has(fetch) ? 'accepted' : 'duplicate' } })));
  }
  return outcomes;
}

async function storeSignals(work: Work, fresh: readonly Fresh[], requests: Requests): Promise<Outcome[]> {
  const signals = owned(fresh, (reading) => reading.signals);
  if (signals.length === 0) return [];
  const ingested = await ingestSignals(work, signals.map(({ statement, path, owner }) => ({ statement, path, requestId: requests.get(owner) ?? work.requestId })));
  work.afterCommit(() => countIngested(signals.map(({ statement }) => statement), ingested));
  return signals.flatMap(({ path, owner }, index): Outcome[] => {
    const result = ingested[index];
    if (!result) return [];
    if (result.outcome === 'REJECTED') return [refusedItem({ path, owner }, result.error)];
    return [{ owner, item: { path, status: result.outcome === 'ACCEPTED' ? 'accepted' : 'duplicate', id: toGlobalId('Signal', result.signalId), accountId: toGlobalId('Account', result.accountId) } }];
  });
}

async function storeRecords(work: Work, seal: Seal, records: readonly Owned<ReadRecord>[], requests: Requests): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  // What is kept of a report is not cleaned of addresses: a deal that names a person who was erased is refused.
  const suppression = await checkSuppression(work, { values: records.map(({ report }) => report?.payload ?? null) });
  const suppressed = records.filter(({ report }) => report && suppression.holds(report.payload));
  countSuppressed(work, 'signal', suppressed.length);
  outcomes.push(...suppressed.map((record) => refusedItem(record, new Suppressed(record.path))));
  for (const kind of accountRecords) {
    const own = records.filter((record) => record.plural === kind.plural && !suppressed.includes(record));
    if (own.length === 0) continue;
    const results = await upsertRecords(work, seal, kind, own.map(({ input }) => input));
    const stored = own.map((record, index) => ({ record, outcome: ofUpsert(record, results[index]) }));
    // Without a time of its own, what its source said before is no report.
    const news = await newlyStated(work, own.some(({ input }) => !input.occurredAt) ? stored.flatMap(({ outcome }) => nodeOf(outcome) ?? []) : []);
    const isNew = (outcome: Outcome): boolean => news.has(nodeOf(outcome) ?? '');
    const reported = await reportStages(work, stored.flatMap(({ record, outcome }) => (record.report && outcome.item.id && (record.input.occurredAt || isNew(outcome)) ? [{ record, id: outcome.item.id, requestId: requests.get(record.owner) ?? work.requestId }] : [])));
    outcomes.push(...stored.map(({ record, outcome }) => {
      const stage = reported.get(record);
      return stage ? { ...outcome, item: { ...outcome.item, ...(stage.isNew ? { status: 'accepted' as const } : {}), accountId: stage.accountId, ...(stage.signalId ? { signalId: stage.signalId } : {}) } } : outcome;
    }));
  }
  return outcomes;
}

const uuidOf = (id: string | undefined): string | null => (id === undefined ? null : (parseGlobalId(id)?.id ?? null));
const nodeOf = (outcome: Outcome | undefined): string | null => uuidOf(outcome?.item.id);
const accountOf = ({ item: { accountId } }: Outcome): string | null => uuidOf(accountId);

/** What changed nothing that shows may still be new: older than what its source said since, incomplete, or retired. */
async function markNews(work: Work, outcomes: Outcome[]): Promise<void> {
  const fresh = await newlyStated(work, outcomes.filter(({ item }) => item.status === 'unchanged' && item.id).flatMap((outcome) => nodeOf(outcome) ?? []));
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.item.status === 'unchanged' && fresh.has(nodeOf(outcome) ?? '')) outcomes[index] = { ...outcome, item: { ...outcome.item, status: outcome.item.reason === 'RETIRED' ? 'retired' : 'kept' } };
  }
}

/** Where an item is: its delivery, its place in the body, and what that calls its fields. */
interface Place {
  readonly owner: number;
  readonly path: readonly string[];
  readonly names?: BodyNames | undefined;
}

function ofUpsert(place: Place, result: UpsertResult | undefined): Outcome {
  if (!result) throw new Error('an item has no result');
  if (result instanceof ProductError) return refusedItem(place, result);
  const { path, owner } = place;
  const status = result.change === 'UNCHANGED' ? 'unchanged' : result.change === 'CREATED' ? 'created' : 'updated';
  return { owner, item: { path, status, id: result.globalId, ...(result.reason === null ? {} : { reason: result.reason }) } };
}

/** Bulk mutations name an item by its place in `input`; here it has a place in the body. */
function refusedItem({ path, owner, names }: Place, refusal: ProductError): Outcome {
  const { code, message, inputPath } = refusal;
  const place = inputPath[0] === 'input' ? placeIn({ path, names }, inputPath.slice(2)) : inputPath;
  if (refusal instanceof Suppressed) return { owner, item: { path, status: 'suppressed' }, refusal };
  return { owner, item: { path, status: 'refused', error: { code, message, path: place } }, refusal: relocated(refusal, place) };
}

function relocated(refusal: ProductError, place: readonly string[]): ProductError {
  const kind = [InvalidInput, NotFound, Conflict].find((each) => refusal instanceof each);
  return kind ? new kind(refusal.message, place) : refusal;
}
