import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { shortestSecretBytes } from '../features/access/index.ts';

const key = z.base64('is not base64').transform((text) => Buffer.from(text, 'base64')).refine((bytes) => bytes.length === 32, 'is not 32 bytes in base64');
const kept = z.object({
  tokenSecret: z.string('is missing').refine((text) => Buffer.byteLength(text) >= shortestSecretBytes, `is shorter than ${shortestSecretBytes} bytes`),
  masterKey: key.optional(),
  previousMasterKeys: z.array(key).optional(),
});

/** What secrets.json holds. */
export interface SecretsFile {
  readonly tokenSecret: string;
  /** The present one first; during a rotation the one before is behind it. Empty: the key is given as MASTER_KEY. */
  readonly masterKeys: readonly Buffer[];
}

/** Where the secrets of a data folder are. */
export function secretsFile(folder: string): string {
  return join(resolve(folder), 'secrets.json');
}

/** Reads the file; null when there is none. Throws a `KeyFault` that names the file and the fault when it cannot be used. */
export async function readSecretsFile(folder: string, { hasData }: { readonly hasData: boolean }): Promise<SecretsFile | null> {
  const file = secretsFile(folder);
  const remedy = hasData ? 'restore it from a backup' : 'restore it from a backup, or remove it, since the folder holds no data';
  const damaged = (fault: string): KeyFault => new KeyFault('FILE_DAMAGED', `${file} ${fault}: ${remedy} (nothing was changed).`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return null;
    if (code === 'EACCES' || code === 'EPERM') throw new KeyFault('FILE_DAMAGED', `${file} may not be read by this user (${code}): give the user that runs the program the right to read it (nothing was changed).`);
    throw damaged(`cannot be read (${code})`);
  }
  if (text.trim() === '') throw damaged('is empty');
  const read = kept.safeParse(parseJson(text, () => damaged('is damaged: it is not JSON, or it was cut off')));
  if (!read.success) throw damaged(`is damaged: ${read.error.issues.map(({ path, message }) => `${path.join('.') || 'the content'} ${message}`).join(', ')}`);
  const { tokenSecret, masterKey, previousMasterKeys = [] } = read.data;
  return { tokenSecret, masterKeys: masterKey ? [masterKey, ...previousMasterKeys] : [] };
}

/** Makes the file where there is none, all at once; one that another process made meanwhile is left as it is. */
export async function makeSecretsFile(folder: string, secrets: SecretsFile): Promise<void> {
  const fresh = await writeBeside(folder, secrets);
  try {
    await link(fresh, secretsFile(folder));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Replaces the file, all at once: a process that is killed leaves the one or the other. */
export async function replaceSecretsFile(folder: string, secrets: SecretsFile): Promise<void> {
  await rename(await writeBeside(folder, secrets), secretsFile(folder));
}

/** Writes to the disk under another name, readable by the owner alone. */
async function writeBeside(folder: string, { tokenSecret, masterKeys: [first, ...previous] }: SecretsFile): Promise<string> {
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  const content = { tokenSecret, ...(first ? { masterKey: base64(first) } : {}), ...(previous.length > 0 ? { previousMasterKeys: previous.map(base64) } : {}) };
  const fresh = `${secretsFile(folder)}.${randomBytes(6).toString('hex')}`;
  const written = await open(fresh, 'wx', 0o600);
  await written.writeFile(`${JSON.stringify(content)}\n`);
  const owner = await stat(secretsFile(folder)).catch(() => null);
  if (owner && process.getuid?.() === 0) await written.chown(owner.uid, owner.gid);
  await written.sync();
  await written.close();
  return fresh;
}

function parseJson(text: string, fault: () => Error): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault();
  }
}
