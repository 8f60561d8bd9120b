import type { Client } from 'pg';
import type { Bus, Consumer } from '../../src/platform/events/bus.ts';
import type { Envelope } from '../../src/platform/events/event.ts';
import { createLlm } from '../../src/platform/llm/llm.ts';
import { startContextEngine } from '../../src/workers/context-engine.ts';
import { startOrchestration } from '../../src/workers/orchestration.ts';
import type { TestProgram } from '../harness/program.ts';
import { eventOfFact } from '../harness/facts.ts';

/** How the facts of a tenant reach the workers. */
export interface Delivering {
  /** At most so many facts at once. */
  readonly batchSize: number;
  /** Whether every batch comes a second time, as after a crash before the offset moved. */
  readonly twice: boolean;
}

/** The program's workers without a bus between: facts go from the outbox to their handlers, one tenant at a time. */
export interface SynchronousBus {
  /** Hands over every fact that a tenant has recorded, and those that follow from them, until none is left. */
  settle(tenantId: string, how?: Delivering): Promise<void>;
}

const mostRounds = 200;

/** The context engine and orchestration of a program that runs neither, driven by the test. */
export async function openSynchronousBus(program: TestProgram, admin: Client): Promise<SynchronousBus> {
  const consumers: Consumer[] = [];
  const bus = {
    consume: (consumer: Consumer) => {
      consumers.push(consumer);
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  } as unknown as Bus;
  const { database, seal, clock } = program;
  const failed = (error: unknown): never => { throw error; };
  const llm = createLlm({ model: null, timeoutMilliseconds: 1_000, dailyBudget: null, database, clock, onError: failed });
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (fields: unknown) => failed(fields) };
  await startContextEngine(bus, database, seal);
  await startOrchestration({ bus, database, seal, llm, log: log as never, clock, copies: program.copies });

  const take = async (tenantId: string): Promise<Envelope[]> =>
    (await admin.query<{ event: Envelope }>(
      `with gone as (delete from outbox where tenant_id = $1 returning first_sequence, last_sequence)
       select ${eventOfFact} as event from gone join audit_logs a on a.tenant_id = $1 and a.sequence between first_sequence and last_sequence order by a.sequence`,
      [tenantId],
    )).rows.map(({ event }) => event);

  return {
    async settle(tenantId, { batchSize, twice } = { batchSize: 500, twice: false }) {
      for (let round = 0; ; round += 1) {
        const events = await take(tenantId);
        if (events.length === 0) return;
        if (round > mostRounds) throw new Error(`the facts of one tenant bring about others without end: ${events.map(({ kind }) => kind).join(', ')}`);
        for (const { topics, handle } of consumers) {
          const own = events.filter(({ kind }) => topics.includes(kind));
          for (let from = 0; from < own.length; from += batchSize) {
            const batch = own.slice(from, from + batchSize);
            await handle(batch);
            if (twice) await handle(batch);
          }
        }
      }
    },
  };
}
