import type { RateRule } from '../../platform/rate-limiter.ts';
import type { BodyPolicy } from './body-budget.ts';
import type { TurnPolicy } from './fair-turns.ts';

/**
 * How much one caller may ask at once and over time. One policy, on every door alike: HTTP, socket and whatever speaks
 * GraphQL. Of the operations that client teams wrote the longest has 374 tokens, the deepest 8 levels, and the dearest
 * costs 1,301; the account page costs 629.
 */
export interface LimitPolicy {
  /** Lexical tokens of a document. */
  readonly tokens: number;
  /** Levels of fields below each other, the leaf included; not counted below `__schema` and `__type`. */
  readonly depth: number;
  /** Levels of fields from `__schema` or `__type` on; the usual introspection query has 15. */
  readonly introspectionDepth: number;
  /** Renamed fields of an operation, with those of the fragments it uses, as often as they are written. */
  readonly aliases: number;
  /** Operations and fragments in one document. */
  readonly definitions: number;
  /** Fields that validation visits to see which of them merge; see `overlapping-fields.ts`. */
  readonly overlapVisits: number;
  /** Fields at the root of an operation. */
  readonly rootFields: number;
  /** Directives on any one place. */
  readonly directives: number;
  /** What an operation may cost; `measure-operation.ts` has the formula. */
  readonly cost: number;
  readonly sizes: AssumedSizes;
  /** Operations in one HTTP request; 1 means that an array is refused. */
  readonly batch: number;
  /** Bytes of an HTTP body or of one socket message: 1,000 signals of 4 KB. */
  readonly bytes: number;
  readonly bodies: BodyPolicy;
  /** For each caller, in points: objects by the estimate, and microseconds of CPU that reading and checking took. Over all processes where they share a Redis. */
  readonly principalRate: RateRule;
  /** For all callers of a tenant together, in the same points. */
  readonly tenantRate: RateRule;
  /** Cost that an operation is charged at least, however little it asks. */
  readonly leastCharge: number;
  /** For each address, in credentials that were refused. */
  readonly strangerRate: RateRule;
  readonly turns: TurnPolicy;
  readonly sockets: SocketPolicy;
  readonly time: TimePolicy;
}

/** How much sockets may take. */
export interface SocketPolicy {
  /** Bytes of a message before sign-in. */
  readonly bytesBeforeSignIn: number;
  /** Bytes waiting to be read by the client; a socket that does not read is closed beyond. */
  readonly buffered: number;
  /** Pings, pongs and messages of one socket in a second. */
  readonly framesPerSecond: number;
  /** Open sockets of one caller, and of one client address, in one process. */
  readonly perCaller: number;
  readonly perAddress: number;
  /** Operations under way on one socket. */
  readonly operations: number;
  /** Milliseconds to sign in. */
  readonly signIn: number;
}

/** How long a client may take. Milliseconds. */
export interface TimePolicy {
  readonly headers: number;
  /** A whole request, its body included. */
  readonly request: number;
}

/** How many items a list is taken to have when the operation does not say. */
export interface AssumedSizes {
  /** Of a list or connection that pages by `first` or `last` and was given neither: the page size of the product. */
  readonly page: number;
  /** Of a list that does not page. */
  readonly list: number;
  /** Of a list below `__schema` or `__type`. */
  readonly introspectionList: number;
}

/** The policy where configuration says nothing else. */
export const defaultLimits: LimitPolicy = {
  tokens: 5_000,
  depth: 15,
  introspectionDepth: 20,
  aliases: 50,
  definitions: 200,
  overlapVisits: 20_000,
  rootFields: 20,
  directives: 5,
  cost: 20_000,
  sizes: { page: 20, list: 10, introspectionList: 5 },
  batch: 1,
  bytes: 4 * 1024 * 1024,
  bodies: { ofCaller: 64 * 1024 * 1024, ofAddress: 8 * 1024 * 1024, webhook: 256 * 1024 },
  principalRate: { points: 5_000_000, seconds: 10 },
  tenantRate: { points: 20_000_000, seconds: 10 },
  leastCharge: 100,
  strangerRate: { points: 30, seconds: 60 },
  turns: { running: 64, runningOfTenant: 16, runningOfCaller: 8, waitingOfCaller: 150, waitingOfTenant: 600, patience: 10_000 },
  sockets: { bytesBeforeSignIn: 16 * 1024, buffered: 8 * 1024 * 1024, framesPerSecond: 200, perCaller: 100, perAddress: 1_000, operations: 100, signIn: 5_000 },
  time: { headers: 10_000, request: 30_000 },
};
