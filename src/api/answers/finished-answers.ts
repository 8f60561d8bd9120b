import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Id } from '../../platform/ids.ts';
import { counter, gauge } from '../../platform/metrics.ts';

/** A finished answer, as it goes over the wire. */
export interface FinishedAnswer {
  readonly body: Buffer;
  readonly headers: readonly (readonly [string, string])[];
  /** The estimated cost of the operation, which each serving is charged. */
  readonly cost: number;
  /** The version of the tenant's chain in the snapshot that it was read from. */
  readonly version: number;
  /** The instant that it was computed for, in epoch milliseconds; null: it does not depend on time. */
  readonly readAt: number | null;
}

/** A request as far as its answer depends on it. */
export interface AskedRequest {
  readonly tenantId: Id<'Tenant'>;
  readonly roles: ReadonlySet<string>;
  readonly accept: string | undefined;
  readonly body: Buffer;
}

/** The key of a request. */
export type AnswerKey = string;

/** How long an answer that depends on time is served, in milliseconds. Values such as `intent.value` say in `computedAt` for when they hold. */
export const timedAnswerHolds = 2_000;
/** How long any answer stays in memory, in milliseconds, so that what was erased by another process does not. */
const staysFor = 60_000;
/** Requests whose answer is not there yet but that were asked before. */
const mostSeen = 20_000;
/** A larger body is not worth a place. */
const largestBody = 16 * 1_024;
/** Requests of a key that are passed over at once, at most. */
const mostSkips = 64;

const hits = counter('finished_answers_hits_total', 'Operations that were served a finished answer, without execution.', []);
const misses = counter('finished_answers_misses_total', 'Repeated operations that had no finished answer, or one from before a change. A rise against the hits means that tenants change more often than they are read.', []);
const size = gauge('finished_answers_bytes', 'Bytes of finished answers in memory. At its limit the least recently used are dropped.', []);

/** Finished answers of one process, by request. Each holds while its tenant's chain stands at its version. */
export interface FinishedAnswers {
  /** The key of a request; null where its answer is never kept. */
  keyOf(request: AskedRequest): AnswerKey | null;
  /** Whether the request was asked before, so that its answer is worth keeping. */
  isRepeated(key: AnswerKey): boolean;
  /** The answer, if it holds at a version and an instant. */
  find(key: AnswerKey, at: { readonly version: number; readonly now: number }): FinishedAnswer | null;
  /** Notes a query that was answered, and keeps its answer where there is one to keep. */
  keep(key: AnswerKey, tenantId: Id<'Tenant'>, answer: FinishedAnswer | null): void;
  /** Notes that the answer of a request depends on what no version tells of: for a while it is not worth looking up. */
  noteUnkeepable(key: AnswerKey): void;
  /** Grows whenever answers of a tenant are dropped: what was begun before is not kept, so that nothing of an erased person comes back. */
  generation(tenantId: Id<'Tenant'>): number;
  /** Drops the answers of a tenant: something of it has changed. */
  forget(tenantId: Id<'Tenant'>): void;
  clear(): void;
}

interface Seen {
  /** Answers that were kept since the last one that was served. */
  wasted: number;
  /** Requests that are not worth looking up, since answers were dropped before they were served. */
  skips: number;
}

/** Keeps at most so many bytes. */
export function createFinishedAnswers(mostBytes: number): FinishedAnswers {
  const seen = new LRUCache<AnswerKey, Seen>({ max: mostSeen });
  const kept = new LRUCache<AnswerKey, FinishedAnswer & { readonly tenantId: Id<'Tenant'> }>({
    max: 50_000, maxSize: Math.max(1, mostBytes), ttl: staysFor, ttlAutopurge: true, sizeCalculation: ({ body }) => body.length + 500,
    dispose: (_answer, key, reason) => {
      if (reason !== 'set') byTenant.get(tenantOf(key))?.delete(key);
      size.set(kept.calculatedSize);
    },
  });
  const byTenant = new Map<string, Set<AnswerKey>>();
  const dropped = new Map<string, number>();
  let cleared = 0;
  const holds = ({ version, readAt }: FinishedAnswer, at: { readonly version: number; readonly now: number }): boolean =>
    version >= at.version && (readAt === null || (at.now >= readAt && at.now - readAt <= timedAnswerHolds));

  return {
    keyOf({ tenantId, roles, accept = '', body }) {
      // Keys are remembered by the thousand, and both may be long.
      return body.length === 0 || body.length > largestBody ? null : `${tenantId}|${[...roles].sort().join()}|${hash('sha256', accept, 'base64')}|${hash('sha256', body, 'base64')}`;
    },
    isRepeated(key) {
      const known = seen.get(key);
      if (!known) return false;
      if (known.skips === 0) return true;
      known.skips -= 1;
      return false;
    },
    find(key, at) {
      const answer = kept.get(key);
      const found = answer && holds(answer, at) ? answer : null;
      (found ? hits : misses).inc();
      const known = seen.get(key);
      if (found && known) known.wasted = 0;
      return found;
    },
    keep(key, tenantId, answer) {
      const known = seen.get(key);
      if (!known) seen.set(key, { wasted: 0, skips: 0 });
      if (!answer || answer.body.length * 4 > mostBytes) return;
      if (known && (known.wasted += 1) > 2) known.skips = Math.min(2 ** known.wasted, mostSkips);
      const own = byTenant.get(tenantId) ?? new Set();
      byTenant.set(tenantId, own.add(key));
      kept.set(key, { ...answer, tenantId });
      size.set(kept.calculatedSize);
    },
    noteUnkeepable(key) {
      const known = seen.get(key);
      if (known) known.skips = mostSkips;
    },
    generation: (tenantId) => cleared + (dropped.get(tenantId) ?? 0),
    forget(tenantId) {
      dropped.set(tenantId, (dropped.get(tenantId) ?? 0) + 1);
      const own = byTenant.get(tenantId);
      byTenant.delete(tenantId);
      for (const key of own ?? []) kept.delete(key);
    },
    clear() {
      cleared += 1;
      byTenant.clear();
      kept.clear();
    },
  };
}

const tenantOf = (key: AnswerKey): string => key.slice(0, key.indexOf('|'));
