import { GraphQLInt } from 'graphql';
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { publishStageCatalogue } from './publish-stage-catalogue.ts';
import type { StageCatalogue } from './stage-catalogue.ts';
import { currentStages, stagesByVersion } from './stage-catalogue.queries.ts';
import { PublishStageCatalogueResult, StageCatalogueInput, StageCatalogueType, UnknownStage } from './stage-catalogue.type.ts';
import { mayPublishStages } from './stages.policy.ts';
import { mostUnknown, unknownStages } from './unknown-stages.ts';

/** The stage catalogue. */
@Resolver()
export class StageCatalogueResolver {
  @Query(() => StageCatalogueType, { nullable: true, description: 'The stage catalogue in force, or one version of it; null if there is no such version.' })
  stageCatalogue(
    @Ctx() call: Call,
    @Arg('version', () => GraphQLInt, { nullable: true, description: 'Which version; the one in force when left out.' }) version?: number | null,
  ): Promise<StageCatalogue | null> {
    return typeof version === 'number' ? ask(call, stagesByVersion, null, version) : ask(call, currentStages, null, 'in_force');
  }

  @Query(() => [UnknownStage], { description: `Stages that the catalogue in force does not name, those of most deals first; at most ${mostUnknown}. Name them with \`publishStageCatalogue\`.` })
  unknownStages(@Ctx() call: Call): Promise<UnknownStage[]> {
    return unknownStages(call);
  }

  @Mutation(() => PublishStageCatalogueResult as never, {
    description: 'Publishes a new version of the stage catalogue. Lists and figures follow at once; a job then derives the signals of deals in renamed or newly named stages again. Requires the admin role.',
  })
  publishStageCatalogue(@Ctx() call: Call, @Arg('input', () => StageCatalogueInput, { description: 'The whole catalogue.' }) input: StageCatalogueInput): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayPublishStages, 'publish a stage catalogue');
      return { ...(await call.transact((work) => publishStageCatalogue(work, input))), __typename: 'StageCatalogue' };
    });
  }
}
