import { systemClock } from '../platform/clock.ts';
import type { Bus } from '../platform/events/bus.ts';
import { createDeadLetters } from '../platform/events/dead-letters.ts';
import { createKafkaBus } from '../platform/events/kafka-bus.ts';
import { createPostgresBus } from '../platform/events/postgres-bus.ts';
import type { Database } from '../platform/postgres/database.ts';
import { createSigner, type Signer, type TrustedKeys } from '../platform/signing.ts';
import { readConfig, type Config } from './config.ts';
import { openInstallation } from './open-installation.ts';
import { readTrustedKeys } from './open-keys.ts';

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

/** Opens the database of an installation, as every command does, and its bus. */
export async function openAuditSources(): Promise<AuditSources> {
  const config = readConfig();
  const { database, newId, keyCheck: check, close: closeInstallation } = await openInstallation(config);
  const onError = (error: unknown): void => void process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const parts = { database, deadLetters: createDeadLetters({ database, clock: systemClock, newId }), onError };
  // No kinds: a command that reads makes no topics.
  const bus = config.kafka ? createKafkaBus({ ...parts, kinds: [], settings: config.kafka, onLog: () => undefined }) : createPostgresBus(parts);
  const close = async (): Promise<void> => {
    await bus.close();
    await closeInstallation();
  };
  try {
    const keys = await readTrustedKeys({ database, check, signingKey: config.signingKey, trustedKeys: config.trustedKeys });
    const signer = createSigner({ seed: config.signingKey, masterKey: check.ring.root });
    return { config, database, bus, keys, signer, close };
  } catch (error) {
    await close();
    throw error;
  }
}
