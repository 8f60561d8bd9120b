import { setTimeout as wait } from 'node:timers/promises';
import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { openAiModel } from '../platform/llm/open-ai.ts';
import { createLog, type Log } from '../platform/log.ts';
import { measureProcess } from '../platform/metrics.ts';
import { startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import type { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { announce } from './announce.ts';
import { backupBeforeUpgrade } from './backup-before-upgrade.ts';
import { startProgram, type Program } from './compose.ts';
import { ConfigurationFault, readConfig, type Config } from './config.ts';
import { demoTokens, type DemoToken } from './demo-access.ts';
import { demoExamples, demoWebhookSecret, loadDemo } from './demo.ts';
import { Releases } from './lifecycle.ts';
import { checkInstallation, type MasterKeys } from './open-keys.ts';
import { readSecrets, startSecrets } from './secrets.ts';

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
    await start(readConfig(), releases, {
      onUnfitKey(fault) {
        if (stopping) return;
        process.stderr.write(`${fault.message}\n`);
        // A retired key opened what is loaded, and that stays right; with any other fault the database is not ours any more.
        if (fault.reason !== 'RETIRED_KEY') void stop(1);
      },
      onLost(fault) {
        if (stopping) return;
        process.stderr.write(`${fault.message}\n`);
        void stop(1, withoutDatabase);
      },
    });
  } catch (error) {
    if (stopping) return;
    process.stderr.write(`${explain(error)}\n`);
    await stop(1);
  }
}

async function start(config: Config, releases: Releases, { onUnfitKey, onLost }: { readonly onUnfitKey: (fault: KeyFault) => void; readonly onLost: (fault: Error) => void }): Promise<void> {
  measureProcess();
  const log = createLog(config.logLevel);
  const secrets = await startSecrets(config);
  const database = await openedDatabase(config, secrets.masterKeys, { releases, log, onLost });
  const keys = config.keys ?? { secret: secrets.tokenSecret ?? '' };
  let settings: ConsoleSettings = { tokens: [], examples: {} };
  const program = await startProgram({
    ...config,
    databaseUrl: database.url,
    diskFull: database.diskFull,
    keys,
    masterKey: secrets.masterKeys[0].bytes,
    readMasterKeys: async () => (await readSecrets(config)).masterKeys,
    onUnfitKey,
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

/** The configured database, or one of the program's own; migrated where this process is given the means, once the master key is known to fit. */
async function openedDatabase(config: Config, keys: MasterKeys, { releases, log, onLost }: { readonly releases: Releases; readonly log: Log; readonly onLost: (fault: Error) => void }): Promise<{ url: string; diskFull: () => boolean }> {
  if (config.database) {
    const { url, adminUrl } = config.database;
    if (adminUrl) {
      await checkInstallation(adminUrl, keys);
      await migrate({ adminUrl, appUrl: url, migrations, landed });
    }
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
  const { ring } = await checkInstallation(server.adminUrl, keys);
  await backupBeforeUpgrade(config, { adminUrl: server.adminUrl, log, root: ring.root });
  await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations, landed });
  return { url: server.url, diskFull: () => server.diskFull };
}

/** A fault that whoever starts the program can mend. */
class StartFault extends Error {
  override readonly name = 'StartFault';
}

const told = new Set(['StartFault', 'EmbeddedFault', 'DatabaseNewerThanProgram', 'SchemaMismatch', 'BackupFault', 'KeyFault', ConfigurationFault.name]);

/** What is told of a fault at start: its message where it was written for people, everything where it was not. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return told.has(error.name) ? error.message : `The program could not start. ${error.stack ?? error.message}`;
}
