import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { resultUnion, typedResult } from '../../platform/graphql/user-error.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { requireRole } from '../access/index.ts';
import { extractRequirements } from './extract-requirements.ts';
import { mayDefineProfiles } from './profile.policy.ts';
import { noSuchRequirement, reviewRequirement, type ReviewDecision } from './review-requirement.ts';
import { noSuchScenario } from './save-scenario.ts';
import { scenarioById } from './scenario.queries.ts';
import { Scenario, type ScenarioRow } from './scenario.type.ts';

const RequirementDecision = graphEnum('RequirementDecision', 'What a person decides about an extracted requirement.', {
  ACCEPT: 'It holds; it need not be reviewed any more.',
  REJECT: 'It does not hold: it is removed, and extraction does not propose it again.',
});
const ExtractScenarioRequirementsResult = resultUnion('ExtractScenarioRequirementsResult', 'The scenario with its requirements, or why nothing was extracted.', [Scenario]);
const ReviewScenarioRequirementResult = resultUnion('ReviewScenarioRequirementResult', 'The scenario with its requirements, or why nothing was decided.', [Scenario]);

/** Extracting what scenarios require, by hand, and reviewing what was extracted. */
@Resolver()
export class ExtractionResolver {
  @Mutation(() => ExtractScenarioRequirementsResult as never, {
    complexity: (({ childComplexity }: { childComplexity: number }) => 50 + childComplexity) as never,
    description:
      'Extracts anew, now, what a scenario requires from its conditions; a job does the same whenever they change. What people stated, accepted or rejected stays. Found with a confidence below 0.8, or for a field that nobody has defined, a requirement waits for review. For administrators.',
  })
  extractScenarioRequirements(@Ctx() call: Call, @Arg('scenarioId', () => ID, { description: 'The scenario.' }) scenarioId: string): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDefineProfiles, 'extract what scenarios need');
      const parsed = parseGlobalId(scenarioId, ['scenarioId']);
      if (parsed?.type !== 'Scenario') throw noSuchScenario(['scenarioId']);
      const { tenantId, actor, requestId, llm } = call;
      await extractRequirements({ transact: (body) => call.transact(body), llm }, { caller: { tenantId, actor, requestId }, scenarioId: parsed.id as Id<'Scenario'>, again: true });
      return scenarioOf(call, parsed.id);
    });
  }

  @Mutation(() => ReviewScenarioRequirementResult as never, { description: 'Accepts or rejects a requirement that was extracted. For administrators.' })
  reviewScenarioRequirement(
    @Ctx() call: Call,
    @Arg('requirementId', () => ID, { description: 'The requirement.' }) requirementId: string,
    @Arg('decision', () => RequirementDecision, { description: 'What was decided.' }) decision: ReviewDecision,
  ): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayDefineProfiles, 'review what scenarios need');
      const parsed = parseGlobalId(requirementId, ['requirementId']);
      if (parsed?.type !== 'ScenarioRequirement') throw noSuchRequirement();
      return scenarioOf(call, await call.transact((work) => reviewRequirement(work, parsed.id, decision)));
    });
  }
}

async function scenarioOf(call: Call, id: string): Promise<ScenarioRow> {
  const scenario = await ask(call, scenarioById, null, id);
  if (!scenario) throw noSuchScenario(['scenarioId']);
  return scenario;
}
