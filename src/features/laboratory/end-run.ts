import { Conflict, NotFound } from '../../platform/errors.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { lockExperiment, storeArchived } from './experiment-store.ts';
import { experimentArchived, runCancelled, runPinned } from './laboratory.events.ts';
import { standingOfRun, storeAllCancelled, storeCancelled, storePinned } from './run-store.ts';

/** Cancels a run. Its worker stops before its next portion; what it stored so far stays and counts for nothing. */
export async function cancelRun(work: LabWork, runId: string): Promise<void> {
  const cancelled = await storeCancelled(work, runId);
  if (!cancelled) throw await whyNot(work, runId, (status) => `The run is ${status} already; only a run that waits or runs can be cancelled.`);
  work.record(runCancelled.fact({ accountId: null, data: { ...cancelled } }));
}

/** Pins a completed run for good: from then on the database refuses every change of it. Pinning it again changes nothing. */
export async function pinRun(work: LabWork, runId: string): Promise<void> {
  const pinned = await storePinned(work, runId);
  if (pinned) return work.record(runPinned.fact({ accountId: null, data: { ...pinned } }));
  const found = await standingOfRun(work, runId);
  if (!found?.isPinned) throw await whyNot(work, runId, (status) => `The run is ${status}; only a COMPLETED run can be pinned.`);
}

/** Archives an experiment and cancels its runs that wait or run. Archiving it again changes nothing. */
export async function archiveExperiment(work: LabWork, experimentId: string): Promise<void> {
  const experiment = await lockExperiment(work, experimentId);
  if (!experiment) throw new NotFound('There is no such experiment. Check the id.', ['id']);
  if (experiment.isArchived) return;
  for (const cancelled of await storeAllCancelled(work, experimentId)) work.record(runCancelled.fact({ accountId: null, data: { ...cancelled } }));
  await storeArchived(work, experimentId);
  work.record(experimentArchived.fact({ accountId: null, data: { experimentId } }));
}

async function whyNot(work: LabWork, runId: string, message: (status: string) => string): Promise<Error> {
  const found = await standingOfRun(work, runId);
  return found ? new Conflict(message(found.status), ['id']) : new NotFound('There is no such run. Check the id.', ['id']);
}
