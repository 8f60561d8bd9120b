import 'reflect-metadata';
import { readSource } from '../../../src/features/connectors/index.ts';
import { FrozenClock } from '../../../src/platform/clock.ts';
import { createIds, type Id } from '../../../src/platform/ids.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';
import { createSeal } from '../../../src/platform/postgres/seal.ts';
import { pretendVendor } from './pretended-vendor.ts';

// A process that reads three pages of a back-fill, says so within the fourth, and stands still until it is killed.
const [url = '', tenantId = '', connectionId = '', prefix = '', masterKey = '', many = '0', now = ''] = process.argv.slice(2);
const clock = new FrozenClock(now);
const seal = createSeal(Buffer.from(masterKey, 'hex'));
const database = await openDatabase({ url, connections: 4, clock, newId: createIds(clock), entities: [], onError: () => undefined, erasureKey: (tenant) => seal.erasureKey(tenant) });
const vendor = pretendVendor();
for (let index = 0; index < Number(many); index += 1) vendor.objects.set(`${prefix}${index}`, { status: 'Open', changedAt: '2026-11-20T08:00:00.000Z' });
vendor.beforePage = (cursor) => {
  if (cursor !== '30') return;
  process.stdout.write('reading the fourth page\n');
  return new Promise(() => setInterval(() => undefined, 1_000));
};
await readSource({ database, seal, openSession: async () => vendor.session, onError: () => undefined }, { tenantId: tenantId as Id<'Tenant'>, connectionId: connectionId as Id<'Connection'>, requestId: 'doomed' });
