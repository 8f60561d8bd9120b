import { z } from 'zod';
import type { Id } from '../ids.ts';

/** Who did something: a person, a machine with an API key, or a part of this program. */
export interface Actor {
  readonly kind: 'user' | 'machine' | 'system';
  readonly id: string;
}

/** A fact as a use case states it; `Work` adds who, when, and its place in the tenant's chain. */
export interface Fact {
  readonly id?: Id<'Event'>;
  readonly kind: string;
  readonly version: number;
  /** The account the fact is about: facts of one account keep their order everywhere. Null: the tenant's own. */
  readonly accountId: Id<'Account'> | null;
  /** When it was true; the moment of recording when absent. RFC 3339. */
  readonly occurredAt?: string;
  /** Overrides the work's request id where one work carries several requests. */
  readonly requestId?: string;
  /** Ids and figures only; never personal data. */
  readonly data: Record<string, unknown>;
}

/** A fact on the bus: ids, not truth. Receivers read again under their own permission. */
export const envelopeSchema = z.object({
  id: z.uuid(),
  tenantId: z.uuid(),
  kind: z.string(),
  version: z.int(),
  accountId: z.uuid().nullable(),
  /** The fact's place in its tenant's audit chain: gap-free and commit-ordered. */
  sequence: z.int(),
  actor: z.object({ kind: z.enum(['user', 'machine', 'system']), id: z.string() }),
  requestId: z.string(),
  occurredAt: z.iso.datetime(),
  recordedAt: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** One kind of event: its name, its version and the shape of its data, parsed at both ends. */
export interface EventKind<Data extends Record<string, unknown>> {
  readonly kind: string;
  readonly version: number;
  readonly description: string;
  readonly schema: z.ZodType<Data>;
  /** States the fact; throws when the data is not of the declared shape. */
  fact(fact: Omit<Fact, 'kind' | 'version' | 'data'> & { data: Data }): Fact;
  /** Reads the data of an envelope; throws when it is not of the declared shape. */
  parse(envelope: Envelope): Data;
}

const kinds = new Set<string>();

/** Whether this program declares such a kind of event. */
export function isEventKind(kind: string): boolean {
  return kinds.has(kind);
}

/** Declares a kind of event, in the past tense: `defineEvent('signal.ingested', 1, '…', z.strictObject({ … }))`. */
export function defineEvent<Data extends Record<string, unknown>>(
  kind: string,
  version: number,
  description: string,
  schema: z.ZodType<Data>,
): EventKind<Data> {
  kinds.add(kind);
  return {
    kind,
    version,
    description,
    schema,
    fact: (fact) => ({ ...fact, kind, version, data: schema.parse(fact.data) }),
    parse: (envelope) => schema.parse(envelope.data),
  };
}
