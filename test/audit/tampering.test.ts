import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brieflyOf, verifyChain, verifyExport } from '../../src/features/audit/index.ts';
import { openChains, type Chains } from './chains.ts';

interface Tampered {
  /** What the owner of the database does to the chain of a tenant. */
  act(tenant: string): Promise<unknown>;
  /** Puts back what other chains need. */
  undo?(): Promise<unknown>;
  readonly tampering: string;
  readonly firstBadSequence: number;
}

let chains: Chains;
const sql = (text: string, values: readonly unknown[] = []) => chains.admin.query(text, [...values]);
const edit = (tenant: string, sequence: number, table = 'audit_logs') => sql(`update ${table} set data = '{"fact":99}' where tenant_id = $1 and sequence = $2`, [tenant, sequence]);
const copyOf = (sequence: string) => `insert into audit_logs select tenant_id, ${sequence}, gen_random_uuid(), kind, account_id, actor_kind, actor_id, request_id, occurred_at, recorded_at, '{"fact":77}', previous_hash, hash from audit_logs where tenant_id = $1 and sequence = $2`;
const shift = async (tenant: string, from: number, by: number) => {
  await sql('update audit_logs set sequence = -(sequence + $3) where tenant_id = $1 and sequence >= $2', [tenant, from, by]);
  await sql('update audit_logs set sequence = -sequence where tenant_id = $1 and sequence < 0', [tenant]);
  await sql('update audit_head set sequence = sequence + $2 where tenant_id = $1', [tenant, by]);
};
const swapDecember = async (fill: string) => {
  await sql('create table december (like audit_logs including defaults including constraints)');
  await sql(fill);
};
const attachDecember = async (table: string, instead: string) => {
  await sql(`alter table audit_logs detach partition ${instead}`);
  await sql(`alter table audit_logs attach partition ${table} for values from ('2026-12-01 00:00+00') to ('2027-01-01 00:00+00')`);
};
const restoreDecember = async () => {
  await attachDecember('audit_logs_202612', 'december');
  await sql('drop table december');
};

/** The seven ways, by every door. */
const ways: Readonly<Record<string, Tampered>> = {
  edit: { act: (tenant) => edit(tenant, 15), tampering: 'EDITED', firstBadSequence: 15 },
  delete: { act: (tenant) => sql('delete from audit_logs where tenant_id = $1 and sequence = 15', [tenant]), tampering: 'DELETED', firstBadSequence: 15 },
  insert: { act: async (tenant) => { await shift(tenant, 15, 1); await sql(copyOf('15'), [tenant, 14]); await sql('update audit_logs set previous_hash = (select hash from audit_logs where tenant_id = $1 and sequence = 14) where tenant_id = $1 and sequence = 15', [tenant]); await chains.rehash(tenant, 15, { upTo: 15, head: false }); }, tampering: 'INSERTED', firstBadSequence: 15 },
  reorder: { act: async (tenant) => { await sql('update audit_logs set sequence = case sequence when 15 then -18 else -15 end where tenant_id = $1 and sequence in (15, 18)', [tenant]); await sql('update audit_logs set sequence = -sequence where tenant_id = $1 and sequence < 0', [tenant]); }, tampering: 'REORDERED', firstBadSequence: 15 },
  'cut the tail': { act: async (tenant) => { await sql('delete from audit_logs where tenant_id = $1 and sequence > 28', [tenant]); await sql('update audit_head set sequence = 28, hash = (select hash from audit_logs where tenant_id = $1 and sequence = 28) where tenant_id = $1', [tenant]); }, tampering: 'TAIL_CUT', firstBadSequence: 29 },
  'swap a partition': { act: async (tenant) => { await swapDecember('insert into december select * from audit_logs_202612'); await edit(tenant, 15, 'december'); await chains.rehash(tenant, 12, { table: 'december', head: false }); await attachDecember('december', 'audit_logs_202612'); }, undo: restoreDecember, tampering: 'PARTITION_SWAPPED', firstBadSequence: 12 },
  'rewrite and rehash': { act: async (tenant) => { await edit(tenant, 5); await chains.rehash(tenant, 1); }, tampering: 'REWRITTEN', firstBadSequence: 1 },
};

/** The same ways, done otherwise. */
const variants: Readonly<Record<string, Tampered>> = {
  'edit the first': { act: (tenant) => edit(tenant, 1), tampering: 'EDITED', firstBadSequence: 1 },
  'edit the last': { act: (tenant) => edit(tenant, 34), tampering: 'EDITED', firstBadSequence: 34 },
  'edit and rehash one': { act: async (tenant) => { await edit(tenant, 15); await chains.rehash(tenant, 15, { upTo: 15, head: false }); }, tampering: 'EDITED', firstBadSequence: 15 },
  'edit an instant by microseconds': { act: (tenant) => sql("update audit_logs set occurred_at = occurred_at + interval '7 microseconds' where tenant_id = $1 and sequence = 15", [tenant]), tampering: 'EDITED', firstBadSequence: 15 },
  'edit who did it': { act: (tenant) => sql("update audit_logs set actor_id = 'bob' where tenant_id = $1 and sequence = 15", [tenant]), tampering: 'EDITED', firstBadSequence: 15 },
  'delete the first': { act: (tenant) => sql('delete from audit_logs where tenant_id = $1 and sequence = 1', [tenant]), tampering: 'DELETED', firstBadSequence: 1 },
  'delete and close the gap': { act: async (tenant) => { await sql('delete from audit_logs where tenant_id = $1 and sequence = 15', [tenant]); await shift(tenant, 16, -1); }, tampering: 'DELETED', firstBadSequence: 15 },
  'insert a twin behind': { act: async (tenant) => { await sql(copyOf('15').replace('occurred_at, recorded_at,', "occurred_at, recorded_at + interval '1 second',"), [tenant, 15]); }, tampering: 'INSERTED', firstBadSequence: 15 },
  'insert a twin before': { act: (tenant) => sql(copyOf('15').replace('occurred_at, recorded_at,', "occurred_at, recorded_at - interval '1 second',"), [tenant, 15]), tampering: 'INSERTED', firstBadSequence: 15 },
  'insert and push up, without a hash': { act: async (tenant) => { await shift(tenant, 15, 1); await sql(copyOf('15'), [tenant, 14]); }, tampering: 'INSERTED', firstBadSequence: 15 },
  'insert behind the head': { act: (tenant) => sql(copyOf('35').replace('occurred_at, recorded_at,', "occurred_at, recorded_at + interval '1 second',"), [tenant, 34]), tampering: 'INSERTED', firstBadSequence: 35 },
  'exchange contents, leave hashes': { act: (tenant) => sql('update audit_logs a set data = b.data, id = b.id, kind = b.kind, actor_kind = b.actor_kind, actor_id = b.actor_id, request_id = b.request_id, occurred_at = b.occurred_at from audit_logs b where a.tenant_id = $1 and b.tenant_id = $1 and a.sequence in (15, 18) and b.sequence = 33 - a.sequence', [tenant]), tampering: 'REORDERED', firstBadSequence: 15 },
  'exchange neighbours': { act: async (tenant) => { await sql('update audit_logs set sequence = case sequence when 15 then -16 else -15 end where tenant_id = $1 and sequence in (15, 16)', [tenant]); await sql('update audit_logs set sequence = -sequence where tenant_id = $1 and sequence < 0', [tenant]); }, tampering: 'REORDERED', firstBadSequence: 15 },
  'cut the tail, leave the head': { act: (tenant) => sql('delete from audit_logs where tenant_id = $1 and sequence > 28', [tenant]), tampering: 'TAIL_CUT', firstBadSequence: 29 },
  'cut all': { act: async (tenant) => { await sql('delete from audit_logs where tenant_id = $1', [tenant]); await sql('delete from audit_head where tenant_id = $1', [tenant]); }, tampering: 'TAIL_CUT', firstBadSequence: 1 },
  'swap in an empty partition': { act: async () => { await swapDecember('select'); await attachDecember('december', 'audit_logs_202612'); }, undo: restoreDecember, tampering: 'PARTITION_SWAPPED', firstBadSequence: 12 },
  'rewrite from the midst': { act: async (tenant) => { await edit(tenant, 15); await chains.rehash(tenant, 15); }, tampering: 'REWRITTEN', firstBadSequence: 11 },
  'rewrite, and sign anew': { act: async (tenant) => { await edit(tenant, 5); await chains.rehash(tenant, 1); await sql(`update audit_anchor a set hash = l.hash, key_id = 'forged', signature = '' from audit_logs l where a.tenant_id = $1 and l.tenant_id = $1 and l.sequence = a.sequence`, [tenant]); }, tampering: 'REWRITTEN', firstBadSequence: 1 },
  'rewrite, and sign anew in the chain, too': { act: async (tenant) => { await edit(tenant, 5); await chains.rehash(tenant, 1); await sql(`update audit_logs set data = data || '{"keyId":"forged"}' where tenant_id = $1 and kind = 'audit.anchored'`, [tenant]); await chains.rehash(tenant, 1); await sql(`update audit_anchor a set hash = l.hash, key_id = 'forged', signature = '' from audit_logs l where a.tenant_id = $1 and l.tenant_id = $1 and l.sequence = a.sequence`, [tenant]); }, tampering: 'SIGNING_KEY_UNKNOWN', firstBadSequence: 10 },
  'rewrite, and sign in the name of the true key': { act: async (tenant) => { await edit(tenant, 5); await chains.rehash(tenant, 1); await sql(`update audit_logs set data = data || '{"signature":"AAAA"}' where tenant_id = $1 and kind = 'audit.anchored'`, [tenant]); await chains.rehash(tenant, 1); await sql(`update audit_anchor a set hash = l.hash, signature = decode('000000', 'hex') from audit_logs l where a.tenant_id = $1 and l.tenant_id = $1 and l.sequence = a.sequence`, [tenant]); }, tampering: 'ANCHOR_FORGED', firstBadSequence: 10 },
  'rewrite what is not signed, forget the head': { act: async (tenant) => { await edit(tenant, 33); await chains.rehash(tenant, 33, { head: false }); }, tampering: 'REWRITTEN', firstBadSequence: 31 },
  'rewrite without a trace beside the chain': { act: async (tenant) => { await edit(tenant, 15); await chains.rehash(tenant, 15); await sql('delete from audit_anchor where tenant_id = $1', [tenant]); }, tampering: 'REWRITTEN', firstBadSequence: 11 },
  'rewrite the end, forget the head, take the anchors away': { act: async (tenant) => { await edit(tenant, 32); await chains.rehash(tenant, 32, { head: false }); await sql('delete from audit_anchor where tenant_id = $1', [tenant]); }, tampering: 'REWRITTEN', firstBadSequence: 31 },
  'take the anchors away': { act: (tenant) => sql('delete from audit_anchor where tenant_id = $1', [tenant]), tampering: 'ANCHOR_MISSING', firstBadSequence: 10 },
  'take one anchor away': { act: (tenant) => sql('delete from audit_anchor where tenant_id = $1 and sequence = 20', [tenant]), tampering: 'ANCHOR_MISSING', firstBadSequence: 20 },
  'make another fact of the one that tells of the last anchor': { act: async (tenant) => { await sql("update audit_logs set kind = 'thing.made', data = '{}' where tenant_id = $1 and sequence = 31", [tenant]); await chains.rehash(tenant, 31); }, tampering: 'REWRITTEN', firstBadSequence: 31 },
  'cut the tail back to the last anchor': { act: async (tenant) => { await sql('delete from audit_logs where tenant_id = $1 and sequence > 30', [tenant]); await sql('update audit_head set sequence = 30, hash = (select hash from audit_logs where tenant_id = $1 and sequence = 30) where tenant_id = $1', [tenant]); }, tampering: 'TAIL_CUT', firstBadSequence: 31 },
  'delete the head': { act: (tenant) => sql('delete from audit_head where tenant_id = $1', [tenant]), tampering: 'HEAD_MISSING', firstBadSequence: 35 },
  'delete the head and the tail': { act: async (tenant) => { await sql('delete from audit_logs where tenant_id = $1 and sequence > 28', [tenant]); await sql('delete from audit_head where tenant_id = $1', [tenant]); }, tampering: 'TAIL_CUT', firstBadSequence: 29 },
  'delete the first month': { act: (tenant) => sql("delete from audit_logs where tenant_id = $1 and recorded_at < '2026-12-01'", [tenant]), tampering: 'PARTITION_SWAPPED', firstBadSequence: 1 },
  'put something before the first': { act: (tenant) => sql(copyOf('0'), [tenant, 1]), tampering: 'INSERTED', firstBadSequence: 0 },
  'put something far before the first': { act: (tenant) => sql(copyOf('-70000'), [tenant, 1]), tampering: 'INSERTED', firstBadSequence: -70_000 },
};

beforeAll(async () => {
  chains = await openChains(['whole', ...Object.keys(ways), ...Object.keys(variants)]);
}, 120_000);
afterAll(() => chains?.close());

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.trimEnd().split('\n');
}

test('a chain that nobody touched is intact by every door', async () => {
  const tenant = chains.tenantOf('whole');
  const whole = { intact: true, checked: 34, firstBadSequence: null, tampering: null, anchors: 3 };
  expect(await chains.throughGraph(tenant)).toMatchObject({ ...whole, complete: true });
  expect(await chains.command('verify', '--tenant', tenant)).toMatchObject({ code: 0, found: whole });
  const file = await chains.file('whole.ndjson', await chains.export(tenant));
  expect(await chains.command('verify', '--file', file, '--key', chains.signer.publicKey)).toMatchObject({ code: 0, found: { ...whole, key: 'given' } });
}, 60_000);

describe.each(Object.entries(ways))('to %s', (name, { act, undo, tampering, firstBadSequence }) => {
  test(`is named ${tampering} at ${firstBadSequence} by the graph, the command, and the command offline`, async () => {
    const tenant = chains.tenantOf(name);
    const said = { intact: false, tampering, firstBadSequence };
    await act(tenant);
    try {
      expect(await chains.throughGraph(tenant)).toMatchObject(said);
      expect(await chains.command('verify', '--tenant', tenant)).toMatchObject({ code: 1, found: said });
      const file = await chains.file('tampered.ndjson', await chains.export(tenant));
      expect(await chains.command('verify', '--file', file)).toMatchObject({ code: 1, found: said });
    } finally {
      await undo?.();
    }
  }, 60_000);
});

describe.each(Object.entries(variants))('to %s', (name, { act, undo, tampering, firstBadSequence }) => {
  test(`is named ${tampering} at ${firstBadSequence}, from the database and from an export`, async () => {
    const tenantId = chains.tenantOf(name);
    await act(tenantId);
    try {
      const found = await verifyChain(brieflyOf(chains.database, tenantId), { tenantId, keys: chains.keys });
      expect(found.fault).toMatchObject({ tampering, sequence: firstBadSequence });
      const offline = await verifyExport(linesOf(await chains.export(tenantId)), { publicKeys: [chains.signer.publicKey] });
      expect(offline.fault).toMatchObject({ tampering, sequence: firstBadSequence });
    } finally {
      await undo?.();
    }
  });
});
