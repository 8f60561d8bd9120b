import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ReadDeletion } from './connector.ts';

/** Retires what sources ended. Returns the global ids, in order. */
export async function deleteItems(_work: Work, _seal: Seal, deletions: readonly ReadDeletion[]): Promise<readonly { readonly path: readonly string[]; readonly id: string }[]> {
  return deletions.map(({ path }) => ({ path, id: '' }));
}
