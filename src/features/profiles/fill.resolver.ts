import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { fillGaps, mostDocuments, mostRead, type FilledGap } from './fill-gaps.ts';
import { GapFill } from './fill.type.ts';
import { mayUpdateProfiles } from './profile.policy.ts';
import { fieldById } from './profile-field.queries.ts';
import { ProfileField, type ProfileFieldRow } from './profile-field.type.ts';
import { noSuchScenario } from './save-scenario.ts';
import { selectProfile } from './select-profile.ts';

/** Shorter than balancers wait for an answer; what was not read by then is read when the caller asks again. Milliseconds. */
const longest = 40_000;

/** A call of a model is worth fifty objects looked at, and one filling may make a hundred; its list has as many items as fields are read. */
function costOfFilling({ childComplexity }: { childComplexity: number }): number {
  return 50 * mostRead * mostDocuments + mostRead * childComplexity;
}

/** Filling what scenarios require and profiles lack. */
@Resolver(() => GapFill)
export class FillResolver {
  @Mutation(() => [GapFill], {
    complexity: costOfFilling as never,
    description:
      'Fills what a scenario requires and a profile lacks: from the profile\'s other fields, from conversations, then out of its latest documents. Every value is checked like one that a person states. Safe to repeat: one entry for each field that is missing now. For agents, analysts and administrators.',
  })
  async fillScenarioRequirements(
    @Ctx() call: Call,
    @Arg('profileId', () => ID, { description: 'The profile.' }) profileId: string,
    @Arg('scenarioId', () => ID, { description: 'The scenario.' }) scenarioId: string,
  ): Promise<FilledGap[]> {
    requireRole(call, mayUpdateProfiles, 'fill profiles');
    const scenario = parseGlobalId(scenarioId, ['scenarioId']);
    if (scenario?.type !== 'Scenario') throw noSuchScenario(['scenarioId']);
    const accountId = await call.transact((work) => selectProfile(work, work.tenantId, { profileId }, []));
    const { tenantId, actor, requestId, llm, seal } = call;
    return fillGaps({ transact: (body) => call.transact(body), llm, seal, signal: AbortSignal.timeout(longest) }, { caller: { tenantId, actor, requestId }, accountId, scenarioId: scenario.id });
  }

  @FieldResolver(() => ProfileField, { nullable: true, description: 'The version that holds the value; null when there is none.' })
  field(@Root() { fieldId }: FilledGap, @Ctx() call: Call): Promise<ProfileFieldRow | null> | null {
    return fieldId === null ? null : ask(call, fieldById, null, fieldId);
  }
}
