import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const experiment = z.strictObject({ experimentId: z.uuid() });
const run = z.strictObject({
  experimentId: z.uuid(),
  runId: z.uuid(),
  status: z.enum(['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']).describe('The status of the run after the change.'),
  accountsDone: z.int().nonnegative().describe('Accounts that are replayed.'),
  accountsTotal: z.int().nonnegative().nullable().describe('Accounts to replay; null until they are counted.'),
});

/** An experiment was created. */
export const experimentCreated = defineEvent('experiment.created', 1, 'An experiment was created.', experiment);
/** An experiment was archived. */
export const experimentArchived = defineEvent('experiment.archived', 1, 'An experiment was archived. It can no longer be run.', experiment);
/** A run was queued. */
export const runRequested = defineEvent('experiment_run.requested', 1, 'A run of an experiment was queued.', run);
/** A run made progress. */
export const runProgressed = defineEvent('experiment_run.progressed', 1, 'A run of an experiment started, or made progress.', run);
/** A run ended by itself. */
export const runFinished = defineEvent('experiment_run.finished', 1, 'A run of an experiment completed or failed.', run);
/** A run was cancelled. */
export const runCancelled = defineEvent('experiment_run.cancelled', 1, 'A run of an experiment was cancelled.', run);
/** A run was pinned. */
export const runPinned = defineEvent('experiment_run.pinned', 1, 'A run of an experiment was pinned. Its results never change.', run);
/** History was imported. */
export const historyImported = defineEvent(
  'laboratory.imported',
  1,
  'Outcomes or past signals were imported for experiments. Production does not read them.',
  z.strictObject({ importId: z.uuid(), kind: z.enum(['OUTCOMES', 'SIGNALS']), rows: z.int().nonnegative(), taken: z.int().nonnegative(), refused: z.int().nonnegative() }),
);

/** The kinds of events of a run. */
export const runEvents = [runRequested, runProgressed, runFinished, runCancelled, runPinned] as const;
/** The kinds of events of the laboratory. */
export const laboratoryEvents = [experimentCreated, experimentArchived, ...runEvents, historyImported] as const;
