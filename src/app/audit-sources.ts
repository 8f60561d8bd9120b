import { systemClock } from '../platform/clock.ts';
import type { Bus } from '../platform/events/bus.ts';
import { createDeadLetters } from '../platform/events/dead-letters.ts';
import { createKafkaBus } from '../platform/events/kafka-bus.ts';
import { createPostgresBus } from '../platform/events/postgres-bus.ts';
import { createIds } from '../platform/ids.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { embeddedUrl } from '../platform/postgres/embedded.ts';
import { createSigner, type Signer, type TrustedKeys } from '../platform/signing.ts';
import { readConfig, type Config } from './config.ts';
import { checkInstallation, readTrustedKeys } from './open-keys.ts';
import { readSecrets } from './secrets.ts';

/** What the audit command reads from. */
export interface AuditSources {
  readonly config: Config;
  readonly database: Database;
  readonly bus: Bus;
  /** Whose signatures are believed. */
  readonly keys: TrustedKeys;
  /** Signs with the installation's key. */
  readonly signer: Signer;
  close(): Promise<void>;
}

/** Opens the configured database and bus, or those of an embedded start that is running in the data folder. */
export async function openAuditSources(): Promise<AuditSources> {
  const config = readConfig();
  const url = config.database?.url ?? (await embeddedUrl(config.dataFolder));
  if (url === null) throw new Error(`There is no DATABASE_URL, and no embedded database in ${config.dataFolder} (DATA_FOLDER). Give one of them, or verify an export by --file.`);
  const { masterKeys } = await readSecrets(config);
  const onError = (error: unknown): void => void process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const newId = createIds(systemClock);
  const database = await openDatabase({ url, connections: 2, clock: systemClock, newId, entities: [], onError });
  const parts = { database, deadLetters: createDeadLetters({ database, clock: systemClock, newId }), onError };
  // No kinds: a command that reads makes no topics.
  const bus = config.kafka ? createKafkaBus({ ...parts, kinds: [], settings: config.kafka, onLog: () => undefined }) : createPostgresBus(parts);
  const close = async (): Promise<void> => {
    await bus.close();
    await database.close();
  };
  await database.system((sql) => sql.rows({ name: 'audit_ping', text: 'select 1' })).catch(async (error: unknown) => {
    await close();
    if (config.database) throw error;
    throw new Error(`The embedded database in ${config.dataFolder} does not run. Start the program (npm start) with this DATA_FOLDER, and ask again while it runs; or verify an export by --file, which needs no database.`, { cause: error });
  });
  try {
    const check = await checkInstallation(url, masterKeys);
    const keys = await readTrustedKeys({ database, check, signingKey: config.signingKey, trustedKeys: config.trustedKeys });
    const signer = createSigner({ seed: config.signingKey, masterKey: check.ring.root });
    return { config, database, bus, keys, signer, close };
  } catch (error) {
    await close();
    throw error;
  }
}
