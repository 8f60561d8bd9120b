import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { anchorChains, brieflyOf, verifyChain, verifyChains } from '../../src/features/audit/index.ts';
import type { Bus } from '../../src/platform/events/bus.ts';
import type { Id } from '../../src/platform/ids.ts';
import { until } from '../harness/program.ts';
import { openChains, type Chains } from './chains.ts';

let chains: Chains;
const told: Record<string, unknown>[] = [];
const log = { error: (fields: Record<string, unknown>) => void told.push(fields), warn: () => undefined } as never;
/** A job of a time when nobody asked the bus. */
const blind: Pick<Bus, 'read'> = { read: async function* () {} };

// A program for each: the job signs all chains that are due.
beforeEach(async () => {
  told.length = 0;
  chains = await openChains(['chain']);
  const tenant = chains.tenantOf('chain');
  await until('its anchors are on the bus', async () => (await chains.count(`select from bus_event where topic = 'audit.anchored' and event ->> 'tenantId' = $1`, [tenant])) === 3);
}, 60_000);
afterEach(() => chains?.close());

const sql = (text: string, values: readonly unknown[]) => chains.admin.query(text, [...values]);
const cut = async (tenant: string, last: number) => {
  await sql('delete from audit_logs where tenant_id = $1 and sequence > $2', [tenant, last]);
  await sql('update audit_head set sequence = $2, hash = (select hash from audit_logs where tenant_id = $1 and sequence = $2) where tenant_id = $1', [tenant, last]);
};
/** Rewrites from 22 on, and takes away what the database has of the last anchor, which is over 30. */
const forge = async (tenant: string) => {
  await sql(`update audit_logs set data = '{"fact":99}', kind = 'thing.made' where tenant_id = $1 and sequence in (22, 31)`, [tenant]);
  await sql('delete from audit_anchor where tenant_id = $1 and sequence = 30', [tenant]);
  await chains.rehash(tenant, 22);
};
const wipe = async (tenant: string) => {
  for (const table of ['audit_logs', 'audit_head', 'audit_anchor']) await sql(`delete from ${table} where tenant_id = $1`, [tenant]);
};
const record = (tenantId: Id<'Tenant'>, facts: number) =>
  chains.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
    for (let fact = 0; fact < facts; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact } });
  });
const caller = { actor: { kind: 'system', id: 'test' } as const, requestId: 'anchor' };
const anchor = async (bus: Pick<Bus, 'read'> = chains.bus): Promise<number> => {
  const { database, signer, keys } = chains;
  chains.clock.advance(6 * 60_000);
  return anchorChains({ database, bus, signer, keys, log }, caller);
};
const nightly = async (tenantId: string, bus: Pick<Bus, 'read'> = chains.bus) => {
  told.length = 0;
  await verifyChains({ database: chains.database, bus, keys: chains.keys, log });
  return told.find((fields) => fields['tenantId'] === tenantId) ?? null;
};
const placesSigned = async (tenant: string) => (await chains.rows('select sequence::int as n from audit_anchor where tenant_id = $1 order by sequence', [tenant])).map((row) => row['n']);
const faultsCounted = async (tampering: string) => (await register.getSingleMetric('audit_faults_total')?.get())?.values.find(({ labels }) => labels['tampering'] === tampering)?.value ?? 0;

/** The graph, the night and the job all say so; the job signs nothing, and what happens since changes nothing of that. */
async function expectNamed(tenantId: Id<'Tenant'>, found: { readonly tampering: string; readonly sequence: number }): Promise<void> {
  const before = await placesSigned(tenantId);
  const counted = await faultsCounted(found.tampering);
  expect(await until('the graph has asked the bus', async () => {
    const said = await chains.throughGraph(tenantId);
    return Number(said.anchorsOnBus) > 2 && said;
  })).toMatchObject({ intact: false, tampering: found.tampering, firstBadSequence: found.sequence });
  expect(await nightly(tenantId)).toMatchObject(found);
  told.length = 0;
  await anchor();
  expect(told.find((fields) => fields['tenantId'] === tenantId)).toMatchObject(found);
  expect(await faultsCounted(found.tampering)).toBeGreaterThanOrEqual(counted + 2);
  expect(await placesSigned(tenantId)).toEqual(before);
}

describe('the owner of the database changes a chain with all that the database has of its anchors, and', () => {
  test('cuts its tail: it is neither called intact nor signed', async () => {
    const tenant = chains.tenantOf('chain');
    await cut(tenant, 25);
    await sql('delete from audit_anchor where tenant_id = $1 and sequence = 30', [tenant]);
    expect((await verifyChain(brieflyOf(chains.database, tenant), { tenantId: tenant, keys: chains.keys })).fault).toBeNull();
    await expectNamed(tenant, { tampering: 'TAIL_CUT', sequence: 26 });
  });

  test('rewrites it: it is neither called intact nor signed, also once it goes on', async () => {
    const tenant = chains.tenantOf('chain');
    await forge(tenant);
    expect((await verifyChain(brieflyOf(chains.database, tenant), { tenantId: tenant, keys: chains.keys })).fault).toBeNull();
    await expectNamed(tenant, { tampering: 'REWRITTEN', sequence: 21 });
    await record(tenant, 40);
    await expectNamed(tenant, { tampering: 'REWRITTEN', sequence: 21 });
  });

  test('cuts its tail, after which others come: nothing is believed that was recorded after the place was signed', async () => {
    const tenant = chains.tenantOf('chain');
    await cut(tenant, 25);
    await sql('delete from audit_anchor where tenant_id = $1 and sequence = 30', [tenant]);
    chains.clock.advance(120_000);
    await record(tenant, 2);
    await expectNamed(tenant, { tampering: 'REWRITTEN', sequence: 21 });
  });

  test('deletes all of it: the tenant is visited all the same, and a chain begun anew is not signed', async () => {
    const tenant = chains.tenantOf('chain');
    await wipe(tenant);
    await expectNamed(tenant, { tampering: 'TAIL_CUT', sequence: 1 });
    // To whoever knows no anchor the missing first fact tells.
    expect(await nightly(tenant, blind)).toMatchObject({ tampering: 'HEAD_MISSING', sequence: 1 });
    await sql(`insert into audit_head values ($1, 0, decode(repeat('00', 32), 'hex'))`, [tenant]);
    expect(await nightly(tenant, blind)).toMatchObject({ tampering: 'TAIL_CUT', sequence: 1 });
    await record(tenant, 3);
    await anchor();
    expect(await placesSigned(tenant)).toEqual([]);
    // Not even the tenant is there.
    await sql('delete from tenant where id = $1', [tenant]);
    await wipe(tenant);
    expect(await nightly(tenant)).toMatchObject({ tampering: 'TAIL_CUT', sequence: 1 });
  });

  test('deletes its head: the night’s verification visits the tenant', async () => {
    const tenant = chains.tenantOf('chain');
    await sql('delete from audit_head where tenant_id = $1', [tenant]);
    expect(await nightly(tenant)).toMatchObject({ tampering: 'HEAD_MISSING', sequence: 35 });
  });
});

describe('a forgery that was signed with the true key', () => {
  const expectOffline = async (tenant: string, firstBadSequence: number) => {
    const anchors = await chains.file(`${tenant}.ndjson`, await chains.printed('anchors'));
    const file = await chains.file('forged.ndjson', await chains.export(tenant));
    expect(await chains.command('verify', '--file', file, '--anchors', anchors)).toMatchObject({ code: 1, found: { tampering: 'REWRITTEN', firstBadSequence } });
    expect(await chains.command('verify', '--tenant', tenant)).toMatchObject({ code: 1, found: { tampering: 'REWRITTEN', firstBadSequence } });
  };
  const signed = (tenant: string, places: number) => until('it is on the bus', async () => (await chains.count(`select from bus_event where topic = 'audit.anchored' and event ->> 'tenantId' = $1`, [tenant])) === places);

  test('at a place before the one that tells: only what was signed before is believed', async () => {
    const tenant = chains.tenantOf('chain');
    await forge(tenant);
    await cut(tenant, 25);
    await anchor(blind);
    expect(await placesSigned(tenant)).toEqual([10, 20, 25]);
    await record(tenant, 8);
    await signed(tenant, 4);
    chains.clock.advance(120_000);
    await expectOffline(tenant, 21);
    await expectNamed(tenant, { tampering: 'REWRITTEN', sequence: 21 });
  }, 60_000);

  test('at the very place: of two that contradict each other neither is believed', async () => {
    const tenant = chains.tenantOf('chain');
    await forge(tenant);
    await cut(tenant, 30);
    await anchor(blind);
    expect(await placesSigned(tenant)).toEqual([10, 20, 30]);
    await record(tenant, 8);
    await signed(tenant, 4);
    chains.clock.advance(120_000);
    await expectOffline(tenant, 21);
    await expectNamed(tenant, { tampering: 'REWRITTEN', sequence: 21 });
  }, 60_000);
});

test('while the bus cannot be asked nothing is signed, and the graph says that it was not asked', async () => {
  const tenant = chains.tenantOf('chain');
  const silent: Pick<Bus, 'read'> = { read: () => { throw new Error('the broker is away'); } };
  const before = await placesSigned(tenant);
  await record(tenant, 3);
  expect(await anchor(silent)).toBe(0);
  expect(await placesSigned(tenant)).toEqual(before);
  await chains.admin.query('alter table bus_event rename to bus_event_away');
  try {
    expect(await until('the bus is away', async () => {
      const said = await chains.throughGraph(tenant);
      return said.anchorsOnBus === null && said;
    })).toMatchObject({ intact: true, anchors: 3, anchorsOnBus: null });
  } finally {
    await chains.admin.query('alter table bus_event_away rename to bus_event');
  }
  expect(await anchor()).toBeGreaterThan(0);
  expect((await placesSigned(tenant)).length).toBe(before.length + 1);
});

test('a tenant is made with a fact, and one whose making was interrupted gets it when it is made again', async () => {
  const { database, newId, keys, clock } = chains;
  const [{ id: tenantId }] = (await chains.rows(`insert into tenant values (gen_random_uuid(), 'half', 'Half', $1) returning id`, [clock.now().toISOString()])) as unknown as [{ id: Id<'Tenant'> }];
  const fault = async () => (await verifyChain(brieflyOf(database, tenantId), { tenantId, keys })).fault;
  expect(await fault()).toMatchObject({ tampering: 'HEAD_MISSING', sequence: 1 });
  const made = () => createTenant(database, newId, { slug: 'half', name: 'Half', highIntentThreshold: 75 });
  expect([await made(), await made()]).toEqual([tenantId, tenantId]);
  expect(await fault()).toBeNull();
  expect(await chains.count('select from audit_logs where tenant_id = $1', [tenantId])).toBe(1);
});
