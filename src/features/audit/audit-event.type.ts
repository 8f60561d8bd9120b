import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';

/** The kinds of actors. */
export const ActorKind = graphEnum('ActorKind', 'What kind of actor did something.', {
  USER: 'A person, by what the issuer of their token calls them.',
  MACHINE: 'A machine, by its API key or webhook secret.',
  SYSTEM: 'A part of this program.',
});

/** Who did something. */
@ObjectType('AuditActor', { simpleResolvers: true, description: 'Who did something.' })
export class AuditActor {
  @Shows('AUDIT')
  @Field(() => String, { description: 'A person\'s subject, a machine\'s key, or the name of a part of this program.' })
  id!: string;

  @Field(() => ActorKind, { description: 'Which of them.' })
  kind!: string;
}

/** A fact in the tenant's chain. */
@ObjectType('AuditEvent', { implements: Node, description: 'A recorded change of state. It is never changed nor deleted, and chained to the one before.' })
export class AuditEvent extends Node {
  @Field(() => ID, { description: 'Opaque global id.', simple: true })
  override id!: string;

  @Field(() => Float, { description: 'Its place in the tenant\'s chain, from 1 on, without gaps; an integer.', simple: true })
  sequence!: number;

  @Shows('AUDIT')
  @Field(() => String, { description: 'What happened, in the past tense: `signal.ingested`.', simple: true })
  kind!: string;

  @Field(() => AuditActor, { description: 'Who did it.' })
  actor!: AuditActor;

  @Shows('AUDIT')
  @Field(() => String, { description: 'The request it was done in, as in `X-Request-ID` and the logs.', simple: true })
  requestId!: string;

  @Field(() => DateTime, { description: 'When it was true.', simple: true })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When it was recorded.', simple: true })
  recordedAt!: string;

  @Shows('AUDIT')
  @Field(() => JsonObject, { description: 'Ids and figures; never personal data.', simple: true })
  data!: Record<string, unknown>;

  @Shows('AUDIT')
  @Field(() => String, { description: 'SHA-256 over the hash before and this event, hex.', simple: true })
  hash!: string;

  @Shows('AUDIT')
  @Field(() => String, { description: 'The hash of the event before, hex; zeros for the first.', simple: true })
  previousHash!: string;
}

/** An audit event as the database has it. */
export interface AuditEventRow extends NodeRow, Omit<AuditEvent, 'id' | 'actor'> {
  readonly accountId: string | null;
  readonly actorKind: string;
  readonly actorId: string;
  readonly sortValue: string;
}

/** The connection type of audit events. */
export const AuditEventConnection = connectionType('AuditEvent', () => AuditEvent);

/** What a list of audit events can be ordered by. */
export const AuditEventOrderField = graphEnum('AuditEventOrderField', 'What a list of audit events can be ordered by.', { SEQUENCE: 'By place in the chain, which is the order in which they were committed.' });

/** The orderBy input of a list of audit events. */
export const AuditEventOrder = orderInput('AuditEvent', AuditEventOrderField, OrderDirection.DESC);
export type AuditEventOrder = InstanceType<typeof AuditEventOrder>;

/** Which events of an account to list. */
@InputType('AccountAuditEventFilter', { description: 'Which audit events of an account to list; conditions are joined by AND.' })
export class AccountAuditEventFilter {
  @Field(() => String, { nullable: true, description: 'Of this actor, whatever its kind.' })
  actorId?: string | null;

  @Field(() => String, { nullable: true, description: 'Of this kind, one of `schema/events`; another is refused.' })
  kind?: string | null;

  @Field(() => [String], { nullable: true, description: 'Of one of these kinds of `schema/events`, at most 50; others are refused.' })
  kinds?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded at this instant or later. With it only the months from there on are looked at.' })
  from?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded before this instant.' })
  to?: string | null;
}

/** Which events to list. */
@InputType('AuditEventFilter', { description: 'Which audit events to list; conditions are joined by AND.' })
export class AuditEventFilter extends AccountAuditEventFilter {
  @Field(() => ID, { nullable: true, description: 'About this account; one that the tenant does not have has no events.' })
  accountId?: string | null;
}
