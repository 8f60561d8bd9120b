import type { Clock } from '../../platform/clock.ts';
import type { Principal } from '../../features/access/index.ts';
import type { ReadVersion } from './tenant-version.ts';
import type { AnswerKey, FinishedAnswer, FinishedAnswers } from './finished-answers.ts';
import type { TrackedCall } from './tracked-call.ts';

/** A request as HTTP gives it, as far as it matters here. */
export interface AskingRequest {
  readonly method: string;
  readonly headers: { readonly accept?: string | undefined; readonly 'cache-control'?: string | undefined };
}

/** The reply to a request, as far as it is read here. */
export interface SentReply {
  readonly statusCode: number;
  getHeader(name: string): unknown;
}

/** What serving finished answers takes. */
export interface ServeFinishedOptions {
  readonly answers: FinishedAnswers;
  readonly readVersion: ReadVersion;
  readonly clock: Clock;
}

/** What came of looking for a finished answer. */
export interface Looked {
  readonly key: AnswerKey;
  readonly tenantId: Principal['tenantId'];
  /** Null: the operation has to run, and its call notes what it depends on. */
  readonly answer: FinishedAnswer | null;
}

/** Serves finished answers to requests whose tenant has not changed since. */
export interface ServeFinished {
  /** The key of a request; null where its answer is never kept. */
  keyOf(request: AskingRequest, principal: Principal, body: Buffer): AnswerKey | null;
  /** Looks for an answer; null where it is not kept so far. Waits while another request of the same key runs. */
  look(key: AnswerKey, tenantId: Principal['tenantId']): Promise<Looked | null>;
  /** Runs an operation whose answer is wanted, and keeps it if it depends on nothing but its key, the tenant's rows and time. */
  run(looked: Looked, call: () => TrackedCall | null, reply: SentReply, serve: () => Promise<unknown>): Promise<unknown>;
  /** Notes a query that ran, so that its answer is kept when it is asked again. */
  noteRun(key: AnswerKey, tenantId: Principal['tenantId']): void;
}

/** What the operation says in headers; the others are of one request. */
const keptHeaders = ['content-type', 'cache-control'] as const;

/** Makes the server of finished answers of one process. */
export function createServeFinished({ answers, readVersion, clock }: ServeFinishedOptions): ServeFinished {
  const flights = new Map<AnswerKey, Promise<unknown>>();
  const versions = new Map<Principal['tenantId'], number>();
  const find = (key: AnswerKey, version: number): FinishedAnswer | null => answers.find(key, { version, now: clock.now().getTime() });

  return {
    keyOf: ({ headers, method }, { tenantId, roles }, body) => (method === 'POST' && !asksToCompute(headers['cache-control']) ? answers.keyOf({ tenantId, roles, accept: headers.accept, body }) : null),
    async look(key, tenantId) {
      if (!answers.isRepeated(key)) return null;
      // Without the version nothing is known; the operation itself says what is wrong.
      const version = await readVersion(tenantId).catch(() => null);
      if (version === null) return null;
      if (version > (versions.get(tenantId) ?? 0)) {
        versions.set(tenantId, version);
        answers.forget(tenantId);
      }
      const found = find(key, version);
      const flight = found ? null : flights.get(key);
      if (!flight) return { key, tenantId, answer: found };
      await flight;
      return { key, tenantId, answer: find(key, version) };
    },
    async run({ key, tenantId }, callOf, reply, serve) {
      const generation = answers.generation(tenantId);
      const serveAndKeep = async (): Promise<unknown> => {
        const body = await serve();
        const call = callOf();
        if (call && (typeof body === 'string' || Buffer.isBuffer(body))) {
          const answer = await finished(call, reply, body);
          if (generation === answers.generation(tenantId)) answers.keep(key, tenantId, answer);
          // An error is the request's, not the operation's.
          if (call.held.isQuery && !call.depends.isKeepable) answers.noteUnkeepable(key);
        }
        return body;
      };
      const running = serveAndKeep();
      // Whoever waits goes on once the answer is kept, not before.
      const flight = running.catch(() => undefined);
      flights.set(key, flight);
      try {
        return await running;
      } finally {
        if (flights.get(key) === flight) flights.delete(key);
      }
    },
    noteRun: (key, tenantId) => answers.keep(key, tenantId, null),
  };
}

/** Whether a request says that its answer must be computed for it: `Cache-Control: no-cache` or `no-store`. */
const asksToCompute = (header: string | undefined): boolean => header !== undefined && /\bno-(?:cache|store)\b/i.test(header);

async function finished({ depends }: TrackedCall, reply: SentReply, body: string | Buffer): Promise<FinishedAnswer | null> {
  const { isKeepable, readAt, cost, version } = depends;
  const read = await version;
  if (!isKeepable || read === null || cost === null || reply.statusCode !== 200) return null;
  const headers = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { body: typeof body === 'string' ? Buffer.from(body) : body, headers, cost, version: read, readAt };
}
