import { Arg, Args, Ctx, Field, FieldResolver, InputType, Mutation, Query, Resolver, Root } from 'type-graphql';
import { GraphQLInt } from 'graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { checkPageSize, PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { Needs } from '../../platform/graphql/needs.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { requireRole } from '../access/index.ts';
import { Account, accountById, type AccountRow } from '../accounts/index.ts';
import { Signal, signalById, toSignal, type SignalRow } from '../signals/index.ts';
import { trendOf } from './intent-score.ts';
import { contributionsOf, intentOfAccount, scoreBefore, scoreHistory } from './intent.queries.ts';
import {
  Intent, IntentContribution, IntentScore, IntentTrend, PublishScoringModelResult, ScoringModelInput, ScoringModelType, ScorePoint, ScorePointConnection,
  type ContributionRow, type IntentRow, type ScorePointRow,
} from './intent.type.ts';
import { publishScoringModel } from './publish-scoring-model.ts';
import { currentModel, modelInForce } from './scoring-model.queries.ts';
import { defaultScoringModelParameters } from './scoring-model.ts';
import { mayPublishScoringModels } from './scoring.policy.ts';

/** The score of an account. */
@Resolver(() => Account)
export class IntentOfAccountResolver {
  @Needs()
  @FieldResolver(() => Intent, { description: 'How much the account seems to want to buy, computed for the instant read for.' })
  async intent(@Root() account: AccountRow, @Ctx() call: Call): Promise<IntentRow | { __typename: 'NoScore'; reason: 'NO_SCORE' }> {
    return (await ask(call, intentOfAccount, account.asOf, account.uuid)) ?? { __typename: 'NoScore', reason: 'NO_SCORE' };
  }
}

/** Which points of a score's history to list. */
@InputType('ScorePointFilter', { description: 'Which changes to list; conditions are joined by AND.' })
export class ScorePointFilter {
  @Field(() => DateTime, { nullable: true, description: 'Recorded from this instant on.' })
  recordedFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Recorded before this instant.' })
  recordedBefore?: string | null;
}

/** The reasons of a score. */
@Resolver(() => IntentScore)
export class IntentScoreResolver {
  @FieldResolver(() => Account, { description: 'The account, at the same instant.' })
  account(@Root() intent: IntentRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, intent.asOf, intent.accountId);
  }

  @Derived()
  @FieldResolver(() => IntentTrend, { description: 'Where it is heading.' })
  async trend(@Root() intent: IntentRow, @Ctx() call: Call): Promise<keyof typeof IntentTrend> {
    const at = new Date(intent.at - intent.model.trend.windowHours * 3_600_000).toISOString();
    return trendOf(intent.value, await ask(call, scoreBefore, intent.asOf, { accountId: intent.accountId, at }), intent.model);
  }

  @Derived()
  @FieldResolver(() => [IntentContribution], { description: 'The signals that contribute most, up or down, the strongest first.' })
  contributions(
    @Root() intent: IntentRow,
    @Ctx() call: Call,
    @Arg('first', () => GraphQLInt, { defaultValue: 20, description: 'How many at most: 1 to 100.' }) first: number,
  ): Promise<readonly ContributionRow[]> {
    checkPageSize(first);
    return ask(call, contributionsOf, null, { intent, first });
  }

  @Derived()
  @FieldResolver(() => ScorePointConnection, { description: 'Every change of the score, the latest first.' })
  history(
    @Root() intent: IntentRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ScorePointFilter, { nullable: true, description: 'Which changes.' }) filter?: ScorePointFilter | null,
  ): Promise<Page<ScorePointRow>> {
    return scoreHistory.page(call, intent.accountId, { ...page, filter: filter ?? null }, intent.asOf);
  }
}

/** The signal behind a contribution. */
@Resolver(() => IntentContribution)
export class IntentContributionResolver {
  @FieldResolver(() => Signal, { description: 'The signal.' })
  signal(@Root() { signal, asOf }: ContributionRow, @Ctx() call: Call): SignalRow {
    return toSignal({ ...signal }, call, asOf);
  }
}

/** What a change of a score belongs to. */
@Resolver(() => ScorePoint)
export class ScorePointResolver {
  @FieldResolver(() => Account, { description: 'The account.' })
  account(@Root() point: ScorePointRow, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, point.asOf, point.accountId);
  }

  @FieldResolver(() => Signal, { nullable: true, description: 'The signal that caused it, the latest of several; null when no signal did.' })
  causedBy(@Root() point: ScorePointRow, @Ctx() call: Call): Promise<SignalRow | null> | null {
    return point.signalId === null ? null : ask(call, signalById, point.asOf, point.signalId);
  }
}

/** The scoring model. */
@Resolver(() => ScoringModelType)
export class ScoringModelResolver {
  @Query(() => ScoringModelType, { description: 'The tenant\'s scoring model in force.' })
  scoringModel(@Ctx() call: Call): Promise<ScoringModelType> {
    return currentModel(call, null);
  }

  @Mutation(() => PublishScoringModelResult as never, { description: 'Puts a new version of the scoring model in force; a job computes every score anew. For administrators.' })
  publishScoringModel(
    @Ctx() call: Call,
    @Arg('input', () => ScoringModelInput, { description: 'The whole model.' }) input: ScoringModelInput,
  ): Promise<object> {
    return typedResult(async () => {
      requireRole(call, mayPublishScoringModels, 'publish a scoring model');
      const { trend, icp } = defaultScoringModelParameters();
      await call.transact((work) => publishScoringModel(work, { ...input, trend, icp: input.icp ? { minEmployees: null, ...input.icp } : icp }));
      return { __typename: 'ScoringModel', ...(await modelInForce(call.read, call.tenantId)) };
    });
  }
}
