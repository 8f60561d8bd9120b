import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSecrets, startSecrets } from '../../src/app/secrets.ts';
import { filesOf } from './installation.ts';

const key = randomBytes(32);
const whole = { tokenSecret: 't'.repeat(43), masterKey: key.toString('base64') };
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'context-graph-secrets-'));
  file = join(folder, 'secrets.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (more: object = {}) => ({ masterKey: null, keys: null, database: null, dataFolder: folder, ...more });
const withData = () => mkdir(join(folder, 'data'));

describe('a folder without data', () => {
  test('gets secrets at the first start, which only the owner may read, and keeps them', async () => {
    const made = await startSecrets(config());
    expect(made.masterKeys[0]).toMatchObject({ source: file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await startSecrets(config())).toEqual(made);
    expect(await readSecrets(config())).toEqual(made);
  });

  test('gets one secrets file from several first starts at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => startSecrets(config())));
    expect(new Set(made.map(({ masterKeys }) => masterKeys[0].bytes.toString('hex'))).size).toBe(1);
    expect(Object.keys(await filesOf(folder))).toEqual([file]);
  });

  test('gets no second master key beside MASTER_KEY', async () => {
    expect((await startSecrets(config({ masterKey: key }))).masterKeys).toEqual([{ bytes: key, source: 'MASTER_KEY' }]);
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object)).toEqual(['tokenSecret']);
  });

  test('gets nothing from a command, which says what to start first', async () => {
    await expect(readSecrets(config())).rejects.toThrow(`There is no secrets.json in ${folder}, and no data: start the program (npm start) with this DATA_FOLDER first.`);
    expect(await filesOf(folder)).toEqual({});
  });

  test('with a damaged file may be started after it is removed', async () => {
    await writeFile(file, '');
    await expect(startSecrets(config())).rejects.toThrow(`${file} is empty: restore it from a backup, or remove it, since the folder holds no data (nothing was changed).`);
  });
});

describe('a folder with data', () => {
  const damaged: Record<string, [unknown, string]> = {
    'an empty file': ['', 'is empty'],
    'white space alone': ['\n', 'is empty'],
    'half a file': [JSON.stringify(whole).slice(0, 60), 'is damaged: it is not JSON, or it was cut off'],
    'something else than JSON': ['MASTER_KEY=abc', 'is damaged: it is not JSON, or it was cut off'],
    'a list': ['[]', 'is damaged: the content '],
    'a key of another length': [JSON.stringify({ ...whole, masterKey: randomBytes(16).toString('base64') }), 'is damaged: masterKey is not 32 bytes in base64'],
    'a key that is not base64': [JSON.stringify({ ...whole, masterKey: '?'.repeat(44) }), 'is damaged: masterKey is not base64'],
    'no token secret': [JSON.stringify({ masterKey: whole.masterKey }), 'is damaged: tokenSecret is missing'],
    'a short token secret': [JSON.stringify({ ...whole, tokenSecret: 'short' }), 'is damaged: tokenSecret is shorter than 32 bytes'],
  };
  test.each(Object.entries(damaged))('and %s is refused with one sentence that names the file and the fault', async (_, [content, fault]) => {
    await withData();
    await writeFile(file, String(content));
    const before = await filesOf(folder);
    for (const read of [startSecrets, readSecrets]) {
      const refused = await read(config()).then(() => null, (error: Error) => error);
      expect(refused).toMatchObject({ name: 'KeyFault', reason: 'FILE_DAMAGED' });
      expect(refused?.message).toContain(`${file} ${fault}`);
      expect(refused?.message).toMatch(/: restore it from a backup \(nothing was changed\)\.$/);
      expect(refused?.message).not.toContain('?'.repeat(44));
    }
    expect(await filesOf(folder)).toEqual(before);
  });

  test('and a folder in place of the file is refused', async () => {
    await withData();
    await mkdir(file);
    await expect(startSecrets(config())).rejects.toThrow(`${file} cannot be read (EISDIR): restore it from a backup (nothing was changed).`);
  });

  test.skipIf(process.getuid?.() !== 0)('and a file of another user is refused', async () => {
    await withData();
    await writeFile(file, JSON.stringify(whole), { mode: 0o600 });
    await chmod(folder, 0o755);
    await chown(file, 0, 0);
    // As a user of its own, in a process of its own: this one may be root, who may read everything.
    const script = `import('./src/app/secrets-file.ts').then(({ readSecretsFile }) => { process.setuid(65534); return readSecretsFile(${JSON.stringify(folder)}, { hasData: true }); }).catch((error) => console.log(error.message));`;
    const said = await new Promise<string>((done) => execFile(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { cwd: resolve(import.meta.dirname, '../..') }, (_, stdout, stderr) => done(stdout || stderr)));
    expect(said.trim()).toBe(`${file} may not be read by this user (EACCES): give the user that runs the program the right to read it (nothing was changed).`);
  });

  test('and without secrets.json never gets a new key', async () => {
    await withData();
    for (const read of [startSecrets, readSecrets]) await expect(read(config())).rejects.toMatchObject({ reason: 'FILE_MISSING', message: `${file} is missing, and without its key the data in ${folder} cannot be read: restore the file from a backup, or set MASTER_KEY to the key it held (nothing was changed).` });
    expect(await filesOf(folder)).toEqual({});
  });

  test('and a file without a key, made beside MASTER_KEY, asks for MASTER_KEY', async () => {
    await withData();
    await writeFile(file, JSON.stringify({ tokenSecret: whole.tokenSecret }));
    const before = await filesOf(folder);
    await expect(startSecrets(config())).rejects.toMatchObject({ reason: 'KEY_MISSING', message: expect.stringContaining(`${file} has no master key, and MASTER_KEY is not set: set MASTER_KEY`) as string });
    expect(await filesOf(folder)).toEqual(before);
  });

  test('gets a new token secret, which is harmless, where MASTER_KEY gives the key', async () => {
    await withData();
    expect(await startSecrets(config({ masterKey: key }))).toMatchObject({ masterKeys: [{ bytes: key }], tokenSecret: expect.any(String) as string });
  });
});
