import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const kept = z.object({ tokenSecret: z.string(), masterKey: z.base64() });

/** Secrets of an installation that was given none. */
export interface KeptSecrets {
  readonly tokenSecret: string;
  readonly masterKey: Buffer;
}

/** The secrets in the data folder, made at the first start; only the owner may read the file. */
export async function keptSecrets(folder: string): Promise<KeptSecrets> {
  const file = join(folder, 'secrets.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) {
    await mkdir(folder, { recursive: true });
    const made = { tokenSecret: randomBytes(32).toString('base64url'), masterKey: randomBytes(32).toString('base64') };
    await writeFile(file, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx' });
    return { tokenSecret: made.tokenSecret, masterKey: Buffer.from(made.masterKey, 'base64') };
  }
  const read = kept.parse(JSON.parse(text));
  return { tokenSecret: read.tokenSecret, masterKey: Buffer.from(read.masterKey, 'base64') };
}
