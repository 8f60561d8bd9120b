import type { AccountInput, RecordInput } from '../accounts/index.ts';
import type { SignalStatement } from '../signals/index.ts';

/** A request as its sender signed it. */
export interface InboundRequest {
  /** The value of a header by its lower-case name; null if it is absent or repeated. */
  header(name: string): string | null;
  /** The body's bytes. */
  readonly body: Buffer;
  readonly now: Date;
}

/** Who sent a request: checked before its body is parsed. */
export interface Authentication {
  /** The id of the secret that the request names. */
  readonly secretId: string;
  /** Whether the signature covers the body and the time of signing, so that nobody else can make a delivery or repeat one. Otherwise what is delivered is ANONYMOUS. */
  readonly isProof: boolean;
  /** Throws `Unauthenticated` if the request is not signed with the secret, or not now. */
  verify(secret: Buffer): void;
}

/** The answer to a request by which a source checks the endpoint, before it sends anything. */
export interface Handshake {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Records of one kind, as the GraphQL inputs are. */
export interface ReadRecord {
  /** The list's name: `opportunities`. */
  readonly plural: string;
  readonly input: RecordInput;
  /** Of a deal whose stage is stated: what is kept as the report, and what the source says of the stage. */
  readonly report?: { readonly payload: unknown; readonly closedAs: 'WON' | 'LOST' | null };
  readonly path: readonly string[];
  readonly names?: BodyNames;
}

/** What the body calls the inputs' fields, by their path joined with dots: `account.externalRef.id` is `AccountId`. Faults name those. */
export type BodyNames = Readonly<Record<string, string>>;

/** The place in the body of a field of an item's input. */
export function placeIn({ path, names = {} }: { readonly path: readonly string[]; readonly names?: BodyNames | undefined }, field: readonly string[]): string[] {
  for (let length = field.length; length > 0; length -= 1) {
    const name = names[field.slice(0, length).join('.')];
    if (name !== undefined) return [...path, name];
  }
  return [...path, ...field];
}

/** That a source ended something. */
export interface ReadDeletion {
  /** The GraphQL type. */
  readonly type: string;
  readonly externalRef: { readonly system: string; readonly id: string };
  readonly source: string | null;
  readonly occurredAt: string | null;
  readonly reason: string | null;
  readonly path: readonly string[];
  readonly names?: BodyNames;
}

/** What a body says. */
export interface Reading {
  readonly accounts: readonly { readonly input: AccountInput; readonly path: readonly string[] }[];
  readonly records: readonly ReadRecord[];
  readonly signals: readonly { readonly statement: SignalStatement; readonly path: readonly string[] }[];
  readonly deletions: readonly ReadDeletion[];
}

/**
 * A source of webhooks. Everything here is pure: it reads no clock, no database and no network. The route
 * `/api/integrations/:source/webhook` looks the secret up, applies limits, and stores what was read in one transaction.
 */
export interface Connector {
  /** Its name in the route and in secrets. */
  readonly source: string;
  /** Reads who signed a request. Throws `Unauthenticated` if the request does not say. */
  authenticate(request: InboundRequest): Authentication;
  /** The answer to a request that only checks the endpoint; null for a delivery. Called once the sender is known. */
  handshake?(body: unknown): Handshake | null;
  /** Reads a body whose sender is known. Throws `InvalidInput` with the place of the fault. */
  read(body: unknown): Reading;
}
