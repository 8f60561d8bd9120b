import { GraphQLFloat, GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType, orderInput } from '../../../platform/graphql/connection.ts';
import { Node, type NodeRow } from '../../../platform/graphql/node.ts';
import { DateTime } from '../../../platform/graphql/scalars.ts';
import { Shows } from '../../../platform/graphql/shows.ts';
import { resultUnion } from '../../../platform/graphql/user-error.ts';
import { IdealCustomerProfile, ScoringModelInput, SignalTypeWeight } from '../../scoring/index.ts';
import { ExperimentOrderField, ExperimentRunFailure, ExperimentRunStatus, ExperimentStatus, ReplayClock } from './enums.ts';

/** A candidate scoring model. */
@ObjectType('ExperimentModel', { description: 'A candidate scoring model: parameters without a version.', simpleResolvers: true })
export class ExperimentModel {
  @Field(() => GraphQLFloat, { description: 'Score from which intent is high, 0 to 100.' })
  highIntentThreshold!: number;

  @Field(() => GraphQLFloat, { description: 'Share of the threshold from which intent is medium, 0 to 1.' })
  mediumShare!: number;

  @Field(() => GraphQLFloat, { description: 'Raw units at which the score reaches 63.2.' })
  saturation!: number;

  @Field(() => [SignalTypeWeight], { description: 'How each type of signal counts. Other types do not count.' })
  signalTypes!: SignalTypeWeight[];

  @Field(() => IdealCustomerProfile, { description: 'The ideal customer profile.' })
  icp!: IdealCustomerProfile;
}

/** The time that is replayed. */
@ObjectType('ExperimentWindow', { description: 'The time that an experiment replays.', simpleResolvers: true })
export class ExperimentWindow {
  @Field(() => DateTime, { description: 'Start, inclusive. UTC.' })
  from!: string;

  @Field(() => DateTime, { description: 'End, exclusive. UTC.' })
  to!: string;
}

/** How far a run is. */
@ObjectType('ExperimentRunProgress', { description: 'How far a run is. Updated with every checkpoint.', simpleResolvers: true })
export class ExperimentRunProgress {
  @Field(() => GraphQLInt, { description: 'Accounts that are replayed.' })
  accountsDone!: number;

  @Field(() => GraphQLInt, { nullable: true, description: 'Accounts to replay; null until they are counted.' })
  accountsTotal!: number | null;

  @Field(() => GraphQLFloat, { description: 'Signals that are replayed; a whole number.' })
  signalsDone!: number;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Signals to replay, a whole number; null until they are counted.' })
  signalsTotal!: number | null;
}

/** An experiment. */
@ObjectType('Experiment', { implements: Node, simpleResolvers: true, description: 'A candidate scoring model and the window over which it is replayed. It changes nothing in production.' })
export class Experiment extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'What the experiment is for; null when none was stated.' })
  description!: string | null;

  @Field(() => ExperimentStatus, { description: 'Where it is in its life; derived from its runs.' })
  status!: ExperimentStatus;

  @Field(() => ExperimentModel, { description: 'The candidate.' })
  model!: ExperimentModel;

  @Field(() => GraphQLInt, { description: 'Version of the scoring model that was in force when the experiment was created.' })
  baseVersion!: number;

  @Field(() => ExperimentWindow, { description: 'The time that is replayed.' })
  window!: ExperimentWindow;

  @Field(() => ReplayClock, { description: 'The instant from which signals count.' })
  clock!: keyof typeof ReplayClock;

  @Field(() => GraphQLInt, { description: 'Days after a crossing within which a win counts for it.' })
  horizonDays!: number;

  @Field(() => DateTime, { description: 'When it was created. UTC.' })
  createdAt!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'Id of the user or machine that created it.' })
  createdBy!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was archived; null while it can be run. UTC.' })
  archivedAt!: string | null;
}

/** A run of an experiment. */
@ObjectType('ExperimentRun', { implements: Node, simpleResolvers: true, description: 'One replay of an experiment, with its own copy of model and window. It survives the process that works on it.' })
export class ExperimentRun extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => ExperimentRunStatus, { description: 'Where it is in its life.' })
  status!: ExperimentRunStatus;

  @Field(() => ExperimentModel, { description: 'The candidate that was replayed.' })
  model!: ExperimentModel;

  @Field(() => GraphQLInt, { description: 'Version of the scoring model in force when the run was requested: what the candidate is compared with.' })
  baseVersion!: number;

  @Field(() => ExperimentWindow, { description: 'The time that is replayed.' })
  window!: ExperimentWindow;

  @Field(() => ReplayClock, { description: 'The instant from which signals count.' })
  clock!: keyof typeof ReplayClock;

  @Field(() => DateTime, { description: 'The present of the whole run: rows that were recorded later are not seen. UTC.' })
  frozenAt!: string;

  @Field(() => GraphQLInt, { description: 'Days after a crossing within which a win counts for it.' })
  horizonDays!: number;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Seed of the bootstrap, a whole number. Runs with the same inputs and seed have the same digest.' })
  seed!: string;

  @Field(() => ExperimentRunProgress, { description: 'How far it is.' })
  progress!: ExperimentRunProgress;

  @Field(() => DateTime, { description: 'When it was requested. UTC.' })
  requestedAt!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'Id of the user or machine that requested it.' })
  requestedBy!: string;

  @Field(() => DateTime, { nullable: true, description: 'When a worker first claimed it; null while it waits. UTC.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it waits or runs. UTC.' })
  finishedAt!: string | null;

  @Field(() => ExperimentRunFailure, { nullable: true, description: 'Why it failed; null unless its status is FAILED.' })
  failure!: keyof typeof ExperimentRunFailure | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'SHA-256 over the results, in hexadecimal digits; null until the run is completed.' })
  digest!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was pinned; null unless it is. The results of a pinned run never change. UTC.' })
  pinnedAt!: string | null;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'Id of the user or machine that pinned it; null unless it is pinned.' })
  pinnedBy!: string | null;
}

/** An experiment as resolvers are given it. */
export interface ExperimentRow extends NodeRow, Omit<Experiment, 'id'> {
  readonly uuid: string;
}
/** A run as resolvers are given it. `metrics` is JSON as the replay stored it; null until the run is completed. */
export interface ExperimentRunRow extends NodeRow, Omit<ExperimentRun, 'id'> {
  readonly uuid: string;
  readonly experimentId: string;
  readonly metrics: unknown;
}

/** The time to replay. */
@InputType('ExperimentWindowInput', { description: 'The time to replay.' })
export class ExperimentWindowInput {
  @Field(() => DateTime, { description: 'Start, inclusive.' })
  from!: string;

  @Field(() => DateTime, { description: 'End, exclusive; not in the future.' })
  to!: string;
}

/** An experiment to create. */
@InputType('CreateExperimentInput', { description: 'An experiment to create.' })
export class CreateExperimentInput {
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for, at most 2,000 characters.' })
  description?: string | null;

  @Field(() => ScoringModelInput, { nullable: true, description: 'The candidate; the model in force when left out.' })
  model?: ScoringModelInput | null;

  @Field(() => ExperimentWindowInput, { description: 'The time to replay, at most ten years.' })
  window!: ExperimentWindowInput;

  @Field(() => ReplayClock, { defaultValue: 'RECORDED', description: 'The instant from which signals count.' })
  clock!: keyof typeof ReplayClock;

  @Field(() => GraphQLInt, { defaultValue: 90, description: 'Days after a crossing within which a win counts for it: 1 to 730.' })
  horizonDays!: number;
}

/** How to run an experiment. */
@InputType('RunExperimentInput', { description: 'How to run an experiment.' })
export class RunExperimentInput {
  @Field(() => String, { nullable: true, description: 'Seed of the bootstrap, a whole number of at most 18 digits; 1 when left out.' })
  seed?: string | null;
}

/** What a list of experiments is filtered by. */
@InputType('ExperimentFilter', { description: 'What a list of experiments is filtered by.' })
export class ExperimentFilterInput {
  @Field(() => Boolean, { nullable: true, description: 'true: archived experiments only; false: those that can be run. Both when left out.' })
  isArchived?: boolean | null;
}

/** How experiments are ordered. */
export const ExperimentOrder = orderInput('Experiment', ExperimentOrderField);
/** A page of experiments. */
export const ExperimentConnection = connectionType('Experiment', () => Experiment);
/** Results of mutations. */
export const CreateExperimentResult = resultUnion('CreateExperimentResult', 'The experiment, or why it was not created.', [Experiment]);
/** What running returns. */
export const RunExperimentResult = resultUnion('RunExperimentResult', 'The run that was queued, or why there is none.', [ExperimentRun]);
/** What cancelling returns. */
export const CancelExperimentRunResult = resultUnion('CancelExperimentRunResult', 'The run, or why it was not cancelled.', [ExperimentRun]);
/** What pinning returns. */
export const PinExperimentRunResult = resultUnion('PinExperimentRunResult', 'The run, or why it was not pinned.', [ExperimentRun]);
/** What archiving returns. */
export const ArchiveExperimentResult = resultUnion('ArchiveExperimentResult', 'The experiment, or why it was not archived.', [Experiment]);
