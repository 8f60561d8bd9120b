import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { Caller, measureLoad, type Measured } from './load.ts';
import { operations, postgraphileOperations } from './operations.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { printTable, times } from './table.ts';

const connections = 4;
const rounds = 3;
const pages = 20;

interface Contestant {
  readonly name: string;
  readonly part: Part;
  readonly caller: Caller;
  readonly bodies: readonly string[];
}

/**
 * The account pages of twenty accounts, asked again and again while nothing changes: by the program with and without finished
 * answers, and by PostGraphile, turn by turn.
 */
export async function measureWarm(options: PartOptions, adminUrl: string, token: string, { requests, mostSeconds }: { readonly requests: number; readonly mostSeconds: number }): Promise<void> {
  const parts: Part[] = [];
  const callers: Caller[] = [];
  const start = async (name: string, file: string, more: Partial<PartOptions>, headers: Record<string, string>): Promise<Omit<Contestant, 'bodies'>> => {
    const part = await startPart(file, { ...options, ...more });
    parts.push(part);
    const caller = new Caller(part.url, connections, headers);
    callers.push(caller);
    return { name, part, caller };
  };
  const postgres = await openPostgresCpu(adminUrl);
  try {
    const authorization = { authorization: `Bearer ${token}` };
    const warm = await start('program, finished answers', './program-part.ts', { roles: ['api'], answerBytes: 32 * 1_024 * 1_024 }, authorization);
    const cold = await start('program, executed', './program-part.ts', { roles: ['api'] }, authorization);
    const postgraphile = await start('PostGraphile', './postgraphile-part.ts', {}, {});
    const { accounts } = await warm.caller.query<{ accounts: { edges: { node: { id: string } }[] } }>(operations.accountCursors);
    const ids = accounts.edges.slice(0, pages).map(({ node }) => node.id);
    const own = ids.map((id) => JSON.stringify({ query: operations.account, variables: { id } }));
    const theirs = ids.map((id) => JSON.stringify({ query: postgraphileOperations.account, variables: { tenantId: options.tenantId, id: parseGlobalId(id)?.id } }));
    const contestants: Contestant[] = [{ ...warm, bodies: own }, { ...cold, bodies: own }, { ...postgraphile, bodies: theirs }];
    const measured = new Map<string, (Measured & { readonly postgres: number })[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, part, caller, bodies } of contestants) {
        const send = async (turn: number): Promise<number> => Buffer.byteLength(await caller.post('/graphql', bodies[turn % bodies.length] ?? ''));
        // Each page three times: asked, kept, served.
        for (let turn = 0; turn < bodies.length * 3; turn += 1) await send(turn);
        const before = await postgres.milliseconds();
        const load = await measureLoad({ connections, warmUp: 0, requests: name === warm.name ? requests * 20 : requests, mostSeconds, cpu: () => part.cpu(), send });
        const spent = (await postgres.milliseconds()) - before;
        measured.set(name, [...(measured.get(name) ?? []), { ...load, postgres: spent / load.requests }]);
      }
    }
    print(measured, warm.name);
  } finally {
    for (const caller of callers) caller.close();
    for (const part of parts) await part.stop();
    await postgres.close();
  }
}

function print(measured: ReadonlyMap<string, readonly (Measured & { readonly postgres: number })[]>, mine: string): void {
  const median = (values: readonly number[]): number => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
  const rows = [...measured].map(([name, all]) => ({ name, perSecond: median(all.map((m) => m.perSecond)), p50: median(all.map((m) => m.p50)), p99: median(all.map((m) => m.p99)), server: median(all.map((m) => m.cpu)), postgres: median(all.map((m) => m.postgres)) }));
  const own = rows.find(({ name }) => name === mine);
  if (!own) return;
  printTable(`Account page, asked again while nothing changes: medians of ${rounds} rounds`, ['', 'requests/s', 'p50 ms', 'p99 ms', 'server CPU ms', 'PostgreSQL CPU ms', 'finished is (req/s)', 'finished is (CPU)'],
    rows.map((row) => [row.name, row.perSecond, row.p50, row.p99, row.server, row.postgres, times(own.perSecond / row.perSecond), times((row.server + row.postgres) / (own.server + own.postgres))]));
}

/** CPU of the sessions of the server, which stay open while this is measured. Linux only; nothing elsewhere. */
export async function openPostgresCpu(adminUrl: string): Promise<{ milliseconds(): Promise<number>; close(): Promise<void> }> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const ticks = async (pid: number): Promise<number> => {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
  };
  const last = new Map<number, number>();
  let total = 0;
  return {
    async milliseconds() {
      const { rows } = await client.query<{ pid: number }>("select pid from pg_stat_activity where backend_type = 'client backend'");
      for (const { pid } of rows) {
        const now = await ticks(pid);
        total += Math.max(0, now - (last.get(pid) ?? 0));
        last.set(pid, now);
      }
      return total;
    },
    close: () => client.end(),
  };
}
