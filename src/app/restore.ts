import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { landed } from '../../migrations/landed.ts';
import { migrations } from '../../migrations/index.ts';
import { systemClock } from '../platform/clock.ts';
import { moveConsumers } from '../platform/events/kafka-places.ts';
import { BackupFault, type BackupEnd, type BackupHeader } from '../platform/postgres/backup/backup-file.ts';
import { checkBackup } from '../platform/postgres/backup/load-backup.ts';
import { restoreDatabase, type RestoredClient } from '../platform/postgres/backup/restore-database.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Statement } from '../platform/postgres/statement.ts';
import { acceptAllRestores, requireOperatorId } from './accept-restores.ts';
import { openAuditSources } from './audit-sources.ts';
import { isSignedBackup } from './backup-keys.ts';
import { carryOver, readDecisions, type CarriedOver, type DecisionsOfPeople } from './carry-over.ts';
import { readConfig, type Config } from './config.ts';
import { checkInstallation, readTrustedKeys } from './open-keys.ts';
import { openOwnerDatabase } from './owner-database.ts';
import { CommandFault, runCommand } from './run-command.ts';
import { readSecrets } from './secrets.ts';

const usage = `Usage: npm run restore -- --from <file> [--replace] [--accept-lost --by <id>]

Restores a backup into the embedded database in DATA_FOLDER, or into DATABASE_URL with DATABASE_ADMIN_URL, and migrates
it to this version. All of it or nothing: the present database stays as it was until the restored one is whole. Every
process of the program must be stopped.

  --from <file>   the backup
  --replace       replaces the data that is there; it is kept as <database>_previous until the next restore
  --accept-lost   records in each tenant's audit chain that the facts after the backup are lost (see docs/operations.md)
  --by <id>       the id of who accepts that

The keys must be those of the backup: put secrets.json into the data folder or set MASTER_KEY first, unless the backup
was made --with-secrets.
`;

const options = { from: { type: 'string' }, replace: { type: 'boolean' }, 'accept-lost': { type: 'boolean' }, by: { type: 'string' } } as const;

await runCommand({ usage, options }, async ({ from, replace = false, 'accept-lost': acceptLost = false, by }) => {
  if (!from) throw new CommandFault('Name the backup: npm run restore -- --from <file>.');
  const acceptedBy = acceptLost ? requireOperatorId(by) : null;
  const config = readConfig();
  const backup = await checkBackup(resolve(from));
  const { header, end } = backup;
  const keys = await keysFor(config, header);
  if (!config.database) await mkdir(config.dataFolder, { recursive: true });
  const database = await openOwnerDatabase(config, { beside: false });
  let decisions: DecisionsOfPeople | null = null;
  let carried: CarriedOver | null = null;
  try {
    await keys.write();
    const { previous } = await restoreDatabase({
      backup,
      adminUrl: database.adminUrl,
      appUrl: database.appUrl,
      steps: migrations,
      landed,
      replace,
      async look(present) {
        decisions = await readDecisions(present);
      },
      finish: async (restored, { previousHeads, url, appUrl }) => {
        const check = await checkInstallation(url, (await readSecrets(config)).masterKeys);
        const keys = await readTrustedKeys({ database: asSystem(restored), check, signingKey: config.signingKey, trustedKeys: config.trustedKeys });
        if (!isSignedBackup(keys, end)) throw new BackupFault(`${from} is not signed by a key of this installation. Set SIGNING_KEY as it was, or list the key that signed it in TRUSTED_KEYS.`);
        await recordRestore(restored, { header, end, previousHeads });
        // Before anybody can read them again: who was erased since the backup, and what was objected to.
        if (decisions) carried = await carryOver(decisions, { restored, appUrl, check, signingKey: config.signingKey });
        // Before the exchange: consumers that cannot be moved would miss what the restored database does not know they did.
        if (config.kafka && header.consumers) {
          await moveConsumers(config.kafka, header.consumers).catch((error: unknown) => {
            throw new BackupFault(`The consumer groups on Kafka cannot be moved back to the backup (${error instanceof Error ? error.message : String(error)}). Nothing was changed in the database; stop every process and try again.`);
          });
        }
      },
    }).catch(async (error: unknown) => {
      await keys.undo();
      throw error;
    });
    process.stdout.write(`Restored ${from}: ${end.rows} rows as of ${header.madeAt}.\n`);
    if (previous) process.stdout.write(`The data that was there is kept as ${previous} until the next restore.\n`);
    for (const line of carriedLines(carried)) process.stdout.write(`${line}\n`);
    if (config.kafka && !header.consumers) process.stdout.write('The backup was made without Kafka: the consumer groups were not moved back.\n');
    if (acceptedBy === null) {
      process.stdout.write('Verification of the audit chain shows TAIL_CUT where anchors know of later facts. If the loss is accepted, run: npm run audit -- accept-restore --by <id>\n');
      return 0;
    }
    return await accept(acceptedBy);
  } finally {
    await database.close();
  }
});

function carriedLines(carried: CarriedOver | null): string[] {
  if (!carried) return ['Erasures and objections since the backup are not known here: repeat them.'];
  const { erasures, objections, unreadable } = carried;
  return [
    ...(erasures + objections > 0 ? [`Repeated what was decided since the backup: erasures ${erasures}, objections ${objections}.`] : []),
    ...(unreadable > 0 ? [`${unreadable} objections since the backup cannot be read with its keys: repeat them.`] : []),
  ];
}

async function accept(acceptedBy: string): Promise<number> {
  const sources = await openAuditSources();
  try {
    const { lines, accepted } = await acceptAllRestores({ ...sources, clock: systemClock, kept: [], acceptedBy, tenantId: null });
    process.stdout.write(`${lines.join('\n')}\n`);
    return accepted ? 0 : 1;
  } finally {
    await sources.close();
  }
}

interface Keys {
  /** Puts secrets of the backup into the folder, where there are none. */
  write(): Promise<void>;
  undo(): Promise<void>;
}

/** Where the keys come from. Whether they fit is found out on the restored database, before it takes its place. */
async function keysFor(config: Config, header: BackupHeader): Promise<Keys> {
  const file = join(config.dataFolder, 'secrets.json');
  if (config.masterKey || (await stat(file).catch(() => null))) return { write: async () => undefined, undo: async () => undefined };
  const { secrets } = header;
  if (secrets === null) throw new BackupFault(`The backup does not hold its keys. Put the secrets.json that belongs to it into ${config.dataFolder}, or set MASTER_KEY, and restore again.`);
  return { write: () => writeFile(file, secrets, { mode: 0o600, flag: 'wx' }), undo: () => rm(file, { force: true }) };
}

/** The restored database for questions of the system. */
function asSystem(restored: RestoredClient): Pick<Database, 'system'> {
  return { system: (body) => body({ rows: async <Row>({ text }: Statement<Row>, values: readonly unknown[] = []) => (await restored.query(text, [...values])).rows as Row[] }) };
}

/** Keeps beside the data which backup it comes from: what an acceptance rests on, and what ends caches and cursors of the former history. */
async function recordRestore(restored: RestoredClient, { header, end, previousHeads }: { readonly header: BackupHeader; readonly end: BackupEnd; readonly previousHeads: ReadonlyMap<string, number> }): Promise<void> {
  const restoreId = randomUUID();
  const restoredAt = systemClock.now().toISOString();
  for (const [place, { tenantId, sequence, hash }] of header.heads.entries()) {
    await restored.query(
      `insert into restored_backup (tenant_id, restore_id, backup_digest, backup_made_at, restored_at, sequence, hash, previous_sequence, key_id, signature) values ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9, $10)`,
      [tenantId, restoreId, end.sha256, header.madeAt, restoredAt, sequence, hash, previousHeads.get(tenantId) ?? null, end.keyId, Buffer.from(end.heads[place] ?? '', 'base64url')],
    );
  }
}
