export { dueRuns } from './claim-run.ts';
export { experimentById, listExperiments, runById, runsOfExperiment } from './experiment.queries.ts';
export { experimentIdOf, laboratoryAnswers } from './laboratory-answers.ts';
export { historyImported, laboratoryEvents } from './laboratory.events.ts';
export { mayExperiment } from './laboratory.policy.ts';
export { relayFacts } from './relay-facts.ts';
export { replay } from './replay.ts';
export type { Replay } from './replay-signatures.ts';
export { workOnRun, type RunParts } from './work-on-run.ts';
