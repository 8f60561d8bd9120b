import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createTenant } from '../../src/app/create-tenant.ts';
import { anchorChains } from '../../src/features/audit/index.ts';
import type { Bus } from '../../src/platform/events/bus.ts';
import { createDeadLetters } from '../../src/platform/events/dead-letters.ts';
import { createPostgresBus } from '../../src/platform/events/postgres-bus.ts';
import type { Id } from '../../src/platform/ids.ts';
import { chainHash, chainStart, type AuditEntry } from '../../src/platform/postgres/audit-chain.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';

/** What any of the three doors says of a chain. */
export interface Finding {
  readonly intact: boolean;
  readonly checked: number;
  readonly firstBadSequence: number | null;
  readonly tampering: string | null;
  readonly anchors: number;
  /** Absent offline. */
  readonly anchorsOnBus?: number | null;
}

/** A program with chains over three months, and the owner's hands to change them. */
export interface Chains extends Arranged {
  /** Chains by name: 34 facts, of November, December (12 to 21) and January (22 on); anchored at 10, 20 and 30. */
  readonly tenants: ReadonlyMap<string, Id<'Tenant'>>;
  tenantOf(name: string): Id<'Tenant'>;
  /** As the program's processes have it: what one has read of it stays known to it. */
  readonly bus: Bus;
  /** Another process, which has read nothing yet. */
  newBus(): Bus;
  anchor(): Promise<number>;
  throughGraph(tenant: string): Promise<Finding>;
  export(tenant: string, query?: string): Promise<string>;
  /** Runs the command; answers its exit code and what it printed. */
  command(...parameters: string[]): Promise<{ code: number; found: Finding; stderr: string }>;
  /** What the command prints, as it is. */
  printed(...parameters: string[]): Promise<string>;
  /** A file of the test's own. */
  file(name: string, text: string): Promise<string>;
  /** Computes hashes anew from a sequence on, in a table. */
  rehash(tenant: string, from: number, options?: { upTo?: number; table?: string; head?: boolean }): Promise<void>;
}

const columns = 'sequence::int, id, kind, account_id as "accountId", actor_kind as "actorKind", actor_id as "actorId", request_id as "requestId", occurred_at as "occurredAt", recorded_at as "recordedAt", data, hash';
const iso = (value: string | Date): string => new Date(value).toISOString();

/** Starts the program and writes a chain for each name. */
export async function openChains(names: readonly string[]): Promise<Chains> {
  const program = await arrange({ roles: ['api', 'outbox-relay'] });
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-audit-'));
  const { database, admin, clock, newId, signer, keys, masterKey } = program;
  await admin.query("select ensure_audit_partitions('2026-11-01', 4)");
  // Who owns the database may leave its triggers aside.
  await admin.query('set session_replication_role = replica');
  const log = { error: () => undefined } as never;
  const newBus = (): Bus => createPostgresBus({ database, deadLetters: createDeadLetters({ database, clock, newId }), onError: () => undefined, kept: ['audit.anchored'] });
  const bus = newBus();
  const anchor = () => anchorChains({ database, bus, signer, keys, log }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' });
  const tenants = new Map<string, Id<'Tenant'>>();
  for (const name of names) tenants.set(name, await createTenant(database, newId, { slug: `chain-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`, name, highIntentThreshold: 75 }));
  const grow = async (facts: number): Promise<void> => {
    for (const tenantId of tenants.values()) {
      await database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
        for (let fact = 0; fact < facts; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact, amount: 1.5 } });
      });
    }
  };
  for (let month = 0; month < 3; month += 1) {
    await grow(9);
    clock.advance(6 * 60_000);
    await anchor();
    // 31 days on: November, December, January.
    if (month < 2) clock.advance(31 * 86_400_000);
  }
  await grow(3);
  const tenantOf = (name: string): Id<'Tenant'> => {
    const found = tenants.get(name);
    if (!found) throw new Error(`there is no chain ${name}`);
    return found;
  };
  const run = (parameters: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const env = { PATH: process.env['PATH'], DATABASE_URL: program.testDatabase.url, JWT_SECRET: randomBytes(32).toString('hex'), MASTER_KEY: masterKey.toString('base64') };
      execFile(process.execPath, ['--import', 'tsx', 'src/app/audit.ts', ...parameters], { cwd: resolve(import.meta.dirname, '../..'), env }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }));
    });
  return {
    ...program,
    tenants,
    tenantOf,
    bus,
    newBus,
    anchor,
    async throughGraph(tenant) {
      const query = '{ auditVerification { intact complete checked firstBadSequence tampering detail anchors anchorsOnBus headHash } }';
      return dataOf(await program.query<{ auditVerification: Finding }, never>(query, undefined, { token: await program.token('privacy_officer', { tenant }) })).auditVerification;
    },
    async export(tenant, query = '') {
      const response = await fetch(`${program.url}/api/audit/export${query}`, { headers: { authorization: `Bearer ${await program.token('admin', { tenant })}` } });
      if (response.status !== 200) throw new Error(`the export was refused: ${response.status} ${await response.text()}`);
      return response.text();
    },
    async command(...parameters) {
      const { code, stdout, stderr } = await run(parameters);
      return { code, found: (stdout === '' ? {} : JSON.parse(stdout)) as Finding, stderr };
    },
    printed: async (...parameters) => (await run(parameters)).stdout,
    async file(name, text) {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    async rehash(tenant, from, { upTo = Number.MAX_SAFE_INTEGER, table = 'audit_logs', head = true } = {}) {
      const rows = await program.rows(`select ${columns} from ${table} where tenant_id = $1 and sequence <= $2 order by sequence`, [tenant, upTo]);
      const [before] = await program.rows('select hash from audit_logs where tenant_id = $1 and sequence = $2', [tenant, from - 1]);
      let previous: Buffer = before?.['hash'] ?? chainStart;
      for (const row of rows as unknown as (AuditEntry & { occurredAt: string; recordedAt: string })[]) {
        if (row.sequence < from) continue;
        const hash = chainHash(previous, { ...row, occurredAt: iso(row.occurredAt), recordedAt: iso(row.recordedAt) });
        await admin.query(`update ${table} set previous_hash = $3, hash = $4 where tenant_id = $1 and sequence = $2`, [tenant, row.sequence, previous, hash]);
        previous = hash;
      }
      if (head) await admin.query('update audit_head set hash = $2 where tenant_id = $1', [tenant, previous]);
    },
    async close() {
      await rm(folder, { recursive: true, force: true });
      await program.close();
    },
  };
}
