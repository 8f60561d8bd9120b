import { setTimeout as wait } from 'node:timers/promises';
import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { openAiModel } from '../platform/llm/open-ai.ts';
import { createLog, type Log } from '../platform/log.ts';
import { measureProcess } from '../platform/metrics.ts';
import { startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { announce } from './announce.ts';
import { backupBeforeUpgrade } from './backup-before-upgrade.ts';
import { startProgram, type Program } from './compose.ts';
import { ConfigurationFault, readConfig, type Config } from './config.ts';
import { demoTokens, type DemoToken } from './demo-access.ts';
import { demoExamples, demoWebhookSecret, loadDemo } from './demo.ts';
import { Releases } from './lifecycle.ts';
import { keptSecrets, type KeptSecrets } from './secrets.ts';

/** How long draining may take before the process ends all the same. Milliseconds. */
const longestDrain = 20_000;

/** The same where the database is gone for good: what waits for it waits in vain. Milliseconds. */
const withoutDatabase = 2_000;

/** Reads the configuration, starts what it asks for, and runs until SIGINT or SIGTERM. Exit code 1: it could not start. */
export async function runProgram(): Promise<void> {
  const releases = new Releases();
  let stopping = false;
  const stop = async (code: number, most = longestDrain): Promise<never> => {
    if (stopping) return new Promise(() => undefined);
    stopping = true;
    const late = wait(most, undefined, { ref: false }).then(() => 'late');
    const end = await Promise.race([releases.run().then(() => 'done', String), late]);
    // Who already said why the program ends has said enough.
    if (end !== 'done' && most === longestDrain) process.stderr.write(`Stopping did not end well: ${end}\n`);
    process.exit(end === 'done' ? code : 1);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));
  try {
    await start(readConfig(), releases, (fault) => {
      if (stopping) return;
      process.stderr.write(`${fault.message}\n`);
      void stop(1, withoutDatabase);
    });
  } catch (error) {
    if (stopping) return;
    process.stderr.write(`${explain(error)}\n`);
    await stop(1);
  }
}

async function start(config: Config, releases: Releases, onLost: (fault: Error) => void): Promise<void> {
  measureProcess();
  const log = createLog(config.logLevel);
  const database = await openedDatabase(config, { releases, log, onLost });
  const secrets = await secretsOf(config);
  const keys = config.keys ?? { secret: secrets.tokenSecret };
  let settings: ConsoleSettings = { tokens: [], examples: {} };
  const program = await startProgram({
    ...config,
    databaseUrl: database.url,
    diskFull: database.diskFull,
    keys,
    masterKey: secrets.masterKey,
    llm: config.openAi && { model: openAiModel({ apiKey: config.openAi.apiKey, name: config.openAi.model }), timeoutMilliseconds: config.openAi.timeoutMilliseconds, dailyBudget: config.openAi.dailyBudget },
    log,
    consoleSettings: () => settings,
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new StartFault(`Port ${config.port} on ${config.host} is taken. Stop what uses it, or choose another: PORT=4001 npm start.`) : error;
  });
  releases.add('program', () => program.stop());
  if (config.demo && 'secret' in keys) settings = await demo(program, config, keys.secret);
  else announce({ ...program, tokens: [], webhook: null });
}

/** What the GraphiQL page is told. */
interface ConsoleSettings {
  readonly tokens: readonly DemoToken[];
  readonly examples: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

async function demo(program: Program, config: Config, secret: string): Promise<ConsoleSettings> {
  const options = { ...program, highIntentThreshold: config.highIntentThreshold };
  const tenants = await loadDemo(options);
  const tokens = await demoTokens({ secret, issuer: config.issuer, audience: config.audience, clock: program.clock }, tenants);
  const [first] = tenants;
  const webhook = first ? await demoWebhookSecret(options, first) : null;
  announce({ ...program, tokens, webhook });
  return { tokens, examples: await demoExamples(options, tenants) };
}

/** The configured database, or one of the program's own; migrated where this process is given the means. */
async function openedDatabase(config: Config, { releases, log, onLost }: { readonly releases: Releases; readonly log: Log; readonly onLost: (fault: Error) => void }): Promise<{ url: string; diskFull: () => boolean }> {
  if (config.database) {
    const { url, adminUrl } = config.database;
    if (adminUrl) await migrate({ adminUrl, appUrl: url, migrations, landed });
    return { url, diskFull: () => false };
  }
  const server = await startEmbeddedPostgres({
    folder: config.dataFolder,
    onLog: (line) => log.debug({ line }, 'embedded PostgreSQL'),
    events: {
      onRestart: (event) => log.warn(event, 'embedded PostgreSQL ended by itself and was restarted'),
      onDiskFull: () => log.error({ folder: config.dataFolder }, 'the disk of the embedded PostgreSQL is full; it is restarted when there is space'),
      onGiveUp: onLost,
    },
  });
  releases.add('embedded PostgreSQL', () => server.stop());
  await backupBeforeUpgrade(config, { adminUrl: server.adminUrl, log });
  await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations, landed });
  return { url: server.url, diskFull: () => server.diskFull };
}

async function secretsOf(config: Config): Promise<KeptSecrets> {
  const { masterKey, keys } = config;
  if (masterKey && keys) return { masterKey, tokenSecret: '' };
  const kept = await keptSecrets(config.dataFolder);
  return { ...kept, masterKey: masterKey ?? kept.masterKey };
}

/** A fault that whoever starts the program can mend. */
class StartFault extends Error {
  override readonly name = 'StartFault';
}

const told = new Set(['StartFault', 'EmbeddedFault', 'DatabaseNewerThanProgram', 'SchemaMismatch', 'BackupFault', ConfigurationFault.name]);

/** What is told of a fault at start: its message where it was written for people, everything where it was not. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return told.has(error.name) ? error.message : `The program could not start. ${error.stack ?? error.message}`;
}
