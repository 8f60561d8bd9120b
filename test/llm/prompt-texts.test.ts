import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const features = new URL('../../src/features/', import.meta.url);

/** Every prompt that was ever released, by the SHA-256 of its file. A line here is never changed: a new text is a new version. */
const released: Readonly<Record<string, string>> = {
  'draft-outreach.v1.md': 'e44c0eee24d3d76939256ce51055be5584b76024cd73614fa6883f40aaca3a3d',
  'extract-field.v1.md': '05df715cb3ca0b089a11743a09856546ae68b330f58e8290cf9b56a6e13133c6',
  'extract-requirements.v1.md': '1275c23f06bb8caac8991c28dc874235debf9a116121ce47e4fc5ef13fdcf8cb',
};

test('a released prompt keeps its text: what was read by a version can be read again by it', async () => {
  const files = (await readdir(features, { recursive: true })).filter((path) => path.includes('prompts/') && path.endsWith('.md'));
  const texts = await Promise.all(files.map(async (path) => [path.slice(path.lastIndexOf('/') + 1), createHash('sha256').update(await readFile(new URL(path, features))).digest('hex')] as const));
  expect(Object.fromEntries(texts), 'give the prompt a new version, and add its digest').toEqual(released);
});
