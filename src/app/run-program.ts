import { setTimeout as wait } from 'node:timers/promises';
import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { Unavailable } from '../platform/errors.ts';
import { openAiModel } from '../platform/llm/open-ai.ts';
import { createLog, type Log } from '../platform/log.ts';
import { measureProcess } from '../platform/metrics.ts';
import { spareMemory } from '../platform/spare-memory.ts';
import { embeddedUrl, startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import type { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { laboratoryUrl } from '../platform/postgres/login.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { requireReachable } from '../platform/postgres/reach.ts';
import { announce } from './announce.ts';
import { backupBeforeUpgrade } from './backup-before-upgrade.ts';
import { startProgram } from './compose.ts';
import { ConfigurationFault, givenVariables, readConfig, type Config } from './config.ts';
import { sendConsoleToLog } from './console-to-log.ts';
import { Releases } from './lifecycle.ts';
import { findMisspelt, tellMisspelt, warnOfMisspelt } from './misspelt-variables.ts';
import { checkInstallation, type MasterKeys } from './open-keys.ts';
import type { Progress } from './progress.ts';
import { listenFault, requireFreePort } from './require-free-port.ts';
import { readSecrets, startSecrets } from './secrets.ts';
import { startDemo, type Demo } from './start-demo.ts';
import { startLaboratoryProgram } from './start-laboratory.ts';

/** How long draining may take before the process ends all the same. Milliseconds. */
const longestDrain = 20_000;

/** The same where the database is gone for good: what waits for it waits in vain. Milliseconds. */
const withoutDatabase = 2_000;

/** Reads the configuration, starts what it asks for, and runs until SIGINT or SIGTERM. Exit code 1: it could not start. */
export async function runProgram(progress: Progress): Promise<void> {
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
    await start(readConfig(), {
      releases,
      progress,
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

/** What starting takes beside the configuration. */
interface StartParts {
  readonly releases: Releases;
  readonly progress: Progress;
  onUnfitKey(fault: KeyFault): void;
  /** Called when the embedded server cannot be kept running. */
  readonly onLost: (fault: Error) => void;
}

async function start(config: Config, { releases, progress, onUnfitKey, onLost }: StartParts): Promise<void> {
  measureProcess();
  const memory = spareMemory();
  releases.add('memory', () => memory.stop());
  const terminal = process.stdout.isTTY;
  const log = createLog(config.logLevel, { terminal });
  sendConsoleToLog(log);
  // graphql-js leaves the rejection of a second list item to nobody; that must not end the process for every tenant.
  process.on('unhandledRejection', (error) => log.error({ error }, 'unhandled rejection'));
  warnOfMisspelt(log);
  await requireFreePort(config);
  if (config.mode === 'laboratory') return startInLaboratory(config, { releases, progress, log });
  const secrets = await startSecrets(config);
  const database = await openedDatabase(config, { releases, progress, onLost, log, masterKeys: secrets.masterKeys });
  const keys = config.keys ?? { secret: secrets.tokenSecret ?? '' };
  let demo: Demo | null = null;
  let starting = true;
  progress('Starting the program');
  const program = await startProgram({
    ...config,
    databaseUrl: database.url,
    databaseVariable: config.database ? 'DATABASE_URL' : 'DATA_FOLDER',
    diskFull: database.diskFull,
    keys,
    masterKey: secrets.masterKeys[0].bytes,
    readMasterKeys: async () => (await readSecrets(config)).masterKeys,
    onUnfitKey,
    llm: config.openAi && { model: openAiModel({ apiKey: config.openAi.apiKey, name: config.openAi.model }), timeoutMilliseconds: config.openAi.timeoutMilliseconds, dailyBudget: config.openAi.dailyBudget },
    log,
    starting: () => starting,
    consoleSettings: () => demo?.settings() ?? { tokens: [], examples: {} },
  }).catch((error: unknown) => {
    throw listenFault(error, config);
  });
  // From now on, errors of an outage are one entry.
  sendConsoleToLog(program.log);
  releases.add('program', () => program.stop());
  if (config.demo && 'secret' in keys) demo = await startDemo(program, config, { secret: keys.secret, progress });
  starting = false;
  announce({ ...program, demo: demo && demo.announced }, { terminal });
}

/** A process in laboratory mode: on a database that production has made and migrated, or beside a program that runs on the same data folder. */
async function startInLaboratory(config: Config, { releases, progress, log }: Pick<StartParts, 'releases' | 'progress'> & { readonly log: Log }): Promise<void> {
  const { tokenSecret, masterKeys } = await readSecrets(config);
  const databaseUrl = config.database?.url ?? (await embeddedUrl(config.dataFolder));
  if (databaseUrl === null) throw new ConfigurationFault([`DATA_FOLDER ${config.dataFolder} holds no database: start the program there in production mode first`]);
  await requireReachable({ url: laboratoryUrl(databaseUrl), variable: config.database ? 'DATABASE_URL' : 'DATA_FOLDER' });
  progress('Starting the program in laboratory mode');
  const program = await startLaboratoryProgram({ ...config, databaseUrl, keys: config.keys ?? { secret: tokenSecret ?? '' }, masterKeys, log }).catch((error: unknown) => {
    throw listenFault(error, config);
  });
  releases.add('program', () => program.stop());
  progress(`Laboratory mode: ${program.healthUrl}`, { url: program.healthUrl });
}

/** The configured database, or one of the program's own; migrated where this process is given the means, once the master key is known to fit. */
async function openedDatabase(config: Config, { releases, progress, onLost, log, masterKeys }: Omit<StartParts, 'onUnfitKey'> & { readonly log: Log; readonly masterKeys: MasterKeys }): Promise<{ url: string; diskFull: () => boolean }> {
  const onPending = (steps: number): void => progress(`Applying ${steps} migrations`, { steps });
  if (config.database) {
    const { url, adminUrl } = config.database;
    if (adminUrl) {
      await requireReachable({ url: adminUrl, variable: 'DATABASE_ADMIN_URL' });
      await checkInstallation(adminUrl, masterKeys);
      await migrate({ adminUrl, appUrl: url, migrations, landed, onPending });
    }
    await requireReachable({ url, variable: 'DATABASE_URL' });
    return { url, diskFull: () => false };
  }
  progress(`Starting PostgreSQL in ${config.dataFolder}`, { folder: config.dataFolder });
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
  const { ring } = await checkInstallation(server.adminUrl, masterKeys);
  await backupBeforeUpgrade(config, { adminUrl: server.adminUrl, log, root: ring.root });
  await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations, landed, onPending });
  return { url: server.url, diskFull: () => server.diskFull };
}

const told = new Set(['StartFault', 'EmbeddedFault', 'DatabaseNewerThanProgram', 'DatabaseUnreachable', 'SchemaMismatch', 'BackupFault', 'KeyFault', ConfigurationFault.name]);

/** What is told of a fault at start: its message where it was written for people, everything where it was not. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigurationFault) return [error.message, ...findMisspelt(givenVariables()).map(tellMisspelt)].join('\n');
  return told.has(error.name) || error instanceof Unavailable ? error.message : `The program could not start. ${error.stack ?? error.message}`;
}
