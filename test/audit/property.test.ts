import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { anchorChains, beginExport, brieflyOf, verifyChain, verifyExport, type Fault } from '../../src/features/audit/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { random } from '../harness/random.ts';
import { openChains, type Chains } from './chains.ts';
import { fileWays, mixFile, type Known } from './file-ways.ts';


interface Expected {
  readonly tampering: string;
  readonly sequence: number;
}

const chainsOfEach = 4;
const mixed = 10;
const months = 4;
const numbers = random(20_261_121);
const upTo = (most: number): number => Math.floor(numbers() * most);
const between = (first: number, last: number): number => first + upTo(last - first + 1);

let chains: Chains;
const known = new Map<string, Known>();
const sql = (text: string, values: readonly unknown[]) => chains.admin.query(text, [...values]);
const firstOf = (chain: Known, month: string): number => chain.months.indexOf(month) + 1;
const lastOf = (chain: Known, month: string): number => chain.months.lastIndexOf(month) + 1;
const signedBefore = ({ anchors }: Known, sequence: number): number => Math.max(0, ...anchors.filter((anchor) => anchor < sequence));

async function shift(tenant: string, from: number): Promise<void> {
  await sql('update audit_logs set sequence = -(sequence + 1) where tenant_id = $1 and sequence >= $2', [tenant, from]);
  await sql('update audit_logs set sequence = -sequence where tenant_id = $1 and sequence < 0', [tenant]);
  await sql('update audit_head set sequence = sequence + 1 where tenant_id = $1', [tenant]);
}
const copy = (to: number, instant = '') => `insert into audit_logs select tenant_id, ${to}, gen_random_uuid(), kind, account_id, actor_kind, actor_id, request_id, occurred_at, recorded_at ${instant}, '{"fact":77}', previous_hash, hash from audit_logs where tenant_id = $1 and sequence = $2`;
const headAt = (tenant: string, sequence: number) => sql('update audit_head set sequence = $2, hash = (select hash from audit_logs where tenant_id = $1 and sequence = $2) where tenant_id = $1', [tenant, sequence]);
const changes = [`data = '{"fact":99}'`, `kind = 'thing.unmade'`, `actor_id = 'bob'`, `actor_kind = 'machine'`, `request_id = 'q'`, `account_id = gen_random_uuid()`, `occurred_at = occurred_at + interval '7 microseconds'`, `occurred_at = occurred_at - interval '1 second'`, 'id = gen_random_uuid()', `hash = decode(repeat('07', 32), 'hex')`];
const change = async (tenant: string, sequence: number, table = 'audit_logs') => sql(`update ${table} set ${table === 'audit_logs' ? (changes[upTo(changes.length)] ?? '') : `data = '{"fact":99}'`} where tenant_id = $1 and sequence = $2`, [tenant, sequence]);

let restore: (() => Promise<void>) | null = null;
/** Puts another table in the place of a month's partition: this tenant's rows changed or left out, the others' as they are. */
async function swap(chain: Known, month: string, changed: number | null): Promise<void> {
  const { tenantId } = chain;
  const partition = `audit_logs_${month.replace('-', '')}`;
  const bounds = `from ('${month}-01 00:00+00') to ('${new Date(Date.parse(`${month}-01T00:00:00Z`) + 32 * 86_400_000).toISOString().slice(0, 7)}-01 00:00+00')`;
  const attach = async (table: string, instead: string) => {
    await chains.admin.query(`alter table audit_logs detach partition ${instead}`);
    await chains.admin.query(`alter table audit_logs attach partition ${table} for values ${bounds}`);
  };
  await chains.admin.query(`create table swapped (like ${partition} including defaults including constraints)`);
  await chains.admin.query(`insert into swapped select * from ${partition} where tenant_id <> '${tenantId}' or ${changed !== null}`);
  if (changed !== null) {
    await change(tenantId, changed, 'swapped');
    await chains.rehash(tenantId, firstOf(chain, month), { table: 'swapped', head: false });
  }
  await attach('swapped', partition);
  restore = async () => {
    restore = null;
    await attach(partition, 'swapped');
    await chains.admin.query('drop table swapped');
  };
}

/** The seven ways, each at a random place; each says how it is to be named. */
const ways: Readonly<Record<string, (chain: Known) => Promise<Expected>>> = {
  async edit(chain) {
    const at = between(1, chain.months.length);
    await change(chain.tenantId, at);
    return { tampering: 'EDITED', sequence: at };
  },
  async delete(chain) {
    const at = between(1, chain.months.length - 2);
    const also = numbers() < 0.5 ? at : at + 1;
    await sql('delete from audit_logs where tenant_id = $1 and sequence between $2 and $3', [chain.tenantId, at, also]);
    return { tampering: 'DELETED', sequence: at };
  },
  async insert(chain) {
    const at = between(3, chain.months.length);
    if (numbers() < 0.5) await sql(copy(at, `${numbers() < 0.5 ? '+' : '-'} interval '1 second'`), [chain.tenantId, at]);
    else {
      await shift(chain.tenantId, at);
      await sql(copy(at), [chain.tenantId, at - 1]);
      await sql('update audit_logs set previous_hash = (select hash from audit_logs where tenant_id = $1 and sequence = $2 - 1) where tenant_id = $1 and sequence = $2', [chain.tenantId, at]);
      if (numbers() < 0.5) await chains.rehash(chain.tenantId, at, { upTo: at, head: false });
    }
    return { tampering: 'INSERTED', sequence: at };
  },
  async reorder(chain) {
    const one = between(1, chain.months.length - 1);
    const other = between(one + 1, chain.months.length);
    await sql('update audit_logs set sequence = case sequence when $2::int then -$3::int else -$2::int end where tenant_id = $1 and sequence in ($2, $3)', [chain.tenantId, one, other]);
    await sql('update audit_logs set sequence = -sequence where tenant_id = $1 and sequence < 0', [chain.tenantId]);
    return { tampering: 'REORDERED', sequence: one };
  },
  async 'cut the tail'(chain) {
    const moved = numbers() < 0.5;
    // Whoever moves the head, too, is only seen where something that was signed went along.
    const last = moved ? between(1, Math.max(...chain.anchors)) : between(1, chain.months.length - 1);
    await sql('delete from audit_logs where tenant_id = $1 and sequence > $2', [chain.tenantId, last]);
    if (moved) await headAt(chain.tenantId, last);
    return { tampering: 'TAIL_CUT', sequence: last + 1 };
  },
  async 'swap a partition'(chain) {
    const all = [...new Set(chain.months)];
    const month = all[upTo(all.length)] ?? '';
    const [first, last] = [firstOf(chain, month), lastOf(chain, month)];
    const isLast = month === all.at(-1);
    if (numbers() < 0.4) {
      await swap(chain, month, null);
      return isLast ? { tampering: 'TAIL_CUT', sequence: first } : { tampering: 'PARTITION_SWAPPED', sequence: first };
    }
    const at = between(first, last);
    await swap(chain, month, at);
    // Behind the last month nothing joins: there it is like any rewriting, seen by what was signed and by the head.
    if (isLast) return { tampering: 'REWRITTEN', sequence: signedBefore(chain, at) + 1 };
    return { tampering: 'PARTITION_SWAPPED', sequence: Math.max(first, signedBefore(chain, at) + 1) };
  },
  async 'rewrite and rehash'(chain) {
    const at = between(1, chain.months.length);
    await sql(`update audit_logs set data = '{"fact":99}', kind = 'thing.made' where tenant_id = $1 and sequence = $2`, [chain.tenantId, at]);
    const signed = chain.anchors.some((anchor) => anchor >= at);
    await chains.rehash(chain.tenantId, at, { head: signed });
    return { tampering: 'REWRITTEN', sequence: signedBefore(chain, at) + 1 };
  },
};

const names = [...Object.keys(ways).flatMap((way) => Array.from({ length: chainsOfEach }, (_, turn) => `${way} ${turn}`)), ...Array.from({ length: mixed }, (_, turn) => `mix ${turn}`), 'file'];

beforeAll(async () => {
  chains = await openChains([]);
  const { database, bus, clock, newId, signer, keys } = chains;
  const log = { error: () => undefined } as never;
  await chains.admin.query("select ensure_audit_partitions('2027-01-01', 8)");
  const tenants = new Map<string, Id<'Tenant'>>();
  for (const [index, name] of names.entries()) tenants.set(name, await createTenant(database, newId, { slug: `random-${index}`, name, highIntentThreshold: 75 }));
  const grow = (tenantId: Id<'Tenant'>, facts: number) =>
    database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
      for (let fact = 0; fact < facts; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact, amount: upTo(1_000) / 8 } });
    });
  for (let month = 0; month < months; month += 1) {
    for (let burst = 0; burst < 3; burst += 1) {
      // Of the first burst each has at least three, so that whoever deletes two deletes no month.
      for (const tenantId of tenants.values()) if (burst === 0 || numbers() < 0.5) await grow(tenantId, (burst === 0 ? 3 : 1) + upTo(6));
      clock.advance(6 * 60_000);
      if (burst < 2 && numbers() < 0.8) await anchorChains({ database, bus, signer, keys, log }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' });
    }
    if (month < months - 1) clock.advance(31 * 86_400_000);
  }
  clock.advance(120_000);
  for (const [name, tenantId] of tenants) {
    const rows = await chains.rows(`select to_char(recorded_at, 'YYYY-MM') as month from audit_logs where tenant_id = $1 order by sequence`, [tenantId]);
    const anchors = await chains.rows('select sequence::int as sequence from audit_anchor where tenant_id = $1 order by sequence', [tenantId]);
    known.set(name, { tenantId, months: rows.map((row) => String(row['month'])), anchors: anchors.map((row) => Number(row['sequence'])), lines: name === 'file' ? await exported(tenantId) : [] });
  }
}, 120_000);
afterAll(() => chains?.close());

async function exported(tenantId: Id<'Tenant'>): Promise<string[]> {
  let text = '';
  for await (const piece of await beginExport(chains, { tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, { accountId: null, recordedFrom: null, recordedBefore: null })) text += piece;
  return text.trimEnd().split('\n');
}
async function offline(lines: readonly string[]): Promise<Fault | null> {
  const each = async function* () {
    yield* lines;
  };
  return (await verifyExport(each(), { publicKeys: [chains.signer.publicKey] })).fault;
}
const online = async (tenantId: Id<'Tenant'>): Promise<Fault | null> => (await verifyChain(brieflyOf(chains.database, tenantId), { tenantId, keys: chains.keys })).fault;
const chainOf = (name: string): Known => {
  const found = known.get(name);
  if (!found) throw new Error(`there is no chain ${name}`);
  return found;
};

test('random chains are whole before anybody touches them, over several months and anchors', async () => {
  for (const chain of known.values()) {
    expect([new Set(chain.months).size, chain.anchors.length > 1]).toEqual([months, true]);
    expect(await online(chain.tenantId)).toBeNull();
  }
  expect(await offline(chainOf('file').lines)).toBeNull();
});

describe.each(Object.keys(ways))('to %s, anywhere', (way) => {
  test.each(Array.from({ length: chainsOfEach }, (_, turn) => turn))('is named with its first bad sequence, in the database and offline (%i)', async (turn) => {
    const chain = chainOf(`${way} ${turn}`);
    const expected = await ways[way]?.(chain);
    try {
      const told = `anchors ${chain.anchors.join(' ')}; months from ${[...new Set(chain.months)].map((month) => firstOf(chain, month)).join(' ')}`;
      expect(await online(chain.tenantId), told).toMatchObject(expected ?? {});
      expect(await offline(await exported(chain.tenantId)), told).toMatchObject(expected ?? {});
    } finally {
      await restore?.();
    }
  });
});

test.each(Array.from({ length: mixed }, (_, turn) => turn))('several ways at once are never called intact (%i)', async (turn) => {
  const chain = chainOf(`mix ${turn}`);
  const chosen: string[] = [];
  const others = ['insert', 'reorder', 'cut the tail', 'rewrite and rehash', 'delete'];
  for (const way of [others[upTo(others.length)] ?? '', 'edit', others[upTo(others.length)] ?? '']) {
    chosen.push(way);
    await ways[way]?.(chain);
  }
  if (numbers() < 0.3) await sql('delete from audit_anchor where tenant_id = $1', [chain.tenantId]);
  expect(await online(chain.tenantId), chosen.join(', ')).not.toBeNull();
  expect(await offline(await exported(chain.tenantId)), chosen.join(', ')).not.toBeNull();
});

describe.each(Object.entries(fileWays))('to %s in an exported file, anywhere', (_, act) => {
  test('is named with its first bad sequence', async () => {
    const chain = chainOf('file');
    for (let turn = 0; turn < 40; turn += 1) {
      const { lines, expected } = act(chain, numbers);
      expect(await offline(lines), JSON.stringify({ turn, expected, anchors: chain.anchors })).toMatchObject(expected);
    }
  });
});

test('a file that was altered in several ways at once is never called intact', async () => {
  const chain = chainOf('file');
  for (let turn = 0; turn < 150; turn += 1) {
    const { lines, chosen } = mixFile(chain, numbers);
    if (lines.join('\n') === chain.lines.join('\n')) continue;
    expect(await offline(lines).catch(() => 'no export'), chosen.join(', ')).not.toBeNull();
  }
});
