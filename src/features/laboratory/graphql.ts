import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { experimentById, runById } from './experiment.queries.ts';
import { ExperimentLiveResolver, ExperimentRunChangeResolver, ExperimentRunUpdate } from './graphql/experiment-live.ts';
import { ExperimentResolver, ExperimentRunResolver } from './graphql/experiment.resolver.ts';

/** What the laboratory adds to the graph. */
export const laboratoryResolvers: readonly (new () => object)[] = [ExperimentResolver, ExperimentRunResolver, ExperimentLiveResolver, ExperimentRunChangeResolver];

/** How experiments and runs are read by id. */
export const laboratoryNodes: readonly NodeReader[] = [
  { type: 'Experiment', read: (call, uuid) => ask(call, experimentById, null, uuid) },
  { type: 'ExperimentRun', read: (call, uuid) => ask(call, runById, null, uuid) },
];

/** The interface of what their subscription sends. */
export const laboratoryLiveInterfaces = [ExperimentRunUpdate];
