import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { measureQueue } from './actions.ts';
import { measureAudit } from './audit.ts';
import { measureBackbone } from './backbone.ts';
import { benchToken } from './caller.ts';
import { startBenchDatabase } from './database.ts';
import { measureFanOut } from './fan-out.ts';
import { measureGrowth } from './growth.ts';
import { generate } from './generate.ts';
import { measureBareIngest, measureIngest } from './ingest.ts';
import { measureLatency } from './latency.ts';
import { measureLineage } from './lineage.ts';
import { startPart, type PartOptions } from './part.ts';
import { measureProfiles } from './profiles.ts';
import { measureReads } from './reads.ts';
import { measureSnapshots } from './snapshots.ts';
import { measureUpserts } from './upserts.ts';
import { measureWarm } from './warm.ts';

const usage = 'Usage: npm run bench -- [--accounts 10000] [--signals 2000000] [--requests 400] [--seconds 8] [--bulk 50000] [--single 8000] [--subscribers 10000] [--events 50] [--profiles 2000] [--facts 200000] [--actions 100000] [--only reads,warm,growth,lineage,ingest,fan-out,latency,backbone,profiles,audit,actions,snapshots,upserts]';
const sections = ['reads', 'warm', 'growth', 'lineage', 'ingest', 'fan-out', 'latency', 'backbone', 'profiles', 'audit', 'actions', 'snapshots', 'upserts'] as const;
const text = { type: 'string' } as const;
const whole = (standard: number, least: number) => z.coerce.number().int().min(least).default(standard);
const flags = z.object({
  accounts: whole(10_000, 60), signals: whole(2_000_000, 6_000), requests: whole(400, 10), seconds: whole(8, 1), bulk: whole(50_000, 1_000), single: whole(8_000, 100),
  subscribers: whole(10_000, 2), events: whole(50, 1), profiles: whole(2_000, 60), facts: whole(200_000, 1_000), actions: whole(100_000, 200), only: z.string().default(sections.join(',')).transform((names) => names.split(',')).pipe(z.array(z.enum(sections))),
});

/** Everything side by side in one run: makes the data, measures the program and what it is held against, prints ratios. Asserts nothing. */
async function run(): Promise<void> {
  const { help, ...given } = parseArgs({ options: { help: { type: 'boolean', short: 'h' }, accounts: text, signals: text, requests: text, seconds: text, bulk: text, single: text, subscribers: text, events: text, profiles: text, facts: text, actions: text, only: text } }).values;
  if (help) return void process.stdout.write(`${usage}\nMeasures the program beside what it is compared with, on data of its own. It takes minutes.\n`);
  const plan = flags.parse(given);
  const tell = (line: string): void => void process.stdout.write(`${line}\n`);
  const wants = (section: (typeof sections)[number]): boolean => plan.only.includes(section);
  tell(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, load ${loadavg().map((load) => load.toFixed(1)).join(' ')} at the start`);
  const masterKey = randomBytes(32);
  const secret = randomBytes(32).toString('base64url');
  const database = await startBenchDatabase();
  // The server has a process group of its own; interrupted, it would stay behind. The other parts end with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void database.stop().finally(() => process.exit(130)));
  try {
    const { tenantId, otherTenantId } = await generate(database.adminUrl, { accounts: plan.accounts, signals: plan.signals, masterKey }, tell);
    const options: PartOptions = { databaseUrl: database.url, tenantId, masterKey: masterKey.toString('base64'), secret, url: '' };
    const token = await benchToken(secret, tenantId);
    if (wants('reads')) await measureReads(options, token, { requests: plan.requests, mostSeconds: plan.seconds });
    if (wants('warm')) await measureWarm(options, database.adminUrl, token, { requests: plan.requests, mostSeconds: plan.seconds });
    if (wants('growth')) await measureGrowth(options, database.adminUrl, token, { requests: plan.requests, mostSeconds: plan.seconds, secret, otherTenantId });
    if (wants('lineage')) await measureLineage(options, database.adminUrl, token, { requests: plan.requests, mostSeconds: plan.seconds });
    if (wants('actions')) await measureQueue(options, database.adminUrl, token, { actions: plan.actions, requests: plan.requests, mostSeconds: plan.seconds });
    const ingest = { bulk: plan.bulk, single: plan.single };
    if (wants('backbone')) await measureBackbone(options, { ...plan, token, adminUrl: database.adminUrl });
    if (wants('audit')) await measureAudit(options, plan);
    const bare = wants('ingest') ? await measureBareIngest(database.adminUrl, tenantId, ingest) : null;
    if (!bare && !wants('fan-out') && !wants('latency') && !wants('profiles') && !wants('snapshots') && !wants('upserts')) return;
    const part = await startPart('./program-part.ts', options);
    try {
      const target = { part, program: part, token, accounts: plan.accounts, adminUrl: database.adminUrl, tenantId };
      if (wants('profiles')) await measureProfiles({ ...target, masterKey }, { profiles: plan.profiles, requests: plan.profiles, mostSeconds: plan.seconds });
      if (wants('snapshots')) await measureSnapshots(target, { requests: plan.requests, mostSeconds: plan.seconds });
      if (wants('upserts')) await measureUpserts(target, ingest);
      const rates = bare ? await measureIngest(target, ingest, bare) : null;
      if (wants('latency')) await measureLatency(target, { rates: [50, ...(rates ? [rates.single / 10] : [])], seconds: plan.seconds });
      if (wants('fan-out')) await measureFanOut(target, { subscribers: plan.subscribers, events: plan.events });
    } finally {
      await part.stop();
    }
  } finally {
    await database.stop();
    tell(`\nload ${loadavg().map((load) => load.toFixed(1)).join(' ')} at the end; ratios above 1 are in the program's favour`);
  }
}

await run().catch((error: unknown) => {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(error instanceof z.ZodError ? `${z.prettifyError(error)}\n${usage}\n` : isUsage ? `${error.message}\n${usage}\n` : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
