import { GraphQLInt } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../../platform/graphql/call.ts';
import { checkPageSize } from '../../../platform/graphql/connection.ts';
import { toGlobalId } from '../../../platform/ids.ts';
import { Account, accountById, type AccountRow } from '../../accounts/index.ts';
import { differences, figuresOf, findCompared, type ComparedRuns, type ShownCrossing } from '../compare-runs.ts';
import type { RunMetrics } from '../finish-run.ts';
import { ExperimentComparison, ExperimentCrossing, MovedScore } from './compare.type.ts';
import { ExperimentRun, type ExperimentRunRow } from './experiment.type.ts';
import { ExperimentMetrics, ExperimentModelFigures } from './metrics.type.ts';

/** A comparison as resolvers are given it. */
interface ComparisonRow extends ExperimentComparison {
  readonly compared: ComparedRuns;
}
/** Something about an account. */
interface AboutAccount {
  readonly accountUuid: string;
}

const first50 = { defaultValue: 50, description: 'How many at most: 1 to 100.' };
const withAccount = <Row extends { readonly accountId: string }>(rows: readonly Row[]): (Row & AboutAccount)[] => rows.map((row) => ({ ...row, accountUuid: row.accountId, accountId: toGlobalId('Account', row.accountId) }));

/** Compares a run with another, or with production. */
@Resolver(() => ExperimentComparison)
export class CompareResolver {
  @Query(() => ExperimentComparison, { nullable: true, description: 'Compares a completed run with another one, or with the production model. Null if the tenant has no completed run of that id.' })
  async compareExperiment(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'A run, or an experiment: its latest completed run.' }) id: string,
    @Arg('with', () => ID, { nullable: true, description: 'Another run, or another experiment: its latest completed run. The production model of the run when left out.' }) other?: string | null,
  ): Promise<ComparisonRow | null> {
    const compared = await findCompared(call, id, other ?? null);
    if (!compared) return null;
    const { metrics, otherMetrics } = compared;
    const { precision, recall, meanLeadTimeHours } = metrics;
    const counted = await differences.counts(call, compared);
    return {
      compared, precision, recall, meanLeadTimeHours,
      candidate: figuresOf(metrics, 'CANDIDATE') as unknown as ExperimentModelFigures,
      comparedWith: figuresOf(otherMetrics, compared.other ? 'CANDIDATE' : 'PRODUCTION') as unknown as ExperimentModelFigures,
      baselines: (['PRODUCTION', 'RECENCY', 'NOTHING'] as const).map((model) => figuresOf(metrics, model) as unknown as ExperimentModelFigures),
      movedCount: counted.moved, gainedCount: counted.gained, lostCount: counted.lost,
    };
  }

  @FieldResolver(() => ExperimentRun, { description: 'The run.' })
  run(@Root() { compared }: ComparisonRow): ExperimentRunRow {
    return compared.run;
  }

  @FieldResolver(() => ExperimentRun, { nullable: true, description: 'The run that it is compared with; null for the production model.' })
  with(@Root() { compared }: ComparisonRow): ExperimentRunRow | null {
    return compared.other;
  }

  @FieldResolver(() => [MovedScore], { description: 'Accounts whose score at the end of the window differs, the largest difference first.' })
  async moved(@Root() { compared }: ComparisonRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, first50) first: number): Promise<(MovedScore & AboutAccount)[]> {
    checkPageSize(first);
    return withAccount(await differences.moved(call, compared, first));
  }

  @FieldResolver(() => [ExperimentCrossing], { description: 'Accounts that only the candidate flags, with the first crossing of each, earliest first.' })
  async crossingsGained(@Root() { compared }: ComparisonRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, first50) first: number): Promise<(ShownCrossing & AboutAccount)[]> {
    checkPageSize(first);
    return withAccount(await differences.gained(call, compared, first));
  }

  @FieldResolver(() => [ExperimentCrossing], { description: 'Accounts that only the model compared with flags, with the first crossing of each, earliest first.' })
  async crossingsLost(@Root() { compared }: ComparisonRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, first50) first: number): Promise<(ShownCrossing & AboutAccount)[]> {
    checkPageSize(first);
    return withAccount(await differences.lost(call, compared, first));
  }

  @FieldResolver(() => [ExperimentCrossing], { description: 'Crossings of the candidate at which an e-mail would have been proposed, earliest first.' })
  async wouldPropose(@Root() { compared }: ComparisonRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, first50) first: number): Promise<(ShownCrossing & AboutAccount)[]> {
    checkPageSize(first);
    return withAccount(await differences.wouldPropose(call, compared, first));
  }
}

/** The account of a moved score. */
@Resolver(() => MovedScore)
export class MovedScoreResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account as it is now; null if it is retired.' })
  account(@Root() { accountUuid }: AboutAccount, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, null, accountUuid);
  }
}

/** The account of a crossing. */
@Resolver(() => ExperimentCrossing)
export class ExperimentCrossingResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account as it is now; null if it is retired.' })
  account(@Root() { accountUuid }: AboutAccount, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, null, accountUuid);
  }
}

/** The ways to score that a run compared. */
@Resolver(() => ExperimentMetrics)
export class ExperimentMetricsResolver {
  @FieldResolver(() => [ExperimentModelFigures], { description: 'The candidate, and beside it the baselines by the same outcomes: CANDIDATE, PRODUCTION, RECENCY, NOTHING.' })
  models(@Root() metrics: RunMetrics): ExperimentModelFigures[] {
    return (['CANDIDATE', 'PRODUCTION', 'RECENCY', 'NOTHING'] as const).map((model) => figuresOf(metrics, model) as unknown as ExperimentModelFigures);
  }
}
