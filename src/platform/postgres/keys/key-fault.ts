import { masterKeyId, type MasterKey } from './master-key.ts';

/** Why the keys cannot be used; callers may branch on it. */
export type KeyFaultReason = 'FILE_MISSING' | 'FILE_DAMAGED' | 'KEY_MISSING' | 'OTHER_KEY' | 'RETIRED_KEY' | 'RING_DAMAGED' | 'ROTATION';

/** The keys do not fit the data, or cannot be read. The message is one sentence for the operator: what is wrong and what to do. */
export class KeyFault extends Error {
  readonly reason: KeyFaultReason;

  constructor(reason: KeyFaultReason, message: string) {
    super(message);
    this.name = 'KeyFault';
    this.reason = reason;
  }
}

const remedy = (source: string): string => (source === 'MASTER_KEY' ? 'set MASTER_KEY to that key, from your secret store or a backup' : `restore the ${source} that belongs to this data, or set MASTER_KEY to that key`);

/** None of the given keys is one that the data was written with. `expected`: the ids of those that are; empty when they are not known. */
export function otherKey(given: readonly MasterKey[], expected: readonly string[]): KeyFault {
  const [first] = given;
  const source = first?.source ?? 'MASTER_KEY';
  const id = first ? ` (${masterKeyId(first.bytes)})` : '';
  const wanted = expected.length > 0 ? ` (${expected.join(' or ')})` : '';
  return new KeyFault('OTHER_KEY', `${source} holds another key${id} than the one that the data was written with${wanted}: ${remedy(source)} (nothing was changed).`);
}

/** The given key was replaced. */
export function retiredKey({ bytes, source }: MasterKey, { on, successors }: { readonly on: string; readonly successors: readonly string[] }): KeyFault {
  return new KeyFault('RETIRED_KEY', `${source} holds the key ${masterKeyId(bytes)}, which was retired on ${on} and replaced by ${successors.join(' or ')}: ${remedy(source)} (nothing was changed).`);
}
