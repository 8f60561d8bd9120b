import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { createVersionReader } from './tenant-version.ts';
import { createFinishedAnswers } from './finished-answers.ts';
import { createServeFinished, type ServeFinished } from './serve-finished.ts';

/** Memory for finished answers unless an installation says otherwise, in bytes. */
export const defaultAnswerBytes = 32 * 1_024 * 1_024;

/** What finished answers are opened with. */
export interface FinishedAnswersOptions {
  readonly mostBytes: number;
  readonly database: Pick<Database, 'pool' | 'doorbell' | 'onCommitted'>;
  readonly clock: Clock;
  /** The kinds of facts after which no process may hold what it had. */
  readonly erasures: readonly string[];
}

const erased = 'answers:erased';

/** Opens the finished answers of a process; null where they are given no memory. */
export function openFinishedAnswers({ mostBytes, database, clock, erasures }: FinishedAnswersOptions): (ServeFinished & { close(): void }) | null {
  if (mostBytes === 0) return null;
  const answers = createFinishedAnswers(mostBytes);
  // The version alone keeps what is served right. This frees memory, and lets nothing of an erased person stay in it.
  database.onCommitted(async (tenantId, facts) => {
    answers.forget(tenantId);
    if (facts.some(({ kind }) => erasures.includes(kind))) database.doorbell.ring(erased);
  });
  const stop = database.doorbell.listen(erased, () => answers.clear());
  return {
    ...createServeFinished({ answers, readVersion: createVersionReader(database.pool), clock }),
    close() {
      stop();
      answers.clear();
    },
  };
}
