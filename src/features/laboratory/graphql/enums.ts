import { graphEnum } from '../../../platform/graphql/graph-enum.ts';

/** Where an experiment is in its life. */
export const ExperimentStatus = graphEnum('ExperimentStatus', 'Where an experiment is in its life. It follows from the latest run that was not cancelled.', {
  DRAFT: 'No run has started or finished.',
  RUNNING: 'The latest run is queued or running.',
  COMPLETED: 'The latest run completed.',
  FAILED: 'The latest run failed.',
});
export type ExperimentStatus = keyof typeof ExperimentStatus;

/** Where a run is in its life. */
export const ExperimentRunStatus = graphEnum('ExperimentRunStatus', 'Where a run of an experiment is in its life.', {
  QUEUED: 'Waits for a worker.',
  RUNNING: 'A worker replays it.',
  COMPLETED: 'Finished, with digest and metrics.',
  FAILED: 'Ended without a result; `failure` says why.',
  CANCELLED: 'Ended by a person before it finished.',
});
export type ExperimentRunStatus = keyof typeof ExperimentRunStatus;

/** By which instant signals are replayed. */
export const ReplayClock = graphEnum('ReplayClock', 'The instant from which a replay counts a signal.', {
  RECORDED: 'When the program recorded it: what production knew at each instant.',
  OCCURRED: 'When it occurred. Imported signal history is included.',
});

/** Why a run failed. */
export const ExperimentRunFailure = graphEnum('ExperimentRunFailure', 'Why a run of an experiment failed.', {
  WORKERS_LOST: 'Its workers ended several times in a row before they made progress.',
  INTERNAL_SERVER_ERROR: 'An unexpected error, which the log of the program names.',
  BAD_USER_INPUT: 'The data or the model cannot be replayed as it is.',
  UNAVAILABLE: 'A part of the program was not available.',
});

/** What experiments are ordered by. */
export const ExperimentOrderField = graphEnum('ExperimentOrderField', 'What a list of experiments is ordered by.', { CREATED_AT: 'When the experiment was created.' });
