import type { Caches } from '../cache/caches.ts';
import type { Clock } from '../clock.ts';
import type { FastCopies } from '../fast-copies.ts';
import type { Bus } from '../events/bus.ts';
import type { Moment } from '../moment.ts';
import type { Actor } from '../events/event.ts';
import type { Id } from '../ids.ts';
import type { Loaders } from './loaders.ts';
import type { Log } from '../log.ts';
import type { OutsideContexts } from '../outside-contexts.ts';
import type { OutsideRecords } from '../outside-records.ts';
import type { Llm } from '../llm/llm.ts';
import type { Signer, TrustedKeys } from '../signing.ts';
import type { LabWork } from '../postgres/lab-work.ts';
import type { Read } from '../postgres/read.ts';
import type { Seal } from '../postgres/seal.ts';
import type { Sql } from '../postgres/statement.ts';
import type { Work } from '../postgres/work.ts';

/** What a question is asked with that needs no more: a request has it, and so has a transaction. */
export interface Asking {
  readonly tenantId: Id<'Tenant'>;
  readonly read: Sql;
  readonly seal: Seal;
  readonly loaders: Loaders;
}

/** The way to vendors for callers who wait for the answer. */
export interface VendorChecks {
  /** Calls a vendor with the credentials of a connection. Returns the account that they belong to; throws what is wrong. */
  check(connection: { readonly tenantId: Id<'Tenant'>; readonly connectionId: Id<'Connection'> }): Promise<{ readonly account: string }>;
}

/** What a door knows about the request it serves, and what every resolver is handed. */
export interface Call {
  readonly tenantId: Id<'Tenant'>;
  readonly actor: Actor;
  readonly roles: ReadonlySet<string>;
  readonly requestId: string;
  readonly clock: Clock;
  /** The operation's snapshot of the tenant. */
  readonly read: Read;
  readonly seal: Seal;
  readonly log: Log;
  readonly loaders: Loaders;
  /** Answers kept from earlier requests; questions declared with `cachedQuestion` use them. */
  readonly caches: Caches;
  /** The way to language models; to be asked outside of `transact`. */
  readonly llm: Llm;
  /** The way to vendors; to be asked outside of `transact`, and by mutations alone. */
  readonly vendors: VendorChecks;
  /** Records of other systems as they are there; to be asked outside of `transact`, and by mutations alone. */
  readonly outsideRecords: OutsideRecords;
  /** Copies and locks beside the database; to be asked outside of `transact`. */
  readonly copies: FastCopies;
  /** Contexts of contacts that another system keeps a copy of; to be asked outside of `transact`, and by mutations alone. */
  readonly outsideContexts: OutsideContexts;
  /** Signs for the installation. */
  readonly signer: Signer;
  /** Whose signatures are believed. */
  readonly trustedKeys: TrustedKeys;
  /** What was published, to be read again; facts go there by `work.record` alone. */
  readonly bus: Pick<Bus, 'read'>;
  /** The limits of the caller. */
  limits(): CallLimits;
  /** Asks on a snapshot of its own, which is given back at once: for walks that would hold the operation's open for long. */
  briefly<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Opens a transaction for a use case; only mutations call it. */
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  /** Opens a transaction of the laboratory, which writes nothing of production; only mutations call it. */
  lab<Result>(body: (work: LabWork) => Promise<Result>): Promise<Result>;
}

/** What the caller may ask at once, and how much more before its rate limit resets. */
export interface CallLimits {
  readonly maxDepth: number;
  readonly maxCost: number;
  readonly maxAliases: number;
  readonly maxPageSize: number;
  /** Requests of the least charge. */
  readonly requestsRemaining: number;
  /** RFC 3339. */
  readonly resetsAt: string;
}

/** The moment a read is about; null is the present. */
export type AsOf = Moment | null;

/** A row that knows what instant it was read for, so that everything below it is read for the same. */
export interface Dated {
  readonly asOf: AsOf;
}

/**
 * A question that can be asked for many keys at once: one statement however many keys. `load` answers in the order of
 * the keys. Declared once as a constant; each request gets a DataLoader of its own per question and instant.
 */
export interface Question<Key, Answer, In extends Asking = Call> {
  readonly name: string;
  load(call: In, keys: readonly Key[], asOf: AsOf): Promise<readonly Answer[]>;
  /** What makes two keys one; needed when keys are not plain values. */
  readonly identity?: (key: Key) => string;
}

/** Asks a question for one key; keys asked in one turn travel in one statement. */
export function ask<Key, Answer, In extends Asking = Call>(call: In, question: Question<Key, Answer, In>, asOf: AsOf, key: Key): Promise<Answer> {
  return call.loaders.for(call, question, asOf).load(key);
}
