import 'reflect-metadata';
import { createVendorSessions, followConnection } from '../../src/features/connectors/index.ts';
import { FrozenClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { createSeal } from '../../src/platform/postgres/seal.ts';

// A process that follows the changes of a connection, and stands still within the transaction that stores its third portion, until it is killed.
const [url = '', tenantId = '', connectionId = '', masterKey = '', now = '', salesforce = '', bus = ''] = process.argv.slice(2);
const clock = new FrozenClock(now);
const seal = createSeal(Buffer.from(masterKey, 'hex'));
const database = await openDatabase({ url, connections: 6, clock, newId: createIds(clock), entities: [], onError: () => undefined, erasureKey: (tenant) => seal.erasureKey(tenant) });
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const vendors = createVendorSessions({ database, seal, clock, log: silent as never, urls: new Map([['salesforce', salesforce], ['salesforce-pubsub', bus]]) });
let moved = 0;
const transact: typeof database.transact = (caller, body) =>
  database.transact(caller, async (work) => {
    let moves = false;
    const watched = Object.create(work, { rows: { value: (asked: { name: string }, values: unknown[]) => {
      moves ||= asked.name === 'move_change_stream';
      return work.rows(asked as never, values);
    } } }) as typeof work;
    const result = await body(watched);
    moved += moves ? 1 : 0;
    if (!moves || moved < 3) return result;
    process.stdout.write('within the third portion\n');
    return new Promise<never>(() => setInterval(() => undefined, 1_000));
  });
await followConnection({ database: { transact }, seal, openSession: (of) => vendors.open(of.tenantId, of.connectionId), onError: () => undefined }, { tenantId: tenantId as Id<'Tenant'>, connectionId: connectionId as Id<'Connection'>, requestId: 'doomed' });
