import { createIds, type Id } from '../../src/platform/ids.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase, type Database } from '../../src/platform/postgres/database.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { createSigner, trustKeys } from '../../src/platform/signing.ts';
import { beginExport, brieflyOf, verifyChain, verifyExport } from '../../src/features/audit/index.ts';
import { ingestSignals, type SignalStatement } from '../../src/features/signals/index.ts';
import { createTenant } from '../../src/app/create-tenant.ts';
import { newSignal } from './ingest.ts';
import { percentile } from './load.ts';
import type { PartOptions } from './part.ts';
import { printTable } from './table.ts';

/** How much is measured. */
export interface AuditPlan {
  readonly accounts: number;
  /** Transactions of each size and kind. */
  readonly requests: number;
  /** Facts in the chain that is verified. */
  readonly facts: number;
}

const actor = { kind: 'machine', id: 'bench' } as const;

/** What the audit and outbox rows cost within a Work, and how fast a chain is verified and exported, in this process. */
export async function measureAudit(options: PartOptions, { accounts, requests, facts }: AuditPlan): Promise<void> {
  const newId = createIds(systemClock);
  const database = await openDatabase({ url: options.databaseUrl, connections: 4, clock: systemClock, newId, entities: [], onError: () => undefined });
  try {
    await measureAppend(database, options.tenantId as Id<'Tenant'>, { accounts, requests });
    const tenantId = await createTenant(database, newId, { slug: 'audit-bench', name: 'Audit bench', highIntentThreshold: 75 });
    await measureWalk(database, tenantId, facts, Buffer.from(options.masterKey, 'base64'));
  } finally {
    await database.close();
  }
}

/** The same transactions with their facts and without, turn by turn, so that both meet the same state of the machine. */
async function measureAppend(database: Database, tenantId: Id<'Tenant'>, { accounts, requests }: { accounts: number; requests: number }): Promise<void> {
  let turn = 0;
  const caller = { tenantId, actor, requestId: 'bench' };
  const timed = async (size: number, recorded: boolean): Promise<number> => {
    const signals = Array.from({ length: size }, () => newSignal(accounts, (turn += 1)) as unknown as SignalStatement).map((statement) => ({ statement, requestId: caller.requestId, path: [] }));
    const from = performance.now();
    await database.transact(caller, (work) => ingestSignals(recorded ? work : ({ ...work, record: () => undefined } satisfies Work), signals));
    return performance.now() - from;
  };
  const rows: (string | number)[][] = [];
  for (const [size, most] of [[1, requests], [100, requests / 4], [1_000, requests / 20]] as const) {
    const took = { with: [] as number[], without: [] as number[] };
    for (let round = 0; round < Math.max(20, most); round += 1) {
      took.with.push(await timed(size, true));
      took.without.push(await timed(size, false));
    }
    const [full, bare] = [percentile(took.with, 0.5), percentile(took.without, 0.5)];
    rows.push([`${size} signals, each a fact`, took.with.length, full, bare, ((full - bare) / size) * 1_000, `${Math.round((1 - bare / full) * 100)} %`]);
  }
  printTable('Audit and outbox rows within a Work (one statement and the lock on the chain), one connection', ['', 'transactions', 'p50 ms', 'without facts, p50 ms', 'a fact, microseconds', 'share'], rows);
}

async function measureWalk(database: Database, tenantId: Id<'Tenant'>, facts: number, masterKey: Buffer): Promise<void> {
  for (let done = 0; done < facts; done += 1_000) {
    await database.transact({ tenantId, actor, requestId: 'bench' }, async (work) => {
      for (let fact = 0; fact < 1_000; fact += 1) work.record({ kind: 'signal.ingested', version: 1, accountId: work.newId<'Account'>(), data: { signalId: work.newId<'Signal'>(), accountId: tenantId, type: 'meeting', source: 'bench' } });
    });
  }
  const signer = createSigner({ seed: null, masterKey });
  const keys = trustKeys([signer.publicKey]);
  const rows: (string | number)[][] = [];
  const measure = async (name: string, body: () => Promise<number>): Promise<void> => {
    let most = process.memoryUsage().rss;
    const before = most;
    const timer = setInterval(() => void (most = Math.max(most, process.memoryUsage().rss)), 20);
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    const checked = await body();
    const seconds = (performance.now() - from) / 1_000;
    clearInterval(timer);
    const used = process.cpuUsage(cpu);
    rows.push([name, checked, checked / seconds, (used.user + used.system) / checked, (most - before) / 1_048_576]);
  };
  await measure('verified in the database', async () => (await verifyChain(brieflyOf(database, tenantId), { tenantId, keys })).checked);
  const range = { accountId: null, recordedFrom: null, recordedBefore: null };
  const begin = () => beginExport({ database, signer, keys }, { tenantId, actor, requestId: 'bench' }, range);
  await measure('exported', async () => {
    let lines = 0;
    for await (const text of await begin()) lines += text.split('\n').length - 1;
    return lines;
  });
  await measure('exported and verified from the export', async () => (await verifyExport(linesOf(await begin()), { publicKeys: [signer.publicKey] })).checked);
  printTable('A chain walked, one process', ['', 'facts', 'facts/s', 'CPU microseconds/fact', 'memory grown, MiB'], rows);
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const text of pieces) yield* text.trimEnd().split('\n');
}
