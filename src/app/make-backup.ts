import { migrations } from '../../migrations/index.ts';
import { systemClock } from '../platform/clock.ts';
import { readConsumerPlaces } from '../platform/events/kafka-places.ts';
import { writeBackup, type WrittenBackup } from '../platform/postgres/backup/write-backup.ts';
import { createSigner } from '../platform/signing.ts';
import { backupKeyCheck, signBackup } from './backup-keys.ts';
import type { Config } from './config.ts';
import { consumerGroups } from './consumer-groups.ts';

/** Of what and whereto a backup is made. */
export interface MakeBackupOptions {
  readonly config: Pick<Config, 'signingKey' | 'kafka'>;
  readonly adminUrl: string;
  /** What the signing key is derived from; a rotation of the master key leaves it as it is. */
  readonly root: Buffer;
  readonly file: string;
  /** The content of secrets.json, where it goes along. */
  readonly secrets: string | null;
}

/** Writes a backup, signed with the installation's key. */
export async function makeBackup({ config, adminUrl, root, file, secrets }: MakeBackupOptions): Promise<WrittenBackup> {
  const signer = createSigner({ seed: config.signingKey, masterKey: root });
  // Before the snapshot: what a group has not taken in by then comes again after a restore.
  const consumers = config.kafka ? await readConsumerPlaces(config.kafka, consumerGroups) : null;
  return writeBackup({
    adminUrl,
    file,
    steps: migrations,
    madeAt: systemClock.now().toISOString(),
    keyCheck: backupKeyCheck(root),
    secrets,
    consumers,
    sign: (backup) => signBackup(signer, backup),
  });
}
