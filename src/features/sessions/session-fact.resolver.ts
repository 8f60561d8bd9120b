import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { fieldById, ProfileField, type ProfileFieldRow } from '../profiles/index.ts';
import { SessionFact, type SessionFactRow } from './session-fact.type.ts';
import { sessionStepById } from './session.queries.ts';
import { SessionStep, type SessionStepRow } from './session.type.ts';

/** Where a key came from and went. */
@Resolver(() => SessionFact)
export class SessionFactResolver {
  @FieldResolver(() => SessionStep, { nullable: true, description: 'The step that stated it; null where none did, and once it was deleted.' })
  step(@Root() { stepId }: SessionFactRow, @Ctx() call: Call): Promise<SessionStepRow | null> | null {
    return stepId === null ? null : ask(call, sessionStepById, null, stepId);
  }

  @FieldResolver(() => ProfileField, { nullable: true, description: 'The version of the profile field that holds it; null where none does.' })
  field(@Root() { fieldId }: SessionFactRow, @Ctx() call: Call): Promise<ProfileFieldRow | null> | null {
    return fieldId === null ? null : ask(call, fieldById, null, fieldId);
  }
}
