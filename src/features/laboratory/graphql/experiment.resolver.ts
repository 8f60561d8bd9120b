import { GraphQLInt } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../../platform/graphql/call.ts';
import { checkPageSize, PageArgs, type OrderBy, type Page } from '../../../platform/graphql/connection.ts';
import { typedResult } from '../../../platform/graphql/user-error.ts';
import { parseGlobalId } from '../../../platform/ids.ts';
import { experimentById, listExperiments, runById, runsOfExperiment } from '../experiment.queries.ts';
import { laboratoryAnswers } from '../laboratory-answers.ts';
import {
  ArchiveExperimentResult, CancelExperimentRunResult, CreateExperimentInput, CreateExperimentResult, Experiment, ExperimentConnection, ExperimentFilterInput, ExperimentOrder, ExperimentRun, PinExperimentRunResult,
  RunExperimentInput, RunExperimentResult, type ExperimentRow, type ExperimentRunRow,
} from './experiment.type.ts';
import { ExperimentMetrics } from './metrics.type.ts';

/** Experiments: reading, creating, running, archiving. */
@Resolver(() => Experiment)
export class ExperimentResolver {
  @Query(() => ExperimentConnection, { description: 'Experiments of the tenant, newest first unless ordered otherwise.' })
  experiments(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ExperimentFilterInput, { nullable: true, description: 'Which experiments; all when left out.' }) filter?: ExperimentFilterInput | null,
    @Arg('orderBy', () => ExperimentOrder, { nullable: true, description: 'In which order.' }) orderBy?: OrderBy | null,
  ): Promise<Page<ExperimentRow>> {
    return listExperiments(call, { first: page.first, after: page.after ?? null, filter: filter ?? null, orderBy: orderBy ?? null });
  }

  @Query(() => Experiment, { nullable: true, description: 'The experiment of an id; null if the tenant has none.' })
  experiment(@Ctx() call: Call, @Arg('id', () => ID, { description: 'Global id.' }) id: string): Promise<ExperimentRow | null> | null {
    const parsed = parseGlobalId(id);
    return parsed?.type === 'Experiment' ? ask(call, experimentById, null, parsed.id) : null;
  }

  @FieldResolver(() => [ExperimentRun], { description: 'The latest runs, newest first.' })
  runs(@Root() experiment: ExperimentRow, @Ctx() call: Call, @Arg('first', () => GraphQLInt, { defaultValue: 20, description: 'How many at most: 1 to 100.' }) first: number): Promise<readonly ExperimentRunRow[]> {
    checkPageSize(first);
    return ask(call, runsOfExperiment, null, { experimentId: experiment.uuid, first });
  }

  @Mutation(() => CreateExperimentResult as never, { description: 'Creates an experiment. Nothing runs yet. Requires the analyst or admin role.' })
  createExperiment(@Ctx() call: Call, @Arg('input', () => CreateExperimentInput, { description: 'Name, candidate and window.' }) input: CreateExperimentInput): Promise<object> {
    const { name, description = null, model = null, window, clock, horizonDays } = input;
    return typedResult(() => laboratoryAnswers.create(call, { name, description, model: model && { ...model }, from: window.from, to: window.to, clock, horizonDays }));
  }

  @Mutation(() => RunExperimentResult as never, { description: 'Queues a run of an experiment. It is replayed in the background; follow it with `experimentRunChanged`. Requires the analyst or admin role.' })
  runExperiment(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The experiment.' }) id: string,
    @Arg('input', () => RunExperimentInput, { nullable: true, description: 'How to run it.' }) input?: RunExperimentInput | null,
  ): Promise<object> {
    return typedResult(() => laboratoryAnswers.run(call, { id, seed: input?.seed ?? null }));
  }

  @Mutation(() => ArchiveExperimentResult as never, { description: 'Archives an experiment, so that it can no longer be run, and cancels its runs that wait or run. Results stay. Requires the analyst or admin role.' })
  archiveExperiment(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The experiment.' }) id: string): Promise<object> {
    return typedResult(() => laboratoryAnswers.archive(call, id));
  }
}

/** Runs of experiments: reading, cancelling, pinning. */
@Resolver(() => ExperimentRun)
export class ExperimentRunResolver {
  @Query(() => ExperimentRun, { nullable: true, description: 'The run of an id; null if the tenant has none.' })
  experimentRun(@Ctx() call: Call, @Arg('id', () => ID, { description: 'Global id.' }) id: string): Promise<ExperimentRunRow | null> | null {
    const parsed = parseGlobalId(id);
    return parsed?.type === 'ExperimentRun' ? ask(call, runById, null, parsed.id) : null;
  }

  @FieldResolver(() => Experiment, { description: 'The experiment that it is a run of.' })
  async experiment(@Root() run: ExperimentRunRow, @Ctx() call: Call): Promise<ExperimentRow> {
    const found = await ask(call, experimentById, null, run.experimentId);
    if (!found) throw new Error('the experiment of a run is missing');
    return found;
  }

  @FieldResolver(() => ExperimentMetrics, { nullable: true, description: 'What it found; null until it is completed.' })
  metrics(@Root() run: ExperimentRunRow): ExperimentMetrics | null {
    return run.metrics as ExperimentMetrics | null;
  }

  @Mutation(() => CancelExperimentRunResult as never, { description: 'Cancels a run that waits or runs. Requires the analyst or admin role.' })
  cancelExperimentRun(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The run.' }) id: string): Promise<object> {
    return typedResult(() => laboratoryAnswers.cancel(call, id));
  }

  @Mutation(() => PinExperimentRunResult as never, { description: 'Pins a completed run for good: its results never change. Requires the analyst or admin role.' })
  pinExperimentRun(@Ctx() call: Call, @Arg('id', () => ID, { description: 'The run.' }) id: string): Promise<object> {
    return typedResult(() => laboratoryAnswers.pin(call, id));
  }
}
