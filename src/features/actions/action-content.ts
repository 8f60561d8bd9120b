import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Seal, Subject, SubjectKey } from '../../platform/postgres/seal.ts';

/** What an action would do, in words: flat, so that one rule seals, digests, compares and erases it. All of it is personal data. */
export type ActionContent = Readonly<Record<string, string | null>>;

const anyContent = z.record(z.string(), z.string().nullable());

/** Seals the content of an action as one text. */
export function sealContent(seal: Seal, { key }: Pick<Subject, 'key'>, content: ActionContent): Buffer {
  return seal.seal(key, canonicalJson(content));
}

/** Opens the content of an action; null once the person whose key it is sealed with has been erased. */
export function openContent(seal: Seal, wrappedKey: Buffer | null, sealed: Buffer): ActionContent | null {
  const text = seal.open(wrappedKey, sealed);
  return text === null ? null : anyContent.parse(JSON.parse(text));
}

/** What evidence says of a content: whether it is the same, to those who have the key, and nothing to others. */
export function digestOfContent(seal: Seal, key: SubjectKey, content: ActionContent): string {
  return seal.digest(key, canonicalJson(content)).toString('hex');
}
