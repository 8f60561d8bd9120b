import { Client } from 'pg';
import { createSeal } from '../../src/platform/postgres/seal.ts';
import { Caller, measureLoad, type Measured } from './load.ts';
import { queueOperations } from './operations.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { printTable, times } from './table.ts';

/** How many actions wait, and how long each page is measured. */
export interface QueuePlan {
  readonly actions: number;
  readonly requests: number;
  readonly mostSeconds: number;
}

const connections = 4;
/** People among whom the actions are shared out; each has one sealed draft. */
const people = 2_000;

/** Puts actions into the queue as their owner: neither foreign keys nor triggers are what is measured. */
async function fillQueue(adminUrl: string, { tenantId, masterKey }: { tenantId: string; masterKey: Buffer }, count: number): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const seal = createSeal(masterKey);
    const { rows } = await admin.query<{ id: string; account: string; subject: string; key: Buffer }>(
      `select c.id, c.account_id as account, c.subject_id as subject, k.wrapped_key as key from contact c join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
       where c.tenant_id = $1 order by c.id limit $2`, [tenantId, people]);
    const drafts = rows.map(({ key }, index) => seal.seal(seal.unwrap(key), JSON.stringify({ to: `person${index}@example.com`, subject: `A question about account ${index}`, body: 'Shall we talk about what you are working on? '.repeat(12) })));
    const reasons = rows.map(({ key }) => seal.seal(seal.unwrap(key), 'The account asked for a demo twice this week, and its renewal is near. '.repeat(3)));
    await admin.query('set session_replication_role = replica');
    await admin.query('create temporary table person (n int primary key, id uuid, account uuid, subject uuid, draft bytea, reason bytea)');
    await admin.query('insert into person select n - 1, id, account, subject, draft, reason from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) with ordinality as p(id, account, subject, draft, reason, n)', [
      rows.map(({ id }) => id), rows.map(({ account }) => account), rows.map(({ subject }) => subject), drafts, reasons,
    ]);
    await admin.query(
      `insert into action (tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, evidence_version, evidence_digest, proposed_by_kind, proposed_by_id, proposed_at, expires_at, recorded_at, sys_from)
       select $1, uuidv7(make_interval(secs => i - $2)), account, 'EMAIL', 'PENDING', case i % 2 when 0 then 'HIGH' else 'MEDIUM' end, 0.5 + (i % 50) / 100.0, id, subject, 1, repeat('a', 64), 'system', 'orchestration',
         now() + make_interval(secs => i - $2), now() + interval '3 days', now(), now() from generate_series(1, $2::int) i join person on person.n = i % $3::int`, [tenantId, count, rows.length]);
    await admin.query(
      `insert into action_evidence (tenant_id, id, account_id, action_id, version, cause, digest, evidence, draft_sealed, reasoning_sealed, generated_by, model, prompt, author_kind, author_id, is_edited, frozen_at)
       select a.tenant_id, uuidv7(), a.account_id, a.id, 1, 'PROPOSED', a.evidence_digest, $2, p.draft, p.reason, 'TEMPLATE', null, null, a.proposed_by_kind, a.proposed_by_id, false, a.proposed_at from action a join person p on p.id = a.contact_id where a.tenant_id = $1`,
      [tenantId, JSON.stringify({ draft: { digest: 'x' }, score: { pointId: tenantId, value: 81.2, band: 'HIGH', modelVersion: 1 }, consent: { granted: true, standing: 'GRANTED', consentId: tenantId, version: 1, basis: 'CONSENT', expiresAt: null }, context: { opportunities: [], openTickets: [], managerFlags: [], derived: { dealHealth: { value: 'UNKNOWN' } } } })],
    );
    await admin.query('reset session_replication_role');
    await admin.query('vacuum analyze action, action_evidence');
  } finally {
    await admin.end();
  }
}

/** Pages of a full approval queue: the program beside hand-written SQL served by bare Node, the first page and one far behind. */
export async function measureQueue(options: PartOptions, adminUrl: string, token: string, plan: QueuePlan): Promise<void> {
  const from = performance.now();
  await fillQueue(adminUrl, { tenantId: options.tenantId, masterKey: Buffer.from(options.masterKey, 'base64') }, plan.actions);
  process.stdout.write(`\n${plan.actions} pending actions in ${((performance.now() - from) / 1_000).toFixed(1)} s\n`);
  const parts: Part[] = [];
  const callers: Caller[] = [];
  const start = async (file: string, headers: Record<string, string> = {}): Promise<{ part: Part; caller: Caller }> => {
    const part = await startPart(file, options);
    const caller = new Caller(part.url, connections, headers);
    parts.push(part);
    callers.push(caller);
    return { part, caller };
  };
  try {
    const program = await start('./program-part.ts', { authorization: `Bearer ${token}` });
    const hand = await start('./hand-part.ts');
    const far = await cursorAt(program.caller, Math.min(1_000, plan.actions >> 1));
    const measure = ({ part, caller }: { part: Part; caller: Caller }, path: string, body: object): Promise<Measured> => {
      const text = JSON.stringify(body);
      return measureLoad({ connections, warmUp: 20, requests: plan.requests, mostSeconds: plan.mostSeconds, cpu: () => part.cpu(), send: async () => (await caller.post(path, text)).length });
    };
    const rows: (string | number)[][] = [];
    const count = { totalCount: true };
    for (const [title, query, variables] of [
      ['first page of 20', queueOperations.page, { after: null }],
      ['page behind the first 1,000', queueOperations.page, { after: far.cursor, value: far.value, key: far.key }],
      ['first page with totalCount', queueOperations.counted, { after: null, ...count }],
    ] as const) {
      const own = await measure(program, '/graphql', { query, variables: { after: variables.after } });
      const bare = await measure(hand, '/', { page: 'queue', variables });
      rows.push([title, own.perSecond, own.p50, own.p99, own.cpu, bare.perSecond, bare.p50, bare.p99, bare.cpu, times(own.perSecond / bare.perSecond)]);
    }
    printTable(`Approval queue with ${plan.actions} pending actions, ${connections} connections`, ['', 'program: requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'hand-written SQL: requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'program is'], rows);
  } finally {
    for (const caller of callers) caller.close();
    for (const part of parts) await part.stop();
  }
}

/** The cursor behind so many actions, as the program gives it, and what it means to somebody who writes SQL. */
async function cursorAt(caller: Caller, place: number): Promise<{ cursor: string | null; value: string; key: string }> {
  let cursor: string | null = null;
  for (let seen = 0; seen < place; seen += 100) {
    const page: { actions: { pageInfo: { endCursor: string | null } } } = await caller.query(queueOperations.cursors, { after: cursor });
    cursor = page.actions.pageInfo.endCursor;
  }
  const [, value, key] = JSON.parse(Buffer.from(cursor ?? '', 'base64url').toString('utf8')) as [string, string, string];
  return { cursor, value, key };
}
