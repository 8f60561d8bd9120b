import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { experimentById, runById } from './experiment.queries.ts';
import { CompareResolver, ExperimentCrossingResolver, ExperimentMetricsResolver, MovedScoreResolver } from './graphql/compare.resolver.ts';
import { ExperimentLiveResolver, ExperimentRunChangeResolver, ExperimentRunUpdate } from './graphql/experiment-live.ts';
import { ImportResolver } from './graphql/import.resolver.ts';
import { PromotionRunResolver } from './graphql/promotion-run.resolver.ts';
import { ExperimentResolver, ExperimentRunResolver } from './graphql/experiment.resolver.ts';

/** What the laboratory adds to the graph. */
export const laboratoryResolvers: readonly (new () => object)[] = [
  ExperimentResolver, ExperimentRunResolver, ExperimentLiveResolver, ExperimentRunChangeResolver, CompareResolver, MovedScoreResolver, ExperimentCrossingResolver, ExperimentMetricsResolver, ImportResolver, PromotionRunResolver,
];

/** How experiments and runs are read by id. */
export const laboratoryNodes: readonly NodeReader[] = [
  { type: 'Experiment', read: (call, uuid) => ask(call, experimentById, null, uuid) },
  { type: 'ExperimentRun', read: (call, uuid) => ask(call, runById, null, uuid) },
];

/** The interface of what their subscription sends. */
export const laboratoryLiveInterfaces = [ExperimentRunUpdate];

/** The mutations that a process in laboratory mode serves: they write the schema `lab` alone. */
export const laboratoryMutations: readonly string[] = ['createExperiment', 'runExperiment', 'cancelExperimentRun', 'pinExperimentRun', 'archiveExperiment', 'importOutcomes', 'importSignalHistory'];
