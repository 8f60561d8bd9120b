import { systemClock } from '../platform/clock.ts';
import type { Bus } from '../platform/events/bus.ts';
import { createDeadLetters } from '../platform/events/dead-letters.ts';
import { createKafkaBus } from '../platform/events/kafka-bus.ts';
import { createPostgresBus } from '../platform/events/postgres-bus.ts';
import { createIds } from '../platform/ids.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { embeddedUrl } from '../platform/postgres/embedded.ts';
import { readConfig, type Config } from './config.ts';
import { keptSecrets } from './secrets.ts';

/** What the audit command reads from. */
export interface AuditSources {
  readonly config: Config;
  readonly database: Database;
  readonly bus: Bus;
  readonly masterKey: Buffer;
  close(): Promise<void>;
}

/** Opens the configured database and bus, or those of an embedded start that is running in the data folder. */
export async function openAuditSources(): Promise<AuditSources> {
  const config = readConfig();
  const url = config.database?.url ?? (await embeddedUrl(config.dataFolder));
  if (url === null) throw new Error(`There is no DATABASE_URL, and no embedded database in ${config.dataFolder} (DATA_FOLDER). Give one of them, or verify an export by --file.`);
  const masterKey = config.masterKey ?? (await keptSecrets(config.dataFolder)).masterKey;
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
  return { config, database, bus, masterKey, close };
}
