import { setTimeout as wait } from 'node:timers/promises';
import { migrations } from '../../migrations/index.ts';
import { Unavailable } from '../platform/errors.ts';
import { openAiModel } from '../platform/llm/open-ai.ts';
import { createLog } from '../platform/log.ts';
import { measureProcess } from '../platform/metrics.ts';
import { startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { requireReachable } from '../platform/postgres/reach.ts';
import { announce } from './announce.ts';
import { startProgram } from './compose.ts';
import { ConfigurationFault, readConfig, type Config } from './config.ts';
import { Releases } from './lifecycle.ts';
import { warnOfMisspelt } from './misspelt-variables.ts';
import type { Progress } from './progress.ts';
import { listenFault, requireFreePort } from './require-free-port.ts';
import { keptSecrets, type KeptSecrets } from './secrets.ts';
import { startDemo, type Demo } from './start-demo.ts';

/** How long draining may take before the process ends all the same. Milliseconds. */
const longestDrain = 20_000;

/** Reads the configuration, starts what it asks for, and runs until SIGINT or SIGTERM. Exit code 1: it could not start. */
export async function runProgram(progress: Progress): Promise<void> {
  const releases = new Releases();
  let stopping = false;
  const stop = async (code: number): Promise<never> => {
    if (stopping) return new Promise(() => undefined);
    stopping = true;
    const late = wait(longestDrain, undefined, { ref: false }).then(() => 'late');
    const end = await Promise.race([releases.run().then(() => 'done', String), late]);
    if (end !== 'done') process.stderr.write(`Stopping did not end well: ${end}\n`);
    process.exit(end === 'done' ? code : 1);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));
  try {
    await start(readConfig(), releases, progress);
  } catch (error) {
    if (stopping) return;
    process.stderr.write(`${explain(error)}\n`);
    await stop(1);
  }
}

async function start(config: Config, releases: Releases, progress: Progress): Promise<void> {
  measureProcess();
  const terminal = process.stdout.isTTY;
  const log = createLog(config.logLevel, { terminal });
  warnOfMisspelt(log);
  await requireFreePort(config);
  const database = await openedDatabase(config, { releases, progress });
  const secrets = await secretsOf(config);
  const keys = config.keys ?? { secret: secrets.tokenSecret };
  let demo: Demo | null = null;
  let starting = true;
  progress('Starting the program');
  const program = await startProgram({
    ...config,
    databaseUrl: database.url,
    databaseVariable: config.database ? 'DATABASE_URL' : 'DATA_FOLDER',
    keys,
    masterKey: secrets.masterKey,
    llm: config.openAi && { model: openAiModel({ apiKey: config.openAi.apiKey, name: config.openAi.model }), timeoutMilliseconds: config.openAi.timeoutMilliseconds, dailyBudget: config.openAi.dailyBudget },
    log,
    starting: () => starting,
    consoleSettings: () => demo?.settings() ?? { tokens: [], examples: {} },
  }).catch((error: unknown) => {
    throw listenFault(error, config);
  });
  releases.add('program', () => program.stop());
  if (config.demo && 'secret' in keys) demo = await startDemo(program, config, { secret: keys.secret, progress });
  starting = false;
  announce({ ...program, demo: demo && demo.announced }, { terminal });
}

/** The configured database, or one of the program's own; migrated where this process is given the means. */
async function openedDatabase(config: Config, { releases, progress }: { readonly releases: Releases; readonly progress: Progress }): Promise<{ url: string }> {
  const onPending = (steps: number): void => progress(`Applying ${steps} migrations`, { steps });
  if (config.database) {
    const { url, adminUrl } = config.database;
    if (adminUrl) {
      await requireReachable({ url: adminUrl, variable: 'DATABASE_ADMIN_URL' });
      await migrate({ adminUrl, appUrl: url, migrations, onPending });
    }
    await requireReachable({ url, variable: 'DATABASE_URL' });
    return { url };
  }
  progress(`Starting PostgreSQL in ${config.dataFolder}`, { folder: config.dataFolder });
  const lines: string[] = [];
  const server = await startEmbeddedPostgres({ folder: config.dataFolder, onLog: (line) => void (lines.push(line) > 200 && lines.shift()) });
  releases.add('embedded PostgreSQL', () => server.stop());
  await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations, onPending });
  return { url: server.url };
}

async function secretsOf(config: Config): Promise<KeptSecrets> {
  const { masterKey, keys } = config;
  if (masterKey && keys) return { masterKey, tokenSecret: '' };
  const kept = await keptSecrets(config.dataFolder);
  return { ...kept, masterKey: masterKey ?? kept.masterKey };
}

const told = new Set(['StartFault', 'EmbeddedFault', 'DatabaseNewerThanProgram', 'DatabaseUnreachable', ConfigurationFault.name]);

/** What is told of a fault at start: its message where it was written for people, everything where it was not. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return told.has(error.name) || error instanceof Unavailable ? error.message : `The program could not start. ${error.stack ?? error.message}`;
}
