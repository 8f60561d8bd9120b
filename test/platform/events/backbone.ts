import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { vi } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Bus } from '../../../src/platform/events/bus.ts';
import type { IntakeOptions } from '../../../src/platform/events/consume.ts';
import { createDeadLetters, type DeadLetters } from '../../../src/platform/events/dead-letters.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import { createRelay, type Relay, type RelayOptions } from '../../../src/platform/events/relay.ts';
import { createIds, type NewId } from '../../../src/platform/ids.ts';
import { openDatabase, type Database } from '../../../src/platform/postgres/database.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import type { Caller } from '../../../src/platform/postgres/work.ts';
import { createTestDatabase } from '../../harness/database.ts';

/** A database with three tenants and a table for effects, which several processes use. */
export interface Backbone {
  readonly callers: readonly [Caller, Caller, Caller];
  readonly admin: Client;
  readonly url: string;
  /** What one process of the program has; closed with the backbone. */
  open(): Promise<Process>;
  /** Ends connections in the server, by their names. */
  cut(applicationName: string): Promise<number>;
  close(): Promise<void>;
}

/** One process's own parts. */
export interface Process {
  readonly database: Database;
  readonly newId: NewId;
  readonly deadLetters: DeadLetters;
  /** What was reported so far. */
  readonly errors: unknown[];
}

/** What a maker of a bus is handed. */
export type BusParts = IntakeOptions & { readonly database: Database };

/** Leaves one row per event and call: an effect that shows when it happens twice. */
export const leaveEffects = statement('leave_effects', 'insert into effect select $1, id from unnest($2::uuid[]) id');

/** Sets up a database of the test file's own. */
export async function openBackbone(): Promise<Backbone> {
  const test = await createTestDatabase();
  const admin = new Client({ connectionString: test.adminUrl });
  await admin.connect();
  await admin.query('create table effect (tenant_id uuid not null, event_id uuid not null); grant select, insert on effect to context_graph_app');
  const newId = createIds(systemClock);
  const newCaller = async (slug: string): Promise<Caller> => {
    const tenantId = newId<'Tenant'>();
    await admin.query('insert into tenant (id, slug, name, created_at) values ($1, $2, $2, now())', [tenantId, slug]);
    return { tenantId, actor: { kind: 'system', id: 'test' }, requestId: `request-of-${slug}` };
  };
  const databases: Database[] = [];
  return {
    callers: [await newCaller('one'), await newCaller('two'), await newCaller('three')],
    admin,
    url: test.url,
    async open() {
      const errors: unknown[] = [];
      const ids = createIds(systemClock);
      const database = await openDatabase({ url: test.url, connections: 6, clock: systemClock, newId: ids, entities: [], onError: (error) => errors.push(error) });
      databases.push(database);
      return { database, newId: ids, deadLetters: createDeadLetters({ database, clock: systemClock, newId: ids }), errors };
    },
    async cut(applicationName) {
      const { rowCount } = await admin.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1',
        [applicationName],
      );
      return rowCount ?? 0;
    },
    async close() {
      for (const database of databases) await database.close();
      await admin.end();
      await test.drop();
    },
  };
}

/** A name nobody used before: buses keep topics and groups for ever. */
export function fresh(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** An envelope as a relay publishes it. */
export function makeEvent(newId: NewId, event: Partial<Envelope> & Pick<Envelope, 'kind' | 'tenantId'>): Envelope {
  const now = systemClock.now().toISOString();
  return {
    id: newId(),
    version: 1,
    accountId: newId(),
    sequence: 1,
    actor: { kind: 'system', id: 'test' },
    requestId: 'request-1',
    occurredAt: now,
    recordedAt: now,
    data: {},
    ...event,
  };
}

/** A relay that looks often. */
export function relayOf({ database, deadLetters, errors }: Process, bus: Pick<Bus, 'publish'>, options: Partial<RelayOptions> = {}): Relay {
  return createRelay({ database, bus, deadLetters, lookEvery: 50, onError: (error) => errors.push(error), ...options });
}

/** Waits until an expectation holds. */
export function eventually(expectation: () => unknown): Promise<unknown> {
  return vi.waitFor(expectation, { timeout: 20_000, interval: 10 });
}
