import 'reflect-metadata';
import { callEnrichment } from '../../src/features/enrichment/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { createSeal } from '../../src/platform/postgres/seal.ts';

/** A process that calls a provider, which does not answer. Arguments: database URL, master key, tenant, enrichment, origin of the provider. */
const [url = '', masterKey = '', tenant = '', id = '', providerOrigin = ''] = process.argv.slice(2);
const seal = createSeal(Buffer.from(masterKey, 'hex'));
// The clock of the tests, which the rows that are there already were written by.
const clock = { now: () => new Date('2026-11-21T09:00:00.000Z') };
const database = await openDatabase({ url, connections: 2, clock, newId: createIds(systemClock), entities: [], onError: (error) => console.error(error), erasureKey: (tenantId) => seal.erasureKey(tenantId) });
await callEnrichment({ database, seal, providerOrigin }, { tenantId: tenant as Id<'Tenant'>, actor: { kind: 'system', id: 'doomed' }, requestId: 'doomed' }, id as Id<'Enrichment'>);
