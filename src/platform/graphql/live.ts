import { GraphQLInt } from 'graphql';
import { Field, InterfaceType, ObjectType } from 'type-graphql';
import { InvalidInput } from '../errors.ts';
import type { Id } from '../ids.ts';
import { firstTimeline, type Timeline } from '../postgres/timeline.ts';
import type { Call } from './call.ts';
import { Shows } from './shows.ts';

/** A fact as live subscriptions see it: a row of the tenant's chain. */
export interface LiveFact {
  readonly sequence: number;
  readonly kind: string;
  readonly accountId: string | null;
  /** What the account counts for when the fact is read: another one since it was merged. The account itself when left out. */
  readonly survivorId?: string | null;
  /** The accounts that were merged into that one. */
  readonly mergedIds?: readonly string[];
  readonly occurredAt: string;
  readonly data: Record<string, unknown>;
}

/** Whether a fact is about one of some accounts, which may be named by the ids of accounts that were merged into them. */
export function isAbout({ accountId, survivorId = accountId, mergedIds = [] }: LiveFact, named: ReadonlySet<string>): boolean {
  return survivorId !== null && (named.has(survivorId) || mergedIds.some((id) => named.has(id)));
}

/** Whether a fact is about an account that was merged into another: not about what that one is. */
export const isOfMerged = ({ accountId, survivorId = accountId }: LiveFact): boolean => survivorId !== accountId;

/** A payload on its way to a subscription's root field; `__typename` says which type of its interface it is. */
export interface LivePayload {
  readonly __typename: string;
  readonly cursor: string;
}

/** What a subscription wants: which facts, and how they and the present state are told. */
export interface LiveQuery {
  readonly kinds: readonly string[];
  matches(fact: LiveFact): boolean;
  /** The present state, as of the cursor: what a subscriber is told first. */
  present(call: Call, cursor: string): Promise<readonly LivePayload[]>;
  /** The payload of a fact; details are read again by its resolvers, under the subscriber's own permission. */
  payload(fact: LiveFact, cursor: string): LivePayload;
}

/** A place in a tenant's chain of facts as an opaque cursor; on a restored database it names the restore, too. */
export function writeLiveCursor(tenantId: Id<'Tenant'>, sequence: number, timelineId: string | null = null): string {
  return Buffer.from(`live:${tenantId.slice(-12)}:${sequence}${timelineId === null ? '' : `:${timelineId}`}`).toString('base64url');
}

/**
 * The cursor of the events of a present state but its last, where all of them together are the state: whoever goes on
 * behind one has not seen the rest, and is told it anew.
 */
export function presentCursor(tenantId: Id<'Tenant'>): string {
  return Buffer.from(`live:${tenantId.slice(-12)}:present`).toString('base64url');
}

/** Reads a cursor made for the tenant, null for one of `presentCursor`; anything else is refused, also another tenant's. */
export function readLiveCursor(tenantId: Id<'Tenant'>, cursor: string, timeline: Pick<Timeline, 'commonEnd'> = firstTimeline): number | null {
  if (cursor === presentCursor(tenantId)) return null;
  const [, sequence, timelineId = null] = /^live:[0-9a-f]{12}:(\d{1,15})(?::([0-9a-f-]{36}))?$/.exec(Buffer.from(cursor.slice(0, 120), 'base64url').toString('latin1')) ?? [];
  // Written again it must be the same: base64 can be written in more ways than one.
  if (sequence === undefined || writeLiveCursor(tenantId, Number(sequence), timelineId) !== cursor) {
    throw new InvalidInput('This cursor was not made by this API. Use the cursor of an event, or leave after out.', ['after']);
  }
  const commonEnd = timeline.commonEnd(tenantId, timelineId);
  if (commonEnd !== null && Number(sequence) > commonEnd) {
    throw new InvalidInput('This cursor stands for an event that was lost when a backup was restored. Leave after out to begin with the present state.', ['after']);
  }
  return Number(sequence);
}

/** Every event of a subscription. */
@InterfaceType('LiveEvent', { description: 'Every event of a subscription: it has a cursor, from which a later subscription goes on without gap or duplicate.' })
export abstract class LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque place in the stream; give it as `after` to go on behind it.' })
  cursor!: string;
}

/** Declares the interface of one subscription's events. */
export function liveInterface(name: string, description: string): abstract new () => LiveEvent {
  @InterfaceType(name, { description, implements: LiveEvent })
  abstract class Update extends LiveEvent {}
  return Update;
}

/** The types that any subscription may send beside its own: they implement every subscription's interface. */
export function controlTypes(interfaces: readonly (abstract new () => LiveEvent)[]): { Lagged: new () => object; Listening: new () => object } {
  const all = [LiveEvent, ...interfaces];

  @ObjectType('Lagged', { implements: all as never, simpleResolvers: true, description: 'The subscriber fell behind or was away too long: events were left out. Read the present state, and go on from resumeAfter.' })
  class Lagged extends LiveEvent {
    @Shows('SYSTEM')
    @Field(() => String, { description: 'Opaque place in the stream.' })
    override cursor!: string;

    @Field(() => GraphQLInt, { description: 'How many events were left out.' })
    missed!: number;

    @Shows('SYSTEM')
    @Field(() => String, { description: 'The cursor behind which events go on.' })
    resumeAfter!: string;
  }

  @ObjectType('Listening', { implements: all as never, simpleResolvers: true, description: 'There is no present state to tell first; events follow from here.' })
  class Listening extends LiveEvent {
    @Shows('SYSTEM')
    @Field(() => String, { description: 'Opaque place in the stream.' })
    override cursor!: string;
  }
  return { Lagged, Listening };
}
