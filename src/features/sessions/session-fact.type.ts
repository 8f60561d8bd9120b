import { Field, ObjectType } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';

/** What became of a key. */
export const SessionFactOutcome = graphEnum('SessionFactOutcome', 'What became of a key that was stated to be kept.', {
  STORED: 'It is a value of the profile, or was one already.',
  REFUSED: 'It did not become a value of the profile; `refusal` says why. The session keeps it, and gap fill checks it again.',
  CONTEXT_ONLY: 'No field definition takes it from sessions (`fromSessions`); the session alone keeps it.',
});

/** A key of a persistent context. */
@ObjectType('SessionFact', { simpleResolvers: true, description: 'A key of the persistent context: where its value came from, and what became of it in the profile.' })
export class SessionFact {
  @Shows('PROFILE_VALUE')
  @Field(() => String, { description: 'The key.' })
  key!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the value was stated; null for what was stated before that was kept. UTC.' })
  statedAt!: string | null;

  @Field(() => SessionFactOutcome, { description: 'What became of it.' })
  outcome!: string;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Why it was refused, without repeating the value; null unless it was.' })
  refusal!: string | null;
}

/** A key as GraphQL is given it. */
export interface SessionFactRow extends SessionFact {
  readonly stepId: string | null;
  readonly fieldId: string | null;
}
