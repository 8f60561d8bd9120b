import type { Id } from '../../platform/ids.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** The name of the job that extracts what a scenario requires. */
export const extractRequirementsTask = 'extract-requirements';

/** Lets a job extract what a scenario requires, once the transaction commits. Of several changes in a row the last one counts. */
export async function scheduleExtraction(work: Work, scenarioId: Id<'Scenario'>): Promise<void> {
  await schedule(work, {
    task: extractRequirementsTask,
    payload: { tenantId: work.tenantId, scenarioId, requestId: work.requestId },
    key: `${extractRequirementsTask}:${work.tenantId}:${scenarioId}`,
  });
}
