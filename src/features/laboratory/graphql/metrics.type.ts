import { GraphQLFloat, GraphQLInt } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import { graphEnum } from '../../../platform/graphql/graph-enum.ts';
import { Shows } from '../../../platform/graphql/shows.ts';

/** Ways to score accounts that a run compares. */
export const ComparedModel = graphEnum('ComparedModel', 'A way to score accounts that a run compares with the others, by the same outcomes.', {
  CANDIDATE: 'The model of the experiment.',
  PRODUCTION: 'The scoring model in force when the run was requested.',
  RECENCY: 'Any signal after 30 days without one flags the account. The score is 100, and halves every 14 days without a signal.',
  NOTHING: 'Flags nobody, and gives every account the base rate as its probability.',
});

/** A figure with its uncertainty. */
@ObjectType('ExperimentFigure', { description: 'A figure with its 95 percent interval, by 1,000 bootstrap resamples of the accounts. All are null where the denominator is 0.', simpleResolvers: true })
export class ExperimentFigure {
  @Field(() => GraphQLFloat, { nullable: true, description: 'The figure; null if its denominator is 0.' })
  value!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Lower end of the interval; null if the denominator is 0 in every resample.' })
  low!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Upper end of the interval; null if the denominator is 0 in every resample.' })
  high!: number | null;
}

/** One tenth of the scores. */
@ObjectType('CalibrationBin', { description: 'Weekly samples of scores in one tenth of the range, read as probabilities, and how often a win followed within the horizon.', simpleResolvers: true })
export class CalibrationBin {
  @Field(() => GraphQLFloat, { description: 'Lowest probability, 0 to 0.9.' })
  from!: number;

  @Field(() => GraphQLFloat, { description: 'Highest probability, 0.1 to 1.' })
  to!: number;

  @Field(() => GraphQLFloat, { description: 'Samples; a whole number.' })
  samples!: number;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Mean probability of the samples, 0 to 1; null if there are none.' })
  predicted!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Share of the samples that a win followed within the horizon, 0 to 1; null if there are none.' })
  observed!: number | null;
}

/** What one way to score accounts is worth. */
@ObjectType('ExperimentModelFigures', { description: 'What one way to score accounts achieved. An account is flagged when its score reaches the threshold in the window, or is above it at the start.', simpleResolvers: true })
export class ExperimentModelFigures {
  @Field(() => ComparedModel, { description: 'The way to score.' })
  model!: keyof typeof ComparedModel;

  @Field(() => GraphQLInt, { description: 'Flagged accounts.' })
  flagged!: number;

  @Field(() => GraphQLInt, { description: 'Flagged accounts that have an outcome, or whose horizon has passed. Flags after the outcome do not count.' })
  judged!: number;

  @Field(() => GraphQLInt, { description: 'Accounts that were won within the horizon after a flag.' })
  hits!: number;

  @Field(() => ExperimentFigure, { description: 'Hits over judged accounts.' })
  precision!: ExperimentFigure;

  @Field(() => ExperimentFigure, { description: 'Hits over won accounts.' })
  recall!: ExperimentFigure;

  @Field(() => ExperimentFigure, { description: 'Precision over the base rate. 1: flags are worth as much as chance.' })
  lift!: ExperimentFigure;

  @Field(() => ExperimentFigure, { description: 'Mean hours from the first flag within the horizon to the win.' })
  meanLeadTimeHours!: ExperimentFigure;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Median of the same hours; null without hits.' })
  medianLeadTimeHours!: number | null;

  @Field(() => ExperimentFigure, { description: 'Brier score: mean squared difference between the score as a probability and what happened, over weekly samples. 0 is best.' })
  brier!: ExperimentFigure;

  @Field(() => [CalibrationBin], { description: 'Ten bins, lowest probability first.' })
  calibration!: CalibrationBin[];
}

/** Accounts at which outreach would have been proposed. */
@ObjectType('WouldProposeCounts', { description: 'Crossings at which an e-mail would have been proposed, as far as that can be known afterwards: consent, cool-down, standing proposals and account status are checked.', simpleResolvers: true })
export class WouldProposeCounts {
  @Field(() => GraphQLInt, { description: 'By the candidate.' })
  candidate!: number;

  @Field(() => GraphQLInt, { description: 'By the production model.' })
  production!: number;

  @Field(() => GraphQLInt, { description: 'By recency.' })
  recency!: number;
}

/** What a run found. */
@ObjectType('ExperimentMetrics', { description: 'What a completed run found. A figure is null where its denominator is 0.', simpleResolvers: true })
export class ExperimentMetrics {
  @Field(() => GraphQLFloat, { nullable: true, description: 'Of the candidate: share of the flagged accounts that were won within the horizon, 0 to 1; null if no flagged account has an outcome or a passed horizon.' })
  precision!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Of the candidate: share of the won accounts that were flagged before, 0 to 1; null if none was won.' })
  recall!: number | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Of the candidate: mean hours from the first flag within the horizon to the win; null if no won account was flagged.' })
  meanLeadTimeHours!: number | null;

  @Field(() => GraphQLInt, { description: 'Accounts that the candidate flags and the production model does not.' })
  crossingsGained!: number;

  @Field(() => GraphQLInt, { description: 'Accounts that the production model flags and the candidate does not.' })
  crossingsLost!: number;

  @Field(() => GraphQLInt, { description: 'Accounts that were replayed and still exist.' })
  accounts!: number;

  @Field(() => GraphQLInt, { description: 'Accounts that have an outcome, or that were watched for a whole horizon.' })
  judgedAccounts!: number;

  @Field(() => GraphQLInt, { description: 'Accounts whose first closed deal after the start of the window was won.' })
  won!: number;

  @Field(() => GraphQLInt, { description: 'Accounts whose first closed deal after the start of the window was lost.' })
  lost!: number;

  @Field(() => ExperimentFigure, { description: 'Won accounts over judged accounts.' })
  baseRate!: ExperimentFigure;

  @Field(() => WouldProposeCounts, { description: 'How often an e-mail would have been proposed.' })
  wouldPropose!: WouldProposeCounts;

  @Field(() => GraphQLInt, { description: 'Changes of production scores up to the end of the window that the replay computed again from the signals. 0 with the clock OCCURRED.' })
  scoresCompared!: number;

  @Field(() => GraphQLInt, { description: 'Those of them that came out the same, bit for bit.' })
  scoresEqual!: number;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Seed of the bootstrap, a whole number.' })
  seed!: string;

  @Field(() => GraphQLInt, { description: 'Resamples of the bootstrap.' })
  resamples!: number;
}
